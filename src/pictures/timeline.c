/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "pictures/timeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/nstime.h"
#include "base/outbuf.h"
#include "diagnosis/text.h"
#include "flow/conn.h"
#include "pictures/collect.h"
#include "pictures/markup.h"
#include "pictures/scale.h"
#include "pictures/waits.h"
#include "print/addr.h"
#include "tcp/close.h"
#include "tcp/pack.h"

#define WIDTH		(960 * PX)
#define LEFT		(314 * PX)
#define PLOT		(570 * PX)
#define RIGHT		(LEFT + PLOT)
#define HEAD		(22 * PX)
#define ROW		(19 * PX)
#define BAR		(11 * PX)
#define THIN		(3 * PX)
#define TICKS_MAX	48	/* retransmissions and SYNs of a row */
#define TICKS_FEW	12	/* of one of many rows */
#define NAME_MAX	44	/* characters of both endpoints at the left */
#define BYTES_MAX	100000	/* of the picture */
#define BYTES_FIXED	75000	/* of it, without bars and ticks */
#define GRAIN_MAX	(5 * PLOT)	/* coarsest: one bar and tick a row */

/* How much is drawn of each row, so that the picture has its bound. */
struct detail {
	/*
	 * Length within which several waits are one bar, and a quarter of
	 * which is between two ticks; 0: the picture is small enough with all.
	 */
	int64_t grain;
	bool has_short_titles;	/* tooltips without the endpoints */
};

struct row {
	struct outbuf *out;
	const struct timeline *timeline;
	const struct time_axis *axis;
	const struct detail *detail;
	const struct conn *conn;	/* its analysis can be read */
	const struct picture *picture;	/* or NULL */
	bool has_ports;			/* their address is in the head */
	int64_t y;			/* of its middle */
};

/* Failed connections have red names. */
static bool
is_bad(const struct conn *conn)
{
	return conn_is_reset(conn) || close_is_unanswered(conn);
}

static void
format_name(const struct conn *conn, char *buf, size_t size)
{
	char orig[ADDR_ENDPOINT_BUFSIZE], resp[ADDR_ENDPOINT_BUFSIZE];

	(void)addr_format_endpoint(orig, conn, conn->orig);
	(void)addr_format_endpoint(resp, conn, !conn->orig);
	(void)snprintf(buf, size, "%s \xe2\x86\x92 %s", orig, resp);
}

/* ":40001 -> ...", below a head with the address. */
static void
format_port(const struct conn *conn, char *buf, size_t size)
{
	char resp[ADDR_ENDPOINT_BUFSIZE];

	(void)addr_format_endpoint(resp, conn, !conn->orig);
	(void)snprintf(buf, size, ":%u \xe2\x86\x92 %s",
	    conn->key.port[conn->orig], resp);
}

/* Have all rows, of which there are several, one originator? */
static bool
has_one_originator(const struct timeline *timeline)
{
	for (size_t i = 1; i < timeline->count; i++) {
		const struct conn *a = timeline->conn[0];
		const struct conn *b = timeline->conn[i];

		if (a->key.ip_version != b->key.ip_version ||
		    memcmp(a->key.addr[a->orig], b->key.addr[b->orig],
		    sizeof(a->key.addr[0])) != 0)
			return false;
	}
	return timeline->count > 1;
}

/* ---- left and right of the bar ---- */

/* The page has long names in full. */
static void
cut_name(char *name)
{
	size_t at = NAME_MAX;

	if (strlen(name) <= NAME_MAX + 8)
		return;
	while ((name[at] & 0xc0) == 0x80)
		at--;
	memcpy(name + at, "...", 4);
}

static bool
has_link(const struct row *row)
{
	for (size_t i = 0; i < row->timeline->linked_count; i++)
		if (row->timeline->linked[i]->number == row->conn->number)
			return true;
	return false;
}

