/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line a segment, in columns that the eye can run down, and what is
 * remarkable under it:
 *
 *	  No.       Time      +ms    Flags   Seq   Len     Ack    Win ...
 *	    5   0.060400    0.210 -> PA     1449  1448       1  64256 ...
 *	    6   0.060500    0.100 -> A      4345  1448       1  64256 ...
 *	        ! Previous segment not captured: ...
 *
 * The last column is the sender's flight for a segment that takes sequence
 * space, and which earlier lines it acknowledges for one that does not; a
 * judgement that is a name and nothing more stands there too.  Everything
 * longer goes below, so that the columns stay clean.
 */
#include "config.h"

#include "views/segments.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/outbuf.h"
#include "decode/segment.h"
#include "flow/conn.h"
#include "print/addr.h"
#include "print/ink.h"
#include "views/annotations.h"
#include "views/display.h"
#include "tcp/judgement.h"

#define COLUMNS_MIN	80	/* what a line may always take */
#define LAST_MIN	13	/* the last column: "^12-15 20.1ms" */
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
	[COL_ACK] = "Ack",
	[COL_WIN] = "Win",
};

/* A line as it grows. */
struct line {
	struct outbuf *out;
	const struct segments_view *view;
	int at;			/* columns written */
	int end;		/* where the columns so far should end */
};

/* ---- lines ---- */

static int
line_limit(const struct segments_view *view)
{
	return view->columns > COLUMNS_MIN ? (int)view->columns : COLUMNS_MIN;
}

static void
put(struct line *line, enum ink ink, const char *text)
{
	ink_cell(line->out, line->view->view.colour, ink, text, 0);
	line->at += (int)strlen(text);
}

static void
put_spaces(struct line *line, int count)
{
	for (; count > 0; count--, line->at++)
		outbuf_char(line->out, ' ');
}

/*
 * At the right of the next column.  One that is too wide pushes, and those
 * after it give way until the columns are back in their place.
 */
static void
put_column(struct line *line, enum cell cell, enum ink ink,
    const char *text)
{
	int width = column_width[cell];

	if (cell == COL_TIME)
		width += (int)time_width(&line->view->view);
	line->end += width;
	int gap = line->end - line->at - (int)strlen(text);
	if (gap < 1 && line->at > 0)
		gap = 1;
	put_spaces(line, gap);
	put(line, ink, text);
}

static void
put_number(struct line *line, enum cell cell, enum ink ink, int64_t number)
{
	char text[CELL_MAX];

	(void)snprintf(text, sizeof(text), "%" PRId64, number);
	put_column(line, cell, ink, text);
}

/* ---- small formats ---- */

static void
format_flags(char buf[CELL_MAX], unsigned flags)
{
	static const struct {
		unsigned flag;
		char letter;
	} letters[] = {
		{ TCP_SYN, 'S' }, { TCP_FIN, 'F' }, { TCP_RST, 'R' },
		{ TCP_PSH, 'P' }, { TCP_ACK, 'A' }, { TCP_URG, 'U' },
		{ TCP_ECE, 'E' }, { TCP_CWR, 'W' }, { TCP_AE, 'e' },
	};
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_LEN(letters); i++) {
		if ((flags & letters[i].flag) != 0)
			buf[len++] = letters[i].letter;
	}
	if (len == 0)
		buf[len++] = '-';
	buf[len] = '\0';
}

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

/* ---- the last column ---- */

static int
last_room(const struct line *line)
{
	const int limit = line_limit(line->view);
	const int least = line->end + 1 + LAST_MIN;

	return (limit > least ? limit : least) - line->at - 1;
}

static void
format_flight(char buf[CELL_MAX], const struct telling *tell)
{
	const int64_t flight = tell->judged->in_flight;

	/* Without an analysis nobody has counted. */
	buf[0] = '\0';
	if (segment_len(tell->seg) == 0 || tell->conn->analysis == NULL)
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
		put_spaces(line, 1 + FLIGHT_COLUMNS - (int)strlen(flight));
		put(line, INK_PLAIN, flight);
	}
}

