/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The figures of a connection that the live screen shows: a copy, which stays
 * valid when the connection changes or its record is dropped.  "orig" and
 * "resp" are 0 and 1 here.
 */
#ifndef TCPSTATES_TOP_FIGURES_H
#define TCPSTATES_TOP_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/owner.h"

struct conn;

#define FIGURES_ORIG	0
#define FIGURES_RESP	1
#define FIGURES_ENDPOINT_SIZE	56	/* "[address]:port" and its NUL */

/* The limit of a connection now. */
enum limit {
	LIMIT_SENDS,		/* nothing: data flows */
	LIMIT_HANDSHAKE,
	LIMIT_LOSS,		/* a retransmission, or an overdue ACK */
	LIMIT_WINDOW,		/* the receiver's window is full or closed */
	LIMIT_ORIG,		/* the originator has to send next */
	LIMIT_RESP,		/* the responder has to send next */
	LIMIT_ENDED,
	LIMIT_COUNT
};

struct figures {
	uint64_t number;
	char endpoint[2][FIGURES_ENDPOINT_SIZE];
	uint8_t orig;		/* index of conn->endpoint[] */
	uint8_t address_len[2];	/* of endpoint[], without ":port" */
	uint16_t port[2];
	uint8_t state[2];	/* enum state */
	bool is_closed;
	bool is_half_open;	/* nothing but SYNs */
	enum limit limit;
	int64_t first_ns;	/* by the capture's clock */
	int64_t last_ns;
	uint64_t bytes[2];	/* payload, retransmitted bytes again */
	uint64_t sent[2];	/* payload, each byte once */
	uint64_t resent;	/* retransmitted payload of both */
	uint64_t lost_upstream;	/* segments of both */
	uint64_t lost_downstream;
	/* Round-trip samples of the larger half of the path so far. */
	uint64_t rtt_count;
	int64_t rtt_sum;	/* ns */
	uint8_t rtt_side;	/* FIGURES_ORIG: of its data */
	int64_t rtt_ns;		/* median of the larger half of the path, and */
	int64_t rtt_p99_ns;	/* its 99th percentile; -1: unknown */
	int64_t flight;		/* bytes in flight of the faster sender, and */
	int64_t window;		/* its peer's window; -1: unknown */
	char process[2][OWNER_PROCESS_SIZE];	/* with --processes, or "" */
};

/*
 * Copy from a followed or packed connection, at `now_ns` of its clock.  Figures
 * that are of this connection already keep its addresses as text; others are
 * zeroed.
 */
void figures_take(struct figures *, const struct conn *, int64_t now_ns);

/* 'o', 'r', 'n', 'w', 'h', '.', '-' */
char limit_letter(enum limit);
const char *limit_words(enum limit);

#endif
