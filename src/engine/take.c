/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "engine/take.h"

#include "base/err.h"
#include "engine/closings.h"
#include "engine/internal.h"
#include "engine/retire.h"
#include "flow/duplicates.h"
#include "flow/identity.h"
#include "flow/overlay.h"
#include "flow/queues.h"
#include "tcp/duplicate.h"
#include "tcp/pipeline.h"

static struct conn *
open_conn(struct tcpstates *ts, struct lookup *lookup,
    const struct segment *seg)
{
	struct conn *conn;

	if (ts->expiry.is_on)
		retire_for_room(ts);
	conn = conntab_add(ts->conns, lookup);
	if (conn == NULL)
		return NULL;
	conn->first_ns = seg->time_ns;
	conn->last_ns = seg->time_ns;
	conn->first_frame = seg->frame & FRAME_MASK;
	conn->last_frame = seg->frame;
	ts->counts.conns++;
	if (ts->wants_tally)
		ts->totals.tally.open++;
	if (ts->expiry.is_on)
		retire_note_return(ts, conn, seg);
	if (UNLIKELY(conn->key.network != NETWORK_PLAIN) &&
	    ts->overlay != NULL)
		overlay_note(ts->overlay, ts->conns, conn);
	return conn;
}

/* A segment with a VNI, or any segment once there was one. */
static NOINLINE void
resolve_network(struct tcpstates *ts, struct queued_segment *queued)
{
	/* Without memory both directions need the same VNI. */
	if (ts->overlay == NULL)
		ts->overlay = overlay_new();
	if (ts->overlay != NULL)
		(void)overlay_resolve(ts->overlay, ts->conns,
		    &queued->lookup, queued->side, &queued->seg);
}

/* The connection was found: is its key that of the segment's network? */
static void
note_own_vni(struct conn *conn, unsigned side, const struct segment *seg)
{
	if (UNLIKELY(seg->vni_known) &&
	    (conn->key.network == NETWORK_PLAIN || conn->key.vni != seg->vni))
		conn->endpoint[side].has_own_vni = true;
}

/* Out of line: few four-tuples are used twice. */
static NOINLINE struct conn *
choose_incarnation(struct tcpstates *ts, struct queued_segment *queued,
    struct conn *newest)
{
	struct conn *older[CONNTAB_OLDER_MAX];
	const unsigned count = conntab_older(ts->conns, &queued->lookup,
	    older);
	struct conn *conn = identity_of(newest, older, count, queued->side,
	    &queued->seg);

	if (conn != newest)
		newest->is_challenged |= identity_is_challenge(newest,
		    queued->side, &queued->seg);
	return conn;
}

static bool
opens_new(const struct conn *conn, const struct queued_segment *queued)
{
	const struct segment *seg = &queued->seg;

	return seg->depth >= DEPTH_FLAGS && segment_has(seg, TCP_SYN) &&
	    identity_opens_new(conn, queued->side, seg,
	    identity_is_ts_later(conn, queued->side, seg));
}

/* The first `len` bytes of payload were captured before: leave the rest. */
static void
trim(struct segment *seg, uint32_t len)
{
	const uint32_t captured = len < seg->payload_captured ?
	    len : seg->payload_captured;

	seg->seq += len;
	seg->payload_len -= len;
	seg->ip_len -= len < seg->ip_len ? len : seg->ip_len;
	seg->payload_captured -= captured;
	if (seg->payload != NULL)
		seg->payload += captured;
}

/*
 * The connection of which this is a copy from inside or outside of a tunnel
 * with a VNI; or NULL.  From now on it is that of such segments.
 */
static NOINLINE struct conn *
find_twin(struct tcpstates *ts, struct queued_segment *queued)
{
	struct overlay_twins twins;

	overlay_twins(&twins, ts->overlay, ts->conns, &queued->lookup);
	for (unsigned i = 0; i < twins.count; i++) {
		struct conn *conn = twins.conns[i];

		if (!duplicate_is_copy(conn, queued->side, &queued->seg,
		    &queued->like) || !overlay_join(ts->overlay, ts->conns,
		    &queued->lookup, queued->side, conn))
			continue;
		ts->counts.twins += !conn->has_twin;
		conn->has_twin = true;
		return conn;
	}
	return NULL;
}

/* Is it a copy, so that nothing of it remains? */
static bool
drop_duplicate(struct tcpstates *ts, struct conn *conn,
    struct queued_segment *queued)
{
	if (LIKELY(queued->like.bits == 0))
		return false;
	if (conn == NULL)
		return false;
	if (!duplicate_take(conn, queued->side, &queued->seg, &queued->like)) {
		/* RTTs could tell a retransmission; SYNs need none. */
		ts->counts.copies_unknown += ts->totals.no_analysis &&
		    !segment_has(&queued->seg, TCP_SYN);
		return false;
	}
	if (queued->like.covered == queued->seg.payload_len)
		return true;
	trim(&queued->seg, queued->like.covered);
	return false;
}

