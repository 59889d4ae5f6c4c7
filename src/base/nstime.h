/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time: 64-bit nanoseconds, since the epoch for instants and plain for
 * durations.  Integers until printed, and printed without `double`, so that
 * every digit is the capture's own.
 */
#ifndef TCPSTATES_BASE_NSTIME_H
#define TCPSTATES_BASE_NSTIME_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

#define NS_PER_US	INT64_C(1000)
#define NS_PER_MS	INT64_C(1000000)
#define NS_PER_SEC	INT64_C(1000000000)

#define NSTIME_BUFSIZE	40	/* holds any formatted number of this module */

/*
 * Seconds with `digits` decimals (0 to 9) of a number of nanoseconds, signed,
 * NUL-terminated.  Returns the length.
 *   nstime_format_instant	cuts the digits that do not fit (an instant is
 *				never printed as later than it was)
 *   nstime_format_duration	rounds half away from zero
 */
size_t nstime_format_instant(char buf[NSTIME_BUFSIZE], int64_t ns,
    unsigned digits);
size_t nstime_format_duration(char buf[NSTIME_BUFSIZE], int64_t ns,
    unsigned digits);

/* The same in place, see base/put.h. */
char *nstime_put_instant(char *at, int64_t ns, unsigned digits);
char *nstime_put_duration(char *at, int64_t ns, unsigned digits);

/*
 * num / den with `digits` decimals (0 to 9), rounded half away from zero,
 * NUL-terminated.  den > 0.  Exact for every num: no product overflows.
 * Returns the length.
 */
size_t nstime_format_ratio(char buf[NSTIME_BUFSIZE], int64_t num, int64_t den,
    unsigned digits);

/*
 * The same of a mixed number: whole + rest / den, rest < den <= INT64_MAX.
 * What the other formatters are made of.
 */
size_t nstime_format_mixed(char buf[NSTIME_BUFSIZE], uint64_t whole,
    uint64_t rest, uint64_t den, unsigned digits);

/* a + b, neither negative; saturates instead of overflowing. */
static inline int64_t
nstime_add(int64_t a, int64_t b)
{
	return a > INT64_MAX - b ? INT64_MAX : a + b;
}

/* a times n, neither negative; saturates instead of overflowing. */
static inline int64_t
nstime_times(int64_t a, unsigned n)
{
	return n > 0 && a > INT64_MAX / n ? INT64_MAX : a * n;
}

/* The nearest whole number to num / den; den > 0. */
int64_t nstime_mean(int64_t num, int64_t den);

/* a - b; saturates instead of overflowing. */
int64_t nstime_diff(int64_t a, int64_t b);

/* |a - b|; saturates instead of overflowing. */
static inline int64_t
nstime_distance(int64_t a, int64_t b)
{
	return a > b ? nstime_diff(a, b) : nstime_diff(b, a);
}

/* For nstime_from(): of any two numbers. */
int64_t nstime_from_any(int64_t sec, int64_t nsec);

/* Seconds and nanoseconds to an instant; saturates instead of overflowing. */
static inline int64_t
nstime_from(int64_t sec, int64_t nsec)
{
	/* As clocks have them, and not beyond 2261. */
	if (LIKELY((uint64_t)sec < INT64_MAX / NS_PER_SEC &&
	    (uint64_t)nsec < NS_PER_SEC))
		return sec * NS_PER_SEC + nsec;
	return nstime_from_any(sec, nsec);
}

#endif
