/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/cause.h"

#include "base/nstime.h"
#include "base/pool.h"
#include "tcp/inflight.h"
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

struct sackboard *
cause_repairs(struct endpoint_track *side)
{
	if (side->sackboard == NULL)
		side->sackboard = mem_zalloc(sizeof(*side->sackboard));
	return side->sackboard;
}

/* Octets above this segment that the receiver has reported by SACK. */
static uint64_t
sacked_above(const struct step *step)
{
	const struct endpoint_track *to = step->rcv.track;
	uint64_t octets = 0;

	for (unsigned i = 0; i < to->sacks_count; i++)
		if (to->sackboard->sacks[i].start >= step->judged.end)
			octets += (uint64_t)(to->sackboard->sacks[i].end -
			    to->sackboard->sacks[i].start);
	return octets;
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

/* When the octets were last sent, as far as we saw. */
static int64_t
last_sent(const struct step *step, bool was_seen)
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
	int64_t since = last_sent(step, was_seen);

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

	return entry != NULL && entry->sent > 1;
}

/* Enough to make a sender resend at once rather than wait. */
static bool
is_fast(const struct step *step)
{
	/* RFC 6675 counts octets; RFC 8985 takes any SACK, after a while. */
	if (cause_fast_retransmit_due(step) || sacked_above(step) > 0)
		return true;
	return cause_in_recovery(step) &&
	    step->snd.track->recovery_cause == CAUSE_FAST;
}

static bool
is_tail_probe(const struct step *step, int64_t silent)
{
	const int64_t rtt = rtt_of_sender(step->an, step->conn,
	    step->judged.side);

	return rtt >= 0 && silent >= rtt + rtt / 2 &&
	    step->judged.end == step->snd.hot->nxt;
}

/*
 * A repeated SYN is answered at once (RFC 9293, 3.10.7.4), without waiting for
 * the timer of the SYN-ACK.
 */
static bool
answers_syn_again(const struct step *step)
{
	return segment_has(step->seg, TCP_ACK) &&
	    step->rcv.track->last_was_syn &&
	    step->rcv.track->last_ns >= step->snd.track->last_ns;
}

static enum cause
cause_of(const struct step *step, bool was_seen)
{
	const unsigned side = step->judged.side;
	const int64_t rto = rto_of_sender(step->an, step->conn, side);
	const int64_t silent = silence(step, was_seen);
	const bool heard_lately =
	    step->seg->time_ns - step->rcv.track->last_ns < ENOUGH_OF(rto);
	const bool fast = is_fast(step);

	/* A SYN has nothing before it that could be asked for. */
	if (segment_has(step->seg, TCP_SYN) && answers_syn_again(step))
		return CAUSE_SYN_AGAIN;
	if (segment_has(step->seg, TCP_SYN))
		return silent < TIMER_LEAST_NS ? CAUSE_UNKNOWN :
		    CAUSE_TIMEOUT;
	/*
	 * While the receiver goes on asking, a long wait is that of a sender
	 * whose window did not let it answer sooner; but what it has sent
	 * again already, it sends once more only by its timer.
	 */
	if (silent >= ENOUGH_OF(rto) &&
	    (!fast || !heard_lately || was_resent(step)))
		return CAUSE_TIMEOUT;
	if (fast)
		return CAUSE_FAST;
	if (cause_in_recovery(step) &&
	    step->snd.track->recovery_cause == CAUSE_TIMEOUT)
		return CAUSE_TIMEOUT;
	if (is_tail_probe(step, silent))
		return CAUSE_TAIL_PROBE;
	return CAUSE_UNKNOWN;
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
		enter_recovery(step, CAUSE_TIMEOUT);
		break;
	case CAUSE_TAIL_PROBE:
		step_judge(step, JUDGED_TAIL_PROBE);
		break;
	case CAUSE_NONE:
	case CAUSE_SYN_AGAIN:
	case CAUSE_UNKNOWN:
		break;
	}
}
