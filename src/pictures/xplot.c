/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Colours, marks and names are as in tcptrace, for its users.  Sequence numbers
 * are as in the segments, but continue beyond 2^32.
 */
#include "config.h"

#include "pictures/xplot.h"

#include <inttypes.h>

#include "base/nstime.h"
#include "base/outbuf.h"
#include "flow/conn.h"
#include "pictures/collect.h"
#include "print/addr.h"

#define AVERAGED	10	/* segments of a point of the average */

/* The right end of a growing line. */
struct tip {
	bool is_begun;
	int64_t ns;
	uint64_t value;
};

struct plot {
	struct outbuf *out;
	const struct xplot_data *data;
};

/* ---- the language of xplot ---- */

static void
put_place(const struct plot *plot, int64_t ns, uint64_t value)
{
	char time[NSTIME_BUFSIZE];

	(void)nstime_format_instant(time, ns, plot->data->digits);
	outbuf_printf(plot->out, " %s %" PRIu64, time, value);
}

static void
put_colour(const struct plot *plot, const char *colour)
{
	outbuf_printf(plot->out, "%s\n", colour);
}

static void
put_mark(const struct plot *plot, const char *mark, int64_t ns, uint64_t value)
{
	outbuf_str(plot->out, mark);
	put_place(plot, ns, value);
	outbuf_char(plot->out, '\n');
}

static void
put_text(const struct plot *plot, int64_t ns, uint64_t value,
    const char *text)
{
	put_mark(plot, "atext", ns, value);
	outbuf_printf(plot->out, "%s\n", text);
}

/* A mark or a text in a colour of its own. */
static void
put_mark_in(const struct plot *plot, const char *mark, int64_t ns,
    uint64_t value, const char *colour)
{
	outbuf_str(plot->out, mark);
	put_place(plot, ns, value);
	outbuf_printf(plot->out, " %s\n", colour);
}

static void
put_line(const struct plot *plot, int64_t from_ns, uint64_t from,
    int64_t to_ns, uint64_t to)
{
	outbuf_str(plot->out, "line");
	put_place(plot, from_ns, from);
	put_place(plot, to_ns, to);
	outbuf_char(plot->out, '\n');
}

/* A step line; `tick` where the level stays. */
static void
put_step(const struct plot *plot, struct tip *tip, int64_t ns,
    uint64_t value, const char *tick)
{
	if (tip->is_begun) {
		put_line(plot, tip->ns, tip->value, ns, tip->value);
		if (tip->value != value)
			put_line(plot, ns, tip->value, ns, value);
		else
			put_mark(plot, tick, ns, value);
	}
	*tip = (struct tip){ .is_begun = true, .ns = ns, .value = value };
}

/* A dot, and a line from the previous dot. */
static void
put_dot(const struct plot *plot, struct tip *tip, int64_t ns, uint64_t value,
    const char *colour)
{
	put_colour(plot, colour);
	put_mark(plot, "dot", ns, value);
	if (tip->is_begun)
		put_line(plot, ns, value, tip->ns, tip->value);
	*tip = (struct tip){ .is_begun = true, .ns = ns, .value = value };
}

/* ---- time-sequence graph ---- */

/* The sequence number at an offset of the sender's data. */
static uint64_t
number_of(const struct plot *plot, int64_t offset)
{
	return plot->data->conn->endpoint[plot->data->side].isn +
	    (uint64_t)offset;
}

static void
put_syn(const struct plot *plot, const struct point *p, bool is_again)
{
	const uint64_t start = number_of(plot, p->start);
	const uint64_t end = number_of(plot, point_end(p));

	put_colour(plot, "orange");
	put_mark(plot, "diamond", p->time_ns, start);
	put_text(plot, p->time_ns, end, is_again ? "R SYN" : "SYN");
	put_mark(plot, "uarrow", p->time_ns, end);
	put_line(plot, p->time_ns, start, p->time_ns, end);
}

/* Of a FIN, without its data. */
static void
put_fin(const struct plot *plot, const struct point *p, bool is_again)
{
	const uint64_t fin = number_of(plot, p->start + p->len);
	const uint64_t end = number_of(plot, point_end(p));

	put_colour(plot, "orange");
	put_line(plot, p->time_ns, fin, p->time_ns, end);
	put_mark(plot, "box", p->time_ns, end);
	put_text(plot, p->time_ns, end, is_again ? "R FIN" : "FIN");
}

static bool
is_late(const struct point *p)
{
	return point_is(p, JUDGED_OUT_OF_ORDER) ||
	    point_is(p, JUDGED_UNKNOWN_ORDER);
}

