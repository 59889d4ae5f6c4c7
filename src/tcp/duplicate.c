/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/duplicate.h"

#include "base/nstime.h"
#include "base/seq.h"
#include "flow/acceptable.h"
#include "flow/conn.h"
#include "tcp/analysis.h"
#include "tcp/inflight.h"
#include "tcp/rtt.h"
#include "tcp/strays.h"

/* Where no RTT was measured: shorter than the RTT of any path. */
#define AT_ONCE_NS	(10 * NS_PER_US)
/* Longest time between copies of an ACK from one place. */
#define TWICE_NS	(NS_PER_MS / 2)
/*
 * A SYN is retransmitted after a second (RFC 6298, 2.1), or after 200 ms.  But
 * Linux does so after two ticks of its clock, of which the first may be short,
 * when it has answered an unacceptable ACK with RST.
 */
#define SYN_PROMPTED_NS	NS_PER_MS

/* ---- the earliest possible retransmission ---- */

/* Some modes free the analysis of a final connection: use it in none. */
static bool
has_analysis(const struct conn *conn)
{
	return !conn->is_final && !conn->is_packed &&
	    !conn_is_one_segment(conn) && conn->analysis != NULL;
}

/* Has the receiver asked for a retransmission? */
static bool
is_asked(const struct conn *conn, unsigned side)
{
	const struct endpoint_track *snd;
	const struct endpoint_track *rcv;

	if (!has_analysis(conn))
		return false;
	snd = &conn->analysis->track[side];
	rcv = &conn->analysis->track[!side];
	return snd->is_recovering || snd->holes_count > 0 ||
	    rcv->dup_run > 0 || rcv->sacks_count > 0;
}

static bool
is_too_soon_for_syn(const struct conn *conn, unsigned side,
    const struct segment *seg, int64_t apart)
{
	const struct endpoint *rcv = &conn->endpoint[!side];
	/* A challenge ACK is a segment of the previous connection. */
	const bool is_prompted = segment_has(seg, TCP_ACK) ?
	    rcv->pkts > 1 : rcv->pkts > 0 || conn->is_challenged;

	return !is_prompted || apart <= SYN_PROMPTED_NS;
}

/* Shortest RTT between the capture point and an endpoint; 0: unknown. */
static int64_t
half_of(const struct conn *conn, unsigned side)
{
	const int64_t ns = rtt_half(conn->analysis, conn, side);

	return ns > 0 ? ns : 0;
}

/*
 * A sender retransmits on the request of an ACK at the earliest, which takes
 * the RTT of both halves of the path; no timer is faster, as timers run for two
 * RTTs (RFC 8985, 7.2) or 200 ms. Without any such ACK, three quarters of the
 * RTT are too soon; with one that may be such a request, half, as the path may
 * be shorter than measured; and if the receiver has sent an ACK since, half of
 * the sender's half only.
 */
static int64_t
shortest_turn(const struct conn *conn, unsigned side, int64_t sent_ns)
{
	const struct endpoint_track *rcv = &conn->analysis->track[!side];
	const int64_t near = half_of(conn, side);
	const int64_t far = half_of(conn, !side);

	if (rcv->has_ack && !is_asked(conn, side))
		return (near + far) / 4 * 3;
	return rcv->has_ack && rcv->last_ns > sent_ns ? near / 2 :
	    (near + far) / 2;
}

static bool
is_too_soon(const struct conn *conn, unsigned side,
    const struct segment *seg, int64_t apart)
{
	int64_t turn;

	if (segment_has(seg, TCP_SYN))
		return is_too_soon_for_syn(conn, side, seg, apart);
	if (!has_analysis(conn))
		return apart <= AT_ONCE_NS;
	turn = shortest_turn(conn, side, seg->time_ns - apart);
	return apart <= (turn > AT_ONCE_NS ? turn : AT_ONCE_NS);
}

/* ---- copies of the same connection ---- */

/*
 * A capture with two interfaces shows all segments twice, and not only the few
 * that a network repeats.
 */
#define TWICE_AT_LEAST	4	/* one copy in this many segments */

static bool
is_often(uint64_t copies, uint64_t pkts)
{
	return copies * TWICE_AT_LEAST >= pkts;
}

static bool
sees_twice(const struct conn *conn)
{
	return is_often(conn->report.duplicates, conn_segments(conn));
}

