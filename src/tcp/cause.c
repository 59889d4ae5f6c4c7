/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/cause.h"

#include "base/nstime.h"
#include "tcp/inflight.h"
#include "tcp/loss.h"
#include "tcp/rtt.h"
#include "tcp/step.h"

/* RFC 5681, 3.2: the third duplicate ACK means loss. */
#define DUP_ACK_THRESHOLD	3
/*
 * A sender's timer is armed by its own clock, a little before we see what
 * armed it, and our estimate of its RTO is one: nine tenths will do.
 */
#define ENOUGH_OF(ns)		((ns) / 10 * 9)
/* No timer fires sooner: two ticks of a clock of 1000 Hz, in Linux. */
#define TIMER_LEAST_NS		(2 * NS_PER_MS)
/* A busy sender, or the ticks of its clock, delay what an ACK prompts. */
#define PROMPT_SLACK_NS		(20 * NS_PER_MS)

/* Bytes above this segment that the receiver has reported by SACK. */
static uint64_t
sacked_above(const struct step *step)
{
	const struct endpoint_track *to = step->rcv.track;
	uint64_t bytes = 0;

	for (unsigned i = 0; i < to->sacks_count; i++)
		if (to->sackboard->sacks[i].start >= step->judged.end)
			bytes += (uint64_t)(to->sackboard->sacks[i].end -
			    to->sackboard->sacks[i].start);
	return bytes;
}

bool
cause_is_sacked_above(const struct step *step)
{
	return sacked_above(step) > 0;
}

bool
cause_fast_retransmit_requested(const struct step *step)
{
	if (sacked_above(step) > 0)
		return true;
	return step->rcv.track->dup_run > 0 && step->snd.hot->has_una &&
	    step->judged.start <= step->snd.hot->una;
}

bool
cause_fast_retransmit_due(const struct step *step)
{
	const uint64_t mss = step->snd.track->max_payload;

	if (sacked_above(step) > 2 * mss)
		return true;
	return step->rcv.track->dup_run >= DUP_ACK_THRESHOLD &&
	    cause_fast_retransmit_requested(step);
}

bool
cause_in_recovery(const struct step *step)
{
	return step->snd.track->is_recovering &&
	    step->snd.hot->una < step->snd.track->recovery_end;
}

bool
cause_in_fast_recovery(const struct step *step)
{
	return cause_in_recovery(step) &&
	    step->snd.track->recovery_cause == CAUSE_FAST;
}

int64_t
cause_last_sent(const struct step *step, bool was_seen)
{
	const struct inflight *entry =
	    inflight_find(step->snd.track, step->judged.start);

	if (was_seen && entry != NULL)
		return entry->last_ns;
	return step->snd.track->last_data_ns;
}

/* Time since anything last restarted the retransmission timer (RFC 6298, 5). */
static int64_t
silence(const struct step *step, bool was_seen)
{
	int64_t since = cause_last_sent(step, was_seen);

	if (step->snd.track->ack_progress_ns > since)
		since = step->snd.track->ack_progress_ns;
	return step->seg->time_ns - since;
}

/* Has it been sent more than once, as far as we saw? */
static bool
was_resent(const struct step *step)
{
	const struct inflight *entry =
	    inflight_find(step->snd.track, step->judged.start);

	return entry != NULL && entry->is_resent;
}

/*
 * An ACK can trigger a retransmission when it reaches the sender, or after a
 * reordering window of at most one RTT (RFC 8985, 6.2). A later retransmission
 * has no ACK as its trigger.
 */
static bool
is_prompted(const struct step *step, int64_t rto)
{
	const unsigned side = step->judged.side;
	const int64_t rtt = rtt_of_sender(step->an, step->conn, side);
	const int64_t way = rtt_smoothed_half(step->an, step->conn, side);
	const int64_t since = step->seg->time_ns - step->rcv.track->last_ns;

	if (rtt < 0)
		return since < ENOUGH_OF(rto);
	return since < rtt + (way > 0 ? way : 0) + PROMPT_SLACK_NS;
}

/* Enough to make a sender resend at once rather than wait. */
static bool
is_fast(const struct step *step)
{
	/* RFC 6675 counts bytes; RFC 8985 takes any SACK, after a while. */
	if (cause_fast_retransmit_due(step) || sacked_above(step) > 0)
		return true;
	return cause_in_fast_recovery(step);
}

static bool
is_tail(const struct step *step)
{
	return step->judged.end == step->snd.hot->nxt;
}

static bool
is_tail_probe(const struct step *step, int64_t silent)
{
	const int64_t rtt = rtt_of_sender(step->an, step->conn,
	    step->judged.side);

	return rtt >= 0 && silent >= rtt + rtt / 2 && is_tail(step);
}

/*
 * RFC 6298, 5.5: a timer that fires again waits twice as long as the last
 * time, and so at least as long as all times before together.
 */
static bool
is_backed_off(const struct step *step, int64_t silent)
{
	const struct inflight *entry =
	    inflight_find(step->snd.track, step->judged.start);

	return entry != NULL && entry->is_resent &&
	    silent >= ENOUGH_OF(entry->last_ns - entry->first_ns);
}

/*
 * Was it the timer of its sender?  Nothing else sends what no ACK has
 * prompted, but for a probe, which is of the tail.
 */
