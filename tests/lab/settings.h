/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings of the laboratory's path: NAME=VALUE on its command line. */
#ifndef TCPSTATES_TESTS_LAB_SETTINGS_H
#define TCPSTATES_TESTS_LAB_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NUMBERS_MAX	64

struct numbers {
	int64_t number[NUMBERS_MAX];
	size_t count;
};

/* The next `left` packets with data bytes in [from, to). */
struct range {
	int64_t from;
	int64_t to;
	int64_t left;
};

struct ranges {
	struct range range[NUMBERS_MAX];
	size_t count;
};

enum setting_kind {
	SETTING_MS,		/* int64_t nanoseconds, given in milliseconds */
	SETTING_COUNT,		/* int64_t */
	SETTING_REAL,		/* double */
	SETTING_NUMBERS,	/* struct numbers: N,N,... or N-N */
	SETTING_RANGES		/* struct ranges: FROM-TO:TIMES,... */
};

struct setting {
	const char *name;
	enum setting_kind kind;
	size_t offset;		/* in its structure */
};

/*
 * Set one value, of `settings` (ended by a NULL name), in `where`.  Returns
 * false if there is no such setting or the value is malformed.
 */
bool settings_set(const struct setting *settings, void *where,
    const char *name, const char *value);

bool numbers_have(const struct numbers *numbers, int64_t n);

/* If [from, to) meets a range with packets left, take one; return whether. */
bool ranges_take(struct ranges *ranges, int64_t from, int64_t to);

#endif
