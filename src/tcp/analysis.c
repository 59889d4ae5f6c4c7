/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/analysis.h"

#include <string.h>

#include "base/err.h"
#include "tcp/follow.h"
#include "tcp/holes.h"
#include "tcp/inflight.h"
#include "tcp/pack.h"
#include "tcp/recents.h"
#include "tcp/rtt.h"
#include "tcp/step.h"
#include "tcp/strays.h"
#include "tcp/tracker.h"

/* ---- begin ---- */

/*
 * When analyses are not kept, a connection of a single SYN has none: a SYN
 * flood must stay cheap. The analysis begins with the second segment, so that
 * catch_up() can replay the first; of a repeated SYN it could not restore when
 * each TSval and IP ID was sent.
 */
static bool
wants_analysis(const struct step *step)
{
	const struct tracker *tracker = step->tracker;

	if (tracker->none || step->conn->is_final)
		return false;
	return tracker->keep || step->snd.hot->pkts > 0 ||
	    step->rcv.hot->pkts > 0 || step->seg->flags != TCP_SYN ||
	    step->seg->payload_len > 0;
}

/* Do for the one SYN before the analysis what the steps would have done. */
static void
catch_up(struct step *step, unsigned side)
{
	const struct conn *conn = step->conn;
	const struct endpoint *e = &conn->endpoint[side];
	struct analysis *an = conn->analysis;
	struct endpoint_track *s = &an->track[side];

	an->syns_by |= (uint8_t)(1U << side);
	s->first_ns = conn->first_ns;
	s->last_ns = conn->first_ns;
	s->last_data_ns = conn->first_ns;
	s->last_kind = LAST_SYN;
	s->last_ip_id = e->first_ip_id;
	if (e->has_window)
		s->last_window = e->window;
	if (e->has_ts) {
		s->ts_first = e->ts_recent;
		s->has_ts_first = true;
		rtt_await_echo(s, e->ts_recent, conn->first_ns);
	}
	inflight_append(s, 0, e->nxt, conn->first_ns, conn->first_frame,
	    step->budget);
}

/* Is one SYN of `side` everything before this segment? */
static bool
is_one_syn(const struct conn *conn, unsigned side)
{
	return conn->lifecycle[side].syn_count == 1 &&
	    conn->endpoint[side].pkts == 1 && conn->endpoint[!side].pkts == 0;
}

/* Compute the address instead of loading an->stats. */
static inline struct endpoint_stats *
stats_of(struct tracker *tracker, struct analysis *an)
{
	return tracker->keep ? ((struct kept_analysis *)an)->stats :
	    tracker->discard_stats;
}

void
analysis_attach(struct step *step, struct analysis *an)
{
	struct endpoint_stats *stats = stats_of(step->tracker, an);
	const unsigned side = step->judged.side;

	step->an = an;
	step->snd.track = &an->track[side];
	step->rcv.track = &an->track[!side];
	step->snd.stats = &stats[side];
	step->rcv.stats = &stats[!side];
}

static void
init_analysis(const struct conn *conn, struct analysis *an)
{
	an->rtt_syn = -1;
	an->rtt_ack = -1;
	an->rtt_initial = -1;
	for (unsigned side = 0; side < 2; side++) {
		const struct endpoint *e = &conn->endpoint[side];

		an->track[side].lowest_seen = e->has_base && !e->has_isn;
		an->track[side].last_window = -1;
		an->track[side].state_ns = conn->first_ns;
	}
}

void
analysis_begin(struct step *step)
{
	struct analysis *an;

	if (step->an != NULL || !wants_analysis(step))
		return;
	an = pool_take(&step->tracker->analyses);
	if (an == NULL) {
		step->is_out_of_memory = true;
		return;
	}
	an->stats = stats_of(step->tracker, an);
	init_analysis(step->conn, an);
	if (step->tracker->follower != NULL)
		an->is_followed = true;
	step->conn->analysis = an;
	analysis_attach(step, an);
	for (unsigned side = 0; side < 2; side++)
		if (is_one_syn(step->conn, side))
			catch_up(step, side);
}

/* ---- end ---- */

static void
free_track(struct tracker *tracker, struct endpoint_track *side)
{
	inflight_fini(side, &tracker->budget);
	holes_fini(side, &tracker->budget);
	recents_fini(side, &tracker->budget);
	mem_free(side->sackboard);
}

static void
free_stats(struct endpoint_stats *stats)
{
	series_fini(&stats->rtt);
	series_fini(&stats->ts_rtt);
}

/* The arrays and histograms that an analysis has grown. */
static void
free_parts(struct tracker *tracker, struct analysis *an)
{
	if (tracker->follower != NULL)
		tracker->follower->end(tracker->follower, an);
	free_track(tracker, &an->track[0]);
	free_track(tracker, &an->track[1]);
	if (tracker->keep) {
		free_stats(&an->stats[0]);
		free_stats(&an->stats[1]);
	}
}

