/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/negotiate.h"

#include "base/seq.h"
#include "flow/acceptable.h"
#include "tcp/holes.h"
#include "tcp/inflight.h"
#include "tcp/step.h"

/* ---- the base ---- */

static void
set_base(struct endpoint_parts *parts, uint32_t isn, int64_t first)
{
	struct endpoint *e = parts->hot;

	e->isn = isn;
	e->nxt = first;
	e->has_base = true;
	if (parts->track != NULL)
		parts->track->lowest_seen = first;
	if (e->has_una)
		e->una = seq_offset((uint32_t)e->una, isn, first);
}

/* Nothing that was sent under the old number counts. */
static void
move_base(struct step *step, struct endpoint_parts *parts, uint32_t isn,
    int64_t first)
{
	parts->hot->has_una = false;
	if (parts->track != NULL) {
		inflight_fini(parts->track, step->budget);
		holes_fini(parts->track, step->budget);
	}
	set_base(parts, isn, first);
}

/* ---- rivals ---- */

static bool
has_whole_options(const struct segment *seg)
{
	return seg->depth == DEPTH_OPTIONS &&
	    (seg->opt.present & OPT_MALFORMED) == 0;
}

static struct endpoint_parts *
parts_of(struct step *step, unsigned side)
{
	return side == step->judged.side ? &step->snd : &step->rcv;
}

static void
forget_rival(struct analysis *an)
{
	for (unsigned side = 0; side < 2; side++) {
		struct endpoint_track *s = &an->track[side];

		if (!s->has_rival)
			continue;
		s->rival = (struct rival_syn){ 0 };
		s->has_rival = false;
	}
}

/* Keep what is needed to put this SYN in the place of the first one. */
static void
keep_rival(struct step *step)
{
	const struct segment *seg = step->seg;
	const struct tcp_options *opt = &seg->opt;

	/* Of a final connection there may be no analysis any more. */
	if (step->an == NULL || step->conn->is_final ||
	    step->snd.track->has_rtt ||
	    step->snd.track->has_min_rtt)
		return;
	forget_rival(step->an);
	step->snd.track->has_rival = true;
	step->snd.track->rival = (struct rival_syn){
		.sent_ns = seg->time_ns,
		.isn = seg->seq,
		.tsval = opt->tsval,
		.frame = seg->frame <= UINT32_MAX ? (uint32_t)seg->frame : 0,
		.mss = opt->mss,
		.wscale = opt->wscale,
		.is_whole = has_whole_options(seg),
		.has_ack = segment_has(seg, TCP_ACK),
		.has_mss = (opt->present & OPT_MSS) != 0,
		.has_wscale = (opt->present & OPT_WSCALE) != 0,
		.has_sack_permitted =
		    (opt->present & OPT_SACK_PERMITTED) != 0,
		.has_timestamps = (opt->present & OPT_TIMESTAMP) != 0,
	};
}

static void
adopt_offers(struct endpoint *e, const struct rival_syn *rival)
{
	e->has_options = rival->is_whole;
	e->has_mss = rival->has_mss;
	e->mss = rival->mss;
	e->has_wscale = rival->has_wscale;
	e->wscale = rival->wscale;
	e->has_sack_permitted = rival->has_sack_permitted;
	e->has_timestamps = rival->has_timestamps;
	e->has_ts = rival->has_timestamps;
	e->ts_recent = rival->tsval;
}

static void
adopt_rival(struct step *step, unsigned side)
{
	struct endpoint_parts *parts = parts_of(step, side);
	const struct rival_syn rival = parts->track->rival;

	forget_rival(step->an);
	move_base(step, parts, rival.isn, 0);
	parts->hot->nxt = 1;
	adopt_offers(parts->hot, &rival);
	inflight_append(parts->track, 0, 1, rival.sent_ns, rival.frame,
	    step->budget);
	if (rival.has_ack) {
		step->an->synack_ns = rival.sent_ns;
		step->an->synack_side = (uint8_t)side;
		step->an->has_synack = true;
	} else {
		parts->track->first_ns = rival.sent_ns;
	}
}

/* How far `seq` is above the first number behind a SYN. */
static uint32_t
above_syn(uint32_t seq, uint32_t isn)
{
	return seq - (isn + 1);
}

