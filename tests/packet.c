/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "packet.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"

#define IP4_LEN		20
#define IP6_LEN		40
#define TCP_LEN		20
#define PROTO_TCP	6

/* What packet_finish() has to put in, and where. */
enum fix {
	FIX_IP4,		/* total length, checksum */
	FIX_IP6,		/* payload length */
	FIX_TCP,		/* checksum */
	FIX_UDP,		/* length */
	FIX_PPPOE,		/* length */
	FIX_GTP,		/* length */
	FIX_L2TP,		/* length */
	FIX_NFLOG		/* length of the payload attribute */
};

/* What a header is to the one before it; -1 where it cannot follow. */
struct identity {
	int ethertype;
	int protocol;
	int ppp;
	int family;
};

static const uint8_t mac[12] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 };

void
packet_octets(struct packet *p, const void *bytes, size_t n)
{
	if (n > PACKET_MAX - p->len)
		abort();
	if (n > 0)
		memcpy(p->bytes + p->len, bytes, n);
	p->len += n;
}

void
packet_u8(struct packet *p, unsigned v)
{
	const uint8_t octet = (uint8_t)v;

	packet_octets(p, &octet, 1);
}

void
packet_u16(struct packet *p, unsigned v)
{
	packet_u8(p, v >> 8 & 0xff);
	packet_u8(p, v & 0xff);
}

void
packet_u32(struct packet *p, uint32_t v)
{
	packet_u16(p, v >> 16);
	packet_u16(p, v & 0xffff);
}

void
packet_zeros(struct packet *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		packet_u8(p, 0);
}

void
packet_put16(struct packet *p, size_t at, unsigned v)
{
	p->bytes[at] = (uint8_t)(v >> 8);
	p->bytes[at + 1] = (uint8_t)v;
}

void
packet_say_nothing(struct packet *p)
{
	p->slot = SLOT_NONE;
}

static void
slot(struct packet *p, enum packet_slot kind, size_t at)
{
	p->slot = kind;
	p->slot_at = at;
}

static void
announce(struct packet *p, const struct identity *id)
{
	uint8_t *at = p->bytes + p->slot_at;

	switch (p->slot) {
	case SLOT_NONE:
		break;
	case SLOT_ETHERTYPE:
		packet_put16(p, p->slot_at, (unsigned)id->ethertype);
		break;
	case SLOT_PPP:
		packet_put16(p, p->slot_at, (unsigned)id->ppp);
		break;
	case SLOT_IP:
		*at = (uint8_t)id->protocol;
		break;
	case SLOT_FAMILY_NET:
		at[3] = (uint8_t)id->family;
		break;
	case SLOT_FAMILY_LITTLE:
	case SLOT_FAMILY_OCTET:
		*at = (uint8_t)id->family;
		break;
	case SLOT_IPNET:
		*at = id->ethertype == 0x0800 ? 2 : 26;
		break;
	case SLOT_ARCNET:
		*at = id->ethertype == 0x0800 ? 212 : 196;
		break;
	case SLOT_AX25:
		*at = id->ethertype == 0x0800 ? 0xcc : 0;
		break;
	}
	p->slot = SLOT_NONE;
}

static void
fix(struct packet *p, enum fix kind)
{
	if (p->fix_count == PACKET_FIXES)
		abort();
	p->fixes[p->fix_count++] =
	    (struct packet_fix){ .kind = kind, .at = p->len };
}

static void
family_header(struct packet *p, enum packet_slot kind)
{
	slot(p, kind, p->len);
	packet_u32(p, 0);
}

static void
ethernet_header(struct packet *p)
{
	packet_octets(p, mac, sizeof(mac));
	slot(p, SLOT_ETHERTYPE, p->len);
	packet_u16(p, 0);
}

static void
sll(struct packet *p)
{
	packet_u16(p, 0);	/* to us */
	packet_u16(p, 1);	/* ARPHRD_ETHER */
	packet_u16(p, 6);
	packet_octets(p, mac, 6);
	packet_u16(p, 0);
	slot(p, SLOT_ETHERTYPE, p->len);
	packet_u16(p, 0);
}

