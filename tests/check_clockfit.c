/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>
#include <stdlib.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "check_main.h"
#include "compare/clockfit.h"
#include "compare/timeline.h"
#include "decode/frame.h"
#include "xorshift.h"

#define POINTS		400
#define START_NS	(INT64_C(1700000000) * NS_PER_SEC)
#define DELAY_NS	(20 * NS_PER_MS)

static struct clock_point points[2][POINTS];
static const struct timeline straight;
static struct clock_fit fit;

struct clocks {
	int64_t offset_ns;
	int64_t drift_ppb;
	int64_t step_ns;	/* the clock of B is set, half-way */
	int64_t span_ns;
	int64_t jitter_ns;
	size_t count;
};

static void
fit_clocks(const struct clocks *c)
{
	struct xorshift random = { 1 };
	struct clock_points first[2];

	for (unsigned p = 0; p < 2; p++) {
		for (size_t i = 0; i < c->count; i++) {
			const int64_t at = c->span_ns / POINTS * (int64_t)i;
			const int64_t late = c->jitter_ns == 0 ? 0 :
			    (int64_t)(xorshift_next(&random) %
			    (uint64_t)c->jitter_ns);
			const int64_t delay = DELAY_NS + late;

			points[p][i] = (struct clock_point){
			    .a_ns = START_NS + at,
			    .diff_ns = c->offset_ns +
				at / 1000 * c->drift_ppb / 1000000 +
				(p == 0 ? delay : -delay) +
				(i >= c->count / 2 ? c->step_ns : 0),
			};
		}
		first[p] = (struct clock_points){ points[p], c->count };
	}
	clockfit_find(&fit, &first[0], &first[1], &straight, &straight);
}

static void
assert_within(int64_t found, int64_t expected, int64_t error)
{
	ck_assert_msg(llabs(found - expected) <= error, "%lld, not %lld",
	    (long long)found, (long long)expected);
}

START_TEST(offset_and_drift_are_found)
{
	static const struct clocks all[] = {
		{ .offset_ns = 0 },
		{ .offset_ns = 3600 * NS_PER_SEC, .drift_ppb = 40000 },
		{ .offset_ns = -12 * NS_PER_SEC, .drift_ppb = -80000 },
		{ .offset_ns = 5, .drift_ppb = 3000 },
	};
	struct clocks c = all[_i];

	c.span_ns = 60 * NS_PER_SEC;
	c.jitter_ns = 2 * NS_PER_MS;
	c.count = POINTS;
	fit_clocks(&c);
	ck_assert_uint_eq(fit.count, 1);
	assert_within(fit.parts[0].offset_ns, c.offset_ns, 300 * NS_PER_US);
	assert_within(fit.parts[0].drift_ppb, c.drift_ppb, 2000);
	assert_within(fit.parts[0].uncertainty_ns, DELAY_NS,
	    300 * NS_PER_US);
}
END_TEST

/* Nor is it excluded: late timestamps may hide another 25 ppm in 4 s. */
START_TEST(a_drift_that_timestamps_cannot_show_is_none)
{
	fit_clocks(&(struct clocks){ .drift_ppb = _i == 0 ? 20000 : -20000,
	    .count = POINTS, .span_ns = 4 * NS_PER_SEC });
	ck_assert_int_eq(fit.parts[0].drift_ppb, 0);
	assert_within(fit.parts[0].drift_error_ppb, 45000, 1000);
}
END_TEST

START_TEST(few_points_give_no_estimate)
{
	fit_clocks(&(struct clocks){ .count = CLOCKFIT_MIN - 1,
	    .span_ns = 60 * NS_PER_SEC });
	ck_assert_uint_eq(fit.count, 0);
	ck_assert_int_eq(clockfit_to_a(&fit, START_NS), START_NS);
	fit_clocks(&(struct clocks){ .count = CLOCKFIT_MIN,
	    .span_ns = 60 * NS_PER_SEC });
	ck_assert_uint_eq(fit.count, 1);
}
END_TEST

START_TEST(a_clock_that_was_set_parts_the_fit)
{
	const struct clocks c = { .step_ns = 700 * NS_PER_MS,
	    .span_ns = 60 * NS_PER_SEC, .jitter_ns = NS_PER_MS,
	    .count = POINTS };

	fit_clocks(&c);
	ck_assert_uint_eq(fit.count, 2);
	assert_within(fit.parts[0].offset_ns, 0, 300 * NS_PER_US);
	assert_within(fit.parts[1].offset_ns, c.step_ns, 300 * NS_PER_US);
	assert_within(fit.parts[1].from_ns, START_NS + c.span_ns / 2,
	    NS_PER_SEC);
}
END_TEST

