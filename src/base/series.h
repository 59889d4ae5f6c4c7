/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A series of durations: count, sum, minimum, maximum, and quantiles, which
 * are exact for the first SERIES_FEW samples and within hist.h's error then.
 */
#ifndef TCPSTATES_BASE_SERIES_H
#define TCPSTATES_BASE_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hist.h"

/* Samples kept as they are, before the series takes a histogram. */
#define SERIES_FEW	6

/* Zeroed is empty. */
struct series {
	uint64_t count;
	int64_t sum;		/* ns */
	int64_t min;		/* ns */
	int64_t max;		/* ns */
	union {
		int64_t few[SERIES_FEW];	/* ns: the first samples, sorted */
		unsigned bucket;	/* of the last sample, once there are more */
	};
	struct hist *hist;	/* of all samples then; NULL: no memory */
};

/*
 * Add a duration.  A negative one (the clock went back) is left out.  False:
 * out of memory for quantiles; all else is right.
 */
bool series_add(struct series *, int64_t ns);

/* Fetch what the next sample will write. */
static inline void
series_prefetch(const struct series *series)
{
	if (series->hist != NULL)
		hist_prefetch(series->hist, series->bucket);
}

/* Mean in ns, or -1 when the series is empty. */
int64_t series_mean(const struct series *);

/* A quantile in thousandths (500 = median), ns, or -1 when it is empty. */
int64_t series_quantile(const struct series *, unsigned permille);

void series_fini(struct series *);

#endif