static void
put_name(const struct row *row)
{
	const enum paint paint = is_bad(row->conn) ? PAINT_TEXT_BAD :
	    PAINT_INK;
	const bool is_linked = has_link(row);
	char name[2 * ADDR_ENDPOINT_BUFSIZE + 8];

	format_name(row->conn, name, sizeof(name));
	if (row->has_ports)
		format_port(row->conn, name, sizeof(name));
	cut_name(name);
	if (is_linked)
		outbuf_printf(row->out, "<a href=\"#c%" PRIu64 "\">",
		    row->conn->number);
	svg_label(row->out, &(struct label){
	    .x = 42 * PX, .y = row->y + 4 * PX, .paint = paint,
	    .is_small = strlen(name) > 40,
	}, name);
	if (is_linked)
		outbuf_str(row->out, "</a>");
}

/* A text in the colour of its group. */
static void
put_bare(const struct row *row, unsigned x, const char *text)
{
	outbuf_printf(row->out, "<text x=\"%u\" y=\"", x);
	svg_length(row->out, row->y + 4 * PX);
	outbuf_printf(row->out, "\">%s</text>", text);
}

static void
put_number(const struct row *row)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, row->conn->number);
	put_bare(row, 34, text);
}

static void
put_bytes(const struct row *row)
{
	const uint64_t bytes = row->conn->endpoint[0].bytes +
	    row->conn->endpoint[1].bytes;
	char text[TEXT_NUMBER];

	(void)text_bytes(text, bytes);
	put_bare(row, WIDTH / PX, bytes > 0 ? text : "\xe2\x80\x93");
}

/* ---- the bar ---- */

/* A bar grows as long as the kind of wait stays, or is too short to see. */
struct bar {
	enum wait_kind kind;	/* the one with the greatest weight */
	int64_t x, end;
	int64_t weight[WAIT_KINDS];
};

#define ALL_KINDS	WAIT_KINDS

static void
put_bar(const struct row *row, const struct bar *bar, enum wait_kind kind)
{
	const int64_t half = (wait_is_thin(bar->kind) ? THIN : BAR) / 2;

	if ((bar->kind != kind && kind != ALL_KINDS) || bar->end <= bar->x)
		return;
	svg_move(row->out, bar->x, row->y - half);
	svg_across(row->out, bar->end);
	svg_down(row->out, row->y + half);
	svg_across(row->out, bar->x);
	outbuf_char(row->out, 'Z');
}

static bool
is_outside(const struct time_axis *axis, int64_t from_ns, int64_t to_ns)
{
	return to_ns < axis->first_ns || from_ns > axis->last_ns;
}

/* With many rows, short waits are left to their neighbours. */
static int64_t
finest_bar(const struct timeline *timeline)
{
	return timeline->count > 40 ? 4 * PX : 8;
}

static int64_t
visible_ns(const struct time_axis *axis, const struct span *span)
{
	const int64_t from = span->from_ns > axis->first_ns ? span->from_ns :
	    axis->first_ns;
	const int64_t to = span->to_ns < axis->last_ns ? span->to_ns :
	    axis->last_ns;

	return to > from ? nstime_diff(to, from) : 0;
}

/*
 * A bar has the colour of its longest wait, which is as good as any within a
 * few pixels.  A coarse bar can stand for dozens of waits, and has the colour
 * of the kind that took most of its time.
 */
static void
weigh(struct bar *bar, const struct row *row, enum wait_kind kind,
    const struct span *span)
{
	int64_t *weight = &bar->weight[kind];
	const int64_t ns = span->to_ns - span->from_ns;

	if (row->detail->grain > 0)
		*weight = nstime_add(*weight, visible_ns(row->axis, span));
	else if (ns > *weight)
		*weight = ns;
	if (*weight > bar->weight[bar->kind])
		bar->kind = kind;
}

