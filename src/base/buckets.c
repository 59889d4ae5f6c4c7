/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/buckets.h"

static int64_t
middle_of(unsigned bucket, unsigned sub_bits)
{
	unsigned bit;
	int64_t width;

	if (bucket == 0)
		return INT64_C(1) << (BUCKETS_MIN_BITS - 1);
	if (bucket == BUCKETS_COUNT(sub_bits) - 1)
		return INT64_MAX;	/* no middle: the maximum bounds it */
	bit = BUCKETS_MIN_BITS + ((bucket - 1) >> sub_bits);
	width = INT64_C(1) << (bit - sub_bits);
	return (INT64_C(1) << bit) + ((bucket - 1) & ((1U << sub_bits) - 1)) *
	    width + width / 2;
}

int64_t
buckets_quantile(const uint32_t *counts, unsigned first, unsigned room,
    unsigned sub_bits, unsigned permille, int64_t min, int64_t max)
{
	uint64_t total = 0, rank, seen;
	int64_t middle;
	unsigned at = 0;

	for (unsigned i = 0; i < room; i++)
		total += counts[i];
	if (total == 0)
		return -1;
	rank = (total * permille + 999) / 1000;
	/* The first and the last are known exactly. */
	if (rank <= 1)
		return min;
	if (rank >= total)
		return max;
	seen = counts[0];
	while (seen < rank)
		seen += counts[++at];
	middle = middle_of(first + at, sub_bits);
	if (middle < min)
		return min;
	return middle > max ? max : middle;
}
