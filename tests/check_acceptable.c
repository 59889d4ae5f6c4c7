/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which segments a receiver accepts: rows of a connection's life and of a
 * segment in question, with what comes out.
 */
#include "config.h"

#include <check.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "check_main.h"
#include "flow/acceptable.h"
#include "leaks.h"
#include "talk.h"

#define SYN	TCP_SYN
#define SYNACK	(TCP_SYN | TCP_ACK)
#define ACK	TCP_ACK
#define FIN	(TCP_FIN | TCP_ACK)
#define RST	TCP_RST
#define RSTACK	(TCP_RST | TCP_ACK)

/* Numbers are relative to the ISNs, which are far from the wrap or at it. */
struct said {
	unsigned side;
	unsigned flags;		/* 0 ends a life */
	int64_t seq;
	uint32_t len;
	int64_t ack;
};

#define LIFE_MAX	7	/* with the end */

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

/* Where the numbers wrap, as well as where they do not. */
static const uint32_t isns[][2] = {
	{ 5000, 900000 },
	{ 0, UINT32_MAX },
	{ UINT32_C(0x80000000), UINT32_C(0x7fffffff) },
	{ UINT32_C(0xfffff000), 1 },
};

static void
live(unsigned isn, const struct said *life)
{
	talk_end(&talk);
	talk_begin(&talk, true);
	talk.isn[A] = isns[isn][A];
	talk.isn[B] = isns[isn][B];
	for (; life->flags != 0; life++) {
		talk.now_ns += TALK_MS(5);
		talk_say(&talk, life->side, life->flags, life->seq, life->len,
		    life->ack);
	}
}

static struct segment
question_of(const struct said *said, int64_t silence_ns)
{
	struct segment seg;

	talk.now_ns += silence_ns;
	seg = talk_segment(&talk, said->side, said->flags, said->seq,
	    said->len, said->ack);
	seg.time_ns = talk.now_ns;
	return seg;
}

#define OPENED	{ A, SYN, 0, 0, 0 }, { B, SYNACK, 0, 0, 1 },		\
		{ A, ACK, 1, 0, 1 }, { A, ACK, 1, 1000, 1 },		\
		{ B, ACK, 1, 0, 1001 }
#define MILLION	INT64_C(1000000)

/* ---- segments without RST ---- */