/* The bars of a kind, or of all, into an open path. */
static void
put_bars(const struct row *row, enum wait_kind wanted)
{
	const int64_t least = row->detail->grain > 0 ? row->detail->grain :
	    finest_bar(row->timeline);
	struct bar bar = { .x = INT64_MIN, .end = INT64_MIN };
	struct span span;

	for (uint32_t i = 0; wait_next(row->conn, row->picture, i, &span);
	    i++) {
		const enum wait_kind kind = wait_kind_of(row->conn, &span);
		const int64_t x = time_axis_x(row->axis, span.from_ns);
		const int64_t end = time_axis_x(row->axis, span.to_ns);

		if (is_outside(row->axis, span.from_ns, span.to_ns))
			continue;
		if (bar.x != INT64_MIN && (kind == bar.kind ||
		    end - bar.x < least)) {
			weigh(&bar, row, kind, &span);
			bar.end = end > bar.end ? end : bar.end;
			continue;
		}
		put_bar(row, &bar, wanted);
		bar = (struct bar){ .kind = kind, .x = x, .end = end };
		weigh(&bar, row, kind, &span);
	}
	if (bar.x != INT64_MIN && bar.end - bar.x < 8)
		bar.end = bar.x + 8;
	put_bar(row, &bar, wanted);
}

/* ---- ticks and ends ---- */

static bool
has_tick(const struct row *row, const struct point *p)
{
	if (point_is(p, JUDGED_RETRANSMISSION))
		return true;
	return close_is_unanswered(row->conn) &&
	    (p->flags & TCP_SYN) != 0;
}

/* Into an open path. */
static void
put_ticks(const struct row *row)
{
	const unsigned most = row->timeline->count > 40 ? TICKS_FEW :
	    TICKS_MAX;
	const int64_t least = row->detail->grain > 4 * PX ?
	    row->detail->grain / 4 : PX;
	int64_t last = INT64_MIN / 2;
	unsigned count = 0;

	for (uint32_t i = 0; row->picture != NULL && count < most &&
	    i < row->picture->count; i++) {
		const struct point *p = &row->picture->point[i];
		int64_t x;

		if (p->is_sack || !has_tick(row, p) ||
		    is_outside(row->axis, p->time_ns, p->time_ns))
			continue;
		x = time_axis_x(row->axis, p->time_ns);
		if (x < last + least)
			continue;
		last = x;
		count++;
		svg_move(row->out, x, row->y - 65);
		svg_down(row->out, row->y + 65);
	}
}

enum row_end { END_OF_FIN, END_OF_RST, END_OF_SILENCE, END_OF_CAPTURE };

static enum row_end
end_of(const struct conn *conn)
{
	if (conn_is_reset(conn))
		return END_OF_RST;
	if (close_is_unanswered(conn))
		return END_OF_SILENCE;
	return conn_is_open(conn) ? END_OF_CAPTURE : END_OF_FIN;
}

/* Into an open path. */
static void
put_end(const struct row *row)
{
	const int64_t x = time_axis_x(row->axis, row->conn->last_ns) + 3 * PX;

	switch (end_of(row->conn)) {
	case END_OF_RST:
		svg_move(row->out, x - 35, row->y - 35);
		svg_line(row->out, x + 35, row->y + 35);
		svg_move(row->out, x - 35, row->y + 35);
		svg_line(row->out, x + 35, row->y - 35);
		break;
	case END_OF_SILENCE:
		svg_move(row->out, x - 25, row->y);
		outbuf_str(row->out, "a2 2 0 1 0 4 0a2 2 0 1 0 -4 0");
		break;
	case END_OF_FIN:
		svg_move(row->out, x, row->y - 60);
		svg_down(row->out, row->y + 60);
		break;
	case END_OF_CAPTURE:
		svg_move(row->out, x - 20, row->y - 35);
		svg_line(row->out, x + 20, row->y);
		svg_line(row->out, x - 20, row->y + 35);
		break;
	}
}

/* Put the tooltip of a whole row: the connection, and its close reason. */
static void
put_row_title(const struct row *row)
{
	const struct conn *conn = row->conn;
	char name[2 * ADDR_ENDPOINT_BUFSIZE + 8] = "", ns[TEXT_NUMBER];
	char bytes[TEXT_NUMBER];

	if (!row->detail->has_short_titles)
		format_name(conn, name, sizeof(name));
	(void)text_ns(ns, conn->last_ns - conn->first_ns);
	(void)text_bytes(bytes, conn->endpoint[0].bytes +
	    conn->endpoint[1].bytes);
	outbuf_str(row->out, "<rect x=\"314\" y=\"");
	svg_length(row->out, row->y - ROW / 2);
	outbuf_printf(row->out, "\" width=\"646\" height=\"19\">"
	    "<title>%" PRIu64 ": %s%s%s, %s, %" PRIu64
	    " segments, %s</title></rect>", conn->number, name,
	    name[0] != '\0' ? ", " : "", end_words(close_end(conn)), ns,
	    conn_segments(conn), bytes);
}

