/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One direction between two points.  A path of 20 ms is played: up() is a
 * transmission at the upstream point, through() one that passes both.
 */
#include "config.h"

#include <check.h>

#include "base/nstime.h"
#include "base/pool.h"
#include "check_main.h"
#include "compare/lane.h"
#include "compare/rewrites.h"
#include "decode/segment.h"
#include "leaks.h"
#include "tcp/judged.h"

#define DELAY_NS	(20 * NS_PER_MS)
#define LEN		1000

static struct lane lane;
static struct lane back;	/* the other direction */
static struct lane_context context;
static unsigned passages;
static unsigned late;
static const char *misjudged;
static uint64_t frame;
static int64_t now;

static void
on_passed(void *arg, const struct lane *of, const struct passage *passage)
{
	(void)arg;
	ck_assert_ptr_eq(of, &lane);
	ck_assert(passage->up != NULL || passage->down != NULL);
	passages++;
	late += passage->is_late;
}

static void
on_misjudged(void *arg, const struct lane *of, enum point point,
    const struct transmission *t, const char *truth)
{
	(void)arg;
	(void)of;
	(void)point;
	(void)t;
	misjudged = truth;
}

static void
setup(void)
{
	leaks_setup();
	context = (struct lane_context){
	    .passed = on_passed,
	    .misjudged = on_misjudged,
	    .end = { 3600 * NS_PER_SEC, 3600 * NS_PER_SEC },
	    .has_clock = true,
	};
	lane_context_init(&context);
	lane_init(&lane, POINT_A, &back);
	lane_init(&back, POINT_B, &lane);
	passages = late = 0;
	misjudged = NULL;
	frame = 0;
	now = NS_PER_SEC;
}

static void
teardown(void)
{
	lane_fini(&lane, &context);
	lane_fini(&back, &context);
	lane_context_fini(&context);
	leaks_teardown();
}

/* Bytes of a segment of LEN, the number `at`. */
static struct transmission
segment(int64_t at)
{
	frame++;
	return (struct transmission){
	    .start = at * LEN,
	    .len = LEN,
	    .flags = TCP_ACK,
	    .frame = frame,
	    .ip_id = (uint16_t)(frame + 1),
	    .ttl = 64,
	};
}

static struct transmission
pure_ack(uint32_t ack)
{
	struct transmission t = segment(0);

	t.len = 0;
	t.ack = ack;
	return t;
}

static void
add(enum point point, struct transmission t, int64_t ns)
{
	t.ns = ns;
	ck_assert_int_eq(lane_add(&lane, &context, point, &t), 0);
}

/* An ACK of the receiver passes a point. */
static void
add_back(enum point point, uint32_t ack)
{
	struct transmission t = pure_ack(ack);

	t.ns = now;
	ck_assert_int_eq(lane_add(&back, &context, point, &t), 0);
}

static void
up(struct transmission t)
{
	add(POINT_A, t, now);
}

static void
down(struct transmission t)
{
	add(POINT_B, t, now + DELAY_NS);
}

static void
through(struct transmission t)
{
	up(t);
	down(t);
	now += NS_PER_MS + DELAY_NS;
}

static void
finish(void)
{
	lane_finish(&lane, &context);
}

START_TEST(what_passes_both_points_is_matched)
{
	for (int64_t i = 0; i < 50; i++)
		through(segment(i));
	finish();
	ck_assert_uint_eq(lane_counts(&lane).matched, 50);
	ck_assert_uint_eq(lane_counts(&lane).lost + lane_counts(&lane).injected, 0);
	ck_assert_uint_eq(passages, 50);
	ck_assert_int_eq(lane.delays.min, DELAY_NS);
	ck_assert_int_eq(lane.delays.max, DELAY_NS);
	ck_assert_uint_eq(lane.rewrites, 0);
}
END_TEST

