/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/sum.h"
#include "check_main.h"
#include "xorshift.h"

/* A number, decimals, and how it must look. */
struct sample {
	int64_t num;
	int64_t den;		/* of ratios */
	unsigned digits;
	const char *text;
};

static const struct sample instants[] = {
	{ 0, 0, 6, "0.000000" },
	{ 0, 0, 0, "0" },
	{ INT64_C(1139256717834392000), 0, 6, "1139256717.834392" },
	{ INT64_C(1139256717834392999), 0, 6, "1139256717.834392" },
	{ INT64_C(1139256717834392999), 0, 9, "1139256717.834392999" },
	{ INT64_C(1139256717834392999), 0, 12, "1139256717.834392999" },
	{ INT64_C(1999999999), 0, 0, "1" },
	{ 1, 0, 9, "0.000000001" },
	{ 1, 0, 6, "0.000000" },
	/* Never later than it was, before the epoch too. */
	{ -1, 0, 9, "-0.000000001" },
	{ -1, 0, 6, "-0.000001" },
	{ -1500000000, 0, 0, "-2" },
	{ INT64_MAX, 0, 9, "9223372036.854775807" },
	{ INT64_MIN, 0, 9, "-9223372036.854775808" },
	{ INT64_MIN, 0, 0, "-9223372037" }
};

START_TEST(instants_are_cut)
{
	const struct sample *sample = &instants[_i];
	char buf[NSTIME_BUFSIZE];
	const size_t len = nstime_format_instant(buf, sample->num,
	    sample->digits);

	ck_assert_str_eq(buf, sample->text);
	ck_assert_uint_eq(len, strlen(sample->text));
}
END_TEST

static const struct sample durations[] = {
	{ 0, 0, 6, "0.000000" },
	{ INT64_C(45054007000), 0, 6, "45.054007" },
	{ 499, 0, 6, "0.000000" },
	{ 500, 0, 6, "0.000001" },
	{ -499, 0, 6, "0.000000" },
	{ -500, 0, 6, "-0.000001" },
	{ INT64_C(999998999), 0, 6, "0.999999" },
	{ INT64_C(999999499), 0, 6, "0.999999" },
	{ INT64_C(999999500), 0, 6, "1.000000" },
	{ INT64_C(999999000), 0, 9, "0.999999000" },
	{ INT64_C(999999999), 0, 9, "0.999999999" },
	{ INT64_C(999999999), 0, 3, "1.000" },
	{ INT64_C(1500000000), 0, 0, "2" },
	{ -1500000000, 0, 0, "-2" },
	{ INT64_MAX, 0, 6, "9223372036.854776" },
	{ INT64_MIN, 0, 9, "-9223372036.854775808" }
};

/* By printf, of any length and with any number of decimals. */
START_TEST(every_number_of_decimals_is_right)
{
	struct xorshift x = { .state = 1 };
	char buf[NSTIME_BUFSIZE], expected[NSTIME_BUFSIZE];
	uint64_t scale = 1;

	for (int i = _i; i < 9; i++)
		scale *= 10;
	for (unsigned n = 0; n < 5000; n++) {
		const uint64_t ns = xorshift_next(&x) >> (4 + n % 60);
		const uint64_t units = ns / scale + (2 * (ns % scale) >=
		    scale && scale > 1);
		const uint64_t second = UINT64_C(1000000000) / scale;

		const int len = snprintf(expected, sizeof(expected),
		    "%" PRIu64 ".%09" PRIu64, units / second,
		    units % second * scale);

		/* Behind the decimals asked for, noughts; or all and the dot. */
		expected[len - 9 + _i - (_i == 0)] = '\0';
		nstime_format_duration(buf, (int64_t)ns, (unsigned)_i);
		ck_assert_str_eq(buf, expected);
	}
}
END_TEST

START_TEST(durations_are_rounded)
{
	const struct sample *sample = &durations[_i];
	char buf[NSTIME_BUFSIZE];
	const size_t len = nstime_format_duration(buf, sample->num,
	    sample->digits);

	ck_assert_str_eq(buf, sample->text);
	ck_assert_uint_eq(len, strlen(sample->text));
}
END_TEST

