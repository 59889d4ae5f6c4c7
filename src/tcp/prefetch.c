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
static inline void
fetch(const void *object, size_t from, size_t to)
{
	const uint8_t *at = object;

	for (size_t i = from / LINE_BYTES * LINE_BYTES; i < to;
	    i += LINE_BYTES)
		PREFETCH(at + i);
}

/*
 * What new data, and the ACK of it, look into.  The line between the two has
 * the second segment in flight, and seldom one.
 */
static inline void
fetch_flight(const struct endpoint_track *side)
{
	PREFETCH(&side->srtt);
	PREFETCH(&side->tsvals);
}

/* Statistics of data and of its ACK, for either sender. */
static inline void
fetch_stats(const struct analysis *an)
{
	const size_t first = offsetof(struct kept_analysis, stats);
	const size_t second = first + sizeof(struct endpoint_stats);
	const size_t len = offsetof(struct endpoint_stats, ts_rtt);

	fetch(an, first, first + len);
	fetch(an, second, second + len);
}

/* Useless prefetches displace useful ones, so fetch no more than is needed. */
void
prefetch_segment(const struct tracker *tracker, const struct conn *conn,
    unsigned side, const struct segment *seg)
{
	const struct endpoint *rcv = &conn->endpoint[!side];
	const struct analysis *an = conn->analysis;
	const bool is_plain = !segment_has(seg, TCP_SYN | TCP_FIN | TCP_RST);

	if (!is_plain || conn->is_closed)
		PREFETCH(conn->lifecycle);
	if (an == NULL || conn->is_packed)
		return;
	PREFETCH(&an->track[0]);
	PREFETCH(&an->track[1]);
	if (!is_plain || !conn->handshake_done || tracker->keep)
		PREFETCH(&an->stats);
	if (tracker->keep)
		fetch_stats(an);
	if (tracker->follower != NULL)
		PREFETCH(&an->notes);
	if (conn->is_closed) {	/* it may be the last */
		PREFETCH(&an->track[0].sackboard);
		PREFETCH(&an->track[1].sackboard);
	}
	if (seg->payload_len > 0 || !is_plain)
		fetch_flight(&an->track[side]);
	if (seg->ack != seq_at(rcv->isn, rcv->una))
		fetch_flight(&an->track[!side]);
}

void
prefetch_notes(const struct conn *conn)
{
	const struct analysis *an = conn->analysis;

	if (an == NULL || conn->is_packed || an->notes.diagnosis == NULL)
		return;
	fetch(an->notes.diagnosis, 0, FOLLOWED_BYTES);
}
