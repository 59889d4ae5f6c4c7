/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow/acceptable.h"

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/seq.h"
#include "decode/segment.h"
#include "flow/conn.h"

/* The largest window without scaling (RFC 7323, 2.2). */
#define WINDOW_UNSCALED		INT64_C(0xffff)
/*
 * Where it is not known whether and how far windows are scaled: no more than
 * 16 MiB, which few hosts exceed.  Beyond, accept_segment() needs a run of
 * segments to believe a jump.
 */
#define WINDOW_UNKNOWN		(WINDOW_UNSCALED << 8)
/* A window is within half of the sequence space that comparisons leave. */
#define BEHIND_MOST		(INT64_C(1) << 30)
/*
 * A sender can use up a window each round trip.  This one is shorter than
 * those of all paths that carry more than a window in what the capture can
 * miss of them at once.
 */
#define ROUND_TRIP_NS		NS_PER_MS

/* ---- bounds of what an endpoint can have sent ---- */

int64_t
acceptable_window(const struct conn *conn, unsigned side)
{
	const struct endpoint *receiver = &conn->endpoint[!side];

	/* Its SYN-ACK was not seen: data of the first flight. */
	if (!receiver->has_window)
		return WINDOW_UNSCALED;
	if (!conn_knows_scaling(conn))
		return WINDOW_UNKNOWN;
	return conn_has_scaling(conn) ?
	    WINDOW_UNSCALED << conn_shift(receiver) : WINDOW_UNSCALED;
}

/*
 * How far `side` may be ahead of the last segment seen: a window for each round
 * trip that the capture may have missed.  While segments with other numbers are
 * rejected, as both sides of a firewall show them, no further than one window.
 */
static int64_t
reach_of(const struct conn *conn, unsigned side, int64_t now_ns)
{
	const int64_t window = acceptable_window(conn, side);
	const int64_t silent = nstime_diff(now_ns, conn->last_ns);
	const int64_t trips = silent > 0 ? silent / ROUND_TRIP_NS : 0;

	if (conn->has_stray_run)
		return window;
	/* Beyond, offsets would be ambiguous: see seq_offset(). */
	return trips >= INT32_MAX / window ? INT32_MAX :
	    window * (1 + trips);
}

/* The highest offset known of an endpoint: sent, or acknowledged unseen. */
static inline int64_t
known_edge(const struct endpoint *e)
{
	return e->has_una && e->una > e->nxt ? e->una : e->nxt;
}

/* Most numbers are not beyond what was seen, and need no arithmetic. */
static inline bool
is_within_reach(const struct conn *conn, unsigned side, int64_t offset,
    int64_t now_ns)
{
	const int64_t edge = known_edge(&conn->endpoint[side]);

	return LIKELY(offset <= edge) ||
	    offset - edge <= reach_of(conn, side, now_ns);
}

/* The lowest offset that a segment of `side`, or an ACK to it, may name. */
static int64_t
lowest_of(const struct conn *conn, unsigned side)
{
	const struct endpoint *e = &conn->endpoint[side];
	const int64_t begin = LIKELY(e->has_isn) ? 0 :
	    -acceptable_window(conn, side);
	const int64_t behind = e->nxt - BEHIND_MOST;

	return behind > begin ? behind : begin;
}

bool
acceptable_follows_ack(const struct conn *conn, unsigned side,
    const struct segment *seg)
{
	const int64_t reach = reach_of(conn, side, seg->time_ns);
	const int64_t ahead = seq_diff(seg->seq,
	    (uint32_t)conn->endpoint[side].una);

	return ahead >= -acceptable_window(conn, side) && ahead <= reach;
}

/*
 * One segment of the peer acknowledges another number of an endpoint that was
 * not heard before.  Either that segment or this one is damaged or forged; but
 * a forger does not guess the exact number that the peer expects an ACK of
 * (RFC 5961, 5), so the endpoint's own word counts.
 */
static bool
outweighs_ack(const struct conn *conn, unsigned side,
    const struct segment *seg)
{
	const struct endpoint *rcv = &conn->endpoint[!side];

	return rcv->pkts == 1 && rcv->has_base && segment_has(seg, TCP_ACK) &&
	    seg->ack == seq_at(rcv->isn, rcv->nxt);
}

static bool
seq_is_acceptable(const struct conn *conn, unsigned side,
    const struct segment *seg)
{
	const struct endpoint *snd = &conn->endpoint[side];
	int64_t start;

	if (!snd->has_base)
		return !snd->has_una || acceptable_follows_ack(conn, side, seg) ||
		    outweighs_ack(conn, side, seg);
	/* The base came from the peer's SYN-ACK: its own word counts more. */
	if (snd->pkts == 0)
		return true;
	start = seq_offset(seg->seq, snd->isn, snd->nxt);
	return start >= lowest_of(conn, side) &&
	    is_within_reach(conn, side, start, seg->time_ns);
}

