/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/fastpath.h"

#include "base/compiler.h"
#include "base/seq.h"
#include "flow/conn.h"
#include "tcp/history.h"
#include "tcp/inflight.h"
#include "tcp/rules.h"
#include "tcp/rtt.h"
#include "tcp/state.h"
#include "tcp/track.h"

/* A segment, who sent it and to whom, and what it acknowledges. */
struct usual {
	struct conn *conn;
	const struct segment *seg;
	struct endpoint_parts snd;	/* stats are NULL where not kept */
	struct endpoint_parts rcv;
	struct budget *budget;
	int64_t ack;		/* offset in the receiver's space */
	bool is_orig;		/* the originator sent it */
};

/* ---- is it? ---- */

/* Its numbers are known, and it has sent neither FIN nor RST. */
static inline bool
is_open(const struct endpoint *e)
{
	return e->state == STATE_ESTABLISHED && e->has_base && !e->has_fin;
}

/* Its timestamp, if it has one, is not older than the last (RFC 7323, 5.3). */
static inline bool
is_on_time(const struct usual *u)
{
	return (u->seg->opt.present & OPT_TIMESTAMP) == 0 ||
	    !u->snd.hot->has_ts ||
	    !seq_lt(u->seg->opt.tsval, u->snd.hot->ts_recent);
}

/* Next in order, and it acknowledges nothing that was not seen. */
static inline bool
is_in_order(const struct usual *u)
{
	const struct endpoint *snd = u->snd.hot;

	return u->seg->seq == seq_at(snd->isn, snd->nxt) &&
	    (!snd->has_una || snd->una <= snd->nxt) &&
	    u->ack <= u->rcv.hot->nxt;
}

/* Has it data, or another ACK than the last one of its side? */
static inline bool
says_something(const struct usual *u)
{
	return u->seg->payload_len > 0 || !u->snd.track->has_ack ||
	    u->seg->ack != u->snd.track->ack;
}

/* No window is or was closed, none is used up now, and nobody probes. */
static inline bool
flows_freely(const struct usual *u)
{
	const struct endpoint *snd = u->snd.hot;
	const struct endpoint_track *from = u->snd.track;
	const struct endpoint_track *to = u->rcv.track;

	if (from->in_zero_window || from->awaits_keep_alive_ack ||
	    from->awaits_probe_ack || to->window_limited ||
	    to->awaits_probe_ack || to->probe_byte_pending ||
	    (u->rcv.hot->has_window && u->rcv.hot->window == 0))
		return false;
	return u->seg->payload_len == 0 || !snd->has_una ||
	    !u->rcv.hot->has_window || to->last_window < 0 ||
	    snd->una + to->last_window != snd->nxt + u->seg->payload_len;
}

/* Nothing is missing of what the receiver sent, nor reported to be. */
static inline bool
has_nothing_to_repair(const struct usual *u)
{
	return u->snd.track->sacks_count == 0 && u->rcv.track->holes_count == 0;
}

static inline bool
is_usual(const struct usual *u)
{
	const struct conn *conn = u->conn;

	return !conn->is_closed && u->seg->time_ns >= conn->last_ns &&
	    is_open(u->snd.hot) && is_open(u->rcv.hot) &&
	    u->snd.hot->pkts > 0 && is_in_order(u) && is_on_time(u) &&
	    says_something(u) && has_nothing_to_repair(u) && flows_freely(u) &&
	    (u->snd.stats == NULL ||
		history_is_told(conn->analysis, u->snd.stats, u->seg));
}

/* ---- what it does ---- */

static inline void
send_data(const struct usual *u)
{
	const struct segment *seg = u->seg;
	struct endpoint *snd = u->snd.hot;
	const int64_t start = snd->nxt;
	const int64_t end = start + seg->payload_len;

	note_payload(u->snd.track, seg);
	inflight_append(u->snd.track, start, end, seg->time_ns, seg->frame,
	    u->budget);
	snd->nxt = end;
	u->snd.track->probe_byte_pending = false;
	u->snd.track->last_data_ns = seg->time_ns;
	if (u->snd.stats != NULL) {
		u->snd.stats->unique_bytes += seg->payload_len;
		series_prefetch(&u->snd.stats->rtt);
		if (snd->has_una)
			note_flight(u->snd.stats, end - snd->una);
	}
}

static inline void
acknowledge(const struct usual *u)
{
	const int64_t now = u->seg->time_ns;
	struct endpoint_track *to = u->rcv.track;
	struct taken taken;

	take_from_flight(to, u->ack, now, u->is_orig ? NULL :
	    &u->conn->figures, &taken);
	if (taken_is_sample(&taken, u->ack))
		rtt_sample(to, u->rcv.stats != NULL ? &u->rcv.stats->rtt :
		    NULL, now - taken.sent_ns);
	u->rcv.hot->una = u->ack;
	u->rcv.hot->has_una = true;
	to->ack_progress_ns = now;
	end_recovery(to, u->ack);
	u->snd.track->dup_run = 0;
}

static inline void
take_timestamps(const struct usual *u)
{
	const struct segment *seg = u->seg;

	rtt_match_echo(u->rcv.track,
	    u->rcv.stats != NULL ? &u->rcv.stats->ts_rtt : NULL, seg->opt.tsecr,
	    seg->time_ns);
	rtt_remember_tsval(u->snd.track, u->snd.hot, seg);
}

static inline void
advertise(const struct usual *u)
{
	const struct conn *conn = u->conn;
	uint32_t window = u->seg->window;

	if (conn_has_scaling(conn))
		window <<= conn_shift(u->snd.hot);
	count_report_window(&u->conn->figures, window);
	if (!conn_knows_scaling(conn)) {
		u->snd.track->last_window = -1;
		return;
	}
	u->snd.track->last_window = (int32_t)window;
	if (u->snd.stats != NULL)
		count_window_of(u->snd.stats, window);
}

static inline void
take(const struct usual *u)
{
	const struct segment *seg = u->seg;
	struct endpoint_track *from = u->snd.track;

	count_segment(u->conn, u->snd.hot, seg);
	if (seg->payload_len > 0)
		send_data(u);
	if (!u->rcv.hot->has_una || u->ack > u->rcv.hot->una)
		acknowledge(u);
	from->ack = seg->ack;
	from->has_ack = true;
	if ((seg->opt.present & OPT_TIMESTAMP) != 0)
		take_timestamps(u);
	advertise(u);
	from->last_ns = seg->time_ns;
	from->last_was_syn = false;
	note_ip_id(from, seg->ip_id);
	u->snd.hot->sent_non_syn = true;
	u->snd.hot->sent_data |= seg->payload_len > 0;
	remember_header(u->snd.hot, seg);
}

bool
fastpath_take_plain(struct tracker *tracker, struct conn *conn, unsigned side,
    const struct segment *seg)
{
	struct analysis *an = conn->analysis;
	struct usual u;

	if (an == NULL || !conn->handshake_done)
		return false;
	u.conn = conn;
	u.seg = seg;
	u.snd.hot = &conn->endpoint[side];
	u.rcv.hot = &conn->endpoint[!side];
	u.snd.track = &an->track[side];
	u.rcv.track = &an->track[!side];
	u.snd.stats = tracker->keep ? &an->stats[side] : NULL;
	u.rcv.stats = tracker->keep ? &an->stats[!side] : NULL;
	u.budget = &tracker->budget;
	u.ack = seq_offset(seg->ack, u.rcv.hot->isn, u.rcv.hot->nxt);
	u.is_orig = side == conn->orig;
	if (!is_usual(&u))
		return false;
	take(&u);
	return true;
}
