/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "pictures/sheet.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/nstime.h"
#include "base/outbuf.h"
#include "base/pool.h"
#include "diagnosis/text.h"
#include "flow/conn.h"
#include "pictures/sheet_parts.h"
#include "pictures/waits.h"
#include "print/addr.h"
#include "tcp/rtt.h"
#include "tcp/state.h"

#define LANE_HEIGHT	(17 * PX)
#define LANE_STEP	(20 * PX)
#define PLACES_HEIGHT	(16 * PX)	/* of moments */
#define FOOT_HEIGHT	(22 * PX)	/* labels of the axis */
#define SILENCE_MIN	(200 * NS_PER_MS)
#define EXACT_POINTS	1500	/* more are drawn by columns of pixels */
#define FEW_POINTS	300	/* fewer never take DRAFT_BYTES */
#define DRAFT_BYTES	(144 * 1000)	/* of a sheet, without its head */
#define COLUMN_MAX	(16 * PX)	/* no sheet takes more with these */

/* ---- shared by the parts ---- */

void
sheet_put_head(struct sheet *sheet, const char *title, const char *remark)
{
	sheet->y += SHEET_HEAD;
	svg_label(sheet->out, &(struct label){
	    .x = 34 * PX, .y = sheet->y, .paint = PAINT_INK, .is_bold = true,
	}, title);
	if (remark[0] != '\0')
		svg_label(sheet->out, &(struct label){
		    .x = SHEET_RIGHT, .y = sheet->y, .anchor = ANCHOR_END,
		    .paint = PAINT_MUTED, .is_small = true,
		}, remark);
}

void
sheet_put_right(struct sheet *sheet, int64_t y, enum paint paint,
    const char *text)
{
	svg_label(sheet->out, &(struct label){
	    .x = SHEET_RIGHT + 8 * PX, .y = y + 35, .paint = paint,
	    .is_small = true,
	}, text);
}

static void
put_scale_label(struct sheet *sheet, int64_t y, const char *text)
{
	svg_label(sheet->out, &(struct label){
	    .x = SHEET_LEFT - 8 * PX, .y = y + 35, .anchor = ANCHOR_END,
	    .paint = PAINT_MUTED, .is_small = true,
	}, text);
}

/* Powers of ten on a logarithmic scale. */
static uint64_t
next_tick(const struct scale *scale, uint64_t at, uint64_t step)
{
	if (!scale->is_log)
		return at > UINT64_MAX - step ? UINT64_MAX : at + step;
	return at > UINT64_MAX / 10 ? UINT64_MAX : at * 10;
}

void
sheet_format_bytes(char buf[TEXT_NUMBER], uint64_t value, uint64_t step)
{
	static const struct {
		uint64_t bytes;
		const char *name;
	} units[] = {
		{ UINT64_C(1000000000), "GB" }, { 1000000, "MB" },
		{ 1000, "kB" }, { 1, "B" },
	};
	size_t i = 0;

	if (value / 100 < step) {
		(void)text_bytes(buf, value);
		return;
	}
	while (units[i].bytes > step)
		i++;
	(void)snprintf(buf, TEXT_NUMBER, "%" PRIu64 " %s",
	    value / units[i].bytes, units[i].name);
}

static uint64_t
first_tick(const struct scale *scale, uint64_t step)
{
	uint64_t at = 1;

	if (!scale->is_log)
		return scale->least / step * step;
	while (at < scale->least)
		at *= 10;
	return at;
}

