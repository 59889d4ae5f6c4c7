/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Round trips: the series, the smoothing of RFC 6298, and what is sampled of
 * a conversation.
 */
#include "config.h"

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/pool.h"
#include "check_main.h"
#include "hold.h"
#include "leaks.h"
#include "talk.h"
#include "tcp/rtt.h"
#include "tcp/tracker.h"
#include "xorshift.h"

#define VALUES	5000

static struct series series;
static struct talk talk;

static void
setup(void)
{
	memset(&series, 0, sizeof(series));
	talk_begin(&talk, true);
}

static void
teardown(void)
{
	mem_fail_after(0);
	series_fini(&series);
	talk_end(&talk);
}

/* ---- series ---- */

START_TEST(empty_series_has_no_mean_and_no_quantile)
{
	ck_assert_int_eq(series_mean(&series), -1);
	ck_assert_int_eq(series_quantile(&series, 500), -1);
}
END_TEST

START_TEST(series_keeps_count_minimum_maximum_and_mean)
{
	series_add(&series, 3000000);
	series_add(&series, 1000000);
	series_add(&series, 2000001);
	ck_assert_uint_eq(series.count, 3);
	ck_assert_int_eq(series.min, 1000000);
	ck_assert_int_eq(series.max, 3000000);
	ck_assert_int_eq(series.sum, 6000001);
	ck_assert_int_eq(series_mean(&series), 2000000);
}
END_TEST

START_TEST(clock_that_went_back_gives_nothing_negative)
{
	series_add(&series, -5);
	series_add(&series, 10);
	ck_assert_int_ge(series.min, 0);
	ck_assert_int_eq(series.max, 10);
	ck_assert_int_ge(series_quantile(&series, 10), 0);
}
END_TEST

START_TEST(one_value_is_every_quantile)
{
	series_add(&series, 123456789);
	ck_assert_int_eq(series_quantile(&series, 1), 123456789);
	ck_assert_int_eq(series_quantile(&series, 500), 123456789);
	ck_assert_int_eq(series_quantile(&series, 1000), 123456789);
}
END_TEST

static int
compare(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a;
	const int64_t y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* Values over five decades; every quantile within 1/16 of the true one. */
START_TEST(quantiles_are_within_a_sixteenth)
{
	static const unsigned counts[] = { 2, 3, 10, 100, VALUES };
	static int64_t values[VALUES];
	struct xorshift x = { .state = 31 };
	const unsigned count = counts[_i];

	for (unsigned i = 0; i < count; i++) {
		int64_t value = 2000 + xorshift_below(&x, 8000);

		for (unsigned k = xorshift_below(&x, 6); k > 0; k--)
			value *= 10;
		values[i] = value;
		series_add(&series, value);
	}
	qsort(values, count, sizeof(values[0]), compare);
	for (unsigned permille = 1; permille <= 1000; permille++) {
		const unsigned rank = (count * permille + 999) / 1000;
		const int64_t truth = values[rank - 1];
		const int64_t got = series_quantile(&series, permille);

		HOLD(llabs(got - truth) <= truth / 16 + 1);
		HOLD(got >= values[0] && got <= values[count - 1]);
	}
	ck_assert_int_eq(series_quantile(&series, 1000), values[count - 1]);
}
END_TEST

/*
 * By nearest rank: the minimum value that this many thousandths do not exceed.
 */
static int64_t
nearest_rank(const int64_t *sorted, unsigned count, unsigned permille)
{
	const unsigned rank = (count * permille + 999) / 1000;

	return sorted[rank > 0 ? rank - 1 : 0];
}

static void
assert_exact(const int64_t *sorted, unsigned count)
{
	HOLD(series.count == count);
	HOLD(series.hist == NULL);
	HOLD(series.min == sorted[0]);
	HOLD(series.max == sorted[count - 1]);
	for (unsigned permille = 0; permille <= 1000; permille++)
		HOLD(series_quantile(&series, permille) ==
		    nearest_rank(sorted, count, permille));
}

/* The `way`th order of the first `count` values. */
static void
add_in_order(const int64_t *sorted, unsigned count, unsigned way)
{
	bool is_taken[SERIES_FEW] = { false };

	memset(&series, 0, sizeof(series));
	for (unsigned left = count; left > 0; left--) {
		unsigned nth = way % left;
		unsigned i = 0;

		way /= left;
		for (; is_taken[i] || nth > 0; i++)
			nth -= !is_taken[i];
		is_taken[i] = true;
		series_add(&series, sorted[i]);
	}
}

START_TEST(few_values_have_exact_quantiles_in_any_order)
{
	/* Closer to each other than a histogram resolves, two of them equal. */
	static const int64_t sorted[] = { 0, 999, 1000, 1000, 1001, 5000000 };
	const unsigned count = (unsigned)_i;
	unsigned ways = 1;

	_Static_assert(ARRAY_LEN(sorted) == SERIES_FEW, "as many as are kept");
	for (unsigned i = 2; i <= count; i++)
		ways *= i;
	for (unsigned way = 0; way < ways; way++) {
		add_in_order(sorted, count, way);
		assert_exact(sorted, count);
	}
}
END_TEST

static uint64_t
values_in(const struct hist *hist)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < HIST_BUCKETS; i++)
		count += hist->count[i];
	return count;
}

