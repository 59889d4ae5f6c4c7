/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times of a capture that never go back.
 *
 * A clock that is set back while it captures makes the same times come twice,
 * and no rule could say which of two a time is.  So the times after such a step
 * are moved up to the last time before it, and the step is kept; what remains
 * of it, the time between two frames, is found by the fit of the clocks, as a
 * clock that was set forward is (clockfit.h).
 */
#ifndef TCPSTATES_COMPARE_TIMELINE_H
#define TCPSTATES_COMPARE_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "decode/frame.h"

/* Disorder among the queues of an interface is less than this. */
#define FOLD_MIN_NS	(200 * NS_PER_MS)
/* Steps that are recognised; more of them are no clock. */
#define FOLDS_MAX	7

struct fold {
	int64_t at_ns;		/* first time after the step, moved up */
	int64_t back_ns;	/* all times from there were moved by this */
};

/* Zeroed is empty. */
struct timeline {
	int64_t last_ns;	/* the latest time so far, moved up */
	bool has_last;
	unsigned count;
	struct fold folds[FOLDS_MAX];
};

/* Internal: timeline_straighten() of any frame. */
const struct frame *timeline_move(struct timeline *, const struct frame *,
    struct frame *room);

/* The frame, or, with its time moved up, `room`. */
static inline const struct frame *
timeline_straighten(struct timeline *line, const struct frame *frame,
    struct frame *room)
{
	if (UNLIKELY(line->count > 0 || !line->has_last ||
	    frame->time_ns < line->last_ns))
		return timeline_move(line, frame, room);
	line->last_ns = frame->time_ns;
	return frame;
}

/* By how much the times at `ns`, which is moved up, were moved up. */
int64_t timeline_moved(const struct timeline *, int64_t ns);

/* Steps up to `ns`. */
unsigned timeline_steps(const struct timeline *, int64_t ns);

#endif
