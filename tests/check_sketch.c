/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>

#include "base/pool.h"
#include "check_main.h"
#include "compare/sketch.h"
#include "decode/segment.h"
#include "xorshift.h"

static struct sketch sketch;

static void
setup(void)
{
	ck_assert_int_eq(sketch_init(&sketch), 0);
}

static void
teardown(void)
{
	sketch_fini(&sketch);
}

static void
add(uint64_t hash)
{
	if (sketch_wants(&sketch, hash))
		sketch_add(&sketch, &(struct sample){ .hash = hash });
}

static bool
has(uint64_t hash)
{
	for (size_t i = 0; i < sketch.count; i++)
		if (sketch.samples[i].hash == hash)
			return true;
	return false;
}

START_TEST(few_samples_are_all_kept_in_order)
{
	add(30);
	add(10);
	add(20);
	sketch_finish(&sketch);
	ck_assert_uint_eq(sketch.count, 3);
	ck_assert_uint_eq(sketch.samples[0].hash, 10);
	ck_assert_uint_eq(sketch.samples[2].hash, 30);
}
END_TEST

START_TEST(of_equal_hashes_none_is_kept)
{
	add(1);
	add(2);
	add(2);
	add(2);
	add(3);
	sketch_finish(&sketch);
	ck_assert_uint_eq(sketch.count, 2);
	ck_assert(has(1) && has(3));
}
END_TEST

START_TEST(the_lowest_of_many_are_kept)
{
	const uint64_t count = 10 * SKETCH_MAX;

	/* Each once, in no order: an odd factor permutes. */
	for (uint64_t i = 0; i < count; i++)
		add(i * 7919 % count);
	sketch_finish(&sketch);
	ck_assert_uint_eq(sketch.count, SKETCH_MAX);
	for (uint64_t i = 0; i < SKETCH_MAX; i++)
		ck_assert_uint_eq(sketch.samples[i].hash, i);
}
END_TEST

START_TEST(two_captures_choose_alike)
{
	struct xorshift random = { 5 };
	struct sketch other;
	uint64_t hashes[4000];

	ck_assert_int_eq(sketch_init(&other), 0);
	for (unsigned i = 0; i < 4000; i++)
		hashes[i] = xorshift_next(&random);
	for (unsigned round = 0; round < 20; round++)
		for (unsigned i = 0; i < 4000; i++) {
			const uint64_t hash = hashes[i] + round;

			add(hash);
			if (sketch_wants(&other, hashes[3999 - i] + round))
				sketch_add(&other, &(struct sample){
				    .hash = hashes[3999 - i] + round });
		}
	sketch_finish(&sketch);
	sketch_finish(&other);
	ck_assert_uint_eq(sketch.count, other.count);
	for (size_t i = 0; i < sketch.count; i++)
		ck_assert_uint_eq(sketch.samples[i].hash,
		    other.samples[i].hash);
	sketch_fini(&other);
}
END_TEST

START_TEST(the_hash_is_of_what_the_path_keeps)
{
	const struct segment seg = { .seq = 1, .ack = 2, .payload_len = 3,
	    .flags = TCP_ACK };
	struct segment other = seg;

	other.flags |= TCP_PSH | TCP_ECE;
	other.ttl = 9;
	ck_assert_uint_eq(sketch_hash(&seg), sketch_hash(&other));
	other.seq++;
	ck_assert_uint_ne(sketch_hash(&seg), sketch_hash(&other));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("sketch");
	TCase *c = tcase_create("samples");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, few_samples_are_all_kept_in_order);
	tcase_add_test(c, of_equal_hashes_none_is_kept);
	tcase_add_test(c, the_lowest_of_many_are_kept);
	tcase_add_test(c, two_captures_choose_alike);
	tcase_add_test(c, the_hash_is_of_what_the_path_keeps);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
