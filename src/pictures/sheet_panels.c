/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes in flight against the window, trouble, round trips, goodput.
 */
#include "config.h"

#include "pictures/sheet_parts.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/nstime.h"
#include "base/outbuf.h"
#include "base/series.h"
#include "diagnosis/text.h"
#include "flow/conn.h"
#include "tcp/analysis.h"

/* Below head and gap. */
#define PLOT_HEIGHT	(SHEET_PANEL_HEIGHT - SHEET_HEAD - 6 * PX)
#define BAR_WIDTH	(6 * PX)
#define BARS		(SHEET_PLOT / BAR_WIDTH)

static void
begin_plot(struct sheet *sheet, struct scale *scale)
{
	scale->top = sheet->y + 6 * PX;
	scale->bottom = scale->top + PLOT_HEIGHT;
}

/* ---- in flight ---- */

struct flight {
	int64_t sent;		/* highest captured */
	int64_t acked;
	uint32_t window;	/* of the receiver, or POINT_UNKNOWN */
};

/* Bytes in flight after a point. */
static uint64_t
flight_after(struct flight *flight, unsigned side, const struct point *p)
{
	if (!p->is_sack && p->side == side && p->start >= 0 &&
	    point_end(p) > flight->sent)
		flight->sent = point_end(p);
	if (!p->is_sack && p->side != side) {
		if (p->ack > flight->acked)
			flight->acked = p->ack;
		if (p->window != POINT_UNKNOWN)
			flight->window = p->window;
	}
	return flight->sent > flight->acked && flight->acked > 0 ?
	    (uint64_t)(flight->sent - flight->acked) : 0;
}

struct flight_extent {
	uint64_t most;
	uint32_t least_window;
	bool shows_window;
};

static struct flight_extent
find_flight_extent(const struct sheet *sheet)
{
	struct flight flight = { .window = POINT_UNKNOWN };
	struct flight_extent extent = { .least_window = POINT_UNKNOWN };

	for (uint32_t i = 0; i < sheet->count; i++) {
		const uint64_t bytes = flight_after(&flight, sheet->main_side,
		    &sheet->point[i]);

		if (bytes > extent.most)
			extent.most = bytes;
		/* The window of a SYN says little about that of data. */
		if (bytes > 0 && flight.window < extent.least_window)
			extent.least_window = flight.window;
	}
	extent.shows_window = extent.least_window != POINT_UNKNOWN &&
	    (uint64_t)extent.least_window * 10 < extent.most * 25;
	return extent;
}

static void
put_flight_line(const struct sheet *sheet, const struct scale *scale,
    bool is_area)
{
	struct step_line line = {
		.out = sheet->out, .column = sheet->column,
		.left = SHEET_LEFT,
	};
	struct flight flight = { .window = POINT_UNKNOWN };

	svg_path_begin(sheet->out);
	step_line_add(&line, sheet->axis.left, scale->bottom);
	for (uint32_t i = 0; i < sheet->count; i++)
		step_line_add(&line, sheet_x(sheet, &sheet->point[i]),
		    scale_y(scale, flight_after(&flight, sheet->main_side,
		    &sheet->point[i])));
	step_line_end(&line, SHEET_RIGHT);
	if (!is_area) {
		svg_path_stroke(sheet->out,
		    sheet_paint(sheet, sheet->main_side, false), PX);
		return;
	}
	svg_down(sheet->out, scale->bottom);
	outbuf_char(sheet->out, 'Z');
	svg_path_fill(sheet->out, sheet_paint(sheet, sheet->main_side, false),
	    25);
}

static void
put_flight_window(struct sheet *sheet, const struct scale *scale)
{
	struct step_line line = {
		.out = sheet->out, .column = sheet->column,
		.left = SHEET_LEFT,
	};
	struct flight flight = { .window = POINT_UNKNOWN };

	svg_path_begin(sheet->out);
	svg_move(sheet->out, sheet->axis.left, scale->bottom);
	for (uint32_t i = 0; i < sheet->count; i++) {
		(void)flight_after(&flight, sheet->main_side,
		    &sheet->point[i]);
		if (flight.window != POINT_UNKNOWN)
			step_line_add(&line,
			    sheet_x(sheet, &sheet->point[i]),
			    scale_y(scale, flight.window));
	}
	step_line_end(&line, SHEET_RIGHT);
	svg_path_stroke(sheet->out, PAINT_WINDOW, 12);
	sheet_put_right(sheet, scale_y(scale, flight.window),
	    PAINT_TEXT_WINDOW, "window");
}