static void
put_data(const struct plot *plot, const struct point *p, bool is_again)
{
	const uint64_t start = number_of(plot, p->start);
	const uint64_t end = number_of(plot, p->start + p->len);

	put_colour(plot, is_again ? "red" : is_late(p) ? "pink" : "white");
	if (is_again || is_late(p))
		put_text(plot, p->time_ns, end, is_again ? "R" : "O");
	put_mark(plot, "darrow", p->time_ns, start);
	if (p->len > 0 && (p->flags & TCP_PSH) != 0) {
		put_mark_in(plot, "diamond", p->time_ns, end, "white");
		put_mark_in(plot, "dot", p->time_ns, end, "white");
	} else
		put_mark(plot, "uarrow", p->time_ns, end);
	if (p->len > 0)
		put_line(plot, p->time_ns, start, p->time_ns, end);
}

static void
put_sent(const struct plot *plot, const struct point *p)
{
	const bool is_again = point_is(p, JUDGED_RETRANSMISSION);

	if (p->start < 0)
		return;
	if ((p->flags & TCP_SYN) != 0)
		put_syn(plot, p, is_again);
	else
		put_data(plot, p, is_again);
	if ((p->flags & TCP_FIN) != 0)
		put_fin(plot, p, is_again);
	if ((p->flags & TCP_RST) == 0)
		return;
	put_mark_in(plot, "atext", p->time_ns, number_of(plot, p->start),
	    "magenta");
	outbuf_str(plot->out, "RST_OUT\n");
}

struct ack_lines {
	struct tip ack;
	struct tip window;
};

static void
put_ack(const struct plot *plot, struct ack_lines *lines, const struct point *p)
{
	const uint64_t ack = number_of(plot, p->ack);

	put_colour(plot, "green");
	put_step(plot, &lines->ack, p->time_ns, ack, "dtick");
	if (p->dups == 3)
		put_text(plot, p->time_ns, ack, "3");
	if (p->window == POINT_UNKNOWN)
		return;
	put_colour(plot, "yellow");
	put_step(plot, &lines->window, p->time_ns, ack + p->window, "utick");
	if (p->window == 0) {
		put_mark_in(plot, "atext", p->time_ns, ack, "magenta");
		outbuf_str(plot->out, "Z\n");
	}
}

static void
put_block(const struct plot *plot, const struct point *p)
{
	const uint64_t left = number_of(plot, p->start);
	const uint64_t right = number_of(plot, p->start + p->len);

	put_colour(plot, "purple");
	put_line(plot, p->time_ns, left, p->time_ns, right);
	put_mark(plot, "htick", p->time_ns, left);
	put_mark(plot, "htick", p->time_ns, right);
	put_text(plot, p->time_ns, right, "S");
}

static void
put_got(const struct plot *plot, struct ack_lines *lines, const struct point *p)
{
	if (p->is_sack && p->start >= 0)
		put_block(plot, p);
	if (p->is_sack || p->ack < 0)
		return;
	if ((p->flags & TCP_RST) == 0) {
		put_ack(plot, lines, p);
		return;
	}
	put_mark_in(plot, "atext", p->time_ns, number_of(plot, p->ack),
	    "magenta");
	outbuf_str(plot->out, "RST_IN\n");
}

static void
put_sequence(const struct plot *plot)
{
	const struct picture *picture = plot->data->picture;
	struct ack_lines lines = { .ack = { .is_begun = false } };

	for (uint32_t i = 0; i < picture->count; i++) {
		const struct point *p = &picture->point[i];

		if (p->side != plot->data->side)
			put_got(plot, &lines, p);
		else if (!p->is_sack)
			put_sent(plot, p);
	}
}

/* ---- samples ---- */

static bool
is_data(const struct point *p, unsigned side)
{
	return p->side == side && !p->is_sack && p->len > 0;
}

/* An ACK with a round trip of the other side's data. */
static bool
is_sample(const struct point *p, unsigned side)
{
	return p->side != side && !p->is_sack && p->rtt_ns >= 0;
}

static bool
has_flight(const struct point *p, unsigned side)
{
	return is_data(p, side) && p->flight != POINT_UNKNOWN;
}

static void
put_rtt(const struct plot *plot)
{
	const struct picture *picture = plot->data->picture;
	struct tip tip = { .is_begun = false };

	for (uint32_t i = 0; i < picture->count; i++)
		if (is_sample(&picture->point[i], plot->data->side))
			put_dot(plot, &tip, picture->point[i].time_ns,
			    (uint64_t)(picture->point[i].rtt_ns / NS_PER_US),
			    "red");
}