static void
sll2(struct packet *p)
{
	slot(p, SLOT_ETHERTYPE, p->len);
	packet_u16(p, 0);
	packet_u16(p, 0);
	packet_u32(p, 2);	/* interface */
	packet_u16(p, 1);	/* ARPHRD_ETHER */
	packet_u8(p, 0);
	packet_u8(p, 6);
	packet_octets(p, mac, 6);
	packet_u16(p, 0);
}

/* QoS data from an access point, then LLC. */
static void
wifi(struct packet *p)
{
	packet_u16(p, 0x8802);	/* data, QoS; From DS */
	packet_u16(p, 0);	/* duration */
	packet_octets(p, mac, sizeof(mac));
	packet_octets(p, mac, 6);
	packet_u16(p, 0);	/* sequence */
	packet_u16(p, 0);	/* QoS */
	packet_snap(p);
}

static void
radiotap(struct packet *p)
{
	static const uint8_t header[] = {
		0, 0, 18, 0,			/* version, length, LE */
		0x03, 0x00, 0x00, 0x00,		/* timer, flags */
		1, 2, 3, 4, 5, 6, 7, 8,		/* timer */
		0x00, 0x00,			/* flags, rate */
	};

	packet_octets(p, header, sizeof(header));
	wifi(p);
}

static void
avs(struct packet *p)
{
	packet_u32(p, 0x80211001);
	packet_u32(p, 64);
	packet_zeros(p, 56);
	wifi(p);
}

static void
prism(struct packet *p)
{
	static const uint8_t header[] = {
		0x44, 0, 0, 0,		/* message */
		144, 0, 0, 0,		/* length, LE */
	};

	packet_octets(p, header, sizeof(header));
	packet_zeros(p, 144 - sizeof(header));
	wifi(p);
}

static void
ppi(struct packet *p)
{
	static const uint8_t header[] = {
		0, 0, 8, 0,		/* version, length, LE */
		105, 0, 0, 0,		/* 802.11 */
	};

	packet_octets(p, header, sizeof(header));
	wifi(p);
}

static void
nflog(struct packet *p)
{
	static const uint8_t attributes[] = {
		8, 0, 1, 0, 8, 0, 1, 0,		/* packet header */
		5, 0, 10, 0, 0, 0, 0, 0,	/* prefix, padded */
	};
	static const uint8_t payload[] = { 0, 0, 9, 0 };

	slot(p, SLOT_FAMILY_OCTET, p->len);
	packet_u32(p, 0);
	packet_octets(p, attributes, sizeof(attributes));
	fix(p, FIX_NFLOG);
	packet_octets(p, payload, sizeof(payload));
}

static void
pflog(struct packet *p)
{
	packet_u8(p, 61);
	slot(p, SLOT_FAMILY_OCTET, p->len);
	packet_zeros(p, 63);
}

static void
pktap(struct packet *p)
{
	static const uint8_t header[] = {
		108, 0, 0, 0,		/* length, LE */
		1, 0, 0, 0,		/* packet */
		1, 0, 0, 0,		/* Ethernet */
	};

	packet_octets(p, header, sizeof(header));
	packet_zeros(p, 108 - sizeof(header));
	ethernet_header(p);
}

/* The address of a Frame Relay circuit, and an ethertype behind SNAP. */
static void
frame_relay(struct packet *p)
{
	packet_u16(p, 0x1841);
	packet_u16(p, 0x0300);	/* unnumbered, padding */
	packet_u8(p, 0x80);	/* SNAP */
	packet_u16(p, 0);	/* OUI */
	packet_u8(p, 0);
	slot(p, SLOT_ETHERTYPE, p->len);
	packet_u16(p, 0);
}

/* One repeater between two stations; an I frame. */
static void
ax25(struct packet *p)
{
	packet_zeros(p, 20);
	packet_u8(p, 0x01);	/* the last address */
	packet_u8(p, 0x00);
	slot(p, SLOT_AX25, p->len);
	packet_u8(p, 0);
}

static void
docsis(struct packet *p)
{
	packet_u16(p, 0x0103);	/* three bytes of extended header */
	packet_u16(p, 0);
	packet_zeros(p, 3);
	packet_u16(p, 0);	/* check sequence */
	ethernet_header(p);
}