/*
 * Does the endpoint send all packets with one IP ID? Some packet generators and
 * small devices do: the ID then distinguishes no two packets.
 */
static bool
is_id_constant(const struct endpoint *snd, const struct segment *seg)
{
	return seg->ip_id != 0 && snd->pkts > 1 && !snd->ip_id_varies;
}

/*
 * Are segments captured several times at one place?  If another place shows
 * them, too, one copy of each and half of the others are from there.
 */
static bool
has_copies_here(const struct conn *conn)
{
	const uint64_t pkts = conn_segments(conn);
	const uint64_t all = conn->report.duplicates;
	const uint64_t rest = all > pkts ? (all - pkts) / 2 : 0;

	return conn->copies_here > 0 && is_often(
	    conn->copies_elsewhere ? rest : all, pkts);
}

/*
 * An endpoint may send equal ACKs or RSTs in a burst.  If each segment is
 * captured m times at one place, every mth of them is a new one.
 */
static bool
is_one_of_many(const struct conn *conn, const struct likeness *like)
{
	return has_copies_here(conn) &&
	    like->again % (conn->copies_here + 1) != 0;
}

/* ---- the evidence ---- */

static bool
is_equal_from_elsewhere(const struct conn *conn, unsigned side,
    const struct segment *seg, int64_t apart)
{
	return segment_len(seg) == 0 || conn->copies_elsewhere ||
	    !is_asked(conn, side) || is_too_soon(conn, side, seg, apart);
}

/* RFC 8201, 5.4: a sender that learns of a smaller MTU retransmits at once. */
static bool
is_resegmented(const struct conn *conn, const struct likeness *like)
{
	return (like->bits & LIKE_PART) != 0 && conn->has_path_mtu;
}

/* The very last segment of its sender, sooner than any answer can return. */
static bool
follows_at_once(const struct conn *conn, unsigned side,
    const struct segment *seg, int64_t apart)
{
	const struct endpoint *snd = &conn->endpoint[side];
	int64_t half;

	if (!has_analysis(conn) || is_asked(conn, side) || !snd->has_base ||
	    seg->seq + segment_len(seg) != seq_at(snd->isn, snd->nxt))
		return false;
	half = half_of(conn, side) / 2;
	return apart <= (half > AT_ONCE_NS ? half : AT_ONCE_NS);
}

/*
 * A SYN-ACK that answers a repeated SYN, and one that the responder's own timer
 * sends, may coincide: both timers began with the first SYN.
 */
static bool
may_coincide(const struct conn *conn, unsigned side, const struct segment *seg)
{
	return segment_has(seg, TCP_SYN) && segment_has(seg, TCP_ACK) &&
	    conn->endpoint[!side].pkts > 1;
}

/*
 * A path that stands still, or waits for a link-layer address, delivers a SYN
 * and its retransmissions at once.  Fingerprints leave out the options of SYNs,
 * as devices alter these; but no copy at one place has a newer TSval.
 */
static bool
has_newer_tsval(const struct conn *conn, unsigned side,
    const struct segment *seg)
{
	const struct endpoint *snd = &conn->endpoint[side];

	return snd->has_ts && (seg->opt.present & OPT_TIMESTAMP) != 0 &&
	    seq_lt(snd->ts_recent, seg->opt.tsval);
}

/*
 * Stacks have been seen to retransmit twice within milliseconds while they
 * recover from a loss.  So without other copies, only first transmissions have
 * copies from the same place.
 */
static bool
is_equal_from_here(const struct conn *conn, unsigned side,
    const struct segment *seg, const struct likeness *like)
{
	const int64_t apart = like->apart_us * NS_PER_US;
	const bool is_soon = is_too_soon(conn, side, seg, apart);

	if (segment_has(seg, TCP_SYN) && has_newer_tsval(conn, side, seg))
		return false;
	if ((is_soon || apart <= TWICE_NS) && is_one_of_many(conn, like))
		return true;
	return segment_len(seg) > 0 && !segment_has(seg, TCP_RST) && is_soon &&
	    !is_resegmented(conn, like) && !may_coincide(conn, side, seg) &&
	    (has_copies_here(conn) || segment_has(seg, TCP_SYN) ||
		follows_at_once(conn, side, seg, apart));
}

