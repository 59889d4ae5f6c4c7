/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "views/pair_pictures.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/nstime.h"
#include "base/outbuf.h"
#include "compare/result.h"
#include "compare/trail.h"
#include "decode/segment.h"
#include "diagnosis/text.h"
#include "flow/conn.h"
#include "pictures/ladder.h"
#include "pictures/ladder_ends.h"
#include "pictures/markup.h"
#include "pictures/scale.h"
#include "pictures/strokes.h"
#include "print/addr.h"

#define WIDTH		(960 * PX)

static bool
is_seen(const struct trail_step *step, enum point point)
{
	return step->at[point].frame != 0;
}

static bool
is_seen_twice(const struct trail_step *step)
{
	return is_seen(step, POINT_A) && is_seen(step, POINT_B);
}

static int64_t
first_ns(const struct trail_step *step)
{
	if (!is_seen_twice(step))
		return step->at[is_seen(step, POINT_B)].ns;
	return step->at[POINT_A].ns < step->at[POINT_B].ns ?
	    step->at[POINT_A].ns : step->at[POINT_B].ns;
}

static int64_t
delay_of(const struct trail_step *step)
{
	const enum point up = (enum point)step->upstream;

	return nstime_diff(step->at[point_other(up)].ns, step->at[up].ns);
}

/* The point that the originator's segments pass first. */
static enum point
near_orig(const struct compare_result *result, size_t pair)
{
	return (enum point)compare_lane(result->compare, pair,
	    DIRECTION_ORIG)->upstream;
}

/* ---- delays ---- */

#define PLOT_LEFT	(90 * PX)
#define PLOT_WIDTH	(700 * PX)
#define PLOT_RIGHT	(PLOT_LEFT + PLOT_WIDTH)
#define PLOT_TOP	(30 * PX)
#define PLOT_HEIGHT	(150 * PX)
#define PLOT_BOTTOM	(PLOT_TOP + PLOT_HEIGHT)
#define DELAYS_BYTES	150000	/* of the picture, at most */
#define GRAIN_FINEST	1	/* dots stay apart as struct cells has them */
#define GRAIN_LEAST	(3 * PX)
#define GRAIN_MOST	(6 * PX)	/* all squares of these are 100 kB */

struct plot {
	struct outbuf *out;
	const struct trail *trail;
	enum point near_orig;
	struct time_axis axis;
	struct scale scale;
	int64_t grain;			/* side of a square with one dot */
};

bool
pair_has_delays(const struct compare_result *result,
    const struct trail *trail)
{
	if (result->pairs->clock.count == 0)
		return false;
	for (size_t i = 0; i < trail->count; i++)
		if (is_seen_twice(&trail->steps[i]) &&
		    delay_of(&trail->steps[i]) > 0)
			return true;
	return false;
}

static void
find_extent(struct plot *plot)
{
	uint64_t least = UINT64_MAX, most = 1;

	for (size_t i = 0; i < plot->trail->count; i++) {
		const struct trail_step *step = &plot->trail->steps[i];
		const int64_t ns = delay_of(step);

		if (!is_seen_twice(step) || ns < 0)
			continue;
		if ((uint64_t)ns < least)
			least = (uint64_t)ns;
		if ((uint64_t)ns > most)
			most = (uint64_t)ns;
	}
	plot->scale = (struct scale){
		.least = least == UINT64_MAX || least < most / 2 ? 0 :
		    least - (most - least) / 4,
		.most = most, .top = PLOT_TOP, .bottom = PLOT_BOTTOM,
	};
}

/* With as many decimals as it takes to tell levels apart. */
static void
format_level(char buf[TEXT_NUMBER], uint64_t ns, const struct scale *scale,
    uint64_t step)
{
	static const struct {
		uint64_t ns;
		const char *name;
	} units[] = { { NS_PER_SEC, "s" }, { NS_PER_MS, "ms" },
	    { NS_PER_US, "us" } };
	const unsigned at = scale->most >= units[0].ns ? 0 :
	    scale->most >= units[1].ns ? 1 : 2;
	const uint64_t unit = units[at].ns, parts = NS_PER_SEC / unit;
	char decimals[TEXT_NUMBER];
	int count = 0;

	for (uint64_t part = unit; part > step && part > 1; part /= 10)
		count++;
	(void)snprintf(decimals, sizeof(decimals), ".%09" PRIu64,
	    ns % unit * parts);
	(void)snprintf(buf, TEXT_NUMBER, "%" PRIu64 "%.*s %s", ns / unit,
	    count > 0 ? 1 + count : 0, decimals, units[at].name);
}

