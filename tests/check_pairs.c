/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two captures, from frames to pairs, lanes and findings.  A connection is
 * played on a path of 20 ms with A near its originator; what happens between
 * the points is done to the shots of B.
 */
#include "config.h"

#include <check.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "check_main.h"
#include "compare/between.h"
#include "compare/compare.h"
#include "compare/pairs.h"
#include "compare/result.h"
#include "compare/rewrites.h"
#include "compare/survey.h"
#include "decode/frame.h"
#include "decode/segment.h"
#include "leaks.h"
#include "segframe.h"

#define DELAY_NS	(20 * NS_PER_MS)
#define START_NS	(INT64_C(1700000000) * NS_PER_SEC)
#define SHOTS_MAX	400
#define LEN		1000

/* A segment as a point captures it. */
struct shot {
	struct segspec spec;
	int64_t ns;
};

static struct shot shots[POINT_COUNT][SHOTS_MAX];
static unsigned shot_count[POINT_COUNT];
static struct survey surveys[POINT_COUNT];
static struct pairs pairs;
static struct compare *compare;
static struct compare_result result;
static struct between found[BETWEEN_MAX];
static const struct survey_options survey_options;
/* As if the spools of these points had been too small. */
static bool reads_again[POINT_COUNT];

/* The connection that is played. */
static struct {
	int64_t now;
	uint32_t seq[2];	/* next of the originator, of the responder */
	uint16_t port;
} play;

static void
setup(void)
{
	leaks_setup();
	memset(shot_count, 0, sizeof(shot_count));
	play.now = START_NS;
}

/* Segments of the originator have sender 0. */
static struct segspec
spec_of(unsigned sender, uint16_t flags, uint32_t len)
{
	static const uint8_t addr[2][4] = { { 10, 0, 0, 1 }, { 10, 0, 0, 2 } };
	struct segspec spec = {
	    .by = { .linktype = LINKTYPE_ETHERNET, .ttl = 64, .vni = -1,
		.ip_id = (int32_t)(shot_count[POINT_A] + 1), .ip_len = -1,
		.snaplen = UINT32_MAX },
	    .seq = play.seq[sender],
	    .ack = (flags & TCP_ACK) != 0 ? play.seq[!sender] : 0,
	    .flags = flags,
	    .window = 500,
	    .len = len,
	};

	memcpy(spec.addr[0], addr[sender], sizeof(addr[0]));
	memcpy(spec.addr[1], addr[!sender], sizeof(addr[0]));
	spec.port[sender] = play.port;
	spec.port[!sender] = 80;
	return spec;
}

static void
shoot(enum point point, const struct segspec *spec, int64_t ns)
{
	ck_assert_uint_lt(shot_count[point], SHOTS_MAX);
	shots[point][shot_count[point]++] = (struct shot){ *spec, ns };
}

static void
exchange(unsigned sender, uint16_t flags, uint32_t len)
{
	const struct segspec spec = spec_of(sender, flags, len);

	shoot(sender == 0 ? POINT_A : POINT_B, &spec, play.now);
	shoot(sender == 0 ? POINT_B : POINT_A, &spec, play.now + DELAY_NS);
	play.seq[sender] += len + ((flags & (TCP_SYN | TCP_FIN)) != 0);
	play.now += DELAY_NS + NS_PER_MS;
}

static void
open_connection(uint16_t port, uint32_t isn)
{
	play.port = port;
	play.seq[0] = isn;
	play.seq[1] = isn + 1000000;
	exchange(0, TCP_SYN, 0);
	exchange(1, TCP_SYN | TCP_ACK, 0);
	exchange(0, TCP_ACK, 0);
}

static void
talk(unsigned turns)
{
	for (unsigned i = 0; i < turns; i++) {
		exchange(0, TCP_ACK | TCP_PSH, LEN);
		exchange(1, TCP_ACK | TCP_PSH, LEN);
	}
}

