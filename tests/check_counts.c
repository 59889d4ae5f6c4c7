/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>

#include "capture/counts.h"
#include "check_main.h"

START_TEST(total_goes_on_when_the_counter_runs_over)
{
	uint64_t total = 0, truth = 0;

	for (int i = 0; i < 100; i++) {
		truth += UINT32_C(0x70000000);
		counts_widen(&total, (uint32_t)truth);
		ck_assert_uint_eq(total, truth);
		counts_widen(&total, (uint32_t)truth);
		ck_assert_uint_eq(total, truth);
	}
}
END_TEST

START_TEST(all_but_one_may_pass_between_two_looks)
{
	uint64_t total = UINT32_MAX;

	counts_widen(&total, UINT32_MAX - 1);
	ck_assert_uint_eq(total, 2 * (uint64_t)UINT32_MAX);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("counts");
	TCase *t = tcase_create("widen");

	tcase_add_test(t, total_goes_on_when_the_counter_runs_over);
	tcase_add_test(t, all_but_one_may_pass_between_two_looks);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
