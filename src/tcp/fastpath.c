/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/fastpath.h"

#include "base/compiler.h"
#include "base/seq.h"
#include "flow/conn.h"
#include "tcp/follow.h"
#include "tcp/history.h"
#include "tcp/inflight.h"
#include "tcp/rules.h"
#include "tcp/rtt.h"
#include "tcp/state.h"
#include "tcp/tracker.h"

/* A segment, its endpoints, and what it acknowledges. */
struct fast {
	struct conn *conn;
	const struct segment *seg;
	struct endpoint_parts snd;	/* stats are NULL where not kept */
	struct endpoint_parts rcv;
	struct budget *budget;
	struct follower *follower;	/* or NULL */
	int64_t ack;		/* offset in the receiver's space */
	bool is_orig;		/* the originator sent it */
};

/*
 * ---- what the fast path declines: predicates named by pipeline.def ----
 *
 * Flags, options and the window's field were looked at in fastpath.h.
 */

/* The step treats every segment alike. */
static inline bool
is_any(const struct fast *f)
{
	(void)f;
	return true;
}

/* The connection has its analysis, and its handshake was measured. */
static inline bool
is_analysed(const struct fast *f)
{
	return f->conn->analysis != NULL && f->conn->handshake_done;
}

/* Its numbers are known, and it has sent neither FIN nor RST. */
static inline bool
is_open(const struct endpoint *e)
{
	return e->state == STATE_ESTABLISHED && e->has_base && !e->has_fin;
}

/* Between two open endpoints, of which the sender was heard before. */
static inline bool
is_established(const struct fast *f)
{
	return !f->conn->is_closed && !f->conn->is_final &&
	    !f->conn->rst_pending && !f->conn->has_strays &&
	    is_open(f->snd.hot) && is_open(f->rcv.hot) &&
	    f->snd.hot->pkts > 0;
}

/* Captured no earlier than the segment before it. */
static inline bool
is_later(const struct fast *f)
{
	return f->seg->time_ns >= f->conn->last_ns;
}

/* Its timestamp, if any, is not older than the last (RFC 7323, 5.3). */
static inline bool
is_on_time(const struct fast *f)
{
	return (f->seg->opt.present & OPT_TIMESTAMP) == 0 ||
	    !f->snd.hot->has_ts ||
	    !seq_lt(f->seg->opt.tsval, f->snd.hot->ts_recent);
}

/* Next in order, and it acknowledges nothing old and nothing unseen. */
static inline bool
is_in_order(const struct fast *f)
{
	const struct endpoint *snd = f->snd.hot;
	const struct endpoint *rcv = f->rcv.hot;

	return f->seg->seq == seq_at(snd->isn, snd->nxt) &&
	    (!snd->has_una || snd->una <= snd->nxt) &&
	    rcv->has_una && f->ack >= rcv->una && f->ack <= rcv->nxt;
}

/* It has data or another ACK than the last, and answers no question. */
static inline bool
brings_news(const struct fast *f)
{
	const struct endpoint_track *from = f->snd.track;
	const struct endpoint_track *to = f->rcv.track;

	if (from->awaits_keep_alive_ack || from->awaits_probe_ack ||
	    to->awaits_probe_ack || to->probe_byte_pending)
		return false;
	return f->seg->payload_len > 0 || !from->has_ack ||
	    f->seg->ack != from->ack;
}

/* No window is or was closed, and the segment does not fill one. */
static inline bool
leaves_window_open(const struct fast *f)
{
	const struct endpoint *snd = f->snd.hot;
	const struct endpoint *rcv = f->rcv.hot;
	const struct endpoint_track *to = f->rcv.track;

	if (f->snd.track->in_zero_window || to->window_limited ||
	    (rcv->has_window && rcv->window == 0))
		return false;
	return f->seg->payload_len == 0 || !snd->has_una ||
	    !rcv->has_window || to->last_window < 0 ||
	    snd->una + to->last_window != snd->nxt + f->seg->payload_len;
}

/* Nothing that the receiver sent is missing or open, as far as is known. */
static inline bool
has_nothing_to_repair(const struct fast *f)
{
	return f->snd.track->sacks_count == 0 &&
	    f->rcv.track->holes_count == 0 && !f->rcv.track->has_open;
}

/* Its letters and bits were noted before, or nothing keeps them. */
static inline bool
is_in_history(const struct fast *f)
{
	return f->snd.stats == NULL || history_is_noted(f->conn->analysis,
	    f->snd.stats, f->seg);
}

/* Has every step of the pipeline the one outcome that take() has? */
static inline bool
is_plain(const struct fast *f)
{
#define STEP(when, function, plain, sentence, section)			\
	if (!plain(f))							\
		return false;
#include "tcp/pipeline.def"
#undef STEP
	return true;
}

/* ---- what it does ---- */

