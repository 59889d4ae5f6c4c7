/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>
#include <stdlib.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "check_main.h"
#include "compare/clockfit.h"
#include "xorshift.h"

#define POINTS		400
#define START_NS	(INT64_C(1700000000) * NS_PER_SEC)
#define DELAY_NS	(20 * NS_PER_MS)

static struct clock_point points[2][POINTS];
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
	clockfit_find(&fit, &first[0], &first[1]);
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

START_TEST(a_drift_that_timestamps_cannot_show_is_none)
{
	fit_clocks(&(struct clocks){ .drift_ppb = 20000, .count = POINTS,
	    .span_ns = 4 * NS_PER_SEC });
	ck_assert_int_eq(fit.parts[0].drift_ppb, 0);
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
	clockfit_trust(&fit);
	ck_assert_uint_eq(fit.count, 1);
	ck_assert_int_eq(clockfit_to_a(&fit, START_NS + 7), START_NS + 7);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("clockfit");
	TCase *c = tcase_create("clocks");

	suite_add_tcase(s, c);
	tcase_add_loop_test(c, offset_and_drift_are_found, 0, 4);
	tcase_add_test(c, a_drift_that_timestamps_cannot_show_is_none);
	tcase_add_test(c, few_points_give_no_estimate);
	tcase_add_test(c, a_clock_that_was_set_parts_the_fit);
	tcase_add_test(c, a_time_of_b_becomes_one_of_a);
	tcase_add_test(c, trusted_clocks_do_not_differ);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