START_TEST(what_passes_the_first_point_only_is_lost)
{
	through(segment(0));
	up(segment(1));
	through(segment(2));
	finish();
	ck_assert_uint_eq(lane_counts(&lane).lost, 1);
	ck_assert_uint_eq(lane_counts(&lane).lost_bytes, LEN);
	ck_assert_uint_eq(lane.notes->first.lost, 2);
}
END_TEST

/* SYN and FIN take a sequence number each, and are no bytes. */
START_TEST(a_lost_syn_or_fin_is_no_byte)
{
	static const uint16_t flags[] = { TCP_SYN, TCP_SYN | TCP_ACK,
	    TCP_FIN | TCP_ACK };
	struct transmission t = segment(0);

	t.flags = flags[_i];
	t.len = 1;
	up(t);
	finish();
	ck_assert_uint_eq(lane_counts(&lane).lost, 1);
	ck_assert_uint_eq(lane_counts(&lane).lost_bytes, 0);
}
END_TEST

/* A superframe with a FIN, of which one half passes: with it or without. */
START_TEST(a_fin_is_no_byte_of_what_a_superframe_lost)
{
	struct transmission whole = segment(0), piece = segment(_i);

	whole.len = 2 * LEN + 1;
	whole.flags |= TCP_FIN;
	if (_i == 1) {
		piece.len = LEN + 1;
		piece.flags |= TCP_FIN;
	}
	up(whole);
	down(piece);
	finish();
	ck_assert_uint_eq(lane_counts(&lane).lost_bytes, LEN);
}
END_TEST

START_TEST(what_passes_the_second_point_only_was_injected)
{
	struct transmission reset = segment(5);

	through(segment(0));
	reset.flags = TCP_RST;
	reset.ttl = 9;
	down(reset);
	finish();
	ck_assert_uint_eq(lane_counts(&lane).injected, 1);
	ck_assert(lane.notes->first.has_injected_reset);
	ck_assert_uint_eq(lane.notes->first.injected_ttl, 9);
}
END_TEST

START_TEST(a_gap_that_is_acknowledged_was_missed_by_the_first_capture)
{
	through(segment(0));
	down(segment(1));
	through(segment(2));
	add_back(POINT_A, 3 * LEN);
	finish();
	ck_assert_uint_eq(lane_counts(&lane).injected, 0);
	ck_assert_uint_eq(lane_counts(&lane).uncaptured, 1);
}
END_TEST

/* The ACK is one of the original. */
START_TEST(a_needless_retransmission_may_be_lost)
{
	through(segment(0));
	up(segment(0));
	add_back(POINT_B, LEN);
	finish();
	ck_assert_uint_eq(lane_counts(&lane).lost, 1);
	ck_assert_uint_eq(lane_counts(&lane).uncaptured, 0);
}
END_TEST

/* Ten segments are on the path at a time, of which the first capture has half. */
START_TEST(many_gaps_that_are_acknowledged_were_missed)
{
	enum { COUNT = 100, ON_PATH = 10 };

	for (int64_t i = 0; i < COUNT + ON_PATH; i++) {
		if (i < COUNT && i % 2 == 0)
			up(segment(i));
		if (i >= ON_PATH)
			add(POINT_B, segment(i - ON_PATH), now);
		now += DELAY_NS / ON_PATH;
	}
	add_back(POINT_A, COUNT * LEN);
	finish();
	ck_assert_uint_eq(lane_counts(&lane).matched, COUNT / 2);
	/* Nothing follows the last one. */
	ck_assert_uint_eq(lane_counts(&lane).uncaptured, COUNT / 2 - 1);
	ck_assert_uint_eq(lane_counts(&lane).injected, 1);
}
END_TEST

START_TEST(what_the_receiver_acknowledged_was_missed_by_the_second_capture)
{
	through(segment(0));
	up(segment(1));
	add_back(POINT_B, 2 * LEN);
	finish();
	ck_assert_uint_eq(lane_counts(&lane).lost, 0);
	ck_assert_uint_eq(lane_counts(&lane).uncaptured, 1);
}
END_TEST

