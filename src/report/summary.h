/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The figures of sections A, C and D, from one walk over the connections.
 */
#ifndef TCPSTATES_REPORT_SUMMARY_H
#define TCPSTATES_REPORT_SUMMARY_H

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
	struct spread window;		/* octets */
};

/* Figures of the connections from `first` on, in the order of conn->next. */
void summary_of(const struct conn *first, struct summary *ret_summary);

/* last - first in ns; 0 when the clock went back. */
int64_t summary_duration(const struct conn *);

void spread_add(struct spread *, uint64_t value);

#endif
