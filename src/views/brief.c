/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report of a busy interface on a terminal: sections A, C and D, the
 * diagnosis, and a table of the connections that lost most time, instead of
 * thousands of lines that scroll by.  --all shows every connection.
 */
#include "config.h"

#include "base/outbuf.h"
#include "engine/engine.h"
#include "records/record.h"
#include "records/select.h"
#include "views/diagnosis_text.h"
#include "views/display.h"
#include "views/table.h"
#include "views/text.h"
#include "views/triage_collect.h"
#include "views/triage_text.h"

#define CONNS_MAX	50	/* more connections make the report brief */
#define WORST_MAX	20	/* connections in the table */

static void
brief_ended(struct display *display, const struct conn *conn)
{
	triage_collect_ended(display->state, conn);
}

static int
put_triage(struct display *display, const struct tcpstates *ts,
    uint64_t *ret_problems)
{
	const struct diagnosis_style style = {
		.colour = display->context->time.colour,
		.again = display->context->capture.again,
	};
	struct triage triage;
	const int error = triage_collect_all(display->state, NULL,
	    tcpstates_first(ts), &triage);

	triage_print(display->out, &style, display->context, ts, &triage);
	*ret_problems = triage.problems;
	triage_fini(&triage);
	return error;
}

static int
put_worst(struct display *display, const struct tcpstates *ts)
{
	const struct select_rules worst = {
		.sort = record_find("verdict_secs"),
		.has_limit = true,
		.limit = WORST_MAX,
	};
	struct report_options options = report_options_of(display->context,
	    ts);

	outbuf_str(display->out, "\nThe connections that lost most time "
	    "(--all shows every connection):\n\n");
	options.select = &worst;
	return table_report(display->out, tcpstates_first(ts), &options);
}

static int
brief_finish(struct display *display, const struct tcpstates *ts)
{
	const struct report_options options = report_options_of(
	    display->context, ts);
	uint64_t problems;
	int error, table_error;

	if (tcpstates_totals(ts)->conns <= CONNS_MAX)
		return text_report(display->out, tcpstates_first(ts),
		    &options);
	text_report_totals(display->out, tcpstates_first(ts), &options);
	outbuf_char(display->out, '\n');
	error = put_triage(display, ts, &problems);
	if (problems == 0)
		return error;
	table_error = put_worst(display, ts);
	return error != 0 ? error : table_error;
}

static void
brief_fini(struct display *display)
{
	triage_collect_fini(display->state);
}

const struct display_type brief_display = {
	.place = DISPLAY_ALONE,
	.needs = DISPLAY_NEEDS_ANALYSIS | DISPLAY_NEEDS_DIAGNOSIS,
	.state_size = sizeof(struct triage_collect),
	.ended = brief_ended,
	.finish = brief_finish,
	.fini = brief_fini,
};
