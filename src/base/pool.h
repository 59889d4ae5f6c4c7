/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one owner of malloc below cli/: slabs of equal objects with stable
 * addresses, growable arrays, and a count of what is outstanding.
 *
 * Every allocation of the core goes through here, so that a test can make
 * the Nth one fail and a teardown can prove that nothing was left behind.
 */
#ifndef TCPSTATES_BASE_POOL_H
#define TCPSTATES_BASE_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Plain memory, zeroed; NULL when there is none.  mem_free(NULL) is allowed. */
void *mem_zalloc(size_t size);
/* The same, on a boundary of a cache line, as types with _Alignas() want. */
void *mem_zalloc_lines(size_t size);
/* As realloc; new bytes are not initialised. */
void *mem_realloc(void *old, size_t size);
void mem_free(void *);

/* The counter behind mem_failures(). */
extern _Thread_local uint64_t mem_failed;

/*
 * Return the number of failed allocations of this thread. Inline, because the
 * diagnosis reads the counter twice per segment.
 */
static inline uint64_t
mem_failures(void)
{
	return mem_failed;
}

/* Blocks handed out and not yet freed by this thread, slabs included. */
uint64_t mem_outstanding(void);
/* Take over `blocks` that an ended thread left; this thread frees them. */
void mem_inherit(uint64_t blocks);
/* For tests: this thread's nth allocation from now (1 = next) and all later
 * fail; 0 = never. */
void mem_fail_after(uint64_t nth);

struct slab;

struct pool {
	size_t object_size;	/* bytes, a multiple of 8 */
	void *free_list;	/* objects given back, linked through their head */
	_Atomic(uint8_t *) slab_at;	/* next never-used object of the newest slab */
	size_t slab_left;	/* objects left there */
	_Atomic(struct slab *) slabs;	/* all slabs, linked */
	uintptr_t prepared;	/* see pool_prepare(): so far */
	uint8_t **begins;	/* of each slab: where its objects begin */
	uint64_t used;		/* objects handed out */
	uint64_t slab_count;	/* slabs allocated */
};

/* Objects of `object_size` bytes.  Allocates nothing yet. */
void pool_init(struct pool *, size_t object_size);
/* Frees every slab; all objects die with them. */
void pool_fini(struct pool *);
/*
 * The object with this number, by order of first allocation, from 0.
 */
void *pool_at(const struct pool *, uint32_t number);
/* A zeroed object, or NULL when out of memory. */
void *pool_take(struct pool *);
void pool_give(struct pool *, void *object);
/*
 * Pre-fault memory for future objects.  May be called from one other thread
 * while that is idle.  False: enough is prepared, or no memory is left.
 */
bool pool_prepare(struct pool *);

#endif