void
sheet_put_frame(struct sheet *sheet, const struct scale *scale,
    sheet_format *format)
{
	const unsigned room = (unsigned)((scale->bottom - scale->top) /
	    (30 * PX));
	const uint64_t step = scale_step(scale->most - scale->least, room);
	char text[TEXT_NUMBER];
	int64_t last = INT64_MAX;

	time_axis_put_grid(&sheet->axis, sheet->out, scale->top,
	    scale->bottom);
	if (format != NULL) {
		svg_path_begin(sheet->out);
		svg_move(sheet->out, SHEET_LEFT, scale->bottom);
		for (uint64_t at = first_tick(scale, step); at < scale->most;
		    at = next_tick(scale, at, step)) {
			svg_move(sheet->out, SHEET_LEFT, scale_y(scale, at));
			svg_across(sheet->out, SHEET_RIGHT);
		}
		svg_path_stroke(sheet->out, PAINT_GRID, PX);
		for (uint64_t at = first_tick(scale, step); at < scale->most;
		    at = next_tick(scale, at, step)) {
			const int64_t y = scale_y(scale, at);

			if (at < scale->least || y > last - 11 * PX)
				continue;
			last = y;
			format(text, at, step);
			put_scale_label(sheet, y, at == 0 ? "0" : text);
		}
	}
	time_axis_put_cuts(&sheet->axis, sheet->out, scale->top,
	    scale->bottom);
}

/* ---- the axis ---- */

static const struct point *
longest_silence(const struct sheet *sheet)
{
	const struct time_axis *axis = &sheet->axis;
	const struct point *longest = NULL;
	int64_t most = 0;

	for (uint32_t i = 1; i < sheet->count; i++) {
		const struct point *p = &sheet->point[i];
		const int64_t from = p[-1].time_ns;
		bool is_cut = false;

		for (unsigned k = 0; k < axis->cut_count; k++)
			is_cut = is_cut || axis->cut[k].from_ns == from;
		if (!is_cut && p->time_ns > from && p->time_ns - from > most) {
			most = p->time_ns - from;
			longest = p;
		}
	}
	return longest;
}

/* A silence of a few round trips is what the connection is made of. */
static int64_t
silence_floor(const struct conn *conn)
{
	const int64_t rtt = conn->analysis != NULL ?
	    rtt_of_sender(conn->analysis, conn, conn->orig) : -1;

	return rtt > SILENCE_MIN / 8 && rtt < INT64_MAX / 8 ? 8 * rtt :
	    SILENCE_MIN;
}

static void
cut_silences(struct sheet *sheet)
{
	const int64_t least = silence_floor(sheet->conn);
	const struct point *p;

	for (unsigned i = 0; i < CUTS_MAX; i++) {
		p = longest_silence(sheet);
		if (p == NULL || !time_axis_cut(&sheet->axis, p[-1].time_ns,
		    p->time_ns, least))
			return;
	}
}

static void
choose_points(struct sheet *sheet, const struct moment *moment)
{
	const struct picture *picture = sheet->picture;
	uint32_t from = 0, to = picture->count;

	if (moment == NULL) {
		sheet->point = picture->point;
		sheet->count = picture->count;
		return;
	}
	while (from < to && picture->point[from].time_ns < moment->from_ns)
		from++;
	while (to > from && picture->point[to - 1].time_ns > moment->to_ns)
		to--;
	sheet->point = picture->point + from;
	sheet->count = to - from;
}

static unsigned
find_main_side(const struct sheet *sheet)
{
	uint64_t bytes[2] = { 0, 0 };

	for (uint32_t i = 0; i < sheet->count; i++)
		bytes[sheet->point[i].side] += sheet->point[i].fresh;
	if (bytes[0] == bytes[1])
		return sheet->conn->orig;
	return bytes[1] > bytes[0];
}

static void
sheet_init(struct sheet *sheet, const struct moment *moment)
{
	choose_points(sheet, moment);
	sheet->is_moment = moment != NULL;
	sheet->axis = (struct time_axis){
		.first_ns = moment != NULL ? moment->from_ns :
		    sheet->conn->first_ns,
		.last_ns = moment != NULL ? moment->to_ns :
		    sheet->conn->last_ns,
		.zero_ns = sheet->conn->first_ns,
		.left = SHEET_LEFT,
		.width = SHEET_PLOT,
	};
	cut_silences(sheet);
	sheet->column = sheet->count <= EXACT_POINTS ? 1 : PX;
	sheet->is_dense = sheet->count / (SHEET_PLOT / PX) >= SHEET_DENSE;
	sheet->main_side = find_main_side(sheet);
}

