/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The time-sequence diagram of one direction: segments, the line of
 * acknowledgments, the end of the window, SACK, and what was retransmitted.
 */
#include "config.h"

#include "pictures/sheet_parts.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/outbuf.h"
#include "diagnosis/text.h"
#include "flow/conn.h"

#define GAP		(8 * PX)	/* below the head */
#define TITLED_MAX	40	/* retransmissions with a text of their own */
#define RUNS_MAX	6	/* runs of duplicate ACKs that are named */
#define RUN_NAME_WIDTH	(95 * PX)
#define RUN_NAME_HEIGHT	(11 * PX)
#define RUN_NAMED	3	/* from so long on */
#define BANDS_MAX	12	/* closed windows */

struct sequence {
	struct sheet *sheet;
	unsigned side;
	struct scale scale;
	bool shows_window;
	uint64_t bytes;		/* new ones */
	uint64_t window_above;	/* most above the line of ACKs */
	bool was_closed;
	int64_t ack_y;		/* of the last acknowledgment */
};

static int64_t
seq_y(const struct sequence *s, int64_t offset)
{
	return scale_y(&s->scale, offset > 0 ? (uint64_t)offset : 0);
}

static bool
is_sent(const struct sequence *s, const struct point *p)
{
	return p->side == s->side && !p->is_sack && p->start >= 0;
}

/* A segment of the receiver that acknowledges. */
static bool
is_ack(const struct sequence *s, const struct point *p)
{
	return p->side != s->side && !p->is_sack && p->ack >= 0;
}

static bool
is_resent(const struct point *p)
{
	return point_is(p, JUDGED_RETRANSMISSION);
}

static bool
is_late(const struct point *p)
{
	return point_is(p, JUDGED_OUT_OF_ORDER) ||
	    point_is(p, JUDGED_UNKNOWN_ORDER);
}

/* A dense sheet shows the course only, which needs less room. */
int64_t
sheet_sequence_height(const struct sheet *sheet)
{
	return sheet->is_dense ? SHEET_PANEL_HEIGHT : SHEET_SEQUENCE_HEIGHT;
}

bool
sheet_wants_sequence(const struct sheet *sheet, unsigned side)
{
	uint64_t bytes[2] = { 0, 0 };
	bool is_again = false;

	for (uint32_t i = 0; i < sheet->count; i++) {
		const struct point *p = &sheet->point[i];

		bytes[p->side] += p->fresh;
		is_again = is_again || (p->side == side && p->len > 0 &&
		    is_resent(p));
	}
	if (side == sheet->main_side)
		return true;
	return bytes[side] > 0 && (is_again ||
	    bytes[side] * 4 >= bytes[!side]);
}

/* ---- extent ---- */

static void
find_extent(struct sequence *s)
{
	const struct sheet *sheet = s->sheet;
	uint64_t least = UINT64_MAX, most = 0;

	for (uint32_t i = 0; i < sheet->count; i++) {
		const struct point *p = &sheet->point[i];

		if (!is_sent(s, p) || point_is(p, JUDGED_UNACCEPTABLE))
			continue;
		s->bytes += p->fresh;
		if ((uint64_t)point_end(p) > most)
			most = (uint64_t)point_end(p);
		if ((uint64_t)p->start < least)
			least = (uint64_t)p->start;
	}
	s->scale.least = least == UINT64_MAX || least < most / 4 ? 0 : least;
	s->scale.most = most > s->scale.least ? most : s->scale.least + 1;
}

/* Where the line of acknowledgments ends. */
static int64_t
find_ack_y(const struct sequence *s)
{
	int64_t highest = 0;

	for (uint32_t i = 0; i < s->sheet->count; i++)
		if (is_ack(s, &s->sheet->point[i]) &&
		    s->sheet->point[i].ack > highest)
			highest = s->sheet->point[i].ack;
	return seq_y(s, highest);
}

/*
 * Draw the window only if it mattered: at least 40 % of it were in flight, or
 * it was closed. Its drawing must leave room for the data.
 */
