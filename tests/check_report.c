/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sections A to D and the table, of connections made by hand.
 */
#include "config.h"

#include <check.h>
#include <limits.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/err.h"
#include "check_main.h"
#include "conns.h"
#include "flow/summary.h"
#include "printed.h"
#include "records/record.h"
#include "records/select.h"
#include "views/table.h"
#include "views/text.h"

#define RULE								\
	"______________________________________________"		\
	"______________________________________________\n"

static struct report_options options;

static void
setup(void)
{
	printed_setup();
	conns_setup(3);
	options = (struct report_options){ .style.digits = 6 };
	/* 1: S2F2, complete. */
	conns_count(0, "ShADadFaAfA");
	conns[0].last_ns = conns[0].first_ns + 45054007000;
	conns[0].endpoint[0].bytes = 3063;
	conns[0].endpoint[1].bytes = 100545;
	conns[0].endpoint[0].state = STATE_TIME_WAIT;
	conns[0].endpoint[1].state = STATE_CLOSED;
	conns[0].report = (struct report_stats){
	    .rtt_sum = 10000001, .rtt_min = 2269000, .rtt_max = 7731001,
	    .rtt_count = 2, .win_sum = 30, .win_count = 4, .win_min = 0,
	    .win_max = 20
	};
	/* 2: refused, the higher endpoint opened it. */
	conns_count(1, "Sr");
	conns[1].orig = 1;
	conns_count(1, "Sr");
	conns[1].report.win_count = 2;
	conns[1].endpoint[0].state = STATE_CLOSED;
	conns[1].endpoint[1].state = STATE_CLOSED;
	/* 3: midstream, reset, no FIN. */
	conns_count(2, "DaDr");
	conns[2].is_midstream = true;
	conns[2].endpoint[0].state = STATE_CLOSED;
	conns[2].endpoint[1].state = STATE_CLOSED;
}

START_TEST(the_report_is_as_it_always_was)
{
	ck_assert_int_eq(text_report(printed_out, conns, &options), 0);
	ck_assert_str_eq(printed(),
	    "A) Total number of connections: 3\n"
	    RULE
	    "\n"
	    "B) Connections' details:\n"
	    "\n"
	    "Connection 1:\n"
	    "Source Address: 10.0.0.1\n"
	    "Destination address: 10.0.0.2\n"
	    "Source Port: 40000\n"
	    "Destination Port: 80\n"
	    "Status: S2F2\n"
	    "Duration: 45.054007\n"
	    "Start time: 1139256717.834392\n"
	    "End Time: 1139256762.888399\n"
	    "Number of packets sent from Source to Destination: 6\n"
	    "Number of packets sent from Destination to Source: 5\n"
	    "Total number of packets: 11\n"
	    "Number of data bytes sent from Source to Destination: 3063\n"
	    "Number of data bytes sent from Destination to Source: 100545\n"
	    "Total number of data bytes: 103608\n"
	    "END\n"
	    "\n"
	    "Connection 2:\n"
	    "Source Address: 10.0.0.2\n"
	    "Destination address: 10.0.0.1\n"
	    "Source Port: 80\n"
	    "Destination Port: 40001\n"
	    "Status: R\n"
	    "END\n"
	    "\n"
	    "Connection 3:\n"
	    "Source Address: 10.0.0.1\n"
	    "Destination address: 10.0.0.2\n"
	    "Source Port: 40002\n"
	    "Destination Port: 80\n"
	    "Status: R\n"
	    "END\n"
	    RULE
	    "\n"
	    "C) General\n"
	    "The total number of complete TCP connections: 1\n"
	    "The number of reset TCP connections: 2\n"
	    "The number of TCP connections that were still open when the "
	    "trace capture ended: 2\n"
	    "The number of TCP connections established before the capture "
	    "started: 1\n"
	    RULE
	    "\n"
	    "D) Complete TCP connections:\n"
	    "Minimum time duration: 45.054007 seconds\n"
	    "Mean time duration: 45.054007 seconds\n"
	    "Maximum time duration: 45.054007 seconds\n"
	    "Minimum RTT value: 0.002269\n"
	    "Mean RTT value: 0.005000\n"
	    "Maximum RTT value: 0.007731\n"
	    "Minimum number of packets including both send/received: 11\n"
	    "Mean number of packets including both send/received: "
	    "11.000000\n"
	    "Maximum number of packets including both send/received: 11\n"
	    "Minimum receive window size including both send/received: 0\n"
	    "Mean receive window size including both send/received: "
	    "7.500000\n"
	    "Maximum receive window size including both send/received: 20\n"
	    RULE);
}
END_TEST

