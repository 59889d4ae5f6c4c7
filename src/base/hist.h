/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Quantiles in bounded memory: a log-linear histogram of durations.
 *
 * Each power of two is cut into eight equal buckets (base/buckets.h), so that a
 * quantile is wrong by less than 1/16 of itself.
 */
#ifndef TCPSTATES_BASE_HIST_H
#define TCPSTATES_BASE_HIST_H

#include <stdint.h>

#include "base/buckets.h"
#include "base/compiler.h"

#define HIST_SUB_BITS	3	/* eight buckets per power of two */
#define HIST_BUCKETS	BUCKETS_COUNT(HIST_SUB_BITS)

struct hist {
	uint32_t count[HIST_BUCKETS];	/* values, saturating */
};

/* Return the bucket of the value, for hist_prefetch(). */
unsigned hist_add(struct hist *, int64_t ns);

/* Fetch the bucket into which the next value is likely to fall. */
static inline void
hist_prefetch(const struct hist *hist, unsigned bucket)
{
	PREFETCH(&hist->count[bucket]);
}

/*
 * The value below which `permille` thousandths of the values lie, as the
 * middle of its bucket.  `min` and `max` are the exact minimum and maximum,
 * which the caller has kept.  0 when the histogram is empty.
 */
int64_t hist_quantile(const struct hist *, unsigned permille, int64_t min,
    int64_t max);

#endif