/* ---- states ---- */

/* The first change of the side at or after number `i`, or NULL. */
static const struct change *
next_change(const struct sheet *sheet, unsigned side, unsigned i)
{
	const struct picture *picture = sheet->picture;

	for (; i < picture->change_count; i++)
		if (picture->change[i].side == side)
			return &picture->change[i];
	return NULL;
}

static enum paint
state_paint(const struct sheet *sheet, unsigned side, enum state state)
{
	if (state == STATE_ESTABLISHED)
		return sheet_paint(sheet, side, false);
	return state == STATE_SYN_SENT || state == STATE_SYN_RECEIVED ?
	    PAINT_WINDOW : PAINT_SETUP;
}

static void
put_state(const struct sheet *sheet, unsigned side,
    const struct change *change, int64_t until_ns)
{
	const enum state state = (enum state)change->to;
	const int64_t x = time_axis_x(&sheet->axis, change->time_ns);
	const int64_t width = time_axis_x(&sheet->axis, until_ns) - x;
	char at[TEXT_NUMBER], title[TEXT_NUMBER + 64];

	(void)text_ns(at, change->time_ns - sheet->axis.zero_ns);
	(void)snprintf(title, sizeof(title), "%s since %s",
	    state_name(state), at);
	svg_rect(sheet->out, &(struct rect){
	    .x = x, .y = sheet->y, .width = width > 8 ? width : 8,
	    .height = LANE_HEIGHT, .paint = state_paint(sheet, side, state),
	    .opacity = 28, .title = title,
	});
	svg_rect(sheet->out, &(struct rect){
	    .x = x, .y = sheet->y, .width = 8, .height = LANE_HEIGHT,
	    .paint = PAINT_MUTED,
	});
	if (width > svg_text_width(state_name(state)) + 12 * PX)
		svg_label(sheet->out, &(struct label){
		    .x = x + 40, .y = sheet->y + 12 * PX + 5,
		    .paint = PAINT_INK, .is_small = true,
		}, state_name(state));
}

static void
put_lane(struct sheet *sheet, unsigned side)
{
	const bool is_orig = side == sheet->conn->orig;
	const struct change *change = next_change(sheet, side, 0);

	svg_label(sheet->out, &(struct label){
	    .x = SHEET_LEFT - 8 * PX, .y = sheet->y + 125,
	    .anchor = ANCHOR_END, .is_bold = true,
	    .paint = sheet_paint(sheet, side, true),
	}, is_orig ? "originator" : "responder");
	while (change != NULL) {
		const struct change *next = next_change(sheet, side,
		    (unsigned)(change - sheet->picture->change) + 1);
		const int64_t until = next != NULL ? next->time_ns :
		    sheet->axis.last_ns;

		if (until >= sheet->axis.first_ns &&
		    change->time_ns <= sheet->axis.last_ns)
			put_state(sheet, side, change, until);
		change = next;
	}
	sheet_put_right(sheet, sheet->y + 85, PAINT_INK, state_name(
	    (enum state)sheet->conn->endpoint[side].state));
	sheet->y += LANE_STEP;
}

/* ---- places, cuts ---- */

