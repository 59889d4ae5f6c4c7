/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The acknowledgments which passed the capture point on the path to a far
 * endpoint, newest last.  The endpoint gets each acknowledgment a
 * while after the capture point, so what an endpoint knew when sending is found
 * by looking back.
 *
 * A ring grows to ACK_RING_MAX marks while they are younger than the path to
 * the endpoint is long, and drops the oldest then.
 */
#ifndef TCPSTATES_DIAGNOSIS_ACK_RING_H
#define TCPSTATES_DIAGNOSIS_ACK_RING_H

#include <stdbool.h>
#include <stdint.h>

struct pool;

#define ACK_RING_FEW	8	/* marks of a new ring; a power of two */
#define ACK_RING_MAX	64

/* An acknowledgment, or a window update. */
struct ack_mark {
	int64_t ns;		/* when the ACK passed the capture point */
	int64_t advance_ns;	/* when the acknowledgment last advanced */
	int64_t ack;		/* offset */
	uint32_t window;	/* bytes, or WINDOW_UNKNOWN */
	uint32_t tsval;		/* if the connection has timestamps */
};

#define WINDOW_UNKNOWN	UINT32_MAX

struct ack_ring {
	uint32_t size;		/* room, in marks: a power of two */
	uint32_t first;		/* number of the oldest mark */
	uint32_t next;		/* of the mark after the newest */
	uint32_t at;		/* where the last search ended */
	struct ack_mark mark[];
};

/*
 * New rings come from a pool: the rings of open connections stay together in
 * memory, and few pages have all of them.
 */
void ack_ring_pool_init(struct pool *);

/* A ring with one mark, or NULL: out of memory. */
struct ack_ring *ack_ring_new(struct pool *, const struct ack_mark *);
/* NULL is allowed. */
void ack_ring_free(struct pool *, struct ack_ring *);

/*
 * Add a mark.  Marks closer than `merge_ns` become one, with the time and the
 * timestamp of the earlier and all else of the later.  The ring grows, and so
 * moves, rather than dropping a mark younger than `keep_ns`; where that fails,
 * the mark is dropped, and the result is true.
 */
bool ack_ring_add(struct pool *, struct ack_ring **, const struct ack_mark *,
    int64_t merge_ns, int64_t keep_ns);

/* The newest mark. */
static inline const struct ack_mark *
ack_ring_newest(const struct ack_ring *ring)
{
	return &ring->mark[(ring->next - 1) & (ring->size - 1)];
}

/* The mark after the oldest, which a full ring drops; or the only mark. */
static inline const struct ack_mark *
ack_ring_second(const struct ack_ring *ring)
{
	const uint32_t second = ring->next - ring->first > 1 ?
	    ring->first + 1 : ring->first;

	return &ring->mark[second & (ring->size - 1)];
}

/* The newest mark at `ns` or before; the oldest if there is none. */
const struct ack_mark *ack_ring_at(struct ack_ring *, int64_t ns);

/* The mark before, or NULL. */
const struct ack_mark *ack_ring_before(const struct ack_ring *,
    const struct ack_mark *);

/* The first mark after `ns`, or NULL; and the one after a mark. */
const struct ack_mark *ack_ring_after(const struct ack_ring *, int64_t ns);
const struct ack_mark *ack_ring_next(const struct ack_ring *,
    const struct ack_mark *);

#endif
