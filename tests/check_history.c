/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zeek's letters and Wireshark's bits.  A row is a conversation, and what is
 * noted of it.
 */
#include "config.h"

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"
#include "check_main.h"
#include "leaks.h"
#include "talk.h"
#include "tcp/history.h"

#define STEPS_MAX	10	/* with the end of the row */

/* A segment; `ms` after the one before it. */
struct said {
	int64_t ms;
	unsigned side;
	unsigned flags;		/* 0 ends the row; NONE: no flag at all */
	int64_t seq;
	uint32_t len;
	int64_t ack;
	bool is_closed;		/* advertises a window of zero */
};

#define NONE		TCP_PSH	/* says nothing to either */
#define SYN		TCP_SYN
#define SYN_ACK		(TCP_SYN | TCP_ACK)
#define FIN_ACK		(TCP_FIN | TCP_ACK)
#define HANDSHAKE	{ 0, A, SYN, 0, 0, 0, false },			\
			{ 20, B, SYN_ACK, 0, 0, 1, false },		\
			{ 10, A, TCP_ACK, 1, 0, 1, false }

static struct talk talk;

static void
setup(void)
{
	talk_begin(&talk, true);
}

static void
teardown(void)
{
	talk_end(&talk);
}

static void
say(const struct said *said)
{
	for (; said->flags != 0; said++) {
		talk.now_ns += TALK_MS(said->ms);
		if (said->is_closed)
			talk.with.window = 0;
		talk_say(&talk, said->side, said->flags, said->seq, said->len,
		    said->ack);
	}
}

/* ---- letters ---- */

static const struct {
	const char *sentence;
	struct said said[STEPS_MAX];
	const char *letters;
} histories[] = {
	{ "each first of a kind", { HANDSHAKE,
	    { 1, A, TCP_ACK, 1, 10, 1, false },
	    { 1, B, TCP_ACK, 1, 0, 11, false },
	    { 1, B, TCP_ACK, 1, 10, 11, false },
	    { 1, A, FIN_ACK, 11, 0, 11, false },
	    { 1, B, FIN_ACK, 11, 0, 12, false } }, "ShADadFf" },
	{ "data of a FIN are none", { HANDSHAKE,
	    { 1, A, FIN_ACK, 1, 10, 1, false } }, "ShAF" },
	{ "SYN with FIN", { { 0, A, TCP_SYN | TCP_FIN, 0, 0, 0, false } },
	    "Q" },
	{ "FIN with RST", { HANDSHAKE,
	    { 1, B, TCP_FIN | TCP_RST, 1, 0, 0, false } }, "ShAi" },
	{ "an RST at another number is another", { HANDSHAKE,
	    { 1, B, TCP_RST, 1, 0, 0, false },
	    { 1, B, TCP_RST, 1, 0, 0, false },
	    { 1, B, TCP_RST, 11, 0, 0, false } }, "ShArr" },
	{ "the responder was seen first", {
	    { 0, B, SYN_ACK, 0, 0, 1, false },
	    { 1, A, TCP_ACK, 1, 0, 1, false } }, "^hA" },
	{ "a zero window", { HANDSHAKE,
	    { 1, B, TCP_ACK, 1, 10, 1, true } }, "ShAdw" },
	{ "an RST has no window", {
	    { 0, A, SYN, 0, 0, 0, false },
	    { 1, B, TCP_RST | TCP_ACK, 0, 0, 1, true } }, "Sr" },
	{ "a retransmission", { HANDSHAKE,
	    { 1, A, TCP_ACK, 1, 10, 1, false },
	    { 300, A, TCP_ACK, 1, 10, 1, false } }, "ShADT" },
	{ "a gap of the peer", { HANDSHAKE,
	    { 1, A, TCP_ACK, 1, 0, 11, false } }, "ShAg" },
};

START_TEST(letters_are_noted)
{
	const struct analysis *an;

	ck_assert_uint_eq(histories[_i].said[STEPS_MAX - 1].flags, 0);
	say(histories[_i].said);
	an = talk_analysis(&talk);
	ck_assert_msg(strlen(histories[_i].letters) == an->history_len &&
	    memcmp(an->history, histories[_i].letters, an->history_len) == 0,
	    "%s: %.*s", histories[_i].sentence, an->history_len, an->history);
}
END_TEST

