/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The figures of sections A, C and D: sums over connections.  Reports add up
 * those that are in the list; the engine, under limits, those whose records
 * it does not keep.  There is this one rule for both.
 */
#ifndef TCPSTATES_FLOW_SUMMARY_H
#define TCPSTATES_FLOW_SUMMARY_H

#include <stdint.h>

#include "base/sum.h"

struct conn;

/* Minimum, mean and maximum of something; nothing in it means n/a. */
struct spread {
	uint64_t count;
	uint64_t min;
	uint64_t max;
	struct sum sum;
};

/* Zeroed is that of no connection. */
struct summary {
	/* A and C: connections. */
	uint64_t total;
	uint64_t complete;
	uint64_t reset;
	uint64_t open;
	uint64_t midstream;

	/* D: over the complete ones. */
	struct spread duration;		/* ns */
	struct spread rtt;		/* ns, pooled */
	struct spread packets;		/* segments, both ways */
	struct spread window;		/* bytes */

	/* Of which segments of one side only were captured... */
	uint64_t one_sided;
	/* ...although that one went on talking. */
	uint64_t one_sided_talks;
};

/* One more connection. */
void summary_add(struct summary *, const struct conn *);
/* And all from `first` on, in the order of conn->next. */
void summary_add_all(struct summary *, const struct conn *first);

/* last - first in ns; 0 when the clock went back. */
int64_t summary_duration(const struct conn *);

void spread_add(struct spread *, uint64_t value);

#endif