static const struct row {
	const char *sentence;
	struct said life[LIFE_MAX];
	struct said question;
	int64_t silence_ms;
	enum acceptance acceptance;
} rows[] = {
	/* RFC 9293, 3.10.7.3 */
	{ "SYN-ACK of the SYN", { { A, SYN, 0, 0, 0 } },
	    { B, SYNACK, 0, 0, 1 }, 5, ACCEPTABLE },
	{ "SYN-ACK of the SYN and its data", { { A, SYN, 0, 100, 0 } },
	    { B, SYNACK, 0, 0, 101 }, 5, ACCEPTABLE },
	{ "SYN-ACK of the SYN without its data", { { A, SYN, 0, 100, 0 } },
	    { B, SYNACK, 0, 0, 1 }, 5, ACCEPTABLE },
	{ "SYN-ACK of nothing", { { A, SYN, 0, 0, 0 } },
	    { B, SYNACK, 0, 0, 0 }, 5, UNACCEPTABLE_ACK },
	{ "SYN-ACK of more than the SYN", { { A, SYN, 0, 0, 0 } },
	    { B, SYNACK, 0, 0, 2 }, 5, UNACCEPTABLE_ACK },
	{ "SYN-ACK of another SYN", { { A, SYN, 0, 0, 0 } },
	    { B, SYNACK, 0, 0, 54321 }, 5, UNACCEPTABLE_ACK },
	{ "ACK in SYN-SENT", { { A, SYN, 0, 0, 0 } },
	    { B, ACK, 77, 0, 1 }, 5, UNACCEPTABLE_IN_SYN_SENT },
	{ "FIN in SYN-SENT", { { A, SYN, 0, 0, 0 } },
	    { B, FIN, 77, 0, 1 }, 5, UNACCEPTABLE_IN_SYN_SENT },
	{ "SYN of the peer in SYN-SENT", { { A, SYN, 0, 0, 0 } },
	    { B, SYN, 77, 0, 0 }, 5, ACCEPTABLE },
	{ "SYN again", { { A, SYN, 0, 0, 0 } },
	    { A, SYN, 0, 0, 0 }, 1000, ACCEPTABLE },
	{ "ACK after a SYN-ACK that was not captured", { { A, SYN, 0, 0, 0 } },
	    { A, ACK, 1, 0, 777 }, 30, ACCEPTABLE },
	{ "other SYN-ACK, before either is acknowledged",
	    { { A, SYN, 0, 0, 0 }, { B, SYNACK, 0, 0, 1 } },
	    { B, SYNACK, 5555, 0, 1 }, 1, ACCEPTABLE },
	{ "ACK of a SYN-ACK that was not captured",
	    { { A, SYN, 0, 0, 0 }, { B, SYNACK, 0, 0, 1 } },
	    { A, ACK, 1, 0, 987654321 }, 1, ACCEPTABLE },
	{ "old ACK, while the SYN-ACK is not acknowledged",
	    { { A, SYN, 0, 0, 0 }, { B, SYNACK, 0, 0, 1 } },
	    { A, ACK, 987654321, 0, 987654321 }, 1, UNACCEPTABLE_SEQ },
	{ "other SYN-ACK, when one is acknowledged", { OPENED },
	    { B, SYNACK, 5555, 0, 1 }, 1, UNACCEPTABLE_SYN },
	{ "SYN-ACK again", { OPENED },
	    { B, SYNACK, 0, 0, 1 }, 1000, ACCEPTABLE },
	{ "SYN again, behind data", { OPENED },
	    { A, SYN, 0, 0, 0 }, 1000, ACCEPTABLE },
	/* RFC 9293, 3.10.7.4 */
	{ "next segment", { OPENED },
	    { A, ACK, 1001, 100, 1 }, 5, ACCEPTABLE },
	{ "segment at the ISN", { OPENED },
	    { A, ACK, 0, 1, 1 }, 5, ACCEPTABLE },
	{ "segment below the ISN", { OPENED },
	    { A, ACK, -1, 1, 1 }, 5, UNACCEPTABLE_SEQ },
	{ "segment behind a gap", { OPENED },
	    { A, ACK, 50001, 100, 1 }, 0, ACCEPTABLE },
	{ "segment behind a gap of more than a window, at once", { OPENED },
	    { A, ACK, 1001 + 65536, 100, 1 }, 0, UNACCEPTABLE_SEQ },
	{ "segment behind such a gap, a while later", { OPENED },
	    { A, ACK, 1001 + 65536, 100, 1 }, 5, ACCEPTABLE },
	{ "segment behind a gap of a gigabyte", { OPENED },
	    { A, ACK, 1000 * MILLION, 100, 1 }, 100, UNACCEPTABLE_SEQ },
	{ "retransmission of all", { OPENED },
	    { A, ACK, 1, 1000, 1 }, 5, ACCEPTABLE },
	{ "ACK of what is in flight", { OPENED, { A, ACK, 1001, 9, 1 } },
	    { B, ACK, 1, 0, 1010 }, 0, ACCEPTABLE },
	{ "old ACK", { OPENED }, { B, ACK, 1, 0, 1 }, 5, ACCEPTABLE },
	{ "ACK that does not acknowledge the SYN", { OPENED },
	    { B, ACK, 1, 0, 0 }, 5, UNACCEPTABLE_ACK },
	{ "ACK of what was not captured", { OPENED },
	    { B, ACK, 1, 0, 20001 }, 0, ACCEPTABLE },
	{ "ACK far beyond", { OPENED },
	    { B, ACK, 1, 0, 1000 * MILLION }, 100, UNACCEPTABLE_ACK },
	/* In a connection older than the capture the numbers prove less. */
	{ "below the first segment", { { A, ACK, 5001, 100, 1 } },
	    { A, ACK, 1, 100, 1 }, 5, ACCEPTABLE },
	{ "first segment of the peer, as acknowledged",
	    { { A, ACK, 5001, 100, 7001 } },
	    { B, ACK, 7001, 0, 5101 }, 5, ACCEPTABLE },
};

START_TEST(segment_is_accepted_or_not)
{
	const struct row *row = &rows[_i];

	for (unsigned i = 0; i < ARRAY_LEN(isns); i++) {
		struct segment seg;

		ck_assert_uint_eq(row->life[LIFE_MAX - 1].flags, 0);
		live(i, row->life);
		seg = question_of(&row->question, TALK_MS(row->silence_ms));
		ck_assert_msg(acceptable_segment(&talk.conn,
		    row->question.side, &seg) == row->acceptance,
		    "%s, from %u", row->sentence, isns[i][0]);
	}
}
END_TEST

/* ---- RST ---- */

