/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The allocator: what every other test relies on when it says that nothing
 * was left behind, or makes the Nth allocation fail.
 */
#include "config.h"

#include <check.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"
#include "base/pool.h"
#include "check_main.h"
#include "hold.h"
#include "leaks.h"

#define OBJECTS	200000	/* enough for slabs of all sizes */

START_TEST(zalloc_gives_zeroed_memory_and_counts_it)
{
	const uint64_t before = mem_outstanding();
	uint8_t *p = mem_zalloc(1000);

	HOLD(p != NULL);
	for (unsigned i = 0; i < 1000; i++)
		HOLD(p[i] == 0);
	HOLD(mem_outstanding() == before + 1);
	mem_free(p);
	HOLD(mem_outstanding() == before);
}
END_TEST

START_TEST(realloc_counts_a_block_once_and_keeps_its_octets)
{
	const uint64_t before = mem_outstanding();
	char *p = mem_realloc(NULL, 8);

	ck_assert_ptr_nonnull(p);
	memcpy(p, "segment", 8);
	p = mem_realloc(p, 100000);
	ck_assert_ptr_nonnull(p);
	ck_assert_str_eq(p, "segment");
	ck_assert_uint_eq(mem_outstanding(), before + 1);
	mem_free(p);
}
END_TEST

START_TEST(free_of_nothing_is_allowed)
{
	const uint64_t before = mem_outstanding();

	mem_free(NULL);
	ck_assert_uint_eq(mem_outstanding(), before);
}
END_TEST

START_TEST(nth_allocation_and_all_later_fail)
{
	void *first, *second;

	mem_fail_after(3);
	first = mem_zalloc(1);
	second = mem_realloc(NULL, 1);
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_nonnull(second);
	ck_assert_ptr_null(mem_zalloc(1));
	ck_assert_ptr_null(mem_realloc(NULL, 1));
	ck_assert_ptr_null(mem_zalloc(1));
	mem_fail_after(0);
	mem_free(mem_zalloc(1));
	mem_free(first);
	mem_free(second);
}
END_TEST

START_TEST(failed_realloc_leaves_the_old_block)
{
	char *p = mem_realloc(NULL, 8);

	ck_assert_ptr_nonnull(p);
	memcpy(p, "segment", 8);
	mem_fail_after(1);
	ck_assert_ptr_null(mem_realloc(p, 1000));
	ck_assert_str_eq(p, "segment");
	mem_free(p);
}
END_TEST

START_TEST(pool_allocates_nothing_before_the_first_object)
{
	const uint64_t before = mem_outstanding();
	struct pool pool;

	pool_init(&pool, 100);
	ck_assert_uint_eq(mem_outstanding(), before);
	pool_fini(&pool);
}
END_TEST

/* Each object is filled with its number; none may have moved or been shared. */
START_TEST(objects_are_zeroed_aligned_disjoint_and_stay_where_they_are)
{
	static uint64_t *objects[OBJECTS];
	struct pool pool;

	pool_init(&pool, 3 * sizeof(uint64_t));
	for (uint64_t i = 0; i < OBJECTS; i++) {
		objects[i] = pool_take(&pool);
		HOLD(objects[i] != NULL);
		HOLD((uintptr_t)objects[i] % 8 == 0);
		for (unsigned k = 0; k < 3; k++) {
			HOLD(objects[i][k] == 0);
			objects[i][k] = i;
		}
	}
	for (uint64_t i = 0; i < OBJECTS; i++) {
		HOLD(pool_at(&pool, (uint32_t)i) == objects[i]);
		for (unsigned k = 0; k < 3; k++)
			HOLD(objects[i][k] == i);
	}
	HOLD(pool.used == OBJECTS);
	pool_fini(&pool);
}
END_TEST

/* What fills lines of the cache shares none with its neighbour. */
START_TEST(objects_of_lines_begin_on_a_line)
{
	struct pool pool;

	pool_init(&pool, 2 * LINE_BYTES);
	for (unsigned i = 0; i < OBJECTS / 5; i++)
		HOLD((uintptr_t)pool_take(&pool) % LINE_BYTES == 0);
	pool_fini(&pool);
}
END_TEST

START_TEST(object_given_back_is_taken_again_zeroed)
{
	struct pool pool;
	uint64_t *first, *second;

	pool_init(&pool, 4 * sizeof(uint64_t));
	first = pool_take(&pool);
	ck_assert_ptr_nonnull(first);
	memset(first, 0xff, 4 * sizeof(uint64_t));
	pool_give(&pool, first);
	ck_assert_uint_eq(pool.used, 0);
	second = pool_take(&pool);
	ck_assert_ptr_eq(second, first);
	for (unsigned k = 0; k < 4; k++)
		ck_assert_uint_eq(second[k], 0);
	ck_assert_uint_eq(pool.used, 1);
	pool_fini(&pool);
}
END_TEST