static void
find_window(struct sequence *s)
{
	const struct sheet *sheet = s->sheet;
	uint64_t highest = 0;
	uint32_t window = POINT_UNKNOWN;
	bool mattered = false;

	for (uint32_t i = 0; i < sheet->count; i++) {
		const struct point *p = &sheet->point[i];

		if (is_ack(s, p) && p->window != POINT_UNKNOWN) {
			window = p->window;
			if ((uint64_t)p->ack + window > highest)
				highest = (uint64_t)p->ack + window;
			if (window > s->window_above)
				s->window_above = window;
			s->was_closed = s->was_closed || window == 0;
		} else if (p->side == s->side && !p->is_sack &&
		    window != POINT_UNKNOWN && p->flight != POINT_UNKNOWN)
			mattered = mattered ||
			    (uint64_t)p->flight * 10 >= (uint64_t)window * 4;
	}
	s->shows_window = (mattered || s->was_closed) &&
	    highest - s->scale.least <
	    (s->scale.most - s->scale.least) * 24 / 10;
	if (s->shows_window && highest > s->scale.most)
		s->scale.most = highest;
}

/* ---- lines ---- */

static void
put_ack_line(const struct sequence *s)
{
	const struct sheet *sheet = s->sheet;
	struct step_line line = {
		.out = sheet->out, .column = sheet->column,
		.left = SHEET_LEFT,
	};
	const enum paint paint = sheet_paint(sheet, !s->side, false);
	int64_t highest = -1;

	svg_path_begin(sheet->out);
	svg_move(sheet->out, sheet->axis.left, s->scale.bottom);
	for (uint32_t i = 0; i < sheet->count; i++) {
		const struct point *p = &sheet->point[i];

		if (!is_ack(s, p) || p->ack < highest)
			continue;
		highest = p->ack;
		step_line_add(&line, sheet_x(sheet, p), seq_y(s, highest));
	}
	step_line_end(&line, SHEET_RIGHT);
	svg_path_stroke(sheet->out, paint, 12);
	if (highest >= 0)
		sheet_put_right(s->sheet, s->ack_y,
		    sheet_paint(sheet, !s->side, true), "acknowledged");
}

/* Room between the acknowledgments and the end of the window. */
static void
put_room(const struct sequence *s)
{
	const struct sheet *sheet = s->sheet;
	int64_t x = INT64_MIN, low = 0, high = 0;

	svg_path_begin(sheet->out);
	svg_move(sheet->out, sheet->axis.left, s->scale.bottom);
	for (uint32_t i = 0; i <= sheet->count; i++) {
		const struct point *p = i < sheet->count ?
		    &sheet->point[i] : NULL;
		int64_t at = SHEET_RIGHT;

		if (p != NULL && (!is_ack(s, p) || p->window == POINT_UNKNOWN))
			continue;
		if (p != NULL)
			at = sheet_x(sheet, p);
		if (p != NULL && !sheet_is_exact(sheet) && at < x + sheet->column)
			continue;
		if (x != INT64_MIN && at > x && low > high) {
			svg_move(sheet->out, x, low);
			svg_across(sheet->out, at);
			svg_down(sheet->out, high);
			svg_across(sheet->out, x);
			outbuf_char(sheet->out, 'Z');
		}
		x = at;
		low = p != NULL ? seq_y(s, p->ack) : low;
		high = p != NULL ? seq_y(s, p->ack + p->window) : high;
	}
	svg_path_fill(sheet->out, PAINT_ROOM, 0);
}

static void
put_window_line(const struct sequence *s)
{
	const struct sheet *sheet = s->sheet;
	struct step_line line = {
		.out = sheet->out, .column = sheet->column,
		.left = SHEET_LEFT,
	};
	int64_t y = s->scale.bottom;

	svg_path_begin(sheet->out);
	svg_move(sheet->out, sheet->axis.left, s->scale.bottom);
	for (uint32_t i = 0; i < sheet->count; i++) {
		const struct point *p = &sheet->point[i];

		if (!is_ack(s, p) || p->window == POINT_UNKNOWN)
			continue;
		y = seq_y(s, p->ack + p->window);
		step_line_add(&line, sheet_x(sheet, p), y);
	}
	step_line_end(&line, SHEET_RIGHT);
	svg_path_stroke(sheet->out, PAINT_WINDOW, 12);
	/* Not over the label of the acknowledgments, which are lower. */
	if (y > s->ack_y - 11 * PX)
		y = s->ack_y - 11 * PX;
	sheet_put_right(s->sheet, y, PAINT_TEXT_WINDOW, "window ends");
}

/* ---- segments ---- */

typedef bool wants_point(const struct sequence *, const struct point *);

static bool
is_plain(const struct sequence *s, const struct point *p)
{
	return is_sent(s, p) && p->len > 0 && !is_resent(p) && !is_late(p);
}

static bool
is_plain_late(const struct sequence *s, const struct point *p)
{
	return is_sent(s, p) && p->len > 0 && !is_resent(p) && is_late(p);
}

