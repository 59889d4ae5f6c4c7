/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pipeline: what a segment means to its connection.  pipeline.def lists
 * all steps, in order: reading that table is reading the program.  Nearly all
 * segments take the fast path instead (fastpath.h), to the same effect.
 */
#ifndef TCPSTATES_TCP_PIPELINE_H
#define TCPSTATES_TCP_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "flow/conn.h"
#include "tcp/fastpath.h"
#include "tcp/tracker.h"

#define PIPELINE_COPY	1

/*
 * Process a segment sent by `side`. `is_reuse`: the segment opened a new
 * connection on the four-tuple of an earlier one.  Return 0; PIPELINE_COPY: the
 * segment is a capture duplicate with other numbers (strays.h), and not counted;
 * or -ERR_NOMEM: it is counted but not analysed.
 */
int pipeline_segment(struct tracker *, struct conn *, unsigned side,
    const struct segment *, bool is_reuse);

/*
 * The two halves of pipeline_segment().  The first returns false, and nothing
 * has changed, if the segment has to take the second.
 */
static inline bool
pipeline_take_fast(struct tracker *tracker, struct conn *conn, unsigned side,
    const struct segment *seg)
{
	return tracker->has_fastpath && !conn->is_packed &&
	    LIKELY(conn != tracker->watcher.conn) &&
	    fastpath_take(tracker, conn, side, seg);
}

int pipeline_take_steps(struct tracker *, struct conn *, unsigned side,
    const struct segment *, bool is_reuse);

/* For documents: a row of pipeline.def. */
struct pipeline_step {
	const char *name;	/* of the function */
	const char *sentence;
	const char *section;	/* of RFC 9293, or "RFC n, section", or "" */
};

/* In order; NULL after the last. */
const struct pipeline_step *pipeline_step(unsigned at);

#endif
