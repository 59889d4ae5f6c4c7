/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the clock of point B differs from the clock of point A.
 *
 * The time at B less the time at A of a segment that A saw first is the
 * difference of the clocks plus a delay; of one that B saw first it is the
 * difference less a delay.  So the difference lies below all of the
 * former and above all of the latter.  The line that leaves the
 * widest gap to both is the estimate: its slope is the drift, and the offset
 * lies in the middle, which takes the least delays of both directions for
 * equal (Moon, Skelly and Towsley, INFOCOM 1999; Zhang, Liu and Xia, INFOCOM
 * 2002).  A clock that was set in between parts the fit.
 */
#ifndef TCPSTATES_COMPARE_CLOCKFIT_H
#define TCPSTATES_COMPARE_CLOCKFIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/* Fewer matched segments in one direction give no offset. */
#define CLOCKFIT_MIN	10
/* Times that a clock may have been set. */
#define CLOCKFIT_PARTS	8

struct clock_point {
	int64_t a_ns;		/* time at A */
	int64_t diff_ns;	/* time at B less time at A */
};

/*
 * A larger difference, of 73 years, comes from times that are wrong; sums of
 * two do not overflow.
 */
static inline bool
clockfit_can_take(int64_t diff_ns)
{
	return diff_ns > INT64_MIN / 4 && diff_ns < INT64_MAX / 4;
}

/* Matched segments of one direction, sorted by a_ns. */
struct clock_points {
	struct clock_point *points;
	size_t count;
};

/* One stretch of time: difference at `from_ns`, and its growth. */
struct clock_part {
	int64_t from_ns;	/* time at A from which it holds */
	int64_t offset_ns;	/* time at B less time at A, at from_ns */
	int64_t drift_ppb;	/* growth of that: ns in each second */
	int64_t uncertainty_ns;	/* half of the least round trip between */
};

struct clock_fit {
	unsigned count;		/* 0: no estimate */
	struct clock_part parts[CLOCKFIT_PARTS];
};

/* `first_a` saw its segments first at A, `first_b` at B.  Sorts both. */
void clockfit_find(struct clock_fit *, struct clock_points *first_a,
    struct clock_points *first_b);

/* The clocks are to be trusted: no difference. */
void clockfit_trust(struct clock_fit *);

/* The time at A when the clock of B shows `b_ns`. */
int64_t clockfit_to_a(const struct clock_fit *, int64_t b_ns);

#endif
