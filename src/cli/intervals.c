/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/intervals.h"

#include "base/nstime.h"
#include "capture/source.h"
#include "engine/engine.h"

/* A live clock that jumps ahead by more intervals was set. */
#define QUIET_MAX	3600
/* A clock that goes back by more was set; by less, frames are out of order. */
#define CLOCK_SET_NS	(10 * NS_PER_SEC)

static void
read_counters(struct interval_counters *books, const struct tcpstates *ts,
    const struct source_info *info)
{
	const struct tcpstates_totals *totals = tcpstates_totals(ts);

	*books = (struct interval_counters){
		.frames = totals->frames,
		.bytes = totals->bytes,
		.segments = totals->verdicts[VERDICT_SEGMENT],
		.conns = totals->conns,
		.open = totals->tally.open,
		.reset = totals->tally.reset,
		.retrans = totals->tally.retrans,
		.dropped = info->dropped + info->if_dropped,
	};
}

/*
 * Connections that ended.  One that a later segment proves to be open after
 * all ends again later, and is not taken back here.
 */
static uint64_t
ended(const struct interval_counters *before,
    const struct interval_counters *now)
{
	const uint64_t most = before->open + (now->conns - before->conns);

	return most > now->open ? most - now->open : 0;
}

/* Report the current interval, of `duration_ns`, and start counting anew. */
static void
report(struct intervals *intervals, const struct tcpstates *ts,
    const struct source_info *info, int64_t duration_ns)
{
	const struct interval_counters before = intervals->before;
	struct interval_counters now;
	struct interval interval;

	read_counters(&now, ts, info);
	interval = (struct interval){
		.start_ns = intervals->start_ns,
		.duration_ns = duration_ns,
		.frames = now.frames - before.frames,
		.bytes = now.bytes - before.bytes,
		.segments = now.segments - before.segments,
		.conns = now.conns - before.conns,
		.ended = ended(&before, &now),
		.reset = now.reset - before.reset,
		.open = now.open,
		.retrans = now.retrans - before.retrans,
		.dropped = now.dropped - before.dropped,
		.has_retrans = intervals->has_retrans,
		.has_dropped = info->has_kernel,
	};
	intervals->before = now;
	intervals->report(intervals->arg, &interval);
}

static void
begin(struct intervals *intervals, int64_t now_ns)
{
	intervals->has_begun = true;
	intervals->start_ns = now_ns;
}

/* The length of the current interval, if it ends at `end_ns`. */
static int64_t
length(const struct intervals *intervals, int64_t end_ns)
{
	return end_ns > intervals->start_ns ?
	    nstime_diff(end_ns, intervals->start_ns) : 0;
}

/* The whole multiple of the interval at or before an instant. */
static int64_t
multiple_before(const struct intervals *intervals, int64_t ns)
{
	const int64_t rest = ns % intervals->every_ns;

	return nstime_diff(ns, rest < 0 ? rest + intervals->every_ns : rest);
}

/*
 * Intervals that have ended by `now_ns`.  They end at whole multiples, so the
 * first one, which begins with the first packet, is shorter.
 */
static uint64_t
passed(const struct intervals *intervals, int64_t now_ns)
{
	if (now_ns <= intervals->start_ns)
		return 0;
	return ((uint64_t)now_ns - (uint64_t)multiple_before(intervals,
	    intervals->start_ns)) / (uint64_t)intervals->every_ns;
}

/* The clock was set back: a new interval starts. */
static bool
was_set_back(const struct intervals *intervals, int64_t now_ns)
{
	return now_ns < intervals->start_ns && (uint64_t)intervals->start_ns -
	    (uint64_t)now_ns > (uint64_t)CLOCK_SET_NS;
}

int64_t
intervals_end(const struct intervals *intervals)
{
	return intervals->every_ns == 0 ? INT64_MAX :
	    multiple_before(intervals, intervals->start_ns) +
	    intervals->every_ns;
}

bool
intervals_are_due(const struct intervals *intervals, int64_t now_ns)
{
	return !intervals->has_begun || passed(intervals, now_ns) > 0 ||
	    was_set_back(intervals, now_ns);
}

void
intervals_advance(struct intervals *intervals, const struct tcpstates *ts,
    const struct source_info *info, int64_t last_ns, int64_t now_ns)
{
	uint64_t count = passed(intervals, now_ns);
	int64_t end_ns;

	if (!intervals->has_begun) {
		begin(intervals, now_ns);
		return;
	}
	if (was_set_back(intervals, now_ns)) {
		report(intervals, ts, info, length(intervals, last_ns));
		begin(intervals, now_ns);
		return;
	}
	for (bool is_first = true; count > 0; is_first = false, count--) {
		if (!is_first && (!intervals->is_live || count > QUIET_MAX)) {
			/* Skip to the interval of `now_ns` at once. */
			intervals->start_ns = multiple_before(intervals,
			    now_ns);
			break;
		}
		end_ns = intervals_end(intervals);
		report(intervals, ts, info, length(intervals, end_ns));
		intervals->start_ns = end_ns;
	}
}

void
intervals_finish(struct intervals *intervals, const struct tcpstates *ts,
    const struct source_info *info, int64_t now_ns)
{
	struct interval_counters books;

	if (!intervals->has_begun)
		return;
	if (intervals_are_due(intervals, now_ns))
		intervals_advance(intervals, ts, info, now_ns, now_ns);
	read_counters(&books, ts, info);
	if (intervals->is_live || books.frames > intervals->before.frames)
		report(intervals, ts, info, length(intervals, now_ns));
}
