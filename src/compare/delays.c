/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/delays.h"

#include <string.h>

#include "base/buckets.h"
#include "base/pool.h"

/* Buckets by which a histogram grows: a cache line. */
#define STEP		16U

/* ---- the histogram ---- */

/* Make it span `bucket`, in whole steps. */
static bool
span_bucket(struct delays *d, unsigned bucket)
{
	const unsigned step = bucket / STEP * STEP;
	const unsigned room = d->many.room;
	const unsigned old = room > 0 ? d->many.first : step;
	const unsigned first = step < old ? step : old;
	const unsigned end = step + STEP > old + room ? step + STEP :
	    old + room;
	uint32_t *grown = mem_zalloc((end - first) * sizeof(*grown));

	if (grown == NULL)
		return false;
	if (room > 0)
		memcpy(grown + (old - first), d->many.counts,
		    room * sizeof(*grown));
	mem_free(d->many.counts);
	d->many.counts = grown;
	d->many.first = (uint16_t)first;
	d->many.room = (uint16_t)(end - first);
	return true;
}

static bool
count_delay(struct delays *d, int64_t ns)
{
	const unsigned bucket = buckets_find(ns, DELAYS_SUB_BITS);
	uint32_t *count;

	if (UNLIKELY(bucket < d->many.first ||
	    bucket >= (unsigned)d->many.first + d->many.room) &&
	    !span_bucket(d, bucket))
		return false;
	count = &d->many.counts[bucket - d->many.first];
	*count += *count < UINT32_MAX;
	return true;
}

/* In order, so that quantiles of a few delays are exact. */
static void
keep_few(struct delays *d, int64_t ns)
{
	unsigned at = (unsigned)d->count;

	for (; at > 0 && d->few[at - 1] > ns; at--)
		d->few[at] = d->few[at - 1];
	d->few[at] = ns;
}

static bool
begin_histogram(struct delays *d)
{
	int64_t few[DELAYS_FEW];
	bool is_counted = true;

	memcpy(few, d->few, sizeof(few));
	memset(&d->few, 0, sizeof(d->few));
	for (unsigned i = 0; i < DELAYS_FEW; i++)
		is_counted &= count_delay(d, few[i]);
	return is_counted;
}

bool
delays_add(struct delays *d, int64_t ns)
{
	bool is_counted = true;

	if (ns < 0)
		return true;
	if (d->count == 0 || ns < d->min)
		d->min = ns;
	if (d->count == 0 || ns > d->max)
		d->max = ns;
	if (d->count < DELAYS_FEW) {
		keep_few(d, ns);
	} else {
		if (d->count == DELAYS_FEW)
			is_counted = begin_histogram(d);
		is_counted &= count_delay(d, ns);
	}
	d->count++;
	return is_counted;
}

int64_t
delays_quantile(const struct delays *d, unsigned permille)
{
	if (d->count == 0)
		return -1;
	/* The smallest delay that is a quantile of the sorted ones. */
	if (d->count <= DELAYS_FEW)
		return d->few[(d->count * permille + 999) / 1000 -
		    (permille > 0)];
	return buckets_quantile(d->many.counts, d->many.first, d->many.room,
	    DELAYS_SUB_BITS, permille, d->min, d->max);
}

void
delays_fini(struct delays *d)
{
	if (d->count > DELAYS_FEW)
		mem_free(d->many.counts);
	*d = (struct delays){ .count = 0 };
}
