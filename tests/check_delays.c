/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>

#include "base/buckets.h"
#include "base/nstime.h"
#include "base/pool.h"
#include "check_main.h"
#include "compare/delays.h"
#include "leaks.h"
#include "xorshift.h"

static struct delays delays;

static void
setup(void)
{
	leaks_setup();
	delays = (struct delays){ .count = 0 };
}

static void
teardown(void)
{
	delays_fini(&delays);
	leaks_teardown();
}

static void
add(int64_t ns)
{
	ck_assert(delays_add(&delays, ns));
}

START_TEST(an_empty_series_has_no_quantile)
{
	ck_assert_int_eq(delays_quantile(&delays, 500), -1);
}
END_TEST

START_TEST(quantiles_of_a_few_are_exact)
{
	for (int64_t i = DELAYS_FEW; i > 0; i--)
		add(i * 1001);
	ck_assert_int_eq(delays_quantile(&delays, 0), 1001);
	ck_assert_int_eq(delays_quantile(&delays, 500),
	    DELAYS_FEW / 2 * 1001);
	ck_assert_int_eq(delays_quantile(&delays, 1000), DELAYS_FEW * 1001);
}
END_TEST

/* Uniform in [1 ms, 1 s): each quantile is known, and its error bounded. */
START_TEST(quantiles_of_many_are_within_one_percent)
{
	static const unsigned permille[] = { 10, 500, 950, 990 };
	const int64_t step = 10 * NS_PER_US;
	const int64_t count = NS_PER_SEC / step;

	for (int64_t i = 0; i < count; i++)
		add((i * 7919 % count) * step + NS_PER_MS);
	for (unsigned i = 0; i < sizeof(permille) / sizeof(permille[0]); i++) {
		const int64_t truth = NS_PER_MS +
		    count * permille[i] / 1000 * step;
		const int64_t got = delays_quantile(&delays, permille[i]);

		ck_assert_int_le(got, truth + truth / 100);
		ck_assert_int_ge(got, truth - truth / 100);
	}
	ck_assert_int_eq(delays.min, NS_PER_MS);
}
END_TEST

START_TEST(any_order_gives_the_same)
{
	struct xorshift dice = { UINT64_C(88172645463325252) };
	struct delays other = { .count = 0 };
	int64_t all[200];

	for (unsigned i = 0; i < 200; i++)
		add(all[i] = (int64_t)(xorshift_next(&dice) >> (i % 60 + 3)));
	for (unsigned i = 200; i-- > 0;)
		ck_assert(delays_add(&other, all[i]));
	for (unsigned permille = 0; permille <= 1000; permille += 50)
		ck_assert_int_eq(delays_quantile(&delays, permille),
		    delays_quantile(&other, permille));
	delays_fini(&other);
}
END_TEST

/* A path with little variation takes less than a cache line or two. */
START_TEST(memory_follows_the_spread)
{
	for (int64_t i = 0; i < 1000; i++)
		add(20 * NS_PER_MS + i * 300);
	ck_assert_uint_le(delays.many.room, 16);
	add(0);
	add(INT64_MAX);
	ck_assert_uint_le(delays.many.room, BUCKETS_COUNT(DELAYS_SUB_BITS) + 16);
	ck_assert_int_eq(delays.max, INT64_MAX);
	ck_assert_int_eq(delays_quantile(&delays, 1000), INT64_MAX);
}
END_TEST

START_TEST(a_negative_delay_is_left_out)
{
	add(-1);
	ck_assert_uint_eq(delays.count, 0);
}
END_TEST

START_TEST(out_of_memory_leaves_the_extremes)
{
	for (int64_t i = 1; i <= DELAYS_FEW; i++)
		add(i);
	mem_fail_after(1);
	ck_assert(!delays_add(&delays, NS_PER_SEC));
	mem_fail_after(0);
	ck_assert_uint_eq(delays.count, DELAYS_FEW + 1);
	ck_assert_int_eq(delays.max, NS_PER_SEC);
	ck_assert_int_eq(delays.min, 1);
	ck_assert_int_eq(delays_quantile(&delays, 500), -1);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("delays");
	TCase *c = tcase_create("one direction");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, an_empty_series_has_no_quantile);
	tcase_add_test(c, quantiles_of_a_few_are_exact);
	tcase_add_test(c, quantiles_of_many_are_within_one_percent);
	tcase_add_test(c, any_order_gives_the_same);
	tcase_add_test(c, memory_follows_the_spread);
	tcase_add_test(c, a_negative_delay_is_left_out);
	tcase_add_test(c, out_of_memory_leaves_the_extremes);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