/* What the peer's window still allows, and how much of it is used. */
static void
put_left(struct line *line, const struct judgement *judged)
{
	const enum ink ink = judged->window_left <= 0 ? INK_BAD : INK_FAINT;
	char text[CELL_MAX];
	char bar[BAR_MAX + 1];

	if (judged->in_flight < 0 || judged->window_left < 0)
		return;
	(void)snprintf(text, sizeof(text), "|%" PRId64, judged->window_left);
	if ((int)strlen(text) > last_room(line) + 1)
		return;
	put(line, ink, text);
	const int gap = 2 + LEFT_COLUMNS - (int)strlen(text);
	const int room = last_room(line) - (gap > 1 ? gap - 1 : 0);
	if (room < BAR_MIN)
		return;
	put_spaces(line, gap > 1 ? gap : 1);
	format_bar(bar, (size_t)(room < BAR_MAX ? room : BAR_MAX),
	    (uint64_t)judged->in_flight, (uint64_t)judged->window_left);
	put(line, ink, bar);
}

/*
 * `text` at the right margin, where round trips stand one below the other,
 * and the flight in its column, or as far to the left as it must.
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
		put_spaces(line, 1 + gap);
		put(line, INK_PLAIN, flight);
	}
	put_spaces(line, last_room(line) + 1 - text_len);
	put(line, ink, text);
	return true;
}

/* Columns that the margin has beside the flight. */
static size_t
margin_room(const struct line *line, const char *flight)
{
	const int used = flight[0] == '\0' ? 0 : 1 + (int)strlen(flight);
	const int room = last_room(line) - used;

	return room > 0 ? (size_t)room : 0;
}

static void
put_last(struct line *line, const struct telling *tell,
    struct annotations_said *ret_said)
{
	char flight[CELL_MAX];
	char text[REMARKS_BUFSIZE];
	enum ink ink;

	*ret_said = (struct annotations_said){ 0 };
	format_flight(flight, tell);
	if (annotations_format_covers(text, tell->judged,
	    margin_room(line, flight)))
		ret_said->covers = put_at_margin(line, flight, INK_GOOD, text);
	else if (annotations_format_name(text, tell, &ink))
		ret_said->names = put_at_margin(line, flight, ink, text);
	if (ret_said->covers || ret_said->names > 0 || flight[0] == '\0')
		return;
	put_flight(line, flight);
	put_left(line, tell->judged);
}

/* ---- a line ---- */

/* Numbers begin again with each file: the time tells which one is meant. */
static bool
is_first(const struct conn *conn, const struct segment *seg)
{
	return conn->first_frame == seg->frame &&
	    conn->first_ns == seg->time_ns;
}

/* Milliseconds; what takes ten seconds and more needs no microseconds. */
static void
format_delta(
    char text[NSTIME_BUFSIZE], const struct time_style *view, int64_t ns)
{
	unsigned digits = view->digits > 6 ? view->digits - 3 : 3;

	if (ns >= 10 * NS_PER_SEC)
		digits = digits > 3 ? 3 : ns < 1000 * NS_PER_SEC ? 1 : 0;
	(void)nstime_format_ratio(text, ns, NS_PER_MS, digits);
}

static void
put_when(struct line *line, const struct telling *tell)
{
	const struct time_style *view = &line->view->view;
	char text[TIME_BUFSIZE] = "-";

	put_number(line, COL_NUMBER, INK_PLAIN, (int64_t)tell->seg->frame);
	(void)time_format_instant(text, view, tell->seg->time_ns);
	put_column(line, COL_TIME, INK_PLAIN, text);
	if (is_first(tell->conn, tell->seg))
		(void)snprintf(text, sizeof(text), "-");
	else
		format_delta(text, view, tell->judged->delta_ns);
	put_column(line, COL_DELTA, INK_FAINT, text);
}