START_TEST(what_does_not_exist_is_not_available)
{
	ck_assert_int_eq(text_report(printed_out, NULL, &options), 0);
	ck_assert_str_eq(printed(),
	    "A) Total number of connections: 0\n"
	    RULE
	    "\n"
	    "B) Connections' details:\n"
	    RULE
	    "\n"
	    "C) General\n"
	    "The total number of complete TCP connections: 0\n"
	    "The number of reset TCP connections: 0\n"
	    "The number of TCP connections that were still open when the "
	    "trace capture ended: 0\n"
	    "The number of TCP connections established before the capture "
	    "started: 0\n"
	    RULE
	    "\n"
	    "D) Complete TCP connections:\n"
	    "Minimum time duration: n/a\n"
	    "Mean time duration: n/a\n"
	    "Maximum time duration: n/a\n"
	    "Minimum RTT value: n/a\n"
	    "Mean RTT value: n/a\n"
	    "Maximum RTT value: n/a\n"
	    "Minimum number of packets including both send/received: n/a\n"
	    "Mean number of packets including both send/received: n/a\n"
	    "Maximum number of packets including both send/received: n/a\n"
	    "Minimum receive window size including both send/received: n/a\n"
	    "Mean receive window size including both send/received: n/a\n"
	    "Maximum receive window size including both send/received: n/a\n"
	    RULE);
}
END_TEST

START_TEST(blank_lines_stand_alone)
{
	ck_assert_int_eq(text_report(printed_out, conns, &options), 0);
	ck_assert_ptr_null(strstr(printed(), "\n\n\n"));
	ck_assert_ptr_ne(printed_bytes, strstr(printed(), "\n"));
}
END_TEST

START_TEST(a_selection_concerns_section_b_only)
{
	struct select_rules rules = { .has_limit = true, .limit = 1,
	    .only = SELECT_RESET };

	options.select = &rules;
	ck_assert_int_eq(text_report(printed_out, conns, &options), 0);
	ck_assert_ptr_nonnull(strstr(printed(), "connections: 3\n"));
	ck_assert_ptr_null(strstr(printed(), "Connection 1:"));
	ck_assert_ptr_nonnull(strstr(printed(), "Connection 2:"));
	ck_assert_ptr_null(strstr(printed(), "Connection 3:"));
	ck_assert_ptr_nonnull(strstr(printed(),
	    "complete TCP connections: 1\n"));
	ck_assert_ptr_nonnull(strstr(printed(),
	    "Minimum time duration: 45.054007 seconds\n"));
}
END_TEST

START_TEST(a_report_that_cannot_be_sorted_is_still_complete)
{
	struct select_rules rules = { .sort = record_find("orig_bytes") };

	options.select = &rules;
	mem_fail_after(1);
	ck_assert_int_eq(text_report(printed_out, conns, &options),
	    -ERR_NOMEM);
	ck_assert_int_eq(table_report(printed_out, conns, &options),
	    -ERR_NOMEM);
	mem_fail_after(0);
	ck_assert_ptr_nonnull(strstr(printed(), "Connection 3:"));
}
END_TEST

START_TEST(nanoseconds_are_cut_from_instants)
{
	conns[0].first_ns += 999;
	options.style.digits = 9;
	ck_assert_int_eq(text_report(printed_out, conns, &options), 0);
	ck_assert_ptr_nonnull(strstr(printed(),
	    "Start time: 1139256717.834392\n"));
	/* 45.054006001 */
	ck_assert_ptr_nonnull(strstr(printed(), "Duration: 45.054006\n"));
}
END_TEST

START_TEST(dates_are_given_when_asked_for)
{
	options.style.format = TIME_AS_UTC;
	ck_assert_int_eq(text_report(printed_out, conns, &options), 0);
	ck_assert_ptr_nonnull(strstr(printed(),
	    "Start time: 2006-02-06 20:11:57.834392\n"));
}
END_TEST