/* The places of the moments that have sheets of their own. */
static void
put_moment_places(struct sheet *sheet)
{
	struct moment moments[MOMENTS_MAX];
	const unsigned count = sheet->is_moment ? 0 :
	    sheet_moments(sheet->conn, sheet->picture, moments);

	for (unsigned i = 0; i < count; i++) {
		const int64_t x = time_axis_x(&sheet->axis,
		    moments[i].from_ns);
		const int64_t end = time_axis_x(&sheet->axis,
		    moments[i].to_ns);
		const char number[] = { (char)('1' + i), '\0' };

		svg_rect(sheet->out, &(struct rect){
		    .x = x, .y = sheet->y + 2 * PX, .paint = PAINT_INK,
		    .width = end - x > 2 * PX ? end - x : 2 * PX,
		    .height = 2 * PX,
		});
		svg_label(sheet->out, &(struct label){
		    .x = (x + end) / 2, .y = sheet->y + 14 * PX,
		    .anchor = ANCHOR_MIDDLE, .paint = PAINT_INK,
		    .is_small = true, .is_bold = true,
		}, number);
	}
	if (count > 0)
		sheet->y += PLACES_HEIGHT;
}

/* The marks of the cuts follow at once where there is no panel. */
static int64_t
cut_lengths_height(const struct sheet *sheet)
{
	const int64_t marks = sheet_has_data(sheet) ||
	    sheet_wants_trouble(sheet) || sheet_wants_rtt(sheet) ? 0 : 10 * PX;

	if (sheet->axis.cut_count == 0)
		return 0;
	return (sheet->axis.cut_count > 1 ? 22 : 12) * PX + marks;
}

/* How long the silences are: neighbours on two heights. */
static void
put_cut_lengths(struct sheet *sheet)
{
	char ns[TEXT_NUMBER];

	for (unsigned i = 0; i < sheet->axis.cut_count; i++) {
		const struct cut *cut = &sheet->axis.cut[i];

		(void)text_ns(ns, cut->to_ns - cut->from_ns);
		svg_label(sheet->out, &(struct label){
		    .x = time_axis_x(&sheet->axis, cut->from_ns) +
		    CUT_WIDTH / 2,
		    .y = sheet->y + (11 + 10 * (i % 2)) * PX,
		    .anchor = ANCHOR_MIDDLE, .paint = PAINT_MUTED,
		    .is_small = true,
		}, ns);
	}
	sheet->y += cut_lengths_height(sheet);
}

static void
put_cut_marks(struct sheet *sheet)
{
	for (unsigned i = 0; i < sheet->axis.cut_count; i++)
		svg_label(sheet->out, &(struct label){
		    .x = time_axis_x(&sheet->axis,
		    sheet->axis.cut[i].from_ns) + CUT_WIDTH / 2,
		    .y = sheet->y + 4 * PX, .anchor = ANCHOR_MIDDLE,
		    .paint = PAINT_MUTED,
		}, "//");
}

/* ---- the sheet ---- */

/* Is a draft full, so that the rest need not be drawn? */
static bool
is_too_large(const struct sheet *sheet)
{
	return outbuf_error(sheet->out) != 0;
}

static void
put_parts(struct sheet *sheet)
{
	sheet->y = 4 * PX;
	put_lane(sheet, sheet->conn->orig);
	put_lane(sheet, !sheet->conn->orig);
	sheet_put_strip(sheet);
	put_moment_places(sheet);
	put_cut_lengths(sheet);
	if (sheet_has_data(sheet))
		sheet_put_sequence(sheet, sheet->main_side);
	if (sheet_wants_sequence(sheet, !sheet->main_side) && !is_too_large(sheet))
		sheet_put_sequence(sheet, !sheet->main_side);
	if (sheet_has_data(sheet))
		sheet_put_flight(sheet);
	if (is_too_large(sheet))
		return;
	if (sheet_wants_trouble(sheet))
		sheet_put_trouble(sheet);
	if (sheet_wants_rtt(sheet))
		sheet_put_rtt(sheet);
	if (sheet_has_data(sheet))
		sheet_put_goodput(sheet);
	put_cut_marks(sheet);
	time_axis_put_labels(&sheet->axis, sheet->out, sheet->y);
}

/* Parts of a sheet, before it is known whether they fit. */
struct draft {
	size_t len;
	char bytes[DRAFT_BYTES];
};

