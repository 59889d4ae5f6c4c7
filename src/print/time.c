/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instants in the format of -t.  The C library formats dates, in the user's
 * time zone; the fraction of a second is added as digits.
 */
#include "config.h"

#include "print/time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/nstime.h"

/* "2006-02-06 20:11:57" */
#define DATE_COLUMNS		19
/* "20:11:57" */
#define CLOCK_COLUMNS		8
/* "1139256717" until the year 2286 */
#define EPOCH_COLUMNS		10
/* "999": a capture of a quarter of an hour; a longer one is only wider */
#define RELATIVE_COLUMNS	3

static size_t format_date(
    char buf[TIME_BUFSIZE], const struct time_style *, int64_t ns);

/* Captures can hold any time, so the difference is clamped. */
static int64_t
since(int64_t base_ns, int64_t ns)
{
	if (base_ns < 0 && ns > INT64_MAX + base_ns)
		return INT64_MAX;
	if (base_ns > 0 && ns < INT64_MIN + base_ns)
		return INT64_MIN;
	return ns - base_ns;
}

size_t
time_format_instant(char buf[TIME_BUFSIZE], const struct time_style *style,
    int64_t ns)
{
	switch (style->format) {
	case TIME_AS_EPOCH:
		return nstime_format_instant(buf, ns, style->digits);
	case TIME_AS_RELATIVE:
	case TIME_AS_DELTA:
		return nstime_format_instant(buf, since(style->base_ns, ns),
		    style->digits);
	case TIME_AS_NONE:
		buf[0] = '\0';
		return 0;
	case TIME_AS_CLOCK:
	case TIME_AS_LOCAL:
	case TIME_AS_UTC:
		break;
	}
	return format_date(buf, style, ns);
}

unsigned
time_width(const struct time_style *style)
{
	const unsigned fraction = style->digits == 0 ? 0 : 1 + style->digits;

	switch (style->format) {
	case TIME_AS_EPOCH:
		return EPOCH_COLUMNS + fraction;
	case TIME_AS_RELATIVE:
	case TIME_AS_DELTA:
		return RELATIVE_COLUMNS + fraction;
	case TIME_AS_NONE:
		return 0;
	case TIME_AS_CLOCK:
		return CLOCK_COLUMNS + fraction;
	case TIME_AS_LOCAL:
	case TIME_AS_UTC:
		break;
	}
	return DATE_COLUMNS + fraction;
}

/* A date that the C library cannot format is printed as an epoch. */
static size_t
format_date(
    char buf[TIME_BUFSIZE], const struct time_style *style, int64_t ns)
{
	int64_t sec = ns / NS_PER_SEC;
	int64_t rest = ns % NS_PER_SEC;
	char fraction[NSTIME_BUFSIZE];
	struct tm tm;

	if (rest < 0) {
		rest += NS_PER_SEC;
		sec--;
	}
	const time_t when = (time_t)sec;
	const struct tm *known = style->format == TIME_AS_UTC ?
	    gmtime_r(&when, &tm) : localtime_r(&when, &tm);
	if (known == NULL)
		return nstime_format_instant(buf, ns, style->digits);
	const size_t len = strftime(buf, TIME_BUFSIZE,
	    style->format == TIME_AS_CLOCK ? "%H:%M:%S" :
	    "%Y-%m-%d %H:%M:%S", known);
	nstime_format_instant(fraction, rest, style->digits);
	/* The fraction begins after its "0". */
	(void)snprintf(buf + len, TIME_BUFSIZE - len, "%s", fraction + 1);
	return strlen(buf);
}
