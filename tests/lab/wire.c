/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "wire.h"

#include <string.h>

#include "../big_endian.h"

#define IPPROTO_NUMBER_ICMP	1
#define IPPROTO_NUMBER_TCP	6
#define IPPROTO_NUMBER_ICMPV6	58

#define IP4_LEN		20
#define IP6_LEN		40
#define TCP_LEN		20
#define ICMP_LEN	8
#define TTL		64
#define WINDOW		8192	/* of forged segments */

/* The router that reports errors: none of the hosts' addresses. */
static const uint8_t router4[] = { 203, 0, 113, 1 };
static const uint8_t router6[] = {
	0x20, 0x01, 0x0d, 0xb8, 0, 0x0c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1
};

static uint16_t
get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t
get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static void
parse_tcp(struct wire *wire, size_t at)
{
	const uint8_t *tcp = wire->ip + at;

	if (wire->len < at + TCP_LEN)
		return;
	wire->header_len = (size_t)(tcp[12] >> 4) * 4;
	if (wire->header_len < TCP_LEN || wire->len < at + wire->header_len)
		return;
	wire->tcp = wire->ip + at;
	wire->data_len = wire->len - at - wire->header_len;
	wire->sport = get16(tcp);
	wire->dport = get16(tcp + 2);
	wire->seq = get32(tcp + 4);
	wire->ack = get32(tcp + 8);
	wire->flags = tcp[13];
}

bool
wire_parse(struct wire *wire, uint8_t *packet, size_t len)
{
	*wire = (struct wire){ .ip = packet, .len = len };
	if (len >= IP4_LEN && packet[0] == 0x45) {
		if (packet[9] == IPPROTO_NUMBER_TCP)
			parse_tcp(wire, IP4_LEN);
		return true;
	}
	if (len >= IP6_LEN && packet[0] >> 4 == 6) {
		wire->is_v6 = true;
		if (packet[6] == IPPROTO_NUMBER_TCP)
			parse_tcp(wire, IP6_LEN);
		return true;
	}
	return false;
}

uint8_t
wire_ttl(const struct wire *wire)
{
	return wire->ip[wire->is_v6 ? 7 : 8];
}

/* RFC 1071: the sum of 16-bit words, not yet folded. */
static uint32_t
add_words(uint32_t sum, const uint8_t *at, size_t len)
{
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += get16(at + i);
	if (i < len)
		sum += (uint32_t)at[i] << 8;
	return sum;
}

static uint16_t
fold(uint32_t sum)
{
	while (sum > 0xffff)
		sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)~sum;
}

/* The checksum of the payload of IP, with the pseudo-header (RFC 9293, 3.1). */
static uint16_t
payload_sum(const struct wire *wire, uint8_t protocol)
{
	const size_t at = wire->is_v6 ? IP6_LEN : IP4_LEN;
	const size_t len = wire->len - at;
	uint32_t sum;

	sum = wire->is_v6 ? add_words(0, wire->ip + 8, 32) :
	    add_words(0, wire->ip + 12, 8);
	return fold(add_words(sum + protocol + (uint32_t)len,
	    wire->ip + at, len));
}

static void
seal_ip4(struct wire *wire)
{
	if (wire->is_v6)
		return;
	put16(wire->ip + 10, 0);
	put16(wire->ip + 10, fold(add_words(0, wire->ip, IP4_LEN)));
}

void
wire_seal(struct wire *wire)
{
	seal_ip4(wire);
	if (wire->tcp == NULL)
		return;
	put16(wire->tcp + 16, 0);
	put16(wire->tcp + 16, payload_sum(wire, IPPROTO_NUMBER_TCP));
}

bool
wire_mark_ce(struct wire *wire)
{
	uint8_t *at = wire->ip + 1;
	const int shift = wire->is_v6 ? 4 : 0;

	if ((*at >> shift & 3) == 0)
		return false;	/* Not-ECT */
	*at |= (uint8_t)(3 << shift);
	seal_ip4(wire);
	return true;
}

uint8_t *
wire_option(const struct wire *wire, uint8_t kind)
{
	uint8_t *at = wire->tcp + TCP_LEN;
	uint8_t *end = wire->tcp + wire->header_len;

	while (at < end && *at != 0) {
		if (*at == 1) {
			at++;
			continue;
		}
		if (end - at < 2 || at[1] < 2 || at[1] > end - at)
			return NULL;
		if (*at == kind)
			return at;
		at += at[1];
	}
	return NULL;
}

