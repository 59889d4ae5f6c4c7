/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of files with a time in them, as --rotate needs.
 */
#ifndef TCPSTATES_CAPTURE_TIMED_NAME_H
#define TCPSTATES_CAPTURE_TIMED_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/*
 * Expand %Y, %m, %d, %H, %M and %S, which mean what they mean in date(1), and
 * %%, to the time in UTC.  False: something else follows a percent sign, there
 * is none, or the name is too long.
 */
bool timed_name(char *buf, size_t size, const char *pattern, time_t when);

#endif
