/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Columns that are easy to scan:
 *
 *	  No.       Time      +ms    Flags   Seq   Len     Ack    Win ...
 *	    5   0.060400    0.210 -> PA     1449  1448       1  64256 ...
 *	    6   0.060500    0.100 -> A      4345  1448       1  64256 ...
 *
 * The last column is the flight of the sender for a segment that occupies
 * sequence space, and the segments that an ACK covers for one that does not; a
 * remark that is just a name stands there too.
 */
#include "config.h"

#include "views/segment_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/outbuf.h"
#include "base/seq.h"
#include "decode/segment.h"
#include "flow/conn.h"
#include "print/addr.h"
#include "print/flags.h"
#include "tcp/icmp_error.h"
#include "tcp/judgement.h"
#include "tcp/numbers.h"
#include "views/annotations.h"
#include "views/segments.h"

#define COLUMNS_MIN	80	/* columns of a narrow terminal */
#define LAST_MIN	13	/* the last column: "^12-15 20.1ms" */
#define RAW_COLUMNS	3	/* more digits than relative numbers */
#define NEXT_MIN	100	/* columns of a terminal with room for Next */
#define DIGITS_MIN	6	/* decimals of a second on a narrow terminal */
#define CELL_MAX	64
#define BAR_MIN		3	/* a shorter bar says nothing */
#define BAR_MAX		16
#define FLIGHT_COLUMNS	6
#define LEFT_COLUMNS	6

/* Widths of the columns, with the space before them. */
enum cell {
	COL_CONN,
	COL_NUMBER,
	COL_TIME,
	COL_DELTA,
	COL_ARROW,
	COL_FLAGS,
	COL_SEQ,
	COL_LEN,
	COL_NEXT,
	COL_ACK,
	COL_WIN,
	COL_COUNT
};

static const int column_width[COL_COUNT] = {
	[COL_CONN] = 5,		/* with `many` */
	[COL_NUMBER] = 5,
	[COL_TIME] = 1,		/* and the width of the instant */
	[COL_DELTA] = 9,
	[COL_ARROW] = 3,
	[COL_FLAGS] = 4,
	[COL_SEQ] = 8,
	[COL_LEN] = 6,
	[COL_NEXT] = 8,		/* on a wide terminal */
	[COL_ACK] = 8,
	[COL_WIN] = 7,
};

static const char *const column_head[COL_COUNT] = {
	[COL_CONN] = "Conn",
	[COL_NUMBER] = "No.",
	[COL_TIME] = "Time",
	[COL_DELTA] = "+ms",
	[COL_ARROW] = "",
	[COL_FLAGS] = "Flags",
	[COL_SEQ] = "Seq",
	[COL_LEN] = "Len",
	[COL_NEXT] = "Next",
	[COL_ACK] = "Ack",
	[COL_WIN] = "Win",
};

/* A line in progress, and its segment. */
struct line {
	struct outbuf *out;
	const struct segments_view *view;
	const struct conn *conn;
	const struct segment *seg;
	const struct judgement *judged;
	bool is_orig;		/* the originator sent it */
	int at;			/* columns written */
	int end;		/* where the columns so far should end */
};

/* ---- lines ---- */

int
segment_line_width(const struct segments_view *view)
{
	return view->columns > COLUMNS_MIN ? (int)view->columns : COLUMNS_MIN;
}

static bool
is_shown(const struct segments_view *view, enum cell cell)
{
	if ((cell == COL_CONN && !view->many) ||
	    (cell == COL_NEXT && view->columns < NEXT_MIN))
		return false;
	return (view->hidden & 1U << cell) == 0;
}

static int
width_of(const struct segments_view *view, enum cell cell)
{
	int width = column_width[cell];

	if (cell == COL_TIME)
		width += (int)time_width(&view->style);
	if (view->is_raw && (cell == COL_SEQ || cell == COL_NEXT ||
	    cell == COL_ACK))
		width += RAW_COLUMNS;
	return width;
}

