/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instants in the ways of -t: epoch seconds, seconds since the first frame,
 * date and time here or in UTC.
 */
#ifndef TCPSTATES_REPORT_WHEN_H
#define TCPSTATES_REPORT_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WHEN_BUFSIZE	64

enum when_style {
	WHEN_EPOCH,		/* e: 1139256717.834392 */
	WHEN_RELATIVE,		/* r: 3.141592, since base_ns */
	WHEN_LOCAL_DATE,	/* ad: 2006-02-06 21:11:57.834392 */
	WHEN_UTC_DATE		/* ud: 2006-02-06 20:11:57.834392Z */
};

struct when {
	enum when_style style;
	int64_t base_ns;	/* the first frame's time, for WHEN_RELATIVE */
	unsigned digits;	/* decimals: 6, or 9 when the source has them */
};

/* Argument of -t.  false when it is none of e, r, ad, ud. */
bool when_parse(const char *text, enum when_style *ret_style);

/* NUL-terminated; never fails (a year out of range is given as epoch). */
size_t when_format(char buf[WHEN_BUFSIZE], const struct when *, int64_t ns);

#endif
