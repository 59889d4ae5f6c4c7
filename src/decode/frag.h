/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IP fragments: reassembled as far as the TCP header and the lengths need.
 *
 * A datagram counts once, when the headers of its fragments have declared all
 * of its bytes; its frame is the one that completes it.  Of the content the
 * head is kept, from all fragments that hold a part of it, so that a TCP header
 * spread over tiny fragments is read like any other, even inside a tunnel whose
 * outer packet was fragmented.
 *
 *	bytes declared	|########################----########|
 *	head captured	|########|			      ^ last fragment
 *
 * Bounded: FRAG_DATAGRAMS_MAX datagrams, of which the oldest is evicted.
 */
#ifndef TCPSTATES_DECODE_FRAG_H
#define TCPSTATES_DECODE_FRAG_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/walk.h"

/* Incomplete datagrams at a time; each takes 1.4 KiB. */
#define FRAG_DATAGRAMS_MAX	1024

/*
 * Bytes kept of each.  An outer UDP header, VXLAN, Ethernet, tags, IPv6 with
 * extension headers and a full TCP header are below 256.
 */
#define FRAG_HEAD_MAX		256

/* The headers of a fragment; its length is that of the cursor. */
struct fragment {
	uint32_t id;		/* identification */
	uint32_t offset;	/* of its first byte in the datagram */
	uint32_t header_len;	/* bytes of IP header before the datagram */
	uint8_t protocol;	/* of the datagram */
	bool is_last;		/* no more fragments */
};

/*
 * Take the fragment at the cursor.  The walk ends, unless the datagram is
 * complete: then it goes on with the datagram's protocol, over its head.
 */
bool frag_decode(struct walk *, const struct fragment *);

void frags_free(struct frags *);

#endif
