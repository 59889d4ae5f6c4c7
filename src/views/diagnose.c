/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --diagnose: what is wrong, where the cause is, and which frames show it: of
 * the capture as a whole, or of connections.
 */
#include "config.h"

#include <string.h>

#include "base/outbuf.h"
#include "engine/engine.h"
#include "flow/conn.h"
#include "records/select_walk.h"
#include "tcp/pack.h"
#include "views/diagnosis_text.h"
#include "views/display.h"
#include "views/print_threads.h"
#include "views/text.h"
#include "views/triage_text.h"

#define USUAL_LEN	1600	/* bytes of a connection */

/* Whose record may be dropped before the end. */
struct state {
	struct triage triage;	/* of retired connections */
	bool has_begun;
};

static struct diagnosis_style
style_of(const struct display *display)
{
	return (struct diagnosis_style){
		.colour = display->context->time.colour,
		.again = display->context->capture.again,
	};
}

/* ---- connections ---- */

/* Options that choose connections, rather than leave some out. */
static bool
names_connections(const struct select_rules *select)
{
	return select->ranges != NULL || select->sort != NULL ||
	    select->has_limit;
}

static void
print_diagnosis(const void *arg, struct outbuf *out, const struct conn *conn)
{
	outbuf_char(out, '\n');
	diagnosis_print(out, arg, conn);
}

static int
put_connections(struct display *display, const struct tcpstates *ts)
{
	const struct report_options options = report_options_of(
	    display->context, ts);
	const struct diagnosis_style style = style_of(display);
	const struct printers_job job = {
		.print = print_diagnosis,
		.arg = &style,
		.usual_len = USUAL_LEN,
	};
	struct select_walk walk;
	const int error = select_walk_begin(&walk, options.select,
	    tcpstates_first(ts));
	const struct conn *first = select_walk_next(&walk);

	if (first != NULL)
		diagnosis_print(display->out, &style, first);
	printers_print(options.printers, display->out, &walk, &job);
	select_walk_end(&walk);
	text_dropped(display->out, &options);
	return error;
}

/* ---- the capture ---- */

static void
add_conn(struct triage *triage, const struct conn *packed)
{
	struct pack_room room;
	const struct conn *conn = pack_read(packed, &room);
	struct diagnosed diagnosed;

	if (diagnose(conn, &diagnosed))
		triage_add(triage, conn, &diagnosed);
}

static struct triage *
triage_of(struct display *display)
{
	struct state *state = display->state;

	if (!state->has_begun)
		triage_init(&state->triage);
	state->has_begun = true;
	return &state->triage;
}

static void
diagnose_ended(struct display *display, const struct conn *conn)
{
	if (!names_connections(&display->context->options->select))
		add_conn(triage_of(display), conn);
}

/* Retired connections have been added by diagnose_ended(). */
static int
put_triage(struct display *display, const struct tcpstates *ts)
{
	const struct diagnosis_style style = style_of(display);
	struct triage triage;
	struct select_walk walk;
	const struct conn *conn;
	const int error = select_walk_begin(&walk,
	    &display->context->options->select, tcpstates_first(ts));

	triage_copy(&triage, triage_of(display));
	while ((conn = select_walk_next(&walk)) != NULL)
		if (conn->retired == 0)
			add_conn(&triage, conn);
	select_walk_end(&walk);
	triage_print(display->out, &style, display->context, ts, &triage);
	triage_fini(&triage);
	return error;
}

static int
diagnose_finish(struct display *display, const struct tcpstates *ts)
{
	return names_connections(&display->context->options->select) ?
	    put_connections(display, ts) : put_triage(display, ts);
}

static void
diagnose_fini(struct display *display)
{
	triage_fini(triage_of(display));
}

const struct display_type diagnose_display = {
	.place = DISPLAY_ALONE,
	.argument = DISPLAY_ARG_CONNS,
	.is_text_only = true,
	.needs = DISPLAY_NEEDS_ANALYSIS | DISPLAY_NEEDS_DIAGNOSIS,
	.state_size = sizeof(struct state),
	.ended = diagnose_ended,
	.finish = diagnose_finish,
	.fini = diagnose_fini,
};
