/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --diagnose: what is wrong, where the cause is, and which frames show it.
 */
#include "config.h"

#include "base/outbuf.h"
#include "engine/engine.h"
#include "flow/conn.h"
#include "records/select_walk.h"
#include "views/diagnosis_text.h"
#include "views/display.h"
#include "views/print_threads.h"
#include "views/text.h"

#define USUAL_LEN	1600	/* bytes of a connection */

static void
print_diagnosis(const void *arg, struct outbuf *out, const struct conn *conn)
{
	outbuf_char(out, '\n');
	diagnosis_print(out, arg, conn);
}

static int
diagnose_finish(struct display *display, const struct tcpstates *ts)
{
	const struct report_options options = report_options_of(
	    display->context, ts);
	const struct diagnosis_style style = {
		.colour = display->context->time.colour,
		.again = display->context->capture.again,
	};
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

const struct display_type diagnose_display = {
	.place = DISPLAY_ALONE,
	.argument = DISPLAY_ARG_CONNS,
	.is_text_only = true,
	.needs = DISPLAY_NEEDS_ANALYSIS | DISPLAY_NEEDS_DIAGNOSIS,
	.finish = diagnose_finish,
};
