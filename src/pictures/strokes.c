/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "pictures/strokes.h"

#include "base/outbuf.h"
#include "pictures/markup.h"

/* ---- step lines ---- */

static void
go_down(struct step_line *line, int64_t y)
{
	if (y == line->pen)
		return;
	svg_down(line->out, y);
	line->pen = y;
}

static void
flush_column(struct step_line *line)
{
	go_down(line, line->first);
	if (line->least != line->most) {
		go_down(line, line->least);
		go_down(line, line->most);
	}
	go_down(line, line->last);
}

static void
begin_column(struct step_line *line, int64_t x, int64_t y)
{
	line->x = x;
	line->first = line->least = line->most = line->last = y;
}

void
step_line_add(struct step_line *line, int64_t x, int64_t y)
{
	if (!line->is_exact)
		x -= x % PX;
	if (!line->is_begun) {
		svg_move(line->out, x, y);
		line->is_begun = true;
		line->pen = y;
		begin_column(line, x, y);
		return;
	}
	if (x <= line->x) {
		line->last = y;
		line->least = y < line->least ? y : line->least;
		line->most = y > line->most ? y : line->most;
		return;
	}
	flush_column(line);
	/* Nothing to see while it stays on its level. */
	if (y == line->pen) {
		begin_column(line, line->x, y);
		return;
	}
	svg_across(line->out, x);
	begin_column(line, x, y);
}

void
step_line_end(struct step_line *line, int64_t x)
{
	if (!line->is_begun)
		return;
	flush_column(line);
	if (x > line->x)
		svg_across(line->out, x);
}

/* ---- vertical strokes ---- */

static void
flush_stroke(struct stroke_set *set)
{
	if (!set->is_held)
		return;
	svg_move(set->out, set->x, set->low);
	svg_down(set->out, set->high);
	set->is_held = false;
	set->count++;
}

void
stroke_set_add(struct stroke_set *set, int64_t x, int64_t a, int64_t b)
{
	int64_t low = a < b ? a : b, high = a < b ? b : a;

	if (high - low < PX / 2)
		low = high - PX / 2;
	if (!set->is_exact)
		x -= x % PX;
	if (x != set->x) {
		flush_stroke(set);
		set->count = 0;
		set->x = x;
	}
	if (set->is_held && (set->count >= STROKES_PER_COLUMN ||
	    (low <= set->high + 1 && high >= set->low - 1))) {
		set->low = low < set->low ? low : set->low;
		set->high = high > set->high ? high : set->high;
		return;
	}
	flush_stroke(set);
	set->is_held = true;
	set->low = low;
	set->high = high;
}

void
stroke_set_end(struct stroke_set *set)
{
	flush_stroke(set);
}

/* ---- cells ---- */

static unsigned
cell_of(int64_t at, int64_t size, unsigned cells)
{
	if (at <= 0 || size <= 0)
		return 0;
	return at >= size ? cells - 1 : (unsigned)(at * cells / size);
}

bool
cells_mark(struct cells *cells, int64_t x, int64_t y)
{
	const unsigned column = cell_of(x - cells->left, cells->width,
	    CELLS_X);
	const uint64_t bit = UINT64_C(1) << cell_of(y - cells->top,
	    cells->height, CELLS_Y);
	const bool was_marked = (cells->marked[column] & bit) != 0;

	cells->marked[column] |= bit;
	return was_marked;
}
