/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames for tests, written from the outside in:
 *
 *	struct packet p;
 *
 *	packet_start(&p, LINKTYPE_ETHERNET);
 *	packet_vlan(&p, 0x8100, 10);
 *	packet_ip4(&p, &(struct packet_ip4){ .id = 7 });
 *	packet_tcp(&p, &(struct packet_tcp){ .flags = TCP_SYN });
 *	packet_payload(&p, 100);
 *	packet_finish(&p);
 *
 * Each header sets its type in the one before it (ethertype, IP protocol, PPP
 * protocol, address family...), and packet_finish() puts in the lengths and
 * the checksums of IPv4 and TCP.  What a test wants wrong it writes over
 * afterwards, at the positions kept in the struct.
 */
#ifndef TCPSTATES_TESTS_PACKET_H
#define TCPSTATES_TESTS_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/frame.h"

#define PACKET_MAX	4096	/* bytes of a frame */
#define PACKET_FIXES	64	/* headers with a length in one frame */

/* Where a header says what comes after it. */
enum packet_slot {
	SLOT_NONE,		/* it does not say, or the caller did */
	SLOT_ETHERTYPE,		/* two bytes */
	SLOT_IP,		/* one byte, an IP protocol */
	SLOT_PPP,		/* two bytes */
	SLOT_FAMILY_NET,	/* four bytes, AF_INET or AF_INET6 */
	SLOT_FAMILY_LITTLE,
	SLOT_FAMILY_OCTET,
	SLOT_IPNET,		/* one byte, Solaris's family */
	SLOT_ARCNET,		/* one byte */
	SLOT_AX25		/* one byte; IPv4 only */
};

struct packet {
	enum linktype linktype;
	uint32_t interface;	/* as in struct frame */
	size_t len;		/* bytes written */
	size_t outer_ip;	/* position of the first IP header */
	size_t ip;		/* of the last */
	size_t extension;	/* of the last IPv6 extension header */
	size_t tcp;		/* of the TCP header */
	size_t payload;		/* of the data */

	enum packet_slot slot;	/* of the last header */
	size_t slot_at;
	bool has_ip;
	unsigned fix_count;
	struct packet_fix {
		unsigned kind;
		size_t at;
	} fixes[PACKET_FIXES];
	uint8_t bytes[PACKET_MAX];
};

/* Zero stands for the default in the comment. */
struct packet_ip4 {
	uint32_t src;		/* 10.0.0.1 */
	uint32_t dst;		/* 10.0.0.2 */
	uint16_t id;
	uint16_t fragment;	/* flags and offset as they stand */
	uint8_t tos;
	uint8_t ttl;		/* 64 */
	uint8_t options_len;	/* bytes of No-Operation, multiple of 4 */
};

struct packet_ip6 {
	uint8_t src_last;	/* 1: of 2001:db8::1 */
	uint8_t dst_last;	/* 2 */
	uint8_t traffic_class;
	uint8_t hop_limit;	/* 64 */
};

struct packet_tcp {
	uint16_t src_port;	/* 40000 */
	uint16_t dst_port;	/* 80 */
	uint32_t seq;
	uint32_t ack;
	uint16_t flags;
	uint16_t window;
	uint16_t urgent;
	const uint8_t *options;	/* a multiple of 4 bytes */
	size_t options_len;
};

/* Begin with the header of a link type (none for raw IP). */
void packet_start(struct packet *, enum linktype);
/* Does this link type's header take an ethertype, so that tags may follow? */
bool packet_takes_tags(enum linktype);
/* Can it hold IP of this version at all? */
bool packet_takes_ip(enum linktype, unsigned ip_version);

void packet_octets(struct packet *, const void *bytes, size_t n);
void packet_u8(struct packet *, unsigned);
void packet_u16(struct packet *, unsigned);
void packet_u32(struct packet *, uint32_t);
void packet_zeros(struct packet *, size_t n);
/* Write over what is there. */
void packet_put16(struct packet *, size_t at, unsigned);
/* The next header will not announce itself: the caller already did. */
void packet_say_nothing(struct packet *);

void packet_ethernet(struct packet *);		/* announced as 0x6558 */
void packet_vlan(struct packet *, unsigned tpid, unsigned id);
void packet_pbb(struct packet *);		/* 802.1ah, with Ethernet */
void packet_mpls(struct packet *, unsigned label, bool is_last);
void packet_snap(struct packet *);		/* LLC and SNAP */
void packet_pppoe(struct packet *);		/* session, with PPP */
void packet_ppp(struct packet *);		/* protocol only */

void packet_ip4(struct packet *, const struct packet_ip4 *);
void packet_ip6(struct packet *, const struct packet_ip6 *);
/* An IPv6 extension header of 8 * (1 + units) bytes, zero but for its head. */
void packet_extension(struct packet *, unsigned protocol, unsigned units);
/* offset in bytes, a multiple of 8 */
void packet_ip6_fragment(struct packet *, uint32_t id, unsigned offset,
    bool more);
void packet_ah(struct packet *);

void packet_udp(struct packet *, unsigned src_port, unsigned dst_port);
void packet_gre(struct packet *, unsigned flags);
void packet_vxlan(struct packet *, uint32_t vni);
void packet_geneve(struct packet *, uint32_t vni, unsigned options_len);
void packet_gtp(struct packet *, unsigned flags);
void packet_l2tp(struct packet *, unsigned flags);
/* L2TPv3: session, `before` bytes, Ethernet. */
void packet_l2tp3(struct packet *, size_t before);
void packet_etherip(struct packet *);

void packet_tcp(struct packet *, const struct packet_tcp *);
void packet_payload(struct packet *, size_t n);

/* Put in lengths and checksums.  Padding may be appended after. */
void packet_finish(struct packet *);

/*
 * A fragment of a finished packet: `len` bytes (or those left) from `offset`
 * on after the fixed header of its first IP packet, with everything before.
 * IPv6 gets a fragment header.
 */
void packet_fragment(struct packet *out, const struct packet *whole,
    uint32_t id, size_t offset, size_t len);

/*
 * Decode the first `captured` bytes, out of a heap block that has no more, so
 * that a sanitizer sees any read beyond.  The payload of *ret_segment is not
 * to be looked at.
 */
enum verdict packet_decode_cut(struct decoder *, const struct packet *,
    size_t captured, size_t wire_len, struct segment *ret_segment);
/* All of it. */
enum verdict packet_decode(struct decoder *, const struct packet *,
    struct segment *ret_segment);

#endif
