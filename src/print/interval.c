/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "print/interval.h"

#include <stddef.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/outbuf.h"
#include "print/ink.h"
#include "print/time.h"

/*
 * Wide enough for 10 Gbit/s and intervals of a second; a longer number is not
 * cut but shifts the rest of the line.
 */
static const struct {
	const char *heading;
	size_t at;		/* in struct interval */
	size_t known;		/* a bool there, or 0: always */
	int width;
	unsigned factor;
} columns[] = {
	{ "PACKETS", offsetof(struct interval, frames), 0, 9, 1 },
	{ "BITS", offsetof(struct interval, bytes), 0, 12, 8 },
	{ "NEW", offsetof(struct interval, conns), 0, 7, 1 },
	{ "ENDED", offsetof(struct interval, ended), 0, 7, 1 },
	{ "RESET", offsetof(struct interval, reset), 0, 7, 1 },
	{ "OPEN", offsetof(struct interval, open), 0, 7, 1 },
	{ "RETRANS", offsetof(struct interval, retrans),
	    offsetof(struct interval, has_retrans), 8, 1 },
	{ "DROPPED", offsetof(struct interval, dropped),
	    offsetof(struct interval, has_dropped), 8, 1 },
};

#define SECS_WIDTH	8	/* "3600.000" */

static void
interval_put_cell(struct outbuf *out, const struct time_style *style,
    enum ink ink, const char *text, int width)
{
	outbuf_char(out, ' ');
	ink_cell(out, style->colour, ink, text, -width);
}

void
interval_heading(struct outbuf *out, const struct time_style *style)
{
	ink_cell(out, style->colour, INK_HEADING, "TIME",
	    -(int)time_width(style));
	interval_put_cell(out, style, INK_HEADING, "SECS", SECS_WIDTH);
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		interval_put_cell(out, style, INK_HEADING, columns[i].heading,
		    columns[i].width);
	outbuf_char(out, '\n');
}

static const char *
format(char buf[NSTIME_BUFSIZE], const struct interval *interval, size_t i)
{
	const char *base = (const char *)interval;
	const uint64_t *number =
	    (const uint64_t *)(const void *)(base + columns[i].at);

	if (columns[i].known != 0 &&
	    !*(const bool *)(const void *)(base + columns[i].known))
		return "-";
	nstime_format_mixed(buf, *number * columns[i].factor, 0, 1, 0);
	return buf;
}

void
interval_line(struct outbuf *out, const struct time_style *style,
    const struct interval *interval)
{
	char instant[TIME_BUFSIZE];
	char buf[NSTIME_BUFSIZE];

	time_format_instant(instant, style, interval->start_ns);
	ink_cell(out, style->colour, INK_PLAIN, instant,
	    -(int)time_width(style));
	nstime_format_duration(buf, interval->duration_ns, 3);
	interval_put_cell(out, style, INK_PLAIN, buf, SECS_WIDTH);
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		interval_put_cell(out, style, INK_PLAIN,
		    format(buf, interval, i), columns[i].width);
	outbuf_char(out, '\n');
}