START_TEST(more_detail_comes_before_the_end)
{
	const char *at;

	options.detail = true;
	conns_analyse(0, "ShADadFf");
	ck_assert_int_eq(text_report(printed_out, conns, &options), 0);
	at = strstr(printed(), "Total number of data bytes: 103608\n");
	ck_assert_ptr_nonnull(at);
	at = strstr(at, "TIME-WAIT");
	ck_assert_ptr_nonnull(at);
	ck_assert_ptr_nonnull(strstr(at, "END\n"));
}
END_TEST

START_TEST(an_ipv6_connection_is_reported)
{
	memset(conns[0].key.addr, 0, sizeof(conns[0].key.addr));
	conns[0].key.addr[0][15] = 1;
	conns[0].key.addr[1][0] = 0x20;
	conns[0].key.ip_version = 6;
	ck_assert_int_eq(text_report(printed_out, conns, &options), 0);
	ck_assert_ptr_nonnull(strstr(printed(), "Source Address: ::1\n"
	    "Destination address: 2000::\n"));
}
END_TEST

/*
 * Figures.
 */

START_TEST(the_four_classes_are_counted_apart)
{
	struct summary summary = { .total = 0 };

	conns_setup(6);
	conns_count(0, "ShAFf");		/* complete */
	conns_count(1, "ShADFdf");		/* complete and open */
	conns[1].data_after_fin = true;
	conns_count(2, "ShAFr");		/* complete and reset */
	conns_count(3, "Sr");			/* reset and open */
	conns_count(4, "Ff");			/* midstream only */
	conns[4].is_midstream = true;
	conns_count(5, "S");			/* open */
	summary_add_all(&summary, conns);
	ck_assert_uint_eq(summary.total, 6);
	ck_assert_uint_eq(summary.complete, 3);
	ck_assert_uint_eq(summary.reset, 2);
	ck_assert_uint_eq(summary.open, 3);
	ck_assert_uint_eq(summary.midstream, 1);
	ck_assert_uint_eq(summary.duration.count, 3);
	ck_assert_uint_eq(summary.packets.min, 5);
	ck_assert_uint_eq(summary.packets.max, 7);
	ck_assert_uint_eq(summary.packets.sum.low, 17);
}
END_TEST

START_TEST(samples_are_pooled_not_averaged)
{
	struct summary summary = { .total = 0 };

	conns_setup(3);
	for (unsigned i = 0; i < 3; i++)
		conns_count(i, "ShAFf");
	conns[0].report = (struct report_stats){ .rtt_sum = 100,
	    .rtt_min = 100, .rtt_max = 100, .rtt_count = 1 };
	/* One without any: its zeros are no samples. */
	conns[2].report = (struct report_stats){ .rtt_sum = 900,
	    .rtt_min = 200, .rtt_max = 400, .rtt_count = 3,
	    .win_sum = 65535, .win_min = 65535, .win_max = 65535,
	    .win_count = 1 };
	summary_add_all(&summary, conns);
	ck_assert_uint_eq(summary.rtt.count, 4);
	ck_assert_uint_eq(summary.rtt.min, 100);
	ck_assert_uint_eq(summary.rtt.max, 400);
	ck_assert_uint_eq(summary.rtt.sum.low, 1000);
	ck_assert_uint_eq(summary.window.count, 1);
	ck_assert_uint_eq(summary.window.min, 65535);
}
END_TEST

START_TEST(durations_never_go_backwards_nor_overflow)
{
	struct summary summary = { .total = 0 };

	conns_setup(4);
	conns[0].last_ns = conns[0].first_ns - 1;
	ck_assert_int_eq(summary_duration(&conns[0]), 0);
	for (unsigned i = 0; i < 4; i++) {
		conns_count(i, "ShAFf");
		conns[i].first_ns = INT64_MIN;
		conns[i].last_ns = INT64_MAX;
		conns[i].report = (struct report_stats){
		    .win_sum = UINT64_MAX, .win_count = 1 };
	}
	summary_add_all(&summary, conns);
	ck_assert_int_eq(summary_duration(&conns[0]), INT64_MAX);
	ck_assert_uint_eq(summary.duration.sum.high, 1);
	ck_assert_uint_eq(summary.window.sum.high, 3);
	ck_assert_int_eq(text_report(printed_out, conns, &options), 0);
	ck_assert_ptr_nonnull(strstr(printed(),
	    "Mean time duration: 9223372036.854776 seconds\n"));
	ck_assert_ptr_nonnull(strstr(printed(), "Mean receive window size "
	    "including both send/received: 18446744073709551615.000000\n"));
}
END_TEST

