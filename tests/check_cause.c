/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a segment was sent again.  A row is a conversation whose last segment
 * is the question.  A opens unless the row says otherwise: 20 ms to B and
 * back, 10 ms to A and back, so that A's RTT is 30 ms and its RTO the floor
 * of 200 ms; then it sends five segments of 100 bytes at once.
 */
#include "config.h"

#include <check.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "check_main.h"
#include "leaks.h"
#include "talk.h"

#define STEPS_MAX	12	/* with the end of the row */
#define LEN		100	/* bytes of a segment */
#define BURST		5	/* segments: offsets 1, 101, 201, 301, 401 */

enum opening {
	OPENED,			/* handshake, and the burst */
	QUIET,			/* handshake only */
	UNOPENED,		/* nothing */
	MIDSTREAM		/* the burst only */
};

/* A segment, `ms` after the one before it. */
struct said {
	int64_t ms;
	unsigned side;
	unsigned flags;		/* 0 ends the row */
	int64_t seq;
	uint32_t len;
	int64_t ack;
	int64_t left;		/* of a SACK block, if not 0 */
	int64_t right;
};

#define DATA(ms, seq)	{ ms, A, TCP_ACK, seq, LEN, 1, 0, 0 }
#define ACK(ms, ack)	{ ms, B, TCP_ACK, 1, 0, ack, 0, 0 }
#define SACK(ms, ack, left, right) \
			{ ms, B, TCP_ACK, 1, 0, ack, left, right }
#define DUP_ACKS(ack)	ACK(20, ack), ACK(0, ack), ACK(0, ack), ACK(0, ack)

static const struct {
	const char *sentence;
	enum opening opening;
	struct said said[STEPS_MAX];
	enum cause cause;
} rows[] = {
	/* RFC 5681, 3.2 */
	{ "third duplicate ACK", OPENED,
	    { DUP_ACKS(101), DATA(10, 101) }, CAUSE_FAST },
	{ "second duplicate ACK", OPENED,
	    { ACK(20, 101), ACK(0, 101), ACK(0, 101), DATA(10, 101) },
	    CAUSE_UNKNOWN },
	{ "duplicate ACKs ask for what is below, not above", OPENED,
	    { DUP_ACKS(101), DATA(10, 201) }, CAUSE_UNKNOWN },
	{ "third duplicate ACK, lost before the capture", QUIET,
	    { DATA(0, 1), DATA(0, 201), DATA(0, 301), DUP_ACKS(101),
	    DATA(10, 101) }, CAUSE_FAST },
	/* RFC 6675, 8985 */
	{ "one segment reported above", OPENED,
	    { SACK(20, 101, 201, 301), DATA(10, 101) }, CAUSE_FAST },
	{ "many segments reported above", OPENED,
	    { SACK(20, 101, 201, 501), DATA(10, 101) }, CAUSE_FAST },
	{ "nothing reported above, only below", OPENED,
	    { SACK(20, 101, 201, 301), DATA(10, 301) }, CAUSE_UNKNOWN },
	{ "report is forgotten when a newer one has none", OPENED,
	    { SACK(20, 101, 201, 301), ACK(1, 201), DATA(10, 301) },
	    CAUSE_UNKNOWN },
	/* RFC 6582: a partial ACK asks for what follows it. */
	{ "next one of a fast recovery", OPENED,
	    { DUP_ACKS(101), DATA(10, 101), ACK(20, 201), DATA(10, 201) },
	    CAUSE_FAST },
	{ "after the recovery is over", OPENED,
	    { DUP_ACKS(101), DATA(10, 101), ACK(20, 501), DATA(1, 501),
	    DATA(0, 601), DATA(10, 501) }, CAUSE_UNKNOWN },
	/* RFC 6298 */
	{ "silence of more than the RTO", OPENED, { DATA(250, 1) },
	    CAUSE_TIMEOUT },
	{ "silence of nine tenths of the RTO", OPENED, { DATA(180, 1) },
	    CAUSE_TIMEOUT },
	{ "silence of less", OPENED, { DATA(179, 1) }, CAUSE_UNKNOWN },
	{ "an ACK starts the timer again", OPENED,
	    { ACK(150, 101), DATA(100, 101) }, CAUSE_UNKNOWN },
	{ "silence after duplicate ACKs", OPENED,
	    { DUP_ACKS(101), DATA(250, 101) }, CAUSE_TIMEOUT },
	{ "a sender that answers late while it is asked again", OPENED,
	    { DUP_ACKS(101), ACK(190, 101), DATA(5, 101) }, CAUSE_FAST },
	{ "and the same segment once more", OPENED,
	    { DUP_ACKS(101), DATA(5, 101), ACK(190, 101), DATA(5, 101) },
	    CAUSE_TIMEOUT },
	{ "FIN after silence", QUIET,
	    { { 0, A, TCP_FIN | TCP_ACK, 1, 0, 1, 0, 0 },
	    { 250, A, TCP_FIN | TCP_ACK, 1, 0, 1, 0, 0 } }, CAUSE_TIMEOUT },
	/* RFC 5681, 3.1: after a timeout a sender goes back to what it lost. */
	{ "next one after a timeout", OPENED,
	    { DATA(250, 1), ACK(20, 101), DATA(1, 101) }, CAUSE_TIMEOUT },
	{ "after all of that is acknowledged", OPENED,
	    { DATA(250, 1), ACK(20, 501), DATA(1, 501), DATA(0, 601),
	    DATA(10, 501) }, CAUSE_UNKNOWN },
	{ "asked for after a timeout", OPENED,
	    { DATA(250, 1), ACK(20, 101), SACK(1, 101, 201, 301),
	    DATA(1, 101) }, CAUSE_FAST },
	/* RFC 8985, 7.3 */
	{ "the last segment after one and a half round trips", OPENED,
	    { DATA(45, 401) }, CAUSE_TAIL_PROBE },
	{ "the last segment sooner", OPENED, { DATA(44, 401) },
	    CAUSE_UNKNOWN },
	{ "not the last segment", OPENED, { DATA(45, 301) },
	    CAUSE_UNKNOWN },
	/* Without a round trip there is only the first RTO, of a second. */
	{ "the last segment, no round trip known", MIDSTREAM,
	    { DATA(500, 401) }, CAUSE_UNKNOWN },
	{ "the last segment after a second", MIDSTREAM,
	    { DATA(950, 401) }, CAUSE_TIMEOUT },
	/* Nothing asks for a SYN but its sender's timer. */
	{ "SYN again", UNOPENED,
	    { { 0, A, TCP_SYN, 0, 0, 0, 0, 0 },
	    { 1000, A, TCP_SYN, 0, 0, 0, 0, 0 } }, CAUSE_TIMEOUT },
	{ "SYN-ACK again", UNOPENED,
	    { { 0, A, TCP_SYN, 0, 0, 0, 0, 0 },
	    { 20, B, TCP_SYN | TCP_ACK, 0, 0, 1, 0, 0 },
	    { 1000, B, TCP_SYN | TCP_ACK, 0, 0, 1, 0, 0 } }, CAUSE_TIMEOUT },
};

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
begin(enum opening opening)
{
	if (opening == OPENED || opening == QUIET)
		talk_open(&talk);
	if (opening == QUIET || opening == UNOPENED)
		return;
	for (int64_t i = 0; i < BURST; i++)
		talk_say(&talk, A, TCP_ACK, 1 + i * LEN, LEN, 1);
}