/* All that were kept as they are go into the histogram, and those after. */
START_TEST(histogram_takes_over_when_there_are_more)
{
	static const int64_t values[] = {
		40000, 70000000, 20000, 3000, 900000, 40001, 5000000, 10000,
	};
	const uint64_t before = mem_outstanding();
	struct hist all = { { 0 } };

	for (unsigned i = 0; i < ARRAY_LEN(values); i++) {
		series_add(&series, values[i]);
		hist_add(&all, values[i]);
		ck_assert_uint_eq(mem_outstanding() - before,
		    i >= SERIES_FEW);
		if (i < SERIES_FEW)
			continue;
		ck_assert_uint_eq(values_in(series.hist), i + 1);
		ck_assert_mem_eq(series.hist, &all, sizeof(all));
		for (unsigned permille = 1; permille <= 1000; permille++)
			HOLD(series_quantile(&series, permille) ==
			    hist_quantile(&all, permille, 3000, 70000000));
	}
}
END_TEST

/* Not even when memory comes back: a part would pass for the whole. */
START_TEST(without_memory_for_the_histogram_there_are_no_quantiles)
{
	mem_fail_after(1);
	for (int64_t i = 1; i <= SERIES_FEW; i++) {
		ck_assert(series_add(&series, i * 1000));
		ck_assert_int_eq(series_quantile(&series, 1000), i * 1000);
	}
	for (int64_t i = SERIES_FEW + 1; i <= 100; i++) {
		ck_assert(!series_add(&series, i * 1000));
		ck_assert_int_eq(series_quantile(&series, 500), -1);
		mem_fail_after(0);
	}
	ck_assert_ptr_null(series.hist);
	ck_assert_uint_eq(series.count, 100);
	ck_assert_int_eq(series_mean(&series), 50500);
	ck_assert_int_eq(series.min, 1000);
	ck_assert_int_eq(series.max, 100000);
}
END_TEST

START_TEST(a_connection_without_quantiles_is_found)
{
	uint32_t sent = 1;

	talk_open(&talk);
	/* The handshake was its first round trip. */
	for (unsigned i = 1; i <= SERIES_FEW; i++) {
		talk_say(&talk, A, TCP_ACK, sent, 10, 1);
		sent += 10;
		mem_fail_after(i == SERIES_FEW ? 1 : 0);
		ck_assert_uint_eq(tracker_findings(&talk.tracker,
		    &talk.conn).unquantified, 0);
		talk_say(&talk, B, TCP_ACK, 1, 0, sent);
	}
	mem_fail_after(0);
	ck_assert_uint_eq(tracker_findings(&talk.tracker,
	    &talk.conn).unquantified, 1);
	analysis_end(&talk.tracker, &talk.conn);
	ck_assert_uint_eq(tracker_findings(&talk.tracker,
	    &talk.conn).unquantified, 1);
}
END_TEST