/* The analysis itself, and what the follower keeps. */
static void
give_back(struct tracker *tracker, struct analysis *an)
{
	if (tracker->follower != NULL)
		pool_give(&tracker->follower->states, an->notes.diagnosis);
	pool_give(&tracker->analyses, an);
}

/* Only connections that were reported can have a reader. */
static void
reclaim_pack(const struct tracker *tracker, const struct conn *conn)
{
	if (tracker->reader.reclaim != NULL &&
	    (conn->is_reported || conn->retired != 0))
		tracker->reader.reclaim(tracker->reader.arg, conn);
}

static void
end_packed(struct tracker *tracker, struct conn *conn)
{
	struct pack_room room;

	reclaim_pack(tracker, conn);
	if (pack_owns(conn->packed)) {
		memset(&room, 0, sizeof(room));
		pack_open(conn->packed, &room.kept, room.followed);
		free_parts(tracker, &room.kept.analysis);
	}
	pack_free(conn->packed);
	tracker->packs--;
	conn->is_packed = false;
	conn->analysis = NULL;
}

void
analysis_end(struct tracker *tracker, struct conn *conn)
{
	struct analysis *an = conn->analysis;

	if (conn->is_packed) {
		end_packed(tracker, conn);
		return;
	}
	if (an == NULL)
		return;
	tracker_findings_keep(tracker, conn);
	strays_free(an, conn, &tracker->budget);
	free_parts(tracker, an);
	give_back(tracker, an);
	conn->analysis = NULL;
}

/* ---- pack ---- */

void
analysis_pack(struct tracker *tracker, struct conn *conn)
{
	struct analysis *an = conn->analysis;
	struct packed *packed;

	if (conn->is_packed || an == NULL)
		return;
	strays_free(an, conn, &tracker->budget);
	/* With tracker->keep the pool holds struct kept_analysis. */
	packed = pack_make((struct kept_analysis *)an);
	/* Out of memory: keep the analysis unpacked. */
	if (packed == NULL)
		return;
	tracker_findings_keep(tracker, conn);
	give_back(tracker, an);
	tracker->packs++;
	conn->packed = packed;
	conn->is_packed = true;
}

int
analysis_unpack(struct tracker *tracker, struct conn *conn)
{
	struct packed *packed = conn->packed;
	const bool is_followed = pack_is_followed(packed);
	struct kept_analysis *kept = pool_take(&tracker->analyses);
	void *followed = NULL;

	if (kept != NULL && is_followed)
		followed = pool_take(&tracker->follower->states);
	if (kept == NULL || (is_followed && followed == NULL)) {
		pool_give(&tracker->analyses, kept);
		return -ERR_NOMEM;
	}
	reclaim_pack(tracker, conn);
	pack_open(packed, kept, followed);
	pack_free(packed);
	tracker->packs--;
	conn->analysis = &kept->analysis;
	conn->is_packed = false;
	tracker_findings_drop(tracker, conn);
	return 0;
}

/* ---- settle ---- */

/*
 * Arrays with nothing in them, and old retransmissions.  A late segment
 * allocates arrays again, but late segments are rare, and a record keeps its
 * connection to the end.
 */
static void
free_spare(struct step *step, struct endpoint_track *side)
{
	recents_settle(side, step->budget);
	if (side->inflight_count == 0)
		inflight_fini(side, step->budget);
	if (side->holes_count == 0)
		holes_fini(side, step->budget);
}

/* The responder's last ACK is to come: pack once it has. */
static bool
awaits_last_ack(const struct step *step)
{
	return step->an->track[!step->conn->orig].inflight_count > 0 &&
	    !conn_is_reset(step->conn);
}

/*
 * Once a connection is closed and nothing of its originator is in flight, no
 * more round-trip times can come and the figures of the report are final.  Where
 * segments have copies with other numbers, those of the last are still to come.
 */
static bool
is_final(const struct step *step)
{
	const struct conn *conn = step->conn;

	return conn->is_closed && step->an != NULL &&
	    !strays_has_shift(step->an) &&
	    step->an->track[conn->orig].inflight_count == 0;
}

static void
settle_final(struct step *step)
{
	struct conn *conn = step->conn;

	conn->is_final = true;
	if (!step->tracker->keep) {
		analysis_end(step->tracker, conn);
		return;
	}
	if (awaits_last_ack(step))
		return;
	if (step->tracker->follower != NULL)
		step->tracker->follower->settle(step->tracker->follower,
		    step->conn);
	free_spare(step, step->snd.track);
	free_spare(step, step->rcv.track);
	analysis_pack(step->tracker, conn);
}

/*
 * A connection with a single segment may never have another: a flood of SYNs,
 * or of the answers to one elsewhere, must stay cheap.
 */
void
analysis_settle(struct step *step)
{
	if (is_final(step))
		settle_final(step);
	else if (step->tracker->keep && conn_is_one_segment(step->conn))
		analysis_pack(step->tracker, step->conn);
}
