/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>
#include <string.h>

#include "base/compiler.h"
#include "base/hist.h"
#include "check_main.h"

static struct hist hist;

static void
setup(void)
{
	memset(&hist, 0, sizeof(hist));
}

START_TEST(an_empty_histogram_has_no_quantiles)
{
	ck_assert_int_eq(hist_quantile(&hist, 500, 0, 0), 0);
	ck_assert_int_eq(hist_quantile(&hist, 990, 7, 9), 0);
}
END_TEST

START_TEST(a_single_value_is_every_quantile)
{
	static const int64_t values[] = {
		0, 1, 1023, 1024, 39433000, INT64_C(1) << 42, INT64_MAX
	};

	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		setup();
		hist_add(&hist, values[i]);
		for (unsigned permille = 0; permille <= 1000; permille += 50)
			ck_assert_int_eq(hist_quantile(&hist, permille,
			    values[i], values[i]), values[i]);
	}
}
END_TEST

/* Is `found` within a sixteenth of `true_ns`? */
static void
assert_near(int64_t found, int64_t true_ns)
{
	const int64_t error = found > true_ns ? found - true_ns :
	    true_ns - found;

	ck_assert_msg(error <= true_ns / 16 + 1,
	    "%lld is not near %lld", (long long)found, (long long)true_ns);
}

START_TEST(quantiles_of_many_values_are_near)
{
	/* 1 to 10000 times 37 us: five powers of ten. */
	const int64_t step = 37000;
	const int64_t count = 10000;

	for (int64_t i = 1; i <= count; i++)
		hist_add(&hist, i * step);
	assert_near(hist_quantile(&hist, 500, step, count * step),
	    count / 2 * step);
	assert_near(hist_quantile(&hist, 950, step, count * step),
	    count * 95 / 100 * step);
	assert_near(hist_quantile(&hist, 990, step, count * step),
	    count * 99 / 100 * step);
}
END_TEST

START_TEST(the_first_and_the_last_value_are_exact)
{
	hist_add(&hist, 1000001);
	hist_add(&hist, 2000003);
	hist_add(&hist, 9000007);
	ck_assert_int_eq(hist_quantile(&hist, 0, 1000001, 9000007), 1000001);
	ck_assert_int_eq(hist_quantile(&hist, 333, 1000001, 9000007),
	    1000001);
	assert_near(hist_quantile(&hist, 500, 1000001, 9000007), 2000003);
	ck_assert_int_eq(hist_quantile(&hist, 990, 1000001, 9000007),
	    9000007);
	ck_assert_int_eq(hist_quantile(&hist, 1000, 1000001, 9000007),
	    9000007);
}
END_TEST

START_TEST(every_power_of_two_falls_near_itself)
{
	for (unsigned bit = BUCKETS_MIN_BITS; bit < BUCKETS_MAX_BITS; bit++) {
		for (int64_t off = -1; off <= 1; off++) {
			const int64_t ns = (INT64_C(1) << bit) + off;

			setup();
			/* Three, so that none of them is first or last. */
			hist_add(&hist, 0);
			hist_add(&hist, ns);
			hist_add(&hist, INT64_MAX);
			if (ns >= 1024)
				assert_near(hist_quantile(&hist, 500, 0,
				    INT64_MAX), ns);
		}
	}
}
END_TEST

START_TEST(the_first_bucket_stays_within_its_values)
{
	static const int64_t values[] = { 0, 100, 900, 5000 };
	static const int64_t higher[] = { 600, 700, 800, 5000 };

	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		hist_add(&hist, values[i]);
	ck_assert_int_eq(hist_quantile(&hist, 500, 0, 5000), 512);
	setup();
	for (size_t i = 0; i < ARRAY_LEN(higher); i++)
		hist_add(&hist, higher[i]);
	ck_assert_int_eq(hist_quantile(&hist, 500, 600, 5000), 600);
}
END_TEST

START_TEST(values_out_of_range_share_the_outer_buckets)
{
	hist_add(&hist, -5);
	hist_add(&hist, 0);
	hist_add(&hist, 1023);
	ck_assert_uint_eq(hist.count[0], 3);
	hist_add(&hist, (INT64_C(1) << BUCKETS_MAX_BITS) - 1);
	ck_assert_uint_eq(hist.count[HIST_BUCKETS - 2], 1);
	hist_add(&hist, INT64_C(1) << BUCKETS_MAX_BITS);
	hist_add(&hist, INT64_MAX);
	ck_assert_uint_eq(hist.count[HIST_BUCKETS - 1], 2);
	/* Without a middle, the last bucket answers with the maximum. */
	ck_assert_int_eq(hist_quantile(&hist, 800, -5,
	    (INT64_C(1) << BUCKETS_MAX_BITS) + 9),
	    (INT64_C(1) << BUCKETS_MAX_BITS) + 9);
}
END_TEST

START_TEST(counts_saturate)
{
	hist.count[0] = UINT32_MAX;
	hist_add(&hist, 1);
	ck_assert_uint_eq(hist.count[0], UINT32_MAX);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("hist");
	TCase *tc = tcase_create("hist");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, an_empty_histogram_has_no_quantiles);
	tcase_add_test(tc, a_single_value_is_every_quantile);
	tcase_add_test(tc, quantiles_of_many_values_are_near);
	tcase_add_test(tc, the_first_and_the_last_value_are_exact);
	tcase_add_test(tc, every_power_of_two_falls_near_itself);
	tcase_add_test(tc, the_first_bucket_stays_within_its_values);
	tcase_add_test(tc, values_out_of_range_share_the_outer_buckets);
	tcase_add_test(tc, counts_saturate);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
