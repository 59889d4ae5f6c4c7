/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/put.h"
#include "check_main.h"

/* What printf says, and where it ends; nothing is written behind that. */
static void
assert_digits(uint64_t number)
{
	char expected[32], text[32];
	const char *end;

	memset(text, '#', sizeof(text));
	(void)snprintf(expected, sizeof(expected), "%" PRIu64 "#", number);
	end = put_u64(text, number);
	ck_assert_uint_eq((size_t)(end - text), strlen(expected) - 1);
	ck_assert_mem_eq(text, expected, strlen(expected));
}

START_TEST(numbers_of_every_length_are_printed)
{
	for (uint64_t number = 0; number < 30000; number++)
		assert_digits(number);
	for (uint64_t power = 1; power <= UINT64_MAX / 10; power *= 10) {
		assert_digits(power - 1);
		assert_digits(power);
		assert_digits(power * 5 + 3);
		assert_digits(power * 10 - 1);
	}
	assert_digits(UINT64_C(10000000000000000000));
	assert_digits(UINT64_MAX);
}
END_TEST

START_TEST(widths_are_filled_with_noughts)
{
	char text[16], expected[16];

	for (unsigned width = 0; width <= 9; width++) {
		memset(text, '#', sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		ck_assert_ptr_eq(put_padded(text, 0, width), text + width);
		ck_assert_uint_eq(strspn(text, "0"), width);
		ck_assert_int_eq(text[width], '#');
	}
	for (unsigned number = 0; number < 10000; number++) {
		(void)snprintf(expected, sizeof(expected), "%04u", number);
		ck_assert_ptr_eq(put_four(text, number), text + 4);
		ck_assert_mem_eq(text, expected, 4);
		ck_assert_ptr_eq(put_padded(text, number, 4), text + 4);
		ck_assert_mem_eq(text, expected, 4);
		ck_assert_ptr_eq(put_two(text, number % 100), text + 2);
		ck_assert_mem_eq(text, expected + 2, 2);
	}
}
END_TEST

START_TEST(text_is_copied_without_its_end)
{
	char text[8] = "########";

	ck_assert_ptr_eq(put_str(text, ""), text);
	ck_assert_ptr_eq(put_str(text, "abc"), text + 3);
	ck_assert_mem_eq(text, "abc#####", 8);
	ck_assert_ptr_eq(put_mem(text, "x\0y", 3), text + 3);
	ck_assert_mem_eq(text, "x\0y#####", 8);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("put");
	TCase *tc = tcase_create("put");

	tcase_add_test(tc, numbers_of_every_length_are_printed);
	tcase_add_test(tc, widths_are_filled_with_noughts);
	tcase_add_test(tc, text_is_copied_without_its_end);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
