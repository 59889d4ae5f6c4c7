/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/prefetch.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/seq.h"
#include "flow/conn.h"
#include "tcp/follow.h"
#include "tcp/pack.h"
#include "tcp/tracker.h"

/* With wider or narrower pointers the lines differ, which does no harm. */
static_assert(sizeof(void *) != 8 ||
    (offsetof(struct endpoint_track, srtt) == LINE_BYTES &&
    offsetof(struct endpoint_track, tsvals) == 3 * LINE_BYTES &&
    sizeof(struct endpoint_track) == 5 * LINE_BYTES &&
    ANALYSIS_BARE_BYTES == 11 * LINE_BYTES),
    "struct analysis is not on its lines");

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

/* The window and the bytes of the sender; the round trips that ACKs add to. */
static ALWAYS_INLINE void
fetch_stats(const struct analysis *an, unsigned side, bool acks)
{
	const struct endpoint_stats *stats =
	    ((const struct kept_analysis *)an)->stats;

	PREFETCH(&stats[side]);
	if (acks)
		fetch(&stats[!side], offsetof(struct endpoint_stats, rtt),
		    offsetof(struct endpoint_stats, judged));
}

/* Does the segment acknowledge something new? */
static inline bool
is_ack(const struct conn *conn, unsigned side, const struct segment *seg)
{
	const struct endpoint *rcv = &conn->endpoint[!side];

	return seg->ack != seq_at(rcv->isn, rcv->una);
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
	if (seg->payload_len > 0)
		fetch_flight(&an->track[side]);
	if (is_ack(conn, side, seg))
		fetch_flight(&an->track[!side]);
}

static ALWAYS_INLINE void
fetch_for_steps(const struct analysis *an)
{
	PREFETCH(&an->stats);
	fetch_steps(&an->track[0]);
	fetch_steps(&an->track[1]);
}

/* Will the segment end the connection, so that its analysis is packed? */
static inline bool
ends_conn(const struct conn *conn, const struct segment *seg)
{
	return conn->is_closed || segment_has(seg, TCP_RST);
}

/* Of an analysis with statistics. */
static ALWAYS_INLINE void
fetch_kept(const struct tracker *tracker, const struct conn *conn,
    unsigned side, const struct segment *seg)
{
	const struct analysis *an = conn->analysis;

	if (ends_conn(conn, seg)) {
		fetch(an, 0, sizeof(struct kept_analysis));
		return;
	}
	PREFETCH(&an->stats);
	fetch_stats(an, side, takes_steps(conn, seg) ||
	    is_ack(conn, side, seg));
	if (tracker->follower != NULL)
		PREFETCH(&an->notes);
}

void
prefetch_segment(const struct tracker *tracker, const struct conn *conn,
    unsigned side, const struct segment *seg)
{
	const struct analysis *an = conn->analysis;
	const bool is_slow = takes_steps(conn, seg);

	if (is_slow)
		PREFETCH(conn->lifecycle);
	if (conn->is_packed) {
		pack_fetch(conn);
		return;
	}
	if (an == NULL)
		return;
	PREFETCH(&an->track[0]);
	PREFETCH(&an->track[1]);
	if (is_slow)
		fetch_for_steps(an);
	else
		fetch_for_fast(conn, an, side, seg);
	if (tracker->keep)
		fetch_kept(tracker, conn, side, seg);
}

void
prefetch_followed(const struct conn *conn)
{
	const struct analysis *an = conn->analysis;
	const struct diagnosis *state;

	if (an == NULL || conn->is_packed || an->notes.diagnosis == NULL)
		return;
	state = an->notes.diagnosis;
	fetch(state, 0, FOLLOWED_BYTES);
	/* One that begins within a line ends in one more line. */
	PREFETCH((const char *)state + FOLLOWED_BYTES - 1);
}
