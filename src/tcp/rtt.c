/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/rtt.h"

#include <stdbool.h>

#include "base/nstime.h"
#include "base/pool.h"
#include "base/seq.h"
#include "tcp/step.h"

#define RTO_FIRST_NS	(1000 * NS_PER_MS)	/* RFC 6298, 2.1 */
/* Stacks stop at two minutes: a longer estimate is the fault of a clock. */
#define RTO_CEILING_NS	(240 * NS_PER_SEC)
/* No stack waits so long for its SYN to be answered: the clock has jumped. */
#define HANDSHAKE_CEILING_NS	(240 * NS_PER_SEC)

/* RFC 6298, 2.2 and 2.3, with its alpha of 1/8 and beta of 1/4. */
static void
smooth(struct endpoint_track *side, int64_t ns)
{
	int64_t error;

	if (!side->has_rtt) {
		side->srtt = ns;
		side->rttvar = ns / 2;
		return;
	}
	error = ns - side->srtt;
	side->rttvar += ((error < 0 ? -error : error) - side->rttvar) / 4;
	side->srtt += error / 8;
}

static void
note_least(struct endpoint_track *side, int64_t ns)
{
	if (!side->has_min_rtt || ns < side->rtt_min)
		side->rtt_min = ns;
	side->has_min_rtt = true;
}

void
rtt_sample(struct endpoint_track *side, struct series *series, int64_t ns)
{
	if (ns < 0)
		return;
	if (series != NULL && !series_add(series, ns))
		side->lacks_quantiles = true;
	smooth(side, ns);
	side->has_rtt = true;
	note_least(side, ns);
}

static void
sample_echo(struct endpoint_track *side, struct series *series, int64_t ns)
{
	if (ns < 0)
		return;
	if (series != NULL && !series_add(series, ns))
		side->lacks_quantiles = true;
	note_least(side, ns);
}

static void
forget_tsvals(struct endpoint_track *side, unsigned count)
{
	side->tsvals_count = (uint8_t)(side->tsvals_count - count);
	for (unsigned i = 0; i < side->tsvals_count; i++) {
		side->tsvals[i] = side->tsvals[i + count];
		side->tsvals_ns[i] = side->tsvals_ns[i + count];
	}
}

/* Forgets it and older ones, too. */
void
rtt_match_echo(struct endpoint_track *side, struct series *series,
    uint32_t tsecr, int64_t now_ns)
{
	for (unsigned i = 0; i < side->tsvals_count; i++) {
		if (side->tsvals[i] != tsecr)
			continue;
		sample_echo(side, series, now_ns - side->tsvals_ns[i]);
		forget_tsvals(side, i + 1);
		return;
	}
}

void
rtt_await_echo(struct endpoint_track *side, uint32_t tsval, int64_t sent_ns)
{
	if (side->tsvals_count == TSVALS_MAX)
		return;
	side->tsvals[side->tsvals_count] = tsval;
	side->tsvals_ns[side->tsvals_count] = sent_ns;
	side->tsvals_count++;
}

/*
 * Pure ACKs are not answered, so the echo of their TSval would measure how
 * long the peer had nothing to say.
 */
void
rtt_remember_tsval(struct endpoint_track *from, const struct endpoint *snd,
    const struct segment *seg)
{
	if (snd->has_ts && !seq_lt(snd->ts_recent, seg->opt.tsval))
		return;		/* not its first appearance */
	if (segment_len(seg) > 0)
		rtt_await_echo(from, seg->opt.tsval, seg->time_ns);
}

/* Its last SYN was sent at track[side].first_ns. */
static bool
sent_syn(const struct analysis *an, unsigned side)
{
	return (an->syns_by >> side & 1) != 0;
}

/*
 * Captured after its ACK, the segment elicits nothing more: its echo has
 * passed.  What is sent again elicits another ACK, and so does the SYN-ACK of
 * an endpoint whose SYN was answered (RFC 9293, figure 8).
 */
static bool
was_answered(const struct step *step)
{
	const bool is_again = step_is(step, JUDGED_RETRANSMISSION) ||
	    (segment_has(step->seg, TCP_SYN) &&
	    segment_has(step->seg, TCP_ACK) &&
	    sent_syn(step->an, step->judged.side));

	return step->is_sequenced && step->snd.hot->has_una &&
	    step->judged.end <= step->snd.hot->una && !is_again;
}

void
rtt_timestamps(struct step *step)
{
	const struct segment *seg = step->seg;

	if ((seg->opt.present & OPT_TIMESTAMP) == 0 ||
	    segment_has(seg, TCP_RST))
		return;
	if (segment_has(seg, TCP_ACK))
		rtt_match_echo(step->rcv.track, step->is_kept ?
		    &step->rcv.stats->ts_rtt : NULL, seg->opt.tsecr,
		    seg->time_ns);
	if (!was_answered(step))
		rtt_remember_tsval(step->snd.track, step->snd.hot, seg);
}

/* ---- the handshake ---- */

/* The time from the capture point to `side` and back, if it is known. */
static int64_t *
half_of(struct analysis *an, const struct conn *conn, unsigned side)
{
	return side == conn->orig ? &an->rtt_ack : &an->rtt_syn;
}

/* A clock that was set back or far ahead in between measures nothing. */
static bool
is_handshake_time(int64_t ns)
{
	return ns >= 0 && ns < HANDSHAKE_CEILING_NS;
}

static void
set_half(struct step *step, unsigned side, int64_t asked_ns,
    int64_t answered_ns)
{
	struct analysis *an = step->an;
	const int64_t ns = answered_ns - asked_ns;

	*half_of(an, step->conn, side) = is_handshake_time(ns) ? ns : -1;
	if (an->rtt_syn >= 0 && an->rtt_ack >= 0)
		an->rtt_initial = an->rtt_syn + an->rtt_ack;
}

