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
 *
 * Lines come in the order of the capture; where connections alternate, `many`
 * adds a column with their numbers.
 */
#ifndef TCPSTATES_REPORT_SEGMENTS_H
#define TCPSTATES_REPORT_SEGMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "report/view.h"

struct conn;
struct judgement;
struct outbuf;
struct segment;

/*
 * With VIEW_RELATIVE, times count from view.base_ns, as everywhere; let it be
 * the start of the capture to agree with Wireshark's.
 */
struct segments_view {
	struct view view;
	bool many;		/* lines of several connections may alternate */
	unsigned columns;	/* of the terminal; 0, or few: 80 */
};

/* How to read the lines, then the heads of the columns. */
void segments_legend(struct outbuf *, const struct segments_view *);

/*
 * One segment, at the moment the engine tells it; its connection's first is
 * preceded by a line with the endpoints.
 */
void segments_line(struct outbuf *, const struct segments_view *,
    const struct conn *, const struct segment *, const struct judgement *);

#endif
