/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line per segment, remarks below it, and the endpoints above the first:
 *
 *	    6   0.060500    0.100 -> A      4345  1448       1  64256 ...
 *	        ! Previous segment not captured: ...
 */
#include "config.h"

#include "views/segments.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/outbuf.h"
#include "base/seq.h"
#include "decode/segment.h"
#include "engine/engine.h"
#include "flow/conn.h"
#include "print/ink.h"
#include "print/wrap.h"
#include "tcp/icmp_error.h"
#include "tcp/judgement.h"
#include "views/annotations.h"
#include "views/display.h"
#include "views/excerpt.h"
#include "views/segment_line.h"

#define REMARK_INDENT	8	/* where the mark of a remark stands */
#define CHANGE_MAX	64	/* bytes of a change of state */
#define NUMBER_MAX	64	/* bytes of "== Connection N:" */
#define HEADING_INDENT	3	/* behind the "==" */

/* ---- remarks ---- */

static const char *
mark_of(enum annotation_severity severity)
{
	static const char *const marks[] = {
		[ANNOTATION_CHANGE] = "=",
		[ANNOTATION_INFO] = ".",
		[ANNOTATION_NOTE] = "*",
		[ANNOTATION_TROUBLE] = "!",
	};

	return marks[severity];
}

static void
put_remark(struct outbuf *out, const struct segments_view *view, enum ink ink,
    const char *mark, const char *text)
{
	const size_t room = (size_t)segment_line_width(view) -
	    REMARK_INDENT - 2;
	const bool colour = view->style.colour;
	char part[ANNOTATION_BUFSIZE];

	for (const char *at = text; *at != '\0'; at += strspn(at, " ")) {
		const size_t len = wrap_at(at, room);

		memcpy(part, at, len);
		part[len] = '\0';
		ink_cell(out, false, INK_PLAIN, "", REMARK_INDENT);
		ink_cell(out, colour, ink, at == text ? mark : "", 2);
		ink_cell(out, colour, ink, part, 0);
		outbuf_char(out, '\n');
		at += len;
	}
}

/* All remarks, except the one in the line. */
static void
put_remarks(struct outbuf *out, const struct segments_view *view,
    const struct annotations *found, unsigned in_line)
{
	char text[ANNOTATION_BUFSIZE];

	for (unsigned i = 0; i < found->count; i++) {
		const struct annotation *annotation = &found->annotation[i];

		if (i == in_line)
			continue;
		(void)annotation_text(text, annotation);
		put_remark(out, view, segment_line_ink(annotation),
		    mark_of(annotation->severity), text);
	}
}

/* Changes of state caused by one segment, in one line. */
static void
put_changes(struct outbuf *out, const struct segments_view *view,
    const struct conn *conn, const struct transition *changes, unsigned count)
{
	char line[SEGMENTS_PENDING_MAX * CHANGE_MAX];
	char text[ANNOTATION_BUFSIZE];
	size_t len = 0;

	line[0] = '\0';
	for (unsigned i = 0; i < count && len < sizeof(line); i++) {
		const struct annotation change =
		    annotation_of_transition(conn, &changes[i]);

		(void)annotation_text(text, &change);
		len += (size_t)snprintf(line + len, sizeof(line) - len,
		    "%s%s", i > 0 ? "; " : "", text);
	}
	put_remark(out, view, INK_PLAIN, mark_of(ANNOTATION_CHANGE), line);
}

/* ---- a segment ---- */

static void
segments_put_endpoints(struct outbuf *out, const struct segments_view *view,
    const struct conn *conn)
{
	struct wrap_line line = {
		.out = out,
		.colour = view->style.colour,
		.room = (size_t)segment_line_width(view),
		.indent = HEADING_INDENT,
	};
	char number[NUMBER_MAX];

	(void)snprintf(number, sizeof(number), "== Connection %" PRIu64 ":",
	    conn->number);
	wrap_put(&line, INK_HEADING, number);
	wrap_put_endpoints(&line, conn, conn->orig);
	if (conn->is_midstream) {
		wrap_put(&line, INK_PLAIN, ",");
		wrap_put(&line, INK_PLAIN, " capture started mid-connection");
	}
	outbuf_char(out, '\n');
}

/* Times since the line before, if they are wanted. */
static void
move_time(struct segments_view *view, int64_t now_ns)
{
	if (view->style.format == TIME_AS_DELTA)
		view->style.base_ns = view->last_frame != 0 ? view->last_ns :
		    now_ns;
	view->last_ns = now_ns;
}

