/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames are written from the outside in, by a pen that never leaves its
 * paper: link header, tags, perhaps VXLAN, IP, TCP, a payload whose bytes
 * follow from their sequence numbers (so that a retransmission carries the
 * same ones), padding.
 */
#include "config.h"

#include "segframe.h"

#include <string.h>

#define ETHERTYPE_IP4	0x0800
#define ETHERTYPE_IP6	0x86dd
#define ETHERTYPE_VLAN	0x8100
#define PROTO_ICMP	1
#define PROTO_TCP	6
#define PROTO_UDP	17
#define PORT_VXLAN	4789
#define IP4_LEN		20
#define IP6_LEN		40
#define TCP_LEN		20

struct pen {
	uint8_t *paper;
	size_t size;
	size_t at;		/* may pass size: counted, not written */
};

static void
u8(struct pen *pen, unsigned v)
{
	if (pen->at < pen->size)
		pen->paper[pen->at] = (uint8_t)v;
	pen->at++;
}

static void
u16(struct pen *pen, unsigned v)
{
	u8(pen, v >> 8 & 0xff);
	u8(pen, v & 0xff);
}

static void
u32(struct pen *pen, uint32_t v)
{
	u16(pen, v >> 16);
	u16(pen, v & 0xffff);
}

static void
bytes(struct pen *pen, const uint8_t *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		u8(pen, from[i]);
}

static void
zeros(struct pen *pen, size_t n)
{
	for (size_t i = 0; i < n; i++)
		u8(pen, 0);
}

/* Sum of 16-bit words, not yet folded or inverted (RFC 1071). */
static uint32_t
sum(const uint8_t *p, size_t n)
{
	uint32_t s = 0;

	for (size_t i = 0; i < n; i++)
		s += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	return s;
}

static unsigned
fold(uint32_t s)
{
	while (s > 0xffff)
		s = (s >> 16) + (s & 0xffff);
	return s;
}

static void
station(struct pen *pen, unsigned last)
{
	u8(pen, 2);
	zeros(pen, 4);
	u8(pen, last);
}

/* The protocol comes first, and is that of the tag if there is one. */
static void
second_cooked_header(struct pen *pen, const struct carriage *by,
    unsigned ethertype)
{
	u16(pen, by->vlan != 0 ? ETHERTYPE_VLAN : ethertype);
	u16(pen, 0);
	u32(pen, by->interface);
	u16(pen, 1);		/* Ethernet */
	u8(pen, 0);		/* to us */
	u8(pen, 6);		/* address length */
	station(pen, by->mac);
	u16(pen, 0);
	if (by->vlan != 0) {
		u16(pen, by->vlan);
		u16(pen, ethertype);
	}
}

/* Data from a station to its access point, and LLC/SNAP. */
static void
wifi_header(struct pen *pen, const struct carriage *by, unsigned ethertype)
{
	u8(pen, 0x08);
	u8(pen, by->is_retry ? 0x09 : 0x01);
	u16(pen, 0);		/* duration */
	station(pen, 3);
	station(pen, by->mac);
	station(pen, 2);
	u8(pen, by->radio << 4 & 0xff);
	u8(pen, by->radio >> 4 & 0xff);
	u16(pen, 0xaaaa);
	u32(pen, 0x03000000);
	u16(pen, ethertype);
}

static void
link_header(struct pen *pen, const struct carriage *by, unsigned ethertype)
{
	if (by->linktype == LINKTYPE_RAW)
		return;
	if (by->linktype == LINKTYPE_LINUX_SLL2) {
		second_cooked_header(pen, by, ethertype);
		return;
	}
	if (by->linktype == LINKTYPE_IEEE802_11) {
		wifi_header(pen, by, ethertype);
		return;
	}
	if (by->linktype == LINKTYPE_LINUX_SLL) {
		u16(pen, 0);		/* to us */
		u16(pen, 1);		/* Ethernet */
		u16(pen, 6);		/* address length */
		station(pen, by->mac);
		u16(pen, 0);
	} else {
		station(pen, 2);
		station(pen, by->mac);
	}
	if (by->vlan != 0) {
		u16(pen, ETHERTYPE_VLAN);
		u16(pen, by->vlan);
	}
	u16(pen, ethertype);
}

static void
ip4_header(struct pen *pen, const struct carriage *by, const uint8_t *src,
    const uint8_t *dst, unsigned proto, unsigned total)
{
	const size_t start = pen->at;
	const unsigned id = by->ip_id < 0 ? 0 : (unsigned)by->ip_id;

	u8(pen, 0x45);
	u8(pen, by->ecn);
	u16(pen, by->ip_len < 0 ? total : (unsigned)by->ip_len);
	u16(pen, id);
	u16(pen, 0x4000);		/* don't fragment */
	u8(pen, by->ttl);
	u8(pen, proto);
	u16(pen, 0);
	bytes(pen, src, 4);
	bytes(pen, dst, 4);
	if (pen->at <= pen->size) {
		const unsigned check = ~fold(sum(pen->paper + start, IP4_LEN));

		pen->paper[start + 10] = (uint8_t)(check >> 8);
		pen->paper[start + 11] = (uint8_t)check;
	}
}

static void
ip6_header(struct pen *pen, const struct carriage *by, const uint8_t *src,
    const uint8_t *dst, unsigned proto, unsigned len)
{
	u32(pen, 0x60000000 | (uint32_t)by->ecn << 20);
	u16(pen, by->ip_len < 0 ? len : (unsigned)by->ip_len);
	u8(pen, proto);
	u8(pen, by->ttl);
	bytes(pen, src, 16);
	bytes(pen, dst, 16);
}