/* In RFC 1201's form: flag and sequence. */
static void
arcnet(struct packet *p, size_t addresses_len)
{
	packet_zeros(p, addresses_len);
	slot(p, SLOT_ARCNET, p->len);
	packet_u8(p, 0);
	packet_zeros(p, 3);
}

static void
ieee1394(struct packet *p)
{
	packet_zeros(p, 16);
	slot(p, SLOT_ETHERTYPE, p->len);
	packet_u16(p, 0);
}

static void
ipnet(struct packet *p)
{
	packet_u8(p, 1);
	slot(p, SLOT_IPNET, p->len);
	packet_zeros(p, 23);
}

/* Ethernet after one further header. */
static void
endace(struct packet *p)
{
	packet_zeros(p, 8);
	packet_u8(p, 0x80 | 2);
	packet_zeros(p, 7 + 8);
	packet_zeros(p, 2);	/* offset */
	ethernet_header(p);
}

static void
juniper(struct packet *p)
{
	packet_u32(p, 0x4d474380);
	packet_u16(p, 3);
	packet_zeros(p, 3);
	ethernet_header(p);
}

static void
chip_tag(struct packet *p, size_t len)
{
	packet_octets(p, mac, sizeof(mac));
	packet_zeros(p, len);
	slot(p, SLOT_ETHERTYPE, p->len);
	packet_u16(p, 0);
}

static void
token_ring(struct packet *p)
{
	packet_u16(p, 0x1040);	/* access, frame control: LLC */
	packet_octets(p, mac, sizeof(mac));
	p->bytes[p->len - 6] |= 0x80;	/* a route follows */
	packet_u16(p, 0x0600);	/* six bytes of it */
	packet_u32(p, 0x00110022);
	packet_snap(p);
}

static void
link_header(struct packet *p, enum linktype type)
{
	switch (type) {
	case LINKTYPE_UNKNOWN:
	case LINKTYPE_RAW:
	case LINKTYPE_IPV4:
	case LINKTYPE_IPV6:
	case LINKTYPE_COUNT:
		break;
	case LINKTYPE_ETHERNET:
		ethernet_header(p);
		break;
	case LINKTYPE_LINUX_SLL:
		sll(p);
		break;
	case LINKTYPE_LINUX_SLL2:
		sll2(p);
		break;
	case LINKTYPE_BSD_NULL:
		family_header(p, SLOT_FAMILY_LITTLE);
		break;
	case LINKTYPE_BSD_LOOP:
		family_header(p, SLOT_FAMILY_NET);
		break;
	case LINKTYPE_ENC:
		family_header(p, SLOT_FAMILY_LITTLE);
		packet_zeros(p, 8);
		break;
	case LINKTYPE_PPP_SERIAL:
		packet_u16(p, 0xff03);
		packet_ppp(p);
		break;
	case LINKTYPE_PPP:
		packet_ppp(p);
		break;
	case LINKTYPE_PPP_ETHER:
		packet_pppoe(p);
		break;
	case LINKTYPE_CHDLC:
		packet_u16(p, 0x0f00);
		slot(p, SLOT_ETHERTYPE, p->len);
		packet_u16(p, 0);
		break;
	case LINKTYPE_LLC:
		packet_snap(p);
		break;
	case LINKTYPE_FDDI:
		packet_u8(p, 0x50);
		packet_octets(p, mac, sizeof(mac));
		packet_snap(p);
		break;
	case LINKTYPE_TOKEN_RING:
		token_ring(p);
		break;
	case LINKTYPE_IEEE802_11:
		wifi(p);
		break;
	case LINKTYPE_IEEE802_11_RADIOTAP:
		radiotap(p);
		break;
	case LINKTYPE_IEEE802_11_PRISM:
		prism(p);
		break;
	case LINKTYPE_IEEE802_11_AVS:
		avs(p);
		break;
	case LINKTYPE_PPI:
		ppi(p);
		break;
	case LINKTYPE_MPLS:
		packet_mpls(p, 16, true);
		break;
	case LINKTYPE_NFLOG:
		nflog(p);
		break;
	case LINKTYPE_PFLOG:
		pflog(p);
		break;
	case LINKTYPE_PKTAP:
	case LINKTYPE_PKTAP_USER2:
		pktap(p);
		break;
	case LINKTYPE_PPP_DIR:
		packet_u8(p, 1);
		packet_u16(p, 0xff03);
		packet_ppp(p);
		break;
	case LINKTYPE_CHDLC_DIR:
		packet_u8(p, 1);
		packet_u16(p, 0x0f00);
		slot(p, SLOT_ETHERTYPE, p->len);
		packet_u16(p, 0);
		break;
	case LINKTYPE_FRAME_RELAY_DIR:
		packet_u8(p, 1);
		frame_relay(p);
		break;
	case LINKTYPE_FRAME_RELAY:
		frame_relay(p);
		break;
	case LINKTYPE_SLIP:
		packet_zeros(p, 16);
		break;
	case LINKTYPE_SUNATM:
		packet_u32(p, 0x82000020);
		packet_snap(p);
		break;
	case LINKTYPE_AX25_KISS:
		packet_u8(p, 0x10);
		ax25(p);
		break;
	case LINKTYPE_AX25:
		ax25(p);
		break;
	case LINKTYPE_DOCSIS:
		docsis(p);
		break;
	case LINKTYPE_ARCNET:
		arcnet(p, 2);
		break;
	case LINKTYPE_ARCNET_LINUX:
		arcnet(p, 4);
		break;
	case LINKTYPE_IEEE1394:
		ieee1394(p);
		break;
	case LINKTYPE_IP_OVER_FC:
		packet_zeros(p, 16);
		packet_snap(p);
		break;
	case LINKTYPE_IPNET:
		ipnet(p);
		break;
	case LINKTYPE_ERF:
		endace(p);
		break;
	case LINKTYPE_JUNIPER_ETHERNET:
		juniper(p);
		break;
	case LINKTYPE_NETANALYZER:
		packet_zeros(p, 4);
		ethernet_header(p);
		break;
	case LINKTYPE_CHIP_TAG:
		chip_tag(p, 4);
		break;
	case LINKTYPE_EDSA_TAG:
		chip_tag(p, 8);
		break;
	case LINKTYPE_MPACKET:
		packet_octets(p, "\x55\x55\x55\x55\x55\x55\x55\xd5", 8);
		ethernet_header(p);
		break;
	}
}

