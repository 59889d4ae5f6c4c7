/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every test leaves the core's memory as it found it: a case made with
 * leaks_tcase() fails in its teardown otherwise.
 */
#ifndef TCPSTATES_TESTS_LEAKS_H
#define TCPSTATES_TESTS_LEAKS_H

#include <check.h>
#include <stdint.h>

#include "base/pool.h"

static uint64_t leaks_before;

static void
leaks_setup(void)
{
	leaks_before = mem_outstanding();
}

static void
leaks_teardown(void)
{
	mem_fail_after(0);
	ck_assert_uint_eq(mem_outstanding(), leaks_before);
}

static inline TCase *
leaks_tcase(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, leaks_setup, leaks_teardown);
	suite_add_tcase(suite, tcase);
	return tcase;
}

#endif