static void
put_levels(const struct plot *plot)
{
	const struct scale *scale = &plot->scale;
	const uint64_t step = scale_step(scale->most - scale->least, 4);

	for (uint64_t at = scale->least / step * step + step;
	    at <= scale->most; at += step) {
		const int64_t y = scale_y(scale, at);
		char text[TEXT_NUMBER];

		svg_path_begin(plot->out);
		svg_move(plot->out, PLOT_LEFT, y);
		svg_across(plot->out, PLOT_RIGHT);
		svg_path_stroke(plot->out, PAINT_GRID, PX);
		format_level(text, at, scale, step);
		svg_label(plot->out, &(struct label){
		    .x = PLOT_LEFT - 8 * PX, .y = y + 35,
		    .anchor = ANCHOR_END, .paint = PAINT_MUTED,
		    .is_small = true,
		}, text);
		if (at > UINT64_MAX - step)
			break;
	}
}

static int64_t
round_down(int64_t at, int64_t least, int64_t grain)
{
	return at - (at - least) % grain;
}

static void
put_dots(const struct plot *plot, bool is_orig)
{
	struct cells cells = {
		.left = PLOT_LEFT, .top = PLOT_TOP, .width = PLOT_WIDTH,
		.height = PLOT_HEIGHT,
	};

	svg_path_begin(plot->out);
	svg_move(plot->out, PLOT_LEFT, PLOT_BOTTOM);
	for (size_t i = 0; i < plot->trail->count; i++) {
		const struct trail_step *step = &plot->trail->steps[i];
		int64_t x, y;

		if (!is_seen_twice(step) || delay_of(step) < 0 ||
		    (step->upstream == plot->near_orig) != is_orig)
			continue;
		x = time_axis_x(&plot->axis, first_ns(step));
		y = scale_y(&plot->scale, (uint64_t)delay_of(step));
		if (cells_mark(&cells, round_down(x, PLOT_LEFT, plot->grain),
		    round_down(y, PLOT_TOP, plot->grain)))
			continue;
		svg_move(plot->out, x, y);
		outbuf_str(plot->out, "h0");
	}
	svg_path_dots(plot->out, is_orig ? PAINT_ORIG : PAINT_RESP, 26);
}

/* Where segments were lost: ticks above the plot. */
static void
put_losses(const struct plot *plot)
{
	int64_t last = INT64_MIN / 2;

	svg_path_begin(plot->out);
	svg_move(plot->out, PLOT_LEFT, PLOT_TOP);
	for (size_t i = 0; i < plot->trail->count; i++) {
		const struct trail_step *step = &plot->trail->steps[i];
		const int64_t x = time_axis_x(&plot->axis, first_ns(step));

		if (step->fate != FATE_LOST || x < last + PX)
			continue;
		last = x;
		svg_move(plot->out, x, PLOT_TOP - 8 * PX);
		svg_down(plot->out, PLOT_TOP);
	}
	svg_path_stroke(plot->out, PAINT_BAD, 16);
	if (last != INT64_MIN / 2)
		svg_label(plot->out, &(struct label){
		    .x = PLOT_LEFT - 8 * PX, .y = PLOT_TOP - PX,
		    .anchor = ANCHOR_END, .paint = PAINT_TEXT_BAD,
		    .is_small = true,
		}, "lost");
}

/* "to responder / p50 20.1 ms, p99 24.3 ms" */
static int64_t
put_median(const struct plot *plot, const struct lane *lane, bool is_orig,
    int64_t above)
{
	char p50[TEXT_NUMBER], p99[TEXT_NUMBER], text[2 * TEXT_NUMBER + 16];
	const enum paint paint = is_orig ? PAINT_TEXT_ORIG : PAINT_TEXT_RESP;
	const int64_t median = delays_quantile(&lane->delays, 500);
	int64_t y;

	if (median < 0)
		return above;
	(void)text_ns(p50, median);
	(void)text_ns(p99, delays_quantile(&lane->delays, 990));
	(void)snprintf(text, sizeof(text), "p50 %s, p99 %s", p50, p99);
	y = scale_y(&plot->scale, (uint64_t)median);
	if (y > PLOT_BOTTOM - 14 * PX)
		y = PLOT_BOTTOM - 14 * PX;
	if (above >= 0 && y < above + 26 * PX && y > above - 26 * PX)
		y = above > PLOT_TOP + 30 * PX ? above - 26 * PX :
		    above + 26 * PX;
	svg_label(plot->out, &(struct label){
	    .x = PLOT_RIGHT + 8 * PX, .y = y + 35, .paint = paint,
	    .is_small = true,
	}, is_orig ? "to responder" : "to originator");
	svg_label(plot->out, &(struct label){
	    .x = PLOT_RIGHT + 8 * PX, .y = y + 12 * PX + 35, .paint = paint,
	    .is_small = true,
	}, text);
	return y;
}

