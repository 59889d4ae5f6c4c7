/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/machine.h"

#include <stdbool.h>

#include "base/compiler.h"
#include "tcp/events.h"
#include "tcp/state.h"
#include "tcp/step.h"

/* Apart, or all who change would pay for its room on the stack. */
static NOINLINE void
tell(const struct step *step, unsigned side, uint8_t next)
{
	const struct track_events *events = step->events;
	const uint8_t state = step->conn->endpoint[side].state;
	const struct endpoint_track *s = step->an != NULL
	    ? &step->an->track[side]
	    : NULL;
	const int64_t now = step->seg->time_ns;

	events->transition(events->arg, step->conn, &(struct transition){
	    .time_ns = now,
	    .frame = step->seg->frame,
	    .side = side,
	    .from = state,
	    .to = next,
	    .since_ns = s == NULL || state == STATE_UNSEEN ? -1 :
		now > s->state_ns ? now - s->state_ns : 0,
	});
}

/* Into another state; where that is told, since when is kept. */
static void
enter(struct step *step, unsigned side, uint8_t next)
{
	if (UNLIKELY(step->events->transition != NULL)) {
		tell(step, side, next);
		if (step->an != NULL)
			step->an->track[side].state_ns = step->seg->time_ns;
	}
	step->conn->endpoint[side].state = next;
}

static void
change(struct step *step, unsigned side, enum event event)
{
	const uint8_t state = step->conn->endpoint[side].state;
	const struct state_cell *cell = state_cell((enum state)state, event);

	if (UNLIKELY(cell->is_odd) && step->an != NULL)
		step->an->stats[side].counts.odd_events++;
	if (cell->next != state)
		enter(step, side, cell->next);
}

static void
sender_does(struct step *step, enum event event)
{
	change(step, step->judged.side, event);
}

static void
receiver_gets(struct step *step, enum event event)
{
	change(step, !step->judged.side, event);
}

/*
 * An RST counts at its receiver only within the window (RFC 9293, 3.5.3);
 * others are ignored or challenged (RFC 5961, 3).  In answer to a SYN its
 * ACK has to be right instead.  Where we do not know, it counts.
 */
static bool
rst_is_acceptable(const struct step *step)
{
	const struct endpoint *snd = step->snd.hot;
	const int64_t slack = 1 << 16;
	int64_t window = 1 << 16;

	if (!snd->has_base || !snd->has_una)
		return true;
	if (step->rcv.track != NULL && step->rcv.track->last_window > window)
		window = step->rcv.track->last_window;
	return step->judged.start >= snd->una - slack &&
	    step->judged.start <= snd->una + window + slack;
}

static void
run_rst(struct step *step)
{
	sender_does(step, EVENT_SENT_RST);
	if (rst_is_acceptable(step))
		receiver_gets(step, EVENT_GOT_RST);
}

/*
 * What a SYN-ACK does to its sender.  Both sides of a simultaneous open send
 * one, and the second may already have been sent the first's: it repeats
 * nothing then, and only acknowledges.
 */
static enum event
sent_synack(const struct step *step)
{
	return step->snd.life->syn_count > 1 && !step->snd.hot->sent_synack &&
	    step->rcv.hot->sent_synack ? EVENT_SENT_ACK : EVENT_SENT_SYN_ACK;
}

static void
run_syn(struct step *step)
{
	const bool has_ack = segment_has(step->seg, TCP_ACK);

	sender_does(step, has_ack ? sent_synack(step) : EVENT_SENT_SYN);
	/* A SYN-ACK for another SYN is answered with RST, 3.10.7.3. */
	if (!has_ack)
		receiver_gets(step, EVENT_GOT_SYN);
	else if (!step->judged.has_ack || step->judged.ack == 1 ||
	    step->seg->payload_len > 0 || step->judged.ack > 1)
		receiver_gets(step, EVENT_GOT_SYN_ACK);
}

/* The peer's FIN reaches `rcv` once nothing before it is missing. */
static void
deliver_fin(struct step *step)
{
	struct endpoint *snd = step->snd.hot;

	if (!snd->has_fin || snd->fin_delivered)
		return;
	/* With a hole before it, wait for the ACK (see run_ack). */
	if (step->snd.track != NULL && step->snd.track->holes_count > 0 &&
	    step->snd.track->holes[step->snd.track->holes_count - 1].end >
		snd->una)
		return;
	snd->fin_delivered = true;
}

static bool
acks_fin(const struct step *step)
{
	return step->rcv.hot->has_fin && step->judged.has_ack &&
	    step->judged.ack >= step->rcv.life->fin_end;
}

static void
run_ack(struct step *step)
{
	struct endpoint *rcv = step->rcv.hot;

	if (!segment_has(step->seg, TCP_ACK))
		return;
	/* It acknowledges a FIN that we thought it could not have taken. */
	if (acks_fin(step) && !rcv->fin_delivered) {
		rcv->fin_delivered = true;
		sender_does(step, EVENT_GOT_FIN);
	}
	sender_does(step, EVENT_SENT_ACK);
	if (acks_fin(step))
		receiver_gets(step, EVENT_GOT_ACK_OF_FIN);
	else if (!step->judged.has_ack || step->judged.ack >= 1)
		receiver_gets(step, EVENT_GOT_ACK_OF_SYN);
}

void
machine_run(struct step *step)
{
	const struct segment *seg = step->seg;

	if (segment_has(seg, TCP_RST)) {
		run_rst(step);
		return;
	}
	if (segment_has(seg, TCP_SYN)) {
		run_syn(step);
		return;
	}
	/* RFC 9293, 3.10.7.4: the ACK comes before the FIN. */
	run_ack(step);
	if (!segment_has(seg, TCP_FIN))
		return;
	/* RFC 9293, figure 13: the two FINs cross on the way. */
	sender_does(step, step->rcv.hot->has_fin && !acks_fin(step) ?
	    EVENT_SENT_CROSSING_FIN : EVENT_SENT_FIN);
	deliver_fin(step);
	if (step->snd.hot->fin_delivered)
		receiver_gets(step, EVENT_GOT_FIN);
}