/* Retransmissions, zero windows and gaps: at 1, 10, 100 of them. */
START_TEST(letters_that_come_often_are_noted_at_powers_of_ten)
{
	const struct analysis *an;
	unsigned letters = 0;

	talk_open(&talk);
	for (unsigned i = 0; i < 99; i++) {
		talk.with.window = 0;
		talk_say(&talk, B, TCP_ACK, 1, 0, 1);
	}
	an = talk_analysis(&talk);
	for (unsigned i = 0; i < an->history_len; i++)
		letters += an->history[i] == 'w';
	ck_assert_uint_eq(letters, 2);
}
END_TEST

START_TEST(history_that_is_full_takes_no_more_letters)
{
	const struct analysis *an;

	talk_open(&talk);
	an = talk_analysis(&talk);
	ck_assert(!an->history_full);
	for (int64_t i = 0; i < HISTORY_MAX; i++)
		talk_say(&talk, A, TCP_RST, 1 + i, 0, 0);
	ck_assert_uint_eq(an->history_len, HISTORY_MAX - 1);
	ck_assert(an->history_full);
	ck_assert_mem_eq(an->history, "ShARRR", 6);
}
END_TEST

START_TEST(nothing_is_noted_where_nothing_is_kept)
{
	talk_end(&talk);
	talk_begin(&talk, false);
	talk_open(&talk);
	ck_assert_uint_eq(talk_analysis(&talk)->history_len, 0);
}
END_TEST

/* ---- completeness ---- */

static const struct {
	const char *sentence;
	struct said said[STEPS_MAX];
	unsigned bits;
} bits[] = {
	{ "a handshake", { HANDSHAKE }, 7 },
	{ "all of it", { HANDSHAKE, { 1, A, TCP_ACK, 1, 10, 1, false },
	    { 1, A, FIN_ACK, 11, 0, 1, false },
	    { 1, B, TCP_RST, 1, 0, 0, false } }, 63 },
	{ "a SYN alone", { { 0, A, SYN, 0, 0, 0, false } }, 1 },
	{ "data in it", { { 0, A, SYN, 0, 10, 0, false } }, 9 },
	{ "data in a SYN-ACK are none", { { 0, A, SYN, 0, 0, 0, false },
	    { 1, B, SYN_ACK, 0, 10, 1, false } }, 3 },
	{ "a SYN counts only first", { { 0, B, SYN_ACK, 0, 0, 1, false },
	    { 1, A, SYN, 0, 0, 0, false } }, 2 },
	{ "one segment without a SYN", {
	    { 0, A, TCP_ACK, 1, 10, 1, false } }, 0 },
	{ "and with a second one", { { 0, A, TCP_ACK, 1, 10, 1, false },
	    { 1, B, TCP_ACK, 1, 0, 11, false } }, 12 },
	{ "data need an ACK", { HANDSHAKE,
	    { 1, A, NONE, 1, 10, 0, false } }, 7 },
	{ "so does a FIN", { HANDSHAKE,
	    { 1, A, TCP_FIN, 1, 0, 0, false } }, 7 },
};

START_TEST(bits_are_noted)
{
	ck_assert_uint_eq(bits[_i].said[STEPS_MAX - 1].flags, 0);
	say(bits[_i].said);
	ck_assert_msg(history_completeness(&talk.conn,
	    talk_analysis(&talk)) == bits[_i].bits, "%s: %u",
	    bits[_i].sentence, history_completeness(&talk.conn,
		talk_analysis(&talk)));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("history");
	TCase *letters = leaks_tcase(s, "letters");
	TCase *completeness = leaks_tcase(s, "completeness");

	tcase_add_checked_fixture(letters, setup, teardown);
	tcase_add_loop_test(letters, letters_are_noted, 0,
	    (int)ARRAY_LEN(histories));
	tcase_add_test(letters,
	    letters_that_come_often_are_noted_at_powers_of_ten);
	tcase_add_test(letters, history_that_is_full_takes_no_more_letters);
	tcase_add_test(letters, nothing_is_noted_where_nothing_is_kept);
	tcase_add_checked_fixture(completeness, setup, teardown);
	tcase_add_loop_test(completeness, bits_are_noted, 0,
	    (int)ARRAY_LEN(bits));
	return s;
}

int
main(void)
{
	return check_main(suite());
}