void
sheet_put_flight(struct sheet *sheet)
{
	const struct flight_extent extent = find_flight_extent(sheet);
	struct scale scale = {
		.most = extent.most > 0 ? extent.most : 1,
	};
	char number[TEXT_NUMBER], text[TEXT_NUMBER + 48] = "";

	(void)text_bytes(number, extent.least_window);
	if (!extent.shows_window && extent.least_window != POINT_UNKNOWN)
		(void)snprintf(text, sizeof(text),
		    "the window, %s and more, was never the limit", number);
	if (extent.shows_window && extent.least_window > scale.most)
		scale.most = extent.least_window;
	sheet_put_head(sheet, extent.shows_window ?
	    "In flight, and the window" : "In flight", text);
	begin_plot(sheet, &scale);
	sheet_put_frame(sheet, &scale, sheet_format_bytes);
	put_flight_line(sheet, &scale, true);
	put_flight_line(sheet, &scale, false);
	if (extent.shows_window)
		put_flight_window(sheet, &scale);
	(void)text_bytes(number, extent.most);
	(void)snprintf(text, sizeof(text), "most %s", number);
	sheet_put_right(sheet, scale.top + (extent.shows_window ? 24 * PX : 8 *
	    PX), sheet_paint(sheet, sheet->main_side, true), text);
	sheet->y = scale.bottom;
}

/* ---- trouble ---- */

#define TROUBLE_WIDTH	(2 * PX)
#define TROUBLES	(SHEET_PLOT / TROUBLE_WIDTH)

struct troubles {
	uint32_t again[TROUBLES];	/* retransmissions */
	uint32_t dups[TROUBLES];	/* duplicate ACKs */
	uint32_t most;			/* of both together */
	uint64_t all_again, all_dups;
};

static void
count_trouble(struct troubles *troubles, size_t bar, const struct point *p)
{
	uint32_t sum;

	if (point_is(p, JUDGED_RETRANSMISSION)) {
		troubles->again[bar]++;
		troubles->all_again++;
	} else if (p->dups > 0) {
		troubles->dups[bar]++;
		troubles->all_dups++;
	}
	sum = troubles->again[bar] + troubles->dups[bar];
	if (sum > troubles->most)
		troubles->most = sum;
}

static void
find_troubles(const struct sheet *sheet, struct troubles *troubles)
{
	for (uint32_t i = 0; i < sheet->count; i++) {
		const struct point *p = &sheet->point[i];
		const int64_t at = (sheet_x(sheet, p) - SHEET_LEFT) /
		    TROUBLE_WIDTH;

		if (!p->is_sack)
			count_trouble(troubles, at < TROUBLES ? (size_t)at :
			    TROUBLES - 1, p);
	}
}

/* Duplicate ACKs stand upon the retransmissions. */
static void
put_trouble_bars(const struct sheet *sheet, const struct scale *scale,
    const struct troubles *troubles, bool is_again)
{
	svg_path_begin(sheet->out);
	svg_move(sheet->out, SHEET_LEFT, scale->bottom);
	for (size_t i = 0; i < TROUBLES; i++) {
		const uint64_t below = is_again ? 0 : troubles->again[i];
		const uint64_t bar = is_again ? troubles->again[i] :
		    troubles->dups[i];

		if (bar == 0)
			continue;
		svg_move(sheet->out, SHEET_LEFT + (int64_t)i * TROUBLE_WIDTH +
		    TROUBLE_WIDTH / 2, scale_y(scale, below));
		svg_down(sheet->out, scale_y(scale, below + bar));
	}
	svg_path_stroke(sheet->out, is_again ? PAINT_BAD :
	    sheet_paint(sheet, !sheet->main_side, false), TROUBLE_WIDTH);
}

bool
sheet_wants_trouble(const struct sheet *sheet)
{
	if (!sheet->is_dense)
		return false;
	for (uint32_t i = 0; i < sheet->count; i++)
		if (point_is(&sheet->point[i], JUDGED_RETRANSMISSION) ||
		    sheet->point[i].dups > 0)
			return true;
	return false;
}

void
sheet_put_trouble(struct sheet *sheet)
{
	struct troubles troubles = { .most = 0 };
	struct scale scale = { .most = 1 };
	char text[80] = "";

	find_troubles(sheet, &troubles);
	if (troubles.most > 0)
		scale.most = troubles.most;
	/* A thinned picture has lost some: then no number is right. */
	if (!sheet->picture->is_thinned)
		(void)snprintf(text, sizeof(text), "%" PRIu64
		    " retransmitted, %" PRIu64 " duplicate ACKs",
		    troubles.all_again, troubles.all_dups);
	sheet_put_head(sheet, "Retransmissions, and duplicate ACKs", text);
	begin_plot(sheet, &scale);
	sheet_put_frame(sheet, &scale, NULL);
	put_trouble_bars(sheet, &scale, &troubles, true);
	put_trouble_bars(sheet, &scale, &troubles, false);
	sheet->y = scale.bottom;
}

