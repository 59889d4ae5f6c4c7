/* SPDX-License-Identifier: BSD-2-Clause */
/* Where one of two clocks was set: see clockfit.h. */
#ifndef TCPSTATES_COMPARE_CLOCKSTEP_H
#define TCPSTATES_COMPARE_CLOCKSTEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/nstime.h"
#include "compare/clockfit.h"

/* A smaller step of a clock cannot be distinguished from delay. */
#define CLOCKSTEP_MIN_NS	(2 * NS_PER_MS)

/* A stretch of the points of both directions, sorted by time at A. */
struct stretch {
	const struct clock_point *a;	/* seen first at A */
	size_t a_count;
	const struct clock_point *b;	/* seen first at B */
	size_t b_count;
};

static inline int64_t
stretch_begin(const struct stretch *s)
{
	return s->a[0].a_ns < s->b[0].a_ns ? s->a[0].a_ns : s->b[0].a_ns;
}

static inline int64_t
stretch_end(const struct stretch *s)
{
	const int64_t a = s->a[s->a_count - 1].a_ns;
	const int64_t b = s->b[s->b_count - 1].a_ns;

	return a > b ? a : b;
}

/*
 * Split a stretch, which has points of both directions, where a clock was set.
 * False: none was.
 */
bool clockstep_split(const struct stretch *, struct stretch *ret_first,
    struct stretch *ret_rest);

#endif