START_TEST(an_ack_that_a_later_one_covers_is_thinned)
{
	through(pure_ack(100));
	up(pure_ack(200));
	through(pure_ack(300));
	up(pure_ack(400));
	finish();
	ck_assert_uint_eq(lane_counts(&lane).thinned, 1);
	ck_assert_uint_eq(lane_counts(&lane).lost, 1);
}
END_TEST

/*
 * Duplicate ACKs, by the engine or their SACK blocks, and one before an ACK
 * of the same bytes: the sender misses each of them.
 */
START_TEST(an_ack_that_no_later_one_replaces_is_lost)
{
	struct transmission t = pure_ack(200);

	if (_i == 0)
		t.judged = 1U << JUDGED_DUP_ACK;
	if (_i == 1)
		t.options = OPT_SACK;
	through(pure_ack(200));
	up(t);
	through(pure_ack(_i == 2 ? 200 : 300));
	finish();
	ck_assert_uint_eq(lane_counts(&lane).thinned, 0);
	ck_assert_uint_eq(lane_counts(&lane).lost, 1);
}
END_TEST

START_TEST(equal_acks_are_told_apart_by_their_ip_id)
{
	const struct transmission one = pure_ack(100);
	const struct transmission two = pure_ack(100);

	through(segment(0));
	up(one);
	up(two);
	down(two);
	down(one);
	finish();
	ck_assert_uint_eq(lane_counts(&lane).matched, 3);
	ck_assert_uint_eq(lane_counts(&lane).reordered, 1);
	ck_assert_uint_eq(late, 1);
}
END_TEST

/* The two segments are alike, and their delays differ by microseconds. */
START_TEST(equal_segments_keep_their_order)
{
	through(segment(0));
	for (unsigned point = 0; point < 2; point++)
		for (int64_t i = 0; i < 20; i++) {
			struct transmission t = segment(7);

			t.len = 0;
			t.flags = TCP_RST;
			t.ip_id = 0;
			add((enum point)point, t, now + point * DELAY_NS +
			    i * (NS_PER_US + point * 700));
		}
	finish();
	ck_assert_uint_eq(lane_counts(&lane).matched, 21);
	ck_assert_uint_eq(lane_counts(&lane).reordered, 0);
}
END_TEST

/* A capture without IP IDs and timestamps, of bytes that were sent twice. */
START_TEST(of_equal_segments_the_delay_decides)
{
	struct transmission t = segment(1);

	t.ip_id = 0;
	through(segment(0));
	up(t);
	now += 300 * NS_PER_MS;
	t.frame++;
	up(t);
	down(t);
	finish();
	ck_assert_uint_eq(lane_counts(&lane).lost, 1);
	ck_assert_int_eq(lane.delays.max, DELAY_NS);
}
END_TEST

START_TEST(a_lost_segment_holds_none_of_those_behind_it)
{
	through(segment(0));
	up(segment(1));
	for (int64_t i = 2; i < 200; i++)
		through(segment(i));
	ck_assert_uint_lt(lane.queue[POINT_A].count, 40);
	finish();
	ck_assert_uint_eq(lane_counts(&lane).lost, 1);
	ck_assert_uint_eq(lane_counts(&lane).matched, 199);
}
END_TEST

START_TEST(pieces_make_up_a_superframe)
{
	struct transmission whole = segment(0);

	whole.len = 3 * LEN;
	if (_i == 0)
		up(whole);
	for (int64_t i = 0; i < 3; i++)
		add(_i == 0 ? POINT_B : POINT_A, segment(i), now);
	if (_i == 1)
		down(whole);
	finish();
	ck_assert_uint_eq(lane_counts(&lane).resegmented, 3);
	ck_assert_uint_eq(lane_counts(&lane).matched, _i == 0 ? 1 : 3);
	ck_assert_uint_eq(lane_counts(&lane).lost + lane_counts(&lane).injected, 0);
	ck_assert_uint_eq(passages, 3);
}
END_TEST

/* Bytes from segment `at` on, `count` segments of them. */
static struct transmission
superframe(int64_t at, uint32_t count)
{
	struct transmission whole = segment(at);

	whole.len = count * LEN;
	return whole;
}