/* Give all shots of a point to a function. */
static bool
feed(enum point point, bool (*take)(enum point, const struct frame *))
{
	static uint8_t bytes[SEGFRAME_MAX];
	bool goes_on = true;

	for (unsigned i = 0; i < shot_count[point] && goes_on; i++) {
		struct frame frame = {
		    .time_ns = shots[point][i].ns,
		    .number = i + 1,
		    .bytes = bytes,
		    .linktype = LINKTYPE_ETHERNET,
		};

		frame.captured_len = segframe_build(&shots[point][i].spec,
		    bytes, &frame.wire_len);
		goes_on = take(point, &frame);
	}
	return goes_on;
}

static bool
take_survey(enum point point, const struct frame *frame)
{
	return survey_frame(&surveys[point], frame);
}

static bool
take_compare(enum point point, const struct frame *frame)
{
	return compare_frame(compare, point, frame);
}

static bool
make_surveys(void)
{
	bool is_made = true;

	for (unsigned p = 0; p < POINT_COUNT; p++)
		is_made = survey_init(&surveys[p], &survey_options) == 0 &&
		    is_made;
	for (unsigned p = 0; p < POINT_COUNT && is_made; p++)
		is_made = feed((enum point)p, take_survey) &&
		    survey_finish(&surveys[p]) == 0;
	if (!is_made || pairs_find(&pairs, surveys, false) != 0)
		return false;
	for (unsigned p = 0; p < POINT_COUNT; p++) {
		surveys[p].spool.is_dropped |= reads_again[p];
		survey_reduce(&surveys[p]);
	}
	return true;
}

static bool
make_compare(void)
{
	const struct compare_options options = { .engine = survey_options };

	compare = compare_new(&pairs, surveys, &options);
	if (compare == NULL)
		return false;
	for (unsigned p = 0; p < POINT_COUNT; p++) {
		if (compare_needs_frames(compare, (enum point)p) &&
		    !feed((enum point)p, take_compare))
			return false;
		compare_end(compare, (enum point)p);
	}
	return compare_finish(compare) == 0;
}

static void
teardown(void)
{
	compare_free(compare);
	compare = NULL;
	pairs_fini(&pairs);
	for (unsigned p = 0; p < POINT_COUNT; p++)
		survey_fini(&surveys[p]);
	leaks_teardown();
}

static void
compare_all(void)
{
	ck_assert(make_surveys());
	ck_assert(make_compare());
	result = (struct compare_result){ .pairs = &pairs,
	    .compare = compare };
	result_sum_up(&result);
}

/* The last shot of a point. */
static struct shot *
last(enum point point)
{
	return &shots[point][shot_count[point] - 1];
}

START_TEST(a_connection_has_its_partner)
{
	open_connection(40000, 5);
	talk(20);
	compare_all();
	ck_assert_uint_eq(pairs.count, 1);
	ck_assert(pairs.pairs[0].has_near);
	ck_assert_int_eq(pairs.pairs[0].near_orig, POINT_A);
	ck_assert_uint_eq(pairs.clock.count, 1);
	ck_assert_uint_eq(result.sum.matched, shot_count[POINT_A]);
	ck_assert_int_eq(result_rtt_between(&result, 0), 2 * DELAY_NS);
	ck_assert_uint_eq(between_find(found, &result, 0), 0);
	ck_assert(!result_is_one_point(&result));
}
END_TEST

START_TEST(address_translation_hides_no_partner)
{
	open_connection(40000, 5);
	talk(20);
	for (unsigned i = 0; i < shot_count[POINT_B]; i++) {
		struct segspec *spec = &shots[POINT_B][i].spec;
		const unsigned inside = spec->port[0] == 80 ? 1 : 0;

		spec->addr[inside][3] = 99;
		spec->port[inside] = 5555;
	}
	compare_all();
	ck_assert_uint_eq(pairs.count, 1);
	ck_assert_uint_eq(result.sum.matched, shot_count[POINT_A]);
	ck_assert_uint_eq(result_rewrites(&result, 0, DIRECTION_ORIG),
	    1U << REWRITE_ADDRESS | 1U << REWRITE_PORT);
}
END_TEST