static inline void
send_data(const struct fast *f)
{
	const struct segment *seg = f->seg;
	struct endpoint *snd = f->snd.hot;
	const int64_t start = snd->nxt;
	const int64_t end = start + seg->payload_len;

	note_payload(f->snd.track, seg);
	inflight_append(f->snd.track, start, end, seg->time_ns, seg->frame,
	    f->budget);
	snd->nxt = end;
	f->snd.track->probe_byte_pending = false;
	f->snd.track->last_data_ns = seg->time_ns;
	if (f->snd.stats != NULL) {
		f->snd.stats->unique_bytes += seg->payload_len;
		series_prefetch(&f->snd.stats->rtt);
		if (snd->has_una)
			note_flight(f->snd.stats, end - snd->una);
	}
}

/* Return the RTT sample of the ACK, or -1. */
static inline int64_t
acknowledge(const struct fast *f)
{
	const int64_t now = f->seg->time_ns;
	struct endpoint_track *to = f->rcv.track;
	int64_t rtt_ns = -1;
	struct taken taken;

	take_from_flight(to, f->ack, now, f->is_orig ? NULL :
	    &f->conn->report, &taken);
	if (taken_is_sample(&taken, f->ack)) {
		rtt_ns = now - taken.sent_ns;
		rtt_sample(to, f->rcv.stats != NULL ? &f->rcv.stats->rtt :
		    NULL, rtt_ns);
	}
	f->rcv.hot->una = f->ack;
	to->ack_progress_ns = now;
	end_recovery(to, f->ack);
	f->snd.track->dup_run = 0;
	return rtt_ns;
}

static inline void
take_timestamps(const struct fast *f)
{
	const struct segment *seg = f->seg;

	rtt_match_echo(f->rcv.track,
	    f->rcv.stats != NULL ? &f->rcv.stats->ts_rtt : NULL, seg->opt.tsecr,
	    seg->time_ns);
	rtt_remember_tsval(f->snd.track, f->snd.hot, seg);
}

static inline void
advertise(const struct fast *f)
{
	const struct conn *conn = f->conn;
	uint32_t window = f->seg->window;

	if (conn_has_scaling(conn))
		window <<= conn_shift(f->snd.hot);
	count_report_window(&f->conn->report, window);
	if (!conn_knows_scaling(conn)) {
		f->snd.track->last_window = -1;
		return;
	}
	f->snd.track->last_window = (int32_t)window;
	if (f->snd.stats != NULL)
		count_window_of(f->snd.stats, window);
}

/*
 * `expected` and `una`: the sender's next offset and the receiver's lowest
 * unacknowledged one before this segment.
 */
static NOINLINE void
show(const struct fast *f, int64_t expected, int64_t una, int64_t rtt_ns)
{
	const struct conn *conn = f->conn;

	f->follower->segment(f->follower, &(struct followed){
	    .conn = conn,
	    .an = conn->analysis,
	    .seg = f->seg,
	    .side = (unsigned)(f->snd.hot - conn->endpoint),
	    .start = expected,
	    .end = f->snd.hot->nxt,
	    .expected = expected,
	    .has_offset = true,
	    .ack_advances = f->ack > una,
	    .acked = f->ack > una && una > 0 ? f->ack - una : 0,
	    .window = f->snd.track->last_window,
	    .rtt_ns = rtt_ns,
	});
}

static inline void
take(const struct fast *f)
{
	const struct segment *seg = f->seg;
	const int64_t expected = f->snd.hot->nxt;
	const int64_t una = f->rcv.hot->una;
	struct endpoint_track *from = f->snd.track;
	int64_t rtt_ns = -1;

	count_segment(f->conn, f->snd.hot, seg);
	if (seg->payload_len > 0)
		send_data(f);
	if (f->ack > una)
		rtt_ns = acknowledge(f);
	from->ack = seg->ack;
	from->has_ack = true;
	if ((seg->opt.present & OPT_TIMESTAMP) != 0)
		take_timestamps(f);
	advertise(f);
	from->last_ns = seg->time_ns;
	from->last_kind = LAST_OTHER;
	note_ip_id(from, seg->ip_id);
	f->snd.hot->sent_non_syn = true;
	f->snd.hot->sent_data |= seg->payload_len > 0;
	remember_header(f->snd.hot, seg);
	if (f->follower != NULL)
		show(f, expected, una, rtt_ns);
}

bool
fastpath_take_plain(struct tracker *tracker, struct conn *conn, unsigned side,
    const struct segment *seg)
{
	struct analysis *an = conn->analysis;
	struct fast f;

	if (an == NULL)
		return false;
	f.conn = conn;
	f.seg = seg;
	f.snd.hot = &conn->endpoint[side];
	f.rcv.hot = &conn->endpoint[!side];
	f.snd.track = &an->track[side];
	f.rcv.track = &an->track[!side];
	f.snd.stats = tracker->keep ? &an->stats[side] : NULL;
	f.rcv.stats = tracker->keep ? &an->stats[!side] : NULL;
	f.budget = &tracker->budget;
	f.follower = tracker->follower;
	f.ack = seq_offset(seg->ack, f.rcv.hot->isn, f.rcv.hot->nxt);
	f.is_orig = side == conn->orig;
	if (!is_plain(&f))
		return false;
	take(&f);
	return true;
}
