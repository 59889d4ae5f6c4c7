/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>

#include "base/cursor.h"
#include "check_main.h"

static const uint8_t bytes[] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd };

START_TEST(numbers_are_read_in_network_order)
{
	struct cursor c = cursor_over(bytes, 7, 7);

	ck_assert_uint_eq(cursor_u8(&c), 0x01);
	ck_assert_uint_eq(cursor_u16(&c), 0x2345);
	ck_assert_uint_eq(cursor_u32(&c), 0x6789abcd);
	ck_assert(cursor_is_good(&c));
	ck_assert_uint_eq(cursor_captured_left(&c), 0);
	ck_assert_uint_eq(cursor_declared_left(&c), 0);
}
END_TEST

START_TEST(a_read_past_the_captured_end_is_short)
{
	struct cursor c = cursor_over(bytes, 3, 7);

	ck_assert_uint_eq(cursor_u32(&c), 0);
	ck_assert(c.is_short);
	ck_assert(!c.is_over);
}
END_TEST

START_TEST(a_read_past_the_declared_end_is_over)
{
	struct cursor c = cursor_over(bytes, 3, 3);

	ck_assert_uint_eq(cursor_u32(&c), 0);
	ck_assert(!c.is_short);
	ck_assert(c.is_over);
}
END_TEST

START_TEST(failure_is_sticky_and_nothing_moves)
{
	struct cursor c = cursor_over(bytes, 3, 7);

	ck_assert_ptr_null(cursor_take(&c, 4));
	ck_assert_uint_eq(cursor_u8(&c), 0);
	ck_assert_ptr_null(cursor_take(&c, 0));
	ck_assert_ptr_null(cursor_peek(&c, 1));
	ck_assert(!cursor_skip(&c, 1));
	ck_assert_uint_eq(cursor_captured_left(&c), 3);
	ck_assert_uint_eq(cursor_declared_left(&c), 7);
}
END_TEST

START_TEST(the_first_failure_decides_which_it_was)
{
	struct cursor c = cursor_over(bytes, 3, 7);

	ck_assert(!cursor_skip(&c, 4));
	ck_assert(!cursor_skip(&c, 400));
	ck_assert(c.is_short);
	ck_assert(!c.is_over);
}
END_TEST

START_TEST(a_peek_neither_moves_nor_fails)
{
	struct cursor c = cursor_over(bytes, 3, 7);

	ck_assert_ptr_eq(cursor_peek(&c, 3), bytes);
	ck_assert_ptr_null(cursor_peek(&c, 4));
	ck_assert(cursor_is_good(&c));
	ck_assert_uint_eq(cursor_u8(&c), 0x01);
}
END_TEST

START_TEST(zero_octets_can_be_taken_at_the_end)
{
	struct cursor c = cursor_over(bytes, 2, 2);

	ck_assert(cursor_skip(&c, 2));
	ck_assert_ptr_eq(cursor_take(&c, 0), bytes + 2);
	ck_assert(cursor_is_good(&c));
}
END_TEST

START_TEST(declaring_less_hides_padding)
{
	struct cursor c = cursor_over(bytes, 7, 7);

	ck_assert(cursor_skip(&c, 2));
	cursor_declare(&c, 3);
	ck_assert_uint_eq(cursor_captured_left(&c), 3);
	ck_assert_uint_eq(cursor_declared_left(&c), 3);
	ck_assert(!cursor_skip(&c, 4));
	ck_assert(c.is_over);
}
END_TEST

START_TEST(declaring_more_than_was_recorded_is_believed)
{
	struct cursor c = cursor_over(bytes, 7, 7);

	ck_assert(cursor_skip(&c, 2));
	cursor_declare(&c, 100);
	ck_assert_uint_eq(cursor_captured_left(&c), 5);
	ck_assert_uint_eq(cursor_declared_left(&c), 100);
	ck_assert(!cursor_skip(&c, 6));
	ck_assert(c.is_short);
}
END_TEST

START_TEST(what_was_captured_was_also_there)
{
	struct cursor c = cursor_over(bytes, 7, 2);

	ck_assert_uint_eq(cursor_declared_left(&c), 7);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("cursor");
	TCase *tc = tcase_create("cursor");

	tcase_add_test(tc, numbers_are_read_in_network_order);
	tcase_add_test(tc, a_read_past_the_captured_end_is_short);
	tcase_add_test(tc, a_read_past_the_declared_end_is_over);
	tcase_add_test(tc, failure_is_sticky_and_nothing_moves);
	tcase_add_test(tc, the_first_failure_decides_which_it_was);
	tcase_add_test(tc, a_peek_neither_moves_nor_fails);
	tcase_add_test(tc, zero_octets_can_be_taken_at_the_end);
	tcase_add_test(tc, declaring_less_hides_padding);
	tcase_add_test(tc, declaring_more_than_was_recorded_is_believed);
	tcase_add_test(tc, what_was_captured_was_also_there);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
