/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The middlebox of the laboratory's path: a firewall, a translator or an
 * attacker between the middle tap and B (or A).
 */
#ifndef TCPSTATES_TESTS_LAB_BOX_H
#define TCPSTATES_TESTS_LAB_BOX_H

#include <stdbool.h>
#include <stdint.h>

#include "flow.h"
#include "packet.h"
#include "settings.h"

enum box_refusal {
	BOX_ADMITS,
	BOX_REFUSES_SILENTLY,
	BOX_REFUSES_BY_RST,
	BOX_REFUSES_BY_ICMP
};

/* Bits that name the ends that a forged RST goes to. */
#define BOX_TO_A	1
#define BOX_TO_B	2

struct box {
	int64_t near_a;		/* not 0: between A and the middle tap */
	int64_t port;		/* of B, the only one affected; 0: all */
	int64_t refuse;		/* SYNs from A: an enum box_refusal */
	int64_t ttl;		/* of forged segments; 0: the packet's own */

	/* Option kinds erased from SYNs, and the MSS written; 0: as it is. */
	struct numbers strip[2];
	int64_t mss[2];

	/* Added to B's sequence numbers on the way to A. */
	int64_t shift;
	int64_t shift_sack;	/* not 0: SACK blocks are translated, too */

	/* Idle timeout, 0: none; later segments are dropped ... */
	int64_t forget_ns;
	int64_t forget_rst;	/* ... and answered by RST to these ends */

	/* RST to these ends, before data segment `reset_at` of B. */
	int64_t reset_at;
	int64_t reset_to;

	/* Forged data to both ends before data segment `inject_at` of B. */
	int64_t inject_at;
	int64_t inject_len;

	/* State. */
	struct flows *flows;
	int64_t data;		/* data segments from B */
	uint64_t dropped;
	uint64_t forged;

	/* Send a forged packet, which travels in this direction. */
	void (*emit)(void *context, enum direction direction,
	    const uint8_t *packet, size_t len);
	void *context;
};

extern const struct setting box_settings[];

/* Handle a packet, which may be changed; return whether it passes. */
bool box_pass(struct box *box, struct packet *packet, int64_t now_ns);

#endif