/* Is it a piece of a superframe that the filter did not find? */
static bool
drop_piece(struct conn *conn, const struct queued_segment *queued)
{
	return conn != NULL && queued->like.bits == 0 &&
	    UNLIKELY(duplicate_is_old(conn, queued->side, &queued->seg)) &&
	    duplicate_take_piece(conn, queued->side, &queued->seg);
}

/* It has closed, or has not, as a later segment of it proves. */
static void
note_close(struct tcpstates *ts, struct conn *conn)
{
	if (ts->wants_tally)
		tally_close(ts, conn->is_closed);
	if (conn->is_closed && ts->events.closed != NULL)
		closings_add(ts, conn);
}

/* `has_declined`: the fast path has, and nothing has changed since. */
static int
track(struct tcpstates *ts, struct conn *conn,
    const struct queued_segment *queued, bool is_reuse, bool has_declined)
{
	const unsigned side = queued->side;
	const bool was_closed = conn->is_closed;
	const bool may_replace = UNLIKELY(conn->has_older) &&
	    ts->expiry.is_on && !conn_is_two_way(conn);
	const int err = (has_declined ? pipeline_take_steps :
	    pipeline_segment)(&ts->tracker, conn, side, &queued->seg, is_reuse);

	if (UNLIKELY(err == PIPELINE_COPY)) {
		ts->counts.segments--;
		ts->counts.duplicates++;
		closings_note_late(conn);
		return 0;
	}
	if (ts->events.processed != NULL)
		ts->events.processed(ts->events.arg, conn, &queued->seg, side,
		    ts->tracker.judged);
	if (ts->expiry.is_on)
		queues_move(&ts->expiry.queues, conn, queues_place(conn),
		    ts->expiry.now_ns);
	closings_note_late(conn);
	if (UNLIKELY(was_closed != conn->is_closed))
		note_close(ts, conn);
	if (may_replace && conn_is_two_way(conn))
		retire_older(ts, conn);
	return err;
}

/* Is it a copy, or does it open a connection?  `found`: or NULL. */
static NOINLINE int
process_closely(struct tcpstates *ts, struct queued_segment *queued,
    struct conn *found, bool has_declined)
{
	struct conn *conn = found;
	bool is_reuse;

	if (UNLIKELY(conn != NULL && conn->has_older))
		conn = choose_incarnation(ts, queued, conn);
	if (UNLIKELY(ts->overlay != NULL) && conn == NULL &&
	    queued->like.bits != 0)
		conn = find_twin(ts, queued);
	if (drop_duplicate(ts, conn, queued) ||
	    drop_piece(conn, queued)) {
		ts->counts.duplicates++;
		closings_note_late(conn);
		return 0;
	}
	ts->counts.segments++;
	is_reuse = conn != NULL && opens_new(conn, queued);
	if (is_reuse)
		retire_before(ts, conn);
	if (is_reuse || conn == NULL)
		conn = open_conn(ts, &queued->lookup, &queued->seg);
	if (conn == NULL)
		return -ERR_NOMEM;
	note_own_vni(conn, queued->side, &queued->seg);
	return track(ts, conn, queued, is_reuse, has_declined);
}

/*
 * A segment that is like no other, of a four-tuple that was used once.  The fast
 * path takes new segments in order and without SYN, so that none of the
 * questions of process_closely() arises for those.
 */
static inline bool
process_fast(struct tcpstates *ts, struct queued_segment *queued,
    struct conn *conn)
{
	if (!pipeline_take_fast(&ts->tracker, conn, queued->side,
	    &queued->seg))
		return false;
	note_own_vni(conn, queued->side, &queued->seg);
	ts->counts.segments++;
	return true;
}

static int
process_segment(struct tcpstates *ts, struct queued_segment *queued)
{
	struct conn *conn;
	bool has_declined;

	if (ts->expiry.is_on)
		retire_at(ts, queued->seg.time_ns);
	if (UNLIKELY(queued->seg.vni_known || ts->overlay != NULL))
		resolve_network(ts, queued);
	conn = ts->expiry.is_on ? retire_find(ts, &queued->lookup) :
	    conntab_find(ts->conns, &queued->lookup);
	has_declined = ts->is_quiet && conn != NULL &&
	    LIKELY(!conn->has_older && queued->like.bits == 0);
	return has_declined && process_fast(ts, queued, conn) ? 0 :
	    process_closely(ts, queued, conn, has_declined);
}

/*
 * An ICMP error is evidence for the connection it quotes, and opens none.  It
 * travels in the network of the direction back.
 */
static void
process_quoted(struct tcpstates *ts, struct queued_segment *queued)
{
	struct conn *conn;

	if (UNLIKELY(ts->overlay != NULL))
		(void)overlay_resolve_known(ts->overlay, ts->conns,
		    &queued->lookup, !queued->side);
	conn = conntab_find(ts->conns, &queued->lookup);
	if (conn == NULL)
		return;
	icmp_error_take(&ts->tracker, conn, &queued->error);
	closings_note_late(conn);
}

int
take_queued(struct tcpstates *ts, struct queued_segment *queued)
{
	if (LIKELY(!queued->is_quoted))
		return process_segment(ts, queued);
	process_quoted(ts, queued);
	return 0;
}
