/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TCP header: the last step of a walk that finds a segment.
 */
#ifndef TCPSTATES_DECODE_TCPHDR_H
#define TCPSTATES_DECODE_TCPHDR_H

#include "decode/walk.h"

#define TCP_HEADER_LEN	20	/* bytes, without options */
#define TCP_FLAGS_MASK	0x01ff

/* The fields of the fixed header at `h`. */
static inline void
tcp_take_fields(struct segment *seg, const uint8_t h[TCP_HEADER_LEN])
{
	seg->src_port = load_be16(h);
	seg->dst_port = load_be16(h + 2);
	seg->seq = load_be32(h + 4);
	seg->ack = load_be32(h + 8);
	seg->flags = load_be16(h + 12) & TCP_FLAGS_MASK;
	seg->window = load_be16(h + 14);
	seg->checksum = load_be16(h + 16);
	seg->urgent = load_be16(h + 18);
}

walk_step tcp_decode;

#endif
