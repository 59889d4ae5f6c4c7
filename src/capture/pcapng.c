/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file is a sequence of blocks, all numbers in the byte order of their
 * section (draft-ietf-opsawg-pcapng, 3.1, 4.2):
 *
 *	 0                   4                   8
 *	+-------------------+-------------------+-----------+--------+
 *	| type              | total length      | body...   | length |
 *	+-------------------+-------------------+-----------+--------+
 *
 * The body of an interface description is 8 octets (link type, reserved,
 * snapshot length) and options {code, length, value, padding to 4}.
 */
#include "config.h"

#include "capture/pcapng.h"

#include "base/cursor.h"

#define BLOCK_SECTION	0x0a0d0d0aU
#define BLOCK_INTERFACE	1U
#define BLOCK_OVERHEAD	12U	/* type and both lengths */
#define OPTION_END	0U
#define OPTION_TSRESOL	9U	/* if_tsresol, one octet */

struct order {
	bool is_big;
};

static uint32_t
take32(struct cursor *c, struct order order)
{
	const uint32_t big = cursor_u32(c);

	return order.is_big ? big : big >> 24 | (big >> 8 & 0xff00) |
	    (big << 8 & 0xff0000) | big << 24;
}

static uint32_t
take16(struct cursor *c, struct order order)
{
	const uint32_t big = cursor_u16(c);

	return order.is_big ? big : big >> 8 | (big << 8 & 0xff00);
}

/* Finer than 10^-6, or, with the top bit, than 2^-19. */
static bool
is_fine(uint8_t resolution)
{
	return (resolution & 0x80) != 0 ? (resolution & 0x7f) > 19 :
	    resolution > 6;
}

static bool
interface_is_fine(struct cursor body, struct order order)
{
	cursor_skip(&body, 8);
	while (cursor_is_good(&body) && cursor_captured_left(&body) >= 4) {
		const uint32_t code = take16(&body, order);
		const uint32_t len = take16(&body, order);

		if (code == OPTION_END)
			return false;
		if (code == OPTION_TSRESOL && len == 1)
			return is_fine(cursor_u8(&body));
		cursor_skip(&body, (len + 3) & ~3U);
	}
	return false;
}

bool
pcapng_is_fine(const uint8_t *head, size_t count)
{
	struct cursor file = cursor_over(head, count, count);
	/* The byte-order magic 1A2B3C4D follows the first block's length. */
	const struct order order = { count >= 12 && head[8] == 0x1a };

	for (;;) {
		const uint32_t type = take32(&file, order);
		const uint32_t length = take32(&file, order);
		struct cursor body = file;

		if (!cursor_is_good(&file) || length < BLOCK_OVERHEAD)
			return false;
		if (type != BLOCK_INTERFACE && type != BLOCK_SECTION)
			return false;
		cursor_declare(&body, length - BLOCK_OVERHEAD);
		if (type == BLOCK_INTERFACE && interface_is_fine(body, order))
			return true;
		cursor_skip(&file, length - 8);
	}
}
