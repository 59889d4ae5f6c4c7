/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow/evicted.h"

#include "base/pool.h"

struct evicted_set {
	uint64_t hashes[EVICTED_MAX];	/* indexed by its low bits */
};

struct evicted_set *
evicted_new(void)
{
	return mem_zalloc(sizeof(struct evicted_set));
}

void
evicted_free(struct evicted_set *set)
{
	mem_free(set);
}

void
evicted_add(struct evicted_set *set, uint64_t hash)
{
	set->hashes[hash & (EVICTED_MAX - 1)] = hash;
}

bool
evicted_take(struct evicted_set *set, uint64_t hash)
{
	uint64_t *at = &set->hashes[hash & (EVICTED_MAX - 1)];

	if (*at != hash)
		return false;
	*at = 0;
	return true;
}
