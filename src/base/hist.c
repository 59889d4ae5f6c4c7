/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/hist.h"

#define SUB_BITS	3	/* HIST_SUB is a power of two */

_Static_assert(1 << SUB_BITS == HIST_SUB, "buckets a power of two");

static unsigned
bucket_of(int64_t ns)
{
	unsigned bit, sub;

	if (ns < INT64_C(1) << HIST_MIN_BITS)
		return 0;
	if (ns >= INT64_C(1) << HIST_MAX_BITS)
		return HIST_BUCKETS - 1;
	bit = HIGHEST_BIT((uint64_t)ns);
	sub = (unsigned)(ns >> (bit - SUB_BITS)) & (HIST_SUB - 1);
	return 1 + (bit - HIST_MIN_BITS) * HIST_SUB + sub;
}

static int64_t
middle_of(unsigned bucket)
{
	unsigned bit;
	int64_t width;

	if (bucket == 0)
		return INT64_C(1) << (HIST_MIN_BITS - 1);
	if (bucket == HIST_BUCKETS - 1)
		return INT64_MAX;	/* no middle: the caller's maximum */
	bit = HIST_MIN_BITS + (bucket - 1) / HIST_SUB;
	width = INT64_C(1) << (bit - SUB_BITS);
	return (INT64_C(1) << bit) + (bucket - 1) % HIST_SUB * width +
	    width / 2;
}

unsigned
hist_add(struct hist *hist, int64_t ns)
{
	const unsigned bucket = bucket_of(ns);

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
	const unsigned last = bucket_of(max);
	unsigned bucket = bucket_of(min);
	uint64_t total = 0;
	uint64_t rank, seen;
	int64_t middle;

	for (unsigned i = bucket; i <= last; i++)
		total += hist->count[i];
	if (total == 0)
		return 0;
	rank = (total * permille + 999) / 1000;
	/* The first and the last are known exactly. */
	if (rank <= 1)
		return min;
	if (rank >= total)
		return max;
	seen = hist->count[bucket];
	while (seen < rank)
		seen += hist->count[++bucket];
	middle = middle_of(bucket);
	if (middle < min)
		return min;
	return middle > max ? max : middle;
}
