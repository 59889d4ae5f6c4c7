/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/nstime.h"
#include "diagnosis/long_waits.h"
#include "diagnosis/wait.h"
#include "tcp/inflight.h"

void
recovery_book_rest(struct wait *w)
{
	const struct sender *sender = w->snd->sender;

	if (sender == NULL || sender->recovered_from == RECOVERY_NONE ||
	    w->delay[w->side] < 0)
		return;
	wait_book(w, recovery_account(sender->recovered_from),
	    sender->recovered_ns + w->delay[w->side]);
}

/* Time since X sent anything and since it was last acknowledged anything. */
static int64_t
silence(const struct wait *w)
{
	const int64_t progress = w->x_track->ack_progress_ns;
	const bool has_progress = w->x->has_una;

	return w->now - (has_progress && progress > w->d->cut_ns &&
	    progress < w->now ? progress : w->d->cut_ns);
}

/* Silence of `rtts` round trips, or of the shortest timer. */
static bool
is_silent_for(const struct wait *w, int64_t rtts)
{
	const int64_t least = rtts * w->rtt;

	return silence(w) >= (least > TIMER_FLOOR_NS ? least : TIMER_FLOOR_NS);
}

static void
begin_recovery(struct wait *w, struct sender *sender)
{
	const bool is_fast = w->f->cause == CAUSE_FAST && !is_silent_for(w, 3);
	const struct endpoint_track *peer = w->y_track;

	sender->recovery = is_fast ? RECOVERY_FAST : RECOVERY_TIMER;
	sender->recovery_point = w->x->nxt;
	sender->loss_flight = w->snd->flight;
	sender->is_tail = !is_fast && peer->sacks_count == 0 &&
	    peer->dup_run == 0;
	sender->tails += sender->is_tail;
	/* Duplicate ACKs reported the loss; without SACK, in vain. */
	sender->extra_rounds += !is_fast && peer->dup_run >= 3;
	sender->max_flight = 0;
	sender->episodes += is_fast;
	sender->timeouts += !is_fast;
}

/*
 * Y's window was closed, what X sent was refused, and now X reacts to the
 * update that opened it: nothing was lost.
 */
static bool
was_refused(const struct wait *w)
{
	const int64_t opened = w->y_track->last_ns;
	const int64_t delay = w->delay[w->side];

	return w->snd->saw_zero && !recovery_is_running(w->snd) &&
	    delay >= 0 && w->now - opened <= delay + w->rtt;
}

/* Nothing of Y was ever captured: silence alone tells a timer. */
static bool
is_one_way(const struct wait *w)
{
	return w->y->pkts == 0;
}

/* A length that only segments of full size have, or many small ones. */
static bool
is_large(const struct wait *w, uint64_t len)
{
	return len * 10 >= w->mss[w->side] * UINT64_C(9);
}

/* Did a large segment arrive, by the last report of SACK? */
static bool
is_large_sacked(const struct wait *w)
{
	const struct endpoint_track *peer = w->y_track;

	for (unsigned i = 0; i < peer->sacks_count; i++)
		if (is_large(w, (uint64_t)(peer->sackboard->sacks[i].end -
		    peer->sackboard->sacks[i].start)))
			return true;
	return false;
}

/*
 * The first loss: the lost segment, or the one behind the hole that it left,
 * and the retransmission.
 */
static void
note_lost(struct wait *w)
{
	struct endpoint_track *track = &w->f->an->track[w->side];
	const struct inflight *entry = inflight_find(track, w->f->start);
	const uint64_t frame = w->f->seg->frame;
	uint64_t from;

	if (long_waits_sight(w->d->waits, sight_of(SIGHT_LOST, w->side)) !=
	    NULL)
		return;
	if (followed_is(w->f, JUDGED_LOSS_BEFORE))
		entry = inflight_above(track, w->f->end);
	from = entry != NULL ? inflight_frame(entry) : 0;
	long_waits_first(&w->d->waits, sight_of(SIGHT_LOST, w->side),
	    from < frame ? from : 0, frame);
}

void
recovery_retransmit(struct wait *w)
{
	struct sender *sender = marks_sender(w->snd);

	if (was_refused(w)) {
		wait_book(w, book_of(BOOK_ZERO, !w->side),
		    w->y_track->last_ns + w->delay[w->side]);
		wait_book(w, BOOK_PATH, w->now);
		return;
	}
	if (sender == NULL || (is_one_way(w) && !is_silent_for(w, 0))) {
		wait_book(w, book_of(BOOK_SIDE, w->side), w->now);
		return;
	}
	sender->fruitless++;
	note_lost(w);
	if (!w->snd->full_acked && is_large(w, w->f->seg->payload_len) &&
	    !is_large_sacked(w)) {
		sender->large_resent++;
		long_waits_span(&w->d->waits, sight_of(SIGHT_LARGE, w->side),
		    w->d->cut_frame, w->f->seg->frame);
	}
	if (sender->recovery == RECOVERY_NONE) {
		begin_recovery(w, sender);
	} else if (sender->recovery == RECOVERY_FAST && is_silent_for(w, 2)) {
		/* The retransmission was lost, too. */
		sender->recovery = RECOVERY_TIMER;
		sender->timeouts++;
	}
	wait_book(w, recovery_book(w->snd), w->now);
}

bool
recovery_complete(struct wait *w)
{
	struct sender *sender = w->rcv->sender;
	const struct endpoint *rcv = w->y;

	if (sender->recovery == RECOVERY_NONE || rcv->una < sender->recovery_point)
		return false;
	if (sender->recovery == RECOVERY_TIMER && sender->is_tail)
		sender->tail_ns += wait_length(w);
	wait_book(w, recovery_book(w->rcv), w->now);
	sender->recovered_from = sender->recovery;
	sender->recovered_ns = w->now;
	sender->recovery = RECOVERY_NONE;
	return true;
}