/*
 * Does a number of the rival's space fit the rival better?  The sender of
 * the rival may have sent data since that was not captured.
 */
static bool
fits_rival(const struct step *step, unsigned side, uint32_t seq)
{
	const uint32_t to_rival = above_syn(seq,
	    step->an->track[side].rival.isn);

	return to_rival < above_syn(seq, step->conn->endpoint[side].isn) &&
	    to_rival <= acceptable_window(step->conn, side);
}

/* The peer of the endpoint that has the rival acknowledges one or the other. */
static void
choose_by_ack(struct step *step, unsigned side)
{
	if (!segment_has(step->seg, TCP_ACK))
		return;
	if (fits_rival(step, side, step->seg->ack))
		adopt_rival(step, side);
	else if (acceptable_segment(step->conn, step->judged.side,
	    step->seg) == ACCEPTABLE)
		forget_rival(step->an);
}

void
negotiate_choose(struct step *step)
{
	const struct segment *seg = step->seg;
	const unsigned side = step->judged.side;

	if (!step->snd.track->has_rival && !step->rcv.track->has_rival)
		return;
	/* Of a final connection there may be no analysis any more. */
	if (step->conn->is_final || segment_has(seg, TCP_RST))
		return;
	if (step->rcv.track->has_rival)
		choose_by_ack(step, !side);
	else if (!segment_has(seg, TCP_SYN) && fits_rival(step, side, seg->seq))
		adopt_rival(step, side);
}

/* ---- the base, from a segment ---- */

static void
base_from_syn(struct step *step)
{
	struct endpoint *snd = step->snd.hot;
	const uint32_t seq = step->seg->seq;

	step->is_first_syn = !snd->has_isn;
	if (!snd->has_base) {
		set_base(&step->snd, seq, 0);
	} else if (seq != snd->isn && snd->has_isn) {
		keep_rival(step);
		step->is_acceptable = false;
		return;
	} else if (seq != snd->isn) {
		move_base(step, &step->snd, seq, 0);
	}
	snd->has_isn = true;
}

/* The SYN that this SYN-ACK answers was not captured. */
static void
base_from_synack(struct step *step)
{
	if (step->rcv.hot->has_base || !segment_has(step->seg, TCP_ACK))
		return;
	set_base(&step->rcv, step->seg->ack - 1, 1);
}

/* A larger distance is no part of one connection's window (RFC 7323, 2.3). */
#define NEAR_MAX	(INT32_C(1) << 30)

/*
 * The connection began before the capture: its numbers count from the first
 * ACK of the peer, if that came first and is near, else from this segment.  An
 * ACK that it does not follow counts no more.
 */
static void
base_from_midstream(struct step *step)
{
	const struct endpoint *snd = step->snd.hot;
	const uint32_t seq = step->seg->seq;
	const int32_t ahead = seq_diff(seq, snd->isn);

	if (snd->has_una && !acceptable_follows_ack(step->conn,
	    step->judged.side, step->seg))
		move_base(step, &step->snd, seq - 1, 1);
	else if (snd->has_una && ahead >= 1 && ahead <= NEAR_MAX)
		set_base(&step->snd, snd->isn, ahead);
	else
		set_base(&step->snd, seq - 1, 1);
}

/* Is a number of `side` within a window of the next one expected? */
static bool
is_near(const struct step *step, unsigned side, uint32_t seq)
{
	const struct endpoint *e = &step->conn->endpoint[side];
	const int64_t ahead = seq_diff(seq, seq_at(e->isn, e->nxt));

	return ahead >= 0 && ahead <= acceptable_window(step->conn, side);
}

/*
 * The ACK that completes the handshake acknowledges none of the captured
 * SYN-ACKs: the decisive one was not captured.
 */
static void
base_from_ack(struct step *step)
{
	if (!segment_has(step->seg, TCP_ACK) || step->snd.hot->sent_non_syn ||
	    !acceptable_is_undecided(step->rcv.hot) ||
	    is_near(step, !step->judged.side, step->seg->ack))
		return;
	move_base(step, &step->rcv, step->seg->ack - 1, 1);
	if (step->an != NULL)
		step->an->has_synack = false;
}

