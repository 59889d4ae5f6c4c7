/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/rtt.h"

#include <stdbool.h>

#include "base/nstime.h"
#include "base/pool.h"
#include "base/seq.h"
#include "tcp/step.h"

/*
 * RFC 6298, 2.4 wants a second at least; every stack in use takes 200 ms
 * (Linux, Windows since 2012) or 230 to 300 ms (BSDs, macOS).
 */
#define RTO_FLOOR_NS	(200 * NS_PER_MS)
#define RTO_FIRST_NS	(1000 * NS_PER_MS)	/* RFC 6298, 2.1 */
/* Beyond the two minutes that stacks stop at, an estimate is a clock's fault. */
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
	rtt_remember_tsval(step->snd.track, step->snd.hot, seg);
}

/*
 * The way to the responder and back.  The SYN may be captured after its
 * answer, where two interfaces deliver out of order: their times decide.
 */
static void
note_syn_half(struct analysis *an)
{
	int64_t ns;

	if (!an->has_syn || !an->has_synack)
		return;
	ns = an->synack_ns > an->syn_ns ? an->synack_ns - an->syn_ns : 0;
	an->rtt_syn = ns < HANDSHAKE_CEILING_NS ? ns : -1;
}

/*
 * Its TSecr (RFC 7323, 3.2) names the SYN that a SYN-ACK answers: another than
 * the last means that its sender's timer sent it, not that SYN.
 */
static bool
answers_older_syn(const struct step *step)
{
	return step->an->rtt_syn >= 0 && step->rcv.hot->has_ts &&
	    (step->seg->opt.present & OPT_TIMESTAMP) != 0 &&
	    step->seg->opt.tsecr != step->rcv.hot->ts_recent;
}

/*
 * A SYN that is answered, whichever side sends it: in a split handshake it
 * is the responder's.
 */
static void
note_syn(struct step *step)
{
	struct analysis *an = step->an;
	const unsigned side = step->judged.side;

	if (!segment_has(step->seg, TCP_ACK)) {
		an->syn_ns = step->seg->time_ns;
		an->syn_side = (uint8_t)side;
		an->has_syn = true;
		if (an->rtt_syn < 0)
			note_syn_half(an);
		else
			an->has_synack = false;	/* wait for its own answer */
		return;
	}
	if (an->has_syn && side == an->syn_side)
		return;
	if (an->has_synack || answers_older_syn(step)) {
		an->synack_ns = step->seg->time_ns;	/* sent again */
		an->has_synack = true;
		return;
	}
	an->synack_ns = step->seg->time_ns;
	an->has_synack = true;
	note_syn_half(an);
}

/* The ACK that completes the handshake. */
static void
note_ack_half(struct step *step)
{
	struct analysis *an = step->an;
	const int64_t now = step->seg->time_ns;
	const int64_t since = an->has_synack ? an->synack_ns : an->syn_ns;
	const int64_t ns = now > since ? now - since : 0;

	if ((!an->has_synack && !an->has_syn) || ns >= HANDSHAKE_CEILING_NS)
		return;
	if (!an->has_synack) {
		an->rtt_initial = ns;	/* both halves at once */
		return;
	}
	an->rtt_ack = ns;
	if (an->rtt_syn >= 0)
		an->rtt_initial = an->rtt_syn + ns;
	/* In a split handshake it is the responder's SYN that was answered. */
	if (an->has_syn && an->syn_side != step->conn->orig) {
		an->rtt_ack = an->rtt_syn;
		an->rtt_syn = ns;
	}
}

/*
 * SYN, SYN-ACK, ACK.  Where a SYN was sent several times before it was
 * answered, the last one counts: an earlier one would add a timeout of its
 * sender to the time of the path.  The same goes for the SYN-ACK.
 */
void
rtt_handshake(struct step *step)
{
	struct analysis *an = step->an;
	const struct segment *seg = step->seg;
	unsigned opener;

	if (step->conn->handshake_done)
		return;
	if (segment_has(seg, TCP_RST)) {
		/* Refused: there is no handshake. */
		step->conn->handshake_done = true;
		return;
	}
	if (segment_has(seg, TCP_SYN)) {
		note_syn(step);
		return;
	}
	opener = an->has_syn ? an->syn_side : step->conn->orig;
	if (step->judged.side != opener || !segment_has(seg, TCP_ACK) ||
	    (step->judged.has_ack && step->judged.ack < 1))
		return;
	note_ack_half(step);
	step->conn->handshake_done = true;
}

int64_t
rtt_half(const struct analysis *an, const struct conn *conn, unsigned side)
{
	const struct endpoint_track *peer = &an->track[!side];
	const int64_t ns = side == conn->orig ? an->rtt_ack : an->rtt_syn;

	return peer->has_min_rtt && (ns < 0 || peer->rtt_min < ns) ?
	    peer->rtt_min : ns;
}

/* Smoothed time from the capture point to `side` and back, -1 unknown. */
static int64_t
smoothed_half(const struct analysis *an, const struct conn *conn,
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
	const int64_t own = smoothed_half(an, conn, side);
	const int64_t peers = smoothed_half(an, conn, !side);

	if (own < 0 && peers < 0)
		return -1;
	return (own < 0 ? 0 : own) + (peers < 0 ? 0 : peers);
}

int64_t
rto_of_sender(const struct analysis *an, const struct conn *conn,
    unsigned side)
{
	const int64_t rtt = rtt_of_sender(an, conn, side);
	int64_t rto;

	if (rtt < 0)
		return RTO_FIRST_NS;
	if (an->track[side].rttvar > RTO_CEILING_NS)
		return RTO_CEILING_NS;
	rto = rtt + 4 * an->track[side].rttvar;
	return rto > RTO_FLOOR_NS ? rto : RTO_FLOOR_NS;
}