void
packet_start(struct packet *p, enum linktype type)
{
	memset(p, 0, offsetof(struct packet, bytes));
	p->linktype = type;
	link_header(p, type);
}

bool
packet_takes_tags(enum linktype type)
{
	struct packet p;

	packet_start(&p, type);
	return p.slot == SLOT_ETHERTYPE;
}

bool
packet_takes_ip(enum linktype type, unsigned ip_version)
{
	if (type == LINKTYPE_IPV6)
		return ip_version == 6;
	if (type == LINKTYPE_IPV4 || type == LINKTYPE_AX25 ||
	    type == LINKTYPE_AX25_KISS)
		return ip_version == 4;
	return true;
}

void
packet_ethernet(struct packet *p)
{
	announce(p, &(struct identity){ .ethertype = 0x6558,
	    .protocol = 143 });
	ethernet_header(p);
}

void
packet_vlan(struct packet *p, unsigned tpid, unsigned id)
{
	announce(p, &(struct identity){ .ethertype = (int)tpid });
	packet_u16(p, id);
	slot(p, SLOT_ETHERTYPE, p->len);
	packet_u16(p, 0);
}

void
packet_pbb(struct packet *p)
{
	announce(p, &(struct identity){ .ethertype = 0x88e7 });
	packet_u32(p, 0x00123456);
	ethernet_header(p);
}

void
packet_mpls(struct packet *p, unsigned label, bool is_last)
{
	announce(p, &(struct identity){ .ethertype = 0x8847, .ppp = 0x0281,
	    .protocol = 137 });
	packet_u32(p, label << 12 | (is_last ? 0x100U : 0U) | 64);
}

void
packet_snap(struct packet *p)
{
	packet_u32(p, 0xaaaa0300);	/* LLC; OUI 0... */
	packet_u16(p, 0);
	slot(p, SLOT_ETHERTYPE, p->len);
	packet_u16(p, 0);
}

