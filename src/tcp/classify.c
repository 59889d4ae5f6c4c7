/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * More than 600 lines: the order of the questions is the rule, and each question
 * builds on the answers above it (signals, then what fills a hole, then what is
 * new), so a reader wants them on one page.
 */
#include "config.h"

#include "tcp/classify.h"

#include <stdbool.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/seq.h"
#include "tcp/ack.h"
#include "tcp/cause.h"
#include "tcp/holes.h"
#include "tcp/inflight.h"
#include "tcp/loss.h"
#include "tcp/rtt.h"
#include "tcp/step.h"

/*
 * Without any measured round trip, what comes this soon after its hole was
 * reordered rather than retransmitted.
 */
#define REORDER_GUESS_NS	(3 * NS_PER_MS)

/*
 * No sender probes or times out sooner than this without being asked: the
 * shortest probe timeout of RFC 8985 in use, two jiffies of a slow clock.
 */
#define UNASKED_FLOOR_NS	(8 * NS_PER_MS)

/*
 * Ticks of a sender's timestamp clock: enough to estimate the rate of the
 * clock, and more than the jitter of any queue while the clock stands still.
 */
#define TICKS_ENOUGH	10
#define TICKS_LATE	4

/* ---- signals: segments that move nothing ---- */

/*
 * A window probe (RFC 9293, 3.8.6.1): while the peer's window is closed, one
 * byte beyond what was sent, or as Linux does it, an ACK one below.
 */
static bool
is_window_probe(const struct step *step)
{
	const uint32_t len = step->seg->payload_len;
	const int64_t nxt = step->snd.hot->nxt;

	if (!step->rcv.hot->has_window || step->rcv.hot->window != 0 || len > 1)
		return false;
	if (len == 1 && step->judged.start == nxt)
		return true;
	return step->judged.start == nxt - 1 &&
	    !step->snd.hot->has_fin && step->snd.hot->una >= nxt - 1;
}

/*
 * A keep-alive (RFC 9293, 3.8.4): at most one byte, the last one sent, already
 * acknowledged by the peer. Before the acknowledgement, one repeated byte is a
 * retransmission, and an ACK from below is an old one. After a FIN, the number
 * below `nxt` belongs to the FIN: an ACK with this number was sent before the
 * FIN and overtaken by it. For a connection older than the capture, only the
 * peer's ACK gives the next number.
 */
static bool
is_keep_alive(const struct step *step)
{
	const struct endpoint *snd = step->snd.hot;
	const int64_t edge = snd->has_una && snd->una > snd->nxt ? snd->una :
	    snd->nxt;

	return step->seg->payload_len <= 1 &&
	    step->judged.start == edge - 1 && !snd->has_fin &&
	    (!snd->has_una || snd->una == edge);
}

bool
classify_is_question(const struct step *step)
{
	return step_is_plain(step) && step->seg->depth >= DEPTH_FIXED &&
	    (is_window_probe(step) || is_keep_alive(step));
}

/*
 * An ACK with neither data nor news. Its number may lie above the captured data
 * if the sender's last bytes were lost upstream of the capture point. MPTCP
 * signals on pure ACKs, which are no sign of a loss (RFC 8684, 3).
 */
static bool
repeats_last_ack(const struct step *step)
{
	const struct segment *seg = step->seg;

	return segment_has(seg, TCP_ACK) && seg->payload_len == 0 &&
	    (seg->opt.present & OPT_MPTCP_SIGNAL) == 0 &&
	    step->judged.start >= step->snd.hot->nxt &&
	    step->snd.track->has_ack && seg->ack == step->snd.track->ack &&
	    step->snd.hot->has_window;
}

static void
classify_repeated_ack(struct step *step)
{
	const uint16_t window = step->seg->window;

	if (step->rcv.track->awaits_probe_ack &&
	    window == step->snd.hot->window) {
		step_judge(step, JUDGED_WINDOW_PROBE_ACK);
	} else if (window == 0) {
		return;		/* classify_signals() judges it */
	} else if (window != step->snd.hot->window) {
		step_judge(step, JUDGED_WINDOW_UPDATE);
	} else if (step->rcv.track->awaits_keep_alive_ack) {
		step_judge(step, JUDGED_KEEP_ALIVE_ACK);
	} else {
		step_judge(step, JUDGED_DUP_ACK);
	}
}

