/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The segments that an endpoint has sent and its peer has not acknowledged:
 * a ring in order of offset.  New data goes in at its end, ACKs take from its
 * beginning, so both are cheap however many there are.
 *
 * At most INFLIGHT_MAX entries, or fewer where the budget that it shares with
 * others has no more: beyond, the two oldest are merged, which loses their
 * round trips and nothing else (what was seen is in holes.h).
 */
#ifndef TCPSTATES_TCP_INFLIGHT_H
#define TCPSTATES_TCP_INFLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "tcp/analysis.h"

struct budget;

/* The frame that an entry was first sent in: see FRAME_MASK. */
static inline uint64_t
inflight_frame(const struct inflight *entry)
{
	return (uint64_t)entry->frame_high << 32 | entry->frame_low;
}

/*
 * [start, end) was sent once, at `now_ns` in frame `frame`.  Written in place,
 * and no member is read to write another: each would stall on store forwarding,
 * behind all that was written before.
 */
static inline void
inflight_begin(struct inflight *entry, int64_t start, int64_t end,
    int64_t now_ns, uint64_t frame)
{
	*entry = (struct inflight){
		.start = start,
		.end = end,
		.first_ns = now_ns,
		.last_ns = now_ns,
		.frame_low = (uint32_t)frame,
		.frame_high = (uint16_t)(frame >> 32),
	};
}

/*
 * Add an entry. A range above all others is appended; a range in a hole is
 * inserted if its place is near the end, and otherwise dropped (it then gives
 * no RTT sample).
 */
void inflight_add(struct endpoint_track *, const struct inflight *entry,
    struct budget *);

/* Room for one more.  False: no memory, and a range is counted as forgotten. */
bool inflight_make_room(struct endpoint_track *, struct budget *);

/* Entry that holds `offset`, or NULL. */
struct inflight *inflight_find(struct endpoint_track *, int64_t offset);

/* The lowest entry that ends above `offset`, or NULL. */
const struct inflight *inflight_above(struct endpoint_track *, int64_t offset);

/*
 * [start, end) was retransmitted at `now_ns`: mark every entry within. If there
 * are too many entries, they are merged, so that retransmitting everything
 * again and again stays cheap.
 */
void inflight_resent(struct endpoint_track *, int64_t start, int64_t end,
    int64_t now_ns);

/* The same of a range that is above all others, sent once. */
static inline void
inflight_append(struct endpoint_track *side, int64_t start, int64_t end,
    int64_t now_ns, uint64_t frame, struct budget *budget)
{
	if (UNLIKELY(side->inflight_count == side->inflight_size) &&
	    !inflight_make_room(side, budget))
		return;
	inflight_begin(&side->inflight[(side->inflight_head +
	    side->inflight_count) & (side->inflight_size - 1)], start, end,
	    now_ns, frame);
	side->inflight_count++;
}

/* The entry with the lowest offset, or NULL when nothing is in flight. */
static inline struct inflight *
inflight_first(struct endpoint_track *side)
{
	return side->inflight_count > 0 ?
	    &side->inflight[side->inflight_head] : NULL;
}

/* Return the entry at `index` in order of offset, or NULL above the last. */
static inline struct inflight *
inflight_at(struct endpoint_track *side, uint32_t index)
{
	return index < side->inflight_count ?
	    &side->inflight[(side->inflight_head + index) &
		(side->inflight_size - 1)] : NULL;
}

/* Remove that entry.  An empty ring begins at its beginning: one cache line. */
static inline void
inflight_pop(struct endpoint_track *side)
{
	side->inflight_count--;
	side->inflight_head = side->inflight_count == 0 ? 0 :
	    (uint16_t)((side->inflight_head + 1) & (side->inflight_size - 1));
}

void inflight_fini(struct endpoint_track *, struct budget *);

#endif
