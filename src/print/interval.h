/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters of an interval of --interval, and a line of fixed columns with them.
 * record_interval() (records/record.h) is the record.
 */
#ifndef TCPSTATES_PRINT_INTERVAL_H
#define TCPSTATES_PRINT_INTERVAL_H

#include <stdbool.h>
#include <stdint.h>

struct outbuf;
struct time_style;

struct interval {
	int64_t start_ns;
	int64_t duration_ns;
	uint64_t frames;	/* frames read */
	uint64_t bytes;		/* length of the frames on the wire */
	uint64_t segments;	/* TCP segments in these frames */
	uint64_t conns;		/* new connections */
	uint64_t ended;		/* closed, or ended by a limit */
	uint64_t reset;		/* with their first RST */
	uint64_t open;		/* open at the end of the interval */
	uint64_t retrans;	/* retransmissions */
	uint64_t dropped;	/* packets dropped by kernel or interface */
	bool has_retrans;	/* segments are analysed */
	bool has_dropped;	/* live capture */
};

void interval_heading(struct outbuf *, const struct time_style *);
void interval_line(struct outbuf *, const struct time_style *,
    const struct interval *);

#endif