START_TEST(an_offloaded_checksum_says_nothing)
{
	open_connection(40000, 5);
	talk(20);
	last(POINT_B)->spec.by.has_bad_checksum = true;
	compare_all();
	ck_assert_uint_eq(result_rewrites(&result, 0, DIRECTION_RESP), 0);
}
END_TEST

/* One segment at A is too little to vote. */
START_TEST(without_a_handshake_the_four_tuple_and_the_numbers_decide)
{
	open_connection(40000, 5);
	talk(1);
	shots[POINT_A][0] = *last(POINT_A);
	shots[POINT_A][0].spec.seq += _i == 0 ? 0 : 1U << 30;
	shot_count[POINT_A] = 1;
	compare_all();
	ck_assert_uint_eq(pairs.count, _i == 0 ? 1 : 0);
	ck_assert_uint_eq(result.sum.matched, _i == 0 ? 1 : 0);
}
END_TEST

/* Both captures began after the three segments of the handshake. */
static void
drop_handshake(void)
{
	for (unsigned p = 0; p < POINT_COUNT; p++) {
		shot_count[p] -= 3;
		memmove(shots[p], &shots[p][3],
		    shot_count[p] * sizeof(shots[p][0]));
	}
}

START_TEST(without_a_handshake_segments_vote)
{
	open_connection(40000, 5);
	talk(20);
	drop_handshake();
	compare_all();
	ck_assert_uint_eq(pairs.count, 1);
	ck_assert_uint_eq(result.sum.matched, shot_count[POINT_A]);
}
END_TEST

START_TEST(numbers_that_a_firewall_shifts_are_followed)
{
	open_connection(40000, 5);
	talk(20);
	for (unsigned i = 0; i < shot_count[POINT_B]; i++) {
		struct segspec *spec = &shots[POINT_B][i].spec;

		if (spec->port[1] == 80)
			spec->seq += 77777;
		else
			spec->ack += 77777;
	}
	compare_all();
	ck_assert_uint_eq(pairs.count, 1);
	ck_assert(pairs.pairs[0].is_seq_rewritten);
	ck_assert_uint_eq(result.sum.matched, shot_count[POINT_A]);
}
END_TEST

START_TEST(equal_connections_are_ambiguous_without_clocks)
{
	for (unsigned i = 0; i < 3; i++)
		open_connection((uint16_t)(40000 + i), 5);
	compare_all();
	ck_assert_uint_eq(result_unpaired(&result, POINT_A,
	    UNPAIRED_AMBIGUOUS) + pairs.count, 3);
	ck_assert_uint_eq(pairs.clock.count, 0);
}
END_TEST

START_TEST(what_has_no_partner_has_a_reason)
{
	struct segspec spec;

	open_connection(40000, 5);
	talk(20);
	play.port = 41000;
	spec = spec_of(0, TCP_SYN, 0);
	shoot(POINT_A, &spec, play.now - NS_PER_SEC / 2);
	play.port = 42000;
	play.seq[0]++;
	spec = spec_of(0, TCP_SYN, 0);
	shoot(POINT_B, &spec, play.now + NS_PER_SEC);
	compare_all();
	ck_assert_uint_eq(pairs.count, 1);
	ck_assert_uint_eq(result_unpaired(&result, POINT_A,
	    UNPAIRED_BLOCKED), 1);
	ck_assert_uint_eq(result_unpaired(&result, POINT_B,
	    UNPAIRED_OUTSIDE), 1);
}
END_TEST

/* What only the far point captured was not blocked between the points. */
START_TEST(scans_at_the_far_point_are_not_blocked)
{
	struct segspec spec;

	open_connection(40000, 5);
	talk(20);
	play.port = 41000;
	spec = spec_of(0, TCP_SYN, 0);
	shoot(POINT_B, &spec, play.now - NS_PER_SEC / 2);
	compare_all();
	ck_assert_uint_eq(result_unpaired(&result, POINT_B,
	    UNPAIRED_BLOCKED), 0);
	ck_assert_uint_eq(result_unpaired(&result, POINT_B,
	    UNPAIRED_UNANSWERED), 1);
}
END_TEST

