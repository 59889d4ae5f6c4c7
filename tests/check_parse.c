/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>
#include <inttypes.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "cli/parse.h"
#include "check_main.h"

#define UNTOUCHED	77

static const struct {
	const char *text;
	int64_t ns;
} times[] = {
	{ "0", 0 },
	{ "90", 90 * NS_PER_SEC },
	{ "1.5", 1500 * NS_PER_MS },
	{ "1.5s", 1500 * NS_PER_MS },
	{ "200ms", 200 * NS_PER_MS },
	{ "1us", NS_PER_US },
	{ "7ns", 7 },
	{ "0.5us", 500 },
	{ "1h30m", 5400 * NS_PER_SEC },
	{ "2d", 172800 * NS_PER_SEC },
	{ "1m1", 61 * NS_PER_SEC },
	{ "0.25h", 900 * NS_PER_SEC },
	{ "0.0000000019", 1 },	/* what is finer than a nanosecond is cut */
	{ "1.s", NS_PER_SEC },
};

START_TEST(time_is_a_sum_of_numbers_with_units)
{
	int64_t ns = UNTOUCHED;

	ck_assert_ptr_null(parse_time(times[_i].text, &ns));
	ck_assert_int_eq(ns, times[_i].ns);
}
END_TEST

static const char *const no_times[] = {
	"", "s", "soon", "-1", "+1", " 1", "1 s", "1x", "1hh", "1h30x", ".5",
	"1..5", "1,5", "99999999999999999999", "9223372036855", "106752d",
	"0x10",
};

START_TEST(other_text_is_no_time_and_leaves_the_result_alone)
{
	int64_t ns = UNTOUCHED;

	ck_assert_ptr_nonnull(parse_time(no_times[_i], &ns));
	ck_assert_int_eq(ns, UNTOUCHED);
}
END_TEST

static const struct {
	const char *text;
	uint64_t size;
} sizes[] = {
	{ "0", 0 },
	{ "64", 64 * 1024 },
	{ "64k", 64 * 1024 },
	{ "64K", 64 * 1024 },
	{ "64M", UINT64_C(64) << 20 },
	{ "2g", UINT64_C(2) << 30 },
	{ "17179869183G", UINT64_C(17179869183) << 30 },
};

START_TEST(size_has_a_suffix_or_counts_the_given_unit)
{
	uint64_t size = UNTOUCHED;

	ck_assert_ptr_null(parse_size(sizes[_i].text, 1024, &size));
	ck_assert_uint_eq(size, sizes[_i].size);
}
END_TEST

static const char *const no_sizes[] = {
	"", "K", "-1", "1T", "1KB", "1.5M", "17179869184G",
	"18446744073709551616", " 1",
};

START_TEST(other_text_is_no_size_and_leaves_the_result_alone)
{
	uint64_t size = UNTOUCHED;

	ck_assert_ptr_nonnull(parse_size(no_sizes[_i], 1024, &size));
	ck_assert_uint_eq(size, UNTOUCHED);
}
END_TEST

START_TEST(number_goes_up_to_its_limit)
{
	uint64_t number = UNTOUCHED;

	ck_assert_ptr_null(parse_number("18446744073709551615", UINT64_MAX,
	    &number));
	ck_assert_uint_eq(number, UINT64_MAX);
	ck_assert_ptr_null(parse_number("262144", 262144, &number));
	ck_assert_uint_eq(number, 262144);
	ck_assert_str_eq(parse_number("262145", 262144, &number),
	    "is too large");
	ck_assert_str_eq(parse_number("18446744073709551616", UINT64_MAX,
	    &number), "is too large");
	ck_assert_str_eq(parse_number("12x", UINT64_MAX, &number),
	    "is not a number");
	ck_assert_str_eq(parse_number("", UINT64_MAX, &number),
	    "is not a number");
	ck_assert_uint_eq(number, 262144);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("parse");
	TCase *t = tcase_create("numbers");

	tcase_add_loop_test(t, time_is_a_sum_of_numbers_with_units, 0,
	    (int)ARRAY_LEN(times));
	tcase_add_loop_test(t,
	    other_text_is_no_time_and_leaves_the_result_alone, 0,
	    (int)ARRAY_LEN(no_times));
	tcase_add_loop_test(t, size_has_a_suffix_or_counts_the_given_unit, 0,
	    (int)ARRAY_LEN(sizes));
	tcase_add_loop_test(t,
	    other_text_is_no_size_and_leaves_the_result_alone, 0,
	    (int)ARRAY_LEN(no_sizes));
	tcase_add_test(t, number_goes_up_to_its_limit);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
