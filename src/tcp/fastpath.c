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
	struct endpoint *snd;
	struct endpoint *rcv;
	struct side *from;
	struct side *to;
	struct side_figures *from_figures;	/* NULL: nobody wants them */
	struct side_figures *to_figures;
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
	return (u->seg->opt.present & OPT_TIMESTAMP) == 0 || !u->snd->has_ts ||
	    !seq_lt(u->seg->opt.tsval, u->snd->ts_recent);
}

/* Next in order, and it acknowledges nothing that was not seen. */
static inline bool
is_in_order(const struct usual *u)
{
	const struct endpoint *snd = u->snd;

	return u->seg->seq == seq_at(snd->isn, snd->nxt) &&
	    (!snd->has_una || snd->una <= snd->nxt) &&
	    u->ack <= u->rcv->nxt;
}

/* Has it data, or another ACK than the last one of its side? */
static inline bool
says_something(const struct usual *u)
{
	return u->seg->payload_len > 0 || !u->from->has_ack ||
	    u->seg->ack != u->from->ack;
}

/* No window is or was closed, none is used up now, and nobody probes. */
static inline bool
flows_freely(const struct usual *u)
{
	const struct endpoint *snd = u->snd;
	const struct side *from = u->from;
	const struct side *to = u->to;

	if (from->is_zero || from->awaits_keep_alive_ack ||
	    from->awaits_probe_ack || to->is_full || to->awaits_probe_ack ||
	    to->has_probed ||
	    (u->rcv->has_window && u->rcv->window == 0))
		return false;
	return u->seg->payload_len == 0 || !snd->has_una ||
	    !u->rcv->has_window || to->last_window < 0 ||
	    snd->una + to->last_window != snd->nxt + u->seg->payload_len;
}

/* Nothing is missing of what the receiver sent, nor reported to be. */
static inline bool
has_nothing_to_repair(const struct usual *u)
{
	return u->from->sacks_count == 0 && u->to->holes_count == 0;
}

static inline bool
is_usual(const struct usual *u)
{
	const struct conn *conn = u->conn;

	return !conn->is_closed && u->seg->time_ns >= conn->last_ns &&
	    is_open(u->snd) && is_open(u->rcv) && u->snd->pkts > 0 &&
	    is_in_order(u) && is_on_time(u) && says_something(u) &&
	    has_nothing_to_repair(u) && flows_freely(u) &&
	    (u->from_figures == NULL || history_is_told(conn->analysis,
	    u->from_figures, u->seg));
}

/* ---- what it does ---- */

static inline void
send_data(const struct usual *u)
{
	const struct segment *seg = u->seg;
	struct endpoint *snd = u->snd;
	const int64_t start = snd->nxt;
	const int64_t end = start + seg->payload_len;

	note_payload(u->from, seg);
	inflight_append(u->from, start, end, seg->time_ns, seg->frame,
	    u->budget);
	snd->nxt = end;
	u->from->has_probed = false;
	u->from->last_data_ns = seg->time_ns;
	if (u->from_figures != NULL) {
		u->from_figures->unique_bytes += seg->payload_len;
		series_prefetch(&u->from_figures->rtt);
		if (snd->has_una)
			note_flight(u->from_figures, end - snd->una);
	}
}

static inline void
acknowledge(const struct usual *u)
{
	const int64_t now = u->seg->time_ns;
	struct side *to = u->to;
	struct taken taken;

	take_from_flight(to, u->ack, now, u->is_orig ? NULL :
	    &u->conn->figures, &taken);
	if (taken_is_sample(&taken, u->ack))
		rtt_sample(to, u->to_figures != NULL ? &u->to_figures->rtt :
		    NULL, now - taken.sent_ns);
	u->rcv->una = u->ack;
	u->rcv->has_una = true;
	to->ack_progress_ns = now;
	end_recovery(to, u->ack);
	u->from->dup_run = 0;
}

static inline void
take_timestamps(const struct usual *u)
{
	const struct segment *seg = u->seg;

	rtt_match_echo(u->to, u->to_figures != NULL ? &u->to_figures->ts_rtt :
	    NULL, seg->opt.tsecr, seg->time_ns);
	rtt_remember_tsval(u->from, u->snd, seg);
}

static inline void
advertise(const struct usual *u)
{
	const struct conn *conn = u->conn;
	uint32_t window = u->seg->window;

	if (conn_has_scaling(conn))
		window <<= conn_shift(u->snd);
	count_report_window(&u->conn->figures, window);
	if (!conn_knows_scaling(conn)) {
		u->from->last_window = -1;
		return;
	}
	u->from->last_window = (int32_t)window;
	if (u->from_figures != NULL)
		count_window_of(u->from_figures, window);
}

static inline void
take(const struct usual *u)
{
	const struct segment *seg = u->seg;
	struct side *from = u->from;

	count_segment(u->conn, u->snd, seg);
	if (seg->payload_len > 0)
		send_data(u);
	if (!u->rcv->has_una || u->ack > u->rcv->una)
		acknowledge(u);
	from->ack = seg->ack;
	from->has_ack = true;
	if ((seg->opt.present & OPT_TIMESTAMP) != 0)
		take_timestamps(u);
	advertise(u);
	from->last_ns = seg->time_ns;
	from->last_was_syn = false;
	note_ip_id(from, seg->ip_id);
	u->snd->sent_other = true;
	u->snd->sent_data |= seg->payload_len > 0;
	remember_header(u->snd, seg);
}

bool
usual_take_plain(struct tracker *tracker, struct conn *conn, unsigned side,
    const struct segment *seg)
{
	struct analysis *an = conn->analysis;
	struct usual u;

	if (an == NULL || !conn->is_shaken)
		return false;
	u.conn = conn;
	u.seg = seg;
	u.snd = &conn->endpoint[side];
	u.rcv = &conn->endpoint[!side];
	u.from = &an->side[side];
	u.to = &an->side[!side];
	u.from_figures = tracker->keep ? &an->figures[side] : NULL;
	u.to_figures = tracker->keep ? &an->figures[!side] : NULL;
	u.budget = &tracker->budget;
	u.ack = seq_offset(seg->ack, u.rcv->isn, u.rcv->nxt);
	u.is_orig = side == conn->orig;
	if (!is_usual(&u))
		return false;
	take(&u);
	return true;
}