START_TEST(loss_and_injection_are_shown)
{
	struct segspec spec;
	unsigned reset;

	open_connection(40000, 5);
	talk(20);
	exchange(0, TCP_ACK | TCP_PSH, LEN);
	shot_count[POINT_B]--;
	play.seq[0] -= LEN;
	talk(2);
	spec = spec_of(1, TCP_RST, 0);
	spec.by.ttl = 9;
	shoot(POINT_A, &spec, play.now - NS_PER_MS);
	reset = shot_count[POINT_A];
	talk(2);
	compare_all();
	ck_assert_uint_eq(between_find(found, &result, 0), 2);
	ck_assert_int_eq(found[0].finding.id, FINDING_LOST_BETWEEN);
	ck_assert_int_eq(found[0].direction, DIRECTION_ORIG);
	ck_assert_int_eq(found[0].point, POINT_A);
	ck_assert_uint_eq(found[0].finding.bytes, LEN);
	ck_assert_int_eq(found[1].finding.id, FINDING_INJECTED_BETWEEN);
	ck_assert_int_eq(found[1].direction, DIRECTION_RESP);
	ck_assert_uint_eq(found[1].finding.frame, reset);
	ck_assert_int_eq(found[1].finding.confidence, CONFIDENCE_SHOWN);
}
END_TEST

/*
 * At A one segment of the originator is missing, and one of the responder.  If
 * what B has looks like all others, A may have dropped both.
 */
START_TEST(a_capture_that_drops_shows_no_loss)
{
	open_connection(40000, 5);
	talk(20);
	exchange(0, TCP_ACK, 0);
	shot_count[POINT_A]--;
	last(POINT_B)->spec.by.ttl = _i == 0 ? 64 : 9;
	exchange(1, TCP_ACK, 0);
	shot_count[POINT_A]--;
	play.now += NS_PER_SEC;
	talk(3);
	compare_all();
	ck_assert_uint_eq(between_find(found, &result, 0), 2);
	ck_assert_int_eq(found[0].finding.id, FINDING_LOST_BETWEEN);
	ck_assert_int_eq(found[0].direction, DIRECTION_RESP);
	ck_assert_int_eq(found[1].finding.id, FINDING_INJECTED_BETWEEN);
	ck_assert_int_eq(found[1].direction, DIRECTION_ORIG);
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(found[i].finding.confidence, _i == 0 ?
		    CONFIDENCE_POSSIBLE : CONFIDENCE_SHOWN);
}
END_TEST

/* Swap the captures: A is what B was. */
static void
swap_points(void)
{
	static struct shot kept[SHOTS_MAX];
	const unsigned count = shot_count[POINT_A];

	memcpy(kept, shots[POINT_A], sizeof(kept));
	memcpy(shots[POINT_A], shots[POINT_B], sizeof(kept));
	memcpy(shots[POINT_B], kept, sizeof(kept));
	shot_count[POINT_A] = shot_count[POINT_B];
	shot_count[POINT_B] = count;
}

/* Leave the originator's segments only, of connections from this port on. */
static void
drop_answers(uint16_t from_port)
{
	for (unsigned p = 0; p < POINT_COUNT; p++) {
		unsigned kept = 0;

		for (unsigned i = 0; i < shot_count[p]; i++)
			if (shots[p][i].spec.port[1] == 80 ||
			    shots[p][i].spec.port[1] < from_port)
				shots[p][kept++] = shots[p][i];
		shot_count[p] = kept;
	}
}

/* A segment is lost between the points, and retransmitted. */
static void
lose_one(void)
{
	exchange(0, TCP_ACK | TCP_PSH, LEN);
	shot_count[POINT_B]--;
	play.seq[0] -= LEN;
	talk(5);
}