START_TEST(sum_of_a_series_does_not_overflow)
{
	for (unsigned i = 0; i < 2 * SERIES_FEW; i++)
		series_add(&series, INT64_MAX / 2);
	ck_assert_int_eq(series.sum, INT64_MAX);
	ck_assert_int_eq(series_quantile(&series, 500), INT64_MAX / 2);
}
END_TEST

/* ---- RFC 6298, by hand ---- */

/*
 *	R	SRTT			RTTVAR
 *	100	100			50
 *	140	7/8*100+140/8 = 105	3/4*50 + 40/4 = 47.5
 *	 61	7/8*105+61/8 = 99.5	3/4*47.5 + 44/4 = 46.625
 */
START_TEST(smoothing_follows_rfc_6298)
{
	struct endpoint_track side = { .has_rtt = false };
	struct series all = { .count = 0 };

	rtt_sample(&side, &all, TALK_MS(100));
	ck_assert_int_eq(side.srtt, TALK_MS(100));
	ck_assert_int_eq(side.rttvar, TALK_MS(50));
	rtt_sample(&side, &all, TALK_MS(140));
	ck_assert_int_eq(side.srtt, TALK_MS(105));
	ck_assert_int_eq(side.rttvar, 47500000);
	rtt_sample(&side, &all, TALK_MS(61));
	ck_assert_int_eq(side.srtt, 99500000);
	ck_assert_int_eq(side.rttvar, 46625000);
	ck_assert_uint_eq(all.count, 3);
	ck_assert_int_eq(side.rtt_min, TALK_MS(61));
}
END_TEST

START_TEST(timeout_is_a_second_before_any_sample_and_never_below_its_floor)
{
	struct analysis *an;

	ck_assert_int_eq(talk_say(&talk, A, TCP_SYN, 0, 0, 0), 0);
	an = talk_analysis(&talk);
	ck_assert_int_eq(rtt_of_sender(an, &talk.conn, A), -1);
	ck_assert_int_eq(rto_of_sender(an, &talk.conn, A), TALK_MS(1000));
	talk.now_ns += TALK_MS(1);
	talk_say(&talk, B, TCP_SYN | TCP_ACK, 0, 0, 1);
	talk.now_ns += TALK_MS(1);
	talk_say(&talk, A, TCP_ACK, 1, 0, 1);
	an = talk_analysis(&talk);
	ck_assert_int_eq(rto_of_sender(an, &talk.conn, A), TALK_MS(200));
}
END_TEST

/* Beyond that it is no round trip but a clock: four minutes are the most. */
START_TEST(timeout_has_a_ceiling)
{
	struct analysis *an;

	talk_open(&talk);
	an = talk_analysis(&talk);
	rtt_sample(&an->track[A], NULL, INT64_MAX / 2);
	ck_assert_int_eq(rto_of_sender(an, &talk.conn, A), 240 * NS_PER_SEC);
	ck_assert_int_le(rtt_of_sender(an, &talk.conn, A),
	    2 * 240 * NS_PER_SEC);
}
END_TEST

/* ---- halves ---- */

START_TEST(handshake_has_two_halves)
{
	const struct analysis *an;

	talk_open(&talk);
	an = talk_analysis(&talk);
	ck_assert_int_eq(an->rtt_syn, TALK_MS(20));
	ck_assert_int_eq(an->rtt_ack, TALK_MS(10));
	/* From here to B and back, and from here to A and back. */
	ck_assert_int_eq(rtt_half(an, &talk.conn, B), TALK_MS(20));
	ck_assert_int_eq(rtt_half(an, &talk.conn, A), TALK_MS(10));
	ck_assert_int_eq(rtt_of_sender(an, &talk.conn, A), TALK_MS(30));
	ck_assert_int_eq(rtt_of_sender(an, &talk.conn, B), TALK_MS(30));
}
END_TEST

/* A first SYN lost and sent again after a second is no round trip. */
START_TEST(syn_sent_again_is_measured_from_its_last_time)
{
	talk_say(&talk, A, TCP_SYN, 0, 0, 0);
	talk.now_ns += TALK_MS(1000);
	talk_open(&talk);
	ck_assert_int_eq(talk_analysis(&talk)->rtt_syn, TALK_MS(20));
	/* And gives the report none at all (Karn). */
	ck_assert_uint_eq(talk.conn.report.rtt_count, 0);
}
END_TEST

