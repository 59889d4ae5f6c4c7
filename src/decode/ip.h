/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IP: the fixed headers with their lengths, IPv6 extension headers, and what
 * the protocol numbers announce.
 */
#ifndef TCPSTATES_DECODE_IP_H
#define TCPSTATES_DECODE_IP_H

#include "decode/walk.h"

/* Protocol numbers that the code must know; the rest is in tables. */
enum ip_protocol {
	PROTO_HOP_BY_HOP = 0,
	PROTO_ICMP = 1,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_ROUTING = 43,
	PROTO_FRAGMENT = 44,
	PROTO_AH = 51,
	PROTO_ICMP6 = 58,
	PROTO_DESTINATION = 60,
	PROTO_MOBILITY = 135,
	PROTO_HIP = 139,
	PROTO_SHIM6 = 140
};

walk_step ip_decode;	/* by the version in the first four bits */
walk_step ip4_decode;
walk_step ip6_decode;
walk_step ah_decode;	/* RFC 4302, under either version */

/* Go on with what a protocol number announces, or end with NOT_TCP. */
bool ip_next(struct walk *, unsigned protocol);

/* Would ip_next() go on? */
bool ip_follows(const struct walk *, unsigned protocol);

/* Extension headers of IPv6 only; NULL for other numbers. */
walk_step *ip6_extension(unsigned protocol);

/*
 * The IP header at hand, of which `taken` octets were read, says that the
 * packet has `len` octets with it; 0 means that it does not say, and the frame
 * decides: the sender's or receiver's kernel handed over a packet that the
 * network card was to cut, or had joined (TSO, GRO, BIG TCP).  An IP length
 * beyond the record's is believed; one beyond what an enclosing header grants
 * (PPPoE, another IP header) is not.
 */
void ip_declare(struct walk *, size_t len, size_t taken);

/*
 * Could these octets be an IP header?  For encapsulations that do not say
 * what they hold.  True when too few were captured to tell.
 */
bool ip4_is_plausible(const struct cursor *);
bool ip6_is_plausible(const struct cursor *);
bool ip_is_plausible(const struct cursor *);

#endif
