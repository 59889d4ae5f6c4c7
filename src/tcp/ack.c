/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/ack.h"

#include <stdbool.h>
#include <string.h>

#include "base/seq.h"
#include "flow/acceptable.h"
#include "tcp/holes.h"
#include "tcp/loss.h"
#include "tcp/rules.h"
#include "tcp/rtt.h"
#include "tcp/step.h"

/* ---- the cumulative ACK ---- */

static void
take_acked(struct step *step)
{
	const int64_t now = step->seg->time_ns;
	const bool is_orig = step->judged.side == step->conn->orig;
	struct judgement *j = &step->judged;
	struct taken taken;

	loss_acked(step);
	/* Section D: every segment of the originator. */
	take_from_flight(step->rcv.track, j->ack, now, step->conn->is_final ||
	    is_orig ? NULL : &step->conn->report, &taken);
	if (taken.count == 0)
		return;
	j->covers_first = taken.first_frame;
	j->covers_last = taken.last_frame;
	j->covers_count = taken.count;
	j->covers_rtt = now - taken.sent_ns;
	if (!taken_is_sample(&taken, j->ack))
		return;
	step->rtt_ns = now - taken.sent_ns;
	rtt_sample(step->rcv.track,
	    step->is_kept ? &step->rcv.stats->rtt : NULL, step->rtt_ns);
}

/*
 * The peer took a window probe's byte: it was sent, then.  Not once the
 * connection is final: only the analysis knows of the probe, and some modes
 * have freed it, but the numbers must be the same in all modes.
 */
static void
accept_probe(struct step *step)
{
	struct endpoint_track *to = step->rcv.track;

	if (to->probe_byte_pending && !step->conn->is_final &&
	    step->judged.ack > step->rcv.hot->nxt) {
		step->rcv.hot->nxt++;
		step->rcv.stats->unique_bytes++;
		to->probe_byte_pending = false;
	}
}

/* Count the bytes acknowledged now that were never captured. */
static void
count_missed(struct step *step, int64_t old_una)
{
	struct endpoint_track *to = step->rcv.track;
	const int64_t ack = step->judged.ack;
	const int64_t start = old_una > to->lowest_seen ? old_una
							: to->lowest_seen;
	int64_t missed;

	if (ack <= start)
		return;
	missed = ack - start - holes_seen(to, start, ack, step->rcv.hot->nxt);
	if (missed == 0)
		return;
	step->rcv.stats->missed_bytes += (uint64_t)missed;
	step_judge(step, JUDGED_ACK_LOST_SEGMENT);
}

static void
advance(struct step *step)
{
	struct endpoint *rcv = step->rcv.hot;
	struct endpoint_track *to = step->rcv.track;
	const int64_t ack = step->judged.ack;

	count_missed(step, rcv->has_una ? rcv->una : to->lowest_seen);
	take_acked(step);
	rcv->una = ack;
	rcv->has_una = true;
	to->ack_progress_ns = step->seg->time_ns;
	end_recovery(to, ack);
	step->ack_advances = true;
}

/*
 * RFC 9293, 3.10.7.4: an ACK of data not sent yet is not acceptable. The
 * capture may also have missed the data, so the ACK counts until its sender
 * acknowledges less, or the other endpoint continues below the ACK.
 */
void
ack_retract(struct endpoint_parts *parts, int64_t una)
{
	struct endpoint *e = parts->hot;
	const int64_t from = una > e->nxt ? una : e->nxt;

	if (!e->has_una || e->una <= e->nxt || e->una <= una)
		return;
	if (parts->stats != NULL) {
		uint64_t *missed = &parts->stats->missed_bytes;

		*missed -= (uint64_t)(e->una - from) < *missed ?
		    (uint64_t)(e->una - from) : *missed;
	}
	e->una = una;
}

/*
 * Before the peer is heard, keep the latest ACK as it stands.  Relative numbers
 * count from the first one, as if the peer had sent nothing before.
 */