static bool
is_again(const struct sequence *s, const struct point *p)
{
	return is_sent(s, p) && p->len > 0 && is_resent(p);
}

static bool
is_block(const struct sequence *s, const struct point *p)
{
	return p->is_sack && p->side != s->side;
}

static void
put_strokes(const struct sequence *s, wants_point *wants, enum paint paint,
    int64_t width)
{
	const struct sheet *sheet = s->sheet;
	struct stroke_set set = {
		.out = sheet->out, .column = sheet->column,
		.left = SHEET_LEFT,
	};
	bool is_empty = true;

	for (uint32_t i = 0; i < sheet->count; i++) {
		const struct point *p = &sheet->point[i];

		if (!wants(s, p))
			continue;
		if (is_empty)
			svg_path_begin(sheet->out);
		is_empty = false;
		stroke_set_add(&set, sheet_x(sheet, p), seq_y(s, p->start),
		    seq_y(s, p->start + p->len));
	}
	stroke_set_end(&set);
	if (!is_empty)
		svg_path_stroke(sheet->out, paint, width);
}

static const char *
kind_words(const struct point *p)
{
	switch ((enum cause)p->cause) {
	case CAUSE_FAST:
		return "fast retransmission";
	case CAUSE_TIMEOUT:
		return "retransmission after a timeout";
	case CAUSE_TAIL_PROBE:
		return "tail loss probe";
	case CAUSE_NONE:
	case CAUSE_SYN_AGAIN:
	case CAUSE_SYN_DATA:
	case CAUSE_UNKNOWN:
		break;
	}
	return "retransmission";
}

static const char *
place_words(const struct point *p)
{
	if (point_is(p, JUDGED_SPURIOUS))
		return ", needless";
	if (point_is(p, JUDGED_LOSS_BEFORE))
		return ", lost upstream of the capture point";
	return point_is(p, JUDGED_LOSS_BEHIND) ?
	    ", lost downstream of the capture point" : "";
}

static void
put_triangle(struct outbuf *out, int64_t x, int64_t y)
{
	svg_move(out, x - 35, y - 60);
	svg_line(out, x + 35, y - 60);
	svg_line(out, x, y);
	outbuf_char(out, 'Z');
}

/* Triangles above retransmissions: the first few say which they are. */
static void
put_triangles(const struct sequence *s)
{
	const struct sheet *sheet = s->sheet;
	struct cells cells = {
		.left = sheet->axis.left, .top = s->scale.top,
		.width = SHEET_PLOT, .height = s->scale.bottom - s->scale.top,
		.column = sheet->column,
	};
	unsigned count = 0;

	for (uint32_t i = 0; i < sheet->count; i++) {
		const struct point *p = &sheet->point[i];
		int64_t x, y;

		if (!is_again(s, p))
			continue;
		x = sheet_mark_x(sheet, p);
		y = seq_y(s, p->start + p->len) - 20;
		if (cells_mark(&cells, x, y))
			continue;
		if (count == TITLED_MAX)
			svg_path_begin(sheet->out);
		if (count++ >= TITLED_MAX) {
			put_triangle(sheet->out, x, y);
			continue;
		}
		outbuf_printf(sheet->out, "<g><title>frame %" PRIu64
		    ": %s of %" PRIu32 " bytes%s</title>", (uint64_t)p->frame,
		    kind_words(p), p->len, place_words(p));
		svg_path_begin(sheet->out);
		put_triangle(sheet->out, x, y);
		svg_path_fill(sheet->out, PAINT_BAD, 0);
		outbuf_str(sheet->out, "</g>");
	}
	if (count > TITLED_MAX)
		svg_path_fill(sheet->out, PAINT_BAD, 0);
}

/* ---- duplicate ACKs ---- */

/* The names of runs so far, and where the last one stands. */
struct run_names {
	unsigned count;
	int64_t x, y;
};

/* Would a name here be written over the last one? */
static bool
is_crowded(const struct run_names *names, int64_t x, int64_t y)
{
	const int64_t below = y - names->y;

	return names->count > 0 && x < names->x + RUN_NAME_WIDTH &&
	    below < RUN_NAME_HEIGHT && -below < RUN_NAME_HEIGHT;
}

static void
put_run(const struct sequence *s, const struct point *last,
    struct run_names *names)
{
	int64_t x, y;
	char text[48];