static bool
is_too_wide(const struct segments_view *view)
{
	int width = 1 + LAST_MIN;

	for (enum cell cell = 0; cell < COL_COUNT; cell++)
		width += is_shown(view, cell) ? width_of(view, cell) : 0;
	return width > segment_line_width(view);
}

void
segment_line_fit(struct segments_view *view)
{
	static const enum cell dispensable[] = { COL_NEXT, COL_DELTA, COL_WIN,
	    COL_LEN };

	view->hidden = 0;
	if (view->columns == 0)
		return;
	if (view->style.digits > DIGITS_MIN && is_too_wide(view))
		view->style.digits = DIGITS_MIN;
	for (size_t i = 0; i < ARRAY_LEN(dispensable) && is_too_wide(view);
	    i++)
		view->hidden |= 1U << dispensable[i];
}

bool
segment_line_has(const struct segments_view *view, const char *head)
{
	for (enum cell cell = 0; cell < COL_COUNT; cell++)
		if (strcmp(column_head[cell], head) == 0)
			return is_shown(view, cell);
	return false;
}

static void
line_put(struct line *line, enum ink ink, const char *text)
{
	ink_cell(line->out, line->view->style.colour, ink, text, 0);
	line->at += (int)strlen(text);
}

static void
line_spaces(struct line *line, int count)
{
	for (; count > 0; count--, line->at++)
		outbuf_char(line->out, ' ');
}

/*
 * Put text at the right of the next column, if it is shown.  Text that is too
 * wide shifts the columns after it, which use up their padding until they are
 * aligned again.
 */
static void
put_column(struct line *line, enum cell cell, enum ink ink,
    const char *text)
{
	if (!is_shown(line->view, cell))
		return;
	line->end += width_of(line->view, cell);
	int gap = line->end - line->at - (int)strlen(text);
	if (gap < 1 && line->at > 0)
		gap = 1;
	line_spaces(line, gap);
	line_put(line, ink, text);
}

static void
put_number(struct line *line, enum cell cell, enum ink ink, int64_t number)
{
	char text[CELL_MAX];

	(void)snprintf(text, sizeof(text), "%" PRId64, number);
	put_column(line, cell, ink, text);
}

/* ---- small formats ---- */

/* '#' is in flight, '.' may still be sent; neither hides the other. */
static void
format_bar(char buf[BAR_MAX + 1], size_t width, uint64_t flight, uint64_t left)
{
	size_t filled = 0;

	/* Hostile numbers can be large; only their ratio is drawn. */
	while (flight > UINT32_MAX || left > UINT32_MAX) {
		flight >>= 1;
		left >>= 1;
	}
	if (flight + left > 0)
		filled = (size_t)((flight * width + (flight + left) / 2) /
		    (flight + left));
	if (filled == 0 && flight > 0)
		filled = 1;
	if (filled == width && left > 0)
		filled = width - 1;
	memset(buf, '#', filled);
	memset(buf + filled, '.', width - filled);
	buf[width] = '\0';
}

/* ---- annotations in the line ---- */

enum ink
segment_line_ink(const struct annotation *annotation)
{
	switch (annotation->severity) {
	case ANNOTATION_TROUBLE:
		return INK_BAD;
	case ANNOTATION_NOTE:
		return INK_NOTE;
	case ANNOTATION_CHANGE:
	case ANNOTATION_INFO:
		break;
	}
	if (annotation->kind == ANNOTATION_COVERS ||
	    annotation->kind == ANNOTATION_NAME)
		return INK_GOOD;
	return annotation->kind == ANNOTATION_OLD_ACK ? INK_FAINT : INK_PLAIN;
}

/* ---- the last column ---- */

static int
last_room(const struct line *line)
{
	const int limit = segment_line_width(line->view);
	const int least = line->end + 1 + LAST_MIN;

	return (limit > least ? limit : least) - line->at - 1;
}

