/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Quantiles in bounded memory: a log-linear histogram of durations.
 *
 * Values below 2^10 ns share bucket 0; each further power of two, up to
 * 2^42 ns (73 minutes), is cut into eight equal buckets, so that a quantile
 * is wrong by less than 1/16 of itself.  Longer ones share the last bucket.
 */
#ifndef TCPSTATES_BASE_HIST_H
#define TCPSTATES_BASE_HIST_H

#include <stdint.h>

#include "base/compiler.h"

#define HIST_MIN_BITS	10	/* values below 2^10 ns share a bucket */
#define HIST_MAX_BITS	42	/* 2^42 ns and above share a bucket */
#define HIST_SUB	8	/* buckets a power of two */
#define HIST_BUCKETS	(1 + (HIST_MAX_BITS - HIST_MIN_BITS) * HIST_SUB + 1)

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