void
classify_signals(struct step *step)
{
	if (!step_is_plain(step) || step->seg->depth < DEPTH_FIXED)
		return;
	if (step->seg->window == 0)
		step_judge(step, JUDGED_ZERO_WINDOW);
	if (!step->is_sequenced)
		return;
	if (is_window_probe(step)) {
		step_judge(step, JUDGED_WINDOW_PROBE);
	} else if (is_keep_alive(step)) {
		step_judge(step, JUDGED_KEEP_ALIVE);
	} else if (repeats_last_ack(step)) {
		classify_repeated_ack(step);
	}
}

/* ---- what fills a hole: reordered, or retransmitted? ---- */

enum hole_fill {
	FILL_REORDERED,
	FILL_RETRANSMITTED,
	FILL_UNKNOWN
};

static enum hole_fill
fill_is(struct step *step, enum hole_fill fill, enum evidence evidence)
{
	step->judged.evidence = evidence;
	return fill;
}

/* Ticks of the sender's clock in a time, by what it ticked so far. */
static int64_t
ticks_in(const struct step *step, int64_t ns)
{
	const struct endpoint_track *side = step->snd.track;
	const int64_t ticked = seq_diff(
	    step->snd.hot->ts_recent, side->ts_first);
	const int64_t took = side->last_ns - side->first_ns;

	if (!side->has_ts_first || !step->snd.hot->has_ts ||
	    ticked < TICKS_ENOUGH || took <= ticked)
		return 0;
	return ns / (took / ticked);
}

/*
 * The sender's clock (RFC 7323, 3.2): a segment with an older TSval than a
 * captured segment above was sent earlier, and one with a newer TSval later.
 */
static enum hole_fill
fill_by_clock(struct step *step, const struct hole *hole)
{
	int32_t ticks;

	if (!hole->has_tsval || (step->seg->opt.present & OPT_TIMESTAMP) == 0)
		return FILL_UNKNOWN;
	ticks = seq_diff(step->seg->opt.tsval, hole->tsval);
	if (ticks < 0)
		return fill_is(step, FILL_REORDERED, EVIDENCE_TSVAL_OLDER);
	if (ticks > 0)
		return fill_is(step, FILL_RETRANSMITTED, EVIDENCE_TSVAL_NEWER);
	return FILL_UNKNOWN;
}

/*
 * The ACK of a segment is the next number that its sender expects (RFC 9293,
 * 3.1), which never goes back: where data flows both ways, ACKs tell the order
 * of sending within a tick, too.
 */
static enum hole_fill
fill_by_ack(struct step *step, const struct hole *hole)
{
	int32_t more;

	if (!hole->has_ack || !segment_has(step->seg, TCP_ACK))
		return FILL_UNKNOWN;
	more = seq_diff(step->seg->ack, hole->ack);
	if (more == 0)
		return FILL_UNKNOWN;
	return more < 0 ?
	    fill_is(step, FILL_REORDERED, EVIDENCE_ACK_LOWER) :
	    fill_is(step, FILL_RETRANSMITTED, EVIDENCE_ACK_HIGHER);
}

/*
 * An equal TSval means the same tick; if the segment arrives ticks later, it was
 * delayed by this much.
 */
static enum hole_fill
fill_by_delay(struct step *step, const struct hole *hole)
{
	if (!hole->has_tsval || (step->seg->opt.present & OPT_TIMESTAMP) == 0 ||
	    step->seg->opt.tsval != hole->tsval)
		return FILL_UNKNOWN;
	return ticks_in(step, step->seg->time_ns - hole->seen_ns) <
	    TICKS_LATE ? FILL_UNKNOWN :
	    fill_is(step, FILL_REORDERED, EVIDENCE_TSVAL_OLDER);
}

/*
 * Only for senders whose IP IDs have been counting upwards: such IDs are as
 * good as a clock that ticks with every packet. Measured against known truth,
 * this rule misjudges nothing on IPv4; judging by time first missed one loss in
 * 400.
 */
static enum hole_fill
fill_by_ip_id(struct step *step, const struct hole *hole)
{
	const uint16_t id = step->seg->ip_id;

	if (!step->snd.track->ip_id_increments || id == 0 || hole->ip_id == 0 ||
	    id == hole->ip_id)
		return FILL_UNKNOWN;
	return (int16_t)(uint16_t)(id - hole->ip_id) < 0 ?
	    fill_is(step, FILL_REORDERED, EVIDENCE_IP_ID) :
	    fill_is(step, FILL_RETRANSMITTED, EVIDENCE_IP_ID);
}

/*
 * Nothing requested the bytes, and neither a timer nor a probe fires so early.
 */