/* Empty without an analysis, which counts the bytes in flight. */
static void
format_flight(char buf[CELL_MAX], const struct line *line)
{
	const int64_t flight = line->judged->in_flight;

	buf[0] = '\0';
	if (segment_len(line->seg) == 0 || line->conn->analysis == NULL)
		return;
	if (flight >= 0)
		(void)snprintf(buf, CELL_MAX, "%" PRId64, flight);
	else
		(void)snprintf(buf, CELL_MAX, "-");
}

static void
put_flight(struct line *line, const char *flight)
{
	if (flight[0] != '\0') {
		line_spaces(line, 1 + FLIGHT_COLUMNS - (int)strlen(flight));
		line_put(line, INK_PLAIN, flight);
	}
}

/* What is left of the peer's window, and a bar of its use. */
static void
put_left(struct line *line)
{
	const struct judgement *judged = line->judged;
	const enum ink ink = judged->window_left <= 0 ? INK_BAD : INK_FAINT;
	char text[CELL_MAX];
	char bar[BAR_MAX + 1];

	if (judged->in_flight < 0 || judged->window_left < 0)
		return;
	(void)snprintf(text, sizeof(text), "|%" PRId64, judged->window_left);
	if ((int)strlen(text) > last_room(line) + 1)
		return;
	line_put(line, ink, text);
	const int gap = 2 + LEFT_COLUMNS - (int)strlen(text);
	const int room = last_room(line) - (gap > 1 ? gap - 1 : 0);
	if (room < BAR_MIN)
		return;
	line_spaces(line, gap > 1 ? gap : 1);
	format_bar(bar, (size_t)(room < BAR_MAX ? room : BAR_MAX),
	    (uint64_t)judged->in_flight, (uint64_t)judged->window_left);
	line_put(line, ink, bar);
}

/*
 * `text` at the right margin, where RTTs are aligned, and the flight in its
 * column, or as far to the left as needed.  False: there is no room.
 */
static bool
put_at_margin(struct line *line, const char *flight, enum ink ink,
    const char *text)
{
	const int room = last_room(line);
	const int flight_len = (int)strlen(flight);
	const int text_len = (int)strlen(text);
	int gap = FLIGHT_COLUMNS - flight_len;

	if (gap > room - text_len - 1 - flight_len)
		gap = room - text_len - 1 - flight_len;
	if (text_len > room || (flight_len > 0 && gap < 0))
		return false;
	if (flight_len > 0) {
		line_spaces(line, 1 + gap);
		line_put(line, INK_PLAIN, flight);
	}
	line_spaces(line, last_room(line) + 1 - text_len);
	line_put(line, ink, text);
	return true;
}

/* Columns at the margin beside the flight. */
static size_t
margin_room(const struct line *line, const char *flight)
{
	const int used = flight[0] == '\0' ? 0 : 1 + (int)strlen(flight);
	const int room = last_room(line) - used;

	return room > 0 ? (size_t)room : 0;
}

/* The first remark that is short enough for the line; count if none is. */
static unsigned
first_short(const struct annotations *found)
{
	unsigned at = 0;

	while (at < found->count &&
	    !annotation_is_short(&found->annotation[at]))
		at++;
	return at;
}

/* Returns which of the remarks stands in the line now; count if none does. */
static unsigned
put_last(struct line *line, const struct annotations *found)
{
	const unsigned at = first_short(found);
	char flight[CELL_MAX];
	char text[ANNOTATION_BUFSIZE];

	format_flight(flight, line);
	if (at < found->count) {
		(void)annotation_short_text(text, &found->annotation[at],
		    margin_room(line, flight));
		if (put_at_margin(line, flight,
		    segment_line_ink(&found->annotation[at]), text))
			return at;
	}
	if (flight[0] != '\0') {
		put_flight(line, flight);
		put_left(line);
	}
	return found->count;
}

/* ---- a line ---- */