/* ---- round trips ---- */

static void
format_ns(char buf[TEXT_NUMBER], uint64_t value, uint64_t step UNUSED)
{
	(void)text_ns(buf, (int64_t)value);
}

bool
sheet_wants_rtt(const struct sheet *sheet)
{
	for (uint32_t i = 0; i < sheet->count; i++)
		if (sheet->point[i].rtt_ns > 0)
			return true;
	return false;
}

static struct scale
find_rtt_extent(const struct sheet *sheet)
{
	struct scale scale = { .least = UINT64_MAX };

	for (uint32_t i = 0; i < sheet->count; i++) {
		const int64_t ns = sheet->point[i].rtt_ns;

		if (ns < 0)
			continue;
		if ((uint64_t)ns < scale.least)
			scale.least = (uint64_t)ns;
		if ((uint64_t)ns > scale.most)
			scale.most = (uint64_t)ns;
	}
	/* Less is the resolution of some clock. */
	if (scale.least < (uint64_t)NS_PER_US)
		scale.least = (uint64_t)NS_PER_US;
	scale.is_log = scale.most / 12 >= scale.least;
	if (!scale.is_log)
		scale.least = 0;
	return scale;
}

/* One dot per sample: short strokes with round ends. */
static void
put_samples(const struct sheet *sheet, const struct scale *scale,
    unsigned side)
{
	struct cells cells = {
		.left = SHEET_LEFT, .top = scale->top,
		.width = SHEET_PLOT, .height = PLOT_HEIGHT,
		.column = sheet->column,
	};
	bool is_empty = true;

	for (uint32_t i = 0; i < sheet->count; i++) {
		const struct point *p = &sheet->point[i];
		int64_t x, y;

		/* The ACK of one side is the round trip of the other's data. */
		if (p->rtt_ns < 0 || p->side == side)
			continue;
		x = sheet_mark_x(sheet, p);
		y = scale_y(scale, (uint64_t)p->rtt_ns);
		if (cells_mark(&cells, x, y) && !sheet_is_exact(sheet))
			continue;
		if (is_empty)
			svg_path_begin(sheet->out);
		is_empty = false;
		svg_move(sheet->out, x, y);
		outbuf_str(sheet->out, "h0");
	}
	if (is_empty)
		return;
	svg_path_dots(sheet->out, sheet_paint(sheet, side, false), 26);
}

/* The median of a side: a dotted line, named at its right. */
static int64_t
put_median(struct sheet *sheet, const struct scale *scale, unsigned side,
    int64_t above)
{
	const struct series *rtt;
	char p50[TEXT_NUMBER], p99[TEXT_NUMBER], text[2 * TEXT_NUMBER + 24];
	int64_t y;

	if (sheet->conn->analysis == NULL ||
	    sheet->conn->analysis->stats == NULL)
		return above;
	rtt = &sheet->conn->analysis->stats[side].rtt;
	if (rtt->count == 0)
		return above;
	(void)text_ns(p50, series_quantile(rtt, 500));
	(void)text_ns(p99, series_quantile(rtt, 990));
	(void)snprintf(text, sizeof(text), "p50 %s, p99 %s", p50, p99);
	y = scale_y(scale, (uint64_t)series_quantile(rtt, 500));
	svg_path_begin(sheet->out);
	svg_move(sheet->out, SHEET_LEFT, y);
	svg_across(sheet->out, SHEET_RIGHT);
	svg_path_dotted(sheet->out, sheet_paint(sheet, side, false));
	if (y > scale->bottom - 14 * PX)
		y = scale->bottom - 14 * PX;
	if (y < scale->top)
		y = scale->top;
	if (above >= 0 && y < above + 26 * PX && y > above - 26 * PX)
		y = above < scale->top + 36 * PX ? above + 26 * PX :
		    above - 26 * PX;
	sheet_put_right(sheet, y, sheet_paint(sheet, side, true),
	    side == sheet->conn->orig ? "to responder" : "to originator");
	sheet_put_right(sheet, y + 12 * PX, sheet_paint(sheet, side, true),
	    text);
	return y;
}