static enum hole_fill
fill_by_asking(struct step *step, const struct hole *hole)
{
	const int64_t since = step->seg->time_ns - hole->seen_ns;
	const int64_t rtt = rtt_of_sender(step->an, step->conn,
	    step->judged.side);
	int64_t probe = 2 * rtt;

	if (rtt < 0 || !step->rcv.track->has_ack || hole->is_asked ||
	    step->rcv.track->may_ask_unseen)
		return FILL_UNKNOWN;
	if (probe < UNASKED_FLOOR_NS)
		probe = UNASKED_FLOOR_NS;
	return since >= probe ? FILL_UNKNOWN :
	    fill_is(step, FILL_REORDERED, EVIDENCE_UNASKED);
}

/*
 * A sender retransmits on request or after a timeout. A segment that follows
 * the hole, or the first ACK requesting it, in less than the round trip to the
 * sender cannot be an answer to it.
 */
/* The request makes its sender retransmit rather than wait. */
static bool
is_requested(const struct step *step)
{
	return cause_fast_retransmit_due(step) ||
	    cause_is_sacked_above(step) || cause_in_recovery(step);
}

/*
 * When a hole older than the capture appeared, and was first asked for, is not
 * known: nothing is too soon after it.
 */
static enum hole_fill
fill_of_older_hole(struct step *step, const struct hole *hole)
{
	const int64_t rto = rto_of_sender(step->an, step->conn,
	    step->judged.side);

	if (is_requested(step))
		return fill_is(step, FILL_RETRANSMITTED, EVIDENCE_DUP_ACKS);
	return step->seg->time_ns - hole->seen_ns >= rto / 10 * 9 ?
	    fill_is(step, FILL_RETRANSMITTED, EVIDENCE_SILENCE) : FILL_UNKNOWN;
}

static enum hole_fill
fill_by_time(struct step *step, const struct hole *hole)
{
	const unsigned side = step->judged.side;
	const int64_t now = step->seg->time_ns;
	const int64_t since = now - hole->seen_ns;
	const int64_t half = rtt_half(step->an, step->conn, side);
	const int64_t rto = rto_of_sender(step->an, step->conn, side);

	if (half >= 0 && since < half / 4 * 3)
		return fill_is(step, FILL_REORDERED, EVIDENCE_TOO_SOON);
	if (hole->is_asked && half >= 0) {
		if (since - hole->asked_us * NS_PER_US < half / 2)
			return fill_is(step, FILL_REORDERED, EVIDENCE_TOO_SOON);
		if (is_requested(step))
			return fill_is(step, FILL_RETRANSMITTED,
			    EVIDENCE_DUP_ACKS);
	}
	if (since >= rto / 10 * 9)
		return fill_is(step, FILL_RETRANSMITTED, EVIDENCE_SILENCE);
	if (half < 0 && since < REORDER_GUESS_NS)
		return fill_is(step, FILL_REORDERED, EVIDENCE_TOO_SOON);
	return FILL_UNKNOWN;
}

static enum hole_fill
classify_fill(struct step *step, const struct hole *hole)
{
	enum hole_fill fill = fill_by_clock(step, hole);

	if (fill == FILL_UNKNOWN)
		fill = fill_by_ack(step, hole);
	if (fill == FILL_UNKNOWN)
		fill = fill_by_delay(step, hole);
	if (fill == FILL_UNKNOWN)
		fill = fill_by_ip_id(step, hole);
	if (hole->is_older)
		return fill == FILL_UNKNOWN ?
		    fill_of_older_hole(step, hole) : fill;
	if (fill == FILL_UNKNOWN)
		fill = fill_by_time(step, hole);
	if (fill == FILL_UNKNOWN)
		fill = fill_by_asking(step, hole);
	return fill;
}

/* ---- what was judged: counted ---- */

/* The receiver already had all of it: acknowledged, or selectively so. */
static bool
is_needless(struct step *step)
{
	const struct judgement *j = &step->judged;
	const struct sack_block *sacks;

	if (step->snd.hot->has_una && j->end <= step->snd.hot->una) {
		step->judged.evidence = EVIDENCE_ACKED;
		return true;
	}
	if (step->rcv.track->sacks_count == 0)
		return false;
	sacks = step->rcv.track->sackboard->sacks;
	for (unsigned i = 0; i < step->rcv.track->sacks_count; i++)
		if (sacks[i].start <= j->start && j->end <= sacks[i].end) {
			step->judged.evidence = EVIDENCE_SACKED;
			return true;
		}
	return false;
}

/*
 * The first SYN-ACK of a side that had sent a SYN, in a simultaneous open:
 * the SYN has to come again (RFC 9293, figure 8), and nothing was lost.
 */