bool
duplicate_is_copy(const struct conn *conn, unsigned side,
    const struct segment *seg, const struct likeness *like)
{
	const int64_t apart = like->apart_us * NS_PER_US;
	const bool is_elsewhere = (like->bits & LIKE_ELSEWHERE) != 0;
	const bool is_altered =
	    (like->bits & (LIKE_OTHER_ID | LIKE_ALTERED)) != 0;

	if ((like->bits & LIKE_RETRY) != 0)
		return true;
	if ((like->bits & LIKE_SAME_ID) != 0 &&
	    !is_id_constant(&conn->endpoint[side], seg))
		return true;
	/* In a burst of duplicate ACKs, IP IDs and SACK blocks differ. */
	if (is_altered && segment_len(seg) == 0 && !conn->copies_altered)
		return false;
	if (is_altered)
		return is_elsewhere && (conn->copies_altered ||
		    is_too_soon(conn, side, seg, apart));
	return is_elsewhere ?
	    is_equal_from_elsewhere(conn, side, seg, apart) :
	    is_equal_from_here(conn, side, seg, like);
}

/* ---- learning from copies ---- */

static const struct inflight *
find_sent(const struct conn *conn, unsigned side, const struct segment *seg)
{
	const struct endpoint *snd = &conn->endpoint[side];

	if (!has_analysis(conn) || !snd->has_base)
		return NULL;
	return inflight_find(&conn->analysis->track[side],
	    seq_offset(seg->seq, snd->isn, snd->nxt));
}

/* Was the segment sent once?  Then `again` counts copies only. */
static bool
is_sent_once(const struct conn *conn, unsigned side, const struct segment *seg)
{
	const struct inflight *sent;

	if (segment_has(seg, TCP_SYN))
		return conn->lifecycle[side].syn_count == 1;
	if (segment_len(seg) == 0)
		return false;
	sent = find_sent(conn, side, seg);
	return sent != NULL && !sent->is_resent && !sent->is_merged;
}

static void
learn(struct conn *conn, unsigned side, const struct segment *seg,
    const struct likeness *like)
{
	const unsigned again = like->again < COPIES_HERE_MAX ?
	    like->again : COPIES_HERE_MAX;

	if ((like->bits & LIKE_ELSEWHERE) != 0) {
		conn->copies_elsewhere = true;
		conn->copies_altered |=
		    (like->bits & (LIKE_OTHER_ID | LIKE_ALTERED)) != 0;
	} else if (again > conn->copies_here &&
	    (like->bits & LIKE_RETRY) == 0 && is_sent_once(conn, side, seg)) {
		conn->copies_here = again & COPIES_HERE_MAX;
	}
}

/*
 * The segment before it, with which it shares its bytes, was rejected, and it
 * is not: where a firewall replaces the numbers of one endpoint, it is the copy
 * whose ACK counts.
 */
static bool
is_accepted_copy(const struct conn *conn, unsigned side,
    const struct segment *seg, const struct likeness *like)
{
	return (like->bits & LIKE_ALTERED) != 0 && has_analysis(conn) &&
	    strays_has_copy(conn->analysis, side, seg) &&
	    acceptable_segment(conn, side, seg) == ACCEPTABLE;
}

bool
duplicate_take(struct conn *conn, unsigned side, const struct segment *seg,
    const struct likeness *like)
{
	if (like->bits == 0 || is_accepted_copy(conn, side, seg, like) ||
	    !duplicate_is_copy(conn, side, seg, like))
		return false;
	learn(conn, side, seg, like);
	if (like->covered == seg->payload_len)
		conn->report.duplicates++;
	return true;
}

bool
duplicate_take_piece(struct conn *conn, unsigned side,
    const struct segment *seg)
{
	const struct endpoint *snd = &conn->endpoint[side];
	const struct inflight *whole = find_sent(conn, side, seg);
	int64_t start, apart;

	if (whole == NULL || whole->is_merged || whole->is_resent ||
	    whole->start == 0 || conn->has_path_mtu ||
	    (!sees_twice(conn) && is_asked(conn, side)))
		return false;
	start = seq_offset(seg->seq, snd->isn, snd->nxt);
	apart = seg->time_ns - whole->first_ns;
	if (start + seg->payload_len > whole->end || seg->payload_len ==
	    whole->end - whole->start || apart < 0 ||
	    apart > DUPLICATES_SPAN_NS || !is_too_soon(conn, side, seg, apart))
		return false;
	conn->report.duplicates++;
	return true;
}