/*
 * The TSecr of a SYN-ACK (RFC 7323, 3.2) names the SYN it answers: if this is
 * not the last SYN, the responder's timer sent the SYN-ACK.
 */
static bool
answers_older_syn(const struct step *step)
{
	return *half_of(step->an, step->conn, step->judged.side) >= 0 &&
	    step->rcv.hot->has_ts &&
	    (step->seg->opt.present & OPT_TIMESTAMP) != 0 &&
	    step->seg->opt.tsecr != step->rcv.hot->ts_recent;
}

/*
 * Either endpoint may send a SYN and have it answered: in a split handshake
 * the responder does, in a simultaneous open both do.  A first SYN behind its
 * SYN-ACK awaits no other answer.  Frames may be out of order with the right
 * times; where the time of the SYN is no earlier, the SYN was captured late, and
 * the time between the two says nothing about the path.
 */
static void
note_syn(struct step *step)
{
	struct analysis *an = step->an;
	const unsigned side = step->judged.side;
	const bool is_answered = an->has_synack && an->synack_side != side;

	if (is_answered && sent_syn(an, side))
		an->has_synack = false;	/* await its own answer */
	else if (is_answered && step->seg->time_ns < an->synack_ns)
		set_half(step, !side, step->seg->time_ns, an->synack_ns);
	an->syns_by |= (uint8_t)(1U << side);
}

static void
note_synack(struct step *step)
{
	struct analysis *an = step->an;
	const unsigned side = step->judged.side;
	const bool is_repeated = (an->has_synack && an->synack_side == side) ||
	    answers_older_syn(step);

	an->synack_ns = step->seg->time_ns;
	an->synack_side = (uint8_t)side;
	an->has_synack = true;
	if (!is_repeated && sent_syn(an, !side))
		set_half(step, side, an->track[!side].first_ns, an->synack_ns);
}

/*
 * Has the capture missed neither segments of the endpoint nor segments it
 * acknowledges? Otherwise the capture missed the ACK of the handshake, too.
 */
static bool
is_ack_of_handshake(const struct step *step)
{
	const struct judgement *j = &step->judged;

	return (!j->has_offset || j->start <= j->expected) &&
	    (!j->has_ack || j->ack <= step->rcv.hot->nxt);
}

/* The ACK that completes the handshake. */
static void
note_ack(struct step *step)
{
	struct analysis *an = step->an;
	const unsigned side = step->judged.side;
	const int64_t now = step->seg->time_ns;

	if (an->has_synack) {
		if (*half_of(an, step->conn, side) < 0)
			set_half(step, side, an->synack_ns, now);
	} else if (sent_syn(an, side)) {
		/* The SYN-ACK was not captured: both halves at once. */
		const int64_t ns = now - step->snd.track->first_ns;

		if (is_handshake_time(ns))
			an->rtt_initial = ns;
	}
}

/* The endpoint that completes the handshake with its ACK. */
static unsigned
opener_of(const struct step *step)
{
	const struct analysis *an = step->an;
	const unsigned orig = step->conn->orig;

	if (an->has_synack)
		return !an->synack_side;
	return sent_syn(an, !orig) && !sent_syn(an, orig) ? !orig : orig;
}

/*
 * SYN, SYN-ACK, ACK.  Where a SYN was sent several times before it was
 * answered, the last one counts: an earlier one would add a timeout of its
 * sender to the time of the path.  The same goes for the SYN-ACK.
 */
void
rtt_handshake(struct step *step)
{
	const struct segment *seg = step->seg;

	/* An RST may be ignored, and the handshake go on. */
	if (step->conn->handshake_done || segment_has(seg, TCP_RST))
		return;
	if (segment_has(seg, TCP_SYN)) {
		if (segment_has(seg, TCP_ACK))
			note_synack(step);
		else
			note_syn(step);
		return;
	}
	if (step->judged.side != opener_of(step) || !segment_has(seg, TCP_ACK))
		return;
	if (is_ack_of_handshake(step))
		note_ack(step);
	step->conn->handshake_done = true;
}

int64_t
rtt_smoothed_half(const struct analysis *an, const struct conn *conn,
    unsigned side)
{
	const struct endpoint_track *peer = &an->track[!side];

	const int64_t ns = peer->has_rtt ? peer->srtt :
	    rtt_half(an, conn, side);

	return ns < RTO_CEILING_NS ? ns : RTO_CEILING_NS;
}

int64_t
rtt_of_sender(const struct analysis *an, const struct conn *conn,
    unsigned side)
{
	const int64_t own = rtt_smoothed_half(an, conn, side);
	const int64_t peers = rtt_smoothed_half(an, conn, !side);

	if (own < 0 && peers < 0)
		return -1;
	return nstime_add(own < 0 ? 0 : own, peers < 0 ? 0 : peers);
}

int64_t
rto_of_sender(const struct analysis *an, const struct conn *conn,
    unsigned side)
{
	const int64_t rtt = rtt_of_sender(an, conn, side);
	int64_t rttvar, rto;

	if (rtt < 0)
		return RTO_FIRST_NS;
	rttvar = an->track[side].has_rtt ? an->track[side].rttvar : 0;
	if (rttvar > RTO_CEILING_NS)
		return RTO_CEILING_NS;
	rto = nstime_add(rtt, 4 * rttvar);
	return rto > RTO_FLOOR_NS ? rto : RTO_FLOOR_NS;
}