static void
keep_raw_ack(struct step *step)
{
	struct endpoint *rcv = step->rcv.hot;

	if (!rcv->has_una)
		rcv->isn = step->seg->ack - 1;
	if (!rcv->has_una || seq_lt((uint32_t)rcv->una, step->seg->ack))
		rcv->una = step->seg->ack;
	rcv->has_una = true;
}

/*
 * An RST carries the ACK number of the segment it answers (RFC 9293, 3.5.2),
 * which gives a round trip; but the number may be arbitrary, and proves nothing
 * else.
 */
static void
take_ack_of_rst(struct step *step)
{
	if (step->judged.has_ack && step->judged.ack > step->rcv.hot->una &&
	    step->judged.ack <= step->rcv.hot->nxt)
		take_acked(step);
}

static void
take_ack(struct step *step)
{
	const struct endpoint *rcv = step->rcv.hot;

	accept_probe(step);
	if (!rcv->has_una || step->judged.ack > rcv->una) {
		advance(step);
		return;
	}
	if (step->judged.ack == rcv->una)
		loss_not_acked(step);
	ack_retract(&step->rcv, step->judged.ack);
}

void
ack_cumulative(struct step *step)
{
	struct endpoint_track *from = step->snd.track;

	if (segment_has(step->seg, TCP_RST)) {
		take_ack_of_rst(step);
		loss_not_acked(step);
		return;
	}
	if (!segment_has(step->seg, TCP_ACK))
		return;
	if (step->judged.has_ack)
		take_ack(step);
	else
		keep_raw_ack(step);
	if (step->ack_advances)
		from->dup_run = 0;
	from->ack = step->seg->ack;
	from->has_ack = true;
}

void
ack_follow(struct step *step)
{
	struct endpoint *rcv = step->rcv.hot;

	if (!segment_has(step->seg, TCP_ACK) ||
	    segment_has(step->seg, TCP_RST))
		return;
	if (!step->judged.has_ack) {
		keep_raw_ack(step);
	} else if (!rcv->has_una || step->judged.ack > rcv->una) {
		rcv->una = step->judged.ack;
		rcv->has_una = true;
	} else {
		ack_retract(&step->rcv, step->judged.ack);
	}
}

/* ---- SACK ---- */

static struct sack_block
block_at(const struct step *step, unsigned i)
{
	const struct endpoint *rcv = step->rcv.hot;
	const struct tcp_options *opt = &step->seg->opt;

	return (struct sack_block){
		.start = seq_offset(opt->sack[i].left, rcv->isn, rcv->nxt),
		.end = seq_offset(opt->sack[i].right, rcv->isn, rcv->nxt),
	};
}

/*
 * RFC 2883, 4: the first block reports a duplicate when it lies below the
 * cumulative ACK, or within the second block.
 */
static bool
is_dsack(const struct step *step, const struct sack_block *first)
{
	struct sack_block second;

	if (first->end <= step->judged.ack)
		return true;
	if (step->seg->opt.sack_count < 2)
		return false;
	second = block_at(step, 1);
	return second.start <= first->start && first->end <= second.end;
}

static void
keep_block(struct endpoint_track *side, const struct sack_block *block)
{
	struct sackboard *sackboard = loss_sackboard(side);

	if (sackboard != NULL)
		sackboard->sacks[side->sacks_count++] = *block;
}

/*
 * Not a report of a duplicate: when a FIN ends the out-of-order data, Linux
 * acknowledges all of the data and still sends their SACK block.
 */
static bool
is_stale(const struct step *step, const struct sack_block *first)
{
	const struct endpoint_track *from = step->snd.track;

	if (!step->ack_advances || !step->rcv.hot->has_fin ||
	    step->judged.ack < step->rcv.hot->nxt)
		return false;
	for (unsigned i = 0; i < from->sacks_count; i++)
		if (from->sackboard->sacks[i].start <= first->start &&
		    first->end <= from->sackboard->sacks[i].end)
			return true;
	return false;
}

