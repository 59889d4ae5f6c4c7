/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ck_assert() for loops of millions: Check's own writes to a file each time
 * it is passed.
 */
#ifndef TCPSTATES_TESTS_HOLD_H
#define TCPSTATES_TESTS_HOLD_H

#include <check.h>

#define HOLD(condition)	do {						\
	if (!(condition))						\
		ck_abort_msg("does not hold: %s", #condition);		\
} while (0)

#endif
