/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow/evicted.h"

#include "base/pool.h"

struct evicted_set {
	uint64_t hashes[RETURNS_MAX];	/* each where its low bits say */
};

struct evicted_set *
evicted_new(void)
{
	return mem_zalloc(sizeof(struct evicted_set));
}

void
evicted_free(struct evicted_set *returns)
{
	mem_free(returns);
}

void
evicted_add(struct evicted_set *returns, uint64_t hash)
{
	returns->hashes[hash & (RETURNS_MAX - 1)] = hash;
}

bool
evicted_take(struct evicted_set *returns, uint64_t hash)
{
	uint64_t *at = &returns->hashes[hash & (RETURNS_MAX - 1)];

	if (*at != hash)
		return false;
	*at = 0;
	return true;
}
