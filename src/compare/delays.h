/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One-way delays of one direction: count, extremes, and quantiles.  The first
 * DELAYS_FEW are kept as they are, further ones in a histogram that spans
 * only the buckets in use: delays of one path lie close together, so that it
 * mostly takes less than a cache line.
 */
#ifndef TCPSTATES_COMPARE_DELAYS_H
#define TCPSTATES_COMPARE_DELAYS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

#define DELAYS_FEW	6
/*
 * Each power of two is cut into 64 buckets (base/buckets.h): the middle of a
 * bucket is wrong by less than 1 %.
 */
#define DELAYS_SUB_BITS	6

/* Zeroed is empty. */
struct delays {
	uint64_t count;
	int64_t min;		/* ns */
	int64_t max;
	union {
		int64_t few[DELAYS_FEW];	/* sorted */
		struct {
			uint32_t *counts;	/* NULL: no memory */
			uint16_t first;	/* bucket of counts[0] */
			uint16_t room;
		} many;		/* of all, once there are more */
	};
};

/*
 * Add a delay; a negative one, which is an error of the clocks, is left out.
 * False: out of memory for quantiles, all else is right.
 */
bool delays_add(struct delays *, int64_t ns);

/* A quantile in thousandths (500 = median), ns; -1 when it is empty. */
int64_t delays_quantile(const struct delays *, unsigned permille);

/* Fetch what the next delay will write. */
static inline void
delays_prefetch(const struct delays *delays)
{
	if (delays->count > DELAYS_FEW)
		PREFETCH(delays->many.counts);
}

void delays_fini(struct delays *);

#endif