START_TEST(taking_and_giving_for_ever_needs_one_slab)
{
	struct pool pool;

	pool_init(&pool, 64);
	for (unsigned i = 0; i < OBJECTS; i++) {
		void *a = pool_take(&pool);
		void *b = pool_take(&pool);

		HOLD(a != NULL);
		HOLD(b != NULL);
		HOLD(a != b);
		pool_give(&pool, a);
		pool_give(&pool, b);
	}
	HOLD(pool.slab_count == 1);
	pool_fini(&pool);
}
END_TEST

START_TEST(objects_of_any_size_fit)
{
	for (size_t size = 1; size < 300000; size = size * 5 + 1) {
		struct pool pool;
		uint8_t *a, *b;

		pool_init(&pool, size);
		a = pool_take(&pool);
		b = pool_take(&pool);
		ck_assert_ptr_nonnull(a);
		ck_assert_ptr_nonnull(b);
		memset(a, 0xaa, size);
		memset(b, 0xbb, size);
		ck_assert_uint_eq(a[size - 1], 0xaa);
		pool_fini(&pool);
	}
}
END_TEST

/*
 * 64 KiB are prepared at a time, half a MiB ahead; the first slabs, of which so
 * large an object fills an eighth, are not worth it.
 */
START_TEST(what_is_prepared_is_taken_next)
{
	const size_t size = (size_t)64 * 1024;
	struct pool pool;
	unsigned first = 0, again = 0;

	pool_init(&pool, size);
	ck_assert(!pool_prepare(&pool));
	for (unsigned i = 0; i <= 32 * 8; i++)
		ck_assert_ptr_nonnull(pool_take(&pool));
	while (first < 100 && pool_prepare(&pool))
		first++;
	/* Not every system can. */
	ck_assert(first == 0 || first == 8);
	for (unsigned i = 0; i < 4; i++) {
		const uint8_t *object = pool_take(&pool);

		for (size_t at = 0; at < size; at++)
			HOLD(object[at] == 0);
	}
	while (again < 100 && pool_prepare(&pool))
		again++;
	ck_assert_uint_eq(again, first == 0 ? 0 : 4);
	pool_fini(&pool);
}
END_TEST

START_TEST(pool_without_memory_says_so_and_goes_on_later)
{
	struct pool pool;

	pool_init(&pool, 64);
	mem_fail_after(1);
	ck_assert_ptr_null(pool_take(&pool));
	ck_assert_uint_eq(pool.used, 0);
	mem_fail_after(0);
	ck_assert_ptr_nonnull(pool_take(&pool));
	ck_assert_uint_eq(pool.used, 1);
	pool_fini(&pool);
}
END_TEST

START_TEST(pool_can_be_used_again_after_its_end)
{
	struct pool pool;

	pool_init(&pool, 64);
	ck_assert_ptr_nonnull(pool_take(&pool));
	pool_fini(&pool);
	ck_assert_uint_eq(pool.used, 0);
	ck_assert_ptr_nonnull(pool_take(&pool));
	pool_fini(&pool);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("pool");
	TCase *mem = leaks_tcase(s, "mem");
	TCase *pool = leaks_tcase(s, "pool");

	tcase_add_test(mem, zalloc_gives_zeroed_memory_and_counts_it);
	tcase_add_test(mem, realloc_counts_a_block_once_and_keeps_its_octets);
	tcase_add_test(mem, free_of_nothing_is_allowed);
	tcase_add_test(mem, nth_allocation_and_all_later_fail);
	tcase_add_test(mem, failed_realloc_leaves_the_old_block);
	tcase_add_test(pool, pool_allocates_nothing_before_the_first_object);
	tcase_add_test(pool,
	    objects_are_zeroed_aligned_disjoint_and_stay_where_they_are);
	tcase_add_test(pool, objects_of_lines_begin_on_a_line);
	tcase_add_test(pool, object_given_back_is_taken_again_zeroed);
	tcase_add_test(pool, taking_and_giving_for_ever_needs_one_slab);
	tcase_add_test(pool, objects_of_any_size_fit);
	tcase_add_test(pool, what_is_prepared_is_taken_next);
	tcase_add_test(pool, pool_without_memory_says_so_and_goes_on_later);
	tcase_add_test(pool, pool_can_be_used_again_after_its_end);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
