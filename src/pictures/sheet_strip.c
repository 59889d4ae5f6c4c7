/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the time went: the spans of the ledger above the axis of a sheet.
 */
#include "config.h"

#include "pictures/sheet_parts.h"

#include <stdio.h>

#include "base/outbuf.h"
#include "diagnosis/text.h"
#include "flow/conn.h"
#include "pictures/waits.h"

/* A walk over the spans of the strip that are long enough to be seen. */
struct strip {
	const struct sheet *sheet;
	uint32_t next;
	struct span span;
	enum wait_kind kind;
	struct rect rect;
	int64_t drawn;		/* up to here */
};

static bool
strip_next(struct strip *strip)
{
	const struct time_axis *axis = &strip->sheet->axis;
	struct span *span = &strip->span;
	struct rect *rect = &strip->rect;

	while (wait_next(strip->sheet->conn, strip->sheet->picture,
	    strip->next++, span)) {
		const int64_t x = time_axis_x(axis, span->from_ns);
		const int64_t width = time_axis_x(axis, span->to_ns) - x;

		/* Of several in a pixel, one stands for the pixel. */
		if (span->to_ns <= axis->first_ns ||
		    span->from_ns >= axis->last_ns ||
		    (width < PX && x < strip->drawn))
			continue;
		strip->drawn = x + PX;
		strip->kind = wait_kind_of(strip->sheet->conn, span);
		rect->x = x;
		rect->width = width > 8 ? width : 8;
		rect->y = strip->sheet->y +
		    (wait_is_thin(strip->kind) ? 4 * PX : 0);
		rect->height = SHEET_STRIP_HEIGHT -
		    (wait_is_thin(strip->kind) ? 8 * PX : 0);
		rect->paint = wait_paint(strip->kind);
		return true;
	}
	return false;
}

/* Is there room for a pointer, so that the span has a title? */
static bool
is_wide(const struct strip *strip)
{
	return strip->rect.width > 2 * PX;
}

static void
put_span(const struct strip *strip)
{
	const struct span *span = &strip->span;
	struct rect rect = strip->rect;
	char cause[WAIT_WORDS_SIZE], ns[TEXT_NUMBER];
	char title[WAIT_WORDS_SIZE + TEXT_NUMBER + 4];

	wait_format_cause(cause, strip->sheet->conn, span->book);
	(void)text_ns(ns, span->to_ns - span->from_ns);
	(void)snprintf(title, sizeof(title), "%s %s", cause, ns);
	rect.title = is_wide(strip) ? title : NULL;
	svg_rect(strip->sheet->out, &rect);
}

/* Put the spans of a kind that have no title as one mark: it is shorter. */
static void
put_narrow_spans(const struct sheet *sheet, enum wait_kind kind)
{
	struct strip strip = { .sheet = sheet, .drawn = INT64_MIN };
	bool is_empty = true;

	while (strip_next(&strip)) {
		const struct rect *rect = &strip.rect;

		if (strip.kind != kind || is_wide(&strip))
			continue;
		if (is_empty)
			svg_path_begin(sheet->out);
		is_empty = false;
		svg_move(sheet->out, rect->x, rect->y);
		svg_across(sheet->out, rect->x + rect->width);
		svg_down(sheet->out, rect->y + rect->height);
		svg_across(sheet->out, rect->x);
		outbuf_char(sheet->out, 'Z');
	}
	if (!is_empty)
		svg_path_fill(sheet->out, wait_paint(kind), 0);
}

void
sheet_put_strip(struct sheet *sheet)
{
	struct strip strip = { .sheet = sheet, .drawn = INT64_MIN };

	svg_label(sheet->out, &(struct label){
	    .x = SHEET_LEFT - 8 * PX, .y = sheet->y + 95,
	    .anchor = ANCHOR_END, .paint = PAINT_MUTED, .is_small = true,
	}, "time");
	while (strip_next(&strip))
		if (is_wide(&strip) || !sheet_is_coarse(sheet))
			put_span(&strip);
	for (unsigned kind = 0; sheet_is_coarse(sheet) && kind < WAIT_KINDS;
	    kind++)
		put_narrow_spans(sheet, (enum wait_kind)kind);
	sheet->y += SHEET_STRIP_HEIGHT;
}
