/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>

#include "base/compiler.h"
#include "check_main.h"
#include "conns.h"
#include "flow/limits.h"
#include "tcp/close.h"

/* Histories as Zeek writes them, and what Zeek says of them. */
static const struct {
	const char *history;
	const char *code;
	bool has_data;
} codes[] = {
	{ "", "OTH", false },
	{ "S", "S0", false },
	{ "Sh", "S1", false },
	{ "ShA", "S1", false },
	{ "ShADad", "S1", true },
	{ "ShADadFf", "SF", true },
	{ "ShADadfF", "SF", true },
	{ "ShAfFa", "SF", false },
	{ "ShADadF", "S2", true },
	{ "ShADadf", "S3", true },
	/* One side alone. */
	{ "SADF", "SH", true },
	{ "SF", "SH", false },
	{ "D", "OTH", true },
	{ "DdA", "OTH", true },
	{ "Fa", "SH", false },
	{ "^fA", "SHR", false },
	{ "^haf", "SHR", false },
	{ "^h", "OTH", false },
	{ "^hADdFaf", "SF", true },
	{ "H", "OTH", false },
	/* Refused, and scanned. */
	{ "Sr", "REJ", false },
	{ "SrR", "REJ", false },
	{ "Hr", "REJ", false },
	{ "RTr", "REJ", false },
	{ "SR", "RSTOS0", false },
	{ "^SR", "RSTOS0", false },
	{ "SaR", "RSTOS0", false },
	{ "SAR", "OTH", false },
	{ "SDR", "RSTOS0", true },
	{ "SI", "OTH", false },
	{ "SRR", "RSTOS0", false },
	{ "SRF", "RSTOS0", false },
	{ "ShAFfF", "SF", false },
	{ "R", "OTH", false },
	{ "^r", "RSTRH", false },
	{ "Dr", "RSTRH", true },
	/* An RST in the middle. */
	{ "ShADadR", "RSTO", true },
	{ "ShADadr", "RSTR", true },
	{ "ShADadRr", "RSTR", true },
	{ "ShAR", "RSTO", false },
	{ "ShARr", "REJ", false },
	/* An RST after a FIN: which endpoint had closed? */
	{ "ShADadFR", "RSTO", true },
	{ "ShADadFr", "RSTR", true },
	{ "ShADadFfR", "SF", true },
	{ "ShADadFfr", "SF", true },
	{ "ShADadFRf", "SF", true },
	{ "ShADadfrF", "SF", true },
	{ "ShADadI", "RSTO", true },
	/* An ACK before the SYN-ACK is no partial connection. */
	{ "SahAd", "S1", true },
	{ "SdA", "OTH", true },
	/* Simultaneous open, and a SYN after all. */
	{ "SshHaA", "S1", false },
	{ "ASh", "S1", false },
	{ "AhS", "OTH", false },
	/* Letters that change no state. */
	{ "ShADadtTwWgGcCFf", "SF", true }
};

START_TEST(zeeks_code_follows_from_zeeks_history)
{
	conns_setup(1);
	conns_analyse(0, codes[_i].history);
	conns[0].endpoint[0].bytes = codes[_i].has_data ? 100 : 0;
	ck_assert_msg(strcmp(close_zeek_state(&conns[0]), codes[_i].code) == 0,
	    "%s is %s, not %s", codes[_i].history,
	    close_zeek_state(&conns[0]), codes[_i].code);
}
END_TEST

START_TEST(an_odd_syn_is_told_apart_by_the_counts)
{
	conns_setup(1);
	conns_analyse(0, "Q");
	conns[0].lifecycle[0].fin_count = 1;
	ck_assert_str_eq(close_zeek_state(&conns[0]), "SH");
	conns[0].lifecycle[0].fin_count = 0;
	conns[0].endpoint[0].rst_count = 1;
	ck_assert_str_eq(close_zeek_state(&conns[0]), "OTH");
	/* The responder answers with one. */
	conns_analyse(0, "Sq");
	conns[0].endpoint[1].rst_count = 1;
	ck_assert_str_eq(close_zeek_state(&conns[0]), "RSTR");
	conns_analyse(0, "Q");
	/* The originator is the higher endpoint. */
	conns[0].orig = 1;
	conns[0].lifecycle[1].fin_count = 1;
	ck_assert_str_eq(close_zeek_state(&conns[0]), "SH");
}
END_TEST

