/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes of one segment of a script: what seg.c has parsed goes in, the
 * frame that a capture would hold comes out.
 */
#ifndef TCPSTATES_TESTS_SEGFRAME_H
#define TCPSTATES_TESTS_SEGFRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/linktype.h"

#define SEGFRAME_MAX	(256 * 1024)	/* bytes; a BIG TCP frame fits */
#define SEGFRAME_OPTIONS	40	/* bytes of options, RFC 9293, 3.1 */

/* How the segment travels: the words of a segment line that `set` knows. */
struct carriage {
	enum linktype linktype;
	bool is_ip6;
	bool has_bad_checksum;	/* as left to the hardware by an offload */
	uint8_t ttl;
	uint8_t ecn;		/* the two bits of the IP header */
	uint16_t vlan;		/* 802.1Q tag, 0 none */
	uint32_t interface;	/* of the frame, or in its cooked header */
	uint8_t mac;		/* last byte of the source address */
	uint16_t radio;		/* sequence number of the 802.11 frame */
	bool is_retry;		/* and whether it was sent before */
	int32_t vni;		/* inside VXLAN, -1 not */
	int32_t ip_id;		/* -1: next of its sender's counter */
	int32_t ip_len;		/* declared length, -1: the right one */
	uint32_t snaplen;	/* bytes captured at most */
	uint32_t wire_len;	/* as recorded, 0: the right one */
	uint32_t pad;		/* bytes of padding behind the packet */
};

struct segspec {
	struct carriage by;
	uint8_t addr[2][16];	/* source and destination */
	uint16_t port[2];	/* source and destination */
	uint32_t seq;
	uint32_t ack;
	uint16_t flags;		/* set of enum tcp_flag */
	uint16_t window;
	uint16_t urgent;
	uint32_t len;		/* bytes of payload */
	uint8_t option[SEGFRAME_OPTIONS];
	size_t options_len;	/* a multiple of 4 */
};

/* Write the captured part to buf and return its length; set *ret_wire_len. */
uint32_t segframe_build(const struct segspec *, uint8_t buf[SEGFRAME_MAX],
    uint32_t *ret_wire_len);

/* An ICMP error from the receiver that quotes the segment. */
uint32_t segframe_icmp(const struct segspec *quoted, uint8_t type,
    uint8_t code, uint16_t mtu, uint8_t buf[SEGFRAME_MAX]);

#endif
