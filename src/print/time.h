/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the views (--states, --segments, the detail of -v) are asked to look
 * like: decided by the caller, once, and handed down with every call.
 */
#ifndef TCPSTATES_PRINT_TIME_H
#define TCPSTATES_PRINT_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How an instant is printed; the letters are those of -t. */
enum time_format {
	TIME_AS_EPOCH,	/* e: seconds since the epoch */
	TIME_AS_RELATIVE,	/* r: seconds since view.base_ns */
	TIME_AS_LOCAL,	/* ad: date and time where the reader is */
	TIME_AS_UTC	/* ud: date and time in UTC */
};

struct time_style {
	enum time_format format;
	int64_t base_ns;	/* where TIME_AS_RELATIVE counts from, epoch */
	unsigned digits;	/* decimals of a second: 6, or 9 */
	bool colour;		/* the reader is a terminal that shows it */
};

#define TIME_BUFSIZE	64

/*
 * An instant as the view wants it, NUL-terminated.  Returns the length.
 * TIME_AS_LOCAL asks the C library where the reader is: call tzset() before a
 * sandbox closes.
 */
size_t time_format_instant(char buf[TIME_BUFSIZE], const struct time_style *,
    int64_t ns);

/* Columns that an instant of today takes, for aligning a table. */
unsigned time_width(const struct time_style *);

#endif
