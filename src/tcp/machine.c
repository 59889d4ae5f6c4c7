/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/machine.h"

#include <stdbool.h>

#include "base/compiler.h"
#include "tcp/events.h"
#include "tcp/state.h"
#include "tcp/step.h"

/* Out of line, so that its caller does not carry this stack frame. */
static NOINLINE void
report_transition(const struct step *step, unsigned side, uint8_t next)
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

/* Change the state; if changes are reported, keep the time of this one. */
static void
enter(struct step *step, unsigned side, uint8_t next)
{
	if (UNLIKELY(step->events->transition != NULL)) {
		report_transition(step, side, next);
		if (step->an != NULL)
			step->an->track[side].state_ns = step->seg->time_ns;
	}
	step->conn->endpoint[side].state = next;
}

static enum state
state_beneath(const struct endpoint *e)
{
	return (enum state)(e->beneath - 1);
}

/* The state without the RST that closed the endpoint goes on beneath. */
static NOINLINE void
change_beneath(struct endpoint *e, enum event event)
{
	if (event != EVENT_SENT_RST && event != EVENT_GOT_RST)
		e->beneath = (1U + state_cell(state_beneath(e), event)->next) &
		    0xfU;
}

static void
change(struct step *step, unsigned side, enum event event)
{
	struct endpoint *e = &step->conn->endpoint[side];
	const struct state_cell *cell = state_cell((enum state)e->state,
	    event);

	if (UNLIKELY(e->beneath != 0))
		change_beneath(e, event);
	if (UNLIKELY(cell->is_odd) && step->an != NULL)
		step->an->stats[side].counts.odd_events++;
	if (cell->next == e->state)
		return;
	enter(step, side, cell->next);
	if (e->state != STATE_CLOSED)
		e->beneath = 0;
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

/* ---- RST ---- */

/* Keep the state that the endpoint has without the RST. */
static void
begin_reset(struct endpoint *e, bool is_sender)
{
	e->sent_reset = is_sender;
	e->went_on = false;
	if (e->beneath == 0 && e->state != STATE_CLOSED)
		e->beneath = (1U + e->state) & 0xfU;
}

static void
run_rst(struct step *step)
{
	begin_reset(step->snd.hot, true);
	begin_reset(step->rcv.hot, false);
	sender_does(step, EVENT_SENT_RST);
	receiver_gets(step, EVENT_GOT_RST);
}

/* The endpoint continues: the RST was forged, or the endpoint ignored it. */
static void
revive(struct step *step, unsigned side)
{
	struct conn *conn = step->conn;
	struct endpoint *e = &conn->endpoint[side];
	enum state state;

	if (e->beneath == 0)
		return;
	state = state_beneath(e);
	e->beneath = 0;
	if (state != e->state)
		enter(step, side, (uint8_t)state);
	if (conn->endpoint[!side].beneath != 0)
		return;
	conn->is_closed = conn->endpoint[0].has_fin &&
	    conn->endpoint[1].has_fin;
}

/* Nothing ended the connection so far; the RST of the sender is a false one. */
static void
retract_reset(struct step *step)
{
	if (step->an == NULL || step->an->reset_by == 0)
		return;
	step->an->reset_by = 0;
	step_count(step, JUDGED_UNACCEPTABLE);
}

/* Does it acknowledge what the other endpoint has sent since the RST? */
static bool
acks_since_reset(const struct step *step)
{
	return step->rcv.hot->went_on && step->judged.has_ack &&
	    step->judged.ack >= step->rcv.hot->nxt;
}

/*
 * Segments from the receiver of the RST may have crossed it; a segment with new
 * bytes from the sender of the RST cannot, because the RST has the sender's
 * next number.
 */
static NOINLINE void
revise_reset(struct step *step)
{
	struct endpoint *snd = step->snd.hot;
	const unsigned side = step->judged.side;
	const bool acks = acks_since_reset(step);

	if (step->is_sequenced && step->judged.end > step->judged.expected)
		snd->went_on = true;
	if (snd->sent_reset && (snd->went_on || acks)) {
		retract_reset(step);
		revive(step, side);
	}
	if (!acks)
		return;
	revive(step, side);
	if (!step->rcv.hot->sent_reset)
		revive(step, !side);
}

/* A refused endpoint tries again: its attempt is a new one. */
static void
begin_again(struct step *step)
{
	step->snd.hot->beneath = 0;
	step->rcv.hot->beneath = 0;
	step->conn->is_closed = false;
	if (step->an != NULL)
		step->an->reset_by = 0;
}

/* ---- other segments ---- */

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

/*
 * The SYN-ACK is repeated by its sender's timer, and the opener has not said
 * anything since: none of them has arrived.
 */
static bool
is_synack_unanswered(const struct step *step)
{
	return !step->rcv.hot->sent_non_syn &&
	    step_is(step, JUDGED_RETRANSMISSION) &&
	    step->judged.cause != CAUSE_SYN_AGAIN;
}

static void
take_back_synack(struct step *step)
{
	if (step->rcv.hot->state == STATE_ESTABLISHED)
		enter(step, !step->judged.side, STATE_SYN_SENT);
}

static void
run_syn(struct step *step)
{
	const bool has_ack = segment_has(step->seg, TCP_ACK);

	if (!has_ack && step->snd.hot->beneath != 0 &&
	    !step->snd.hot->sent_non_syn)
		begin_again(step);
	/* A SYN captured late was sent before what its sender has said since. */
	if (!step->snd.hot->sent_non_syn)
		sender_does(step, has_ack ? sent_synack(step) :
		    EVENT_SENT_SYN);
	if (has_ack && is_synack_unanswered(step))
		take_back_synack(step);
	else
		receiver_gets(step, has_ack ? EVENT_GOT_SYN_ACK :
		    EVENT_GOT_SYN);
}

/* A FIN reaches its receiver once nothing before the FIN is missing. */
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
	/* The ACK covers a FIN that was assumed not to have arrived. */
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
	if (UNLIKELY(step->snd.hot->beneath != 0 ||
	    step->rcv.hot->beneath != 0))
		revise_reset(step);
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

unsigned
machine_state(const struct conn *conn, unsigned side)
{
	return conn->rst_pending ? STATE_CLOSED : conn->endpoint[side].state;
}