/* RFC 5961, 5.2; and what the peer sent may not have been captured. */
static bool
ack_is_acceptable(const struct conn *conn, unsigned side,
    const struct segment *seg)
{
	const struct endpoint *rcv = &conn->endpoint[!side];
	int64_t ack;

	if (!segment_has(seg, TCP_ACK) || !rcv->has_base)
		return true;
	ack = seq_offset(seg->ack, rcv->isn, rcv->nxt);
	if (ack < lowest_of(conn, !side) + rcv->has_isn)
		return rcv->has_una && ack >= rcv->una;
	return is_within_reach(conn, !side, ack, seg->time_ns);
}

/* ---- the handshake ---- */

/* Its SYN was seen, and nothing that shows that it was answered. */
static bool
is_in_syn_sent(const struct endpoint *e)
{
	return e->has_isn && !e->sent_non_syn && !e->sent_synack;
}

bool
acceptable_is_undecided(const struct endpoint *e)
{
	return e->has_isn && !e->sent_non_syn && (!e->has_una || e->una < 1);
}

/*
 * RFC 9293, 3.10.7.3, first: ISS < SEG.ACK =< SND.NXT.  Where the SYN of the
 * opener was not seen, its ISN is known by and large.
 */
static bool
acks_syn(const struct conn *conn, unsigned opener, const struct segment *seg)
{
	const struct endpoint *e = &conn->endpoint[opener];
	const int64_t ack = seq_offset(seg->ack, e->isn, e->nxt);

	return ack >= (e->has_isn ? 1 : -acceptable_window(conn, opener)) &&
	    ack <= e->nxt;
}

static enum acceptance
acceptance_of_syn(const struct conn *conn, unsigned side,
    const struct segment *seg)
{
	const struct endpoint *snd = &conn->endpoint[side];
	const struct endpoint *rcv = &conn->endpoint[!side];

	if (segment_has(seg, TCP_ACK) && rcv->has_base &&
	    !acks_syn(conn, !side, seg))
		return UNACCEPTABLE_ACK;
	return !snd->has_base || seg->seq == snd->isn ||
	    acceptable_is_undecided(snd) ? ACCEPTABLE : UNACCEPTABLE_SYN;
}

/*
 * The first ACK of an endpoint, just behind its SYN: it has taken a SYN-ACK,
 * whatever was seen of that, and its ACK says which.
 */
static bool
completes_handshake(const struct conn *conn, unsigned side,
    const struct segment *seg)
{
	const struct endpoint *snd = &conn->endpoint[side];
	int64_t start;

	if (!snd->has_base || snd->sent_non_syn ||
	    !acceptable_is_undecided(&conn->endpoint[!side]))
		return false;
	start = seq_offset(seg->seq, snd->isn, snd->nxt);
	return start >= 1 && start <= snd->nxt;
}

enum acceptance
acceptable_segment(const struct conn *conn, unsigned side,
    const struct segment *seg)
{
	if (segment_has(seg, TCP_SYN))
		return acceptance_of_syn(conn, side, seg);
	/* RFC 9293, 3.10.7.3, fifth: neither SYN nor RST, so drop it. */
	if (!conn->endpoint[side].has_base &&
	    is_in_syn_sent(&conn->endpoint[!side]))
		return UNACCEPTABLE_IN_SYN_SENT;
	if (!seq_is_acceptable(conn, side, seg))
		return UNACCEPTABLE_SEQ;
	return ack_is_acceptable(conn, side, seg) ||
	    completes_handshake(conn, side, seg) ? ACCEPTABLE :
	    UNACCEPTABLE_ACK;
}

/* ---- RST ---- */

/* The window that the receiver of what `side` sends advertises now. */
static int64_t
current_window(const struct conn *conn, unsigned side)
{
	const struct endpoint *receiver = &conn->endpoint[!side];

	if (!receiver->has_window)
		return 0;
	if (!conn_knows_scaling(conn))
		return WINDOW_UNKNOWN;
	return conn_has_scaling(conn) ? (int64_t)receiver->window <<
	    conn_shift(receiver) : receiver->window;
}

static enum rst_fit
fit_of(int64_t seq, int64_t first_exact, int64_t last_exact, int64_t window)
{
	if (seq >= first_exact && seq <= last_exact)
		return RST_EXACT;
	return seq > last_exact && seq < first_exact + window ?
	    RST_IN_WINDOW : RST_REJECTED;
}

/*
 * RCV.NXT is anything from what was acknowledged to what was sent.  Behind a
 * FIN the number of the FIN itself counts, too: an endpoint without a
 * connection takes it from an ACK that was sent before the FIN arrived, and
 * stacks accept it.
 */
