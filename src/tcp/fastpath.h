/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The short way of a segment.  Nearly all in mid-connection are the same: data
 * in order, or an ACK of something, with a timestamp at most, between two ends
 * that are open and have nothing to repair.  For them each step of track.c has
 * one outcome or none, and what is left of all is one function.
 */
#ifndef TCPSTATES_TCP_FASTPATH_H
#define TCPSTATES_TCP_FASTPATH_H

#include <stdbool.h>

#include "decode/segment.h"

struct conn;
struct tracker;

/* No flag but ACK and PSH, no option but timestamps, a window. */
static inline bool
usual_has_header(const struct segment *seg)
{
	return (seg->flags & ~(unsigned)TCP_PSH) == TCP_ACK &&
	    seg->depth >= DEPTH_FIXED && seg->window != 0 && seg->ecn != 3 &&
	    (seg->opt.present & ~(unsigned)OPT_TIMESTAMP) == 0;
}

/* fastpath_take() of a segment with such a header. */
bool fastpath_take_plain(struct tracker *, struct conn *, unsigned side,
    const struct segment *);

/*
 * Takes a segment of `side` into its connection, to the same effect as the
 * pipeline of track.c, if it is one that would be judged to be nothing.
 * False: it is none, or that would take a closer look; nothing has changed.
 */
static inline bool
fastpath_take(struct tracker *tracker, struct conn *conn, unsigned side,
    const struct segment *seg)
{
	return usual_has_header(seg) &&
	    fastpath_take_plain(tracker, conn, side, seg);
}

#endif
