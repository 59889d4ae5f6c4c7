/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line per transition.  The endpoint comes last because its width varies
 * (IPv6); everything before is aligned:
 *
 *	      TIME CONN SIDE OLD STATE    -> NEW STATE          MS ENDPOINT
 *	  0.000000    1 orig UNSEEN       -> SYN-SENT            - 192...
 */
#include "config.h"

#include "views/states.h"

#include <stdio.h>

#include "base/nstime.h"
#include "base/outbuf.h"
#include "flow/conn.h"
#include "print/addr.h"
#include "print/ink.h"
#include "print/time.h"
#include "tcp/judgement.h"
#include "tcp/state.h"
#include "views/display.h"

#define CONN_COLUMNS	4
#define STATE_COLUMNS	12	/* "SYN-RECEIVED" */
#define MS_COLUMNS	9	/* "99999.999": longer ones push */

/* Established is good, no connection faint, everything between notable. */
static enum ink
state_ink(enum state state)
{
	if (state == STATE_ESTABLISHED)
		return INK_GOOD;
	if (state == STATE_CLOSED || state == STATE_UNSEEN)
		return INK_FAINT;
	return INK_NOTE;
}

/* Milliseconds with three decimals: a microsecond is the last digit. */
static void
put_since(struct outbuf *out, const struct time_style *style, int64_t ns)
{
	char text[NSTIME_BUFSIZE] = "-";

	if (ns >= 0)
		(void)nstime_format_ratio(text, ns, NS_PER_MS, 3);
	outbuf_char(out, ' ');
	ink_cell(out, style->colour, INK_PLAIN, text, -MS_COLUMNS);
}

void
states_heading(struct outbuf *out, const struct time_style *style)
{
	const bool colour = style->colour;

	ink_cell(out, colour, INK_HEADING,
	    style->format == TIME_AS_UTC ? "TIME (UTC)" : "TIME",
	    -(int)time_width(style));
	ink_cell(out, colour, INK_HEADING, "CONN", -(1 + CONN_COLUMNS));
	ink_cell(out, colour, INK_HEADING, " SIDE OLD STATE",
	    1 + 4 + 1 + STATE_COLUMNS);
	outbuf_str(out, " -> ");
	ink_cell(out, colour, INK_HEADING, "NEW STATE", STATE_COLUMNS);
	ink_cell(out, colour, INK_HEADING, "MS", -(1 + MS_COLUMNS));
	ink_cell(out, colour, INK_HEADING, " ENDPOINT", 0);
	outbuf_char(out, '\n');
}

void
states_line(struct outbuf *out, const struct time_style *style,
    const struct conn *conn, const struct transition *change)
{
	const bool is_orig = change->side == conn->orig;
	const bool colour = style->colour;
	const enum ink side_ink = is_orig ? INK_ORIG : INK_RESP;
	char text[TIME_BUFSIZE];
	char endpoint[ADDR_ENDPOINT_BUFSIZE];

	(void)time_format_instant(text, style, change->time_ns);
	ink_cell(out, colour, INK_PLAIN, text, -(int)time_width(style));
	(void)snprintf(text, sizeof(text), " %*ju ", CONN_COLUMNS,
	    (uintmax_t)conn->number);
	outbuf_str(out, text);
	ink_cell(out, colour, side_ink, is_orig ? "orig" : "resp", 5);
	ink_cell(out, colour, state_ink(change->from),
	    state_name(change->from), STATE_COLUMNS);
	outbuf_str(out, " -> ");
	ink_cell(out, colour, state_ink(change->to), state_name(change->to),
	    STATE_COLUMNS);
	put_since(out, style, change->since_ns);
	outbuf_char(out, ' ');
	(void)addr_format_endpoint(endpoint, conn, change->side);
	ink_cell(out, colour, side_ink, endpoint, 0);
	outbuf_char(out, '\n');
}

/* ---- the display ---- */

/* What differs from line to line. */
struct states_view {
	bool has_line;
	int64_t last_ns;	/* of the line before */
};

static void
states_begin(struct display *display)
{
	if (display->context->wants_heading)
		states_heading(display->out, &display->context->time);
}

static void
states_transition(struct display *display, const struct conn *conn,
    const struct transition *change)
{
	struct states_view *view = display->state;
	struct time_style style = display->context->time;

	if (style.format == TIME_AS_DELTA)
		style.base_ns = view->has_line ? view->last_ns :
		    change->time_ns;
	states_line(display->out, &style, conn, change);
	view->has_line = true;
	view->last_ns = change->time_ns;
}

static const char *
states_refuse(const struct display_options *options)
{
	return options->no_analysis ? "--states does not go with "
	    "--no-analysis: without the analysis, no states are tracked" : NULL;
}

const struct display_type states_display = {
	.place = DISPLAY_ALONE,
	.has_frames = true,
	.needs = DISPLAY_NEEDS_ANALYSIS,
	.excludes = DISPLAY_WITH_ONLY | DISPLAY_WITH_SORT |
	    DISPLAY_WITH_LIMIT | DISPLAY_WITH_INTERVAL,
	.because = "prints each change as it happens; --conn is possible",
	.state_size = sizeof(struct states_view),
	.refuse = states_refuse,
	.begin = states_begin,
	.transition = states_transition,
};
