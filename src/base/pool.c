/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/pool.h"

#include <stdlib.h>
#include <string.h>

/* A slab is about this large: big enough to be rare, small enough to waste. */
#define SLAB_OCTETS	(64 * 1024)

/*
 * These two are the only mutable statics of the core.  They carry no state
 * of the analysis: one is a tally for tests, the other their fault injector.
 * Each thread has its own, for users of the library have threads.
 */
static _Thread_local uint64_t outstanding;
static _Thread_local uint64_t fail_countdown;

static int
must_fail(void)
{
	if (fail_countdown == 0)
		return 0;
	if (fail_countdown > 1) {
		fail_countdown--;
		return 0;
	}
	return 1;
}

void *
mem_zalloc(size_t size)
{
	void *p = must_fail() ? NULL : calloc(1, size);

	if (p != NULL)
		outstanding++;
	return p;
}

void *
mem_realloc(void *old, size_t size)
{
	void *p = must_fail() ? NULL : realloc(old, size);

	if (p != NULL && old == NULL)
		outstanding++;
	return p;
}

void
mem_free(void *p)
{
	if (p == NULL)
		return;
	outstanding--;
	free(p);
}

uint64_t
mem_outstanding(void)
{
	return outstanding;
}

void
mem_fail_after(uint64_t nth)
{
	fail_countdown = nth;
}

void
pool_init(struct pool *pool, size_t object_size)
{
	if (object_size < sizeof(void *))
		object_size = sizeof(void *);
	*pool = (struct pool){ .object_size = (object_size + 7) & ~(size_t)7 };
}

void
pool_fini(struct pool *pool)
{
	void *slab = pool->slabs;

	while (slab != NULL) {
		void *next = *(void **)slab;

		mem_free(slab);
		slab = next;
	}
	pool_init(pool, pool->object_size);
}

/* Slab layout: a pointer to the previous slab (16 octets), then objects. */
static int
add_slab(struct pool *pool)
{
	size_t count = SLAB_OCTETS / pool->object_size;
	uint8_t *slab;

	if (count < 8)
		count = 8;
	slab = mem_zalloc(16 + count * pool->object_size);
	if (slab == NULL)
		return -1;
	*(void **)(void *)slab = pool->slabs;
	pool->slabs = slab;
	pool->slab_at = slab + 16;
	pool->slab_left = count;
	pool->slab_count++;
	return 0;
}

void *
pool_take(struct pool *pool)
{
	void *object = pool->free_list;

	if (object != NULL) {
		pool->free_list = *(void **)object;
		memset(object, 0, pool->object_size);
	} else {
		if (pool->slab_left == 0 && add_slab(pool) != 0)
			return NULL;
		object = pool->slab_at;
		pool->slab_at += pool->object_size;
		pool->slab_left--;
	}
	pool->used++;
	return object;
}

void
pool_give(struct pool *pool, void *object)
{
	if (object == NULL)
		return;
	*(void **)object = pool->free_list;
	pool->free_list = object;
	pool->used--;
}