void
packet_ppp(struct packet *p)
{
	announce(p, &(struct identity){ .ethertype = 0x880b });
	slot(p, SLOT_PPP, p->len);
	packet_u16(p, 0);
}

void
packet_pppoe(struct packet *p)
{
	announce(p, &(struct identity){ .ethertype = 0x8864 });
	fix(p, FIX_PPPOE);
	packet_u16(p, 0x1100);
	packet_u16(p, 1);	/* session */
	packet_u16(p, 0);
	packet_ppp(p);
}

static void
at_ip(struct packet *p)
{
	if (!p->has_ip)
		p->outer_ip = p->len;
	p->has_ip = true;
	p->ip = p->len;
}

void
packet_ip4(struct packet *p, const struct packet_ip4 *h)
{
	announce(p, &(struct identity){ .ethertype = 0x0800, .protocol = 4,
	    .ppp = 0x0021, .family = 2 });
	at_ip(p);
	fix(p, FIX_IP4);
	packet_u8(p, 0x45 + h->options_len / 4U);
	packet_u8(p, h->tos);
	packet_u16(p, 0);
	packet_u16(p, h->id);
	packet_u16(p, h->fragment);
	packet_u8(p, h->ttl != 0 ? h->ttl : 64);
	slot(p, SLOT_IP, p->len);
	packet_u8(p, 0);
	packet_u16(p, 0);
	packet_u32(p, h->src != 0 ? h->src : 0x0a000001);
	packet_u32(p, h->dst != 0 ? h->dst : 0x0a000002);
	for (unsigned i = 0; i < h->options_len; i++)
		packet_u8(p, 1);
}

static void
ip6_address(struct packet *p, unsigned last)
{
	packet_u32(p, 0x20010db8);
	packet_zeros(p, 11);
	packet_u8(p, last);
}

void
packet_ip6(struct packet *p, const struct packet_ip6 *h)
{
	announce(p, &(struct identity){ .ethertype = 0x86dd, .protocol = 41,
	    .ppp = 0x0057, .family = 30 });
	at_ip(p);
	fix(p, FIX_IP6);
	packet_u32(p, 0x60000000U | (uint32_t)h->traffic_class << 20);
	packet_u16(p, 0);
	slot(p, SLOT_IP, p->len);
	packet_u8(p, 0);
	packet_u8(p, h->hop_limit != 0 ? h->hop_limit : 64);
	ip6_address(p, h->src_last != 0 ? h->src_last : 1);
	ip6_address(p, h->dst_last != 0 ? h->dst_last : 2);
}

static void
next_header(struct packet *p, unsigned protocol)
{
	announce(p, &(struct identity){ .protocol = (int)protocol });
	p->extension = p->len;
	slot(p, SLOT_IP, p->len);
	packet_u8(p, 0);
}

void
packet_extension(struct packet *p, unsigned protocol, unsigned units)
{
	next_header(p, protocol);
	packet_u8(p, units);
	packet_zeros(p, 6 + 8 * units);
}

void
packet_ip6_fragment(struct packet *p, uint32_t id, unsigned offset, bool more)
{
	next_header(p, 44);
	packet_u8(p, 0);
	packet_u16(p, offset | more);
	packet_u32(p, id);
}

void
packet_ah(struct packet *p)
{
	next_header(p, 51);
	packet_u8(p, 4);	/* 24 bytes */
	packet_zeros(p, 22);
}

void
packet_udp(struct packet *p, unsigned src_port, unsigned dst_port)
{
	announce(p, &(struct identity){ .protocol = 17 });
	fix(p, FIX_UDP);
	packet_u16(p, src_port);
	packet_u16(p, dst_port);
	packet_u32(p, 0);
}

void
packet_gre(struct packet *p, unsigned flags)
{
	announce(p, &(struct identity){ .protocol = 47 });
	packet_u16(p, flags);
	slot(p, SLOT_ETHERTYPE, p->len);
	packet_u16(p, 0);
	/* Version 0: checksum, key, sequence number. */
	for (unsigned bit = 0x8000; bit >= 0x1000; bit >>= 1)
		if ((flags & bit) != 0)
			packet_u32(p, bit);
}

