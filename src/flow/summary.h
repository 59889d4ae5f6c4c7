/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The figures of sections A, C and D: sums over connections.  Reports sum over
 * the list of connections; under limits, the engine sums over connections whose
 * records it drops.  Both use these functions.
 */
#ifndef TCPSTATES_FLOW_SUMMARY_H
#define TCPSTATES_FLOW_SUMMARY_H

#include <stdint.h>

#include "base/sum.h"

struct conn;

/* Minimum, mean and maximum of a figure; n/a if count is zero. */
struct spread {
	uint64_t count;
	uint64_t min;
	uint64_t max;
	struct sum sum;
};

/* Zeroed: of no connection. */
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

	/* Connections with captured segments of one endpoint only. */
	uint64_t one_sided;
	/* And whose endpoint goes on as if the other one answered. */
	uint64_t one_sided_talks;
};

/* Add a connection. */
void summary_add(struct summary *, const struct conn *);
/* Add what another summary has. */
void summary_merge(struct summary *, const struct summary *more);
/* Add all connections of a list, linked by conn->next. */
void summary_add_all(struct summary *, const struct conn *first);

/* last - first in ns; 0 when the clock went back. */
int64_t summary_duration(const struct conn *);

void spread_add(struct spread *, uint64_t value);

#endif
