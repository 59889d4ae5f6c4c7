/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One direction of one leg of the laboratory's path: losses, a policer, a
 * bottleneck with its queue, a delay.
 */
#ifndef TCPSTATES_TESTS_LAB_LINK_H
#define TCPSTATES_TESTS_LAB_LINK_H

#include <stdint.h>

#include "../xorshift.h"
#include "packet.h"
#include "settings.h"

struct link {
	/* Delay. */
	int64_t delay_ns;
	int64_t syn_delay_ns;	/* additional, of SYN and SYN-ACK */
	int64_t jitter_ns;	/* additional, random, uniform up to this */
	int64_t second_ns;	/* additional delay of a second path ... */
	double second_share;	/* ... which this share of packets takes */
	int64_t stall_at;	/* data segment at which the link stalls */
	int64_t stall_ns;	/* for how long; 0: it never does */

	/* Rate. */
	double rate;		/* bits per second; 0: no bottleneck */
	int64_t queue;		/* bytes it may hold; 0: no limit */
	int64_t mark;		/* bytes queued that set CE; 0: never */
	double police;		/* rate of a token bucket; 0: none ... */
	int64_t burst;		/* ... and its depth in bytes */

	/* Losses. */
	double loss;		/* probability, of data segments */
	double ack_loss;	/* of other segments */
	struct numbers lose;	/* data segments, counted from 1 */
	struct ranges lose_at;	/* bytes of the stream, counted from 1 */
	int64_t lose_syn;	/* the first SYNs */
	int64_t lose_synack;
	int64_t lose_ack;	/* the first pure ACKs */
	int64_t mtu;		/* larger packets are dropped; 0: no limit */
	int64_t too_big;	/* not 0: by ICMP errors to the sender */

	/* State. */
	struct xorshift dice;
	int64_t free_ns;	/* when the queue will be empty */
	int64_t still_ns;	/* end of the stall */
	double tokens;		/* bytes in the bucket ... */
	int64_t tokens_ns;	/* ... at this time */
	int64_t data;		/* data segments that entered */

	/* Counts of packets. */
	uint64_t entered;
	uint64_t lost;
	uint64_t policed;
	uint64_t full;		/* the queue was */
	uint64_t too_large;
	uint64_t marked;
};

extern const struct setting link_settings[];

enum link_verdict {
	LINK_PASSES,
	LINK_DROPS,
	LINK_REPORTS		/* drops; the caller sends an ICMP error */
};

/*
 * A packet enters at now_ns; if it passes, packet->due_ns is set to when it
 * leaves at the other end.
 */
enum link_verdict link_enter(struct link *link, struct packet *packet,
    int64_t now_ns);

#endif
