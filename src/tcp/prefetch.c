/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/prefetch.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/seq.h"
#include "flow/conn.h"
#include "tcp/tracker.h"

/* With wider or narrower pointers the lines differ, which does no harm. */
static_assert(sizeof(void *) != 8 ||
    (offsetof(struct endpoint_track, srtt) == LINE_BYTES &&
    offsetof(struct endpoint_track, tsvals) == 3 * LINE_BYTES &&
    sizeof(struct endpoint_track) == 5 * LINE_BYTES &&
    ANALYSIS_BARE_BYTES == 11 * LINE_BYTES),
    "struct analysis is not on its lines");

/* The most that a follower's state for a connection takes. */
#define FOLLOWED_BYTES	360

/* Bytes `from` up to `to` of an object that begins on a cache line. */
static ALWAYS_INLINE void
fetch(const void *object, size_t from, size_t to)
{
	const uint8_t *at = object;

	for (size_t i = from / LINE_BYTES * LINE_BYTES; i < to;
	    i += LINE_BYTES)
		PREFETCH(at + i);
}

/*
 * What new data, and the ACK of it, look into on the fast path.  The line
 * between the two has the second segment in flight, and seldom one.
 */
static ALWAYS_INLINE void
fetch_flight(const struct endpoint_track *side)
{
	PREFETCH(&side->srtt);
	PREFETCH(&side->tsvals);
}

/* The same for a segment that takes all steps. */
static ALWAYS_INLINE void
fetch_steps(const struct endpoint_track *side)
{
	fetch(side, offsetof(struct endpoint_track, srtt),
	    offsetof(struct endpoint_track, tsvals_ns));
}

/* Statistics of data and of its ACK, for either sender. */
static ALWAYS_INLINE void
fetch_stats(const struct analysis *an)
{
	const size_t first = offsetof(struct kept_analysis, stats);
	const size_t second = first + sizeof(struct endpoint_stats);
	const size_t len = offsetof(struct endpoint_stats, ts_rtt);

	fetch(an, first, first + len);
	fetch(an, second, second + len);
}

/* Handshake and close: the fast path will decline the segment. */
static inline bool
takes_steps(const struct conn *conn, const struct segment *seg)
{
	return segment_has(seg, TCP_SYN | TCP_FIN | TCP_RST) ||
	    !conn->handshake_done || conn->fin_seen || conn->is_closed;
}

/* Useless prefetches displace useful ones, so fetch no more than is needed. */
static ALWAYS_INLINE void
fetch_for_fast(const struct conn *conn, const struct analysis *an,
    unsigned side, const struct segment *seg)
{
	const struct endpoint *rcv = &conn->endpoint[!side];

	if (seg->payload_len > 0)
		fetch_flight(&an->track[side]);
	if (seg->ack != seq_at(rcv->isn, rcv->una))
		fetch_flight(&an->track[!side]);
}

static ALWAYS_INLINE void
fetch_for_steps(const struct analysis *an)
{
	PREFETCH(&an->stats);
	fetch_steps(&an->track[0]);
	fetch_steps(&an->track[1]);
}

void
prefetch_segment(const struct tracker *tracker, const struct conn *conn,
    unsigned side, const struct segment *seg)
{
	const struct analysis *an = conn->analysis;
	const bool is_slow = takes_steps(conn, seg);

	if (is_slow)
		PREFETCH(conn->lifecycle);
	if (an == NULL || conn->is_packed)
		return;
	PREFETCH(&an->track[0]);
	PREFETCH(&an->track[1]);
	if (is_slow)
		fetch_for_steps(an);
	else
		fetch_for_fast(conn, an, side, seg);
	if (!tracker->keep)
		return;
	PREFETCH(&an->stats);
	fetch_stats(an);
	if (tracker->follower != NULL)
		PREFETCH(&an->notes);
}

void
prefetch_notes(const struct conn *conn)
{
	const struct analysis *an = conn->analysis;

	if (an == NULL || conn->is_packed || an->notes.diagnosis == NULL)
		return;
	fetch(an->notes.diagnosis, 0, FOLLOWED_BYTES);
}