static void
put_arrow_and_flags(struct line *line, const struct telling *tell)
{
	const struct segment *seg = tell->seg;
	const enum ink side = tell->is_orig ? INK_ORIG : INK_RESP;
	char text[CELL_MAX] = "?";

	put_column(line, COL_ARROW, side, tell->is_orig ? "->" : "<-");
	if (seg->depth >= DEPTH_FLAGS)
		format_flags(text, seg->flags);
	put_spaces(line, 1);
	put(line, (seg->flags & TCP_RST) != 0 ? INK_BAD :
	    (seg->flags & (TCP_SYN | TCP_FIN)) != 0 ? INK_HEADING : side,
	    text);
	line->end += column_width[COL_FLAGS];
}

/* Raw where a base to count from is not known. */
static void
put_seq_and_len(struct line *line, const struct telling *tell)
{
	const struct segment *seg = tell->seg;
	const enum ink ink = seg->payload_len > 0 ?
	    (tell->is_orig ? INK_ORIG : INK_RESP) : INK_FAINT;

	if (seg->depth < DEPTH_SEQ)
		put_column(line, COL_SEQ, INK_FAINT, "?");
	else
		put_number(line, COL_SEQ, ink, tell->judged->has_offset ?
		    tell->judged->start : (int64_t)seg->seq);
	if (seg->depth < DEPTH_FLAGS)
		put_column(line, COL_LEN, INK_FAINT, "?");
	else
		put_number(line, COL_LEN, ink, seg->payload_len);
}

static void
put_ack(struct line *line, const struct telling *tell)
{
	const struct segment *seg = tell->seg;

	if (seg->depth < DEPTH_FLAGS)
		put_column(line, COL_ACK, INK_FAINT, "?");
	else if ((seg->flags & TCP_ACK) == 0)
		put_column(line, COL_ACK, INK_FAINT, "-");
	else
		put_number(line, COL_ACK, INK_PLAIN, tell->judged->has_ack ?
		    tell->judged->ack : (int64_t)seg->ack);
}

/* A window whose scale is not known is shown raw and marked so. */
static void
put_window(struct line *line, const struct telling *tell)
{
	const struct segment *seg = tell->seg;
	char text[CELL_MAX];

	if (seg->depth < DEPTH_FIXED)
		put_column(line, COL_WIN, INK_FAINT, "?");
	else if (tell->judged->window >= 0)
		put_number(line, COL_WIN,
		    annotations_was_judged(tell->judged, JUDGED_ZERO_WINDOW) ?
		    INK_BAD : INK_PLAIN, tell->judged->window);
	else {
		(void)snprintf(text, sizeof(text), "%u?", seg->window);
		put_column(line, COL_WIN, INK_PLAIN, text);
	}
}

static void
put_endpoints(struct outbuf *out, const struct telling *tell)
{
	const struct conn *conn = tell->conn;
	const bool colour = tell->view->colour;
	char orig[ADDR_ENDPOINT_BUFSIZE];
	char resp[ADDR_ENDPOINT_BUFSIZE];
	char number[CELL_MAX];

	(void)addr_format_endpoint(orig, conn, conn->orig);
	(void)addr_format_endpoint(resp, conn, !conn->orig);
	(void)snprintf(number, sizeof(number), "== Connection %" PRIu64 ": ",
	    conn->number);
	ink_cell(out, colour, INK_HEADING, number, 0);
	ink_cell(out, colour, INK_ORIG, orig, 0);
	outbuf_str(out, " -> ");
	ink_cell(out, colour, INK_RESP, resp, 0);
	if (conn->is_midstream)
		outbuf_str(out, ", under way already");
	if (annotations_was_judged(tell->judged, JUDGED_PORT_REUSED))
		outbuf_str(out, ", on the ports of an earlier one");
	outbuf_char(out, '\n');
}

void
segments_line(struct outbuf *out, struct segments_view *view,
    const struct conn *conn, const struct segment *seg,
    const struct judgement *judged)
{
	const struct telling tell = {
		.view = &view->view,
		.conn = conn,
		.seg = seg,
		.judged = judged,
		.is_orig = judged->side == conn->orig,
		.columns = (size_t)line_limit(view),
	};
	struct line line = { .out = out, .view = view };
	struct annotations_said said;

	if (is_first(conn, seg))
		put_endpoints(out, &tell);
	if (view->many)
		put_number(&line, COL_CONN, INK_PLAIN, (int64_t)conn->number);
	put_when(&line, &tell);
	put_arrow_and_flags(&line, &tell);
	put_seq_and_len(&line, &tell);
	put_ack(&line, &tell);
	put_window(&line, &tell);
	put_last(&line, &tell, &said);
	outbuf_char(out, '\n');
	annotations_put(out, &tell, &said);
	if (view->pending_count > 0 && view->pending[0].frame == seg->frame)
		annotations_put_states(out, &tell, view->pending,
		    view->pending_count);
	view->pending_count = 0;
	view->told_frame = seg->frame;
}

