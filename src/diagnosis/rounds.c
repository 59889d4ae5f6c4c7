/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "diagnosis/rounds.h"

#include <string.h>

#include "base/nstime.h"
#include "diagnosis/long_waits.h"
#include "diagnosis/wait.h"

#define QUEUE_LEAST_NS	(2 * NS_PER_MS)
#define DELAYS_LEAST	4	/* samples that make a round's least one */
#define RUN_LEAST	8	/* rounds that make a plateau */
#define FLIGHT_LEAST	4	/* segments */

void
rounds_delay(struct rounds *r, int64_t ns)
{
	const uint32_t delay = ns > DELAY_MAX ? DELAY_MAX : (uint32_t)ns;

	if (r->delay_min == 0 || delay < r->delay_min)
		r->delay_min = delay;
	if (r->delays < UINT16_MAX)
		r->delays++;
}

bool
rounds_have_queue(const struct rounds *r, int64_t least_ns)
{
	const int64_t queue = (int64_t)r->delay_before - least_ns;

	return r->delay_before > 0 && queue > QUEUE_LEAST_NS &&
	    queue > least_ns / 10;
}

static uint32_t
difference(uint32_t a, uint32_t b)
{
	return a > b ? a - b : b - a;
}

/*
 * Is the round's flight that of the plateau, and the largest there was?  After
 * a loss a plateau is the congestion window's, and there may have been losses
 * before the capture began.
 */
static bool
is_level(const struct wait *w, const struct rounds *r)
{
	const uint32_t mss = w->mss[w->side];
	const uint32_t near = r->run_flight / 8 > 2 * mss ?
	    r->run_flight / 8 : 2 * mss;

	return !r->is_broken && r->flight_max >= FLIGHT_LEAST * mss &&
	    difference(r->flight_max, r->run_flight) <= near &&
	    r->flight_max >= w->snd->sender->max_flight / 8 * 7 &&
	    w->snd->sender->loss_flight == 0 && !w->conn->is_midstream;
}

/* What the plateau's rounds took was not the path's, but the sender's. */
static void
move_path(struct wait *w, struct rounds *r)
{
	account_move(&w->d->account, BOOK_PATH,
	    book_of(BOOK_BUFFER, w->side), r->run_path_ns);
	long_waits_stretch(&w->d->waits, &(struct seen){
	    .sight = sight_of(SIGHT_PLATEAU, w->side),
	    .from_frame = r->run_frame,
	    .frame = w->f->seg->frame,
	    .begin_ns = r->run_ns,
	    .end_ns = w->now,
	}, 0);
	r->run_path_ns = 0;
}

static void
end_round(struct wait *w, struct rounds *r)
{
	const int64_t path = account_get(&w->d->account, BOOK_PATH);
	uint32_t now;

	if (is_level(w, r)) {
		r->is_even |= !r->has_gap;
		if (r->run < UINT16_MAX)
			r->run++;
		r->run_path_ns += path - r->path_ns;
		if (r->run >= RUN_LEAST)
			move_path(w, r);
	} else {
		r->run = 0;
		r->run_path_ns = 0;
		r->run_flight = r->flight_max;
		r->run_ns = w->now;
		r->run_frame = w->f->seg->frame;
	}
	now = r->delays >= DELAYS_LEAST ? r->delay_min : 0;
	r->delay_before = now < r->delay_last ? now : r->delay_last;
	r->delay_last = now;
}

static void
begin_round(struct wait *w, struct rounds *r)
{
	r->has_begun = true;
	r->begin_ns = w->now;
	r->path_ns = account_get(&w->d->account, BOOK_PATH);
	r->delay_min = 0;
	r->delays = 0;
	r->flight_max = 0;
	r->is_broken = false;
	r->has_gap = false;
}

/* Has anything else held up X in this wait, so that it is no plateau? */
static bool
breaks_plateau(const struct wait *w)
{
	const struct marks *m = w->snd;

	return w->paused > 0 || w->waited > 0 || w->was_blocked ||
	    recovery_is_running(m) ||
	    (m->room != ROOM_UNKNOWN && m->room < m->flight / 2) ||
	    rounds_have_queue(&m->sender->rounds, w->rtt);
}

void
rounds_data(struct wait *w)
{
	struct sender *sender = w->snd->sender;
	struct rounds *r = &sender->rounds;

	if (w->rtt <= 0)
		return;
	r->has_gap |= w->now - w->d->cut_ns >= w->rtt / 4;
	if (r->has_begun && w->now - r->begin_ns >= w->rtt)
		end_round(w, r);
	if (!r->has_begun || w->now - r->begin_ns >= w->rtt)
		begin_round(w, r);
	if (w->snd->flight > r->flight_max)
		r->flight_max = w->snd->flight;
	r->is_broken |= breaks_plateau(w);
}
