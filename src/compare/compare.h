/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two captures of the same traffic, taken at two points: what was lost,
 * delayed, rewritten or injected between them.
 *
 * Two passes, each with a thread for each point.  The surveys (survey.h) say
 * which connections belong together and how the clocks differ (pairs.h); the
 * second pass matches transmission by transmission (lane.h), in order of time
 * by the clock of point A.  Segments come from the spool of the survey, or
 * from the frames of the capture again where that was too small:
 *
 *	compare = compare_new(&pairs, surveys, &options);
 *	in a thread for each point
 *		if (compare_needs_frames(compare, point))
 *			for each frame
 *				compare_frame(compare, point, &frame);
 *		compare_end(compare, point);
 *	compare_finish(compare);
 *	for each pair: compare_lane(compare, pair, lane)...
 *	compare_free(compare);
 *
 * Both threads match, each the pairs of a part.  Out of two spools each takes
 * the segments of its part (replay.h).  Otherwise the threads read until the
 * rings of both points are full, and then match until there is room in one of
 * them (rounds.h).
 */
#ifndef TCPSTATES_COMPARE_COMPARE_H
#define TCPSTATES_COMPARE_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "compare/lane.h"
#include "compare/pairs.h"
#include "compare/survey.h"

struct conn;
struct frame;

/* Misjudgements kept, to be listed by frame. */
#define COMPARE_MISJUDGED_MAX	64

struct misjudged {
	enum point point;	/* the capture of this point alone was wrong */
	uint64_t frame;		/* there */
	size_t pair;
	enum direction direction;
	uint32_t judged;	/* set of 1 << enum judged */
	const char *truth;
};

struct compare_options {
	struct survey_options engine;
	/*
	 * What became of a transmission, for views of segments; or NULL.  From
	 * both threads, but never at the same time for one pair.
	 */
	void (*passed)(void *arg, size_t pair, enum direction,
	    enum point upstream, const struct passage *);
	void *arg;
};

struct compare;

/*
 * `pairs` and the surveys, after survey_reduce(), outlive it.  NULL when out of
 * memory.
 */
struct compare *compare_new(const struct pairs *,
    struct survey surveys[POINT_COUNT], const struct compare_options *)
    MUST_CHECK;
void compare_free(struct compare *);

/* Has the survey of a point kept too little of its segments? */
bool compare_needs_frames(const struct compare *, enum point);

/*
 * One frame of a point, from the thread of that point; waits while the other
 * point is behind.  False: out of memory, for either of them.
 */
bool compare_frame(struct compare *, enum point, const struct frame *);

/*
 * There are no (more) frames of a point: from its thread, which matches what
 * the survey has kept.
 */
void compare_end(struct compare *, enum point);

/* Both have ended.  0, or -ERR_NOMEM. */
int compare_finish(struct compare *) MUST_CHECK;

/* A direction of a pair; valid until compare_free(). */
const struct lane *compare_lane(const struct compare *, size_t pair,
    enum direction);

/* The connection of this number at a point, once both have ended. */
const struct conn *compare_conn(const struct compare *, enum point,
    uint32_t number);

/* Misjudgements of single captures, and how many are kept. */
const struct misjudged *compare_misjudged(const struct compare *,
    size_t *ret_count);

#endif
