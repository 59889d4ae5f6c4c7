/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/numbers.h"

#include "base/seq.h"
#include "tcp/ack.h"
#include "tcp/classify.h"
#include "tcp/rules.h"
#include "tcp/step.h"

void
numbers_locate(struct step *step)
{
	const struct segment *seg = step->seg;
	const struct endpoint *snd = step->snd.hot;
	const struct endpoint *rcv = step->rcv.hot;
	struct judgement *j = &step->judged;

	if (snd->has_base) {
		j->start = seq_offset(seg->seq, snd->isn, snd->nxt);
		j->end = j->start + segment_len(seg);
		j->expected = snd->nxt;
		j->has_offset = true;
	}
	if (rcv->has_base && segment_has(seg, TCP_ACK)) {
		j->ack = seq_offset(seg->ack, rcv->isn, rcv->nxt);
		j->has_ack = true;
	}
	step->acked_from = rcv->una;
	step->is_sequenced = j->has_offset && step->is_acceptable &&
	    !segment_has(seg, TCP_RST);
}

/*
 * An empty segment occupies no sequence space, but what is below its number
 * was sent (RFC 9293, 3.4).  The same numbers come out as with an analysis.
 */
static void
follow_sent(struct step *step)
{
	struct endpoint *snd = step->snd.hot;
	const int64_t start = step->judged.start;
	const int64_t end = step->judged.end;
	const bool is_empty = segment_len(step->seg) == 0;
	const bool goes_on = is_empty ? start == snd->nxt :
	    end > snd->nxt && end < snd->una;

	if (start > snd->nxt)
		snd->nxt = start;
	if (goes_on)
		ack_retract(&step->snd, snd->nxt);
	if (end > snd->nxt)
		snd->nxt = end;
}

void
numbers_follow(struct step *step)
{
	if (step->is_sequenced && !classify_is_question(step))
		follow_sent(step);
	ack_follow(step);
}

void
numbers_close(struct step *step)
{
	struct endpoint *snd = step->snd.hot;
	struct endpoint *rcv = step->rcv.hot;
	const struct segment *seg = step->seg;

	if (segment_has(seg, TCP_FIN) && step->is_sequenced) {
		struct lifecycle *sent = step->snd.life;

		if (!snd->has_fin || step->judged.end > sent->fin_end)
			sent->fin_end = step->judged.end;
		snd->has_fin = true;
	}
	if (rcv->has_fin && step->judged.has_ack &&
	    step->judged.ack >= step->rcv.life->fin_end)
		rcv->fin_acked = true;
	if (segment_has(seg, TCP_RST) || (snd->has_fin && rcv->has_fin))
		step->conn->is_closed = true;
}

void
numbers_remember(struct step *step)
{
	const struct segment *seg = step->seg;
	struct endpoint *snd = step->snd.hot;

	if (!segment_has(seg, TCP_SYN | TCP_RST))
		snd->sent_non_syn = true;
	if (seg->payload_len > 0)
		snd->sent_data = true;
	if (segment_has(seg, TCP_SYN) && segment_has(seg, TCP_ACK))
		snd->sent_synack = true;
	if (seg->depth >= DEPTH_FIXED && !segment_has(seg, TCP_RST))
		remember_header(snd, seg);
}

/* Before the endpoint was heard, relative to the first ACK of its peer. */
static int64_t
relative(const struct endpoint *e, bool has_offset, int64_t offset,
    uint32_t number)
{
	if (!has_offset && e->has_una)
		offset = seq_diff(number, e->isn);
	return (has_offset || e->has_una) && offset >= 0 ? offset : -1;
}

int64_t
numbers_rel_seq(const struct conn *conn, const struct segment *seg,
    const struct judgement *judged)
{
	return relative(&conn->endpoint[judged->side], judged->has_offset,
	    judged->start, seg->seq);
}

int64_t
numbers_rel_ack(const struct conn *conn, const struct segment *seg,
    const struct judgement *judged)
{
	return relative(&conn->endpoint[!judged->side], judged->has_ack,
	    judged->ack, seg->ack);
}
