/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "diagnosis/spans.h"

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/pool.h"

/* Two buckets for each power of two of microseconds. */
static unsigned
bucket_of(int64_t ns)
{
	const uint64_t us = ns > 0 ? (uint64_t)ns / (uint64_t)NS_PER_US : 0;
	unsigned bit, bucket;

	if (us < 2)
		return (unsigned)us;
	bit = HIGHEST_BIT(us);
	bucket = 2 * bit + (unsigned)(us >> (bit - 1) & 1);
	return bucket < SPANS_BUCKETS ? bucket : SPANS_BUCKETS - 1;
}

/* Where a bucket begins, ns. */
static int64_t
bucket_begin(unsigned bucket)
{
	if (bucket < 2)
		return bucket * NS_PER_US;
	return ((INT64_C(2) + (bucket & 1)) << (bucket / 2 - 1)) * NS_PER_US;
}

/* Values that are rare do not vanish. */
static void
halve_buckets(struct spans *spans)
{
	for (unsigned i = 0; i < SPANS_BUCKETS; i++)
		spans->bucket[i] = (uint16_t)((spans->bucket[i] + 1U) / 2);
	spans->shift++;
}

/* What another's bucket is in units of these, rounded up. */
static unsigned
units_of(const struct spans *spans, const struct spans *more, unsigned bucket)
{
	const unsigned shift = spans->shift - more->shift;

	return (more->bucket[bucket] + (1U << shift) - 1) >> shift;
}

/* Of values that are as many as a unit, the last one counts. */
static void
count_one(struct spans *spans, unsigned bucket)
{
	if ((spans->count & ((1U << spans->shift) - 1)) != 0)
		return;
	if (spans->bucket[bucket] == UINT16_MAX)
		halve_buckets(spans);
	spans->bucket[bucket]++;
}

static void
merge_buckets(struct spans *spans, const struct spans *more)
{
	while (spans->shift < more->shift)
		halve_buckets(spans);
	for (unsigned i = 0; i < SPANS_BUCKETS; i++) {
		while (units_of(spans, more, i) >
		    (unsigned)(UINT16_MAX - spans->bucket[i]))
			halve_buckets(spans);
		spans->bucket[i] = (uint16_t)(spans->bucket[i] +
		    units_of(spans, more, i));
	}
}

/* The third value needs buckets, and two are known without. */
static void
take_buckets(struct spans *spans)
{
	spans->bucket = mem_zalloc(SPANS_BUCKETS * sizeof(*spans->bucket));
	if (spans->bucket == NULL)
		return;
	if (spans->count > 0)
		spans->bucket[bucket_of(spans->min)]++;
	if (spans->count > 1)
		spans->bucket[bucket_of(spans->max)]++;
}

void
spans_add(struct spans *spans, int64_t ns, uint64_t frame)
{
	const int64_t value = ns > 0 ? ns : 0;

	if (spans->count == 2 && spans->bucket == NULL)
		take_buckets(spans);
	if (spans->count == 0 || value < spans->min)
		spans->min = value;
	if (spans->count == 0 || value > spans->max) {
		spans->max = value;
		spans->max_frame = frame;
	}
	if (spans->count < UINT32_MAX)
		spans->count++;
	if (spans->bucket != NULL)
		count_one(spans, bucket_of(value));
}

void
spans_merge(struct spans *spans, const struct spans *more)
{
	if (more->bucket == NULL) {
		if (more->count > 1)
			spans_add(spans, more->min, 0);
		if (more->count > 0)
			spans_add(spans, more->max, more->max_frame);
		return;
	}
	if (spans->bucket == NULL)
		take_buckets(spans);
	if (spans->count == 0 || more->min < spans->min)
		spans->min = more->min;
	if (spans->count == 0 || more->max > spans->max) {
		spans->max = more->max;
		spans->max_frame = more->max_frame;
	}
	spans->count = more->count < UINT32_MAX - spans->count ?
	    spans->count + more->count : UINT32_MAX;
	if (spans->bucket != NULL)
		merge_buckets(spans, more);
}

/* Within its bucket, by its rank there. */
static int64_t
interpolate(const struct spans *spans, unsigned bucket, uint64_t rank)
{
	const int64_t begin = bucket_begin(bucket);
	const int64_t width = bucket_begin(bucket + 1) - begin;
	const int64_t ns = begin + (int64_t)(2 * rank + 1) * (width /
	    (2 * (int64_t)spans->bucket[bucket]));

	if (ns < spans->min)
		return spans->min;
	return ns > spans->max ? spans->max : ns;
}

int64_t
spans_quantile(const struct spans *spans, unsigned permille)
{
	uint64_t total = 0, rank;

	if (spans->count == 0)
		return -1;
	if (spans->bucket == NULL)
		return permille * spans->count <= 1000 ? spans->min :
		    spans->max;
	for (unsigned i = 0; i < SPANS_BUCKETS; i++)
		total += spans->bucket[i];
	rank = total * permille / 1000;
	if (rank + 1 >= total)
		return spans->max;
	for (unsigned i = 0; i < SPANS_BUCKETS; i++) {
		if (rank < spans->bucket[i])
			return interpolate(spans, i, rank);
		rank -= spans->bucket[i];
	}
	return spans->max;
}

void
spans_fini(struct spans *spans)
{
	mem_free(spans->bucket);
	spans->bucket = NULL;
}