START_TEST(a_time_of_b_becomes_one_of_a)
{
	fit = (struct clock_fit){ .count = 2, .parts = {
	    { .from_ns = START_NS, .offset_ns = NS_PER_SEC },
	    { .from_ns = START_NS + 10 * NS_PER_SEC, .drift_ppb = 1000,
		.from_b_ns = START_NS + 9 * NS_PER_SEC,
		.offset_ns = -NS_PER_SEC },
	} };
	ck_assert_int_eq(clockfit_to_a(&fit, START_NS + 3 * NS_PER_SEC),
	    START_NS + 2 * NS_PER_SEC);
	assert_within(clockfit_to_a(&fit, START_NS + 19 * NS_PER_SEC),
	    START_NS + 20 * NS_PER_SEC, 20 * NS_PER_US);
}
END_TEST

START_TEST(trusted_clocks_do_not_differ)
{
	static const struct clock_bounds all[] = {
		{ .has = { false, false } },
		{ .has = { true, true }, .diff_ns = { 3, -17 } },
		/* Timestamps of a host are late by as much. */
		{ .has = { true, true }, .diff_ns = { -90 * NS_PER_US, 1 } },
	};

	fit = (struct clock_fit){ .count = 0 };
	clockfit_trust(&fit, &all[_i]);
	ck_assert_uint_eq(fit.count, 1);
	ck_assert(fit.is_trusted);
	ck_assert_int_eq(fit.refuted_ns, 0);
	ck_assert_int_eq(clockfit_to_a(&fit, START_NS + 7), START_NS + 7);
}
END_TEST

START_TEST(clocks_that_the_segments_refute_are_not_trusted)
{
	static const struct clock_bounds all[] = {
		{ .has = { true, true },
		    .diff_ns = { -30 * NS_PER_MS, -70 * NS_PER_MS } },
		{ .has = { false, true }, .diff_ns = { 0, 30 * NS_PER_MS } },
		{ .has = { true, false }, .diff_ns = { -30 * NS_PER_MS, 0 } },
	};

	fit = (struct clock_fit){ .count = 1, .parts = { {
	    .offset_ns = -NS_PER_SEC } } };
	clockfit_trust(&fit, &all[_i]);
	ck_assert(!fit.is_trusted);
	ck_assert_int_eq(fit.refuted_ns, 30 * NS_PER_MS);
	ck_assert_int_eq(clockfit_to_a(&fit, START_NS), START_NS + NS_PER_SEC);
}
END_TEST

static int64_t
straighten(struct timeline *line, int64_t ns)
{
	const struct frame frame = { .time_ns = START_NS + ns };
	struct frame room;

	return timeline_straighten(line, &frame, &room)->time_ns - START_NS;
}

START_TEST(times_that_go_back_are_moved_up)
{
	struct timeline line = { .count = 0 };

	ck_assert_int_eq(straighten(&line, 9 * NS_PER_SEC), 9 * NS_PER_SEC);
	/* Queues of an interface are not in order of time. */
	ck_assert_int_eq(straighten(&line, 9 * NS_PER_SEC - 100),
	    9 * NS_PER_SEC - 100);
	ck_assert_uint_eq(line.count, 0);
	ck_assert_int_eq(straighten(&line, 4 * NS_PER_SEC),
	    9 * NS_PER_SEC + 1);
	ck_assert_int_eq(straighten(&line, 5 * NS_PER_SEC),
	    10 * NS_PER_SEC + 1);
	ck_assert_uint_eq(line.count, 1);
	ck_assert_int_eq(timeline_moved(&line, START_NS + 9 * NS_PER_SEC), 0);
	ck_assert_int_eq(timeline_moved(&line, START_NS + 9 * NS_PER_SEC + 1),
	    5 * NS_PER_SEC + 1);
	ck_assert_uint_eq(timeline_steps(&line, INT64_MAX), 1);
}
END_TEST

START_TEST(steps_of_a_timeline_are_bounded)
{
	struct timeline line = { .count = 0 };

	for (int64_t i = 0; i < 100; i++)
		(void)straighten(&line, -i * NS_PER_SEC);
	ck_assert_uint_eq(line.count, FOLDS_MAX);
}
END_TEST

/* The step is shorter than the round trip, so it contradicts no bound. */
START_TEST(a_short_step_moves_both_bounds)
{
	static const int64_t steps[] = { 30 * NS_PER_MS, -30 * NS_PER_MS,
	    3 * NS_PER_MS, -3 * NS_PER_MS };
	const struct clocks c = { .step_ns = steps[_i],
	    .span_ns = 60 * NS_PER_SEC, .jitter_ns = NS_PER_MS,
	    .count = POINTS };

	fit_clocks(&c);
	ck_assert_uint_eq(fit.count, 2);
	assert_within(fit.parts[0].offset_ns, 0, 300 * NS_PER_US);
	assert_within(fit.parts[1].offset_ns, c.step_ns, 300 * NS_PER_US);
	for (unsigned i = 0; i < 2; i++)
		assert_within(fit.parts[i].uncertainty_ns, DELAY_NS,
		    300 * NS_PER_US);
}
END_TEST