/* Frame numbers start again with each file, so the time must match, too. */
bool
segment_line_is_first(const struct conn *conn, const struct segment *seg)
{
	return conn->first_frame == seg->frame &&
	    conn->first_ns == seg->time_ns;
}

/* Milliseconds; ten seconds and more have fewer decimals. */
static void
format_delta(
    char text[NSTIME_BUFSIZE], const struct time_style *view, int64_t ns)
{
	unsigned digits = view->digits > 6 ? view->digits - 3 : 3;

	if (ns >= 10 * NS_PER_SEC)
		digits = digits > 3 ? 3 : ns < 1000 * NS_PER_SEC ? 1 : 0;
	(void)nstime_format_ratio(text, ns, NS_PER_MS, digits);
}

/* The connection, the frame and its time. */
static void
put_frame(struct line *line, uint64_t frame, int64_t time_ns)
{
	char text[TIME_BUFSIZE] = "-";

	put_number(line, COL_CONN, INK_PLAIN, (int64_t)line->conn->number);
	put_number(line, COL_NUMBER, INK_PLAIN, (int64_t)frame);
	(void)time_format_instant(text, &line->view->style, time_ns);
	put_column(line, COL_TIME, INK_PLAIN, text);
}

static void
put_delta(struct line *line, int64_t delta_ns)
{
	char text[NSTIME_BUFSIZE];

	format_delta(text, &line->view->style, delta_ns);
	put_column(line, COL_DELTA, INK_FAINT, text);
}

static void
put_arrow(struct line *line)
{
	put_column(line, COL_ARROW, line->is_orig ? INK_ORIG : INK_RESP,
	    line->is_orig ? "->" : "<-");
}

static void
put_flags(struct line *line)
{
	const struct segment *seg = line->seg;
	const enum ink side = line->is_orig ? INK_ORIG : INK_RESP;
	char text[CELL_MAX] = "?";

	if (seg->depth >= DEPTH_FLAGS)
		(void)flags_format(text, seg->flags);
	line_spaces(line, 1);
	line_put(line, (seg->flags & TCP_RST) != 0 ? INK_BAD :
	    (seg->flags & (TCP_SYN | TCP_FIN)) != 0 ? INK_HEADING : side,
	    text);
	line->end += column_width[COL_FLAGS];
}

/*
 * A relative number.  The number itself where that is not known, as of an RST
 * that refuses; but "?" of a connection older than the capture.
 */
static void
put_relative(struct line *line, enum cell cell, enum ink ink,
    int64_t relative, uint32_t number)
{
	if (relative >= 0)
		put_number(line, cell, ink, relative);
	else if (!line->conn->is_midstream)
		put_number(line, cell, ink, number);
	else
		put_column(line, cell, ink, "?");
}

static void
put_seq_and_len(struct line *line)
{
	const struct segment *seg = line->seg;
	const enum ink ink = seg->payload_len > 0 ?
	    (line->is_orig ? INK_ORIG : INK_RESP) : INK_FAINT;

	if (seg->depth < DEPTH_SEQ)
		put_column(line, COL_SEQ, INK_FAINT, "?");
	else if (line->view->is_raw)
		put_number(line, COL_SEQ, ink, seg->seq);
	else
		put_relative(line, COL_SEQ, ink,
		    numbers_rel_seq(line->conn, seg, line->judged), seg->seq);
	if (seg->depth < DEPTH_FLAGS)
		put_column(line, COL_LEN, INK_FAINT, "?");
	else
		put_number(line, COL_LEN, ink, seg->payload_len);
}

/* The number after the segment: what an ACK of all of it says. */
static void
put_next(struct line *line)
{
	const struct segment *seg = line->seg;
	uint32_t len;
	int64_t relative;

	if (seg->depth < DEPTH_FLAGS) {
		put_column(line, COL_NEXT, INK_FAINT, "?");
		return;
	}
	len = seg->payload_len + ((seg->flags & TCP_SYN) != 0) +
	    ((seg->flags & TCP_FIN) != 0);
	relative = numbers_rel_seq(line->conn, seg, line->judged);
	if (line->view->is_raw)
		put_number(line, COL_NEXT, INK_FAINT,
		    seq_at(seg->seq, len));
	else
		put_relative(line, COL_NEXT, INK_FAINT,
		    relative < 0 ? relative : relative + len,
		    seq_at(seg->seq, len));
}