/* The piece that comes twice has as many bytes as the one that was lost. */
START_TEST(a_copy_of_a_piece_replaces_no_other_piece)
{
	up(superframe(0, 3));
	down(segment(0));
	down(segment(_i == 0 ? 0 : 2));
	down(segment(2));
	finish();
	ck_assert_uint_eq(lane_counts(&lane).matched, 1);
	ck_assert_uint_eq(lane_counts(&lane).lost, 1);
	ck_assert_uint_eq(lane_counts(&lane).lost_bytes, LEN);
	ck_assert_uint_eq(lane_counts(&lane).resegmented, 2);
}
END_TEST

START_TEST(pieces_may_be_overtaken)
{
	up(superframe(0, 4));
	down(segment(0));
	down(segment(3));
	down(segment(1));
	down(segment(2));
	finish();
	ck_assert_uint_eq(lane_counts(&lane).matched, 1);
	ck_assert_uint_eq(lane_counts(&lane).resegmented, 4);
	ck_assert_uint_eq(lane_counts(&lane).lost + lane_counts(&lane).injected, 0);
}
END_TEST

/* One card splits superframes, and the other one merges across their ends. */
START_TEST(superframes_may_be_cut_at_different_places)
{
	up(superframe(0, 3));
	up(superframe(3, 3));
	up(superframe(6, 2));
	down(superframe(0, 2));
	down(superframe(2, 5));
	if (_i == 0)
		down(segment(7));
	finish();
	ck_assert_uint_eq(lane_counts(&lane).matched, 3);
	ck_assert_uint_eq(lane_counts(&lane).lost, _i == 0 ? 0 : 1);
	ck_assert_uint_eq(lane_counts(&lane).lost_bytes, _i == 0 ? 0 : LEN);
	ck_assert_uint_eq(lane_counts(&lane).injected, 0);
	ck_assert_int_eq(lane.delays.max, DELAY_NS);
}
END_TEST

/* As after an ICMP error that names a smaller MTU. */
START_TEST(a_smaller_retransmission_is_no_piece)
{
	struct transmission whole = segment(1), smaller;

	through(segment(0));
	whole.len = LEN + 100;
	up(whole);
	smaller = segment(1);
	through(smaller);
	finish();
	ck_assert_uint_eq(lane_counts(&lane).lost, 1);
	ck_assert_uint_eq(lane_counts(&lane).matched, 2);
	ck_assert_uint_eq(lane_counts(&lane).resegmented, 0);
}
END_TEST

START_TEST(a_copy_that_the_network_made_is_no_injection)
{
	const struct transmission t = segment(0);

	through(t);
	down(t);
	finish();
	ck_assert_uint_eq(lane_counts(&lane).duplicated, 1);
	ck_assert_uint_eq(lane_counts(&lane).injected, 0);
}
END_TEST

START_TEST(outside_of_the_other_capture_nothing_is_lost)
{
	through(segment(0));
	context.end[POINT_B] = now;
	up(segment(1));
	finish();
	ck_assert_uint_eq(lane_counts(&lane).lost, 0);
	ck_assert_uint_eq(lane_counts(&lane).outside, 1);
}
END_TEST

/* The delay is not measured yet, but the latest match tells how long it is. */
START_TEST(what_was_on_its_way_at_the_end_is_not_lost)
{
	context.has_clock = false;
	through(segment(0));
	context.end[POINT_B] = now + DELAY_NS / 2;
	up(segment(1));
	finish();
	ck_assert_uint_eq(lane_counts(&lane).lost, 0);
	ck_assert_uint_eq(lane_counts(&lane).outside, 1);
}
END_TEST

