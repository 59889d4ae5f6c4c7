/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which connections are drawn: rows of the timeline, and sheets.  Most is said
 * of connections with the costliest problems, then of connections with more
 * segments; connections without an answer come last.
 */
#ifndef TCPSTATES_VIEWS_DRAWN_H
#define TCPSTATES_VIEWS_DRAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diagnosis/triage.h"
#include "pictures/timeline.h"

struct conn;
struct display_context;
struct tcpstates;

#define DRAWN_SHEETS	20	/* unless --conn or --limit say otherwise */
#define DRAWN_OPEN	2	/* sheets shown at first */

struct drawn {
	/* Of the timeline, in order of number. */
	const struct conn *row[TIMELINE_ROWS];
	size_t row_count;
	/* A sheet each, the worst first, and in order of number. */
	const struct conn *sheet[TIMELINE_ROWS];
	size_t sheet_count;
	const struct conn *first_open[DRAWN_OPEN];
	size_t open_count;

	/* Figures of all selected connections. */
	uint64_t conns;
	uint64_t complete, reset, open, unanswered;
	uint64_t segments, retransmitted, bytes;
	struct triage triage;
};

/*
 * Choose among the connections that --conn and --only select.  Returns 0, or
 * -ERR_NOMEM; call drawn_fini() in either case.
 */
int drawn_choose(struct drawn *, const struct display_context *,
    const struct tcpstates *);
/* Has the connection with this number a sheet? */
bool drawn_has_sheet(const struct drawn *, uint64_t number);
/* From the first segment of all rows to their last; there is a row. */
void drawn_extent(const struct drawn *, int64_t *ret_first_ns,
    int64_t *ret_last_ns);
void drawn_fini(struct drawn *);

#endif
