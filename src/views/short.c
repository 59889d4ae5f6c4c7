/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "views/short.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/put.h"
#include "tcp/state.h"

static_assert(SHORT_SIZE >= NSTIME_BUFSIZE, "a ratio fits");

/* num / den, rounded to `digits` decimals, and a unit. */
static size_t
short_ratio(char buf[SHORT_SIZE], uint64_t num, uint64_t den, unsigned digits,
    const char *unit)
{
	const size_t len = nstime_format_mixed(buf, num / den, num % den, den,
	    digits);
	char *end = put_str(buf + len, unit);

	*end = '\0';
	return (size_t)(end - buf);
}

/* Is num / den, rounded to a whole number, `limit` or more? */
static bool
rounds_to(uint64_t num, uint64_t den, uint64_t limit)
{
	const uint64_t rest = num % den;

	return num / den + (rest >= den - rest) >= limit;
}

/*
 * Rounded, with decimal prefixes.  `unit` is a multiple of 1000, so 9.95 units
 * are a whole number.
 */
size_t
short_amount(char buf[SHORT_SIZE], uint64_t n)
{
	static const char *const prefixes[] = {
		"", "k", "M", "G", "T", "P", "E"
	};
	uint64_t unit = 1;
	size_t at = 0;

	while (at + 1 < ARRAY_LEN(prefixes) && rounds_to(n, unit, 1000)) {
		unit *= 1000;
		at++;
	}
	return short_ratio(buf, n, unit,
	    at > 0 && n < unit / 100 * 995 ? 1 : 0, prefixes[at]);
}

/* Two units if the larger has one digit. */
static size_t
short_clock(char buf[SHORT_SIZE], uint64_t whole, uint64_t rest,
    const char *large, const char *small)
{
	size_t len = short_ratio(buf, whole, 1, 0, large);

	if (whole >= 10)
		return len;
	if (rest < 10)
		buf[len++] = '0';
	return len + short_ratio(buf + len, rest, 1, 0, small);
}

/* Less than a minute. */
static size_t
short_seconds(char buf[SHORT_SIZE], uint64_t ns)
{
	static const struct {
		uint64_t unit;
		const char *name;
	} units[] = {
		{ (uint64_t)NS_PER_US, "us" },
		{ (uint64_t)NS_PER_MS, "ms" },
		{ (uint64_t)NS_PER_SEC, "s" }
	};
	size_t at = 0;

	while (at + 1 < ARRAY_LEN(units) && rounds_to(ns, units[at].unit, 1000))
		at++;
	return short_ratio(buf, ns, units[at].unit,
	    at > 0 && ns < units[at].unit / 100 * 995 ? 1 : 0,
	    units[at].name);
}

size_t
short_duration(char buf[SHORT_SIZE], int64_t duration_ns)
{
	const uint64_t ns = duration_ns > 0 ? (uint64_t)duration_ns : 0;
	const uint64_t sec = ns / (uint64_t)NS_PER_SEC;

	if (sec >= 86400)
		return short_clock(buf, sec / 86400, sec % 86400 / 3600, "d",
		    "h");
	if (sec >= 3600)
		return short_clock(buf, sec / 3600, sec % 3600 / 60, "h",
		    "m");
	if (sec >= 60)
		return short_clock(buf, sec / 60, sec % 60, "m", "s");
	return short_seconds(buf, ns);
}

/*
 * The initials of the words of a state, and its number, if any.  CLOSING, the
 * rarer of two with the same initial, has two letters.
 */
const char *
short_state(unsigned state)
{
	static const char *const names[STATE_COUNT] = {
		[STATE_UNSEEN] = "-",
		[STATE_CLOSED] = "C",
		[STATE_LISTEN] = "L",
		[STATE_SYN_SENT] = "SS",
		[STATE_SYN_RECEIVED] = "SR",
		[STATE_ESTABLISHED] = "E",
		[STATE_FIN_WAIT_1] = "FW1",
		[STATE_FIN_WAIT_2] = "FW2",
		[STATE_CLOSE_WAIT] = "CW",
		[STATE_CLOSING] = "CG",
		[STATE_LAST_ACK] = "LA",
		[STATE_TIME_WAIT] = "TW"
	};

	return names[state];
}
