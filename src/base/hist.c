/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/hist.h"

unsigned
hist_add(struct hist *hist, int64_t ns)
{
	const unsigned bucket = buckets_find(ns, HIST_SUB_BITS);

	if (hist->count[bucket] < UINT32_MAX)
		hist->count[bucket]++;
	return bucket;
}

/*
 * Look only at the buckets between the minimum and the maximum: in a series
 * of round-trip times these are few.
 */
int64_t
hist_quantile(const struct hist *hist, unsigned permille, int64_t min,
    int64_t max)
{
	const unsigned first = buckets_find(min, HIST_SUB_BITS);
	const unsigned last = buckets_find(max, HIST_SUB_BITS);
	int64_t quantile;

	if (last < first)
		return 0;
	quantile = buckets_quantile(&hist->count[first], first,
	    last - first + 1, HIST_SUB_BITS, permille, min, max);
	return quantile < 0 ? 0 : quantile;
}