START_TEST(no_handshake_is_no_half)
{
	talk_say(&talk, A, TCP_ACK, 1, 0, 1);
	ck_assert_int_eq(talk_analysis(&talk)->rtt_syn, -1);
	ck_assert_int_eq(talk_analysis(&talk)->rtt_ack, -1);
	ck_assert_int_eq(rtt_half(talk_analysis(&talk), &talk.conn, A), -1);
	ck_assert_int_eq(rtt_half(talk_analysis(&talk), &talk.conn, B), -1);
}
END_TEST

/* ---- the report's samples (rule 12) ---- */

START_TEST(report_samples_syn_data_and_fin_of_the_originator)
{
	const struct report_stats *figures = &talk.conn.report;

	talk_open(&talk);				/* SYN: 20 ms */
	ck_assert_uint_eq(figures->rtt_count, 1);
	talk_say(&talk, A, TCP_ACK | TCP_PSH, 1, 100, 1);
	talk.now_ns += TALK_MS(30);
	talk_say(&talk, B, TCP_ACK, 1, 0, 101);		/* data: 30 ms */
	talk_say(&talk, B, TCP_ACK | TCP_PSH, 1, 500, 101);
	talk.now_ns += TALK_MS(5);
	talk_say(&talk, A, TCP_ACK, 101, 0, 501);	/* B's: none */
	ck_assert_uint_eq(figures->rtt_count, 2);
	talk_say(&talk, A, TCP_FIN | TCP_ACK, 101, 0, 501);
	talk.now_ns += TALK_MS(40);
	talk_say(&talk, B, TCP_ACK, 501, 0, 102);	/* FIN: 40 ms */
	ck_assert_uint_eq(figures->rtt_count, 3);
	ck_assert_int_eq(figures->rtt_min, TALK_MS(20));
	ck_assert_int_eq(figures->rtt_max, TALK_MS(40));
	ck_assert_int_eq(figures->rtt_sum, TALK_MS(90));
}
END_TEST

/* Every segment an ACK covers is a sample of the report's; one of the ACK's. */
START_TEST(one_ack_covers_many_segments)
{
	talk_open(&talk);
	for (int64_t i = 0; i < 4; i++) {
		talk_say(&talk, A, TCP_ACK, 1 + 100 * i, 100, 1);
		talk.now_ns += TALK_MS(1);
	}
	talk_say(&talk, B, TCP_ACK, 1, 0, 401);
	ck_assert_uint_eq(talk.conn.report.rtt_count, 1 + 4);
	ck_assert_int_eq(talk.conn.report.rtt_sum,
	    TALK_MS(20) + TALK_MS(4 + 3 + 2 + 1));
	ck_assert_uint_eq(talk_figures(&talk, A)->rtt.count, 2);
	ck_assert_int_eq(talk_figures(&talk, A)->rtt.min, TALK_MS(1));
	ck_assert_uint_eq(talk.judged.covers_count, 4);
}
END_TEST

START_TEST(what_was_sent_again_is_no_sample)
{
	talk_open(&talk);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	talk.now_ns += TALK_MS(300);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	talk.now_ns += TALK_MS(20);
	talk_say(&talk, B, TCP_ACK, 1, 0, 101);
	ck_assert_uint_eq(talk.conn.report.rtt_count, 1);	/* the SYN's */
	ck_assert_uint_eq(talk_figures(&talk, A)->rtt.count, 1);
}
END_TEST

/* An offloaded superframe, acknowledged by halves. */
START_TEST(part_of_a_superframe_is_no_ack_sample)
{
	talk_open(&talk);
	talk_say(&talk, A, TCP_ACK, 1, 2000, 1);
	talk.now_ns += TALK_MS(20);
	talk_say(&talk, B, TCP_ACK, 1, 0, 1001);
	talk.now_ns += TALK_MS(200);
	talk_say(&talk, B, TCP_ACK, 1, 0, 2001);
	ck_assert_uint_eq(talk_figures(&talk, A)->rtt.count, 1);
}
END_TEST

