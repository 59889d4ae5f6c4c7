/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of an endpoint's sequence space was captured and what was passed over.
 *
 *      floor                     nxt
 *   ?    |=====|   |=====| |======|   not sent yet, or not seen yet
 *              hole       hole
 *
 * Between the lowest offset captured (`floor`) and the highest (`nxt`)
 * everything was seen but the holes; they are few, so they are what is
 * stored.  At most HOLES_MAX: beyond, the lowest is forgotten, counted, and
 * from then on taken for seen; so is a new one for which the budget that is
 * shared with others has no room.
 */
#ifndef TCPSTATES_TCP_HOLES_H
#define TCPSTATES_TCP_HOLES_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp/analysis.h"

struct budget;
struct segment;

/*
 * A segment that starts at `end` has passed over [start, end).  Returns false
 * when there was no memory: the range is then taken for seen, and counted as
 * forgotten.
 */
bool holes_add(struct endpoint_track *, int64_t start, int64_t end,
    const struct segment *above, struct budget *);

/* The same of a hole that shares no byte with another. */
bool holes_insert(struct endpoint_track *, const struct hole *,
    struct budget *);

/* Bytes of [start, end) that lie in holes. */
int64_t holes_overlap(
    const struct endpoint_track *, int64_t start, int64_t end);

/* The lowest hole that shares a byte with [start, end), or NULL. */
const struct hole *holes_find(
    const struct endpoint_track *, int64_t start, int64_t end);

/*
 * The receiver requests the hole at `ack`, if `repeats_ack`, and all holes
 * below `sacked`, the highest offset selectively acknowledged.
 */
void holes_ask(struct endpoint_track *, int64_t ack, bool repeats_ack,
    int64_t sacked, int64_t now_ns);

/* The bytes [start, end) have appeared: no hole is left there. */
void holes_fill(
    struct endpoint_track *, int64_t start, int64_t end, struct budget *);

/* Bytes of [start, end) seen so far, in a space that was sent up to `nxt`. */
static inline int64_t
holes_seen(
    const struct endpoint_track *side, int64_t start, int64_t end, int64_t nxt)
{
	if (start < side->lowest_seen)
		start = side->lowest_seen;
	if (end > nxt)
		end = nxt;
	if (start >= end)
		return 0;
	return end - start - (side->holes_count == 0 ? 0 :
	    holes_overlap(side, start, end));
}

void holes_fini(struct endpoint_track *, struct budget *);

#endif