/* A loop of two: in the second round the captures are swapped. */
START_TEST(one_direction_alone_shows_no_upstream_point)
{
	open_connection(40000, 5);
	talk(20);
	lose_one();
	drop_answers(0);
	if (_i == 1)
		swap_points();
	compare_all();
	ck_assert_uint_eq(pairs.count, 1);
	ck_assert(!pairs.pairs[0].has_near);
	ck_assert_uint_eq(between_find(found, &result, 0), 1);
	ck_assert_int_eq(found[0].finding.confidence, CONFIDENCE_POSSIBLE);
	for (unsigned p = 0; p < POINT_COUNT; p++)
		ck_assert_uint_eq(result.sum.judged_right[p] +
		    result.sum.judged_wrong[p], 0);
	ck_assert_uint_eq(result.sum.lost_behind, 0);
}
END_TEST

/* In the last pair, from A to B, or swapped. */
static void
check_loss_is_shown(size_t pair, bool is_swapped)
{
	const enum point upstream = is_swapped ? POINT_B : POINT_A;

	if (is_swapped)
		swap_points();
	compare_all();
	ck_assert_uint_eq(pairs.count, pair + 1);
	ck_assert(pairs.pairs[pair].has_near);
	ck_assert_int_eq(pairs.pairs[pair].near_orig, upstream);
	ck_assert_uint_eq(between_find(found, &result, pair), 1);
	ck_assert_int_eq(found[0].finding.id, FINDING_LOST_BETWEEN);
	ck_assert_int_eq(found[0].point, upstream);
	ck_assert_int_eq(found[0].finding.confidence, CONFIDENCE_SHOWN);
}

static void
set_ttl_at_b(uint8_t ttl)
{
	for (unsigned i = 0; i < shot_count[POINT_B]; i++)
		shots[POINT_B][i].spec.by.ttl = ttl;
}

START_TEST(a_lower_ttl_shows_the_downstream_point)
{
	open_connection(40000, 5);
	talk(20);
	lose_one();
	drop_answers(0);
	set_ttl_at_b(61);
	check_loss_is_shown(0, _i == 1);
}
END_TEST

/* The first SYN is lost, so that the sample has none of this connection. */
START_TEST(the_ttl_of_a_syn_is_enough)
{
	open_connection(40000, 5);
	talk(20);
	play.port = 40001;
	play.seq[0] = 77;
	for (unsigned i = 0; i < 3; i++) {
		exchange(0, TCP_SYN, 0);
		play.seq[0]--;
		last(POINT_B)->spec.by.ttl = 61;
		last(POINT_B)->spec.addr[0][3] = 9;
		last(POINT_A)->spec.addr[0][3] = 9;
		if (i == 0)
			shot_count[POINT_B]--;
	}
	check_loss_is_shown(1, _i == 1);
}
END_TEST

/* 64 at one point and 255 at the other is no number of hops. */
START_TEST(a_rewritten_ttl_shows_no_upstream_point)
{
	open_connection(40000, 5);
	talk(20);
	drop_answers(0);
	set_ttl_at_b(255);
	compare_all();
	ck_assert_uint_eq(pairs.count, 1);
	ck_assert(!pairs.pairs[0].has_near);
}
END_TEST

START_TEST(other_connections_of_a_host_show_the_upstream_point)
{
	open_connection(40000, 5);
	talk(20);
	open_connection(40001, 99);
	talk(10);
	lose_one();
	drop_answers(40001);
	check_loss_is_shown(1, _i == 1);
}
END_TEST

/* Point B sees other sequence numbers, from this port on. */
static void
shift_numbers(uint16_t from_port)
{
	for (unsigned i = 0; i < shot_count[POINT_B]; i++) {
		struct segspec *spec = &shots[POINT_B][i].spec;
		const bool is_orig = spec->port[1] == 80;

		if (spec->port[!is_orig] < from_port)
			continue;
		spec->seq += is_orig ? 77777 : 5555;
		if ((spec->flags & TCP_ACK) != 0)
			spec->ack += is_orig ? 5555 : 77777;
	}
}

/* Point B sees other IP IDs, or none at either point. */
static void
change_ip_ids(bool has_any)
{
	for (unsigned p = 0; p < POINT_COUNT; p++)
		for (unsigned i = 0; i < shot_count[p]; i++) {
			int32_t *id = &shots[p][i].spec.by.ip_id;

			if (!has_any)
				*id = 0;
			else if (p == POINT_B)
				*id += 1000;
		}
}