	if (last == NULL || last->dups < RUN_NAMED || names->count >= RUNS_MAX)
		return;
	x = sheet_x(s->sheet, last) + 30;
	y = seq_y(s, last->ack) + 130;
	if (y >= s->scale.bottom + 100)
		y = s->scale.bottom - 30;
	if (is_crowded(names, x, y))
		return;
	*names = (struct run_names){ names->count + 1, x, y };
	(void)snprintf(text, sizeof(text), "%" PRIu32 " duplicate ACKs",
	    last->dups);
	svg_label(s->sheet->out, &(struct label){
	    .x = x, .y = y,
	    .paint = sheet_paint(s->sheet, !s->side, true), .is_small = true,
	}, text);
}

static void
put_duplicates(const struct sequence *s)
{
	const struct sheet *sheet = s->sheet;
	struct stroke_set set = {
		.out = sheet->out, .left = SHEET_LEFT,
		.column = sheet_is_exact(sheet) ? PX : sheet->column,
	};
	const struct point *last = NULL;
	struct run_names names = { 0, 0, 0 };
	bool is_empty = true;

	for (uint32_t i = 0; i < sheet->count; i++) {
		const struct point *p = &sheet->point[i];

		if (!is_ack(s, p) || p->dups == 0)
			continue;
		if (is_empty)
			svg_path_begin(sheet->out);
		is_empty = false;
		stroke_set_add(&set, sheet_x(sheet, p), seq_y(s, p->ack),
		    seq_y(s, p->ack) + 5 * PX);
	}
	stroke_set_end(&set);
	if (is_empty)
		return;
	svg_path_stroke(sheet->out, sheet_paint(sheet, !s->side, false), PX);
	for (uint32_t i = 0; i < sheet->count; i++) {
		const struct point *p = &sheet->point[i];

		if (!is_ack(s, p))
			continue;
		if (last != NULL && p->dups < last->dups)
			put_run(s, last, &names);
		last = p;
	}
	put_run(s, last, &names);
}

/* ---- marks ---- */

static void
put_word(const struct sequence *s, const struct point *p, const char *word,
    enum paint paint, bool is_left)
{
	const int64_t x = sheet_x(s->sheet, p);
	int64_t y = seq_y(s, p->start) - 30;

	if (y < s->scale.top + 10 * PX)
		y = s->scale.top + 10 * PX;
	svg_label(s->sheet->out, &(struct label){
	    .x = x + (is_left ? -60 : 60), .y = y,
	    .anchor = is_left ? ANCHOR_END : ANCHOR_START,
	    .paint = paint, .is_small = true,
	}, word);
}

static void
put_diamond(const struct sequence *s, const struct point *p)
{
	const int64_t x = sheet_x(s->sheet, p), y = seq_y(s, p->start);
	struct outbuf *out = s->sheet->out;

	svg_path_begin(out);
	svg_move(out, x - 35, y);
	svg_line(out, x, y - 35);
	svg_line(out, x + 35, y);
	svg_line(out, x, y + 35);
	outbuf_char(out, 'Z');
	svg_path_fill(out, sheet_paint(s->sheet, s->side, false), 0);
}

static void
put_cross(const struct sequence *s, const struct point *p)
{
	const int64_t x = sheet_x(s->sheet, p), y = seq_y(s, p->start);
	struct outbuf *out = s->sheet->out;

	svg_path_begin(out);
	svg_move(out, x - 40, y - 40);
	svg_line(out, x + 40, y + 40);
	svg_move(out, x - 40, y + 40);
	svg_line(out, x + 40, y - 40);
	svg_path_stroke(out, PAINT_BAD, 18);
}

#define MARKS_MAX	24	/* SYN, FIN and RST */

static void
put_marks(const struct sequence *s)
{
	const struct sheet *sheet = s->sheet;
	const enum paint paint = sheet_paint(sheet, s->side, true);
	unsigned left = MARKS_MAX;

	for (uint32_t i = 0; i < sheet->count && left > 0; i++) {
		const struct point *p = &sheet->point[i];
		const unsigned flags = p->flags &
		    (TCP_SYN | TCP_FIN | TCP_RST);

		if (!is_sent(s, p) || flags == 0)
			continue;
		left--;
		if ((flags & TCP_RST) != 0) {
			put_cross(s, p);
			put_word(s, p, "RST", PAINT_TEXT_BAD, true);
			continue;
		}
		put_diamond(s, p);
		put_word(s, p, (flags & TCP_SYN) != 0 ? "SYN" : "FIN", paint,
		    (flags & TCP_FIN) != 0);
	}
}

/* ---- closed windows ---- */

