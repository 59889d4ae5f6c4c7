/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --segments: a line per segment, and remarks below it.
 *
 *	struct segments_view view = { .style = style, .many = true };
 *
 *	segments_legend(out, &view);
 *	for each segment that the engine judged
 *		segments_line(out, &view, conn, segment, judgement);
 *	for each transition, before or after its segment
 *		segments_transition(out, &view, conn, transition);
 *
 * Lines come in the order of the capture.  With `many`, a column has the
 * number of the connection.  The engine must keep its analysis to the end, or
 * segments after a close are judged differently.
 */
#ifndef TCPSTATES_VIEWS_SEGMENTS_H
#define TCPSTATES_VIEWS_SEGMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "print/time.h"
#include "tcp/judgement.h"

struct conn;
struct icmp_error;
struct outbuf;
struct segment;

/* A segment changes the state of each endpoint at most twice. */
#define SEGMENTS_PENDING_MAX	4

/*
 * Relative times count from style.base_ns; counted from the start of the
 * capture, they agree with Wireshark's.
 */
struct segments_view {
	struct time_style style;
	bool many;		/* lines of several connections may alternate */
	bool is_raw;		/* sequence numbers as they were sent */
	unsigned columns;	/* of the terminal; 80 if there are fewer */
	bool has_trouble;	/* set by a remark of that severity */

	/* Internal, zeroed by the caller. */
	uint64_t last_frame;	/* of the last line */
	int64_t last_ns;	/* of the last line, if there was any */
	/* Changes of state reported before their segment. */
	struct transition pending[SEGMENTS_PENDING_MAX];
	unsigned pending_count;
	unsigned hidden;	/* set of columns, see segment_line_fit() */
};

/* The explanation of the columns, then their heads. */
void segments_legend(struct outbuf *, const struct segments_view *);

/*
 * A segment, when the engine reports it.  A line with the endpoints precedes
 * the first segment of a connection.
 */
void segments_line(struct outbuf *, struct segments_view *,
    const struct conn *, const struct segment *, const struct judgement *);

/*
 * A change of state that the segment caused, for the lines below it.
 * Optional; only of connections with reported segments.
 */
void segments_transition(struct outbuf *, struct segments_view *,
    const struct conn *, const struct transition *);

/* An ICMP error that quotes one of the segments before. */
void segments_icmp_error(struct outbuf *, struct segments_view *,
    const struct conn *, const struct icmp_error *);

#endif
