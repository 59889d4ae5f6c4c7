/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every tests/check_*.c ends with:
 *
 *	int
 *	main(void)
 *	{
 *		return check_main(suite());
 *	}
 *
 * TAP on standard output for automake's driver; each case in a process of
 * its own unless CK_FORK=no says otherwise.
 */
#ifndef TCPSTATES_TESTS_CHECK_MAIN_H
#define TCPSTATES_TESTS_CHECK_MAIN_H

#include <check.h>

/* Runs the suite and frees it.  0, or 1 when a case failed. */
static inline int
check_main(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}

#endif
