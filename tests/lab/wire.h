/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets of the laboratory's path: bare IPv4 or IPv6, as a TUN device has
 * them, parsed in place, changed, sealed again, and forged.
 */
#ifndef TCPSTATES_TESTS_LAB_WIRE_H
#define TCPSTATES_TESTS_LAB_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_MAX	2048	/* bytes of the largest packet */

#define FIN	0x01
#define SYN	0x02
#define RST	0x04
#define PSH	0x08
#define ACK	0x10

/* A packet and the fields of its TCP header, copied into host byte order. */
struct wire {
	uint8_t *ip;
	size_t len;		/* of the packet */
	bool is_v6;
	uint8_t *tcp;		/* NULL: neither a whole TCP header */
	size_t header_len;	/* of TCP, with options */
	size_t data_len;
	uint16_t sport;
	uint16_t dport;
	uint32_t seq;
	uint32_t ack;
	uint8_t flags;
};

/* Parse a packet; return false if it is neither IPv4 nor IPv6. */
bool wire_parse(struct wire *wire, uint8_t *packet, size_t len);

/* Recompute the checksums of IP and TCP after a change. */
void wire_seal(struct wire *wire);

uint8_t wire_ttl(const struct wire *wire);

/* Set CE (RFC 3168) where the sender allows it; return whether it does. */
bool wire_mark_ce(struct wire *wire);

/*
 * The option of `kind`, at its kind byte, or NULL; what lies between its kind
 * byte and its length byte's count is inside the header.
 */
uint8_t *wire_option(const struct wire *wire, uint8_t kind);

/* A TCP segment to be forged. */
struct forgery {
	bool is_reply;		/* from the receiver of `like` to its sender */
	uint8_t ttl;
	uint8_t flags;
	uint32_t seq;
	uint32_t ack;
	size_t data_len;	/* bytes of 'z' */
};

/*
 * Write a forged segment between the addresses and ports of `like` into
 * packet[WIRE_MAX]; return its length.
 */
size_t wire_forge(uint8_t *packet, const struct wire *like,
    const struct forgery *forgery);

/*
 * Write the ICMP or ICMPv6 error by which a router reports that it dropped
 * `dropped`; return its length.  mtu > 0: the packet was larger (RFC 1191,
 * RFC 8201).  mtu = 0: the destination is administratively prohibited.
 */
size_t wire_forge_error(uint8_t *packet, const struct wire *dropped,
    uint16_t mtu);

#endif