static bool
is_timeout(const struct step *step, int64_t rto, int64_t silent)
{
	const bool prompted = is_prompted(step, rto);

	if (silent < ENOUGH_OF(RTO_FLOOR_NS))
		return false;
	/*
	 * While duplicate ACKs continue, a long wait means that the window kept
	 * the sender from retransmitting sooner; but bytes already
	 * retransmitted are only retransmitted again by the timer.
	 */
	if (silent >= ENOUGH_OF(rto) &&
	    (!prompted || !is_fast(step) || was_resent(step)))
		return true;
	return !prompted && (!is_tail(step) || is_backed_off(step, silent));
}

/*
 * A repeated SYN is answered at once (RFC 9293, 3.10.7.4), without waiting for
 * the timer of the SYN-ACK.
 */
static bool
answers_syn_again(const struct step *step)
{
	return segment_has(step->seg, TCP_ACK) &&
	    step->rcv.track->last_kind == LAST_SYN &&
	    step->rcv.track->last_ns >= step->snd.track->last_ns;
}

static enum cause
cause_of_syn(const struct step *step, int64_t silent)
{
	/* A SYN has no earlier segment, so no ACK can request it. */
	if (answers_syn_again(step))
		return CAUSE_SYN_AGAIN;
	return silent < TIMER_LEAST_NS ? CAUSE_UNKNOWN : CAUSE_TIMEOUT;
}

/*
 * RFC 7413, 4.2.2: the SYN-ACK has not acknowledged all data in the SYN, which
 * its receiver did not take.
 */
static bool
is_syn_data(const struct step *step)
{
	const struct inflight *entry =
	    inflight_find(step->snd.track, step->judged.start);

	return step->snd.hot->has_isn && entry != NULL && entry->start == 0 &&
	    !entry->is_resent && step->snd.hot->has_una && step->snd.hot->una > 0;
}

static enum cause
cause_of(const struct step *step, bool was_seen)
{
	const int64_t rto = rto_of_sender(step->an, step->conn,
	    step->judged.side);
	const int64_t silent = silence(step, was_seen);

	if (segment_has(step->seg, TCP_SYN))
		return cause_of_syn(step, silent);
	if (is_syn_data(step))
		return CAUSE_SYN_DATA;
	if (is_timeout(step, rto, silent))
		return CAUSE_TIMEOUT;
	/* Sooner than a timer can fire, it is a slow sender's. */
	if (is_fast(step) && (is_prompted(step, rto) ||
	    silent < ENOUGH_OF(RTO_FLOOR_NS)))
		return CAUSE_FAST;
	if (cause_in_recovery(step) &&
	    step->snd.track->recovery_cause == CAUSE_TIMEOUT)
		return CAUSE_TIMEOUT;
	if (is_tail_probe(step, silent))
		return CAUSE_TAIL_PROBE;
	return CAUSE_UNKNOWN;
}

/*
 * The timer fired before, when the segment was last sent, and now again without
 * back-off. So the first transmission was a tail loss probe: near a timeout,
 * the sender sends a probe instead (RFC 8985, 7.2).
 */
static bool
was_probe_before(const struct step *step, const struct sackboard *own)
{
	const struct inflight *entry =
	    inflight_find(step->snd.track, step->judged.start);
	const int64_t progress_ns = step->snd.track->ack_progress_ns;
	int64_t before_ns;

	if (entry == NULL || entry->open != 1 || !is_tail(step) ||
	    segment_has(step->seg, TCP_SYN) || !own->has_timeout ||
	    own->timeout_ns != entry->last_ns ||
	    !step->snd.hot->has_sack_permitted ||
	    !step->rcv.hot->has_sack_permitted)
		return false;
	before_ns = entry->last_ns - (progress_ns > entry->first_ns ?
	    progress_ns : entry->first_ns);
	return step->seg->time_ns - entry->last_ns < before_ns / 2 * 3;
}

/*
 * What a timer sends again at once, or as ACKs come, is of one firing; the next
 * is one wait later.
 */
static void
count_timeout(struct step *step)
{
	struct endpoint_stats *stats = step->snd.stats;
	struct sackboard *own = loss_sackboard(step->snd.track);
	const int64_t now = step->seg->time_ns;

	if (own == NULL)
		return;
	if (own->has_timeout && cause_in_recovery(step) &&
	    now - own->timeout_ns < ENOUGH_OF(RTO_FLOOR_NS))
		return;
	if (was_probe_before(step, own)) {
		stats->judged[JUDGED_TIMEOUT]--;
		stats->judged[JUDGED_TAIL_PROBE]++;
		stats->timeouts--;
	}
	own->timeout_ns = now;
	own->has_timeout = true;
	stats->timeouts++;
}

static void
enter_recovery(struct step *step, enum cause cause)
{
	struct endpoint_track *from = step->snd.track;

	if (cause_in_recovery(step) && cause == CAUSE_FAST)
		return;
	from->is_recovering = true;
	from->recovery_end = step->snd.hot->nxt;
	from->recovery_cause = (uint8_t)cause;
}

void
cause_find(struct step *step, bool was_seen)
{
	step->judged.cause = cause_of(step, was_seen);
	switch (step->judged.cause) {
	case CAUSE_FAST:
		step_judge(step, JUDGED_FAST);
		enter_recovery(step, CAUSE_FAST);
		break;
	case CAUSE_TIMEOUT:
		step_judge(step, JUDGED_TIMEOUT);
		count_timeout(step);
		enter_recovery(step, CAUSE_TIMEOUT);
		break;
	case CAUSE_TAIL_PROBE:
		step_judge(step, JUDGED_TAIL_PROBE);
		break;
	case CAUSE_NONE:
	case CAUSE_SYN_AGAIN:
	case CAUSE_SYN_DATA:
	case CAUSE_UNKNOWN:
		break;
	}
}