START_TEST(rewritten_headers_are_seen)
{
	struct transmission t = segment(0), other;

	t.ecn = 2;
	t.dscp = 10;
	other = t;
	other.ecn = 3;
	up(t);
	down(other);
	other = t = segment(1);
	t.ecn = 1;
	up(t);
	down(other);
	finish();
	ck_assert_uint_eq(lane.rewrites, 1U << REWRITE_ECN_MARKED |
	    1U << REWRITE_ECN_BLEACHED);
	ck_assert_uint_eq(lane_counts(&lane).bleached, 1);
	ck_assert_uint_eq(lane.notes->first.bleached, 2);
}
END_TEST

/* The ECN field of a segment is `ecn` upstream, and `other` downstream. */
static void
change_ecn(unsigned ecn, unsigned other)
{
	struct transmission t = segment(0), changed = t;

	t.ecn = ecn & 3U;
	changed.ecn = other & 3U;
	up(t);
	down(changed);
	finish();
}

START_TEST(an_ecn_field_changed_against_the_rules_is_seen)
{
	/* CE erased, ECT changed, CE without ECT, ECT set. */
	static const unsigned fields[][2] = { { 3, 2 }, { 2, 1 }, { 0, 3 },
	    { 0, 2 } };

	change_ecn(fields[_i][0], fields[_i][1]);
	ck_assert_uint_eq(lane.rewrites, 1U << REWRITE_ECN_CHANGED);
	ck_assert_uint_eq(lane_counts(&lane).ce_erased, _i == 0);
	ck_assert_uint_eq(lane_counts(&lane).ce_set, 0);
}
END_TEST

START_TEST(marks_that_a_queue_set_are_counted)
{
	change_ecn(2, 3);
	ck_assert_uint_eq(lane_counts(&lane).ce_set, 1);
}
END_TEST

START_TEST(a_cleared_mark_is_erased_and_bleached)
{
	change_ecn(3, 0);
	ck_assert_uint_eq(lane.rewrites, 1U << REWRITE_ECN_BLEACHED);
	ck_assert_uint_eq(lane_counts(&lane).ce_erased, 1);
}
END_TEST

/* Only a SYN negotiates ECN: elsewhere ECE and CWR are signals. */
START_TEST(a_syn_that_lost_its_ecn_flags_is_seen)
{
	struct transmission t = segment(0), other;

	t.flags = _i == 0 ? TCP_SYN : TCP_ACK;
	t.len = 1;
	other = t;
	t.flags |= TCP_ECE | TCP_CWR;
	up(t);
	down(other);
	finish();
	ck_assert_uint_eq(lane.rewrites, _i == 0 ? 1U << REWRITE_ECN_STRIPPED :
	    0);
}
END_TEST

START_TEST(the_first_changed_dscp_is_kept)
{
	for (uint8_t i = 0; i < 3; i++) {
		struct transmission t = segment(i), other = t;

		t.dscp = 46;
		other.dscp = i;
		up(t);
		down(other);
	}
	finish();
	ck_assert_uint_eq(lane_counts(&lane).dscp_changed, 3);
	ck_assert_uint_eq(lane.notes->first.dscp[POINT_A], 46);
	ck_assert_uint_eq(lane.notes->first.dscp[POINT_B], 0);
}
END_TEST

START_TEST(options_that_a_syn_lost_have_names)
{
	struct transmission t = segment(0), other;

	t.flags = TCP_SYN;
	t.len = 1;
	other = t;
	t.options = OPT_TFO | OPT_MPTCP | OPT_MPTCP_SIGNAL;
	up(t);
	down(other);
	finish();
	ck_assert_uint_eq(lane.rewrites, 1U << REWRITE_OPTION_STRIPPED);
	ck_assert_uint_eq(lane.notes->stripped, OPT_TFO | OPT_MPTCP);
}
END_TEST

START_TEST(options_that_a_syn_lost_are_seen)
{
	struct transmission t = segment(0), other;

	t.flags = TCP_SYN;
	t.len = 1;
	t.options = OPT_MSS | OPT_SACK_PERMITTED | OPT_WSCALE;
	other = t;
	other.options = OPT_MSS | OPT_WSCALE;
	other.mss = 1200;
	up(t);
	down(other);
	finish();
	ck_assert_uint_eq(lane.rewrites, 1U << REWRITE_SACK_STRIPPED |
	    1U << REWRITE_MSS);
}
END_TEST