static bool
answers_syn(const struct step *step)
{
	return segment_has(step->seg, TCP_SYN) &&
	    segment_has(step->seg, TCP_ACK) && !step->snd.hot->sent_synack;
}

/* Of its payload, what its sender had sent before; the rest is new. */
static void
count_retransmitted_bytes(struct step *step)
{
	const int64_t start = step_data_start(step);
	const int64_t end = step_data_end(step);
	const int64_t nxt = step->snd.hot->nxt;

	if (start < nxt)
		step->snd.stats->retrans_bytes +=
		    (uint64_t)((end < nxt ? end : nxt) - start);
}

static void
count_retransmission(struct step *step, bool was_seen)
{
	const bool needless = is_needless(step);

	count_retransmitted_bytes(step);
	step_judge(step, JUDGED_RETRANSMISSION);
	cause_find(step, was_seen);
	loss_judge(step, was_seen, needless);
}

static void
count_late(struct step *step)
{
	step_judge(step, JUDGED_OUT_OF_ORDER);
}

static void
count_unknown(struct step *step)
{
	step_judge(step, JUDGED_UNKNOWN_ORDER);
}

/* ---- the sequence space ---- */

/* Bytes acknowledged before their capture were missing only until now. */
static void
take_back_missed(struct step *step, int64_t start, int64_t end)
{
	const struct endpoint_track *from = step->snd.track;
	struct endpoint_stats *figures = step->snd.stats;
	int64_t unseen;

	if (end > step->snd.hot->una)
		end = step->snd.hot->una;
	if (!step->snd.hot->has_una || start < from->lowest_seen ||
	    start >= end)
		return;
	unseen = end - start - holes_seen(from, start, end, step->snd.hot->nxt);
	figures->missed_bytes -= (uint64_t)unseen < figures->missed_bytes ?
	    (uint64_t)unseen : figures->missed_bytes;
}

static void
count_bytes(struct step *step)
{
	const struct endpoint_track *from = step->snd.track;
	struct endpoint_stats *figures = step->snd.stats;
	const int64_t start = step_data_start(step);
	const int64_t end = step_data_end(step);
	const int64_t seen = holes_seen(from, start, end, step->snd.hot->nxt);

	figures->unique_bytes += (uint64_t)(end - start - seen);
	figures->repeated_bytes += (uint64_t)seen;
	if (seen < end - start)
		take_back_missed(step, start, end);
}

/* The hole below the capture's first segment of this side. */
static struct hole
hole_below_floor(const struct step *step)
{
	const struct endpoint_track *side = step->snd.track;

	return (struct hole){
		.seen_ns = side->first_ns,
		.is_older = true,
		.tsval = side->ts_first,
		.has_tsval = side->has_ts_first,
		.ip_id = step->snd.hot->first_ip_id,
	};
}

/*
 * The capture began in mid-connection and this comes from before its first
 * segment: there is a hole below that segment, as old as the capture.
 */
static void
lower_floor(struct step *step)
{
	struct endpoint_track *from = step->snd.track;
	struct hole hole = hole_below_floor(step);

	hole.start = step->judged.end;
	hole.end = from->lowest_seen;
	if (hole.start < hole.end)
		holes_insert(from, &hole, step->budget);
	from->lowest_seen = step->judged.start;
}

static void
judge_fill(struct step *step, const struct hole *hole)
{
	switch (classify_fill(step, hole)) {
	case FILL_REORDERED:
		count_late(step);
		break;
	case FILL_RETRANSMITTED:
		count_retransmission(step, false);
		break;
	case FILL_UNKNOWN:
		count_unknown(step);
		break;
	}
}

/* A segment that begins below what was seen. */
static void
judge_below(struct step *step)
{
	struct endpoint_track *from = step->snd.track;
	const int64_t start = step->judged.start;
	const int64_t end = step->judged.end < step->snd.hot->nxt ?
	    step->judged.end : step->snd.hot->nxt;
	const struct hole *hole;

	if (step->is_first_syn)
		return;		/* its own SYN, captured late */
	if (answers_syn(step))
		return;
	if (holes_seen(from, start, end, step->snd.hot->nxt) > 0) {
		step->judged.evidence = EVIDENCE_SEEN;
		count_retransmission(step, true);
		return;
	}
	hole = holes_find(from, start, end);
	if (hole != NULL) {
		judge_fill(step, hole);
	} else if (start < from->lowest_seen) {
		const struct hole below = hole_below_floor(step);

		judge_fill(step, &below);
	}
}