/* A queue delays one direction, and later a longer queue delays the other. */
START_TEST(queues_are_no_step)
{
	struct clock_points first[2];

	fit_clocks(&(struct clocks){ .span_ns = 60 * NS_PER_SEC,
	    .jitter_ns = NS_PER_MS, .count = POINTS });
	for (size_t i = 0; i < POINTS / 2; i++) {
		points[1][i].diff_ns -= 5 * NS_PER_MS;
		points[0][POINTS / 2 + i].diff_ns += 8 * NS_PER_MS;
	}
	for (unsigned p = 0; p < 2; p++)
		first[p] = (struct clock_points){ points[p], POINTS };
	clockfit_find(&fit, &first[0], &first[1], &straight, &straight);
	ck_assert_uint_eq(fit.count, 1);
}
END_TEST

/* A report that says "behind" negates the difference. */
START_TEST(a_step_of_centuries_is_bounded)
{
	const struct timeline moved = {
		.has_last = true, .last_ns = 1, .count = 1,
		.folds = { { .at_ns = INT64_MIN, .back_ns = INT64_MAX } },
	};
	struct clock_point a[20], b[20];
	struct clock_points first[2] = { { a, 20 }, { b, 20 } };

	for (int i = 0; i < 20; i++) {
		a[i] = (struct clock_point){ i * NS_PER_MS, -NS_PER_SEC };
		b[i] = (struct clock_point){ i * NS_PER_MS, -NS_PER_SEC - 2 };
	}
	clockfit_find(&fit, &first[0], &first[1], &straight, &moved);
	ck_assert_uint_eq(fit.count, 1);
	ck_assert_int_lt(fit.parts[0].clock_ns, 0);
	ck_assert_int_gt(-fit.parts[0].clock_ns, 0);
}
END_TEST

/* Far more than any delay: few segments show that a clock was set. */
START_TEST(a_long_step_needs_few_points)
{
	struct clock_points first[2];

	for (size_t rest = 0; rest < 3; rest++) {
		fit_clocks(&(struct clocks){ .span_ns = 60 * NS_PER_SEC,
		    .count = POINTS });
		for (unsigned p = 0; p < 2; p++) {
			const size_t few = p == 0 ? 2 : rest;

			for (size_t i = POINTS - few; i < POINTS; i++) {
				points[p][i].a_ns += 60 * NS_PER_SEC;
				points[p][i].diff_ns -= 60 * NS_PER_SEC;
			}
			first[p] = (struct clock_points){ points[p], POINTS };
		}
		clockfit_find(&fit, &first[0], &first[1], &straight,
		    &straight);
		/* With one direction behind the step, the rest is fitted. */
		ck_assert_uint_eq(fit.count, rest > 0 ? 2 : 1);
		ck_assert_int_lt(fit.parts[0].offset_ns, NS_PER_MS);
		ck_assert_int_gt(fit.parts[0].offset_ns, -NS_PER_MS);
	}
}
END_TEST

/* A step that moves one direction only is a path that has changed. */
START_TEST(a_longer_path_is_no_step)
{
	struct clock_points first[2];

	fit_clocks(&(struct clocks){ .span_ns = 60 * NS_PER_SEC,
	    .count = POINTS });
	for (unsigned p = 0; p < 2; p++) {
		for (size_t i = POINTS / 2; i < POINTS; i++)
			points[p][i].diff_ns += p == 0 ? 300 * NS_PER_MS : 0;
		first[p] = (struct clock_points){ points[p], POINTS };
	}
	clockfit_find(&fit, &first[0], &first[1], &straight, &straight);
	ck_assert_uint_eq(fit.count, 1);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("clockfit");
	TCase *c = tcase_create("clocks");

	suite_add_tcase(s, c);
	tcase_add_loop_test(c, offset_and_drift_are_found, 0, 4);
	tcase_add_loop_test(c, a_drift_that_timestamps_cannot_show_is_none, 0,
	    2);
	tcase_add_test(c, few_points_give_no_estimate);
	tcase_add_test(c, a_clock_that_was_set_parts_the_fit);
	tcase_add_test(c, a_long_step_needs_few_points);
	tcase_add_test(c, a_longer_path_is_no_step);
	tcase_add_loop_test(c, a_short_step_moves_both_bounds, 0, 4);
	tcase_add_test(c, queues_are_no_step);
	tcase_add_test(c, a_step_of_centuries_is_bounded);
	tcase_add_test(c, times_that_go_back_are_moved_up);
	tcase_add_test(c, steps_of_a_timeline_are_bounded);
	tcase_add_test(c, a_time_of_b_becomes_one_of_a);
	tcase_add_loop_test(c, trusted_clocks_do_not_differ, 0, 3);
	tcase_add_loop_test(c, clocks_that_the_segments_refute_are_not_trusted,
	    0, 3);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
