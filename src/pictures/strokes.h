/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Marks of many points, bounded by columns in which they are drawn: of a tenth
 * of a pixel while there are few points, of pixels when there are many.  Each
 * puts commands of a path that is open.
 *
 * A step line, by column: where it comes in, lowest, highest, where it goes
 * out.  Vertical strokes, by column: those that touch are one, and all beyond
 * STROKES_PER_COLUMN are, in whichever order they come.  Dots and ticks: one
 * per cell.
 */
#ifndef TCPSTATES_PICTURES_STROKES_H
#define TCPSTATES_PICTURES_STROKES_H

#include <stdbool.h>
#include <stdint.h>

struct outbuf;

#define STROKES_PER_COLUMN	4
#define STROKES_WIDTH		700	/* pixels of an area at most */

/* Zeroed but for `out`, `column` and `left`, where columns begin. */
struct step_line {
	struct outbuf *out;
	int64_t column;		/* width of each */
	int64_t left;
	bool is_begun;
	int64_t x;		/* of the column */
	int64_t first, least, most, last;	/* y in the column */
	int64_t pen_x, pen;	/* where the path is */
};

void step_line_add(struct step_line *, int64_t x, int64_t y);
/* Draw the line up to `x`. */
void step_line_end(struct step_line *, int64_t x);

struct stroke {
	int64_t low, high;
	bool is_held;		/* not put yet: others may touch it */
};

/* Zeroed but for `out`, `column` and `left`. */
struct stroke_set {
	struct outbuf *out;
	int64_t column;		/* from PX on the strokes are bounded */
	int64_t left;
	int64_t x;		/* of the column of `last` */
	struct stroke last;
	struct {
		unsigned count;		/* of strokes */
		struct stroke rest;	/* beyond those */
	} by_column[STROKES_WIDTH + 1];
};

/* A stroke from y `a` to `b`, at least `PX / 2` long. */
void stroke_set_add(struct stroke_set *, int64_t x, int64_t a, int64_t b);
void stroke_set_end(struct stroke_set *);

/*
 * Cells of an area: each is marked once.  Columns of more than a pixel make
 * cells larger, wide and high; `column` is 0 where there are no columns.
 */
#define CELLS_X		256
#define CELLS_Y		64

struct cells {
	int64_t left, top, width, height;	/* the area */
	int64_t column;
	uint64_t marked[CELLS_X];
};

/* Has the cell of a point been marked?  It is, from now on. */
bool cells_mark(struct cells *, int64_t x, int64_t y);

#endif
