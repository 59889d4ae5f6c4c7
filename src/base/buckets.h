/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Log-linear buckets of durations, for histograms with a bounded relative
 * error.
 *
 * Values below 2^10 ns share bucket 0; each further power of two, up to
 * 2^42 ns (73 minutes), is cut into 2^sub_bits equal buckets.  Longer ones
 * share the last bucket.
 */
#ifndef TCPSTATES_BASE_BUCKETS_H
#define TCPSTATES_BASE_BUCKETS_H

#include <stdint.h>

#include "base/compiler.h"

#define BUCKETS_MIN_BITS	10U
#define BUCKETS_MAX_BITS	42U
#define BUCKETS_COUNT(sub_bits)	\
	(1U + ((BUCKETS_MAX_BITS - BUCKETS_MIN_BITS) << (sub_bits)) + 1U)

/* Inline, so that `sub_bits` is a constant. */
static inline unsigned
buckets_find(int64_t ns, unsigned sub_bits)
{
	unsigned bit, sub;

	if (ns < INT64_C(1) << BUCKETS_MIN_BITS)
		return 0;
	if (ns >= INT64_C(1) << BUCKETS_MAX_BITS)
		return BUCKETS_COUNT(sub_bits) - 1;
	bit = HIGHEST_BIT((uint64_t)ns);
	sub = (unsigned)(ns >> (bit - sub_bits)) & ((1U << sub_bits) - 1);
	return 1 + ((bit - BUCKETS_MIN_BITS) << sub_bits) + sub;
}

/*
 * The value below which `permille` thousandths of the values lie, as the
 * middle of its bucket.  counts[0] is that of bucket `first`; `min` and `max`
 * are the exact minimum and maximum.  -1 when all of the `room` counts are 0.
 */
int64_t buckets_quantile(const uint32_t *counts, unsigned first, unsigned room,
    unsigned sub_bits, unsigned permille, int64_t min, int64_t max);

#endif
