/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "diagnosis/policer.h"

#include <stddef.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/pool.h"

#define MARKS_FIRST	64
#define MARK_SEGMENTS	4	/* segments passed per mark */
#define UNIT_BITS	10
#define LOST_LEAST	15	/* losses, and passes, that prove anything */
/*
 * Round trips with losses.  Rate and depth are free: a bucket fits the
 * intervals between three or four of them by chance.
 */
#define SLICES_LEAST	6
#define RATE_STEPS	41	/* from goodput to 1.8 times that */
#define RATE_STEP	2	/* per cent */

/* ---- the log ---- */

static uint32_t
unit_of(const struct policer_log *log, int64_t ns)
{
	const int64_t unit = (ns - log->begin_ns) >> UNIT_BITS;

	if (unit < 0)
		return 0;
	return unit > UINT32_MAX ? UINT32_MAX : (uint32_t)unit;
}

static int64_t
ns_of(uint32_t unit)
{
	return (int64_t)unit << UNIT_BITS;
}

/* False: the log has ended. */
static bool
log_grow(struct policer_log **log, int64_t now_ns)
{
	struct policer_log *old = *log;
	const uint32_t size = old == NULL ? MARKS_FIRST : 2 * old->size;
	struct policer_log *new;

	if (size > POLICER_MARKS) {
		old->is_full = true;
		return false;
	}
	new = mem_realloc(old, sizeof(*new) + size * sizeof(new->mark[0]));
	if (new == NULL)
		return false;
	if (old == NULL)
		*new = (struct policer_log){ .begin_ns = now_ns };
	new->size = size;
	*log = new;
	return true;
}

void
policer_pass(struct policer_log **log, int64_t now_ns, uint32_t len,
    uint32_t mss, bool has_queue)
{
	struct policer_log *l = *log;
	struct pass_mark *last;

	if (l != NULL && l->is_full)
		return;
	last = l != NULL && l->count > 0 ? &l->mark[l->count - 1] : NULL;
	/* Passes of one burst share a mark, if nothing was lost before them. */
	if (last != NULL && last->lost == 0 && last->passed + len <=
	    MARK_SEGMENTS * mss && unit_of(l, now_ns) - last->at <
	    (uint32_t)(NS_PER_MS >> UNIT_BITS)) {
		last->passed += len;
		last->has_queue |= has_queue;
		return;
	}
	if ((l == NULL || l->count == l->size) && !log_grow(log, now_ns))
		return;
	l = *log;
	l->mark[l->count++] = (struct pass_mark){ .at = unit_of(l, now_ns),
	    .passed = len, .has_queue = has_queue };
}

void
policer_lost(struct policer_log *log, int64_t at_ns, uint32_t len)
{
	const uint32_t at = unit_of(log, at_ns);
	uint32_t i = log->count;

	if (at_ns < log->begin_ns || (log->is_full &&
	    at > log->mark[i - 1].at))
		return;
	while (i > 0 && log->mark[i - 1].at > at)
		i--;
	if (i == 0 || log->mark[i - 1].lost == UINT16_MAX)
		return;
	log->mark[i - 1].lost++;
	log->mark[i - 1].passed -= len < log->mark[i - 1].passed ? len :
	    log->mark[i - 1].passed;
	log->lost++;
}

void
policer_missing(struct policer_log *log, uint32_t segments)
{
	struct pass_mark *last;

	if (log->count == 0 || log->is_full || segments > UINT16_MAX / 2)
		return;
	last = &log->mark[log->count - 1];
	if (last->lost > UINT16_MAX / 2)
		return;
	last->lost = (uint16_t)(last->lost + segments);
	log->lost += segments;
}

/* ---- the bucket ---- */

/* What a bucket has to explain. */
struct fit {
	const struct policer_log *log;
	int64_t slack;		/* bytes, within which it is empty */
	int64_t debt;		/* bytes, beyond which nothing could pass */
	uint64_t passed;	/* bytes, in the whole log */
	uint32_t mss;
};

/*
 * Do losses fall on an empty bucket, and passes on one that is not?  One loss
 * in ten may be of another cause, and 3 % of the bytes may have passed a bucket
 * that is a little larger than this one.
 *
 * A bucket that is nearly empty all the time explains any loss: unless a fifth
 * of the bytes passed with tokens to spare, a tenth has to have been lost.
 */
