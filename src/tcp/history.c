/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/history.h"

#include <ctype.h>
#include <stdbool.h>

#include "tcp/step.h"

/* ---- Zeek's history ---- */

/* A letter for each kind of thing, in the order of side->history_seen. */
static const char letters[] = "shadfriqwtg";

static void
put(struct step *step, char letter)
{
	struct analysis *an = step->an;

	if (an->history_len == HISTORY_MAX - 1) {
		an->history_full = true;
		return;
	}
	an->history[an->history_len++] = letter;
}

/* Upper case is the originator's. */
static void
put_for_side(struct step *step, char letter)
{
	if (step->judged.side == step->conn->orig)
		letter = (char)toupper((unsigned char)letter);
	put(step, letter);
}

/* Most letters are put once a side, where the thing happened first. */
static void
put_once(struct step *step, char letter)
{
	unsigned bit = 0;

	while (letters[bit] != letter)
		bit++;
	if (step->from->history_seen >> bit & 1)
		return;
	step->from->history_seen |= (uint16_t)(1U << bit);
	put_for_side(step, letter);
}

/* Retransmissions and zero windows are put at 1, 10, 100... of them. */
static void
put_scaled(struct step *step, char letter, uint32_t count)
{
	while (count % 10 == 0 && count > 0)
		count /= 10;
	if (count == 1)
		put_for_side(step, letter);
}

static void
put_flags(struct step *step)
{
	const struct segment *seg = step->seg;
	const bool syn = segment_has(seg, TCP_SYN);
	const bool fin = segment_has(seg, TCP_FIN);
	const bool rst = segment_has(seg, TCP_RST);

	if (syn && (fin || rst)) {
		put_once(step, 'q');
		return;
	}
	if (fin && rst) {
		put_once(step, 'i');
		return;
	}
	if (syn)
		put_once(step, segment_has(seg, TCP_ACK) ? 'h' : 's');
	if (seg->payload_len > 0)
		put_once(step, 'd');
	else if (!syn && !fin && !rst && segment_has(seg, TCP_ACK))
		put_once(step, 'a');
	if (fin)
		put_once(step, 'f');
	if (rst)
		put_once(step, 'r');
}

void
history_letters(struct step *step)
{
	const struct side_counts *counts = &step->from->counts;

	/* The peer opened it, though this side was seen first. */
	if (step->an->history_len == 0 &&
	    step->judged.side != step->conn->orig)
		put(step, '^');
	put_flags(step);
	if (step_is(step, JUDGED_ZERO_WINDOW))
		put_scaled(step, 'w', counts->zero_window);
	if (step_is(step, JUDGED_RETRANSMISSION) &&
	    step->seg->payload_len > 0)
		put_scaled(step, 't', counts->retrans);
}

/* ---- Wireshark's completeness ---- */

/*
 * By its own rules, as its answers show them: the first segment counts only
 * if it is a SYN, and a SYN only if it is the first; a segment is an ACK when
 * it has neither data nor SYN; a FIN without ACK is none.
 */
void
history_completeness(struct step *step)
{
	const struct segment *seg = step->seg;
	const bool is_first = step->snd->pkts + step->rcv->pkts == 1;
	const bool is_syn = segment_has(seg, TCP_SYN);
	const bool is_ack = segment_has(seg, TCP_ACK);
	unsigned bits = step->an->completeness;

	if (is_syn && !is_ack)
		bits |= is_first ? COMPLETENESS_SYN : 0;
	else if (is_first)
		return;
	else if (is_syn)
		bits |= COMPLETENESS_SYNACK;
	else if (is_ack && seg->payload_len == 0)
		bits |= COMPLETENESS_ACK;
	if (seg->payload_len > 0)
		bits |= COMPLETENESS_DATA;
	if (segment_has(seg, TCP_FIN) && is_ack)
		bits |= COMPLETENESS_FIN;
	if (segment_has(seg, TCP_RST))
		bits |= COMPLETENESS_RST;
	step->an->completeness = (uint8_t)bits;
}
