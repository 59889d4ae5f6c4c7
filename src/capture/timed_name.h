/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of files of which a run writes one after the other, as --rotate needs:
 * with a time in the name, or with a number behind it.
 */
#ifndef TCPSTATES_CAPTURE_TIMED_NAME_H
#define TCPSTATES_CAPTURE_TIMED_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * Expand %Y, %m, %d, %H, %M and %S, which mean what they mean in date(1), and
 * %%, to the time in UTC.  False: something else follows a percent sign, there
 * is none, or the name is too long.
 */
bool timed_name(char *buf, size_t size, const char *pattern, time_t when);

/* The last part of a path, in which the time is. */
const char *name_of_path(const char *path);

/* The place of a file in a series. */
struct series_place {
	int64_t when;		/* seconds since 1970, for a timed name */
	uint32_t number;
	uint32_t digits;	/* of the number, at least */
	bool is_numbered;
};

/*
 * Name a file of a series: expand the times of the pattern, if there are any,
 * and put the number behind the name, but before `suffix` if the pattern ends
 * in it: cap.pcap1.gz.  False: the name is too long.
 */
bool series_name(char *buf, size_t size, const char *pattern,
    const char *suffix, const struct series_place *place);

#endif
