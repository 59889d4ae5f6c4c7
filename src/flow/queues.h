/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Under limits every connection is in one of a few queues, in exact order of
 * its last segment, so that the connection to drop is always a head: no search,
 * no sampling.  Ended connections are in order of their end.
 *
 * The links cost memory that only limits need: connections have them if their
 * table was created with is_tracked (conntab_new()).
 */
#ifndef TCPSTATES_FLOW_QUEUES_H
#define TCPSTATES_FLOW_QUEUES_H

#include <stdint.h>

#include "flow/conn.h"

enum queue {
	QUEUE_NONE,		/* in no queue yet */
	QUEUE_HALF_OPEN,	/* nothing but SYNs so far */
	QUEUE_ACTIVE,
	QUEUE_CLOSED,		/* lingers: late segments may come */
	QUEUE_ENDED,		/* retired; the record is kept */
	QUEUE_COUNT
};

struct tracked {
	struct conn conn;	/* first: the two share an address */
	struct tracked *before;	/* in order of number: see conntab.c */
	struct tracked *older;	/* in its queue */
	struct tracked *newer;
	uint64_t moved_ns;	/* when it joined the tail */
	enum queue queue;
	uint32_t place;		/* of its memory: see conntab.c */
};

/* All queues are empty when zeroed. */
struct queues {
	struct {
		struct tracked *oldest;
		struct tracked *newest;
		uint64_t count;
	} of[QUEUE_COUNT];
};

/* The head of a queue, or NULL; and the length of the queue. */
struct conn *queues_oldest(const struct queues *, enum queue);
uint64_t queues_count(const struct queues *, enum queue);

/* The tail: the connection with the latest segment; and the next older one. */
const struct conn *queues_newest(const struct queues *, enum queue);
const struct conn *queues_older(const struct conn *);

/* Prefetch what queues_move() reads. */
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

/* The queue to which a followed connection belongs. */
static inline enum queue
queues_place(const struct conn *conn)
{
	if (conn->is_closed)
		return QUEUE_CLOSED;
	return conn_is_half_open(conn) ? QUEUE_HALF_OPEN : QUEUE_ACTIVE;
}

/* The slow part of queues_move(). */
void queues_change(struct queues *, struct tracked *, enum queue);

/* Move a connection to the tail of a queue; QUEUE_NONE: out of its queue. */
static inline void
queues_move(struct queues *queues, struct conn *conn, enum queue queue,
    uint64_t now_ns)
{
	struct tracked *t = tracked_of(conn);

	t->moved_ns = now_ns;
	/* Within a run of segments it is at the tail already. */
	if (t->queue != queue || t->newer != NULL)
		queues_change(queues, t, queue);
}

#endif
