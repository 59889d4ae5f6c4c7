/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A screen of cells, and the bytes that turn what a terminal shows into it.
 *
 * A cell holds a printable ASCII character or one of our own glyphs, never a
 * byte from outside: a name or a filter with control sequences cannot reach
 * the terminal.  The sequences are those of ECMA-48 that every terminal knows.
 */
#ifndef TCPSTATES_TOP_SCREEN_H
#define TCPSTATES_TOP_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/* Larger terminals are used as far as this. */
#define SCREEN_LINES_MAX	120
#define SCREEN_COLUMNS_MAX	300

/* How a cell looks: a set. */
enum look {
	LOOK_PLAIN = 0,
	LOOK_BOLD = 1 << 0,
	LOOK_DIM = 1 << 1,
	LOOK_REVERSE = 1 << 2,
	LOOK_RED = 1 << 3,
	LOOK_YELLOW = 1 << 4,
	LOOK_CYAN = 1 << 5
};
#define LOOK_COLOURS	(LOOK_RED | LOOK_YELLOW | LOOK_CYAN)

/* Glyphs besides ASCII: a bar of 1 to 8 eighths is SCREEN_BAR + eighths. */
#define SCREEN_BAR	0x80
#define SCREEN_BARS	8

struct cell {
	uint8_t glyph;
	uint8_t look;		/* set of enum look */
};

struct screen {
	unsigned lines;
	unsigned columns;
	struct cell cells[SCREEN_LINES_MAX * SCREEN_COLUMNS_MAX];
};

/* What the terminal can show. */
struct screen_style {
	bool is_utf8;
	bool has_colour;
};

/* Set the size, cut to the maximum, and clear. */
void screen_resize(struct screen *, unsigned lines, unsigned columns);
void screen_clear(struct screen *);

/*
 * Put text at a place, cut at the right edge; nothing below the last line.
 * Bytes from 1 to 8 are bars; others that are not printable ASCII become '?'.
 * Returns the column after it.
 */
unsigned screen_put(struct screen *, unsigned line, unsigned column,
    unsigned look, const char *text);
/* The same, at the right of `width` columns, or cut to them. */
void screen_put_right(struct screen *, unsigned line, unsigned column,
    unsigned width, unsigned look, const char *text);
/* One glyph. */
void screen_put_glyph(struct screen *, unsigned line, unsigned column,
    unsigned look, unsigned glyph);
unsigned screen_printf(struct screen *, unsigned line, unsigned column,
    unsigned look, const char *fmt, ...) PRINTF_LIKE(5, 6);
/* Fill the rest of a line. */
void screen_fill(struct screen *, unsigned line, unsigned column,
    unsigned look, unsigned glyph);
/* Add to the look of a whole line. */
void screen_mark_line(struct screen *, unsigned line, unsigned look);

/*
 * Write into `buf` what turns `shown` into `wanted`, and note it in `shown`.
 * Returns the length.  If `buf` is too small, the rest is left to the next
 * call, and *ret_is_whole is false.  Screens of different sizes: `shown` is
 * cleared first, and so is the terminal.
 */
size_t screen_diff(struct screen *shown, const struct screen *wanted,
    const struct screen_style *, char *buf, size_t size, bool *ret_is_whole);

#define SCREEN_DIFF_MIN	64	/* the smallest `size` */

#endif