void
sheet_put_rtt(struct sheet *sheet)
{
	struct scale scale = find_rtt_extent(sheet);
	int64_t above;

	sheet_put_head(sheet, "Round trips from the capture point",
	    scale.is_log ? "logarithmic" : "");
	begin_plot(sheet, &scale);
	sheet_put_frame(sheet, &scale, format_ns);
	put_samples(sheet, &scale, sheet->conn->orig);
	put_samples(sheet, &scale, !sheet->conn->orig);
	above = put_median(sheet, &scale, sheet->conn->orig, -1);
	(void)put_median(sheet, &scale, !sheet->conn->orig, above);
	sheet->y = scale.bottom;
}

/* ---- goodput ---- */

struct bars {
	uint64_t fresh[BARS];
	uint64_t again[BARS];
	uint64_t most;
};

static void
fill_bars(const struct sheet *sheet, struct bars *bars)
{
	for (uint32_t i = 0; i < sheet->count; i++) {
		const struct point *p = &sheet->point[i];
		int64_t at = (sheet_x(sheet, p) - SHEET_LEFT) / BAR_WIDTH;

		if (p->side != sheet->main_side || p->is_sack)
			continue;
		if (at >= BARS)
			at = BARS - 1;
		bars->fresh[at] += p->fresh;
		if (point_is(p, JUDGED_RETRANSMISSION) && p->len > p->fresh)
			bars->again[at] += p->len - p->fresh;
	}
	for (unsigned i = 0; i < BARS; i++)
		if (bars->fresh[i] + bars->again[i] > bars->most)
			bars->most = bars->fresh[i] + bars->again[i];
}

static void
put_bars(const struct sheet *sheet, const struct scale *scale,
    const struct bars *bars, bool is_again)
{
	svg_path_begin(sheet->out);
	svg_move(sheet->out, SHEET_LEFT, scale->bottom);
	for (unsigned i = 0; i < BARS; i++) {
		const int64_t x = SHEET_LEFT + (int64_t)i * BAR_WIDTH;
		const int64_t low = is_again ?
		    scale_y(scale, bars->fresh[i]) : scale->bottom;
		const int64_t high = scale_y(scale, bars->fresh[i] +
		    (is_again ? bars->again[i] : 0));

		if (low <= high)
			continue;
		svg_move(sheet->out, x + 5, low);
		svg_down(sheet->out, high);
		svg_across(sheet->out, x + BAR_WIDTH - 5);
		svg_down(sheet->out, low);
		outbuf_char(sheet->out, 'Z');
	}
	svg_path_fill(sheet->out, is_again ? PAINT_BAD :
	    sheet_paint(sheet, sheet->main_side, false), 0);
}

/* The rate in bytes a second of one bar. */
static uint64_t
rate_of(uint64_t bytes, int64_t bar_ns)
{
	if (bar_ns <= 0)
		return 0;
	if (bytes > UINT64_MAX / (uint64_t)NS_PER_SEC)
		return bytes / (uint64_t)bar_ns * (uint64_t)NS_PER_SEC;
	return bytes * (uint64_t)NS_PER_SEC / (uint64_t)bar_ns;
}

bool
sheet_has_data(const struct sheet *sheet)
{
	for (uint32_t i = 0; i < sheet->count; i++)
		if (sheet->point[i].side == sheet->main_side &&
		    sheet->point[i].fresh > 0)
			return true;
	return false;
}

void
sheet_put_goodput(struct sheet *sheet)
{
	const int64_t bar_ns = time_axis_ns(&sheet->axis, BAR_WIDTH);
	struct bars bars = { .most = 0 };
	struct scale scale = { 0 };
	char number[TEXT_NUMBER], text[TEXT_NUMBER + 32];

	fill_bars(sheet, &bars);
	scale.most = bars.most;
	(void)text_ns(number, bar_ns);
	(void)snprintf(text, sizeof(text), "each bar %s", number);
	sheet_put_head(sheet, "Goodput", bar_ns > 0 ? text : "");
	begin_plot(sheet, &scale);
	sheet_put_frame(sheet, &scale, NULL);
	put_bars(sheet, &scale, &bars, false);
	put_bars(sheet, &scale, &bars, true);
	(void)text_rate(number, rate_of(bars.most, bar_ns));
	(void)snprintf(text, sizeof(text), "peak %s", number);
	if (bar_ns > 0)
		sheet_put_right(sheet, scale.top + 8 * PX,
		    sheet_paint(sheet, sheet->main_side, true), text);
	sheet->y = scale.bottom;
}
