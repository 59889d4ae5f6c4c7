/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Durations of one kind in little memory: count, least, greatest, and
 * quantiles from 64 buckets, two for each power of two from 1 us to 4,000 s,
 * interpolated: right to the bucket, so at most 50 % off.  One or two values are
 * exact, and take none.
 */
#ifndef TCPSTATES_DIAGNOSIS_SPANS_H
#define TCPSTATES_DIAGNOSIS_SPANS_H

#include <stdint.h>

#define SPANS_BUCKETS	64

/* Zeroed is empty. */
struct spans {
	uint32_t count;
	uint8_t shift;		/* a unit of the buckets is 1 << shift values */
	int64_t min;		/* ns */
	int64_t max;		/* ns */
	uint64_t max_frame;	/* where the greatest ended */
	uint16_t *bucket;	/* SPANS_BUCKETS, in units; or NULL */
};

/* Add one that ended in `frame`; negative ones count as zero. */
void spans_add(struct spans *, int64_t ns, uint64_t frame);

/* Add all of another's. */
void spans_merge(struct spans *, const struct spans *more);

/* In thousandths (500: the median), ns; -1 when empty. */
int64_t spans_quantile(const struct spans *, unsigned permille);

void spans_fini(struct spans *);

#endif