static const struct sample ratios[] = {
	{ 1194, 32, 6, "37.312500" },
	{ 1, 3, 6, "0.333333" },
	{ 2, 3, 6, "0.666667" },
	{ 2, 3, 0, "1" },
	{ 1, 2, 0, "1" },
	{ -1, 2, 0, "-1" },
	{ -1, 3, 6, "-0.333333" },
	{ -1, INT64_MAX, 9, "0.000000000" },
	{ 9999999, 10000000, 6, "1.000000" },
	{ 9999994, 10000000, 6, "0.999999" },
	{ INT64_MAX, 1, 9, "9223372036854775807.000000000" },
	{ INT64_MIN, 1, 9, "-9223372036854775808.000000000" },
	{ INT64_MAX, INT64_MAX, 9, "1.000000000" },
	/* The rest times ten does not fit 64 bits. */
	{ INT64_MAX - 1, INT64_MAX, 9, "1.000000000" },
	{ INT64_C(4611686018427387904), INT64_MAX, 9, "0.500000000" },
	{ INT64_C(3074457345618258602), INT64_MAX, 9, "0.333333333" },
	{ INT64_C(6148914691236517204), INT64_MAX, 9, "0.666666667" }
};

START_TEST(ratios_are_exact)
{
	const struct sample *sample = &ratios[_i];
	char buf[NSTIME_BUFSIZE];
	const size_t len = nstime_format_ratio(buf, sample->num, sample->den,
	    sample->digits);

	ck_assert_str_eq(buf, sample->text);
	ck_assert_uint_eq(len, strlen(sample->text));
}
END_TEST

START_TEST(the_mean_is_the_nearest_whole_number)
{
	ck_assert_int_eq(nstime_mean(10, 4), 3);
	ck_assert_int_eq(nstime_mean(9, 4), 2);
	ck_assert_int_eq(nstime_mean(-10, 4), -3);
	ck_assert_int_eq(nstime_mean(-9, 4), -2);
	ck_assert_int_eq(nstime_mean(0, 7), 0);
	ck_assert_int_eq(nstime_mean(INT64_MAX, 1), INT64_MAX);
	ck_assert_int_eq(nstime_mean(INT64_MIN, 1), INT64_MIN);
	ck_assert_int_eq(nstime_mean(INT64_MAX, INT64_MAX), 1);
	ck_assert_int_eq(nstime_mean(INT64_MIN, INT64_MAX), -1);
}
END_TEST

START_TEST(seconds_and_nanoseconds_make_an_instant)
{
	ck_assert_int_eq(nstime_from(1, 5), NS_PER_SEC + 5);
	ck_assert_int_eq(nstime_from(-1, 5), -NS_PER_SEC + 5);
	ck_assert_int_eq(nstime_from(0, -1), -1);
	/* More than a second of fraction, as damaged captures have. */
	ck_assert_int_eq(nstime_from(1, 2 * NS_PER_SEC + 7),
	    3 * NS_PER_SEC + 7);
	ck_assert_int_eq(nstime_from(0, INT64_MAX), INT64_MAX);
	ck_assert_int_eq(nstime_from(0, INT64_MIN), INT64_MIN);
}
END_TEST

START_TEST(instants_beyond_the_range_saturate)
{
	ck_assert_int_eq(nstime_from(INT64_MAX, 0), INT64_MAX);
	ck_assert_int_eq(nstime_from(INT64_MAX, INT64_MAX), INT64_MAX);
	ck_assert_int_eq(nstime_from(INT64_MIN, 0), INT64_MIN);
	ck_assert_int_eq(nstime_from(INT64_MIN, INT64_MIN), INT64_MIN);
	ck_assert_int_eq(nstime_from(9223372036, 854775807), INT64_MAX);
	ck_assert_int_eq(nstime_from(9223372036, 854775806), INT64_MAX - 1);
	ck_assert_int_eq(nstime_from(9223372036, 854775808), INT64_MAX);
	ck_assert_int_eq(nstime_from(9223372037, 0), INT64_MAX);
	ck_assert_int_eq(nstime_from(9223372037, -145224193), INT64_MAX);
	ck_assert_int_eq(nstime_from(9223372037, -145224194), INT64_MAX - 1);
	ck_assert_int_eq(nstime_from(-9223372036, -854775808), INT64_MIN);
	ck_assert_int_eq(nstime_from(-9223372037, 145224193), INT64_MIN + 1);
	ck_assert_int_eq(nstime_from(-9223372037, 145224191), INT64_MIN);
	ck_assert_int_eq(nstime_from(-9223372038, 0), INT64_MIN);
}
END_TEST

