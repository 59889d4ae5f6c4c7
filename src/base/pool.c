/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/pool.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/compiler.h"

#define SMALL_SLAB	((size_t)64 * 1024)
/*
 * A pool that has grown takes larger slabs, aligned to huge pages: objects are
 * visited at random, and the TLB cannot hold millions of small pages.  Unused
 * parts take address space, no memory.
 *
 * Only the first slabs ask for huge pages.  Objects beyond these are rarely
 * visited again, and a virtual machine may have to obtain huge pages anew each
 * time, which costs more than they save.
 */
#define HUGE_BYTES	((size_t)2 * 1024 * 1024)
#define HUGE_SLAB	(4 * HUGE_BYTES)
#define HUGE_SLABS	8
#define SMALL_SLABS	32	/* before the first huge one */
#define OBJECTS_MIN	8	/* of a slab */
#define FETCHED_AHEAD	4	/* objects */
/*
 * What is prepared at a time, a multiple of pages of any size in use, and how
 * far from the next object.
 */
#define PREPARED	((uintptr_t)64 * 1024)
#define PREPARED_AHEAD	(8 * PREPARED)

/* The head of a slab; its objects follow, aligned. */
struct slab {
	struct slab *before;
	uintptr_t begin;	/* of its objects */
	uintptr_t end;
};

/*
 * These are the only mutable globals of the core.  They hold no state of the
 * analysis: two are tallies, the third a fault injector for tests.  All are per
 * thread, because users of the library have threads.
 */
static _Thread_local uint64_t outstanding;
_Thread_local uint64_t mem_failed;
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
	else
		mem_failed++;
	return p;
}

void *
mem_zalloc_lines(size_t size)
{
	const size_t whole = (size + LINE_BYTES - 1) / LINE_BYTES *
	    LINE_BYTES;
	void *p = must_fail() ? NULL : aligned_alloc(LINE_BYTES, whole);

	if (p != NULL) {
		memset(p, 0, size);
		outstanding++;
	} else {
		mem_failed++;
	}
	return p;
}

void *
mem_realloc(void *old, size_t size)
{
	void *p = must_fail() ? NULL : realloc(old, size);

	if (p == NULL)
		mem_failed++;
	else if (old == NULL)
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
mem_inherit(uint64_t blocks)
{
	outstanding += blocks;
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
	struct slab *slab = pool->slabs;

	while (slab != NULL) {
		struct slab *before = slab->before;

		mem_free(slab);
		slab = before;
	}
	mem_free(pool->begins);
	pool_init(pool, pool->object_size);
}

/* Where the system knows no such pages, nothing is lost. */
static void
advise_huge(void *at, size_t size)
{
#ifdef MADV_HUGEPAGE
	(void)madvise(at, size, MADV_HUGEPAGE);
#else
	(void)at;
	(void)size;
#endif
}

static size_t
slab_bytes(const struct pool *pool, bool is_huge)
{
	const size_t least = OBJECTS_MIN * pool->object_size;
	const size_t bytes = is_huge ? HUGE_SLAB : SMALL_SLAB;

	return bytes > least ? bytes : least;
}

/* Room in `begins` for one more: its length is a power of two. */
static int
make_room(struct pool *pool)
{
	const uint64_t count = pool->slab_count;
	uint8_t **begins;

	if ((count & (count - 1)) != 0)
		return 0;
	begins = mem_realloc(pool->begins, (count == 0 ? 1 :
	    2 * (size_t)count) * sizeof(*begins));
	if (begins == NULL)
		return -1;
	pool->begins = begins;
	return 0;
}

static int
add_slab(struct pool *pool)
{
	const bool is_huge = pool->slab_count >= SMALL_SLABS;
	const size_t boundary = is_huge ? HUGE_BYTES : LINE_BYTES;
	const size_t size = slab_bytes(pool, is_huge);
	struct slab *slab;
	uint8_t *at;

	if (make_room(pool) != 0)
		return -1;
	slab = mem_zalloc(sizeof(*slab) + boundary + size);
	if (slab == NULL)
		return -1;
	at = (uint8_t *)(slab + 1);
	at += boundary - (uintptr_t)at % boundary;
	slab->before = pool->slabs;
	slab->begin = (uintptr_t)at;
	slab->end = slab->begin + size;
	atomic_store_explicit(&pool->slabs, slab, memory_order_release);
	atomic_store_explicit(&pool->slab_at, at, memory_order_relaxed);
	pool->slab_left = size / pool->object_size;
	pool->begins[pool->slab_count++] = at;
	if (is_huge && pool->slab_count <= SMALL_SLABS + HUGE_SLABS)
		advise_huge(at, size);
	return 0;
}

void *
pool_at(const struct pool *pool, uint32_t number)
{
	const uint32_t size = (uint32_t)pool->object_size;
	const uint32_t small = (uint32_t)slab_bytes(pool, false) / size;
	const uint32_t huge = (uint32_t)slab_bytes(pool, true) / size;
	uint32_t slab = 0;

	if (number < SMALL_SLABS * small) {
		slab = number / small;
		number %= small;
	} else {
		number -= SMALL_SLABS * small;
		slab = SMALL_SLABS + number / huge;
		number %= huge;
	}
	return pool->begins[slab] + (size_t)number * size;
}

/* Memory that was never used is in no cache: prefetch the next objects. */
static ALWAYS_INLINE void
fetch_ahead(const struct pool *pool, const uint8_t *next)
{
	const uint8_t *at = next + FETCHED_AHEAD * pool->object_size;

	if (pool->slab_left <= FETCHED_AHEAD)
		return;
	for (size_t i = 0; i < pool->object_size; i += LINE_BYTES)
		PREFETCH(at + i);
}

/* Take an object that was never used; the slab has one. */
static void *
take_fresh(struct pool *pool)
{
	uint8_t *object = atomic_load_explicit(&pool->slab_at,
	    memory_order_relaxed);
	uint8_t *next = object + pool->object_size;

	atomic_store_explicit(&pool->slab_at, next, memory_order_relaxed);
	pool->slab_left--;
	fetch_ahead(pool, next);
	return object;
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
		object = take_fresh(pool);
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

/*
 * Slabs live as long as the pool, so concurrent allocation from this slab, or
 * a newer slab, does no harm.
 */
bool
pool_prepare(struct pool *pool)
{
#ifdef MADV_POPULATE_WRITE
	const struct slab *slab = atomic_load_explicit(&pool->slabs,
	    memory_order_acquire);
	const uintptr_t at = (uintptr_t)atomic_load_explicit(&pool->slab_at,
	    memory_order_relaxed);
	uintptr_t from = (at + PREPARED - 1) / PREPARED * PREPARED;

	if (slab == NULL || at < slab->begin || at > slab->end)
		return false;
	if (pool->prepared > from && pool->prepared <= slab->end)
		from = pool->prepared;
	if (from - at >= PREPARED_AHEAD || from > slab->end ||
	    slab->end - from < PREPARED)
		return false;
	pool->prepared = from + PREPARED;
	/* NOLINTNEXTLINE(*-no-int-to-ptr): within the slab */
	return madvise((void *)from, PREPARED, MADV_POPULATE_WRITE) == 0;
#else
	(void)pool;
	return false;
#endif
}