void
packet_vxlan(struct packet *p, uint32_t vni)
{
	packet_u32(p, 0x08000000);
	packet_u32(p, vni << 8);
	ethernet_header(p);
}

void
packet_geneve(struct packet *p, uint32_t vni, unsigned options_len)
{
	packet_u16(p, options_len / 4 << 8);
	slot(p, SLOT_ETHERTYPE, p->len);
	packet_u16(p, 0);
	packet_u32(p, vni << 8);
	packet_zeros(p, options_len);
}

void
packet_gtp(struct packet *p, unsigned flags)
{
	fix(p, FIX_GTP);
	packet_u8(p, 0x30 | flags);
	packet_u8(p, 255);
	packet_u16(p, 0);
	packet_u32(p, 0x1234);		/* tunnel */
	if ((flags & 7) != 0) {
		packet_u16(p, 1);	/* sequence */
		packet_u8(p, 0);
		packet_u8(p, flags & 4 ? 0x85 : 0);
	}
	if ((flags & 4) != 0) {
		packet_u32(p, 0x01000900); /* PDU session, last extension */
	}
	slot(p, SLOT_NONE, 0);
}

void
packet_l2tp(struct packet *p, unsigned flags)
{
	if ((flags & 0x4000) != 0)
		fix(p, FIX_L2TP);
	packet_u16(p, flags | 2);
	if ((flags & 0x4000) != 0)
		packet_u16(p, 0);	/* length */
	packet_u32(p, 0x00010002);	/* tunnel, session */
	if ((flags & 0x0800) != 0)
		packet_u32(p, 0);	/* Ns, Nr */
	if ((flags & 0x0200) != 0)
		packet_u32(p, 0x00020000); /* two bytes of padding */
	packet_u16(p, 0xff03);
	slot(p, SLOT_PPP, p->len);
	packet_u16(p, 0);
}

void
packet_l2tp3(struct packet *p, size_t before)
{
	announce(p, &(struct identity){ .protocol = 115 });
	packet_u32(p, 0x00020003);	/* session */
	packet_zeros(p, before);
	ethernet_header(p);
}

void
packet_etherip(struct packet *p)
{
	announce(p, &(struct identity){ .protocol = 97 });
	packet_u16(p, 0x3000);
	ethernet_header(p);
}

void
packet_tcp(struct packet *p, const struct packet_tcp *h)
{
	const unsigned offset = (unsigned)(TCP_LEN + h->options_len) / 4;

	announce(p, &(struct identity){ .protocol = PROTO_TCP });
	p->tcp = p->len;
	fix(p, FIX_TCP);
	packet_u16(p, h->src_port != 0 ? h->src_port : 40000);
	packet_u16(p, h->dst_port != 0 ? h->dst_port : 80);
	packet_u32(p, h->seq);
	packet_u32(p, h->ack);
	packet_u16(p, offset << 12 | h->flags);
	packet_u16(p, h->window);
	packet_u16(p, 0);
	packet_u16(p, h->urgent);
	packet_octets(p, h->options, h->options_len);
	p->payload = p->len;
}

void
packet_payload(struct packet *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		packet_u8(p, (unsigned)i & 0xff);
}

/* Sum of 16-bit words, not yet folded (RFC 1071). */
static uint32_t
sum(const uint8_t *bytes, size_t n)
{
	uint32_t s = 0;

	for (size_t i = 0; i < n; i++)
		s += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
	return s;
}

static unsigned
inverted(uint32_t s)
{
	while (s > 0xffff)
		s = (s >> 16) + (s & 0xffff);
	return ~s & 0xffff;
}

static void
tcp_checksum(struct packet *p)
{
	const size_t len = p->len - p->tcp;
	const bool is_ip4 = p->bytes[p->ip] >> 4 == 4;
	const size_t addresses = p->ip + (is_ip4 ? 12 : 8);
	uint32_t s = sum(p->bytes + addresses, is_ip4 ? 8 : 32);

	packet_put16(p, p->tcp + 16, 0);
	s += PROTO_TCP + (uint32_t)len + sum(p->bytes + p->tcp, len);
	packet_put16(p, p->tcp + 16, inverted(s));
}

