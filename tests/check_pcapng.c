/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "capture/pcapng.h"
#include "check_main.h"

/* A section header, little-endian, 28 octets. */
#define SECTION \
	0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, \
	1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 28, 0, 0, 0

/* An interface description with a name and if_tsresol, 40 octets. */
#define INTERFACE(resolution) \
	1, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 0, 0, 4, 0, \
	2, 0, 3, 0, 'l', 'o', '0', 0, 9, 0, 1, 0, (resolution), 0, 0, 0, \
	0, 0, 0, 0, 40, 0, 0, 0

static const struct {
	uint8_t resolution;
	bool is_fine;
} resolutions[] = {
	{ 3, false },
	{ 6, false },
	{ 7, true },
	{ 9, true },
	{ 0x80 | 19, false },	/* 2^-19 is 1.9 us */
	{ 0x80 | 20, true },
	{ 0x80 | 30, true },
};

START_TEST(resolution_beyond_microseconds_is_fine)
{
	const uint8_t head[] = {
		SECTION, INTERFACE(resolutions[_i].resolution)
	};

	ck_assert_int_eq(pcapng_is_fine(head, sizeof(head)),
	    resolutions[_i].is_fine);
}
END_TEST

START_TEST(any_interface_at_the_head_counts)
{
	const uint8_t head[] = { SECTION, INTERFACE(6), INTERFACE(9) };

	ck_assert(pcapng_is_fine(head, sizeof(head)));
}
END_TEST

START_TEST(other_byte_order_is_read_as_well)
{
	static const uint8_t head[] = {
		0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 28, 0x1a, 0x2b, 0x3c, 0x4d,
		0, 1, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255,
		0, 0, 0, 28,
		0, 0, 0, 1, 0, 0, 0, 32, 0, 1, 0, 0, 0, 4, 0, 0,
		0, 9, 0, 1, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32,
	};

	ck_assert(pcapng_is_fine(head, sizeof(head)));
}
END_TEST

/* In exact blocks of the heap, for a sanitizer to see a step too far. */
START_TEST(head_cut_anywhere_is_not_read_beyond)
{
	static const uint8_t head[] = { SECTION, INTERFACE(6), INTERFACE(9) };

	for (size_t len = 0; len < sizeof(head); len++) {
		uint8_t *cut = malloc(len > 0 ? len : 1);

		ck_assert_ptr_nonnull(cut);
		memcpy(cut, head, len);
		pcapng_is_fine(cut, len);
		free(cut);
	}
}
END_TEST

START_TEST(lengths_that_cannot_be_end_the_look)
{
	for (unsigned length = 0; length < 12; length++) {
		uint8_t head[] = { SECTION, INTERFACE(9) };

		head[4] = (uint8_t)length;
		ck_assert(!pcapng_is_fine(head, sizeof(head)));
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("pcapng");
	TCase *t = tcase_create("resolution");

	tcase_add_loop_test(t, resolution_beyond_microseconds_is_fine, 0,
	    (int)ARRAY_LEN(resolutions));
	tcase_add_test(t, any_interface_at_the_head_counts);
	tcase_add_test(t, other_byte_order_is_read_as_well);
	tcase_add_test(t, head_cut_anywhere_is_not_read_beyond);
	tcase_add_test(t, lengths_that_cannot_be_end_the_look);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
