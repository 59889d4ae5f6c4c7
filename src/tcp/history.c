/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/history.h"

#include <ctype.h>
#include <stdbool.h>

#include "tcp/step.h"

/* ---- Zeek's history ---- */

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
put_for_side(struct step *step, enum letter which, unsigned side)
{
	char letter = letters[which];

	if (side == step->conn->orig)
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
	put_for_side(step, which, step->judged.side);
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

/* Retransmissions, zero windows and gaps are put at 1, 10, 100... of them. */
static void
put_scaled(struct step *step, enum letter which, unsigned side, uint32_t count)
{
	while (count % 10 == 0 && count > 0)
		count /= 10;
	if (count == 1)
		put_for_side(step, which, side);
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
		put_once(step, segment_has(seg, TCP_ACK) ? LETTER_SYNACK :
		    LETTER_SYN);
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

/* Zeek takes reordered data for retransmitted data. */
static bool
does_not_advance(const struct step *step)
{
	return step_is(step, JUDGED_RETRANSMISSION) ||
	    step_is(step, JUDGED_OUT_OF_ORDER) ||
	    step_is(step, JUDGED_UNKNOWN_ORDER);
}

static void
note_letters(struct step *step)
{
	const unsigned side = step->judged.side;
	struct endpoint_stats *stats = step->snd.stats;

	/* The peer opened it, though this side was seen first. */
	if (step->an->history_len == 0 && side != step->conn->orig)
		put(step, '^');
	put_flags(step);
	if (step->seg->window == 0 && step->seg->depth >= DEPTH_FIXED &&
	    !segment_has(step->seg, TCP_RST))
		put_scaled(step, LETTER_ZERO_WINDOW, side,
		    ++stats->history_zero);
	if (step->seg->payload_len > 0 && does_not_advance(step))
		put_scaled(step, LETTER_AGAIN, side, ++stats->history_again);
	/*
	 * A gap belongs to the peer: the ACK shows that the peer's bytes were
	 * missed. Zeek omits gaps of connections without both SYNs.
	 */
	if (step_is(step, JUDGED_ACK_LOST_SEGMENT) &&
	    step->snd.life->syn_count > 0 && step->rcv.life->syn_count > 0)
		put_scaled(step, LETTER_GAP, !side,
		    stats->judged[JUDGED_ACK_LOST_SEGMENT]);
}

/* ---- Wireshark's completeness ---- */

/* Data, SYN and ACK of a segment: of data only what has an ACK, or opens. */
static unsigned
basic_bits(const struct segment *seg, bool is_first)
{
	const bool has_data = seg->payload_len > 0;

	if (segment_has(seg, TCP_SYN) && segment_has(seg, TCP_ACK))
		return COMPLETENESS_SYNACK;
	if (segment_has(seg, TCP_SYN))
		return !is_first ? 0 :
		    COMPLETENESS_SYN | (has_data ? COMPLETENESS_DATA : 0);
	if (!segment_has(seg, TCP_ACK))
		return 0;
	return has_data ? COMPLETENESS_DATA : COMPLETENESS_ACK;
}

/* By Wireshark's own rules, as its answers show them. */
static void
note_completeness(struct step *step)
{
	const struct segment *seg = step->seg;
	unsigned bits = basic_bits(seg,
	    step->snd.hot->pkts + step->rcv.hot->pkts == 1);

	if (segment_has(seg, TCP_FIN) && segment_has(seg, TCP_ACK))
		bits |= COMPLETENESS_FIN;
	if (segment_has(seg, TCP_RST))
		bits |= COMPLETENESS_RST;
	step->an->completeness |= (uint8_t)bits;
}

void
history_note(struct step *step)
{
	if (!step->is_kept)
		return;
	if (conn_is_one_segment(step->conn))
		step->an->first_flags = step->seg->flags;
	note_completeness(step);
	note_letters(step);
}

unsigned
history_completeness(const struct conn *conn, const struct analysis *an)
{
	if (conn_segments(conn) > 1)
		return an->completeness;
	return (an->completeness & COMPLETENESS_SYN) == 0 ? 0 :
	    an->completeness & (COMPLETENESS_SYN | COMPLETENESS_DATA);
}