static void
put_delays(const struct plot *plot, const struct compare_result *result)
{
	const size_t pair = plot->trail->pair;
	struct outbuf *out = plot->out;
	char id[32];
	int64_t above;

	(void)snprintf(id, sizeof(id), "d%zu", pair + 1);
	svg_begin(out, &(struct svg){
	    .id = id, .width = WIDTH, .height = PLOT_BOTTOM + 22 * PX,
	    .title = "One-way delays", .desc = "The time that each segment "
	    "took from one point to the other, a dot each, over time; ticks "
	    "above are segments that were lost between the points.",
	});
	svg_label(out, &(struct label){
	    .x = 34 * PX, .y = 14 * PX, .paint = PAINT_INK, .is_bold = true,
	}, "One-way delay between the points");
	time_axis_put_grid(&plot->axis, out, PLOT_TOP, PLOT_BOTTOM);
	put_levels(plot);
	put_losses(plot);
	put_dots(plot, true);
	put_dots(plot, false);
	above = put_median(plot, compare_lane(result->compare, pair,
	    DIRECTION_ORIG), true, -1);
	(void)put_median(plot, compare_lane(result->compare, pair,
	    DIRECTION_RESP), false, above);
	time_axis_put_labels(&plot->axis, out, PLOT_BOTTOM);
	svg_end(out);
}

static bool
fits(const struct plot *plot, const struct compare_result *result)
{
	const uint64_t mark = outbuf_mark(plot->out);

	put_delays(plot, result);
	return outbuf_mark(plot->out) - mark <= DELAYS_BYTES;
}

/* The finest grain with which the picture is within its bound. */
static int64_t
find_grain(struct plot plot, const struct compare_result *result)
{
	plot.out = outbuf_new(outbuf_sink_none, NULL);
	if (plot.out == NULL)
		return GRAIN_MOST;
	plot.grain = GRAIN_FINEST;
	if (!fits(&plot, result))
		for (plot.grain = GRAIN_LEAST; plot.grain < GRAIN_MOST &&
		    !fits(&plot, result);)
			plot.grain += PX / 2;
	outbuf_free(plot.out);
	return plot.grain;
}

void
pair_put_delays(struct outbuf *out, const struct compare_result *result,
    const struct trail *trail)
{
	const int64_t from = first_ns(&trail->steps[0]);
	struct plot plot = {
		.out = out, .trail = trail,
		.near_orig = near_orig(result, trail->pair),
		.axis = {
			.first_ns = from, .zero_ns = from,
			.last_ns = first_ns(&trail->steps[trail->count - 1]),
			.left = PLOT_LEFT, .width = PLOT_WIDTH,
		},
	};

	find_extent(&plot);
	plot.grain = find_grain(plot, result);
	put_delays(&plot, result);
}

/* ---- the ladder: which segments have rows ---- */

#define LEFT		(210 * PX)	/* line of the originator */
#define RIGHT		(640 * PX)
#define REMARKS		(660 * PX)
#define HEAD		(56 * PX)
#define ROW		(25 * PX)
#define SLOPE		(13 * PX)

struct row {
	const struct trail_step *step;	/* the first one */
	uint32_t count;			/* of several that are alike */
	uint64_t bytes;
};

struct ladder {
	struct outbuf *out;
	enum point near_orig;
	bool has_clock;
	int64_t x[POINT_COUNT];		/* of the points */
	int64_t zero_ns;
	struct row rows[LADDER_KEPT];
	struct ladder_ends ends;	/* where each of them goes */
	struct row gather;		/* count 0: none */
	bool has_sent[2];		/* data; the second: the originator */
};

static bool
is_orig(const struct ladder *l, const struct trail_step *step)
{
	return step->upstream == l->near_orig;
}