void
segments_line(struct outbuf *out, struct segments_view *view,
    const struct conn *conn, const struct segment *seg,
    const struct judgement *judged)
{
	struct annotations found;
	unsigned in_line;

	annotations_find(&found, conn, seg, judged);
	for (unsigned i = 0; i < found.count; i++)
		view->has_trouble |= found.annotation[i].severity ==
		    ANNOTATION_TROUBLE;
	move_time(view, seg->time_ns);
	if (segment_line_is_first(conn, seg))
		segments_put_endpoints(out, view, conn);
	in_line = segment_line_put(out, view, conn, seg, judged, &found);
	put_remarks(out, view, &found, in_line);
	if (view->pending_count > 0 && view->pending[0].frame == seg->frame)
		put_changes(out, view, conn, view->pending,
		    view->pending_count);
	view->pending_count = 0;
	view->last_frame = seg->frame;
}

void
segments_transition(struct outbuf *out, struct segments_view *view,
    const struct conn *conn, const struct transition *change)
{
	if (change->frame == view->last_frame)
		put_changes(out, view, conn, change, 1);
	else if (view->pending_count < SEGMENTS_PENDING_MAX)
		view->pending[view->pending_count++] = *change;
}

/* ---- an ICMP error ---- */

void
segments_icmp_error(struct outbuf *out, struct segments_view *view,
    const struct conn *conn, const struct icmp_error *error)
{
	char text[ANNOTATION_BUFSIZE];

	view->has_trouble = true;
	move_time(view, error->time_ns);
	segment_line_put_icmp_error(out, view, conn, error);
	(void)annotation_icmp_error_text(text, conn, error);
	put_remark(out, view, INK_BAD, mark_of(ANNOTATION_TROUBLE), text);
}

/* ---- the legend ---- */

static const struct {
	const char *text;
	const char *head;	/* of a column that may be hidden, or NULL */
} legend[] = {
	{ "+ms     milliseconds since the previous segment of the connection",
	    "+ms" },
	{ "-> <-   sent by the originator; sent by the responder", NULL },
	{ "Flags   Syn Fin Rst Psh Ack Urg; Ece and cWr as E and W, AE as e",
	    NULL },
	{ "Seq Ack relative: the SYN is 0, the first byte of data 1", NULL },
	{ "Win     advertised, scaled; raw with a ? where the scale is unknown",
	    "Win" },
	{ "Flight  bytes in flight with this segment | left in peer's window;",
	    NULL },
	{ "        # and . draw the two", NULL },
	{ "^5-7    acknowledges segments 5 to 7, ^-7 all up to 7; time since 7",
	    NULL },
	{ "below   = change of state  . information  * remarkable  ! trouble",
	    NULL },
};

void
segments_legend(struct outbuf *out, const struct segments_view *view)
{
	for (size_t i = 0; i < ARRAY_LEN(legend); i++) {
		if (legend[i].head != NULL &&
		    !segment_line_has(view, legend[i].head))
			continue;
		ink_cell(out, view->style.colour, INK_FAINT, legend[i].text,
		    0);
		outbuf_char(out, '\n');
	}
	outbuf_char(out, '\n');
	segment_line_heads(out, view);
}

/* ---- the display ---- */

struct segments_state {
	struct segments_view view;
	struct excerpt excerpt;		/* with --trouble */
	bool has_excerpt;
	bool has_line;			/* after the legend */
};

/* The time of the first frame may become known after begin(). */
static struct segments_view *
view_of(struct display *display)
{
	const struct display_options *options = display->context->options;
	struct segments_state *state = display->state;
	struct segments_view *view = &state->view;

	view->style = display->context->time;
	view->many = !options->is_one_conn;
	view->is_raw = options->raw_numbers;
	view->columns = display->context->width;
	segment_line_fit(view);
	return view;
}

/* May no segment be shown at all?  The legend then precedes the first one. */
static bool
may_be_empty(const struct display_options *options)
{
	return options->trouble || options->select.ranges != NULL ||
	    options->select.frames != NULL;
}

static void
put_awaited_legend(void *arg, struct outbuf *out)
{
	struct display *display = arg;
	struct segments_state *state = display->state;

	if (!state->has_line && may_be_empty(display->context->options) &&
	    display->context->wants_heading)
		segments_legend(out, view_of(display));
	state->has_line = true;
}

