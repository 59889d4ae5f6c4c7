/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One segment at one point, as far as a comparison needs it.
 */
#ifndef TCPSTATES_COMPARE_TRANSMISSION_H
#define TCPSTATES_COMPARE_TRANSMISSION_H

#include <stdbool.h>
#include <stdint.h>

struct transmission {
	int64_t ns;		/* by the clock of point A */
	int64_t own_ns;		/* by the clock of its point */
	uint64_t frame;		/* in the capture of its point */
	int64_t start;		/* offset of its first byte */
	int64_t end;		/* offset behind its last byte */
	int64_t covered;	/* bytes that pieces at the other point hold */
	uint64_t serial;	/* by order at its point */
	uint32_t ack;		/* relative to the peer's base */
	uint32_t tsval;
	uint32_t judged;	/* set of 1 << enum judged, at its point */
	uint16_t window;
	uint16_t ip_id;
	uint16_t options;	/* set of enum tcpopt_bit */
	uint16_t mss;
	uint16_t flags;
	uint8_t ttl;
	uint8_t ecn;
	uint8_t dscp;
	uint8_t wscale;
	bool is_gone;		/* matched, and still in the queue */
	bool is_repeat;		/* its bytes had passed this point before */
	bool is_repaired;	/* its bytes were matched later */
	bool is_covered_ack;	/* a later ACK covers it, within a round trip */
};

#endif
