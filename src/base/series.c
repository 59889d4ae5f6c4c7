/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/series.h"

#include "base/nstime.h"
#include "base/pool.h"

/* Insert in order, so that quantiles of a short series are exact. */
static void
keep_few(struct series *series, int64_t ns)
{
	unsigned at = (unsigned)series->count;

	for (; at > 0 && series->few[at - 1] > ns; at--)
		series->few[at] = series->few[at - 1];
	series->few[at] = ns;
}

/* Most connections never get here: a histogram takes a kibibyte. */
static bool
keep_many(struct series *series, int64_t ns)
{
	if (series->count == SERIES_FEW) {
		series->hist = mem_zalloc(sizeof(*series->hist));
		for (unsigned i = 0; i < SERIES_FEW &&
		    series->hist != NULL; i++)
			hist_add(series->hist, series->few[i]);
	}
	if (series->hist == NULL)
		return false;
	series->bucket = hist_add(series->hist, ns);
	return true;
}

bool
series_add(struct series *series, int64_t ns)
{
	bool is_kept = true;

	if (ns < 0)
		return true;
	if (series->count == 0 || ns < series->min)
		series->min = ns;
	if (series->count == 0 || ns > series->max)
		series->max = ns;
	if (series->count < SERIES_FEW)
		keep_few(series, ns);
	else
		is_kept = keep_many(series, ns);
	series->count++;
	series->sum = nstime_add(series->sum, ns);
	return is_kept;
}

int64_t
series_mean(const struct series *series)
{
	if (series->count == 0)
		return -1;
	return nstime_mean(series->sum, (int64_t)series->count);
}

int64_t
series_quantile(const struct series *series, unsigned permille)
{
	if (series->count == 0)
		return -1;
	/* The smallest sample that is a quantile of the sorted ones. */
	if (series->count <= SERIES_FEW)
		return series->few[(series->count * permille + 999) / 1000 -
		    (permille > 0)];
	if (series->hist == NULL)
		return -1;
	return hist_quantile(series->hist, permille, series->min, series->max);
}

void
series_fini(struct series *series)
{
	mem_free(series->hist);
	series->hist = NULL;
}