static void
ip4_checksum(struct packet *p, size_t at)
{
	const size_t len = (p->bytes[at] & 0x0fU) * 4;

	packet_put16(p, at + 10, 0);
	packet_put16(p, at + 10, inverted(sum(p->bytes + at, len)));
}

static void
apply(struct packet *p, enum fix kind, size_t at)
{
	const unsigned len = (unsigned)(p->len - at);

	switch (kind) {
	case FIX_IP4:
		packet_put16(p, at + 2, len);
		ip4_checksum(p, at);
		break;
	case FIX_IP6:
		packet_put16(p, at + 4, len - IP6_LEN);
		break;
	case FIX_TCP:
		tcp_checksum(p);
		break;
	case FIX_UDP:
		packet_put16(p, at + 4, len);
		break;
	case FIX_PPPOE:
		packet_put16(p, at + 4, len - 6);
		break;
	case FIX_GTP:
		packet_put16(p, at + 2, len - 8);
		break;
	case FIX_L2TP:
		packet_put16(p, at + 2, len);
		break;
	case FIX_NFLOG:
		p->bytes[at] = (uint8_t)len;
		p->bytes[at + 1] = (uint8_t)(len >> 8);
		break;
	}
}

void
packet_finish(struct packet *p)
{
	for (unsigned i = p->fix_count; i > 0; i--)
		apply(p, p->fixes[i - 1].kind, p->fixes[i - 1].at);
}

static void
fragment4(struct packet *out, const struct packet *whole, uint32_t id,
    size_t offset, bool more)
{
	const size_t at = whole->outer_ip;

	packet_put16(out, at + 2, (unsigned)(out->len - at));
	packet_put16(out, at + 4, id & 0xffff);
	packet_put16(out, at + 6, (unsigned)(offset / 8) |
	    (more ? 0x2000U : 0U));
	ip4_checksum(out, at);
}

static void
fragment6(struct packet *out, const struct packet *whole)
{
	const size_t at = whole->outer_ip;

	packet_put16(out, at + 4, (unsigned)(out->len - at - IP6_LEN));
	out->bytes[at + 6] = 44;
}

void
packet_fragment(struct packet *out, const struct packet *whole, uint32_t id,
    size_t offset, size_t len)
{
	const size_t at = whole->outer_ip;
	const uint8_t first = whole->bytes[at];
	const size_t header_len = first >> 4 == 4 ? (first & 0x0fU) * 4 :
	    IP6_LEN;
	const size_t left = whole->len - at - header_len - offset;
	const bool more = len < left;

	if (!more)
		len = left;
	memset(out, 0, offsetof(struct packet, bytes));
	out->linktype = whole->linktype;
	out->outer_ip = at;
	packet_octets(out, whole->bytes, at + header_len);
	if (first >> 4 == 6) {
		packet_u16(out, (unsigned)whole->bytes[at + 6] << 8);
		packet_u16(out, (unsigned)offset | more);
		packet_u32(out, id);
	}
	packet_octets(out, whole->bytes + at + header_len + offset, len);
	if (first >> 4 == 4)
		fragment4(out, whole, id, offset, more);
	else
		fragment6(out, whole);
}

enum verdict
packet_decode_cut(struct decoder *d, const struct packet *p, size_t captured,
    size_t wire_len, struct segment *ret_segment)
{
	/* One byte more would hide nothing: malloc(0) is allowed. */
	uint8_t *block = malloc(captured);
	const struct frame frame = {
		.number = 1,
		.bytes = block,
		.captured_len = (uint32_t)captured,
		.wire_len = (uint32_t)wire_len,
		.linktype = p->linktype,
		.interface = p->interface,
	};
	enum verdict verdict;

	if (block == NULL && captured > 0)
		abort();
	if (captured > 0)
		memcpy(block, p->bytes, captured);
	verdict = frame_decode(d, &frame, ret_segment);
	free(block);
	return verdict;
}

enum verdict
packet_decode(struct decoder *d, const struct packet *p,
    struct segment *ret_segment)
{
	return packet_decode_cut(d, p, p->len, p->len, ret_segment);
}