/* A retransmission, as the first point judges it and as the second does. */
static void
retransmit(enum judged first, enum judged second)
{
	struct transmission t = segment(0), other;

	up(t);
	through(segment(1));
	t = segment(0);
	other = t;
	t.judged = 1U << JUDGED_RETRANSMISSION | 1U << first;
	other.judged = 1U << JUDGED_RETRANSMISSION | 1U << second;
	up(t);
	down(other);
	finish();
}

START_TEST(right_judgements_score)
{
	retransmit(_i == 0 ? JUDGED_LOSS_BEHIND : JUDGED_UNANSWERED,
	    JUDGED_LOSS_BEFORE);
	ck_assert_uint_eq(lane_counts(&lane).judged_right[POINT_A], 1);
	ck_assert_uint_eq(lane_counts(&lane).judged_right[POINT_B], 1);
	ck_assert_ptr_null(misjudged);
}
END_TEST

/*
 * The upstream capture lacks a retransmission, whose original was lost:
 * timestamps or IP IDs distinguish the two.
 */
START_TEST(a_retransmission_is_not_the_original)
{
	struct transmission t = segment(0);

	t.options = _i == 0 ? OPT_TIMESTAMP : 0;
	t.ip_id = _i == 0 ? 0 : t.ip_id;
	t.tsval = 10;
	up(t);
	through(segment(1));
	if (_i == 1)
		t.ip_id = 100;
	t.tsval += 100;
	down(t);
	finish();
	ck_assert_uint_eq(lane_counts(&lane).matched, 1);
	ck_assert_uint_eq(lane_counts(&lane).lost, 1);
}
END_TEST

/*
 * One capture has nothing of this direction, and ACKs of it from the other one:
 * a filter, or another path.
 */
START_TEST(a_direction_that_a_capture_lacks_did_pass)
{
	const enum point lacking = _i == 0 ? POINT_B : POINT_A;

	add(point_other(lacking), pure_ack(1), now);
	add(point_other(lacking), segment(0), now);
	add_back(lacking, LEN);
	finish();
	ck_assert_uint_eq(lane_counts(&lane).uncaptured, 2);
	ck_assert_uint_eq(lane_counts(&lane).lost + lane_counts(&lane).injected, 0);
}
END_TEST

/* Without an ACK of it, all of it may have been lost, or injected. */
START_TEST(a_direction_that_never_passed_is_lost)
{
	const enum point lacking = _i == 0 ? POINT_B : POINT_A;

	add(point_other(lacking), segment(0), now);
	add_back(lacking, 0);
	finish();
	ck_assert_uint_eq(lane_counts(&lane).uncaptured, 0);
	ck_assert_uint_eq(lane_counts(&lane).lost, lacking == POINT_B);
	ck_assert_uint_eq(lane_counts(&lane).injected, lacking == POINT_A);
}
END_TEST

/* A segment passes both points, which judge it as a retransmission. */
static void
pass_again(struct transmission t, enum judged second)
{
	struct transmission other = t;

	t.judged = 1U << JUDGED_RETRANSMISSION | 1U << JUDGED_LOSS_BEHIND;
	other.judged = 1U << JUDGED_RETRANSMISSION | 1U << second;
	up(t);
	down(other);
}

/*
 * The original was lost between the points, its first retransmission behind
 * both: the second one replaces the first.
 */
START_TEST(the_latest_transmission_is_the_one_replaced)
{
	up(segment(0));
	through(segment(1));
	pass_again(segment(0), JUDGED_LOSS_BEFORE);
	ck_assert_uint_eq(lane_counts(&lane).judged_right[POINT_B], 1);
	pass_again(segment(0), JUDGED_LOSS_BEHIND);
	ck_assert_uint_eq(lane_counts(&lane).judged_right[POINT_B], 2);
	ck_assert_ptr_null(misjudged);
}
END_TEST