/* In the middle of a band, or from its left edge if it is narrow. */
static void
put_band_words(const struct sequence *s, int64_t x, int64_t width,
    const char *text, int64_t *free_x)
{
	const int64_t needs = svg_text_width(text);
	int64_t left = x + (width > needs ? (width - needs) / 2 : 20);

	if (left + needs > SHEET_RIGHT)
		left = SHEET_RIGHT - needs;
	if (left < *free_x)
		return;
	*free_x = left + needs;
	svg_label(s->sheet->out, &(struct label){
	    .x = left, .y = s->scale.top + 12 * PX,
	    .paint = PAINT_TEXT_WINDOW, .is_small = true,
	}, text);
}

/* `free_x`: there are no words from there on. */
static void
put_band(const struct sequence *s, int64_t from_ns, int64_t to_ns,
    int64_t *free_x)
{
	const struct time_axis *axis = &s->sheet->axis;
	const int64_t x = time_axis_x(axis, from_ns);
	const int64_t width = time_axis_x(axis, to_ns) - x;
	char ns[TEXT_NUMBER], text[TEXT_NUMBER + 32];

	(void)text_ns(ns, to_ns - from_ns);
	(void)snprintf(text, sizeof(text), "window closed for %s", ns);
	svg_rect(s->sheet->out, &(struct rect){
	    .x = x, .y = s->scale.top, .width = width > PX ? width : PX,
	    .height = s->scale.bottom - s->scale.top, .paint = PAINT_WINDOW,
	    .opacity = 15, .title = text,
	});
	put_band_words(s, x, width, text, free_x);
}

static void
put_bands(const struct sequence *s)
{
	const struct sheet *sheet = s->sheet;
	const struct point *since = NULL;
	unsigned left = BANDS_MAX;
	int64_t free_x = INT64_MIN;

	for (uint32_t i = 0; i < sheet->count && left > 0; i++) {
		const struct point *p = &sheet->point[i];

		if (!is_ack(s, p) || p->window == POINT_UNKNOWN)
			continue;
		if (p->window == 0 && since == NULL)
			since = p;
		if (p->window == 0 || since == NULL)
			continue;
		put_band(s, since->time_ns, p->time_ns, &free_x);
		since = NULL;
		left--;
	}
	if (since != NULL)
		put_band(s, since->time_ns, sheet->axis.last_ns, &free_x);
}

/* ---- the part ---- */

/* "38.5 kB in 84 ms; the window ends up to 85 kB above, never reached" */
static void
put_sequence_head(struct sequence *s)
{
	const struct sheet *sheet = s->sheet;
	char bytes[TEXT_NUMBER], ns[TEXT_NUMBER], above[TEXT_NUMBER];
	char title[64], remark[3 * TEXT_NUMBER + 80];

	(void)text_bytes(bytes, s->bytes);
	(void)text_ns(ns, sheet->axis.last_ns - sheet->axis.first_ns);
	(void)text_bytes(above, s->window_above);
	(void)snprintf(title, sizeof(title), "Sequence numbers, %s",
	    s->side == sheet->conn->orig ? "originator to responder" :
	    "responder to originator");
	if (s->shows_window || s->window_above == 0)
		(void)snprintf(remark, sizeof(remark), "%s in %s", bytes, ns);
	else
		(void)snprintf(remark, sizeof(remark), "%s in %s; the window "
		    "ends up to %s above the acknowledgments", bytes, ns,
		    above);
	sheet_put_head(s->sheet, title, remark);
}

void
sheet_put_sequence(struct sheet *sheet, unsigned side)
{
	struct sequence s = { .sheet = sheet, .side = side };
	const int64_t width = sheet->count <= 150 ? 24 : 16;

	find_extent(&s);
	find_window(&s);
	put_sequence_head(&s);
	s.scale.top = sheet->y + GAP;
	s.scale.bottom = s.scale.top + sheet_sequence_height(sheet) -
	    SHEET_HEAD - GAP;
	s.ack_y = find_ack_y(&s);
	sheet_put_frame(sheet, &s.scale, sheet_format_bytes);
	if (s.shows_window)
		put_room(&s);
	put_bands(&s);
	if (s.shows_window)
		put_window_line(&s);
	put_ack_line(&s);
	put_strokes(&s, is_block, PAINT_SACK, 16);
	put_strokes(&s, is_plain, sheet_paint(sheet, side, false), width);
	put_strokes(&s, is_plain_late, PAINT_WINDOW, width + 10);
	put_strokes(&s, is_again, PAINT_BAD, width + 12);
	put_triangles(&s);
	put_duplicates(&s);
	put_marks(&s);
	sheet->y = s.scale.bottom;
}
