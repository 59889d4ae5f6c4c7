/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --segments: every segment on a line, as a teacher would want it, and under
 * it, indented, what is remarkable about it.
 *
 *	struct segments_view seg_view = { .view = view, .many = true };
 *
 *	segments_legend(out, &seg_view);
 *	for each segment that the engine judged
 *		segments_line(out, &seg_view, conn, segment, judgement);
 *	for each transition that it tells, before or after its segment
 *		segments_transition(out, &seg_view, conn, transition);
 *
 * Lines come in the order of the capture; where connections alternate, `many`
 * adds a column with their numbers.  Let the engine keep its analysis: what
 * comes after a close is not judged otherwise.
 */
#ifndef TCPSTATES_VIEWS_SEGMENTS_H
#define TCPSTATES_VIEWS_SEGMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "print/time.h"
#include "tcp/judgement.h"

struct conn;
struct outbuf;
struct segment;

/* A segment changes the state of either endpoint, at most twice. */
#define SEGMENTS_PENDING_MAX	4

/*
 * With TIME_AS_RELATIVE, times count from view.base_ns, as everywhere; let it be
 * the start of the capture to agree with Wireshark's.
 */
struct segments_view {
	struct time_style view;
	bool many;		/* lines of several connections may alternate */
	unsigned columns;	/* of the terminal; 0, or few: 80 */

	/* Zeroed by the caller, then ours. */
	uint64_t told_frame;	/* of the last line */
	struct transition pending[SEGMENTS_PENDING_MAX];
	unsigned pending_count;	/* told before their segment */
};

/* How to read the lines, then the heads of the columns. */
void segments_legend(struct outbuf *, const struct segments_view *);

/*
 * One segment, at the moment the engine tells it; its connection's first is
 * preceded by a line with the endpoints.
 */
void segments_line(struct outbuf *, struct segments_view *,
    const struct conn *, const struct segment *, const struct judgement *);

/*
 * A transition that the segment caused, said under its line.  Optional: only
 * of connections whose segments are told.
 */
void segments_transition(struct outbuf *, struct segments_view *,
    const struct conn *, const struct transition *);

#endif