static void
payload(struct pen *pen, const struct segspec *s)
{
	const uint32_t first = s->seq + ((s->flags & 0x002) != 0);
	uint32_t i;

	for (i = 0; i < s->len && pen->at < pen->size; i++)
		u8(pen, (first + i) * 2654435761u >> 24);
	pen->at += s->len - i;
}

/* The checksum of what stands on the paper from start; 0 when cut. */
static void
tcp_checksum(struct pen *pen, const struct segspec *s, size_t start)
{
	const size_t alen = s->by.is_ip6 ? 16 : 4;
	const size_t len = pen->at - start;
	uint32_t check = (uint32_t)len + PROTO_TCP + sum(s->addr[0], alen) +
	    sum(s->addr[1], alen);

	if (pen->at > pen->size)
		return;
	/* An offload leaves the sum of the pseudo header to the hardware. */
	if (!s->by.has_bad_checksum)
		check = ~fold(check + sum(pen->paper + start, len));
	check = fold(check & 0xffff);
	pen->paper[start + 16] = (uint8_t)(check >> 8);
	pen->paper[start + 17] = (uint8_t)check;
}

static void
tcp(struct pen *pen, const struct segspec *s)
{
	const size_t start = pen->at;
	const unsigned words = (unsigned)(TCP_LEN + s->options_len) / 4;

	u16(pen, s->port[0]);
	u16(pen, s->port[1]);
	u32(pen, s->seq);
	u32(pen, s->ack);
	u16(pen, words << 12 | s->flags);
	u16(pen, s->window);
	u16(pen, 0);
	u16(pen, s->urgent);
	bytes(pen, s->option, s->options_len);
	payload(pen, s);
	tcp_checksum(pen, s, start);
}

/* Around an inner Ethernet frame of inner_len bytes (RFC 7348, 5). */
static void
vxlan(struct pen *pen, const struct segspec *s, unsigned inner_len)
{
	static const uint8_t from[4] = { 192, 0, 2, 1 };
	static const uint8_t to[4] = { 192, 0, 2, 2 };
	struct carriage outer = s->by;

	outer.ip_id = 0;
	outer.ip_len = -1;
	outer.ttl = 64;
	outer.linktype = LINKTYPE_ETHERNET;
	outer.vlan = 0;
	link_header(pen, &outer, ETHERTYPE_IP4);
	ip4_header(pen, &outer, from, to, PROTO_UDP,
	    IP4_LEN + 8 + 8 + inner_len);
	u16(pen, 50000);
	u16(pen, PORT_VXLAN);
	u16(pen, 8 + 8 + inner_len);
	u16(pen, 0);
	u32(pen, 0x08000000);
	u32(pen, (uint32_t)s->by.vni << 8);
}

static void
packet(struct pen *pen, const struct segspec *s)
{
	const unsigned len = (unsigned)(TCP_LEN + s->options_len) + s->len;

	if (s->by.is_ip6)
		ip6_header(pen, &s->by, s->addr[0], s->addr[1], PROTO_TCP,
		    len);
	else
		ip4_header(pen, &s->by, s->addr[0], s->addr[1], PROTO_TCP,
		    IP4_LEN + len);
	tcp(pen, s);
}

uint32_t
segframe_build(const struct segspec *s, uint8_t buf[SEGFRAME_MAX],
    uint32_t *ret_wire_len)
{
	const unsigned ip_len = s->by.is_ip6 ? IP6_LEN : IP4_LEN;
	const unsigned packet_len = ip_len + TCP_LEN +
	    (unsigned)s->options_len + s->len;
	const unsigned inner_len = 14u + (s->by.vlan != 0 ? 4u : 0u) +
	    packet_len;
	struct pen pen = { .paper = buf, .size = SEGFRAME_MAX };

	if (s->by.snaplen < pen.size)
		pen.size = s->by.snaplen;
	if (s->by.vni >= 0)
		vxlan(&pen, s, inner_len);
	link_header(&pen, &s->by, s->by.is_ip6 ? ETHERTYPE_IP6 : ETHERTYPE_IP4);
	packet(&pen, s);
	zeros(&pen, s->by.pad);
	*ret_wire_len = s->by.wire_len != 0 ? s->by.wire_len :
	    (uint32_t)pen.at;
	return (uint32_t)(pen.at < pen.size ? pen.at : pen.size);
}

uint32_t
segframe_icmp(const struct segspec *quoted, uint8_t type, uint8_t code,
    uint16_t mtu, uint8_t buf[SEGFRAME_MAX])
{
	const unsigned quote = IP4_LEN + 8;	/* RFC 792: 64 bits of data */
	struct carriage by = quoted->by;
	struct pen pen = { .paper = buf, .size = SEGFRAME_MAX };
	size_t start;

	by.ip_id = 1;
	by.ttl = 60;
	link_header(&pen, &by, ETHERTYPE_IP4);
	ip4_header(&pen, &by, quoted->addr[1], quoted->addr[0], PROTO_ICMP,
	    IP4_LEN + 8 + quote);
	u8(&pen, type);
	u8(&pen, code);
	u16(&pen, 0);
	u16(&pen, 0);
	u16(&pen, mtu);
	start = pen.at;
	packet(&pen, quoted);
	return (uint32_t)(start + quote);
}
