/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Under limits every connection stands in one of a few queues, in exact
 * order of its last segment, so that the one to go is always a head: no
 * search, no sampling.  Ended ones stand in order of their end.
 *
 * The links cost memory that only limits need: a connection has them when
 * its table was made for it (conntab_new()).
 */
#ifndef TCPSTATES_FLOW_QUEUES_H
#define TCPSTATES_FLOW_QUEUES_H

#include <stdint.h>

#include "flow/conn.h"

enum queue {
	QUEUE_NONE,		/* not yet in any */
	QUEUE_HALF_OPEN,	/* nothing but SYNs so far */
	QUEUE_ACTIVE,
	QUEUE_CLOSED,		/* lingers: late segments may come */
	QUEUE_ENDED,		/* retired; the record is kept */
	QUEUE_COUNT
};

struct tracked {
	struct conn conn;	/* first: its address is this one's */
	struct tracked *before;	/* in order of number; the table's */
	struct tracked *older;	/* in its queue */
	struct tracked *newer;
	uint64_t moved_ns;	/* when it joined the tail */
	enum queue queue;
	uint32_t place;		/* of its memory; the table's */
};

/* Zeroed is four empty ones. */
struct queues {
	struct {
		struct tracked *oldest;
		struct tracked *newest;
		uint64_t count;
	} of[QUEUE_COUNT];
};

/* The head of a queue, or NULL; and how many stand there. */
struct conn *queues_oldest(const struct queues *, enum queue);
uint64_t queues_count(const struct queues *, enum queue);

/* For who knows ahead that queues_move() will be called. */
void queues_prefetch(const struct conn *);

static inline struct tracked *
tracked_of(struct conn *conn)
{
	return (struct tracked *)(void *)conn;
}

static inline const struct tracked *
tracked_of_const(const struct conn *conn)
{
	return (const struct tracked *)(const void *)conn;
}

/* Where a connection that is followed belongs. */
static inline enum queue
queues_place(const struct conn *conn)
{
	if (conn->is_closed)
		return QUEUE_CLOSED;
	return conn_is_half_open(conn) ? QUEUE_HALF_OPEN : QUEUE_ACTIVE;
}

/* For queues_move(). */
void queues_change(struct queues *, struct tracked *, enum queue);

/* To the tail of a queue (QUEUE_NONE: of none), from wherever it stood. */
static inline void
queues_move(struct queues *queues, struct conn *conn, enum queue queue,
    uint64_t now_ns)
{
	struct tracked *t = tracked_of(conn);

	t->moved_ns = now_ns;
	/* Or it is the newest already, as in every run. */
	if (t->queue != queue || t->newer != NULL)
		queues_change(queues, t, queue);
}

#endif
