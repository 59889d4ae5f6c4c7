/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The time of a live capture goes on without frames, and a clock that leaps
 * is told from frames that come late.
 */
#include "config.h"

#include <check.h>

#include "base/nstime.h"
#include "check_main.h"
#include "cli/clock.h"

#define S(n)	((n) * NS_PER_SEC)

static struct capture_clock moment;

static void
setup(void)
{
	moment_init(&moment);
}

START_TEST(time_goes_on_from_the_last_frame)
{
	const int64_t start = moment_at(&moment, S(5));

	ck_assert_int_eq(moment_at(&moment, S(8)), start + S(3));
	moment_note(&moment, S(1000));
	moment_note(&moment, S(1001));
	ck_assert_int_eq(moment_at(&moment, S(9)), S(1001));
	ck_assert_int_eq(moment_at(&moment, S(12)), S(1004));
	moment_note(&moment, S(1002));
	ck_assert_int_eq(moment_at(&moment, S(13)), S(1002));
}
END_TEST

START_TEST(frames_that_come_late_are_no_leap)
{
	moment_note(&moment, S(1000));
	moment_at(&moment, S(10));
	/* The program was stopped, and then catches up. */
	moment_note(&moment, S(1001));
	moment_at(&moment, S(60));
	moment_note(&moment, S(1030));
	moment_at(&moment, S(60));
	moment_note(&moment, S(1050));
	moment_at(&moment, S(60));
	/* Silence. */
	moment_note(&moment, S(5000));
	moment_at(&moment, S(4010));
	ck_assert_uint_eq(moment.leaps, 0);
}
END_TEST

START_TEST(each_leap_is_counted_once)
{
	moment_note(&moment, S(1000));
	moment_at(&moment, S(10));
	moment_note(&moment, S(1004));	/* three seconds too far */
	moment_at(&moment, S(11));
	ck_assert_uint_eq(moment.leaps, 1);
	moment_note(&moment, S(1006));
	moment_at(&moment, S(13));
	ck_assert_uint_eq(moment.leaps, 1);
	moment_note(&moment, S(9000));
	moment_at(&moment, S(14));
	ck_assert_uint_eq(moment.leaps, 2);
}
END_TEST

/* Its own clock, whatever ours says. */
START_TEST(first_frame_is_no_leap)
{
	moment_at(&moment, S(10));
	moment_note(&moment, INT64_MAX - 1);
	ck_assert_int_eq(moment_at(&moment, S(11)), INT64_MAX - 1);
	ck_assert_int_eq(moment_at(&moment, S(12)), INT64_MAX);
	moment_note(&moment, INT64_MIN);
	ck_assert_int_eq(moment_at(&moment, S(13)), INT64_MIN);
	ck_assert_uint_eq(moment.leaps, 0);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("moment");
	TCase *c = tcase_create("moment");

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
