/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "pictures/strokes.h"

#include "base/outbuf.h"
#include "pictures/markup.h"

/* ---- step lines ---- */

/* Nothing is to be seen of a line while it stays on its level. */
static void
go_down(struct step_line *line, int64_t y)
{
	if (y == line->pen)
		return;
	if (line->x > line->pen_x)
		svg_across(line->out, line->x);
	line->pen_x = line->x;
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
	x -= (x - line->left) % line->column;
	if (!line->is_begun) {
		svg_move(line->out, x, y);
		line->is_begun = true;
		line->pen = y;
		line->pen_x = x;
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
	begin_column(line, x, y);
}

void
step_line_end(struct step_line *line, int64_t x)
{
	if (!line->is_begun)
		return;
	flush_column(line);
	if (x > line->pen_x)
		svg_across(line->out, x);
}

/* ---- vertical strokes ---- */

static void
flush_stroke(struct stroke_set *set, int64_t x, struct stroke *stroke)
{
	if (!stroke->is_held)
		return;
	svg_move(set->out, x, stroke->low);
	svg_down(set->out, stroke->high);
	stroke->is_held = false;
}

static void
join_stroke(struct stroke *stroke, int64_t low, int64_t high)
{
	if (!stroke->is_held || low < stroke->low)
		stroke->low = low;
	if (!stroke->is_held || high > stroke->high)
		stroke->high = high;
	stroke->is_held = true;
}

static size_t
column_of(const struct stroke_set *set, int64_t x)
{
	const int64_t at = (x - set->left) / set->column;

	return at < 0 ? 0 : at > STROKES_WIDTH ? STROKES_WIDTH : (size_t)at;
}

/*
 * Count one more stroke of the column.  False: it has all that it may have.
 * Strokes by tenths of a pixel are few, and not counted.
 */
static bool
take_room(struct stroke_set *set, int64_t x)
{
	const size_t at = column_of(set, x);

	if (set->column < PX)
		return true;
	if (set->by_column[at].count == STROKES_PER_COLUMN)
		return false;
	set->by_column[at].count++;
	return true;
}

void
stroke_set_add(struct stroke_set *set, int64_t x, int64_t a, int64_t b)
{
	struct stroke *last = &set->last;
	int64_t low = a < b ? a : b, high = a < b ? b : a;

	if (high - low < PX / 2)
		low = high - PX / 2;
	x -= (x - set->left) % set->column;
	if (last->is_held && x == set->x &&
	    low <= last->high + 1 && high >= last->low - 1) {
		join_stroke(last, low, high);
		return;
	}
	flush_stroke(set, set->x, last);
	set->x = x;
	join_stroke(take_room(set, x) ? last :
	    &set->by_column[column_of(set, x)].rest, low, high);
}

void
stroke_set_end(struct stroke_set *set)
{
	flush_stroke(set, set->x, &set->last);
	for (size_t i = 0; i <= STROKES_WIDTH; i++)
		flush_stroke(set, set->left + (int64_t)i * set->column,
		    &set->by_column[i].rest);
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
	const unsigned wide = cells->column > PX ?
	    (unsigned)(cells->column / PX) : 1;
	const unsigned high = wide > 2 ? wide / 2 : 1;
	const unsigned column = cell_of(x - cells->left, cells->width,
	    CELLS_X / wide);
	const uint64_t bit = UINT64_C(1) << cell_of(y - cells->top,
	    cells->height, CELLS_Y / high);
	const bool was_marked = (cells->marked[column] & bit) != 0;

	cells->marked[column] |= bit;
	return was_marked;
}