/* ---- all rows ---- */

struct rows {
	struct outbuf *out;
	const struct timeline *timeline;
	const struct time_axis *axis;
	const struct detail *detail;
	bool has_ports;
};

typedef void put_part(const struct row *);

static struct row
row_at(const struct rows *rows, size_t i, struct pack_room *room)
{
	const struct timeline *timeline = rows->timeline;

	return (struct row){
		.out = rows->out, .timeline = timeline, .axis = rows->axis,
		.detail = rows->detail,
		.conn = pack_read(timeline->conn[i], room),
		.picture = collector_find(timeline->collector,
		    timeline->conn[i]->number),
		.has_ports = rows->has_ports,
		.y = HEAD + (int64_t)i * ROW + ROW / 2,
	};
}

static void
put_parts(const struct rows *rows, put_part *put)
{
	for (size_t i = 0; i < rows->timeline->count; i++) {
		struct pack_room room;
		const struct row row = row_at(rows, i, &room);

		put(&row);
	}
}

static void
put_names(const struct rows *rows)
{
	outbuf_str(rows->out, "<g text-anchor=\"end\"");
	svg_fill(rows->out, PAINT_MUTED);
	outbuf_str(rows->out, " font-size=\"10\">");
	put_parts(rows, put_number);
	put_parts(rows, put_bytes);
	outbuf_str(rows->out, "</g>");
	put_parts(rows, put_name);
}

static void
put_all_bars(const struct rows *rows)
{
	for (enum wait_kind kind = 0; kind < WAIT_KINDS; kind++) {
		svg_path_begin(rows->out);
		for (size_t i = 0; i < rows->timeline->count; i++) {
			struct pack_room room;
			const struct row row = row_at(rows, i, &room);

			put_bars(&row, kind);
		}
		svg_path_fill(rows->out, wait_paint(kind), 0);
	}
}

static void
put_ends(const struct rows *rows, enum row_end wanted, enum paint paint,
    int64_t width)
{
	svg_path_begin(rows->out);
	for (size_t i = 0; i < rows->timeline->count; i++) {
		struct pack_room room;
		const struct row row = row_at(rows, i, &room);

		if (end_of(row.conn) == wanted &&
		    row.conn->last_ns <= rows->axis->last_ns)
			put_end(&row);
	}
	svg_path_stroke(rows->out, paint, width);
}

static void
put_rows(const struct rows *rows)
{
	put_names(rows);
	put_all_bars(rows);
	svg_path_begin(rows->out);
	put_parts(rows, put_ticks);
	svg_path_stroke(rows->out, PAINT_BAD, 16);
	put_ends(rows, END_OF_FIN, PAINT_INK, 20);
	put_ends(rows, END_OF_RST, PAINT_BAD, 18);
	put_ends(rows, END_OF_SILENCE, PAINT_BAD, 14);
	put_ends(rows, END_OF_CAPTURE, PAINT_INK, 14);
	outbuf_str(rows->out, "<g fill-opacity=\"0\">");
	put_parts(rows, put_row_title);
	outbuf_str(rows->out, "</g>");
}

