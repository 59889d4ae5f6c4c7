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
/* Rates that are tried, in per cent of the one that passed between losses. */
#define RATE_LOW	92
#define RATE_HIGH	116
#define RATE_STEP	2
/* That rate is measured over a quarter of those bytes, or more. */
#define SPAN_SHARE	4
#define SPAN_SEGMENTS	64

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

/* Passes of one burst share a mark, if nothing was lost before them. */
static bool
shares_mark(const struct policer_log *log, const struct pass *pass,
    uint32_t mss)
{
	const struct pass_mark *last;

	if (log == NULL || log->count == 0)
		return false;
	last = &log->mark[log->count - 1];
	return last->lost == 0 && last->passed + pass->len <=
	    MARK_SEGMENTS * mss && unit_of(log, pass->ns) - last->at <
	    (uint32_t)(NS_PER_MS >> UNIT_BITS);
}

void
policer_pass(struct policer_log **log, const struct pass *pass, uint32_t mss)
{
	struct policer_log *l = *log;
	struct pass_mark *last;

	if (l != NULL && l->is_full)
		return;
	if (!shares_mark(l, pass, mss)) {
		if ((l == NULL || l->count == l->size) &&
		    !log_grow(log, pass->ns))
			return;
		l = *log;
		l->mark[l->count++] = (struct pass_mark){
			.at = unit_of(l, pass->ns),
		};
	}
	last = &l->mark[l->count - 1];
	last->passed += pass->len;
	last->has_queue |= pass->has_queue;
	if (pass->is_new)
		l->newest = l->count - 1;
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
	/* A burst takes several marks of one instant: any has the segment. */
	while (i > 1 && log->mark[i - 1].passed < len &&
	    log->mark[i - 2].at == log->mark[i - 1].at)
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
	struct pass_mark *newest;

	if (log->count == 0 || log->is_full || segments > UINT16_MAX / 2)
		return;
	newest = &log->mark[log->newest];
	if (newest->lost > UINT16_MAX / 2)
		return;
	newest->lost = (uint16_t)(newest->lost + segments);
	log->lost += segments;
}

/* ---- the bucket ---- */

/* What a bucket has to explain. */
struct fit {
	const struct policer_log *log;
	int64_t slack;		/* bytes, within which it is empty */
	int64_t debt;		/* bytes, beyond which nothing could pass */
	uint64_t passed;	/* bytes, from the first loss on */
	uint64_t between;	/* to the last loss */
	uint32_t first;		/* mark with the first loss */
	uint32_t mss;
};

/* How badly a bucket fits; of no use if NEVER_FITS. */
#define NEVER_FITS	UINT64_MAX

static int64_t
tokens(uint64_t rate, uint32_t units)
{
	return (int64_t)(rate * (uint64_t)(ns_of(units) / NS_PER_US) / 1000000);
}

/*
 * Do losses fall on an empty bucket, and passes on one that is not?  One loss
 * in ten may be of another cause, and 3 % of the bytes may have passed a bucket
 * that is a little larger than this one.  Return the bytes of both.
 *
 * The first loss found the bucket empty; how full it was before is unknown.
 *
 * A bucket that is nearly empty all the time explains any loss: unless a fifth
 * of the bytes passed with tokens to spare, a tenth has to have been lost.
 */
static uint64_t
misfit(const struct fit *fit, uint64_t rate, int64_t depth)
{
	const struct policer_log *log = fit->log;
	uint64_t odd_losses = 0, odd_bytes = 0, spare_bytes = 0;
	uint32_t before = log->mark[fit->first].at;
	int64_t fill = 0;

	for (uint32_t i = fit->first + 1; i < log->count; i++) {
		const struct pass_mark *m = &log->mark[i];

		fill += tokens(rate, m->at - before);
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
	if ((spare_bytes * 5 < fit->passed && (uint64_t)log->lost * fit->mss *
	    10 < fit->passed) || odd_losses * 10 > log->lost ||
	    odd_bytes * 100 > fit->passed * 3)
		return NEVER_FITS;
	return odd_losses * fit->mss + odd_bytes;
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

/*
 * Bytes a second that a bucket is filled with.  A loss finds it empty: what
 * passes between two losses is what came into it, less what did not fit in
 * while it was full.  So the rate is the largest between any two losses far
 * enough apart.  0: there are no such losses.
 */
static uint64_t
rate_between_losses(const struct fit *fit, int64_t rtt_ns)
{
	const struct policer_log *log = fit->log;
	const uint64_t share = fit->between / SPAN_SHARE;
	const uint64_t least = share > (uint64_t)SPAN_SEGMENTS * fit->mss ?
	    share : (uint64_t)SPAN_SEGMENTS * fit->mss;
	uint64_t best = 0;

	for (uint32_t i = fit->first; i < log->count; i++) {
		uint64_t bytes = 0;

		for (uint32_t j = i + 1; j < log->count && log->mark[i].lost > 0;
		    j++) {
			const int64_t ns = ns_of(log->mark[j].at -
			    log->mark[i].at);
			uint64_t rate;

			bytes += log->mark[j].passed;
			if (log->mark[j].lost == 0 || bytes < least ||
			    ns < 4 * rtt_ns)
				continue;
			rate = bytes * 1000000 / (uint64_t)(ns / NS_PER_US);
			if (rate > best)
				best = rate;
		}
	}
	return best;
}

static void
take_log(struct fit *fit)
{
	const struct policer_log *log = fit->log;

	while (log->mark[fit->first].lost == 0)
		fit->first++;
	for (uint32_t i = fit->first; i < log->count; i++) {
		fit->passed += log->mark[i].passed;
		if (log->mark[i].lost > 0)
			fit->between = fit->passed;
	}
}

/* The depth of the bucket that fits best; 0: none does. */
static uint32_t
find_depth(const struct fit *fit, uint64_t rate)
{
	static const uint32_t depths[] = {
		15000, 30000, 60000, 120000, 240000, 480000
	};
	uint64_t least = NEVER_FITS;
	uint32_t best = 0;

	for (unsigned per = RATE_LOW; per <= RATE_HIGH; per += RATE_STEP)
		for (size_t i = 0; i < ARRAY_LEN(depths); i++) {
			uint64_t odd;

			/* A shallow bucket is always nearly empty. */
			if (depths[i] <= 2 * fit->slack)
				continue;
			odd = misfit(fit, rate / 100 * per, depths[i]);
			if (odd < least) {
				least = odd;
				best = depths[i];
			}
		}
	return best;
}

struct policer
policer_find(const struct policer_log *log, uint32_t mss, int64_t rtt_ns)
{
	struct fit fit = { .log = log, .mss = mss };
	struct policer policer = { .rate = 0 };
	int64_t window;

	if (rtt_ns <= 0 || !is_worth_fitting(log, rtt_ns))
		return policer;
	take_log(&fit);
	policer.rate = rate_between_losses(&fit, rtt_ns);
	window = (int64_t)(policer.rate * (uint64_t)(rtt_ns / NS_PER_US) /
	    1000000);
	fit.slack = window / 4 > 3 * (int64_t)mss ? window / 4 :
	    3 * (int64_t)mss;
	fit.debt = window / 4 * 3 > 3 * (int64_t)mss ? window / 4 * 3 :
	    3 * (int64_t)mss;
	policer.depth = policer.rate > 0 ? find_depth(&fit, policer.rate) : 0;
	if (policer.depth == 0)
		policer.rate = 0;
	return policer;
}
