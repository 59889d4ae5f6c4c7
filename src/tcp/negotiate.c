/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/negotiate.h"

#include "base/seq.h"
#include "tcp/holes.h"
#include "tcp/inflight.h"
#include "tcp/step.h"

/* ---- the base ---- */

static void
set_base(struct endpoint *e, struct endpoint_track *side, uint32_t isn,
    int64_t first)
{
	e->isn = isn;
	e->nxt = first;
	e->has_base = true;
	if (side != NULL)
		side->lowest_seen = first;
	if (e->has_una)
		e->una = seq_offset((uint32_t)e->una, isn, first);
}

/*
 * A SYN with another ISN that belongs to the connection all the same (see
 * flow/identity.h): nothing but SYNs was sent, so the newer number holds.
 */
static void
move_base(struct budget *budget, struct endpoint *e,
    struct endpoint_track *side, uint32_t isn)
{
	e->has_una = false;
	if (side != NULL) {
		inflight_fini(side, budget);
		holes_fini(side, budget);
	}
	set_base(e, side, isn, 0);
}

static void
base_from_syn(struct step *step)
{
	struct endpoint *snd = step->snd.hot;
	const uint32_t seq = step->seg->seq;

	step->is_first_syn = !snd->has_isn;
	if (!snd->has_base)
		set_base(snd, step->snd.track, seq, 0);
	else if (seq != snd->isn && !snd->sent_non_syn)
		move_base(step->budget, snd, step->snd.track, seq);
	else if (seq != snd->isn)
		return;		/* a stray SYN changes nothing */
	snd->has_isn = true;
}

/* The SYN that this SYN-ACK answers was not captured. */
static void
base_from_synack(struct step *step)
{
	if (step->rcv.hot->has_base || !segment_has(step->seg, TCP_ACK))
		return;
	set_base(step->rcv.hot, step->rcv.track, step->seg->ack - 1, 1);
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
	} else if (!step->snd.hot->has_base) {
		set_base(step->snd.hot, step->snd.track, seg->seq - 1, 1);
	}
}

/* ---- options ---- */

static void
take_offers(struct endpoint *snd, const struct segment *seg)
{
	const struct tcp_options *opt = &seg->opt;

	snd->has_options = seg->depth == DEPTH_OPTIONS &&
	    (opt->present & OPT_MALFORMED) == 0;
	snd->has_mss = (opt->present & OPT_MSS) != 0;
	snd->mss = opt->mss;
	snd->has_wscale = (opt->present & OPT_WSCALE) != 0;
	snd->wscale = opt->wscale;
	snd->has_sack_permitted = (opt->present & OPT_SACK_PERMITTED) != 0;
	snd->has_timestamps = (opt->present & OPT_TIMESTAMP) != 0;
}

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
		an->ecn_offered = (bits & (TCP_CWR | TCP_ECE)) ==
		    (TCP_CWR | TCP_ECE);
		an->ecn_offered_accurate = an->ecn_offered &&
		    (bits & TCP_AE) != 0;
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

void
negotiate_options(struct step *step)
{
	if (!segment_has(step->seg, TCP_SYN) ||
	    segment_has(step->seg, TCP_RST) ||
	    step->seg->seq != step->snd.hot->isn)
		return;
	take_offers(step->snd.hot, step->seg);
	if (step->an == NULL)
		return;
	take_ecn(step);
	take_extras(step);
}
