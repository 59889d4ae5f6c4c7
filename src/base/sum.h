/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sums that cannot overflow: 128 bits in two halves, for totals of
 * durations and windows over any number of connections, and their means.
 */
#ifndef TCPSTATES_BASE_SUM_H
#define TCPSTATES_BASE_SUM_H

#include <stddef.h>
#include <stdint.h>

#include "base/nstime.h"

/* Zeroed is zero. */
struct sum {
	uint64_t high;
	uint64_t low;
};

void sum_add(struct sum *, uint64_t);

/*
 * Whole part of sum / den and what is left; UINT64_MAX and 0 when that does
 * not fit.  0 < den <= INT64_MAX.
 */
uint64_t sum_divide(const struct sum *, uint64_t den, uint64_t *ret_rest);

/*
 * sum / den with `digits` decimals (0 to 9), rounded half up, as
 * nstime_format_ratio().  0 < den <= INT64_MAX; the whole part fits 64 bits.
 */
size_t sum_format_ratio(char buf[NSTIME_BUFSIZE], const struct sum *,
    uint64_t den, unsigned digits);

#endif