static void
put_flight(const struct plot *plot)
{
	const struct picture *picture = plot->data->picture;
	struct tip flight = { .is_begun = false }, window = flight;
	struct tip average = flight;
	uint32_t last_window = POINT_UNKNOWN;
	uint64_t sum = 0, count = 0;

	for (uint32_t i = 0; i < picture->count; i++) {
		const struct point *p = &picture->point[i];

		if (p->side != plot->data->side && !p->is_sack)
			last_window = p->window;
		if (!has_flight(p, plot->data->side))
			continue;
		sum += p->flight;
		count++;
		put_dot(plot, &flight, p->time_ns, p->flight, "red");
		if (last_window != POINT_UNKNOWN)
			put_dot(plot, &window, p->time_ns, last_window,
			    "yellow");
		put_dot(plot, &average, p->time_ns, sum / count, "blue");
	}
}

/* Bytes a second. */
static uint64_t
rate_of(uint64_t bytes, int64_t ns)
{
	return bytes > UINT64_MAX / (uint64_t)NS_PER_SEC ?
	    bytes / (uint64_t)ns * (uint64_t)NS_PER_SEC :
	    bytes * (uint64_t)NS_PER_SEC / (uint64_t)ns;
}

struct throughput {
	int64_t last_ns;	/* of the segment before */
	int64_t group_ns;	/* where the last AVERAGED ones begin */
	uint64_t bytes, group_bytes, all_bytes;
	unsigned count;
	struct tip group, all;
};

static void
put_averages(const struct plot *plot, struct throughput *sum, int64_t ns)
{
	const int64_t first_ns = plot->data->conn->first_ns;

	put_dot(plot, &sum->group, ns, rate_of(sum->group_bytes,
	    nstime_diff(ns, sum->group_ns)), "red");
	put_dot(plot, &sum->all, ns, rate_of(sum->all_bytes,
	    nstime_diff(ns, first_ns)), "blue");
	sum->group_ns = ns;
	sum->group_bytes = 0;
	sum->count = 0;
}

static void
put_throughput(const struct plot *plot)
{
	const struct picture *picture = plot->data->picture;
	struct throughput sum = {
		.last_ns = plot->data->conn->first_ns,
		.group_ns = plot->data->conn->first_ns,
	};

	for (uint32_t i = 0; i < picture->count; i++) {
		const struct point *p = &picture->point[i];

		if (!is_data(p, plot->data->side))
			continue;
		sum.bytes += p->len;
		sum.group_bytes += p->len;
		sum.all_bytes += p->len;
		/* Segments of one instant count together. */
		if (p->time_ns <= sum.last_ns)
			continue;
		put_mark_in(plot, "dot", p->time_ns, rate_of(sum.bytes,
		    nstime_diff(p->time_ns, sum.last_ns)), "yellow");
		sum.last_ns = p->time_ns;
		sum.bytes = 0;
		if (++sum.count == AVERAGED)
			put_averages(plot, &sum, p->time_ns);
	}
}

/* ---- files ---- */

static const struct {
	const char *name;
	const char *title;
	const char *unit;
	void (*put)(const struct plot *);
} kinds[XPLOT_KINDS] = {
	[XPLOT_SEQUENCE] = { "tsg", "time sequence graph", "sequence number",
	    put_sequence },
	[XPLOT_RTT] = { "rtt", "rtt samples", "rtt (us)", put_rtt },
	[XPLOT_FLIGHT] = { "owin", "outstanding data",
	    "Outstanding Data (bytes)", put_flight },
	[XPLOT_THROUGHPUT] = { "tput", "throughput", "thruput (bytes/sec)",
	    put_throughput },
};

const char *
xplot_name(enum xplot kind)
{
	return kinds[kind].name;
}

bool
xplot_has(const struct picture *picture, unsigned side, enum xplot kind)
{
	for (uint32_t i = 0; i < picture->count; i++) {
		const struct point *p = &picture->point[i];

		if (kind == XPLOT_SEQUENCE && p->side == side)
			return true;
		if (kind == XPLOT_RTT && is_sample(p, side))
			return true;
		if (kind == XPLOT_FLIGHT && has_flight(p, side))
			return true;
		if (kind == XPLOT_THROUGHPUT && is_data(p, side))
			return true;
	}
	return false;
}

void
xplot_put(struct outbuf *out, const struct xplot_data *data, enum xplot kind)
{
	const struct plot plot = { .out = out, .data = data };
	char from[ADDR_ENDPOINT_BUFSIZE], to[ADDR_ENDPOINT_BUFSIZE];

	(void)addr_format_endpoint(from, data->conn, data->side);
	(void)addr_format_endpoint(to, data->conn, !data->side);
	outbuf_printf(out, "timeval double\ntitle\n%s_==>_%s (%s)", from, to,
	    kinds[kind].title);
	if (data->picture->is_thinned)
		outbuf_str(out, ", thinned");
	outbuf_printf(out, "\nxlabel\ntime\nylabel\n%s\n", kinds[kind].unit);
	kinds[kind].put(&plot);
	outbuf_str(out, "go\n");
}
