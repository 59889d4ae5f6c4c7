/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock for deadlines and progress, not for frames.
 */
#ifndef TCPSTATES_CAPTURE_CLOCK_H
#define TCPSTATES_CAPTURE_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "base/nstime.h"

/* Nanoseconds of the monotonic clock. */
static inline int64_t
clock_now(void)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return nstime_from(now.tv_sec, now.tv_nsec);
}

#endif