static bool
is_special(const struct ladder *l, const struct trail_step *step)
{
	return (step->flags & (TCP_SYN | TCP_FIN | TCP_RST)) != 0 ||
	    step->is_late || (step->fate != FATE_MATCHED &&
	    step->fate != FATE_THINNED && step->fate != FATE_OUTSIDE) ||
	    (step->payload_len > 0 && !l->has_sent[is_orig(l, step)]);
}

static void
keep_row(struct ladder *l, const struct row *row)
{
	l->rows[ladder_ends_add(&l->ends, row->count)] = *row;
}

static void
end_gather(struct ladder *l)
{
	if (l->gather.count > 0)
		keep_row(l, &l->gather);
	l->gather.count = 0;
}

static void
add_step(struct ladder *l, const struct trail_step *step)
{
	const struct row row = {
		.step = step, .count = 1, .bytes = step->payload_len,
	};
	struct row *gather = &l->gather;
	const bool special = is_special(l, step);

	if (step->payload_len > 0)
		l->has_sent[is_orig(l, step)] = true;
	if (!special && gather->count > 0 &&
	    gather->step->upstream == step->upstream &&
	    (gather->step->payload_len > 0) == (step->payload_len > 0)) {
		gather->count++;
		gather->bytes += step->payload_len;
		return;
	}
	end_gather(l);
	if (special)
		keep_row(l, &row);
	else
		*gather = row;
}

/* ---- the ladder: rows ---- */

static int64_t
line_of(bool is_left)
{
	return is_left ? LEFT : RIGHT;
}

/* Arrows fall on their way to the other endpoint. */
static int64_t
y_at(int64_t y, int64_t from, int64_t x)
{
	const int64_t way = x - from;

	return y + (way < 0 ? -way : way) * SLOPE / (RIGHT - LEFT);
}

/* Was the segment seen alone, at its upstream point as far as that is known? */
static bool
is_alone_upstream(const struct trail_step *step)
{
	return step->fate == FATE_ALONE && step->at[step->upstream].frame != 0;
}

static bool
begins_between(const struct trail_step *step)
{
	return step->fate == FATE_INJECTED ||
	    (step->fate == FATE_ALONE && !is_alone_upstream(step));
}

static bool
ends_between(const struct trail_step *step)
{
	return step->fate == FATE_LOST || is_alone_upstream(step);
}

static void
put_arrow(const struct ladder *l, const struct row *row, int64_t y,
    enum paint paint)
{
	const struct trail_step *step = row->step;
	const bool to_right = is_orig(l, step);
	const int64_t sender = line_of(to_right), end = line_of(!to_right);
	const int64_t middle = (l->x[POINT_A] + l->x[POINT_B]) / 2;
	const int64_t from = begins_between(step) ? middle : sender;
	const int64_t to = ends_between(step) ? middle : end;
	const int64_t back = to_right ? -70 : 70;

	svg_path_begin(l->out);
	svg_move(l->out, from, y_at(y, sender, from));
	svg_line(l->out, to, y_at(y, sender, to));
	svg_path_stroke(l->out, paint, row->count > 1 ? 30 : 12);
	svg_path_begin(l->out);
	if (to == middle) {
		svg_move(l->out, to - 40, y_at(y, sender, to) - 40);
		svg_line(l->out, to + 40, y_at(y, sender, to) + 40);
		svg_move(l->out, to - 40, y_at(y, sender, to) + 40);
		svg_line(l->out, to + 40, y_at(y, sender, to) - 40);
		svg_path_stroke(l->out, PAINT_BAD, 20);
		return;
	}
	svg_move(l->out, end, y + SLOPE);
	svg_line(l->out, end + back, y + SLOPE - 38);
	svg_line(l->out, end + back, y + SLOPE + 28);
	outbuf_char(l->out, 'Z');
	svg_path_fill(l->out, paint, 0);
}

static void
put_dots_of(const struct ladder *l, const struct trail_step *step, int64_t y,
    enum paint paint)
{
	const int64_t sender = line_of(is_orig(l, step));

	svg_path_begin(l->out);
	for (unsigned point = 0; point < POINT_COUNT; point++) {
		if (!is_seen(step, (enum point)point))
			continue;
		svg_move(l->out, l->x[point], y_at(y, sender, l->x[point]));
		outbuf_str(l->out, "h0");
	}
	svg_path_dots(l->out, paint, 40);
}

