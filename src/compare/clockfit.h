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
#include "compare/timeline.h"

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
	int64_t from_a_ns;	/* where A's times begin to be of it ... */
	int64_t from_b_ns;	/* ... and B's */
	int64_t shift_ns;	/* A's clock less A's first clock */
	int64_t offset_ns;	/* time at B less time at A, at from_ns */
	int64_t clock_ns;	/* the same, of times that were not moved up */
	int64_t drift_ppb;	/* growth of that: ns in each second */
	int64_t drift_error_ppb;	/* at most; < 0: drift not measured */
	int64_t uncertainty_ns;	/* half of the least round trip between */
};

struct clock_fit {
	unsigned count;		/* 0: no estimate */
	bool is_trusted;	/* the user's word, not an estimate */
	int64_t rough_ns;	/* without an estimate: see clockfit_guess() */
	int64_t refuted_ns;	/* see clockfit_trust(); 0: not refuted */
	struct clock_part parts[CLOCKFIT_PARTS];
};

/*
 * `first_a` saw its segments first at A, `first_b` at B.  Sorts both.  `a` and
 * `b` are the timelines of the points.
 */
void clockfit_find(struct clock_fit *, struct clock_points *first_a,
    struct clock_points *first_b, const struct timeline *a,
    const struct timeline *b);

/* Bounds on the difference, of segments that A saw first, and B. */
struct clock_bounds {
	int64_t diff_ns[2];
	bool has[2];
};

/* Narrow a bound by one segment; `first`: index of the point that saw it. */
void clockfit_bound(struct clock_bounds *, unsigned first, int64_t diff_ns);

/*
 * Without an estimate: a difference by which times of both points can be put in
 * order, from fewer segments than an estimate needs.  It is wrong by a delay at
 * most, and is no figure to report.
 */
void clockfit_guess(struct clock_fit *, const struct clock_bounds *);

/*
 * The user says that the clocks are synchronised: no difference.  No segment
 * reaches the second point before the first, so bounds can refute the user.
 * Then the estimate stays, and refuted_ns is the least difference of the clocks
 * that the bounds allow.
 */
void clockfit_trust(struct clock_fit *, const struct clock_bounds *);

/*
 * The time by the clock of A, as it was before it was set, when the clock of A
 * shows `a_ns`, or that of B `b_ns`.
 */
int64_t clockfit_of_a(const struct clock_fit *, int64_t a_ns);
int64_t clockfit_to_a(const struct clock_fit *, int64_t b_ns);

#endif
