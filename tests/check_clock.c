/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The time of a live capture goes on without frames, and a clock that leaps
 * is distinguished from late frames.
 */
#include "config.h"

#include <check.h>

#include "base/nstime.h"
#include "check_main.h"
#include "cli/clock.h"

#define S(n)	((n) * NS_PER_SEC)

static struct capture_clock clock;

static void
setup(void)
{
	capture_clock_init(&clock);
}

START_TEST(time_goes_on_from_the_last_frame)
{
	const int64_t start = capture_clock_at(&clock, S(5));

	ck_assert_int_eq(capture_clock_at(&clock, S(8)), start + S(3));
	capture_clock_note(&clock, S(1000));
	capture_clock_note(&clock, S(1001));
	ck_assert_int_eq(capture_clock_at(&clock, S(9)), S(1001));
	ck_assert_int_eq(capture_clock_at(&clock, S(12)), S(1004));
	capture_clock_note(&clock, S(1002));
	ck_assert_int_eq(capture_clock_at(&clock, S(13)), S(1002));
}
END_TEST

START_TEST(frames_that_come_late_are_no_leap)
{
	capture_clock_note(&clock, S(1000));
	capture_clock_at(&clock, S(10));
	/* The program was stopped, and then catches up. */
	capture_clock_note(&clock, S(1001));
	capture_clock_at(&clock, S(60));
	capture_clock_note(&clock, S(1030));
	capture_clock_at(&clock, S(60));
	capture_clock_note(&clock, S(1050));
	capture_clock_at(&clock, S(60));
	/* Silence. */
	capture_clock_note(&clock, S(5000));
	capture_clock_at(&clock, S(4010));
	ck_assert_uint_eq(clock.leaps, 0);
}
END_TEST

START_TEST(each_leap_is_counted_once)
{
	capture_clock_note(&clock, S(1000));
	capture_clock_at(&clock, S(10));
	capture_clock_note(&clock, S(1004));	/* three seconds too far */
	capture_clock_at(&clock, S(11));
	ck_assert_uint_eq(clock.leaps, 1);
	capture_clock_note(&clock, S(1006));
	capture_clock_at(&clock, S(13));
	ck_assert_uint_eq(clock.leaps, 1);
	capture_clock_note(&clock, S(9000));
	capture_clock_at(&clock, S(14));
	ck_assert_uint_eq(clock.leaps, 2);
}
END_TEST

/* Its own clock, whatever ours says. */
START_TEST(first_frame_is_no_leap)
{
	capture_clock_at(&clock, S(10));
	capture_clock_note(&clock, INT64_MAX - 1);
	ck_assert_int_eq(capture_clock_at(&clock, S(11)), INT64_MAX - 1);
	ck_assert_int_eq(capture_clock_at(&clock, S(12)), INT64_MAX);
	capture_clock_note(&clock, INT64_MIN);
	ck_assert_int_eq(capture_clock_at(&clock, S(13)), INT64_MIN);
	ck_assert_uint_eq(clock.leaps, 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("clock");
	TCase *c = tcase_create("clock");

	tcase_add_checked_fixture(c, setup, NULL);
	tcase_add_test(c, time_goes_on_from_the_last_frame);
	tcase_add_test(c, frames_that_come_late_are_no_leap);
	tcase_add_test(c, each_leap_is_counted_once);
	tcase_add_test(c, first_frame_is_no_leap);
	suite_add_tcase(s, c);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
