/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Only a SYN opens a connection.  Everything else, however late and however
 * often, belongs to a connection that was there before: retransmitted FINs
 * after the close, storms of RSTs, silence of hours in a file.
 */
#include "config.h"

#include "flow/identity.h"

#include "base/nstime.h"
#include "base/seq.h"
#include "decode/segment.h"
#include "flow/acceptable.h"
#include "flow/conn.h"

/*
 * No segment outlives the MSL of two minutes (RFC 9293, 3.4.1), so a SYN
 * that repeats the ISN of a connection silent for longer than twice that is
 * neither a retransmission nor a late duplicate.
 */
#define TWO_MSL_NS	(240 * NS_PER_SEC)

/* The connection has got past the exchange of SYNs. */
static bool
is_past_handshake(const struct conn *conn)
{
	return conn->endpoint[0].sent_non_syn || conn->endpoint[1].sent_non_syn;
}

/* A SYN with the ISN that this side has already used. */
static bool
same_isn_opens_new(const struct conn *conn, const struct endpoint *snd,
    const struct segment *seg)
{
	if (!snd->sent_non_syn)
		return false;	/* a retransmission, however late */
	return conn->is_closed ||
	    seg->time_ns - conn->last_ns > TWO_MSL_NS;
}

/*
 * A SYN of a side whose SYN was not seen so far.  Its ISN may be known all
 * the same, from the peer's SYN-ACK or from its first segment: a SYN that
 * fits was only captured late.  While its peer has sent nothing but SYNs, it
 * answers them, after an ACK or at once: a split handshake, or a
 * simultaneous open (RFC 9293, 3.5).
 */
static bool
first_syn_opens_new(const struct conn *conn, unsigned side,
    const struct segment *seg)
{
	const struct endpoint *snd = &conn->endpoint[side];

	if (snd->has_base && seg->seq == snd->isn)
		return false;
	if (!snd->has_base && snd->has_una &&
	    seg->seq + 1 == (uint32_t)snd->una)
		return false;
	return conn->is_closed || snd->sent_data || snd->has_una ||
	    conn->endpoint[!side].sent_non_syn;
}

/*
 * A SYN-ACK after the close that answers another SYN with another ISN: the
 * SYN that it answers was not captured.
 */
static bool
synack_opens_new(const struct conn *conn, unsigned side,
    const struct segment *seg)
{
	const struct endpoint *snd = &conn->endpoint[side];
	const struct endpoint *rcv = &conn->endpoint[!side];

	return conn->is_closed && snd->has_isn && seg->seq != snd->isn &&
	    rcv->has_base && seg->ack != rcv->isn + 1;
}

bool
identity_opens_new(const struct conn *conn, unsigned side,
    const struct segment *seg, bool is_ts_later)
{
	const struct endpoint *snd = &conn->endpoint[side];

	if (!segment_has(seg, TCP_SYN) || segment_has(seg, TCP_RST))
		return false;
	if (segment_has(seg, TCP_ACK))
		return synack_opens_new(conn, side, seg);
	if (!snd->has_isn)
		return first_syn_opens_new(conn, side, seg);
	if (seg->seq == snd->isn)
		return same_isn_opens_new(conn, snd, seg);
	if (conn->is_closed || is_past_handshake(conn))
		return true;
	/* RFC 9293, 3.6.1 and RFC 6191: newer by number or by clock. */
	return seq_lt(snd->isn, seg->seq) || is_ts_later;
}

bool
identity_is_ts_later(const struct conn *conn, unsigned side,
    const struct segment *seg)
{
	const struct endpoint *snd = &conn->endpoint[side];

	return snd->has_ts && (seg->opt.present & OPT_TIMESTAMP) != 0 &&
	    seq_lt(snd->ts_recent, seg->opt.tsval);
}

bool
identity_is_challenge(const struct conn *conn, unsigned side,
    const struct segment *seg)
{
	const bool is_reset = segment_has(seg, TCP_RST);
	const unsigned opener = is_reset ? side : !side;

	return segment_len(seg) == 0 &&
	    (is_reset || segment_has(seg, TCP_ACK)) &&
	    conn->endpoint[opener].has_isn &&
	    !conn->endpoint[opener].sent_non_syn &&
	    !conn->endpoint[!opener].has_isn;
}

/* ---- of several incarnations ---- */

/* Is it the SYN of this connection, retransmitted or captured late? */
static bool
is_syn_of(const struct conn *conn, unsigned side, const struct segment *seg)
{
	const struct endpoint *snd = &conn->endpoint[side];

	return snd->has_base && seg->seq == snd->isn &&
	    !identity_opens_new(conn, side, seg, false);
}

/* A SYN with the number of none belongs to the newest, or opens the next. */
static struct conn *
identity_of_syn(struct conn *newest, struct conn *const *older,
    unsigned count, unsigned side, const struct segment *seg)
{
	if (is_syn_of(newest, side, seg))
		return newest;
	for (unsigned i = 0; i < count; i++)
		if (is_syn_of(older[i], side, seg))
			return older[i];
	return newest;
}

struct conn *
identity_of(struct conn *newest, struct conn *const *older, unsigned count,
    unsigned side, const struct segment *seg)
{
	struct conn *best = newest;
	int score;

	if (seg->depth < DEPTH_FLAGS)
		return newest;
	if (segment_has(seg, TCP_SYN) && !segment_has(seg, TCP_ACK))
		return identity_of_syn(newest, older, count, side, seg);
	score = acceptable_score(newest, side, seg);
	for (unsigned i = 0; i < count; i++) {
		const int other = acceptable_score(older[i], side, seg);

		/* One that has closed may be late, but goes on no more. */
		if (other < score || (older[i]->is_closed && score >= 0) ||
		    (other == score && (best == newest ||
		    older[i]->number < best->number)))
			continue;
		best = older[i];
		score = other;
	}
	return score >= 0 ? best : newest;
}