static const struct reset {
	const char *sentence;
	struct said life[LIFE_MAX];
	struct said question;
	enum rst_fit fit;
} resets[] = {
	{ "RST of nobody", { { 0 } }, { A, RST, 1, 0, 0 }, RST_EXACT },
	{ "refusal of a SYN", { { A, SYN, 0, 0, 0 } },
	    { B, RSTACK, 0, 0, 1 }, RST_EXACT },
	{ "RST of another SYN", { { A, SYN, 0, 0, 0 } },
	    { B, RSTACK, 0, 0, 2 }, RST_REJECTED },
	{ "RST without ACK to a SYN", { { A, SYN, 0, 0, 0 } },
	    { B, RST, 1, 0, 0 }, RST_REJECTED },
	{ "opener gives up", { { A, SYN, 0, 0, 0 } },
	    { A, RST, 1, 0, 0 }, RST_EXACT },
	{ "opener resets another connection", { { A, SYN, 0, 0, 0 } },
	    { A, RST, 54321, 0, 0 }, RST_REJECTED },
	{ "responder gives up",
	    { { A, SYN, 0, 0, 0 }, { B, SYNACK, 0, 0, 1 } },
	    { B, RSTACK, 1, 0, 1 }, RST_EXACT },
	{ "next number", { OPENED }, { A, RST, 1001, 0, 0 }, RST_EXACT },
	{ "number of what is in flight", { OPENED, { A, ACK, 1001, 9, 1 } },
	    { A, RST, 1001, 0, 0 }, RST_EXACT },
	{ "next number behind what is in flight",
	    { OPENED, { A, ACK, 1001, 9, 1 } },
	    { A, RST, 1010, 0, 0 }, RST_EXACT },
	{ "in the window", { OPENED }, { A, RST, 1002, 0, 0 },
	    RST_IN_WINDOW },
	{ "last in the window", { OPENED }, { A, RST, 11000, 0, 0 },
	    RST_IN_WINDOW },
	{ "behind the window", { OPENED }, { A, RST, 11001, 0, 0 },
	    RST_REJECTED },
	{ "acknowledged", { OPENED }, { A, RST, 1000, 0, 0 }, RST_REJECTED },
	{ "number of a FIN that was acknowledged",
	    { { A, SYN, 0, 0, 0 }, { B, SYNACK, 0, 0, 1 }, { A, ACK, 1, 0, 1 },
	    { A, FIN, 1, 0, 1 }, { B, ACK, 1, 0, 2 } },
	    { A, RST, 1, 0, 0 }, RST_EXACT },
	/* ACKs prove the number of a peer that was not heard yet. */
	{ "as acknowledged", { { A, ACK, 1, 0, 7001 } },
	    { B, RST, 7001, 0, 0 }, RST_EXACT },
	{ "not as acknowledged", { { A, ACK, 1, 0, 7001 } },
	    { B, RST, 7000, 0, 0 }, RST_REJECTED },
};

START_TEST(rst_is_exact_in_the_window_or_rejected)
{
	const struct reset *row = &resets[_i];

	for (unsigned i = 0; i < ARRAY_LEN(isns); i++) {
		struct segment seg;

		ck_assert_uint_eq(row->life[LIFE_MAX - 1].flags, 0);
		live(i, row->life);
		seg = question_of(&row->question, TALK_MS(5));
		ck_assert_msg(acceptable_rst(&talk.conn, row->question.side,
		    &seg) == row->fit, "%s, from %u", row->sentence,
		    isns[i][0]);
	}
}
END_TEST

/* ---- SACK, and which of several connections ---- */

static const struct said open[] = { OPENED, { 0 } };

START_TEST(sack_names_what_was_sent)
{
	live(0, open);
	ck_assert(acceptable_sack(&talk.conn, A, 1, 1001));
	ck_assert(acceptable_sack(&talk.conn, A, 500, 600));
	ck_assert(!acceptable_sack(&talk.conn, A, 500, 1002));
	ck_assert(!acceptable_sack(&talk.conn, A, -5, 600));
	ck_assert(!acceptable_sack(&talk.conn, A, 600, 600));
	ck_assert(!acceptable_sack(&talk.conn, A, 700, 600));
}
END_TEST

static int
score(unsigned side, unsigned flags, int64_t seq, int64_t ack)
{
	const struct segment seg = question_of(&(struct said){
	    side, flags, seq, 0, ack }, 0);

	return acceptable_score(&talk.conn, side, &seg);
}

START_TEST(closer_numbers_score_more)
{
	live(0, open);
	ck_assert_int_gt(score(A, ACK, 1001, 1), score(A, ACK, 2001, 1));
	ck_assert_int_gt(score(A, ACK, 2001, 1), -1);
	ck_assert_int_gt(score(A, RST, 1001, 0), score(A, RST, 2001, 0));
	ck_assert_int_lt(score(A, ACK, 500000, 1), 0);
	ck_assert_int_lt(score(A, ACK, 1001, 500000), 0);
	ck_assert_int_lt(score(A, ACK, -1, 1), 0);
	ck_assert_int_lt(score(B, SYNACK, 5, 1), 0);
	/* An RST may acknowledge anything. */
	ck_assert_int_gt(score(A, RSTACK, 1001, 500000), 0);
}
END_TEST

START_TEST(attempt_fits_its_answer_only)
{
	static const struct said attempt[] = { { A, SYN, 0, 0, 0 }, { 0 } };

	live(0, attempt);
	ck_assert_int_gt(score(B, SYNACK, 0, 1), 0);
	ck_assert_int_gt(score(B, RSTACK, 0, 1), 0);
	ck_assert_int_gt(score(A, ACK, 1, 1), 0);
	ck_assert_int_lt(score(B, SYNACK, 0, 2), 0);
	ck_assert_int_lt(score(B, ACK, 0, 30000), 0);
	ck_assert_int_lt(score(A, ACK, -30000, 1), 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("acceptable");
	TCase *c = leaks_tcase(s, "acceptable");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_loop_test(c, segment_is_accepted_or_not, 0,
	    (int)ARRAY_LEN(rows));
	tcase_add_loop_test(c, rst_is_exact_in_the_window_or_rejected, 0,
	    (int)ARRAY_LEN(resets));
	tcase_add_test(c, sack_names_what_was_sent);
	tcase_add_test(c, closer_numbers_score_more);
	tcase_add_test(c, attempt_fits_its_answer_only);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