/* What was cut before its flags is not in flight: its ACK answers nothing. */
START_TEST(cut_header_gives_no_round_trip)
{
	talk_end(&talk);
	talk_begin(&talk, _i != 0);
	talk.with.depth = DEPTH_PORTS;
	talk_say(&talk, A, 0, 0, 0, 0);
	talk.now_ns += TALK_MS(20);
	talk_say(&talk, B, TCP_SYN | TCP_ACK, 0, 0, 1);
	ck_assert_uint_eq(talk.conn.report.rtt_count, 0);
	ck_assert(!talk_side(&talk, A)->has_rtt);
}
END_TEST

/* ---- timestamps ---- */

static void
with_timestamps(uint32_t tsval, uint32_t tsecr)
{
	talk.with.opt.present = OPT_TIMESTAMP;
	talk.with.opt.tsval = tsval;
	talk.with.opt.tsecr = tsecr;
}

START_TEST(first_tsval_and_first_tsecr_are_a_round_trip)
{
	talk_open(&talk);
	with_timestamps(100, 7);
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	talk.now_ns += TALK_MS(2);
	with_timestamps(100, 7);		/* the same tick: no sample */
	talk_say(&talk, A, TCP_ACK, 101, 100, 1);
	talk.now_ns += TALK_MS(20);
	with_timestamps(8, 100);
	talk_say(&talk, B, TCP_ACK, 1, 0, 201);
	talk.now_ns += TALK_MS(50);
	with_timestamps(9, 100);		/* not the first echo */
	talk_say(&talk, B, TCP_ACK, 1, 0, 201);
	ck_assert_uint_eq(talk_figures(&talk, A)->ts_rtt.count, 1);
	ck_assert_int_eq(talk_figures(&talk, A)->ts_rtt.min, TALK_MS(22));
}
END_TEST

/* Pure ACKs are not answered: their echo measures the peer's silence. */
START_TEST(tsval_of_a_pure_ack_is_no_sample)
{
	talk_open(&talk);
	with_timestamps(100, 7);
	talk_say(&talk, A, TCP_ACK, 1, 0, 1);
	talk.now_ns += TALK_MS(5000);
	with_timestamps(8, 100);
	talk_say(&talk, B, TCP_ACK, 1, 10, 1);
	ck_assert_uint_eq(talk_figures(&talk, A)->ts_rtt.count, 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("rtt");
	TCase *c = leaks_tcase(s, "rtt");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, empty_series_has_no_mean_and_no_quantile);
	tcase_add_test(c, series_keeps_count_minimum_maximum_and_mean);
	tcase_add_test(c, clock_that_went_back_gives_nothing_negative);
	tcase_add_test(c, one_value_is_every_quantile);
	tcase_add_loop_test(c, quantiles_are_within_a_sixteenth, 0, 5);
	tcase_add_loop_test(c, few_values_have_exact_quantiles_in_any_order, 1,
	    SERIES_FEW + 1);
	tcase_add_test(c, histogram_takes_over_when_there_are_more);
	tcase_add_test(c,
	    without_memory_for_the_histogram_there_are_no_quantiles);
	tcase_add_test(c, a_connection_without_quantiles_is_found);
	tcase_add_test(c, sum_of_a_series_does_not_overflow);
	tcase_add_test(c, smoothing_follows_rfc_6298);
	tcase_add_test(c,
	    timeout_is_a_second_before_any_sample_and_never_below_its_floor);
	tcase_add_test(c, timeout_has_a_ceiling);
	tcase_add_test(c, handshake_has_two_halves);
	tcase_add_test(c, syn_sent_again_is_measured_from_its_last_time);
	tcase_add_test(c, no_handshake_is_no_half);
	tcase_add_test(c, report_samples_syn_data_and_fin_of_the_originator);
	tcase_add_test(c, one_ack_covers_many_segments);
	tcase_add_test(c, what_was_sent_again_is_no_sample);
	tcase_add_test(c, part_of_a_superframe_is_no_ack_sample);
	tcase_add_loop_test(c, cut_header_gives_no_round_trip, 0, 2);
	tcase_add_test(c, first_tsval_and_first_tsecr_are_a_round_trip);
	tcase_add_test(c, tsval_of_a_pure_ack_is_no_sample);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