START_TEST(differences_saturate)
{
	ck_assert_int_eq(nstime_diff(5, 3), 2);
	ck_assert_int_eq(nstime_diff(3, 5), -2);
	ck_assert_int_eq(nstime_diff(INT64_MAX, -1), INT64_MAX);
	ck_assert_int_eq(nstime_diff(INT64_MIN, 1), INT64_MIN);
	ck_assert_int_eq(nstime_diff(0, INT64_MIN), INT64_MAX);
	ck_assert_int_eq(nstime_diff(-1, INT64_MIN), INT64_MAX);
	ck_assert_int_eq(nstime_diff(INT64_MIN, INT64_MIN), 0);
	ck_assert_int_eq(nstime_distance(3, 5), 2);
	ck_assert_int_eq(nstime_distance(5, 3), 2);
	ck_assert_int_eq(nstime_distance(INT64_MIN, INT64_MAX), INT64_MAX);
	ck_assert_int_eq(nstime_distance(1, INT64_MIN), INT64_MAX);
}
END_TEST

START_TEST(sums_carry_into_their_upper_half)
{
	struct sum sum = { .low = 0 };
	char buf[NSTIME_BUFSIZE];
	uint64_t rest;

	for (int i = 0; i < 3; i++)
		sum_add(&sum, UINT64_MAX);
	sum_add(&sum, 4);
	ck_assert_uint_eq(sum.high, 3);
	ck_assert_uint_eq(sum.low, 1);
	/* 3 * 2^64 + 1 by 4 and by 7 */
	ck_assert_uint_eq(sum_divide(&sum, 4, &rest),
	    UINT64_C(13835058055282163712));
	ck_assert_uint_eq(rest, 1);
	ck_assert_uint_eq(sum_divide(&sum, 7, &rest),
	    UINT64_C(7905747460161236407));
	ck_assert_uint_eq(rest, 0);
	sum_format_ratio(buf, &sum, 4, 6);
	ck_assert_str_eq(buf, "13835058055282163712.250000");
	/* A quotient that does not fit. */
	ck_assert_uint_eq(sum_divide(&sum, 3, &rest), UINT64_MAX);
	ck_assert_uint_eq(rest, 0);
}
END_TEST

START_TEST(means_of_sums_are_those_of_the_known_trace)
{
	struct sum sum = { .low = 0 };
	char buf[NSTIME_BUFSIZE];

	sum_add(&sum, 18241554);
	ck_assert_uint_eq(sum_format_ratio(buf, &sum, 1194, 6), 12);
	ck_assert_str_eq(buf, "15277.683417");
	sum = (struct sum){ .low = 0 };
	ck_assert_uint_eq(sum_format_ratio(buf, &sum, 1, 0), 1);
	ck_assert_str_eq(buf, "0");
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("nstime");
	TCase *tc = tcase_create("nstime");
	TCase *sums = tcase_create("sum");

	tcase_add_loop_test(tc, instants_are_cut, 0,
	    (int)ARRAY_LEN(instants));
	tcase_add_loop_test(tc, durations_are_rounded, 0,
	    (int)ARRAY_LEN(durations));
	tcase_add_loop_test(tc, every_number_of_decimals_is_right, 0, 10);
	tcase_add_loop_test(tc, ratios_are_exact, 0, (int)ARRAY_LEN(ratios));
	tcase_add_test(tc, the_mean_is_the_nearest_whole_number);
	tcase_add_test(tc, seconds_and_nanoseconds_make_an_instant);
	tcase_add_test(tc, instants_beyond_the_range_saturate);
	tcase_add_test(tc, differences_saturate);
	suite_add_tcase(s, tc);
	tcase_add_test(sums, sums_carry_into_their_upper_half);
	tcase_add_test(sums, means_of_sums_are_those_of_the_known_trace);
	suite_add_tcase(s, sums);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