/* The same connection as far as one can see; in round 1 behind NAT. */
START_TEST(a_lost_synack_is_no_proxy)
{
	open_connection(40000, 5);
	talk(20);
	open_connection(40001, 99);
	shot_count[POINT_A] -= 2;
	shot_count[POINT_B] -= 1;
	for (unsigned i = 0; i < shot_count[POINT_B] && _i == 1; i++) {
		struct segspec *spec = &shots[POINT_B][i].spec;
		const unsigned inside = spec->port[0] == 80;

		spec->addr[inside][3] = 99;
		spec->port[inside] += 1000;
	}
	change_ip_ids(true);
	compare_all();
	ck_assert_uint_eq(pairs.count, 2);
	ck_assert_int_eq(pairs.pairs[1].kind, PAIR_MATCHED);
	for (unsigned p = 0; p < POINT_COUNT; p++)
		ck_assert_uint_eq(result_unpaired(&result, (enum point)p,
		    UNPAIRED_BLOCKED), 0);
}
END_TEST

/*
 * One ISN for all SYNs, which are closer to each other than the points.  With
 * NAT, in round 1, nothing says which is which.
 */
START_TEST(a_scan_is_matched_by_the_four_tuple)
{
	const bool has_nat = _i == 1;

	open_connection(40000, 5);
	talk(20);
	play.seq[0] = 99;
	for (unsigned i = 0; i < 5; i++) {
		play.port = (uint16_t)(41000 + i);
		exchange(0, TCP_SYN, 0);
		play.seq[0]--;
		play.now -= DELAY_NS;
		if (has_nat)
			last(POINT_B)->spec.port[0] = (uint16_t)(42000 + i);
	}
	compare_all();
	ck_assert_uint_eq(pairs.count, has_nat ? 1 : 6);
	ck_assert_uint_gt(result_unpaired(&result, POINT_A,
	    UNPAIRED_AMBIGUOUS) + !has_nat, 0);
	for (size_t i = 0; i < pairs.count; i++)
		ck_assert_uint_eq(result_rewrites(&result, i, DIRECTION_ORIG),
		    0);
}
END_TEST

/* MSS 1460, no operation, window scale. */
static void
set_options(struct segspec *spec, uint8_t wscale)
{
	const uint8_t options[] = { 2, 4, 5, 180, 1, 3, 3, wscale };

	memcpy(spec->option, options, sizeof(options));
	spec->options_len = sizeof(options);
}

/* Only in round 1 do the handshakes differ by more than numbers. */
START_TEST(a_firewall_may_look_like_a_proxy)
{
	open_connection(40000, 5);
	talk(20);
	for (unsigned p = 0; p < POINT_COUNT; p++)
		for (unsigned i = 0; i < 2; i++)
			set_options(&shots[p][i].spec,
			    p == POINT_B && _i == 1 ? 7 : 8);
	shift_numbers(0);
	change_ip_ids(true);
	compare_all();
	ck_assert_uint_eq(pairs.count, 1);
	ck_assert_int_eq(pairs.pairs[0].kind, PAIR_TERMINATED);
	ck_assert_uint_eq(between_find(found, &result, 0), 1);
	ck_assert_int_eq(found[0].finding.id, FINDING_PROXY_BETWEEN);
	ck_assert_int_eq(found[0].finding.confidence, _i == 1 ?
	    CONFIDENCE_SHOWN : CONFIDENCE_POSSIBLE);
}
END_TEST

START_TEST(equal_options_are_no_evidence_of_one_connection)
{
	open_connection(40000, 5);
	talk(20);
	shift_numbers(0);
	change_ip_ids(false);
	compare_all();
	ck_assert_uint_eq(pairs.count, 1);
	ck_assert_int_eq(pairs.pairs[0].kind, PAIR_TERMINATED);
	ck_assert_uint_eq(between_find(found, &result, 0), 1);
	ck_assert_int_eq(found[0].finding.confidence, CONFIDENCE_POSSIBLE);
}
END_TEST

