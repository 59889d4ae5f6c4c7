/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --interval: what came in a stretch of time, as a line of fixed columns.
 * As a record it is record_interval(), see records/record.h.
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
	uint64_t frames;	/* frames looked at */
	uint64_t octets;	/* their lengths on the wire */
	uint64_t segments;	/* of them, in a connection */
	uint64_t conns;		/* connections that began */
	uint64_t ended;		/* that closed, or that a limit ended */
	uint64_t reset;		/* that saw their first RST */
	uint64_t open;		/* not closed at its end */
	uint64_t retrans;	/* retransmissions */
	uint64_t dropped;	/* packets lost by kernel or interface */
	bool has_retrans;	/* known: segments are analysed */
	bool has_dropped;	/* known: this is live */
};

void interval_heading(struct outbuf *, const struct time_style *);
void interval_line(struct outbuf *, const struct time_style *,
    const struct interval *);

#endif