/*
 * The original was lost behind both points, its first retransmission between
 * them: the second point sees one retransmission, and is right about the
 * original.
 */
START_TEST(a_capture_answers_for_what_it_saw)
{
	through(segment(0));
	through(segment(1));
	up(segment(0));
	pass_again(segment(0), JUDGED_LOSS_BEHIND);
	ck_assert_uint_eq(lane_counts(&lane).judged_right[POINT_B], 1);
	ck_assert_uint_eq(lane_counts(&lane).lost, 0);
	finish();
	ck_assert_uint_eq(lane_counts(&lane).lost, 1);
	ck_assert_ptr_null(misjudged);
}
END_TEST

START_TEST(pieces_replace_a_lost_superframe)
{
	struct transmission t = segment(0);

	t.len = 3 * LEN;
	up(t);
	through(segment(3));
	for (int64_t i = 0; i < 3; i++)
		pass_again(segment(i), JUDGED_LOSS_BEFORE);
	ck_assert_uint_eq(lane_counts(&lane).judged_right[POINT_B], 3);
	ck_assert_ptr_null(misjudged);
}
END_TEST

START_TEST(wrong_judgements_are_reported)
{
	retransmit(JUDGED_SPURIOUS, JUDGED_SPURIOUS);
	ck_assert_uint_eq(lane_counts(&lane).judged_wrong[POINT_A], 1);
	ck_assert_uint_eq(lane_counts(&lane).judged_wrong[POINT_B], 1);
	ck_assert_ptr_nonnull(misjudged);
}
END_TEST

START_TEST(no_claim_is_no_error)
{
	through(segment(0));
	up(segment(1));
	through(segment(1));
	finish();
	ck_assert_uint_eq(lane_counts(&lane).judged_wrong[POINT_A], 0);
	ck_assert_uint_eq(lane_counts(&lane).judged_wrong[POINT_B], 0);
	ck_assert_uint_eq(lane_counts(&lane).lost, 1);
}
END_TEST

/* "Out of order or retransmitted" claims neither. */
START_TEST(an_open_judgement_is_no_error)
{
	struct transmission t = segment(0), other;

	up(t);
	through(segment(1));
	t = segment(0);
	other = t;
	t.judged = 1U << JUDGED_RETRANSMISSION | 1U << JUDGED_LOSS_BEHIND;
	other.judged = 1U << JUDGED_UNKNOWN_ORDER;
	up(t);
	down(other);
	ck_assert_uint_eq(lane_counts(&lane).judged_right[POINT_A], 1);
	ck_assert_uint_eq(lane_counts(&lane).judged_wrong[POINT_B], 0);
}
END_TEST

START_TEST(a_queue_is_bounded_in_length)
{
	for (int64_t i = 0; i < 3 * LANE_QUEUE_MAX; i++)
		up(segment(i));
	ck_assert_uint_eq(lane.queue[POINT_A].count, LANE_QUEUE_MAX);
	ck_assert_uint_eq(LANE_RING << lane.queue[POINT_A].doublings,
	    LANE_QUEUE_MAX);
	ck_assert_uint_eq(lane_counts(&lane).evicted, 2 * LANE_QUEUE_MAX);
	finish();
	ck_assert_uint_eq(lane_counts(&lane).lost, 3 * LANE_QUEUE_MAX);
}
END_TEST

START_TEST(a_queue_is_bounded_in_time)
{
	through(segment(0));
	up(segment(1));
	up(segment(2));
	now += LANE_PATIENCE_NS + 1;
	through(segment(3));
	ck_assert_uint_eq(lane.queue[POINT_A].count, 0);
	ck_assert_uint_eq(lane_counts(&lane).lost, 2);
}
END_TEST

START_TEST(a_closed_direction_needs_no_memory)
{
	struct transmission fin = segment(1);

	through(segment(0));
	fin.flags |= TCP_FIN;
	through(fin);
	ck_assert_ptr_null(lane.queue[POINT_A].entries);
	ck_assert_ptr_null(lane.queue[POINT_B].entries);
}
END_TEST