static void
put_ack(struct line *line)
{
	const struct segment *seg = line->seg;

	if (seg->depth < DEPTH_FLAGS)
		put_column(line, COL_ACK, INK_FAINT, "?");
	else if ((seg->flags & TCP_ACK) == 0)
		put_column(line, COL_ACK, INK_FAINT, "-");
	else if (line->view->is_raw)
		put_number(line, COL_ACK, INK_PLAIN, seg->ack);
	else
		put_relative(line, COL_ACK, INK_PLAIN,
		    numbers_rel_ack(line->conn, seg, line->judged), seg->ack);
}

/* A window of unknown scale is printed raw, with a question mark. */
static void
put_window(struct line *line)
{
	const struct segment *seg = line->seg;
	char text[CELL_MAX];

	if (seg->depth < DEPTH_FIXED)
		put_column(line, COL_WIN, INK_FAINT, "?");
	else if (line->judged->window >= 0)
		put_number(line, COL_WIN,
		    (line->judged->bits & 1U << JUDGED_ZERO_WINDOW) != 0 ?
		    INK_BAD : INK_PLAIN, line->judged->window);
	else {
		(void)snprintf(text, sizeof(text), "%u?", seg->window);
		put_column(line, COL_WIN, INK_PLAIN, text);
	}
}

unsigned
segment_line_put(struct outbuf *out, const struct segments_view *view,
    const struct conn *conn, const struct segment *seg,
    const struct judgement *judged, const struct annotations *found)
{
	struct line line = {
		.out = out,
		.view = view,
		.conn = conn,
		.seg = seg,
		.judged = judged,
		.is_orig = judged->side == conn->orig,
	};
	unsigned in_line;

	put_frame(&line, seg->frame, seg->time_ns);
	if (segment_line_is_first(conn, seg))
		put_column(&line, COL_DELTA, INK_FAINT, "-");
	else
		put_delta(&line, judged->delta_ns);
	put_arrow(&line);
	put_flags(&line);
	put_seq_and_len(&line);
	put_next(&line);
	put_ack(&line);
	put_window(&line);
	in_line = put_last(&line, found);
	outbuf_char(out, '\n');
	return in_line;
}

/* It goes back to the sender of what it quotes. */
void
segment_line_put_icmp_error(struct outbuf *out,
    const struct segments_view *view, const struct conn *conn,
    const struct icmp_error *error)
{
	struct line line = {
		.out = out,
		.view = view,
		.conn = conn,
		.is_orig = error->side != conn->orig,
	};
	char from[ADDR_BUFSIZE];

	put_frame(&line, error->frame, error->time_ns);
	put_delta(&line, error->time_ns - conn->last_ns);
	put_arrow(&line);
	(void)addr_format(from, error->from, error->ip_version);
	line_put(&line, INK_BAD, " ICMP error from ");
	line_put(&line, INK_BAD, from);
	outbuf_char(out, '\n');
}

/* ---- heads ---- */

void
segment_line_heads(struct outbuf *out, const struct segments_view *view)
{
	struct line line = { .out = out, .view = view };

	for (int i = 0; i < COL_COUNT; i++) {
		if (i == COL_FLAGS) {
			line_spaces(&line, 1);
			line_put(&line, INK_HEADING, column_head[i]);
			line.end += column_width[i];
		} else {
			put_column(&line, (enum cell)i, INK_HEADING,
			    column_head[i]);
		}
	}
	line_put(&line, INK_HEADING, view->many ? " Flight ^acked" :
	    " Flight|left ^acked");
	outbuf_char(out, '\n');
}
