/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "diagnosis/turns.h"

#include <stddef.h>

#include "base/pool.h"
#include "diagnosis/wait.h"
#include "flow/conn.h"

#define REQUESTS_MAX	((1U << 15) - 1)

/* ---- as data comes ---- */

static void
add_turn(struct turns *turns, const struct turn *turn)
{
	spans_add(&turns->first, turn->first_ns, turn->first_frame);
	spans_add(&turns->last, turn->answer_ns - turn->request_ns,
	    turn->first_frame);
}

/* A request begins: the turn before it, if there was one, is over. */
static void
begin_turn(struct wait *w)
{
	struct diagnosis *d = w->d;
	struct turn *turn = &d->turn;

	if (turn->is_answered) {
		if (d->turns == NULL)
			d->turns = pool_take(&w->diagnoser->turns);
		if (d->turns != NULL) {
			add_turn(d->turns, turn);
			spans_add(&d->turns->think, w->waited,
			    w->f->seg->frame);
		}
	} else if (d->speaker == SPEAKER_NONE) {
		d->lead_ns = w->waited;
	}
	*turn = (struct turn){ .request_ns = w->now };
}

static void
client_data(struct wait *w)
{
	struct turn *turn = &w->d->turn;
	const uint32_t len = w->f->seg->payload_len;

	if (w->d->speaker != w->side)
		begin_turn(w);
	turn->request_ns = w->now;
	turn->request_len += len < UINT32_MAX - turn->request_len ? len : 0;
	if (turn->requests < REQUESTS_MAX)
		turn->requests = (turn->requests + 1) & REQUESTS_MAX;
}

static void
server_data(struct wait *w)
{
	struct turn *turn = &w->d->turn;

	if (turn->requests == 0)
		return;		/* it speaks first: a greeting */
	if (!turn->is_answered) {
		turn->is_answered = 1;
		turn->first_ns = w->waited;
		turn->first_frame = w->f->seg->frame & FRAME_MASK;
	} else if (turn->requests > 1) {
		/* One of several requests is answered after the others. */
		w->d->pipelined_ns += w->paused;
	}
	turn->answer_ns = w->now;
}

void
turns_data(struct wait *w)
{
	if (w->side == w->d->client)
		client_data(w);
	else
		server_data(w);
}

void
turns_free(struct pool *pool, struct turns *turns)
{
	if (turns == NULL)
		return;
	spans_fini(&turns->first);
	spans_fini(&turns->last);
	spans_fini(&turns->think);
	pool_give(pool, turns);
}

/* ---- reading ---- */

/* The last turn counts as well, in a copy that has buckets of its own. */
struct last_turn {
	struct spans spans;
	uint16_t bucket[SPANS_BUCKETS];
};

static void
copy_spans(struct last_turn *copy, const struct spans *spans)
{
	copy->spans = *spans;
	if (spans->bucket == NULL)
		return;
	for (unsigned i = 0; i < SPANS_BUCKETS; i++)
		copy->bucket[i] = spans->bucket[i];
	copy->spans.bucket = copy->bucket;
}

static int64_t
quantile_with(const struct spans *spans, int64_t last, unsigned permille)
{
	struct last_turn copy;

	copy_spans(&copy, spans);
	/* Two values without buckets, and a third: the middle one. */
	if (copy.spans.bucket == NULL && spans->count == 2) {
		for (unsigned i = 0; i < SPANS_BUCKETS; i++)
			copy.bucket[i] = 0;
		copy.spans = (struct spans){ .bucket = copy.bucket };
		spans_add(&copy.spans, spans->min, 0);
		spans_add(&copy.spans, spans->max, spans->max_frame);
	}
	spans_add(&copy.spans, last, 0);
	return spans_quantile(&copy.spans, permille);
}

static int64_t
max_ns(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void
read_one(const struct turn *turn, struct turn_figures *f)
{
	f->count = 1;
	f->first_p50 = f->first_p95 = f->first_max = turn->first_ns;
	f->first_min = turn->first_ns;
	f->first_max_frame = turn->first_frame;
	f->last_p50 = f->last_p95 = f->last_max =
	    turn->answer_ns - turn->request_ns;
}

static void
read_many(const struct turns *turns, const struct turn *turn,
    struct turn_figures *f)
{
	const int64_t last = turn->answer_ns - turn->request_ns;
	const int64_t first = turn->is_answered ? turn->first_ns :
	    turns->first.max;
	const bool is_longest = first > turns->first.max;

	f->count = turns->first.count + (turn->is_answered ? 1 : 0);
	f->first_p50 = turn->is_answered ? quantile_with(&turns->first,
	    first, 500) : spans_quantile(&turns->first, 500);
	f->first_p95 = turn->is_answered ? quantile_with(&turns->first,
	    first, 950) : spans_quantile(&turns->first, 950);
	f->first_max = max_ns(first, turns->first.max);
	f->first_min = turn->is_answered && first < turns->first.min ?
	    first : turns->first.min;
	f->first_max_frame = is_longest ? turn->first_frame :
	    turns->first.max_frame;
	f->last_p50 = turn->is_answered ? quantile_with(&turns->last,
	    last, 500) : spans_quantile(&turns->last, 500);
	f->last_p95 = turn->is_answered ? quantile_with(&turns->last,
	    last, 950) : spans_quantile(&turns->last, 950);
	f->last_max = turn->is_answered ? max_ns(last, turns->last.max) :
	    turns->last.max;
	f->think_count = turns->think.count;
	f->think_p50 = spans_quantile(&turns->think, 500);
	f->think_min = turns->think.min;
	f->think_max = turns->think.max;
}

struct turn_figures
turns_read(const struct conn *conn)
{
	const struct diagnosis *d = diagnosis_of(conn);
	struct turn_figures f = {
		.first_p50 = -1, .first_p95 = -1, .first_max = -1,
		.last_p50 = -1, .last_p95 = -1, .last_max = -1,
		.think_min = -1, .think_p50 = -1, .think_max = -1, .first_min = -1,
	};

	if (d == NULL)
		return f;
	if (d->turns != NULL)
		read_many(d->turns, &d->turn, &f);
	else if (d->turn.is_answered)
		read_one(&d->turn, &f);
	return f;
}

void
turns_add_to(const struct conn *conn, struct spans *first, struct spans *last)
{
	const struct diagnosis *d = diagnosis_of(conn);

	if (d == NULL || diagnosis_is_duplex(d))
		return;
	if (d->turns != NULL) {
		spans_merge(first, &d->turns->first);
		if (last != NULL)
			spans_merge(last, &d->turns->last);
	}
	if (!d->turn.is_answered)
		return;
	spans_add(first, d->turn.first_ns, d->turn.first_frame);
	if (last != NULL)
		spans_add(last, d->turn.answer_ns - d->turn.request_ns,
		    d->turn.first_frame);
}