/*
 * The table.
 */

START_TEST(the_table_is_aligned)
{
	conns_analyse(0, "ShADadFf")->rtt_initial = 13118000;
	analyses[0].stats[0].judged[JUDGED_RETRANSMISSION] = 2;
	analyses[0].stats[1].judged[JUDGED_RETRANSMISSION] = 3;
	ck_assert_int_eq(table_report(printed_out, conns, &options), 0);
	ck_assert_str_eq(printed(),
	    "# ORIGINATOR     RESPONDER      STAT STATES START TIME PKT> <PKT"
	    " BYT> <BYT RTX  RTT VERDICT\n"
	    "1 10.0.0.1:40000 10.0.0.2:80    S2F2 TW/C   0.000  45s    6    5"
	    " 3.1k 101k   5 13ms -\n"
	    "2 10.0.0.2:80    10.0.0.1:40001 R    -/-    1.000 1.0s    1    1"
	    "    0    0   -    - -\n"
	    "3 10.0.0.1:40002 10.0.0.2:80    R    -/-    2.000 1.0s    2    2"
	    "    0    0   -    - -\n"
	    "\n"
	    "States: C CLOSED, TW TIME-WAIT\n");
}
END_TEST

START_TEST(an_empty_table_is_its_heading)
{
	ck_assert_int_eq(table_report(printed_out, NULL, &options), 0);
	ck_assert_str_eq(printed(), "# ORIGINATOR RESPONDER STAT STATES START "
	    "TIME PKT> <PKT BYT> <BYT RTX RTT VERDICT\n");
}
END_TEST

START_TEST(the_table_follows_the_selection)
{
	struct select_rules rules = { .sort = record_find("conn"),
	    .is_reversed = true, .has_limit = true, .limit = 2 };
	const char *third, *second;

	options.select = &rules;
	ck_assert_int_eq(table_report(printed_out, conns, &options), 0);
	third = strstr(printed(), "\n3 10.0.0.1:40002");
	second = strstr(printed(), "\n2 10.0.0.2:80");
	ck_assert_ptr_nonnull(third);
	ck_assert_ptr_nonnull(second);
	ck_assert(third < second);
	ck_assert_ptr_null(strstr(printed(), "40000"));
}
END_TEST

START_TEST(starts_are_dates_when_asked_for)
{
	options.style.format = TIME_AS_UTC;
	ck_assert_int_eq(table_report(printed_out, conns, &options), 0);
	ck_assert_ptr_nonnull(strstr(printed(),
	    " 2006-02-06 20:11:57.834392 "));
}
END_TEST

START_TEST(colour_is_asked_for)
{
	ck_assert_int_eq(table_report(printed_out, conns, &options), 0);
	ck_assert_ptr_null(strchr(printed(), '\033'));
	options.style.colour = true;
	ck_assert_int_eq(table_report(printed_out, conns, &options), 0);
	ck_assert_ptr_nonnull(strchr(printed(), '\033'));
}
END_TEST

/* Bytes and how the table prints them, in four columns. */
static const struct {
	uint64_t amount;
	const char *cell;
} amounts[] = {
	{ 0, "0" },
	{ 999, "999" },
	{ 1000, "1.0k" },
	{ 1049, "1.0k" },
	{ 1050, "1.1k" },
	{ 9949, "9.9k" },
	{ 9950, "10k" },
	{ 99499, "99k" },
	{ 99500, "100k" },
	{ 999499, "999k" },
	{ 999500, "1.0M" },
	{ UINT64_C(999499999), "999M" },
	{ UINT64_C(999500000), "1.0G" },
	{ UINT64_C(1234567890123), "1.2T" },
	{ UINT64_C(9949999999999999), "9.9P" },
	{ UINT64_MAX, "18E" }
};

START_TEST(amounts_take_four_columns)
{
	char cell[32];

	conns_setup(1);
	conns[0].endpoint[0].bytes = amounts[_i].amount;
	conns[0].endpoint[1].bytes = 123;
	ck_assert_int_eq(table_report(printed_out, conns, &options), 0);
	(void)snprintf(cell, sizeof(cell), " %4s  123", amounts[_i].cell);
	ck_assert_msg(strstr(printed(), cell) != NULL, "%s in %s", cell,
	    printed());
}
END_TEST