static bool
explains(const struct fit *fit, uint64_t rate, int64_t depth)
{
	const struct policer_log *log = fit->log;
	uint64_t odd_losses = 0, odd_bytes = 0, spare_bytes = 0;
	int64_t fill = 0;
	uint32_t before = 0;

	for (uint32_t i = 0; i < log->count; i++) {
		const struct pass_mark *m = &log->mark[i];

		fill += (int64_t)(rate * (uint64_t)(ns_of(m->at - before) /
		    NS_PER_US) / 1000000);
		if (fill > depth)
			fill = depth;
		before = m->at;
		fill -= m->passed;
		if (m->lost > 0 && fill > fit->slack)
			odd_losses += m->lost;
		if (fill > fit->slack)
			spare_bytes += m->passed;
		if (fill < -fit->debt)
			odd_bytes += m->passed;
	}
	if (spare_bytes * 5 < fit->passed && (uint64_t)log->lost * fit->mss *
	    10 < fit->passed)
		return false;
	return odd_losses * 10 <= log->lost &&
	    odd_bytes * 100 <= fit->passed * 3;
}

/*
 * Losses in at least this number of round trips, without a queue before them.
 */
static bool
is_worth_fitting(const struct policer_log *log, int64_t rtt_ns)
{
	uint32_t slices = 0, queued = 0, with_passes = 0;
	int64_t slice_end = INT64_MIN;

	if (log->lost < LOST_LEAST)
		return false;
	for (uint32_t i = 0; i < log->count; i++) {
		const struct pass_mark *m = &log->mark[i];

		with_passes += m->passed > 0;
		if (m->lost == 0)
			continue;
		queued += m->has_queue ? m->lost : 0;
		if (ns_of(m->at) >= slice_end) {
			slices++;
			slice_end = ns_of(m->at) + rtt_ns;
		}
	}
	return slices >= SLICES_LEAST && with_passes >= LOST_LEAST &&
	    queued * 5 <= log->lost;
}

/* Bytes a second between the first loss and the last. */
static uint64_t
goodput(const struct policer_log *log)
{
	uint64_t bytes = 0, at_last = 0;
	uint32_t first = 0, last = 0;
	bool has_first = false;

	for (uint32_t i = 0; i < log->count; i++) {
		const struct pass_mark *m = &log->mark[i];

		if (has_first)
			bytes += m->passed;
		if (m->lost == 0)
			continue;
		if (!has_first)
			first = m->at;
		has_first = true;
		last = m->at;
		at_last = bytes;
	}
	return last > first ? at_last * 1000000 /
	    (uint64_t)(ns_of(last - first) / NS_PER_US + 1) : 0;
}

struct policer
policer_find(const struct policer_log *log, uint32_t mss, int64_t rtt_ns)
{
	static const uint32_t depths[] = {
		15000, 30000, 60000, 120000, 240000, 480000
	};
	struct fit fit = { .log = log, .mss = mss };
	uint64_t good;
	int64_t window;

	if (rtt_ns <= 0 || !is_worth_fitting(log, rtt_ns))
		return (struct policer){ .rate = 0 };
	good = goodput(log);
	window = (int64_t)(good * (uint64_t)(rtt_ns / NS_PER_US) / 1000000);
	fit.slack = window / 4 > 3 * (int64_t)mss ? window / 4 :
	    3 * (int64_t)mss;
	fit.debt = window / 4 * 3 > 3 * (int64_t)mss ? window / 4 * 3 :
	    3 * (int64_t)mss;
	for (uint32_t i = 0; i < log->count; i++)
		fit.passed += log->mark[i].passed;
	for (unsigned step = 0; step < RATE_STEPS; step++) {
		const uint64_t rate = good + good / 100 * RATE_STEP * step;

		for (size_t i = 0; i < ARRAY_LEN(depths); i++)
			/* A shallow bucket is always nearly empty. */
			if (depths[i] > 2 * fit.slack &&
			    explains(&fit, rate, depths[i]))
				return (struct policer){ rate, depths[i] };
	}
	return (struct policer){ .rate = 0 };
}
