/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "top/screen.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FORMATTED_MAX	512	/* bytes of a formatted text */
/* The most that one cell can take: a move, a look and a glyph. */
#define CELL_BYTES	40
#define UNCHANGED_MAX	4	/* cells: cheaper to write than to jump over */

static struct cell *
screen_at(struct screen *screen, unsigned line, unsigned column)
{
	return &screen->cells[line * SCREEN_COLUMNS_MAX + column];
}

static bool
is_inside(const struct screen *screen, unsigned line, unsigned column)
{
	return line < screen->lines && column < screen->columns;
}

void
screen_clear(struct screen *screen)
{
	for (unsigned line = 0; line < screen->lines; line++)
		for (unsigned column = 0; column < screen->columns; column++)
			*screen_at(screen, line, column) =
			    (struct cell){ ' ', LOOK_PLAIN };
}

void
screen_resize(struct screen *screen, unsigned lines, unsigned columns)
{
	screen->lines = lines < SCREEN_LINES_MAX ? lines : SCREEN_LINES_MAX;
	screen->columns = columns < SCREEN_COLUMNS_MAX ? columns :
	    SCREEN_COLUMNS_MAX;
	screen_clear(screen);
}

/* ASCII that is visible, or one of our glyphs. */
static uint8_t
harmless(unsigned glyph)
{
	if (glyph > SCREEN_BAR && glyph <= SCREEN_BAR + SCREEN_BARS)
		return (uint8_t)glyph;
	return glyph >= ' ' && glyph <= '~' ? (uint8_t)glyph : '?';
}

void
screen_put_glyph(struct screen *screen, unsigned line, unsigned column,
    unsigned look, unsigned glyph)
{
	if (is_inside(screen, line, column))
		*screen_at(screen, line, column) =
		    (struct cell){ harmless(glyph), (uint8_t)look };
}

/* Of a byte of text. */
static unsigned
glyph_of(unsigned char byte)
{
	if (byte >= 1 && byte <= SCREEN_BARS)
		return SCREEN_BAR + byte;
	return byte < SCREEN_BAR ? byte : '?';
}

unsigned
screen_put(struct screen *screen, unsigned line, unsigned column,
    unsigned look, const char *text)
{
	for (; *text != '\0'; text++) {
		screen_put_glyph(screen, line, column++, look,
		    glyph_of((unsigned char)*text));
	}
	return column;
}

void
screen_put_right(struct screen *screen, unsigned line, unsigned column,
    unsigned width, unsigned look, const char *text)
{
	const size_t len = strlen(text);
	const unsigned used = len < width ? (unsigned)len : width;

	for (unsigned i = 0; i < used; i++)
		screen_put_glyph(screen, line, column + width - used + i,
		    look, glyph_of((unsigned char)text[i]));
}

unsigned
screen_printf(struct screen *screen, unsigned line, unsigned column,
    unsigned look, const char *fmt, ...)
{
	char text[FORMATTED_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return screen_put(screen, line, column, look, text);
}

void
screen_fill(struct screen *screen, unsigned line, unsigned column,
    unsigned look, unsigned glyph)
{
	for (; column < screen->columns; column++)
		screen_put_glyph(screen, line, column, look, glyph);
}

void
screen_mark_line(struct screen *screen, unsigned line, unsigned look)
{
	if (line >= screen->lines)
		return;
	for (unsigned column = 0; column < screen->columns; column++)
		screen_at(screen, line, column)->look |= (uint8_t)look;
}

/* ---- differences ---- */

/* Where the terminal's cursor is, and in which look it writes. */
struct pen {
	const struct screen_style *style;
	char *at;
	char *end;		/* of the buffer */
	unsigned line;
	unsigned column;
	bool is_placed;		/* line and column are known */
	unsigned look;
};

static void PRINTF_LIKE(2, 3)
pen_print(struct pen *pen, const char *fmt, ...)
{
	const size_t left = (size_t)(pen->end - pen->at);
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(pen->at, left, fmt, args);
	va_end(args);
	if (len > 0 && (size_t)len < left)
		pen->at += len;
}

static void
pen_move(struct pen *pen, unsigned line, unsigned column)
{
	if (pen->is_placed && pen->line == line && pen->column == column)
		return;
	pen_print(pen, "\033[%u;%uH", line + 1, column + 1);
	pen->line = line;
	pen->column = column;
	pen->is_placed = true;
}

static void
pen_look(struct pen *pen, unsigned look)
{
	static const struct {
		enum look look;
		const char *code;
	} codes[] = {
		{ LOOK_BOLD, ";1" }, { LOOK_DIM, ";2" },
		{ LOOK_REVERSE, ";7" }, { LOOK_RED, ";31" },
		{ LOOK_YELLOW, ";33" }, { LOOK_CYAN, ";36" },
	};

	if (!pen->style->has_colour)
		look &= ~(unsigned)LOOK_COLOURS;
	if (look == pen->look)
		return;
	pen_print(pen, "\033[0");
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if ((look & codes[i].look) != 0)
			pen_print(pen, "%s", codes[i].code);
	pen_print(pen, "m");
	pen->look = look;
}

/* U+2581 to U+2588 are the blocks of one to eight eighths. */
static void
pen_glyph(struct pen *pen, unsigned glyph)
{
	static const char ascii[] = " _.-=+*#@";

	if (glyph <= SCREEN_BAR)
		*pen->at++ = (char)glyph;
	else if (pen->style->is_utf8)
		pen_print(pen, "\xe2\x96%c", (int)(0x80 + glyph - SCREEN_BAR));
	else
		*pen->at++ = ascii[glyph - SCREEN_BAR];
}

static bool
is_same(struct cell a, struct cell b)
{
	return a.glyph == b.glyph && a.look == b.look;
}

/* Write the cells of a line that differ.  False: no room for the rest. */
static bool
diff_line(struct screen *shown, const struct screen *wanted, struct pen *pen,
    unsigned line)
{
	const size_t begin = (size_t)line * SCREEN_COLUMNS_MAX;
	unsigned from = 0;

	for (unsigned column = 0; column < wanted->columns; column++) {
		const struct cell cell = wanted->cells[begin + column];

		if (is_same(shown->cells[begin + column], cell))
			continue;
		/*
		 * Writing a few equal cells again is shorter than moving the
		 * cursor.
		 */
		if (!pen->is_placed || pen->line != line ||
		    column - from > UNCHANGED_MAX)
			from = column;
		for (; from <= column; from++) {
			const struct cell next = wanted->cells[begin + from];

			if (pen->end - pen->at < CELL_BYTES)
				return false;
			pen_move(pen, line, from);
			pen_look(pen, next.look);
			pen_glyph(pen, next.glyph);
			pen->column++;
			shown->cells[begin + from] = next;
		}
	}
	return true;
}

size_t
screen_diff(struct screen *shown, const struct screen *wanted,
    const struct screen_style *style, char *buf, size_t size,
    bool *ret_is_whole)
{
	/* The end is reserved for the reset of the look. */
	struct pen pen = { .style = style, .at = buf, .end = buf + size - 8 };

	*ret_is_whole = true;
	if (shown->lines != wanted->lines ||
	    shown->columns != wanted->columns) {
		screen_resize(shown, wanted->lines, wanted->columns);
		pen_print(&pen, "\033[0m\033[2J");
	}
	for (unsigned line = 0; line < wanted->lines && *ret_is_whole; line++)
		*ret_is_whole = diff_line(shown, wanted, &pen, line);
	pen.end += 8;
	pen_look(&pen, LOOK_PLAIN);
	return (size_t)(pen.at - buf);
}
