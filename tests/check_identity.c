/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Identity of a connection in time: which segments open the next connection
 * on a four-tuple, and which belong to the one that was there.
 *
 * A row is the life of a connection and the segment in question, in letters:
 * the sender (A opens it, B answers), what, and optionally its number, where
 * 0 is the ISN:
 *	S SYN   h SYN-ACK   a ACK   d data   f FIN   r RST   R RST-ACK
 * A word after the segment in question: `+` its timestamp is later.
 */
#include "config.h"

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "check_main.h"
#include "flow/identity.h"
#include "leaks.h"
#include "talk.h"

static struct talk talk;

static void
setup(void)
{
	talk_begin(&talk, true);
	talk.isn[A] = 5000;	/* away from the wrap: "lower" is below */
}

static void
teardown(void)
{
	talk_end(&talk);
}

struct row {
	const char *sentence;
	const char *life;	/* "A S 0, B h 0, ..." as below */
	const char *question;
	bool opens_new;
	int64_t silence_s;	/* before the question */
};

#define OPEN	"AS Bh Aa "
#define CLOSED	OPEN "Af Ba Bf Aa "

static const struct row rows[] = {
	/* "differs from the ISN recorded ... when the recorded one closed" */
	{ "new ISN after FIN both ways", CLOSED, "AS+9000", true, 0 },
	{ "lower ISN after FIN both ways", CLOSED, "AS-4000", true, 0 },
	{ "new ISN after an RST", OPEN "Br ", "AS+9000", true, 0 },
	{ "new ISN after a refusal", "AS BR ", "AS+9000", true, 0 },
	{ "lower ISN after a refusal", "AS BR ", "AS-4000", true, 0 },
	/* "... or has got past the handshake" */
	{ "new ISN in an open connection", OPEN, "AS+9000", true, 0 },
	{ "lower ISN in an open connection", OPEN, "AS-4000", true, 0 },
	{ "new ISN half closed", OPEN "Af Ba ", "AS+9000", true, 0 },
	{ "new ISN in a connection picked up in its middle", "Aa Ba ",
	    "AS+9000", true, 0 },
	/* "... or when TIME-WAIT rules would allow it" */
	{ "higher ISN in the handshake", "AS Bh ", "AS+9000", true, 0 },
	{ "higher ISN after a lonely SYN", "AS ", "AS+9000", true, 0 },
	{ "lower ISN in the handshake", "AS Bh ", "AS-4000", false, 0 },
	{ "lower ISN in the handshake with a later timestamp", "AS Bh ",
	    "AS-4000 +", true, 0 },
	{ "ISN higher by less than half the circle", "AS ",
	    "AS+2147483647", true, 0 },
	{ "ISN higher by more than half the circle is lower", "AS ",
	    "AS+2147483649", false, 0 },
	/* "A SYN with the recorded ISN is a retransmission ..." */
	{ "SYN sent again", "AS ", "AS", false, 0 },
	{ "SYN sent again a minute later", "AS ", "AS", false, 60 },
	{ "SYN sent again though it was answered", "AS Bh ", "AS", false, 0 },
	{ "SYN sent again after a refusal", "AS BR ", "AS", false, 0 },
	{ "SYN with the recorded ISN and a later timestamp", "AS ", "AS +",
	    false, 0 },
	{ "late copy of the SYN in an open connection", OPEN, "AS", false, 0 },
	/* "... as long as the originator has sent nothing but SYNs" */
	{ "recorded ISN after the close", CLOSED, "AS", true, 0 },
	/* "SYN-ACK with a new ISN answering the same SYN stays" */
	{ "SYN-ACK with a new ISN", "AS Bh ", "Bh+9000", false, 0 },
	{ "SYN-ACK with a lower ISN", "AS Bh ", "Bh-500", false, 0 },
	{ "SYN-ACK with a new ISN after the handshake", OPEN, "Bh+9000",
	    false, 0 },
	{ "SYN-ACK sent again", "AS Bh Aa ", "Bh", false, 0 },
	{ "SYN-ACK first, then the SYN it answers", "Bh ", "AS", false, 0 },
	/* "Late segments belong to the old connection, however many" */
	{ "FIN sent again after the close", CLOSED, "Af", false, 0 },
	{ "data after the close", CLOSED, "Ad", false, 0 },
	{ "ACK after the close", CLOSED, "Ba", false, 0 },
	{ "RST after the close", CLOSED, "Br", false, 0 },
	{ "RST storm", OPEN "Br Br Br Br Br ", "Br", false, 0 },
	{ "RST with SYN is no SYN", CLOSED, "AX+9000", false, 0 },
	{ "data a day after the close", CLOSED, "Ad", false, 86400 },
	/* "Reading a file, silence never splits a connection" */
	{ "data after an hour of silence", OPEN, "Ad", false, 3600 },
	{ "ACK after a week of silence", OPEN, "Ba", false, 604800 },
	{ "FIN after a year of silence", OPEN, "Bf", false, 31536000 },
	/* The other endpoint may open the next one. */
	{ "SYN of the responder after the close", CLOSED, "BS+9000", true, 0 },
	{ "SYN of the responder in an open connection", OPEN, "BS+9000",
	    true, 0 },
	{ "simultaneous open: the other SYN", "AS ", "BS", false, 0 },
	{ "simultaneous open: the other SYN again", "AS BS ", "BS", false,
	    0 },
	{ "simultaneous open: the first SYN again", "AS BS ", "AS", false,
	    0 },
	{ "split handshake: ACK, then a SYN of the responder", "AS Ba ",
	    "BS", false, 0 },
	/* Captured late rather than sent later. */
	{ "SYN captured after the ACK of the handshake", "Aa ", "AS", false,
	    0 },
	{ "SYN of the responder's number captured late", "AS Aa ", "BS",
	    false, 0 },
};

