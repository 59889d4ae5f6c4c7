/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --interval as text: a line per interval above the report or the table.
 */
#include "config.h"

#include "base/outbuf.h"
#include "print/interval.h"
#include "views/display.h"

static bool
interval_lines_are_implied(const struct display_options *options)
{
	return options->interval_ns != 0;
}

static void
interval_lines_begin(struct display *display)
{
	if (display->context->wants_heading)
		interval_heading(display->out, &display->context->time);
}

static void
interval_lines_interval(struct display *display,
    const struct interval *interval)
{
	interval_line(display->out, &display->context->time, interval);
}

/* Set the report apart from the lines. */
static int
interval_lines_finish(struct display *display,
    const struct tcpstates *ts UNUSED)
{
	outbuf_char(display->out, '\n');
	return 0;
}

const struct display_type interval_lines_display = {
	.place = DISPLAY_ADDED,
	.needs = DISPLAY_NEEDS_ANALYSIS,
	.is_implied = interval_lines_are_implied,
	.begin = interval_lines_begin,
	.interval = interval_lines_interval,
	.finish = interval_lines_finish,
};