static int
draft_take(void *arg, const char *bytes, size_t len)
{
	struct draft *draft = arg;

	if (len > DRAFT_BYTES - draft->len)
		return EFBIG;
	memcpy(draft->bytes + draft->len, bytes, len);
	draft->len += len;
	return 0;
}

/* False: the parts take more than a draft. */
static bool
draft_parts(const struct sheet *sheet, struct draft *draft,
    struct outbuf *out)
{
	struct sheet drafted = *sheet;

	draft->len = 0;
	outbuf_clear(out);
	drafted.out = out;
	put_parts(&drafted);
	return outbuf_flush(out) == 0;
}

/*
 * Draft the parts; where they are too large, by wider and wider columns.  NULL
 * when none but the widest columns are left, or out of memory: then the sheet
 * has those.
 */
static struct draft *
draft_sheet(struct sheet *sheet)
{
	struct draft *draft = mem_zalloc(sizeof(*draft));
	struct outbuf *out = outbuf_new(draft_take, draft);
	bool is_done = false;

	while (draft != NULL && out != NULL && !is_done &&
	    sheet->column < COLUMN_MAX) {
		is_done = draft_parts(sheet, draft, out);
		if (!is_done)
			sheet->column = sheet_is_exact(sheet) ? PX :
			    2 * sheet->column;
	}
	outbuf_free(out);
	if (is_done)
		return draft;
	sheet->column = COLUMN_MAX;
	mem_free(draft);
	return NULL;
}

static int64_t
sheet_height(const struct sheet *sheet)
{
	struct moment moments[MOMENTS_MAX];
	int64_t height = 4 * PX + 2 * LANE_STEP + SHEET_STRIP_HEIGHT +
	    FOOT_HEIGHT;

	if (!sheet->is_moment &&
	    sheet_moments(sheet->conn, sheet->picture, moments) > 0)
		height += PLACES_HEIGHT;
	if (sheet_has_data(sheet))
		height += sheet_sequence_height(sheet) +
		    2 * SHEET_PANEL_HEIGHT;
	if (sheet_wants_trouble(sheet))
		height += SHEET_PANEL_HEIGHT;
	height += cut_lengths_height(sheet);
	if (sheet_wants_sequence(sheet, !sheet->main_side))
		height += sheet_sequence_height(sheet);
	if (sheet_wants_rtt(sheet))
		height += SHEET_PANEL_HEIGHT;
	return height;
}

void
sheet_put(struct outbuf *out, const struct conn *conn,
    const struct picture *picture, const struct sheet_options *options)
{
	struct sheet sheet = { .out = out, .conn = conn, .picture = picture };
	struct draft *draft = NULL;
	char orig[ADDR_ENDPOINT_BUFSIZE], resp[ADDR_ENDPOINT_BUFSIZE];
	char title[2 * ADDR_ENDPOINT_BUFSIZE + 64], desc[256];
	char from[TEXT_NUMBER], to[TEXT_NUMBER];

	sheet_init(&sheet, options->moment);
	if (sheet.count > FEW_POINTS)
		draft = draft_sheet(&sheet);
	(void)addr_format_endpoint(orig, conn, conn->orig);
	(void)addr_format_endpoint(resp, conn, !conn->orig);
	(void)text_ns(from, sheet.axis.first_ns - conn->first_ns);
	(void)text_ns(to, sheet.axis.last_ns - conn->first_ns);
	(void)snprintf(title, sizeof(title), "Connection %" PRIu64
	    ": %s to %s", conn->number, orig, resp);
	(void)snprintf(desc, sizeof(desc), "States, booked time, sequence "
	    "numbers, bytes in flight, round trips and goodput of %" PRIu64
	    " segments, from %s to %s of the connection%s.",
	    picture->segments, from, to, sheet_is_coarse(&sheet) ?
	    ", by columns of several pixels" : "");
	svg_begin(out, &(struct svg){
	    .id = options->id, .width = SHEET_WIDTH,
	    .height = sheet_height(&sheet), .title = title, .desc = desc,
	    .is_file = options->is_file,
	});
	if (draft != NULL)
		outbuf_mem(out, draft->bytes, draft->len);
	else
		put_parts(&sheet);
	mem_free(draft);
	svg_end(out);
}