#define WORDS	96

static void
format_row(char buf[WORDS], const struct row *row)
{
	const struct trail_step *step = row->step;
	char flags[LADDER_FLAGS], bytes[TEXT_NUMBER];
	const size_t len = ladder_format_flags(flags, step->flags,
	    step->payload_len > 0);

	(void)text_bytes(bytes, row->bytes);
	if (row->count > 1 && row->bytes > 0)
		(void)snprintf(buf, WORDS, "%" PRIu32 " data segments, %s",
		    row->count, bytes);
	else if (row->count > 1)
		(void)snprintf(buf, WORDS, "%" PRIu32 " ACKs", row->count);
	else if (step->payload_len > 0)
		(void)snprintf(buf, WORDS, "%s%s%" PRIu32 " bytes from %"
		    PRId64, flags, len > 0 ? ", " : "", step->payload_len,
		    step->start);
	else if ((step->flags & TCP_ACK) != 0)
		(void)snprintf(buf, WORDS, "%s %" PRIu32, flags, step->ack);
	else
		(void)snprintf(buf, WORDS, "%s", flags);
}

static void
format_fate(char buf[WORDS], const struct ladder *l,
    const struct trail_step *step)
{
	static const char *const words[] = {
		[FATE_MATCHED] = "",
		[FATE_LOST] = "lost between the points",
		[FATE_INJECTED] = "injected between the points",
		[FATE_ALONE] = "lost or injected between the points",
		[FATE_THINNED] = "",
		[FATE_DUPLICATED] = "duplicated between the points",
		[FATE_UNCAPTURED] = "passed, but was not captured",
		[FATE_OUTSIDE] = "outside the common time",
	};
	char ns[TEXT_NUMBER];

	(void)snprintf(buf, WORDS, "%s", words[step->fate]);
	if (buf[0] != '\0' || !l->has_clock || !is_seen_twice(step))
		return;
	(void)text_ns(ns, delay_of(step));
	(void)snprintf(buf, WORDS, "%s between%s", ns, step->is_late ?
	    ", overtaken" : "");
}

static void
put_small(const struct ladder *l, int64_t x, int64_t y, enum anchor anchor,
    enum paint paint, const char *text)
{
	svg_label(l->out, &(struct label){
	    .x = x, .y = y, .anchor = anchor, .paint = paint,
	    .is_small = true,
	}, text);
}

static void
put_row(const struct ladder *l, const struct row *row, int64_t y)
{
	const struct trail_step *step = row->step;
	const bool is_bad = begins_between(step) || ends_between(step) ||
	    (step->flags & TCP_RST) != 0;
	const enum paint paint = is_bad ? PAINT_BAD : is_orig(l, step) ?
	    PAINT_ORIG : PAINT_RESP;
	char words[WORDS], ns[TEXT_NUMBER];

	(void)text_ns(ns, first_ns(step) - l->zero_ns);
	put_small(l, 74 * PX, y + 40, ANCHOR_END, PAINT_MUTED,
	    first_ns(step) == l->zero_ns ? "0" : ns);
	put_arrow(l, row, y, paint);
	put_dots_of(l, step, y, paint);
	format_row(words, row);
	put_small(l, (LEFT + RIGHT) / 2, y + SLOPE / 2 - 55, ANCHOR_MIDDLE,
	    PAINT_INK, words);
	if (row->count > 1)
		return;
	format_fate(words, l, step);
	if (words[0] != '\0')
		put_small(l, REMARKS, y + SLOPE / 2 + 30, ANCHOR_START,
		    is_bad ? PAINT_TEXT_BAD : PAINT_MUTED, words);
}

static void
put_left_out(const struct ladder *l, int64_t y)
{
	char words[WORDS];

	(void)snprintf(words, sizeof(words), "%" PRIu64 " more segments",
	    l->ends.left_out);
	put_small(l, (LEFT + RIGHT) / 2, y + 9 * PX, ANCHOR_MIDDLE,
	    PAINT_MUTED, words);
}

static void
put_rows(const struct ladder *l)
{
	int64_t y = HEAD;

	for (unsigned i = 0; i < ladder_ends_drawn(&l->ends); i++, y += ROW) {
		const unsigned at = ladder_ends_at(&l->ends, i);

		if (at == LADDER_MORE)
			put_left_out(l, y);
		else
			put_row(l, &l->rows[at], y);
	}
}

