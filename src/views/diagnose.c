/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --diagnose: what is wrong, where the cause is, and which frames show it: of
 * the capture as a whole, or of connections.
 */
#include "config.h"

#include "base/outbuf.h"
#include "engine/engine.h"
#include "flow/conn.h"
#include "records/select_walk.h"
#include "tcp/pack.h"
#include "views/diagnosis_text.h"
#include "views/display.h"
#include "views/print_threads.h"
#include "views/text.h"
#include "views/triage_collect.h"
#include "views/triage_text.h"

#define USUAL_LEN	1600	/* bytes of a connection */

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

/* ---- while the capture goes on ---- */

static bool
has_problem(const struct conn *packed)
{
	struct pack_room room;
	struct diagnosed diagnosed;

	return diagnose(pack_read(packed, &room), &diagnosed) &&
	    diagnosed_main(&diagnosed) != NULL;
}

/* --stream: print the diagnosis of a connection that has closed. */
static void
diagnose_closed(struct display *display, const struct conn *conn)
{
	const struct diagnosis_style style = style_of(display);

	if (!has_problem(conn))
		return;
	diagnosis_print(display->out, &style, conn);
	outbuf_char(display->out, '\n');
}

static void
diagnose_ended(struct display *display, const struct conn *conn)
{
	if (display->context->options->stream && !conn->is_reported)
		diagnose_closed(display, conn);
	if (!names_connections(&display->context->options->select))
		triage_collect_ended(display->state, conn);
}

static int
put_triage(struct display *display, const struct tcpstates *ts)
{
	const struct diagnosis_style style = style_of(display);
	struct triage triage;
	const int error = triage_collect_all(display->state,
	    &display->context->options->select, tcpstates_first(ts), &triage);

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
	triage_collect_fini(display->state);
}

static const char *
diagnose_refuse(const struct display_options *options)
{
	return options->no_analysis ? "--no-analysis does not go with "
	    "--diagnose: the diagnosis needs the analysis" : NULL;
}

const struct display_type diagnose_display = {
	.place = DISPLAY_ALONE,
	.argument = DISPLAY_ARG_CONNS,
	.is_text_only = true,
	.needs = DISPLAY_NEEDS_ANALYSIS | DISPLAY_NEEDS_DIAGNOSIS,
	.state_size = sizeof(struct triage_collect),
	.refuse = diagnose_refuse,
	.closed = diagnose_closed,
	.ended = diagnose_ended,
	.finish = diagnose_finish,
	.fini = diagnose_fini,
};
