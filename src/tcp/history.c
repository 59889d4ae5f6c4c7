/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/history.h"

#include <ctype.h>
#include <stdbool.h>

#include "tcp/step.h"

/* ---- Zeek's history ---- */

static const char letters[] = "shadfriqwt";

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
put_for_side(struct step *step, enum letter which)
{
	char letter = letters[which];

	if (step->judged.side == step->conn->orig)
		letter = (char)toupper((unsigned char)letter);
	put(step, letter);
}

/* Most letters are put once a side, where the thing happened first. */
static void
put_once(struct step *step, enum letter which)
{
	if (step->snd.stats->history_seen >> which & 1)
		return;
	step->snd.stats->history_seen |= (uint16_t)(1U << which);
	put_for_side(step, which);
}

/* A FIN or RST is put again when its number is another than the last's. */
static void
put_close(struct step *step, enum letter which, uint32_t *last_seq,
    uint32_t seq)
{
	if (*last_seq != seq)
		step->snd.stats->history_seen &= (uint16_t)~(1U << which);
	*last_seq = seq;
	put_once(step, which);
}

/* Retransmissions and zero windows are put at 1, 10, 100... of them. */
static void
put_scaled(struct step *step, enum letter which, uint32_t count)
{
	while (count % 10 == 0 && count > 0)
		count /= 10;
	if (count == 1)
		put_for_side(step, which);
}

static void
put_flags(struct step *step)
{
	const struct segment *seg = step->seg;
	const bool syn = segment_has(seg, TCP_SYN);
	const bool fin = segment_has(seg, TCP_FIN);
	const bool rst = segment_has(seg, TCP_RST);

	if (syn && (fin || rst)) {
		put_once(step, LETTER_ODD_SYN);
		return;
	}
	if (fin && rst) {
		put_once(step, LETTER_FIN_RST);
		return;
	}
	if (syn)
		put_once(step, segment_has(seg, TCP_ACK) ? LETTER_SYNACK : LETTER_SYN);
	else if (fin)
		put_close(step, LETTER_FIN, &step->snd.stats->fin_seq,
		    seg->seq + seg->payload_len);
	else if (rst)
		put_close(step, LETTER_RST, &step->snd.stats->rst_seq,
		    seg->seq);
	else if (seg->payload_len > 0)
		put_once(step, LETTER_DATA);
	else if (segment_has(seg, TCP_ACK))
		put_once(step, LETTER_ACK);
}

/* Zeek takes data that was overtaken for data sent again. */
static bool
does_not_advance(const struct step *step)
{
	return step_is(step, JUDGED_RETRANSMISSION) ||
	    step_is(step, JUDGED_OUT_OF_ORDER) ||
	    step_is(step, JUDGED_UNKNOWN_ORDER);
}

static void
tell_letters(struct step *step)
{
	/* The peer opened it, though this side was seen first. */
	if (step->an->history_len == 0 &&
	    step->judged.side != step->conn->orig)
		put(step, '^');
	put_flags(step);
	if (step->seg->window == 0 && step->seg->depth >= DEPTH_FIXED &&
	    !segment_has(step->seg, TCP_RST))
		put_scaled(step, LETTER_ZERO_WINDOW,
		    ++step->snd.stats->history_zero);
	if (step->seg->payload_len > 0 && does_not_advance(step))
		put_scaled(step, LETTER_AGAIN,
		    ++step->snd.stats->history_again);
}

/* ---- Wireshark's completeness ---- */

/*
 * By its own rules, as its answers show them: the first segment counts only
 * if it is a SYN, and a SYN only if it is the first; a segment is an ACK when
 * it has neither data nor SYN; a FIN without ACK is none.
 */
static void
tell_completeness(struct step *step)
{
	const struct segment *seg = step->seg;
	const bool is_first = step->snd.hot->pkts + step->rcv.hot->pkts == 1;
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

void
history_tell(struct step *step)
{
	if (!step->is_kept)
		return;
	tell_completeness(step);
	tell_letters(step);
}
