/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The transmissions of two points, merged in order of time by the threads of
 * both.  Each thread fills the ring of its point.  Once both rings are full, or
 * captures have ended, a round begins: both threads walk over all transmissions
 * in order, each to match those of its own part, until a ring is empty.
 *
 *	in the thread of each point
 *		for each transmission
 *			*rounds_slot(rounds, point) = transmission;
 *			rounds_put(rounds, point);
 *		rounds_end(rounds, point);
 *	match(arg, part, walk), for each part in one of the threads
 *		for (; walk_has_next(walk, &point); walk_advance(walk, point))
 *			walk_at(walk, point, 0)...
 */
#ifndef TCPSTATES_COMPARE_ROUNDS_H
#define TCPSTATES_COMPARE_ROUNDS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "compare/members.h"
#include "compare/point.h"
#include "compare/transmission.h"

/*
 * Transmissions of one capture that wait for a round: 512 KiB, most of what a
 * processor's own cache holds.
 */
#define RING_MAX	8192

/* What one point has read and no round has taken. */
struct ring {
	struct transmission *entries;	/* RING_MAX */
	unsigned head;
	unsigned count;
	bool has_ended;
	bool is_ready;		/* for a round; under the lock */
};

/* A position in both rings. */
struct walk {
	const struct ring *rings;
	unsigned head[POINT_COUNT];
	unsigned count[POINT_COUNT];
};

/* Match a part: walk until nothing is next. */
typedef void rounds_match(void *arg, unsigned part, struct walk *);

struct rounds {
	struct ring rings[POINT_COUNT];
	unsigned claimed;	/* set of parts, in this round */
	unsigned done;		/* parts that are done */
	rounds_match *match;
	void *arg;
	pthread_mutex_t lock;
	pthread_cond_t moved;
};

/* 0, or -ERR_NOMEM; rounds_fini() in either case. */
int rounds_init(struct rounds *, rounds_match *, void *arg) MUST_CHECK;
void rounds_fini(struct rounds *);

/* Match until the ring of a point has room. */
void rounds_make_room(struct rounds *, enum point);

/* Where the next transmission of a point goes. */
static inline struct transmission *
rounds_slot(struct rounds *rounds, enum point point)
{
	const struct ring *ring = &rounds->rings[point];

	if (UNLIKELY(ring->count == RING_MAX))
		rounds_make_room(rounds, point);
	return &ring->entries[(ring->head + ring->count) % RING_MAX];
}

static inline void
rounds_put(struct rounds *rounds, enum point point)
{
	rounds->rings[point].count++;
}

/*
 * A point has no more transmissions: match what can be matched.  The thread of
 * the other point does the rest.
 */
void rounds_end(struct rounds *, enum point);

/*
 * The point whose next transmission is the earliest; false: the round is over,
 * as a point has to read on first.
 */
static inline bool
walk_has_next(const struct walk *walk, enum point *ret_point)
{
	const struct ring *a = &walk->rings[POINT_A];
	const struct ring *b = &walk->rings[POINT_B];
	const unsigned *count = walk->count;

	if ((count[POINT_A] == 0 && !a->has_ended) ||
	    (count[POINT_B] == 0 && !b->has_ended) ||
	    count[POINT_A] + count[POINT_B] == 0)
		return false;
	if (count[POINT_A] == 0 || count[POINT_B] == 0)
		*ret_point = count[POINT_A] == 0 ? POINT_B : POINT_A;
	else
		*ret_point = b->entries[walk->head[POINT_B]].ns <
		    a->entries[walk->head[POINT_A]].ns ? POINT_B : POINT_A;
	return true;
}

/* The transmission of a point that is `ahead` of the next; or NULL. */
static inline const struct transmission *
walk_at(const struct walk *walk, enum point point, unsigned ahead)
{
	return ahead < walk->count[point] ? &walk->rings[point].entries[
	    (walk->head[point] + ahead) % RING_MAX] : NULL;
}

static inline void
walk_advance(struct walk *walk, enum point point)
{
	walk->head[point] = (walk->head[point] + 1) % RING_MAX;
	walk->count[point]--;
}

#endif