/* Segments, history (NULL: no analysis), the side of the first RST. */
static const struct {
	const char *segments;
	const char *history;
	unsigned reset_by;	/* 1 originator, 2 responder */
	const char *key;
} reasons[] = {
	{ "S", "S", 0, "no-answer" },
	{ "SSSS", NULL, 0, "no-answer" },
	{ "Sr", "Sr", 2, "refused" },
	{ "SSrr", NULL, 0, "refused" },
	{ "SR", "SR", 1, "reset-orig" },
	{ "Sh", "Sh", 0, "open" },
	{ "ShADad", "ShADad", 0, "open" },
	{ "A", "A", 0, "open" },
	{ "ShAdF", "ShAdF", 0, "half-closed" },
	{ "ShAdf", NULL, 0, "half-closed" },
	{ "ShAFf", "ShAFf", 0, "fin" },
	{ "ShAFf", NULL, 0, "fin" },
	{ "ShADr", "ShADr", 2, "reset-resp" },
	{ "ShADR", "ShADR", 1, "reset-orig" },
	{ "ShAFR", "ShAFR", 1, "reset-orig" },
	{ "ShAFfR", "ShAFfR", 1, "fin" },
	{ "ShAFRf", "ShAFRf", 1, "reset-orig" },
	{ "ShAIf", "ShAIf", 1, "reset-orig" },
	{ "ShARr", "ShAR", 1, "reset-orig" },
	{ "ShArR", "ShAr", 2, "reset-resp" },
	/* Without an analysis the order is unknown. */
	{ "ShAr", NULL, 0, "reset-resp" },
	{ "ShARr", NULL, 0, "reset-orig" },
	/* Not refused: the responder had said more, or nothing was asked. */
	{ "Shr", "Shr", 2, "reset-resp" },
	{ "Dr", "Dr", 2, "reset-resp" },
	{ "SAr", "SAr", 2, "reset-resp" }
};

START_TEST(the_end_has_one_reason)
{
	for (unsigned orig = 0; orig < 2; orig++) {
		conns_setup(1);
		conns[0].orig = (uint8_t)orig;
		conns_count(0, reasons[_i].segments);
		if (reasons[_i].history != NULL)
			conns_analyse(0, reasons[_i].history);
		if (reasons[_i].reset_by != 0)
			analyses[0].reset_by = (uint8_t)(1 +
			    (reasons[_i].reset_by == 1 ? orig : !orig));
		ck_assert_msg(strcmp(end_key(close_end(&conns[0])),
		    reasons[_i].key) == 0, "%s ends in %s, not %s",
		    reasons[_i].segments, end_key(close_end(&conns[0])),
		    reasons[_i].key);
	}
}
END_TEST

START_TEST(a_limit_ends_only_what_had_not_ended)
{
	conns_setup(1);
	conns_count(0, "ShAF");
	conns[0].retired = RETIRED_IDLE;
	ck_assert_int_eq(close_end(&conns[0]), END_IDLE);
	conns[0].retired = RETIRED_EVICTED_IDLE;
	ck_assert_int_eq(close_end(&conns[0]), END_EVICTED);
	conns_count(0, "S");
	ck_assert_int_eq(close_end(&conns[0]), END_EVICTED);
	conns[0].retired = RETIRED_IDLE;
	ck_assert_int_eq(close_end(&conns[0]), END_NO_ANSWER);
	conns_count(0, "Sh");
	ck_assert_int_eq(close_end(&conns[0]), END_IDLE);
	conns_count(0, "ShAFf");
	ck_assert_int_eq(close_end(&conns[0]), END_FIN);
	conns_count(0, "ShAr");
	ck_assert_int_eq(close_end(&conns[0]), END_RESET_RESP);
}
END_TEST

START_TEST(every_end_has_a_key_and_a_sentence)
{
	for (unsigned end = 0; end < END_COUNT; end++) {
		ck_assert_uint_gt(strlen(end_key(end)), 0);
		ck_assert_uint_gt(strlen(end_sentence(end)), 0);
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("close");
	TCase *tc = tcase_create("close");

	tcase_add_loop_test(tc, zeeks_code_follows_from_zeeks_history, 0,
	    (int)ARRAY_LEN(codes));
	tcase_add_test(tc, an_odd_syn_is_told_apart_by_the_counts);
	tcase_add_loop_test(tc, the_end_has_one_reason, 0,
	    (int)ARRAY_LEN(reasons));
	tcase_add_test(tc, a_limit_ends_only_what_had_not_ended);
	tcase_add_test(tc, every_end_has_a_key_and_a_sentence);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
