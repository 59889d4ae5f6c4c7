/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Marks of many points, bounded: exact while there are few, by column of one
 * pixel when there are many.  Each puts commands of a path that is open.
 *
 * A step line, by column: where it comes in, lowest, highest, where it goes
 * out.  Vertical strokes, by column: those that touch are one, and more than
 * STROKES_PER_COLUMN of a column are.  Dots and ticks: one per cell.
 */
#ifndef TCPSTATES_PICTURES_STROKES_H
#define TCPSTATES_PICTURES_STROKES_H

#include <stdbool.h>
#include <stdint.h>

struct outbuf;

/* More points than this are drawn by column. */
#define STROKES_EXACT		1500
#define STROKES_PER_COLUMN	4

/* Zeroed but for `out` and `is_exact`. */
struct step_line {
	struct outbuf *out;
	bool is_exact;
	bool is_begun;
	int64_t x;		/* of the column, or of the last point */
	int64_t first, least, most, last;	/* y in the column */
	int64_t pen;		/* y where the path is */
};

void step_line_add(struct step_line *, int64_t x, int64_t y);
/* Draw the line up to `x`. */
void step_line_end(struct step_line *, int64_t x);

struct stroke_set {
	struct outbuf *out;
	bool is_exact;
	bool is_held;
	int64_t x;
	int64_t low, high;	/* of the stroke held back */
	unsigned count;		/* of this column */
};

/* A stroke from y `a` to `b`, at least `PX / 2` long. */
void stroke_set_add(struct stroke_set *, int64_t x, int64_t a, int64_t b);
void stroke_set_end(struct stroke_set *);

/* Cells of an area: each is marked once. */
#define CELLS_X		256
#define CELLS_Y		64

struct cells {
	int64_t left, top, width, height;	/* the area */
	uint64_t marked[CELLS_X];
};

/* Has the cell of a point been marked?  It is, from now on. */
bool cells_mark(struct cells *, int64_t x, int64_t y);

#endif