#define OPTION_BYTES	10	/* timestamps, or SACK with one block */

/* Bytes of TCP options, or more where the IP header has options, too. */
static uint32_t
options_len(const struct segment *seg)
{
	const uint32_t rest = seg->payload_len + 20 +
	    (seg->ip_version == 4 ? 20 : 40);

	return seg->ip_len > rest ? seg->ip_len - rest : 0;
}

/* Has the snapshot cut options that may have held SACK blocks? */
static bool
may_have_cut_sack(const struct step *step)
{
	const struct endpoint *from = step->snd.hot;
	const struct endpoint *to = step->rcv.hot;
	const bool has_timestamps = from->has_timestamps && to->has_timestamps;

	return step->seg->depth < DEPTH_OPTIONS &&
	    (to->has_sack_permitted || !to->has_options) &&
	    options_len(step->seg) >= OPTION_BYTES +
	    (has_timestamps ? OPTION_BYTES : 0);
}

/*
 * A duplicate ACK requests the segment at its number; during a recovery, so
 * does an ACK short of the recovery point (RFC 6582, 3.2).
 */
static void
ask_for_holes(struct step *step)
{
	const struct endpoint_track *to = step->rcv.track;
	const bool repeats = step_is(step, JUDGED_DUP_ACK) ||
	    (step->ack_advances && to->is_recovering);
	int64_t sacked = 0;

	if (to->holes_count == 0)
		return;
	/* Never cleared: the next ACK is cut as well. */
	step->snd.track->may_ask_unseen |= may_have_cut_sack(step);
	for (unsigned i = 0; i < step->snd.track->sacks_count; i++)
		if (step->snd.track->sackboard->sacks[i].end > sacked)
			sacked = step->snd.track->sackboard->sacks[i].end;
	holes_ask(step->rcv.track, step->judged.ack, repeats, sacked,
	    step->seg->time_ns);
}

/*
 * A block of data never sent proves nothing (RFC 2018, 5.1): some firewalls
 * rewrite sequence numbers and leave the SACK blocks as they are.
 */
static bool
block_is_credible(const struct step *step, const struct sack_block *block)
{
	return acceptable_sack(step->conn, !step->judged.side, block->start,
	    block->end);
}

/* Take a report of a duplicate, which only the first block can be. */
static void
take_dsack(struct step *step)
{
	const struct sack_block first = block_at(step, 0);

	if (!block_is_credible(step, &first) || is_stale(step, &first) ||
	    !is_dsack(step, &first))
		return;
	step_judge(step, JUDGED_DSACK);
	loss_reported(step, &first);
}

/* What the blocks report as received out of order, instead of the last. */
static void
take_blocks(struct step *step)
{
	const unsigned count = step->seg->opt.sack_count;
	struct endpoint_track *from = step->snd.track;

	from->sacks_count = 0;
	if (count == 0)
		return;
	step->snd.stats->counts.sack++;
	for (unsigned i = step_is(step, JUDGED_DSACK); i < count; i++) {
		const struct sack_block block = block_at(step, i);

		if (block.start >= step->judged.ack &&
		    block_is_credible(step, &block))
			keep_block(from, &block);
	}
}

void
ack_selective(struct step *step)
{
	if (!step->judged.has_ack || segment_has(step->seg, TCP_RST))
		return;
	/* An old ACK proves nothing that a newer one has not. */
	if (!step->ack_advances && step->judged.ack < step->rcv.hot->una)
		return;
	if (step->seg->opt.sack_count > 0)
		take_dsack(step);
	take_blocks(step);
	if (step_is(step, JUDGED_DUP_ACK) && !step_is(step, JUDGED_DSACK))
		step->snd.track->dup_run++;
	ask_for_holes(step);
}