static const struct {
	char letter;
	unsigned flags;
} letters[] = {
	{ 'S', TCP_SYN },
	{ 'h', TCP_SYN | TCP_ACK },
	{ 'a', TCP_ACK },
	{ 'd', TCP_ACK | TCP_PSH },
	{ 'f', TCP_FIN | TCP_ACK },
	{ 'r', TCP_RST },
	{ 'R', TCP_RST | TCP_ACK },
	{ 'X', TCP_SYN | TCP_RST },
};

static unsigned
flags_of(char letter)
{
	for (unsigned i = 0; i < ARRAY_LEN(letters); i++)
		if (letters[i].letter == letter)
			return letters[i].flags;
	ck_abort_msg("no such letter: %c", letter);
	return 0;
}

/* What side has sent so far: SYN 0, then what follows it, then its FIN. */
static int64_t
next_of(unsigned side)
{
	return talk.conn.endpoint[side].has_base ?
	    talk.conn.endpoint[side].nxt : 1;
}

static struct segment
segment_of(const char *word, unsigned *ret_side)
{
	const unsigned side = word[0] == 'A' ? A : B;
	const unsigned flags = flags_of(word[1]);
	int64_t seq = flags & TCP_SYN ? 0 : next_of(side);
	const uint32_t len = word[1] == 'd' ? 100 : 0;

	if (word[2] == '+' || word[2] == '-')
		seq += strtoll(word + 2, NULL, 10);
	*ret_side = side;
	return talk_segment(&talk, side, flags, seq, len, next_of(!side));
}

static void
live(const char *life)
{
	talk.conn.first_ns = talk.now_ns;
	talk.conn.last_ns = talk.now_ns;
	while (*life != '\0') {
		unsigned side;
		struct segment seg;

		talk.frame++;
		seg = segment_of(life, &side);
		talk.now_ns += TALK_MS(5);
		seg.time_ns = talk.now_ns;
		seg.frame = talk.frame;
		ck_assert_int_eq(pipeline_segment(&talk.tracker, &talk.conn, side,
		    &seg, false), 0);
		life = strchr(life, ' ') + 1;
	}
}