static enum rst_fit
rst_by_seq(const struct conn *conn, unsigned side, const struct segment *seg)
{
	const struct endpoint *snd = &conn->endpoint[side];
	const int64_t start = seq_offset(seg->seq, snd->isn, snd->nxt);
	const int64_t una = snd->has_una ? snd->una : lowest_of(conn, side);
	const int64_t low = una < snd->nxt ? una : snd->nxt;
	const bool is_behind_fin = snd->has_fin && low == snd->nxt;

	return fit_of(start, low - is_behind_fin, known_edge(snd),
	    current_window(conn, side));
}

/* The sender's numbers are unknown, but what its peer acknowledged. */
static enum rst_fit
rst_by_raw_ack(const struct conn *conn, unsigned side,
    const struct segment *seg)
{
	const struct endpoint *snd = &conn->endpoint[side];

	return fit_of(seq_diff(seg->seq, (uint32_t)snd->una), 0, 0,
	    current_window(conn, side));
}

enum rst_fit
acceptable_rst(const struct conn *conn, unsigned side,
    const struct segment *seg)
{
	const struct endpoint *snd = &conn->endpoint[side];
	const struct endpoint *rcv = &conn->endpoint[!side];

	/* RFC 9293, 3.10.7.3, second: the ACK has to be that of the SYN. */
	if (is_in_syn_sent(rcv) && segment_has(seg, TCP_ACK) &&
	    acks_syn(conn, !side, seg))
		return RST_EXACT;
	if (snd->has_base)
		return rst_by_seq(conn, side, seg);
	if (is_in_syn_sent(rcv))
		return RST_REJECTED;
	return snd->has_una ? rst_by_raw_ack(conn, side, seg) : RST_EXACT;
}

/* ---- SACK ---- */

bool
acceptable_sack(const struct conn *conn, unsigned side, int64_t start,
    int64_t end)
{
	return start < end && start >= lowest_of(conn, side) &&
	    end <= known_edge(&conn->endpoint[side]);
}

/* ---- which of several connections ---- */

enum {
	SCORE_CONTRADICTED = -1,
	SCORE_UNKNOWN = 0,
	SCORE_IN_WINDOW = 1,
	SCORE_EXACT = 2
};

/* A number of `side`, of which [first, last] are expected. */
static int
score_of(const struct conn *conn, unsigned side, int64_t at, int64_t first,
    int64_t last)
{
	const int64_t window = acceptable_window(conn, side);

	if (at >= first && at <= last)
		return SCORE_EXACT;
	return at >= lowest_of(conn, side) && at >= first - window &&
	    at <= last + window ? SCORE_IN_WINDOW : SCORE_CONTRADICTED;
}

/* What of an endpoint is not acknowledged yet. */
static int
score_number(const struct conn *conn, unsigned side, uint32_t seq)
{
	const struct endpoint *e = &conn->endpoint[side];
	const int64_t at = seq_offset(seq, e->isn, e->nxt);

	return score_of(conn, side, at, e->has_una && e->una < e->nxt ?
	    e->una : e->nxt, known_edge(e));
}

static int
score_seq(const struct conn *conn, unsigned side, const struct segment *seg)
{
	const struct endpoint *e = &conn->endpoint[side];

	if (!e->has_base)
		return !e->has_una ? SCORE_UNKNOWN :
		    seg->seq == (uint32_t)e->una ? SCORE_EXACT :
		    acceptable_follows_ack(conn, side, seg) ? SCORE_IN_WINDOW :
		    SCORE_CONTRADICTED;
	if (!segment_has(seg, TCP_SYN))
		return score_number(conn, side, seg->seq);
	return seg->seq == e->isn ? SCORE_EXACT :
	    acceptable_is_undecided(e) ? SCORE_UNKNOWN : SCORE_CONTRADICTED;
}

static int
score_ack(const struct conn *conn, unsigned side, const struct segment *seg)
{
	const struct endpoint *e = &conn->endpoint[!side];

	if (!segment_has(seg, TCP_ACK) || !e->has_base)
		return SCORE_UNKNOWN;
	/* In SYN-SENT nothing else than the ACK of the SYN is right. */
	if (is_in_syn_sent(e))
		return acks_syn(conn, !side, seg) ? SCORE_EXACT :
		    SCORE_CONTRADICTED;
	return score_number(conn, !side, seg->ack);
}

int
acceptable_score(const struct conn *conn, unsigned side,
    const struct segment *seg)
{
	const int seq = score_seq(conn, side, seg);
	int ack;

	if (seq == SCORE_CONTRADICTED)
		return seq;
	/* An RST may acknowledge anything, unless it answers a SYN. */
	if (segment_has(seg, TCP_RST) && seq != SCORE_UNKNOWN)
		return seq;
	ack = score_ack(conn, side, seg);
	return ack == SCORE_CONTRADICTED ? ack : seq + ack;
}
