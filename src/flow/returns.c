/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow/returns.h"

#include "base/pool.h"

struct returns {
	uint64_t hashes[RETURNS_MAX];	/* each where its low bits say */
};

struct returns *
returns_new(void)
{
	return mem_zalloc(sizeof(struct returns));
}

void
returns_free(struct returns *returns)
{
	mem_free(returns);
}

void
returns_add(struct returns *returns, uint64_t hash)
{
	returns->hashes[hash & (RETURNS_MAX - 1)] = hash;
}

bool
returns_take(struct returns *returns, uint64_t hash)
{
	uint64_t *at = &returns->hashes[hash & (RETURNS_MAX - 1)];

	if (*at != hash)
		return false;
	*at = 0;
	return true;
}
