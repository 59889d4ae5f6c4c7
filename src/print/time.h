/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How displays print instants: the format of -t, its base and precision, and
 * whether the output shows colours.
 */
#ifndef TCPSTATES_PRINT_TIME_H
#define TCPSTATES_PRINT_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The formats of -t, with their letters. */
enum time_format {
	TIME_AS_EPOCH,		/* e: seconds since the epoch */
	TIME_AS_RELATIVE,	/* r: seconds since style.base_ns */
	TIME_AS_CLOCK,		/* a: time of day in the local time zone */
	TIME_AS_LOCAL,		/* ad: date and time in the local time zone */
	TIME_AS_UTC,		/* ud: date and time in UTC */
	TIME_AS_DELTA,		/* d: seconds since style.base_ns, which the
				   display moves from line to line */
	TIME_AS_NONE		/* none: no time */
};

struct time_style {
	enum time_format format;
	int64_t base_ns;	/* epoch of TIME_AS_RELATIVE */
	unsigned digits;	/* decimals of a second: 6, or 9 */
	bool colour;		/* the output shows colours */
};

#define TIME_BUFSIZE	64

/*
 * Format an instant, NUL-terminated.  Returns the length.  TIME_AS_LOCAL uses
 * the time zone of the C library: call tzset() before a sandbox closes.
 */
size_t time_format_instant(char buf[TIME_BUFSIZE], const struct time_style *,
    int64_t ns);

/* The columns of a present-day instant, to align a table. */
unsigned time_width(const struct time_style *);

#endif