/* Point A misses the first of two connections of the same ports. */
START_TEST(the_closest_connection_is_the_partner)
{
	unsigned kept;

	open_connection(41000, 5);
	talk(20);
	kept = shot_count[POINT_A];
	open_connection(45000, 1000);
	exchange(0, TCP_RST | TCP_ACK, 0);
	shot_count[POINT_A] = kept;
	play.now += 300 * NS_PER_MS;
	open_connection(45000, 1U << 30);
	talk(5);
	shift_numbers(45000);
	compare_all();
	ck_assert_uint_eq(pairs.count, 2);
	ck_assert_int_eq(pairs.pairs[1].kind, PAIR_MATCHED);
	ck_assert_uint_eq(pairs.pairs[1].conn[POINT_A], 2);
	ck_assert_uint_eq(pairs.pairs[1].conn[POINT_B], 3);
}
END_TEST

/* Point B misses one of two connections with the same ISNs. */
START_TEST(a_rival_with_a_partner_leaves_nothing_ambiguous)
{
	open_connection(40000, 5);
	open_connection(40001, 5);
	shot_count[POINT_B] -= 3;
	compare_all();
	ck_assert_uint_eq(pairs.count, 1);
	ck_assert_uint_eq(result_unpaired(&result, POINT_A,
	    UNPAIRED_AMBIGUOUS), 0);
}
END_TEST

/* Half of a connection at A has one port at B, and half another. */
START_TEST(a_tie_of_votes_is_ambiguous)
{
	open_connection(40000, 5);
	talk(20);
	drop_handshake();
	for (unsigned i = 0; i < shot_count[POINT_B]; i++) {
		struct segspec *spec = &shots[POINT_B][i].spec;

		spec->port[spec->port[0] == 80] =
		    i < shot_count[POINT_B] / 2 ? 5000 : 5001;
	}
	compare_all();
	ck_assert_uint_eq(pairs.count, 0);
	ck_assert_uint_eq(result_unpaired(&result, POINT_A,
	    UNPAIRED_AMBIGUOUS), 1);
	ck_assert_uint_eq(result_unpaired(&result, POINT_B,
	    UNPAIRED_AMBIGUOUS), 2);
}
END_TEST

/* Of a few segments the clocks are unknown, but times are the same. */
START_TEST(a_capture_twice_is_one_point)
{
	open_connection(40000, 5);
	talk(_i == 0 ? 20 : 1);
	memcpy(shots[POINT_B], shots[POINT_A], sizeof(shots[POINT_A]));
	compare_all();
	ck_assert_uint_eq(pairs.clock.count, _i == 0 ? 1 : 0);
	ck_assert(result_is_one_point(&result));
	ck_assert_uint_eq(between_find(found, &result, 0), 0);
}
END_TEST

/* A guess of the clocks by one segment makes its times the same. */
START_TEST(a_few_segments_make_no_point_the_same)
{
	open_connection(40000, 5);
	shot_count[POINT_A] = shot_count[POINT_B] = 1 + 2 * (unsigned)_i;
	compare_all();
	ck_assert_uint_eq(result.sum.matched, shot_count[POINT_A]);
	ck_assert(!result_is_one_point(&result));
}
END_TEST

START_TEST(a_capture_with_more_connections_is_not_the_same)
{
	open_connection(40000, 5);
	talk(20);
	memcpy(shots[POINT_B], shots[POINT_A], sizeof(shots[POINT_A]));
	open_connection(40001, 500000);
	shot_count[POINT_A] -= 3;
	compare_all();
	ck_assert_uint_eq(result.sum.matched, shot_count[POINT_A]);
	ck_assert(!result_is_one_point(&result));
}
END_TEST

START_TEST(two_empty_captures_have_no_pairs)
{
	compare_all();
	ck_assert_uint_eq(pairs.count, 0);
}
END_TEST