/* ---- the ladder ---- */

/* The points stand as the parts of the round trip do, or at the thirds. */
static void
place_points(struct ladder *l, const struct compare_result *result,
    size_t pair)
{
	const enum point near = l->near_orig, far = point_other(near);
	const int64_t width = RIGHT - LEFT, least = width / 8;
	const int64_t behind = result_rtt_behind(result, pair, near);
	const int64_t between = result_rtt_between(result, pair);
	const int64_t ahead = result_rtt_behind(result, pair, far);
	int64_t left = width / 3, right = left;

	if (behind >= 0 && between >= 0 && ahead >= 0) {
		const int64_t whole = nstime_add(nstime_add(behind, between),
		    ahead);

		left = scale_part(behind, whole, width);
		right = scale_part(ahead, whole, width);
		left = left < least ? least : left > 3 * least ? 3 * least :
		    left;
		right = right < least ? least : right > 3 * least ?
		    3 * least : right;
	}
	l->x[near] = LEFT + left;
	l->x[far] = RIGHT - right;
}

static void
put_heads(const struct ladder *l, const struct conn *conn, unsigned orig,
    int64_t bottom)
{
	char text[ADDR_ENDPOINT_BUFSIZE];

	(void)addr_format_endpoint(text, conn, orig);
	svg_label(l->out, &(struct label){
	    .x = LEFT, .y = 14 * PX, .anchor = ANCHOR_MIDDLE,
	    .paint = PAINT_TEXT_ORIG, .is_bold = true,
	}, text);
	(void)addr_format_endpoint(text, conn, !orig);
	svg_label(l->out, &(struct label){
	    .x = RIGHT, .y = 14 * PX, .anchor = ANCHOR_MIDDLE,
	    .paint = PAINT_TEXT_RESP, .is_bold = true,
	}, text);
	put_small(l, LEFT, 28 * PX, ANCHOR_MIDDLE, PAINT_MUTED, "originator");
	put_small(l, RIGHT, 28 * PX, ANCHOR_MIDDLE, PAINT_MUTED, "responder");
	put_small(l, l->x[POINT_A], 38 * PX, ANCHOR_MIDDLE, PAINT_INK, "A");
	put_small(l, l->x[POINT_B], 38 * PX, ANCHOR_MIDDLE, PAINT_INK, "B");
	put_small(l, 74 * PX, 28 * PX, ANCHOR_END, PAINT_MUTED, "time");
	svg_path_begin(l->out);
	svg_move(l->out, LEFT, HEAD - 14 * PX);
	svg_down(l->out, bottom);
	svg_move(l->out, RIGHT, HEAD - 14 * PX);
	svg_down(l->out, bottom);
	svg_path_stroke(l->out, PAINT_INK, 14);
	for (unsigned point = 0; point < POINT_COUNT; point++) {
		svg_path_begin(l->out);
		svg_move(l->out, l->x[point], HEAD - 14 * PX);
		svg_down(l->out, bottom);
		svg_path_dotted(l->out, PAINT_MUTED);
	}
}

void
pair_put_ladder(struct outbuf *out, const struct compare_result *result,
    const struct trail *trail)
{
	const struct pair *pair = &result->pairs->pairs[trail->pair];
	struct ladder l = {
		.out = out,
		.near_orig = near_orig(result, trail->pair),
		.has_clock = result->pairs->clock.count > 0,
		.zero_ns = first_ns(&trail->steps[0]),
	};
	int64_t bottom;
	size_t i = 0;
	char id[32];

	place_points(&l, result, trail->pair);
	do
		add_step(&l, &trail->steps[i]);
	while (++i < trail->count);
	end_gather(&l);
	bottom = HEAD + (int64_t)ladder_ends_drawn(&l.ends) * ROW;
	(void)snprintf(id, sizeof(id), "l%zu", trail->pair + 1);
	svg_begin(out, &(struct svg){
	    .id = id, .width = WIDTH, .height = bottom + 10 * PX,
	    .title = "Ladder through both points", .desc = "The segments that "
	    "matter, from top to bottom in order of time, from one endpoint "
	    "through the points A and B to the other.",
	});
	put_heads(&l, result_conn(result, trail->pair, POINT_A),
	    pair->side[DIRECTION_ORIG][POINT_A], bottom);
	put_rows(&l);
	svg_end(out);
}
