/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fast path.  Nearly all segments in mid-connection are alike: data in
 * order, or an ACK of something, with a timestamp at most, between two open
 * endpoints with nothing to repair.  For these the whole pipeline reduces to
 * one function; pipeline.def names for each step what that requires.
 */
#ifndef TCPSTATES_TCP_FASTPATH_H
#define TCPSTATES_TCP_FASTPATH_H

#include <stdbool.h>

#include "decode/segment.h"

struct conn;
struct tracker;

/* No flag but ACK and PSH, no option but timestamps, no zero window. */
static inline bool
fastpath_fits(const struct segment *seg)
{
	return (seg->flags & ~(unsigned)TCP_PSH) == TCP_ACK &&
	    seg->depth >= DEPTH_FIXED && seg->window != 0 && seg->ecn != 3 &&
	    (seg->opt.present & ~(unsigned)OPT_TIMESTAMP) == 0;
}

/* fastpath_take() of a segment with such a header. */
bool fastpath_take_plain(struct tracker *, struct conn *, unsigned side,
    const struct segment *);

/*
 * Process a segment of `side` to the same effect as the pipeline, if the
 * pipeline would judge it to be nothing.  False: the segment takes a closer
 * look, and nothing has changed.
 */
static inline bool
fastpath_take(struct tracker *tracker, struct conn *conn, unsigned side,
    const struct segment *seg)
{
	return fastpath_fits(seg) &&
	    fastpath_take_plain(tracker, conn, side, seg);
}

#endif