/* Whatever allocation fails, all is freed and nothing crashes. */
START_TEST(out_of_memory_is_survived)
{
	bool is_complete = false;

	open_connection(40000, 5);
	talk(20);
	last(POINT_B)->ns += NS_PER_MS;
	for (unsigned n = 1; !is_complete && n < 400; n++) {
		mem_fail_after(n);
		is_complete = make_surveys() && make_compare();
		mem_fail_after(0);
		if (is_complete)
			break;
		compare_free(compare);
		compare = NULL;
		pairs_fini(&pairs);
		for (unsigned p = 0; p < POINT_COUNT; p++)
			survey_fini(&surveys[p]);
	}
	ck_assert(is_complete);
}
END_TEST

static void
add_tests(TCase *c)
{
	tcase_add_test(c, a_connection_has_its_partner);
	tcase_add_test(c, address_translation_hides_no_partner);
	tcase_add_test(c, an_offloaded_checksum_says_nothing);
	tcase_add_loop_test(c,
	    without_a_handshake_the_four_tuple_and_the_numbers_decide, 0, 2);
	tcase_add_test(c, without_a_handshake_segments_vote);
	tcase_add_test(c, numbers_that_a_firewall_shifts_are_followed);
	tcase_add_test(c, equal_connections_are_ambiguous_without_clocks);
	tcase_add_test(c, what_has_no_partner_has_a_reason);
	tcase_add_test(c, scans_at_the_far_point_are_not_blocked);
	tcase_add_test(c, loss_and_injection_are_shown);
	tcase_add_loop_test(c, a_capture_that_drops_shows_no_loss, 0, 2);
	tcase_add_loop_test(c, one_direction_alone_shows_no_upstream_point,
	    0, 2);
	tcase_add_loop_test(c, a_lower_ttl_shows_the_downstream_point, 0, 2);
	tcase_add_loop_test(c, the_ttl_of_a_syn_is_enough, 0, 2);
	tcase_add_test(c, a_rewritten_ttl_shows_no_upstream_point);
	tcase_add_loop_test(c,
	    other_connections_of_a_host_show_the_upstream_point, 0, 2);
	tcase_add_loop_test(c, a_lost_synack_is_no_proxy, 0, 2);
	tcase_add_loop_test(c, a_scan_is_matched_by_the_four_tuple, 0, 2);
	tcase_add_loop_test(c, a_firewall_may_look_like_a_proxy, 0, 2);
	tcase_add_test(c, equal_options_are_no_evidence_of_one_connection);
	tcase_add_test(c, the_closest_connection_is_the_partner);
	tcase_add_test(c, a_rival_with_a_partner_leaves_nothing_ambiguous);
	tcase_add_test(c, a_tie_of_votes_is_ambiguous);
	tcase_add_loop_test(c, a_capture_twice_is_one_point, 0, 2);
	tcase_add_loop_test(c, a_few_segments_make_no_point_the_same, 0, 2);
	tcase_add_test(c, a_capture_with_more_connections_is_not_the_same);
	tcase_add_test(c, two_empty_captures_have_no_pairs);
	tcase_add_test(c, out_of_memory_is_survived);
}

static void
read_both_again(void)
{
	reads_again[POINT_A] = true;
	reads_again[POINT_B] = true;
}

static void
read_one_again(void)
{
	reads_again[POINT_A] = false;
	reads_again[POINT_B] = true;
}

static Suite *
suite(void)
{
	Suite *s = suite_create("pairs");
	TCase *once = tcase_create("two captures");
	TCase *one = tcase_create("one of them read twice");
	TCase *both = tcase_create("both of them read twice");

	suite_add_tcase(s, once);
	tcase_add_checked_fixture(once, setup, teardown);
	add_tests(once);
	suite_add_tcase(s, one);
	tcase_add_checked_fixture(one, setup, teardown);
	tcase_add_checked_fixture(one, read_one_again, NULL);
	add_tests(one);
	suite_add_tcase(s, both);
	tcase_add_checked_fixture(both, setup, teardown);
	tcase_add_checked_fixture(both, read_both_again, NULL);
	add_tests(both);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
