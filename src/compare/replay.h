/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The transmissions of one part of the pairs, out of the spools of both points,
 * in order of time.  The replay of each part reads both spools, and decodes no
 * more than it needs, so that no part waits for another.
 */
#ifndef TCPSTATES_COMPARE_REPLAY_H
#define TCPSTATES_COMPARE_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "compare/members.h"
#include "compare/point.h"
#include "compare/spool.h"
#include "compare/transmission.h"

/* Transmissions that are decoded ahead, to be looked at by replay_ahead(). */
#define REPLAY_AHEAD	32
#define REPLAY_ROOM	256

/* What one point has decoded. */
struct replay_point {
	struct members *members;
	struct spool_reader reader;
	int64_t latest_ns;	/* of all parts so far, by its own clock */
	int64_t order_ns;	/* the same by the clock of A */
	bool has_ended;
	unsigned at;
	unsigned end;
	struct transmission items[REPLAY_ROOM];
	int64_t orders[REPLAY_ROOM];	/* see replay_order() */
};

struct replay {
	unsigned part;
	struct replay_point points[POINT_COUNT];
};

/*
 * Initialize the replays of all parts before the first of them is read.  Return
 * 0, or -ERR_NOMEM; call replay_fini() in either case.
 */
int replay_init(struct replay *, unsigned part,
    struct members members[POINT_COUNT], struct spool *spools[POINT_COUNT])
    MUST_CHECK;
void replay_fini(struct replay *);

/* Find the point whose next transmission is the earliest; false: no more. */
bool replay_has_next(struct replay *, enum point *ret_point);

/* The transmission of a point that is `ahead` of the next; or NULL. */
static inline struct transmission *
replay_ahead(struct replay *replay, enum point point, unsigned ahead)
{
	struct replay_point *from = &replay->points[point];

	return ahead < from->end - from->at ? &from->items[from->at + ahead] :
	    NULL;
}

/*
 * The latest time so far at a point, in all parts, by which the next
 * transmission has its place among those of the other point.
 */
static inline int64_t
replay_order(const struct replay *replay, enum point point)
{
	const struct replay_point *from = &replay->points[point];

	return from->orders[from->at];
}

static inline void
replay_advance(struct replay *replay, enum point point)
{
	replay->points[point].at++;
}

#endif