/* ---- the worst moments ---- */

/* With fewer points the sheet itself shows each of them. */
#define MOMENT_POINTS	4000
#define MOMENT_RTT	(50 * NS_PER_MS)	/* where none was measured */

static bool
is_trouble(enum wait_kind kind)
{
	return kind == WAIT_LOST || kind == WAIT_WINDOW ||
	    kind == WAIT_FOR_SERVER;
}

/*
 * Of moments that overlap the costliest stays: its sheet shows the others.
 * False: the moment is not the costliest.
 */
static bool
outdo_moments(struct moment moments[MOMENTS_MAX], unsigned *count,
    const struct moment *moment)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < *count; i++) {
		const bool overlaps = moments[i].from_ns < moment->to_ns &&
		    moment->from_ns < moments[i].to_ns;

		if (overlaps && moments[i].cost_ns >= moment->cost_ns)
			return false;
	}
	for (unsigned i = 0; i < *count; i++)
		if (moments[i].from_ns >= moment->to_ns ||
		    moment->from_ns >= moments[i].to_ns)
			moments[kept++] = moments[i];
	*count = kept;
	return true;
}

static void
add_moment(struct moment moments[MOMENTS_MAX], unsigned *count,
    const struct moment *moment)
{
	unsigned at;

	if (!outdo_moments(moments, count, moment))
		return;
	at = *count < MOMENTS_MAX ? (*count)++ : MOMENTS_MAX;
	if (at == MOMENTS_MAX &&
	    moment->cost_ns <= moments[MOMENTS_MAX - 1].cost_ns)
		return;
	if (at == MOMENTS_MAX)
		at--;
	for (; at > 0 && moments[at - 1].cost_ns < moment->cost_ns; at--)
		moments[at] = moments[at - 1];
	moments[at] = *moment;
}

static void
sort_moments(struct moment *moments, unsigned count)
{
	for (unsigned i = 1; i < count; i++)
		for (unsigned k = i; k > 0 &&
		    moments[k - 1].from_ns > moments[k].from_ns; k--) {
			const struct moment held = moments[k];

			moments[k] = moments[k - 1];
			moments[k - 1] = held;
		}
}

unsigned
sheet_moments(const struct conn *conn, const struct picture *picture,
    struct moment moments[MOMENTS_MAX])
{
	int64_t rtt = conn->analysis != NULL ?
	    rtt_of_sender(conn->analysis, conn, conn->orig) : -1;
	unsigned count = 0;

	if (picture->count <= MOMENT_POINTS)
		return 0;
	if (rtt < 0 || rtt > NS_PER_SEC)
		rtt = MOMENT_RTT;
	for (uint32_t i = 0; i < picture->span_count; i++) {
		const struct span *span = &picture->span[i];
		const struct moment moment = {
			.from_ns = span->from_ns - 2 * rtt,
			.to_ns = span->to_ns + 3 * rtt,
			.wait_ns = span->from_ns,
			.cost_ns = span->to_ns - span->from_ns,
		};

		/* What takes less than a round trip holds nobody up. */
		if (moment.cost_ns >= rtt &&
		    is_trouble(wait_kind_of(conn, span)))
			add_moment(moments, &count, &moment);
	}
	for (unsigned i = 0; i < count; i++) {
		if (moments[i].from_ns < conn->first_ns)
			moments[i].from_ns = conn->first_ns;
		if (moments[i].to_ns > conn->last_ns)
			moments[i].to_ns = conn->last_ns;
	}
	sort_moments(moments, count);
	return count;
}