void
segments_transition(struct outbuf *out, struct segments_view *view,
    const struct conn *conn, const struct transition *change)
{
	const struct telling tell = {
		.view = &view->view,
		.conn = conn,
		.columns = (size_t)line_limit(view),
	};

	if (change->frame == view->told_frame)
		annotations_put_states(out, &tell, change, 1);
	else if (view->pending_count < SEGMENTS_PENDING_MAX)
		view->pending[view->pending_count++] = *change;
}

/* ---- the legend ---- */

static const char *const legend[] = {
	"+ms     milliseconds since the connection's segment before",
	"-> <-   sent by the originator; sent by the responder",
	"Flags   Syn Fin Rst Psh Ack Urg; Ece and cWr as E and W, AE as e",
	"Seq Ack relative: the SYN is 0, the first octet of data 1",
	"Win     advertised, scaled; raw and followed by ? where the scale",
	"        is not known",
	"Flight  sent and not acknowledged, with this segment | may still be",
	"        sent in the peer's window; # and . draw the one and the other",
	"^5-7    acknowledges numbers 5 to 7, ^-7 all up to 7; time since that",
	"below   = change of state  . information  * remarkable  ! trouble",
};

static void
put_heads(struct outbuf *out, const struct segments_view *view)
{
	struct line line = { .out = out, .view = view };

	for (int i = view->many ? COL_CONN : COL_NUMBER; i < COL_COUNT; i++) {
		if (i == COL_FLAGS) {
			put_spaces(&line, 1);
			put(&line, INK_HEADING, column_head[i]);
			line.end += column_width[i];
		} else {
			put_column(&line, (enum cell)i, INK_HEADING,
			    column_head[i]);
		}
	}
	put(&line, INK_HEADING, view->many ? " Flight ^acked" :
	    " Flight|left ^acked");
	outbuf_char(out, '\n');
}

void
segments_legend(struct outbuf *out, const struct segments_view *view)
{
	for (size_t i = 0; i < ARRAY_LEN(legend); i++) {
		ink_cell(out, view->view.colour, INK_FAINT, legend[i], 0);
		outbuf_char(out, '\n');
	}
	outbuf_char(out, '\n');
	put_heads(out, view);
}

/* ---- the display ---- */

/* The time of the first frame may be known later than begin(). */
static struct segments_view *
view_of(struct display *display)
{
	struct segments_view *view = display->state;

	view->view = display->context->time;
	view->many = !display->context->options->is_one_conn;
	return view;
}

static void
segments_begin(struct display *display)
{
	struct segments_view *view = view_of(display);

	if (display->context->wants_heading)
		segments_legend(display->out, view);
}

static void
segments_segment(struct display *display, const struct conn *conn,
    const struct segment *seg, const struct judgement *judged)
{
	segments_line(display->out, view_of(display), conn, seg, judged);
}

static void
segments_change(struct display *display, const struct conn *conn,
    const struct transition *change)
{
	segments_transition(display->out, view_of(display), conn, change);
}

const struct display_type segments_display = {
	.place = DISPLAY_ALONE,
	.argument = DISPLAY_ARG_CONNS,
	.needs = DISPLAY_NEEDS_ANALYSIS,
	.excludes = DISPLAY_WITH_ONLY | DISPLAY_WITH_SORT |
	    DISPLAY_WITH_LIMIT | DISPLAY_WITH_INTERVAL,
	.because = "prints each segment as it comes; --conn is possible",
	.state_size = sizeof(struct segments_view),
	.begin = segments_begin,
	.segment = segments_segment,
	.transition = segments_change,
};
