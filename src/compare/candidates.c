/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/candidates.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/pool.h"
#include "compare/sketch.h"

static int
compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a;
	const struct candidate *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	if (x->point != y->point)
		return x->point < y->point ? -1 : 1;
	return (x->item > y->item) - (x->item < y->item);
}

/* A power of two, so that most buckets hold the two of one connection. */
static size_t
bucket_count(size_t count)
{
	size_t buckets = 1;

	while (buckets < count)
		buckets *= 2;
	return buckets;
}

static size_t
bucket_of(const struct candidate *c, size_t buckets)
{
	return (size_t)sketch_mix(c->key) & (buckets - 1);
}

/* Where each bucket begins, in ends[]; distribute() moves them to its end. */
static void
find_begins(size_t *ends, size_t buckets, const struct candidate *from,
    size_t count)
{
	size_t begin = 0;

	for (size_t i = 0; i < count; i++)
		ends[bucket_of(&from[i], buckets)]++;
	for (size_t i = 0; i < buckets; i++) {
		const size_t in_bucket = ends[i];

		ends[i] = begin;
		begin += in_bucket;
	}
}

static void
distribute(struct candidate *into, size_t *ends, size_t buckets,
    const struct candidate *from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		into[ends[bucket_of(&from[i], buckets)]++] = from[i];
}

/* Two are in order already, or they are swapped. */
static void
sort_bucket(struct candidate *c, size_t count)
{
	if (count > 2) {
		qsort(c, count, sizeof(*c), compare_candidates);
	} else if (count == 2 && compare_candidates(&c[0], &c[1]) > 0) {
		const struct candidate first = c[1];

		c[1] = c[0];
		c[0] = first;
	}
}

int
candidates_group(struct candidate *into, const struct candidate *from,
    size_t count)
{
	const size_t buckets = bucket_count(count);
	size_t *ends = mem_zalloc(buckets * sizeof(*ends));
	size_t begin = 0;

	if (ends == NULL)
		return -ERR_NOMEM;
	find_begins(ends, buckets, from, count);
	distribute(into, ends, buckets, from, count);
	for (size_t i = 0; i < buckets; i++) {
		sort_bucket(into + begin, ends[i] - begin);
		begin = ends[i];
	}
	mem_free(ends);
	return 0;
}