START_TEST(out_of_memory_is_an_error)
{
	struct transmission t = segment(0);

	mem_fail_after(1);
	ck_assert_int_ne(lane_add(&lane, &context, POINT_A, &t), 0);
	mem_fail_after(0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("lane");
	TCase *c = tcase_create("between two points");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, what_passes_both_points_is_matched);
	tcase_add_test(c, what_passes_the_first_point_only_is_lost);
	tcase_add_loop_test(c, a_lost_syn_or_fin_is_no_byte, 0, 3);
	tcase_add_loop_test(c, a_fin_is_no_byte_of_what_a_superframe_lost, 0,
	    2);
	tcase_add_test(c, what_passes_the_second_point_only_was_injected);
	tcase_add_test(c,
	    a_gap_that_is_acknowledged_was_missed_by_the_first_capture);
	tcase_add_test(c, a_needless_retransmission_may_be_lost);
	tcase_add_test(c, many_gaps_that_are_acknowledged_were_missed);
	tcase_add_test(c,
	    what_the_receiver_acknowledged_was_missed_by_the_second_capture);
	tcase_add_test(c, an_ack_that_a_later_one_covers_is_thinned);
	tcase_add_loop_test(c, an_ack_that_no_later_one_replaces_is_lost, 0,
	    3);
	tcase_add_test(c, equal_acks_are_told_apart_by_their_ip_id);
	tcase_add_test(c, equal_segments_keep_their_order);
	tcase_add_test(c, of_equal_segments_the_delay_decides);
	tcase_add_test(c, a_lost_segment_holds_none_of_those_behind_it);
	tcase_add_loop_test(c, pieces_make_up_a_superframe, 0, 2);
	tcase_add_loop_test(c, a_copy_of_a_piece_replaces_no_other_piece, 0, 2);
	tcase_add_test(c, pieces_may_be_overtaken);
	tcase_add_loop_test(c, superframes_may_be_cut_at_different_places, 0,
	    2);
	tcase_add_test(c, a_smaller_retransmission_is_no_piece);
	tcase_add_test(c, a_copy_that_the_network_made_is_no_injection);
	tcase_add_test(c, outside_of_the_other_capture_nothing_is_lost);
	tcase_add_test(c, what_was_on_its_way_at_the_end_is_not_lost);
	tcase_add_test(c, rewritten_headers_are_seen);
	tcase_add_loop_test(c, an_ecn_field_changed_against_the_rules_is_seen,
	    0, 4);
	tcase_add_test(c, marks_that_a_queue_set_are_counted);
	tcase_add_test(c, a_cleared_mark_is_erased_and_bleached);
	tcase_add_loop_test(c, a_syn_that_lost_its_ecn_flags_is_seen, 0, 2);
	tcase_add_test(c, the_first_changed_dscp_is_kept);
	tcase_add_test(c, options_that_a_syn_lost_have_names);
	tcase_add_test(c, options_that_a_syn_lost_are_seen);
	tcase_add_loop_test(c, right_judgements_score, 0, 2);
	tcase_add_test(c, the_latest_transmission_is_the_one_replaced);
	tcase_add_loop_test(c, a_retransmission_is_not_the_original, 0, 2);
	tcase_add_loop_test(c, a_direction_that_a_capture_lacks_did_pass, 0,
	    2);
	tcase_add_loop_test(c, a_direction_that_never_passed_is_lost, 0, 2);
	tcase_add_test(c, a_capture_answers_for_what_it_saw);
	tcase_add_test(c, pieces_replace_a_lost_superframe);
	tcase_add_test(c, wrong_judgements_are_reported);
	tcase_add_test(c, no_claim_is_no_error);
	tcase_add_test(c, an_open_judgement_is_no_error);
	tcase_add_test(c, a_queue_is_bounded_in_length);
	tcase_add_test(c, a_queue_is_bounded_in_time);
	tcase_add_test(c, a_closed_direction_needs_no_memory);
	tcase_add_test(c, out_of_memory_is_an_error);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
