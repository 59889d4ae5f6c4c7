/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cuts time into the stretches of --interval, from the first frame on (live:
 * from the start), and takes from the books what came in each.
 *
 * Of a file, time is what the frames say, and stretches without a frame are
 * passed over: a gap of years would be a line a second.  Live, a quiet one
 * is told like any other.
 */
#ifndef TCPSTATES_CLI_INTERVALS_H
#define TCPSTATES_CLI_INTERVALS_H

#include <stdbool.h>
#include <stdint.h>

#include "print/interval.h"

struct source_info;
struct tcpstates;

/* What the books say at one moment; all but `open` only grow. */
struct intervals_books {
	uint64_t frames, octets, segments, conns, open, reset, retrans;
	uint64_t dropped;
};

struct intervals {
	int64_t every_ns;	/* 0: there are none, and nothing to call */
	bool is_live;
	bool has_retrans;
	bool has_begun;
	int64_t start_ns;	/* of the present one */
	struct intervals_books before;	/* when it began */
	/* Told of each that is over. */
	void (*tell)(void *arg, const struct interval *);
	void *arg;
};

/*
 * It is `now_ns` by the clock of the frames, and a frame of that time, if
 * there is one, is not in the books yet.  Is any stretch over?  Cheap.
 */
bool intervals_are_due(const struct intervals *, int64_t now_ns);
/* Then tell it; or begin the first.  `last_ns`: it was, before `now_ns`. */
void intervals_advance(struct intervals *, const struct tcpstates *,
    const struct source_info *, int64_t last_ns, int64_t now_ns);
/* The last one, cut short. */
void intervals_finish(struct intervals *, const struct tcpstates *,
    const struct source_info *, int64_t now_ns);

#endif