static const struct {
	int64_t ns;
	const char *cell;
} times[] = {
	{ 0, "0us" },
	{ 499, "0us" },
	{ 999499, "999us" },
	{ 999500, "1.0ms" },
	{ 9949999, "9.9ms" },
	{ 9950000, "10ms" },
	{ 999499999, "999ms" },
	{ 999500000, "1.0s" },
	{ INT64_C(9950000000), "10s" },
	{ INT64_C(59499999999), "59s" },
	{ INT64_C(60000000000), "1m00s" },
	{ INT64_C(127000000000), "2m07s" },
	{ INT64_C(3599000000000), "59m" },
	{ INT64_C(3720000000000), "1h02m" },
	{ INT64_C(86399000000000), "23h" },
	{ INT64_C(273600000000000), "3d04h" },
	{ INT64_C(1000000000000000), "11d" },
	{ INT64_MAX, "106751d" }
};

START_TEST(times_take_few_columns)
{
	char cell[32];

	conns_setup(1);
	conns[0].first_ns = 0;
	conns[0].last_ns = times[_i].ns;
	ck_assert_int_eq(table_report(printed_out, conns, &options), 0);
	(void)snprintf(cell, sizeof(cell), " %s    1", times[_i].cell);
	ck_assert_msg(strstr(printed(), cell) != NULL, "%s in %s", cell,
	    printed());
}
END_TEST

START_TEST(every_state_has_initials_of_its_own)
{
	conns_setup(1);
	conns_analyse(0, "S");
	for (unsigned state = 0; state < STATE_COUNT; state++) {
		conns[0].endpoint[0].state = (uint8_t)state;
		ck_assert_int_eq(table_report(printed_out, conns, &options),
		    0);
		ck_assert_ptr_nonnull(strstr(printed(), state_name(state)));
		printed_forget();
	}
}
END_TEST

START_TEST(without_a_handshake_both_halves_are_the_least_samples)
{
	conns_analyse(0, "Dd");
	analyses[0].stats[0].rtt = (struct series){ .count = 2,
	    .min = 2000000, .max = 9000000 };
	ck_assert_int_eq(table_report(printed_out, conns, &options), 0);
	ck_assert_ptr_null(strstr(printed(), "5.0ms -\n"));
	analyses[0].stats[1].rtt = (struct series){ .count = 1,
	    .min = 3000000, .max = 3000000 };
	ck_assert_int_eq(table_report(printed_out, conns, &options), 0);
	ck_assert_ptr_nonnull(strstr(printed(), "5.0ms -\n"));
}
END_TEST

static TCase *
case_of(const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, setup, printed_teardown);
	return tc;
}

static Suite *
suite(void)
{
	Suite *s = suite_create("report");
	TCase *text = case_of("text");
	TCase *summary = case_of("summary");
	TCase *table = case_of("table");

	tcase_add_test(text, the_report_is_as_it_always_was);
	tcase_add_test(text, what_does_not_exist_is_not_available);
	tcase_add_test(text, blank_lines_stand_alone);
	tcase_add_test(text, a_selection_concerns_section_b_only);
	tcase_add_test(text, a_report_that_cannot_be_sorted_is_still_complete);
	tcase_add_test(text, nanoseconds_are_cut_from_instants);
	tcase_add_test(text, dates_are_given_when_asked_for);
	tcase_add_test(text, more_detail_comes_before_the_end);
	tcase_add_test(text, an_ipv6_connection_is_reported);
	suite_add_tcase(s, text);
	tcase_add_test(summary, the_four_classes_are_counted_apart);
	tcase_add_test(summary, samples_are_pooled_not_averaged);
	tcase_add_test(summary, durations_never_go_backwards_nor_overflow);
	suite_add_tcase(s, summary);
	tcase_add_test(table, the_table_is_aligned);
	tcase_add_test(table, an_empty_table_is_its_heading);
	tcase_add_test(table, the_table_follows_the_selection);
	tcase_add_test(table, starts_are_dates_when_asked_for);
	tcase_add_test(table, colour_is_asked_for);
	tcase_add_loop_test(table, amounts_take_four_columns, 0,
	    (int)ARRAY_LEN(amounts));
	tcase_add_loop_test(table, times_take_few_columns, 0,
	    (int)ARRAY_LEN(times));
	tcase_add_test(table, every_state_has_initials_of_its_own);
	tcase_add_test(table,
	    without_a_handshake_both_halves_are_the_least_samples);
	suite_add_tcase(s, table);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
