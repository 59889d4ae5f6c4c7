/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The intervals of --interval: they divide the time from the first frame on
 * (live: from the start), and report what was counted in each.
 *
 * In a file, time is that of the frames, and intervals without a frame are
 * skipped: a gap of years would print a line per second.  Live, an empty
 * interval is reported like any other.
 */
#ifndef TCPSTATES_CLI_INTERVALS_H
#define TCPSTATES_CLI_INTERVALS_H

#include <stdbool.h>
#include <stdint.h>

#include "print/interval.h"

struct source_info;
struct tcpstates;

/* Totals at one time; all but `open` only grow. */
struct interval_counters {
	uint64_t frames, bytes, segments, conns, open, reset, retrans;
	uint64_t dropped;
};

struct intervals {
	int64_t every_ns;	/* 0: no intervals, and nothing to call */
	bool is_live;
	bool has_retrans;
	bool has_begun;
	int64_t start_ns;	/* of the current interval */
	struct interval_counters before;	/* at its start */
	/* Called for each finished interval. */
	void (*report)(void *arg, const struct interval *);
	void *arg;
};

/*
 * Is an interval finished at `now_ns` of the frames' clock?  A frame of that
 * time, if there is one, must not be counted yet.  Cheap.
 */
bool intervals_are_due(const struct intervals *, int64_t now_ns);
/* The end of the current interval; INT64_MAX without intervals. */
int64_t intervals_end(const struct intervals *);
/*
 * Then report the finished intervals, or start the first one.  `last_ns`:
 * time of the frame before.
 */
void intervals_advance(struct intervals *, const struct tcpstates *,
    const struct source_info *, int64_t last_ns, int64_t now_ns);
/* Report the last interval, which is cut short. */
void intervals_finish(struct intervals *, const struct tcpstates *,
    const struct source_info *, int64_t now_ns);

#endif