static void
remember_sent(struct step *step, int64_t start, int64_t end)
{
	const bool again = step_is(step, JUDGED_RETRANSMISSION) ||
	    step_is(step, JUDGED_UNKNOWN_ORDER);
	struct inflight entry;

	if (step->snd.hot->has_una && end <= step->snd.hot->una)
		return;
	if (LIKELY(!again && start >= step->snd.hot->nxt)) {
		inflight_append(step->snd.track, start, end, step->seg->time_ns,
		    step->seg->frame, step->budget);
		return;
	}
	inflight_begin(&entry, start, end, step->seg->time_ns,
	    step->seg->frame);
	/* Lost upstream, it was sent before: no sample (Karn). */
	entry.is_resent = again;
	inflight_add(step->snd.track, &entry, step->budget);
}

static void
note_repeated_frame(struct step *step)
{
	const struct inflight *first =
	    inflight_find(step->snd.track, step->judged.start);

	if (first == NULL || first->is_merged)
		return;
	step->judged.repeats_frame = inflight_frame(first);
	step->judged.repeats_ns = step->seg->time_ns - first->first_ns;
	step->judged.resent_ns = step->seg->time_ns - first->last_ns;
}

static void
enter_below(struct step *step)
{
	struct endpoint_track *from = step->snd.track;
	const int64_t start = step->judged.start;
	const int64_t end = step->judged.end < step->snd.hot->nxt ?
	    step->judged.end : step->snd.hot->nxt;
	const bool fills = holes_seen(from, start, end, step->snd.hot->nxt) ==
	    0;

	note_repeated_frame(step);
	judge_below(step);
	inflight_resent(from, start, end, step->seg->time_ns);
	if (fills)
		remember_sent(step, start, end);
	if (start < from->lowest_seen)
		lower_floor(step);
	holes_fill(from, start, end, step->budget);
}

/*
 * A segment begins above all that was seen: its sender has sent what is below.
 * This goes for an empty segment, too, which has the next number of its sender
 * (RFC 9293, 3.4).
 */
static void
pass_over(struct step *step)
{
	step_judge(step, JUDGED_LOST_SEGMENT);
	holes_add(step->snd.track, step->snd.hot->nxt, step->judged.start,
	    step->seg, step->budget);
	step->snd.hot->nxt = step->judged.start;
}

static void
enter_above(struct step *step)
{
	struct endpoint *snd = step->snd.hot;
	struct endpoint_track *from = step->snd.track;

	if (step->judged.start > snd->nxt)
		pass_over(step);
	/*
	 * The stream continues below the acknowledged number, so the
	 * acknowledged data had not been sent yet.
	 */
	if (step->judged.end < snd->una)
		ack_retract(&step->snd, snd->nxt);
	remember_sent(step, snd->nxt, step->judged.end);
	snd->nxt = step->judged.end;
	from->probe_byte_pending = false;
}

/*
 * A keep-alive of a connection older than the capture, of which nothing else
 * was seen: what is below the peer's ACK was sent before the capture began.
 * Not of a final connection, for the same reason as in accept_probe().
 */
static void
step_over_keep_alive(struct step *step)
{
	struct endpoint *snd = step->snd.hot;
	struct endpoint_track *from = step->snd.track;

	if (step->conn->is_final || snd->has_isn || !snd->has_una ||
	    snd->una <= snd->nxt || snd->nxt > from->lowest_seen)
		return;
	ack_retract(&step->snd, snd->nxt);
	snd->nxt = step->judged.start + 1;
	snd->una = snd->nxt;
	from->lowest_seen = snd->nxt;
}

void
classify_sequence(struct step *step)
{
	struct endpoint *snd = step->snd.hot;
	struct endpoint_track *from = step->snd.track;

	if (!step->is_sequenced)
		return;
	if (step_is(step, JUDGED_WINDOW_PROBE)) {
		/* The byte counts when the peer takes it. */
		if (step->judged.end > snd->nxt)
			from->probe_byte_pending = true;
		return;
	}
	if (step_is(step, JUDGED_KEEP_ALIVE)) {
		step_over_keep_alive(step);
		return;
	}
	if (segment_len(step->seg) == 0) {
		if (step->judged.start > snd->nxt)
			pass_over(step);
		else if (step->judged.start == snd->nxt)
			ack_retract(&step->snd, snd->nxt);
		return;
	}
	count_bytes(step);
	if (step->judged.start < snd->nxt)
		enter_below(step);
	if (step->judged.end > snd->nxt)
		enter_above(step);
}