static void
put_heads(struct outbuf *out, const struct timeline *timeline)
{
	static const struct label heads[] = {
		{ .x = 34 * PX, .y = 12 * PX, .anchor = ANCHOR_END,
		  .paint = PAINT_MUTED, .is_small = true },
		{ .x = 42 * PX, .y = 12 * PX, .paint = PAINT_MUTED,
		  .is_small = true },
		{ .x = WIDTH, .y = 12 * PX, .anchor = ANCHOR_END,
		  .paint = PAINT_MUTED, .is_small = true },
	};
	char name[ADDR_BUFSIZE + 16] = "originator \xe2\x86\x92 responder";
	char address[ADDR_BUFSIZE];

	if (has_one_originator(timeline)) {
		(void)addr_format(address, timeline->conn[0]->key.addr[
		    timeline->conn[0]->orig],
		    timeline->conn[0]->key.ip_version);
		(void)snprintf(name, sizeof(name), "%s \xe2\x86\x92 "
		    "responder", address);
	}
	svg_label(out, &heads[0], "No.");
	svg_label(out, &heads[1], name);
	svg_label(out, &heads[2], "bytes");
}

static void
put_left_out(struct outbuf *out, const struct timeline *timeline, int64_t y)
{
	char text[80];

	if (timeline->left_out == 0)
		return;
	(void)snprintf(text, sizeof(text), "%" PRIu64 " more, with less to "
	    "see", timeline->left_out);
	svg_label(out, &(struct label){
	    .x = 42 * PX, .y = y + 30 * PX, .paint = PAINT_MUTED,
	}, text);
}

static void
put_picture(const struct rows *rows)
{
	const struct timeline *timeline = rows->timeline;
	const struct time_axis *axis = rows->axis;
	struct outbuf *out = rows->out;
	const int64_t bottom = HEAD + (int64_t)timeline->count * ROW + 4 * PX;
	char desc[160], from[TEXT_NUMBER], to[TEXT_NUMBER];

	(void)text_ns(from, nstime_diff(axis->first_ns, axis->zero_ns));
	(void)text_ns(to, nstime_diff(axis->last_ns, axis->zero_ns));
	(void)snprintf(desc, sizeof(desc), "%zu connection%s, one per row, "
	    "from %s to %s of the capture.", timeline->count,
	    timeline->count == 1 ? "" : "s", from, to);
	svg_begin(out, &(struct svg){
	    .id = timeline->id, .width = WIDTH, .title = "Timeline of connections",
	    .height = bottom + (timeline->left_out > 0 ? 36 : 20) * PX,
	    .desc = desc, .is_file = timeline->is_file,
	});
	put_heads(out, timeline);
	time_axis_put_grid(axis, out, HEAD - 4 * PX, bottom);
	time_axis_put_labels(axis, out, bottom);
	put_rows(rows);
	put_left_out(out, timeline, bottom);
	svg_end(out);
}

/* ---- the bound of a picture ---- */

/* Bars and ticks, of which a row can have hundreds. */
static void
put_marks(const struct rows *rows)
{
	for (size_t i = 0; i < rows->timeline->count; i++) {
		struct pack_room room;
		const struct row row = row_at(rows, i, &room);

		put_bars(&row, ALL_KINDS);
		put_ticks(&row);
	}
}

static uint64_t
bytes_of(const struct rows *rows, void (*put)(const struct rows *))
{
	const uint64_t mark = outbuf_mark(rows->out);

	put(rows);
	return outbuf_mark(rows->out) - mark;
}

/*
 * Choose the finest detail with which the picture has at most BYTES_MAX.  Names
 * of 200 rows take two thirds of them; where those are long, they are left out
 * of the tooltips.  The rest is for bars and ticks: at the coarsest, each row
 * has one of either.
 */
static void
fit_detail(struct rows rows, struct detail *detail)
{
	uint64_t whole, marks;

	rows.detail = detail;
	*detail = (struct detail){ .grain = 0 };
	whole = bytes_of(&rows, put_picture);
	if (whole <= BYTES_MAX)
		return;
	marks = bytes_of(&rows, put_marks);
	if (whole - marks > BYTES_FIXED) {
		detail->has_short_titles = true;
		whole = bytes_of(&rows, put_picture);
	}
	whole -= marks;
	detail->grain = finest_bar(rows.timeline);
	while (detail->grain < GRAIN_MAX &&
	    whole + bytes_of(&rows, put_marks) > BYTES_MAX)
		detail->grain += detail->grain / 4;
}