static void
say(const struct said *said)
{
	struct tcp_options *opt = &talk.with.opt;

	talk.now_ns += TALK_MS(said->ms);
	if (said->left != 0) {
		opt->present = OPT_SACK;
		opt->sack_count = 1;
		opt->sack[0].left = talk.isn[A] + (uint32_t)said->left;
		opt->sack[0].right = talk.isn[A] + (uint32_t)said->right;
	}
	talk_say(&talk, said->side, said->flags, said->seq, said->len,
	    said->ack);
}

/* All that a row says before its question, which is returned. */
static const struct said *
lead_up_to(unsigned row)
{
	const struct said *said = rows[row].said;

	ck_assert_uint_eq(said[STEPS_MAX - 1].flags, 0);
	begin(rows[row].opening);
	for (; said[1].flags != 0; said++)
		say(said);
	return said;
}

START_TEST(retransmission_has_its_cause)
{
	say(lead_up_to((unsigned)_i));
	ck_assert_msg(talk_is(&talk, JUDGED_RETRANSMISSION),
	    "%s: not judged to be one", rows[_i].sentence);
	ck_assert_msg(talk.judged.cause == rows[_i].cause,
	    "%s: cause %u instead of %u", rows[_i].sentence,
	    talk.judged.cause, rows[_i].cause);
}
END_TEST

/* One word in the judgement and one count for each cause. */
START_TEST(cause_is_judged_and_counted_under_its_name)
{
	const enum cause cause = rows[_i].cause;
	const struct said *question = lead_up_to((unsigned)_i);
	uint32_t before[JUDGED_COUNT];
	const uint32_t *counts;

	memcpy(before, talk_figures(&talk, question->side)->judged,
	    sizeof(before));
	say(question);
	counts = talk_figures(&talk, question->side)->judged;
	ck_assert_uint_eq(counts[JUDGED_RETRANSMISSION], before[JUDGED_RETRANSMISSION] + 1);
	ck_assert_uint_eq(counts[JUDGED_FAST] - before[JUDGED_FAST],
	    cause == CAUSE_FAST);
	ck_assert_uint_eq(counts[JUDGED_TIMEOUT] - before[JUDGED_TIMEOUT],
	    cause == CAUSE_TIMEOUT);
	ck_assert_uint_eq(counts[JUDGED_TAIL_PROBE] - before[JUDGED_TAIL_PROBE],
	    cause == CAUSE_TAIL_PROBE);
	ck_assert(talk_is(&talk, JUDGED_FAST) == (cause == CAUSE_FAST));
	ck_assert(talk_is(&talk, JUDGED_TIMEOUT) == (cause == CAUSE_TIMEOUT));
	ck_assert(talk_is(&talk, JUDGED_TAIL_PROBE) ==
	    (cause == CAUSE_TAIL_PROBE));
}
END_TEST

/* Only the recognition of DSACKs suffers. */
START_TEST(cause_is_found_without_memory_for_it)
{
	talk_open(&talk);
	talk_say(&talk, A, TCP_ACK, 1, LEN, 1);
	mem_fail_after(1);
	talk.now_ns += TALK_MS(250);
	ck_assert_int_eq(talk_say(&talk, A, TCP_ACK, 1, LEN, 1), 0);
	ck_assert_uint_eq(talk.judged.cause, CAUSE_TIMEOUT);
	ck_assert_uint_eq(talk_figures(&talk, A)->judged[JUDGED_TIMEOUT], 1);
	ck_assert_ptr_null(talk_side(&talk, A)->sackboard);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("cause");
	TCase *c = leaks_tcase(s, "cause");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_loop_test(c, retransmission_has_its_cause, 0,
	    ARRAY_LEN(rows));
	tcase_add_loop_test(c, cause_is_judged_and_counted_under_its_name, 0,
	    ARRAY_LEN(rows));
	tcase_add_test(c, cause_is_found_without_memory_for_it);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
