/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IP: the fixed headers with their lengths, IPv6 extension headers, and what
 * the protocol numbers announce.
 */
#ifndef TCPSTATES_DECODE_IP_H
#define TCPSTATES_DECODE_IP_H

#include <string.h>

#include "decode/walk.h"

/* Protocol numbers that the code must know; the rest is in tables. */
enum ip_protocol {
	PROTO_HOP_BY_HOP = 0,
	PROTO_ICMP = 1,
	PROTO_IP4 = 4,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_IP6 = 41,
	PROTO_ROUTING = 43,
	PROTO_FRAGMENT = 44,
	PROTO_GRE = 47,
	PROTO_ESP = 50,
	PROTO_AH = 51,
	PROTO_ICMP6 = 58,
	PROTO_DESTINATION = 60,
	PROTO_MOBILITY = 135,
	PROTO_HIP = 139,
	PROTO_SHIM6 = 140
};

#define IP4_HEADER_LEN	20	/* bytes, without options */
#define IP6_HEADER_LEN	40	/* without extension headers */

/* Of an IP header that begins `at` bytes into the frame. */
static inline uint16_t
ip_link_hash(size_t at)
{
	return (uint16_t)(at * 0xa5b5U);
}

/* What a segment has of the IPv4 header at `h`, lengths excepted. */
static inline void
ip4_take_fields(struct segment *seg, const uint8_t h[IP4_HEADER_LEN])
{
	seg->ip_version = 4;
	seg->ecn = h[1] & 3;
	seg->dscp = h[1] >> 2;
	seg->ip_id = load_be16(h + 4);
	seg->ttl = h[8];
	/* The addresses of an outer IPv6 header may stand here. */
	memset(seg->src, 0, sizeof(seg->src));
	memset(seg->dst, 0, sizeof(seg->dst));
	memcpy(seg->src, h + 12, 4);
	memcpy(seg->dst, h + 16, 4);
}

/* And of the IPv6 header. */
static inline void
ip6_take_fields(struct segment *seg, const uint8_t h[IP6_HEADER_LEN])
{
	seg->ip_version = 6;
	seg->ecn = h[1] >> 4 & 3;
	seg->dscp = (uint8_t)((h[0] << 2 | h[1] >> 6) & 0x3f);
	seg->ip_id = 0;
	seg->ttl = h[7];
	memcpy(seg->src, h + 8, sizeof(seg->src));
	memcpy(seg->dst, h + 24, sizeof(seg->dst));
}

walk_step ip_decode;	/* by the version in the first four bits */
walk_step ip4_decode;
walk_step ip4_vj_decode;	/* by Van Jacobson, not compressed: RFC 1144 */
walk_step ip6_decode;
walk_step ah_decode;	/* RFC 4302, under either version */

/* Go on with what a protocol number announces, or end with NOT_TCP. */
bool ip_next(struct walk *, unsigned protocol);

/* Would ip_next() go on? */
bool ip_follows(const struct walk *, unsigned protocol);

/* Extension headers of IPv6 only; NULL for other numbers. */
walk_step *ip6_extension(unsigned protocol);

/*
 * The IP header at hand, of which `taken` bytes were read, says that the
 * packet has `len` bytes with it; 0 means that it does not say, and the frame
 * decides: the sender's or receiver's kernel handed over a packet that the
 * network card was to cut, or had joined (TSO, GRO, BIG TCP).  An IP length
 * beyond the record's is believed; one beyond what an enclosing header grants
 * (PPPoE, another IP header) is not.
 */
void ip_declare(struct walk *, size_t len, size_t taken);

/*
 * Could these bytes be an IP header?  For encapsulations that do not say
 * what they hold.  True when too few were captured to tell.
 */
bool ip4_is_plausible(const struct cursor *);
bool ip6_is_plausible(const struct cursor *);
bool ip_is_plausible(const struct cursor *);

#endif