void
timeline_put(struct outbuf *out, const struct timeline *timeline)
{
	const struct time_axis axis = {
		.first_ns = timeline->first_ns,
		.last_ns = timeline->last_ns,
		.zero_ns = timeline->zero_ns,
		.left = LEFT,
		.width = PLOT,
	};
	struct detail detail = {
		.grain = GRAIN_MAX, .has_short_titles = true,
	};
	struct rows rows = {
		.timeline = timeline, .axis = &axis, .detail = &detail,
		.has_ports = has_one_originator(timeline),
	};

	rows.out = outbuf_new(outbuf_sink_none, NULL);
	/* Out of memory: the coarsest is within the bound. */
	if (rows.out != NULL)
		fit_detail(rows, &detail);
	outbuf_free(rows.out);
	rows.out = out;
	put_picture(&rows);
}

/* ---- the busy part ---- */

#define BINS		1000
#define BUSY_BINS	120	/* of the time: about an eighth */
#define BUSY_PERCENT	60	/* share of the segments in them */

struct bins {
	uint64_t segments[BINS];
	uint64_t all;
};

static void
fill_bins(const struct timeline *timeline, struct bins *bins)
{
	const int64_t width = nstime_diff(timeline->last_ns,
	    timeline->first_ns);

	for (size_t i = 0; i < timeline->count; i++) {
		const struct picture *picture = collector_find(
		    timeline->collector, timeline->conn[i]->number);

		for (uint32_t k = 0; picture != NULL && k < picture->count;
		    k++) {
			const int64_t since = nstime_diff(
			    picture->point[k].time_ns, timeline->first_ns);

			if (since < 0 || since > width)
				continue;
			bins->segments[scale_part(since, width, BINS - 1)]++;
			bins->all++;
		}
	}
}

/* The shortest run of bins with most of the segments: its length. */
static size_t
find_run(const struct bins *bins, size_t *ret_first, uint64_t *ret_segments)
{
	size_t shortest = BINS + 1, first = 0;
	uint64_t sum = 0;

	for (size_t i = 0; i < BINS; i++) {
		sum += bins->segments[i];
		while (first <= i && (sum - bins->segments[first]) * 100 >=
		    bins->all * BUSY_PERCENT)
			sum -= bins->segments[first++];
		if (sum * 100 < bins->all * BUSY_PERCENT ||
		    i - first + 1 >= shortest)
			continue;
		shortest = i - first + 1;
		*ret_first = first;
		*ret_segments = sum;
	}
	return shortest;
}

bool
timeline_busy_part(const struct timeline *timeline, struct busy_part *part)
{
	const int64_t width = nstime_diff(timeline->last_ns,
	    timeline->first_ns);
	struct bins bins = { .all = 0 };
	size_t first = 0, run;

	/* One connection has a sheet, from which silences are cut. */
	if (timeline->count < 2 || width < BINS || width == INT64_MAX)
		return false;
	fill_bins(timeline, &bins);
	run = find_run(&bins, &first, &part->segments);
	if (bins.all == 0 || run >= BUSY_BINS)
		return false;
	part->all = bins.all;
	part->from_ns = timeline->first_ns +
	    width / (BINS - 1) * (int64_t)first;
	part->to_ns = nstime_add(timeline->first_ns,
	    nstime_times(width / (BINS - 1) + 1, (unsigned)(first + run)));
	if (part->to_ns > timeline->last_ns)
		part->to_ns = timeline->last_ns;
	return part->to_ns > part->from_ns;
}

void
timeline_zoom(struct timeline *timeline, const struct busy_part *part,
    const struct conn **conn)
{
	size_t count = 0;

	for (size_t i = 0; i < timeline->count; i++)
		if (timeline->conn[i]->first_ns <= part->to_ns &&
		    timeline->conn[i]->last_ns >= part->from_ns)
			conn[count++] = timeline->conn[i];
	timeline->conn = conn;
	timeline->count = count;
	timeline->left_out = 0;
	timeline->first_ns = part->from_ns;
	timeline->last_ns = part->to_ns;
}
