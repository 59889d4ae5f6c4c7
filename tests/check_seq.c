/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>

#include "base/compiler.h"
#include "base/seq.h"
#include "check_main.h"

/* The places on the circle where arithmetic is likely to be wrong. */
static const uint32_t isns[] = {
	0, 1, UINT32_C(0x7fffffff), UINT32_C(0x80000000), UINT32_MAX
};

START_TEST(serial_order_follows_the_circle)
{
	const uint32_t isn = isns[_i];

	ck_assert(seq_lt(isn, isn + 1));
	ck_assert(!seq_lt(isn + 1, isn));
	ck_assert(!seq_lt(isn, isn));
	ck_assert(seq_leq(isn, isn));
	ck_assert(seq_leq(isn, isn + UINT32_C(0x7fffffff)));
	ck_assert(!seq_leq(isn, isn - 1));
	ck_assert_int_eq(seq_diff(isn + 100, isn), 100);
	ck_assert_int_eq(seq_diff(isn, isn + 100), -100);
}
END_TEST

START_TEST(an_offset_is_found_again_near_itself)
{
	static const int64_t offsets[] = {
		0, 1, -1, 1000, INT64_C(0x7fffffff), INT64_C(0x80000000),
		INT64_C(0xffffffff), INT64_C(0x100000000),
		INT64_C(5) << 32, (INT64_C(5) << 32) - 1, -70000
	};
	const uint32_t isn = isns[_i];

	for (size_t i = 0; i < ARRAY_LEN(offsets); i++) {
		const uint32_t seq = seq_at(isn, offsets[i]);

		ck_assert_int_eq(seq_offset(seq, isn, offsets[i]),
		    offsets[i]);
		ck_assert_int_eq(seq_offset(seq, isn, offsets[i] + 100000),
		    offsets[i]);
		ck_assert_int_eq(seq_offset(seq, isn, offsets[i] - 100000),
		    offsets[i]);
	}
}
END_TEST

START_TEST(a_stream_of_more_than_four_gib_keeps_counting)
{
	const uint32_t isn = isns[_i];
	int64_t offset = 0;

	/* Steps of 100 MB through three times around the circle. */
	for (int i = 0; i < 130; i++) {
		const int64_t next = offset + 100000000;

		ck_assert_int_eq(seq_offset(seq_at(isn, next), isn, offset),
		    next);
		offset = next;
	}
	ck_assert_int_gt(offset, INT64_C(3) << 32);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("seq");
	TCase *tc = tcase_create("seq");

	tcase_add_loop_test(tc, serial_order_follows_the_circle, 0,
	    (int)ARRAY_LEN(isns));
	tcase_add_loop_test(tc, an_offset_is_found_again_near_itself, 0,
	    (int)ARRAY_LEN(isns));
	tcase_add_loop_test(tc, a_stream_of_more_than_four_gib_keeps_counting,
	    0, (int)ARRAY_LEN(isns));
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