void
negotiate_base(struct step *step)
{
	const struct segment *seg = step->seg;

	/* An RST may carry any number (RFC 9293, 3.5.2). */
	if (segment_has(seg, TCP_RST))
		return;
	if (segment_has(seg, TCP_SYN)) {
		base_from_syn(step);
		base_from_synack(step);
		return;
	}
	if (!step->snd.hot->has_base)
		base_from_midstream(step);
	else if (step->snd.hot->pkts == 0 &&
	    !is_near(step, step->judged.side, seg->seq))
		move_base(step, &step->snd, seg->seq - 1, 1);
	base_from_ack(step);
}

void
negotiate_forget_base(struct step *step, struct endpoint_parts *parts)
{
	move_base(step, parts, 0, 0);
	parts->hot->has_base = false;
	parts->hot->has_isn = false;
	parts->hot->has_fin = false;
	parts->hot->fin_acked = false;
	parts->hot->fin_delivered = false;
}

void
negotiate_forget_bases(struct step *step)
{
	negotiate_forget_base(step, &step->snd);
	negotiate_forget_base(step, &step->rcv);
}

/* ---- options ---- */

/*
 * RFC 3168, 6.1.1: ECE and CWR on the SYN offer ECN, ECE alone on the SYN-ACK
 * takes it.  RFC 9768, 3.1.1: AE, CWR and ECE on the SYN offer accurate ECN;
 * the SYN-ACK takes it with any of four codes, offers less with ECE alone, and
 * refuses with none, or with all three (an old stack reflecting the bits).
 */
static void
take_ecn(struct step *step)
{
	const unsigned bits = step->seg->flags & (TCP_AE | TCP_CWR | TCP_ECE);
	struct analysis *an = step->an;

	if (!segment_has(step->seg, TCP_ACK)) {
		const bool offers = (bits & (TCP_CWR | TCP_ECE)) ==
		    (TCP_CWR | TCP_ECE);

		an->ecn_offered |= offers;
		an->ecn_offered_accurate |= offers && (bits & TCP_AE) != 0;
		return;
	}
	if (!an->ecn_offered)
		return;
	if (bits == TCP_ECE)
		an->ecn = ECN_CLASSIC;
	else if (an->ecn_offered_accurate && (bits == TCP_CWR ||
	    bits == (TCP_CWR | TCP_ECE) || bits == TCP_AE ||
	    bits == (TCP_AE | TCP_CWR)))
		an->ecn = ECN_ACCURATE;
}

static void
take_extras(struct step *step)
{
	const struct segment *seg = step->seg;
	struct analysis *an = step->an;

	if (seg->opt.present & OPT_TFO)
		an->tfo_cookie = true;
	if (seg->payload_len > 0)
		an->tfo_data = true;
	if (seg->opt.present & OPT_MPTCP)
		an->mptcp = true;
}

static void
take_offers(struct endpoint *snd, const struct segment *seg)
{
	const struct tcp_options *opt = &seg->opt;

	snd->has_options |= has_whole_options(seg);
	if ((opt->present & OPT_MSS) != 0) {
		snd->has_mss = true;
		snd->mss = opt->mss;
	}
	if ((opt->present & OPT_WSCALE) != 0) {
		snd->has_wscale = true;
		snd->wscale = opt->wscale;
	}
	snd->has_sack_permitted |= (opt->present & OPT_SACK_PERMITTED) != 0;
	snd->has_timestamps |= (opt->present & OPT_TIMESTAMP) != 0;
}

/*
 * A sender repeats a SYN without options if it suspects the path to drop SYNs
 * with options. The SYN-ACK may still answer the first SYN (RFC 7323, 2.2 and
 * 3.2); a SYN-ACK in answer to the bare SYN has no options itself. So an option
 * stays offered once offered.
 */
void
negotiate_options(struct step *step)
{
	if (!segment_has(step->seg, TCP_SYN) ||
	    segment_has(step->seg, TCP_RST))
		return;
	take_offers(step->snd.hot, step->seg);
	if (step->an == NULL)
		return;
	take_ecn(step);
	take_extras(step);
}