/* False: out of memory. */
static bool
begin_excerpt(struct display *display)
{
	struct segments_state *state = display->state;

	if (!excerpt_init(&state->excerpt, display->out)) {
		excerpt_fini(&state->excerpt);
		return false;
	}
	state->excerpt.head = put_awaited_legend;
	state->excerpt.arg = display;
	state->has_excerpt = true;
	return true;
}

/*
 * Where the next segment is written.  Without memory for an excerpt, all
 * segments are shown.
 */
static struct outbuf *
next_out(struct display *display)
{
	struct segments_state *state = display->state;

	if (display->context->options->trouble &&
	    (state->has_excerpt || begin_excerpt(display)))
		return excerpt_next(&state->excerpt);
	put_awaited_legend(display, display->out);
	return display->out;
}

/* The segment is written, except for changes of state that follow. */
static void
note_trouble(struct display *display)
{
	struct segments_state *state = display->state;

	state->excerpt.is_trouble |= state->view.has_trouble;
	state->view.has_trouble = false;
}

static void
segments_begin(struct display *display)
{
	const struct segments_state *state = display->state;

	if (display->context->wants_heading &&
	    (state->has_line || !may_be_empty(display->context->options)))
		segments_legend(display->out, view_of(display));
}

static void
segments_segment(struct display *display, const struct conn *conn,
    const struct segment *seg, const struct judgement *judged)
{
	struct outbuf *out = next_out(display);

	segments_line(out, view_of(display), conn, seg, judged);
	note_trouble(display);
}

static void
segments_change(struct display *display, const struct conn *conn,
    const struct transition *change)
{
	struct segments_state *state = display->state;

	segments_transition(state->has_excerpt ?
	    excerpt_current(&state->excerpt) : display->out,
	    view_of(display), conn, change);
}

static void
segments_error(struct display *display, const struct conn *conn,
    const struct icmp_error *error)
{
	struct outbuf *out = next_out(display);

	segments_icmp_error(out, view_of(display), conn, error);
	note_trouble(display);
}

/* "No connection with trouble among 3: none of 120 segments..." */
static void
put_no_trouble(struct display *display, const struct tcpstates *ts)
{
	const struct segments_state *state = display->state;
	const uint64_t items = state->excerpt.count;
	uint64_t conns = 0;

	for (const struct conn *conn = tcpstates_first(ts); conn != NULL;
	    conn = conn->next)
		conns += select_matches(&display->context->options->select,
		    conn);
	outbuf_printf(display->out, "no connection with trouble among %" PRIu64
	    ": none of %" PRIu64 " segment%s has a remark marked !\n", conns,
	    items, items == 1 ? "" : "s");
}

/* "no segment at these frames, of 156 in all" */
static void
put_no_segment(struct display *display, const struct tcpstates *ts)
{
	const bool has_numbers =
	    display->context->options->select.ranges != NULL;

	outbuf_printf(display->out, "no segment%s at these frames, of %" PRIu64
	    " in all\n", has_numbers ? " of these connections" : "",
	    tcpstates_totals(ts)->frames);
}

static int
segments_finish(struct display *display, const struct tcpstates *ts)
{
	struct segments_state *state = display->state;
	const struct display_options *options = display->context->options;

	if (state->has_excerpt)
		excerpt_finish(&state->excerpt);
	if (state->has_line)
		return 0;
	if (options->trouble)
		put_no_trouble(display, ts);
	else if (options->select.frames != NULL)
		put_no_segment(display, ts);
	return 0;
}

/* The list goes on. */
static int
segments_interim(struct display *display UNUSED,
    const struct tcpstates *ts UNUSED)
{
	return 0;
}

static void
segments_fini(struct display *display)
{
	struct segments_state *state = display->state;

	if (state->has_excerpt)
		excerpt_fini(&state->excerpt);
}

const struct display_type segments_display = {
	.place = DISPLAY_ALONE,
	.has_frames = true,
	.argument = DISPLAY_ARG_CONNS,
	.is_text_only = true,
	.needs = DISPLAY_NEEDS_ANALYSIS,
	.excludes = DISPLAY_WITH_ONLY | DISPLAY_WITH_SORT |
	    DISPLAY_WITH_LIMIT | DISPLAY_WITH_INTERVAL,
	.because = "prints each segment as it comes; --conn is possible",
	.state_size = sizeof(struct segments_state),
	.begin = segments_begin,
	.segment = segments_segment,
	.transition = segments_change,
	.icmp_error = segments_error,
	.finish = segments_finish,
	.interim = segments_interim,
	.fini = segments_fini,
};