START_TEST(segment_opens_a_connection_or_does_not)
{
	const struct row *row = &rows[_i];
	const bool is_later = strstr(row->question, " +") != NULL;
	struct segment seg;
	unsigned side;
	bool opens;

	live(row->life);
	talk.now_ns += TALK_MS(5) + row->silence_s * NS_PER_SEC;
	seg = segment_of(row->question, &side);
	opens = identity_opens_new(&talk.conn, side, &seg, is_later);
	ck_assert_msg(opens == row->opens_new, "%s: %s", row->sentence,
	    opens ? "opens a new one" : "belongs to the old one");
}
END_TEST

/* Every row again with ISNs around the places where numbers wrap. */
START_TEST(it_is_the_same_wherever_the_numbers_begin)
{
	static const uint32_t isns[] = {
		0, 1, UINT32_C(0x7fffffff), UINT32_C(0x80000000),
		UINT32_MAX,
	};

	for (unsigned i = 0; i < ARRAY_LEN(isns); i++) {
		const struct row *row = &rows[_i];
		const bool is_later = strstr(row->question, " +") != NULL;
		struct segment seg;
		unsigned side;

		talk_end(&talk);
		talk_begin(&talk, true);
		talk.isn[A] = isns[i];
		talk.isn[B] = isns[ARRAY_LEN(isns) - 1 - i];
		live(row->life);
		talk.now_ns += TALK_MS(5) + row->silence_s * NS_PER_SEC;
		seg = segment_of(row->question, &side);
		ck_assert_msg(identity_opens_new(&talk.conn, side, &seg,
		    is_later) == row->opens_new, "%s, from %u", row->sentence,
		    isns[i]);
	}
}
END_TEST

/* Asking changes nothing: the answer is the same the second time. */
START_TEST(question_can_be_asked_twice)
{
	const struct row *row = &rows[_i];
	struct conn before;
	struct segment seg;
	unsigned side;

	live(row->life);
	memcpy(&before, &talk.conn, sizeof(before));
	seg = segment_of(row->question, &side);
	ck_assert(identity_opens_new(&talk.conn, side, &seg, false) ==
	    identity_opens_new(&talk.conn, side, &seg, false));
	ck_assert_mem_eq(&before, &talk.conn, sizeof(before));
}
END_TEST

/* What is compared must not depend on whether there is an analysis. */
START_TEST(later_timestamp_opens_with_and_without_records)
{
	struct segment seg;

	talk_end(&talk);
	talk_begin(&talk, _i != 0);
	talk.isn[A] = 5000;
	talk.with.opt.present = OPT_TIMESTAMP;
	talk.with.opt.tsval = 100;
	talk_say(&talk, A, TCP_SYN, 0, 0, 0);
	talk.with.opt.present = OPT_TIMESTAMP;
	talk.with.opt.tsval = 200;
	seg = talk_segment(&talk, A, TCP_SYN, -4000, 0, 0);
	ck_assert(identity_is_ts_later(&talk.conn, A, &seg));
	ck_assert(identity_opens_new(&talk.conn, A, &seg, true));
	seg.opt.tsval = 100;
	ck_assert(!identity_is_ts_later(&talk.conn, A, &seg));
	ck_assert(!identity_opens_new(&talk.conn, A, &seg, false));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("identity");
	TCase *c = leaks_tcase(s, "identity");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_loop_test(c, segment_opens_a_connection_or_does_not, 0,
	    ARRAY_LEN(rows));
	tcase_add_loop_test(c, it_is_the_same_wherever_the_numbers_begin, 0,
	    ARRAY_LEN(rows));
	tcase_add_loop_test(c, later_timestamp_opens_with_and_without_records,
	    0, 2);
	tcase_add_loop_test(c, question_can_be_asked_twice, 0,
	    ARRAY_LEN(rows));
	return s;
}

int
main(void)
{
	return check_main(suite());
}
