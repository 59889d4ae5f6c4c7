/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One check per header instead of a step of the walk.  The fast path decides
 * nothing that the chain does not: any doubt is left to the chain.
 * tests/check_fastpath.c and fuzz_frame compare the two.
 */
#include "config.h"

#include "decode/fastpath.h"

#include <stddef.h>

#include "base/compiler.h"
#include "base/cursor.h"
#include "decode/ether.h"
#include "decode/frame.h"
#include "decode/ip.h"
#include "decode/tcphdr.h"
#include "decode/tcpopt.h"

#define FRAGMENT_MASK	0x3fff	/* more fragments, and the offset */

/* Positions in the frame, by its IP header. */
struct layout {
	const uint8_t *ip;
	size_t ip_header;	/* bytes */
	size_t ip_len;		/* bytes of the packet, declared */
	size_t captured;	/* bytes of the packet */
	size_t tcp_header;	/* bytes, with options */
};

/* Set what follows from the layout, and what usual segments do not have. */
static void
take_rest(struct segment *seg, const struct layout *at)
{
	const uint8_t *tcp = at->ip + at->ip_header;
	const size_t options = at->tcp_header - TCP_HEADER_LEN;
	const size_t headers = at->ip_header + at->tcp_header;

	seg->vni = 0;
	seg->vlan = 0;
	seg->link_hash = (uint16_t)(
	    ether_link_hash(at->ip - ETHER_HEADER_LEN) +
	    ip_link_hash(ETHER_HEADER_LEN));
	seg->wifi_seq = 0;
	seg->is_wifi_retry = false;
	seg->vni_known = false;
	seg->is_offloaded = false;
	seg->is_wire_len_wrong = false;
	seg->ip_len = (uint32_t)at->ip_len;
	seg->payload_len = (uint32_t)(at->ip_len - headers);
	seg->payload = at->ip + headers;
	seg->payload_captured = (uint32_t)(at->captured - headers);
	seg->depth = DEPTH_OPTIONS;
	tcp_take_fields(seg, tcp);
	tcpopt_decode(tcp + TCP_HEADER_LEN, options, options, &seg->opt);
}

/* By an IPv4 or IPv6 header whose first `left` bytes are captured. */
static ALWAYS_INLINE bool
find_layout(struct layout *at, unsigned type, size_t left)
{
	/* cppcheck-suppress ctuuninitvar ; its caller has set it */
	const uint8_t *ip = at->ip;

	if (type == ETHERTYPE_IP4) {
		at->ip_header = IP4_HEADER_LEN;
		at->ip_len = load_be16(ip + 2);
		return left >= IP4_HEADER_LEN + TCP_HEADER_LEN &&
		    ip[0] == 0x45 && ip[9] == PROTO_TCP &&
		    (load_be16(ip + 6) & FRAGMENT_MASK) == 0;
	}
	if (type != ETHERTYPE_IP6 || left < IP6_HEADER_LEN + TCP_HEADER_LEN)
		return false;
	at->ip_header = IP6_HEADER_LEN;
	at->ip_len = IP6_HEADER_LEN + (size_t)load_be16(ip + 4);
	return ip[0] >> 4 == 6 && ip[6] == PROTO_TCP;
}

/* False: the chain has to decode the frame. */
static ALWAYS_INLINE bool
find_headers(const struct frame *frame, struct layout *at)
{
	struct cursor c = cursor_over(frame->bytes, frame->captured_len,
	    frame->wire_len);
	const uint8_t *ether = cursor_peek(&c,
	    ETHER_HEADER_LEN + IP4_HEADER_LEN);

	if (UNLIKELY(ether == NULL))
		return false;
	at->ip = ether + ETHER_HEADER_LEN;
	at->captured = frame->captured_len - ETHER_HEADER_LEN;
	if (!find_layout(at, load_be16(ether + 12), at->captured))
		return false;
	/* Padding behind the packet does not belong to it. */
	if (at->captured > at->ip_len)
		at->captured = at->ip_len;
	if (UNLIKELY(at->captured < at->ip_header + TCP_HEADER_LEN ||
	    at->ip_len > c.declared_end - ETHER_HEADER_LEN))
		return false;
	at->tcp_header = (size_t)(at->ip[at->ip_header + 12] >> 4) * 4;
	return LIKELY(at->tcp_header >= TCP_HEADER_LEN &&
	    at->tcp_header <= at->captured - at->ip_header);
}

bool
fastpath_decode(const struct frame *frame, struct segment *ret_segment)
{
	struct layout at;

	if (!find_headers(frame, &at))
		return false;
	ret_segment->time_ns = frame->time_ns;
	ret_segment->frame = frame->number;
	ret_segment->interface = frame->interface;
	if (at.ip_header == IP4_HEADER_LEN)
		ip4_take_fields(ret_segment, at.ip);
	else
		ip6_take_fields(ret_segment, at.ip);
	take_rest(ret_segment, &at);
	return true;
}

uint32_t
fastpath_peek(const struct frame *frame, struct frame_ends *ret_ends)
{
	struct layout at;

	if (!find_headers(frame, &at))
		return 0;
	ret_ends->ip_version = at.ip_header == IP4_HEADER_LEN ? 4 : 6;
	ret_ends->src = at.ip + (ret_ends->ip_version == 4 ? 12 : 8);
	ret_ends->dst = at.ip + (ret_ends->ip_version == 4 ? 16 : 24);
	ret_ends->src_port = load_be16(at.ip + at.ip_header);
	ret_ends->dst_port = load_be16(at.ip + at.ip_header + 2);
	return (uint32_t)(ETHER_HEADER_LEN + at.ip_header + at.tcp_header);
}