/* An IP header of a packet of `len` bytes; return its length. */
static size_t
forge_ip(uint8_t *packet, bool is_v6, uint8_t protocol, size_t payload_len)
{
	memset(packet, 0, WIRE_MAX);
	if (is_v6) {
		packet[0] = 0x60;
		put16(packet + 4, (uint32_t)payload_len);
		packet[6] = protocol;
		packet[7] = TTL;
		return IP6_LEN;
	}
	packet[0] = 0x45;
	put16(packet + 2, (uint32_t)(IP4_LEN + payload_len));
	packet[6] = 0x40;	/* do not fragment */
	packet[8] = TTL;
	packet[9] = protocol;
	return IP4_LEN;
}

static void
forge_addresses(uint8_t *packet, const struct wire *like, bool is_reply)
{
	const size_t at = like->is_v6 ? 8 : 12;
	const size_t len = like->is_v6 ? 16 : 4;
	const uint8_t *from = like->ip + at;

	memcpy(packet + at, from + (is_reply ? len : 0), len);
	memcpy(packet + at + len, from + (is_reply ? 0 : len), len);
}

size_t
wire_forge(uint8_t *packet, const struct wire *like,
    const struct forgery *forgery)
{
	struct wire made;
	size_t at;
	uint8_t *tcp;

	at = forge_ip(packet, like->is_v6, IPPROTO_NUMBER_TCP,
	    TCP_LEN + forgery->data_len);
	forge_addresses(packet, like, forgery->is_reply);
	packet[like->is_v6 ? 7 : 8] = forgery->ttl;
	tcp = packet + at;
	put16(tcp, forgery->is_reply ? like->dport : like->sport);
	put16(tcp + 2, forgery->is_reply ? like->sport : like->dport);
	put32(tcp + 4, forgery->seq);
	put32(tcp + 8, forgery->flags & ACK ? forgery->ack : 0);
	tcp[12] = TCP_LEN / 4 << 4;
	tcp[13] = forgery->flags;
	put16(tcp + 14, forgery->flags & RST ? 0 : WINDOW);
	memset(tcp + TCP_LEN, 'z', forgery->data_len);
	wire_parse(&made, packet, at + TCP_LEN + forgery->data_len);
	wire_seal(&made);
	return made.len;
}

/* Type and code of the error, of ICMP (RFC 792) or ICMPv6 (RFC 4443). */
static void
forge_error_header(uint8_t *icmp, bool is_v6, uint16_t mtu)
{
	if (is_v6) {
		icmp[0] = mtu ? 2 : 1;	/* too big; unreachable ... */
		icmp[1] = mtu ? 0 : 1;	/* ... prohibited */
		put32(icmp + 4, mtu);
	} else {
		icmp[0] = 3;		/* unreachable ... */
		icmp[1] = mtu ? 4 : 13;	/* ... too big, prohibited */
		put16(icmp + 6, mtu);
	}
}

size_t
wire_forge_error(uint8_t *packet, const struct wire *dropped, uint16_t mtu)
{
	const bool is_v6 = dropped->is_v6;
	/* As much of the packet as the smallest MTU has room for. */
	const size_t most = is_v6 ? 1280 - IP6_LEN - ICMP_LEN :
	    576 - IP4_LEN - ICMP_LEN;
	const size_t quoted = dropped->len < most ? dropped->len : most;
	struct wire made;
	uint8_t *icmp;
	size_t at;

	at = forge_ip(packet, is_v6, is_v6 ? IPPROTO_NUMBER_ICMPV6 :
	    IPPROTO_NUMBER_ICMP, ICMP_LEN + quoted);
	forge_addresses(packet, dropped, true);
	if (is_v6)
		memcpy(packet + 8, router6, sizeof(router6));
	else
		memcpy(packet + 12, router4, sizeof(router4));
	icmp = packet + at;
	forge_error_header(icmp, is_v6, mtu);
	memcpy(icmp + ICMP_LEN, dropped->ip, quoted);
	wire_parse(&made, packet, at + ICMP_LEN + quoted);
	seal_ip4(&made);
	put16(icmp + 2, is_v6 ? payload_sum(&made, IPPROTO_NUMBER_ICMPV6) :
	    fold(add_words(0, icmp, ICMP_LEN + quoted)));
	return made.len;
}
