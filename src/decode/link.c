/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The small link layers, and the table of all of them.
 */
#include "config.h"

#include "decode/link.h"

#include "base/compiler.h"
#include "decode/ether.h"
#include "decode/ip.h"
#include "decode/lan.h"
#include "decode/mpls.h"
#include "decode/ppp.h"
#include "decode/pseudo.h"
#include "decode/wan.h"
#include "decode/wifi.h"

static bool
link_unknown(struct walk *w)
{
	return walk_end(w, VERDICT_UNSUPPORTED, "unknown link type");
}

static uint16_t
load_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | (unsigned)p[1] << 8);
}
/*
 * AF_INET is 2 on all systems.  AF_INET6 is 10 on Linux, 23 on Windows, 24 on
 * NetBSD and OpenBSD, 28 on FreeBSD, 30 on Darwin.
 */
static bool
family_next(struct walk *w, unsigned family)
{
	switch (family) {
	case 2:
		return walk_on(w, ip4_decode);
	case 10:
	case 23:
	case 24:
	case 28:
	case 30:
		return walk_on(w, ip6_decode);
	default:
		return walk_stop(w, VERDICT_NOT_IP, NUMBER_FAMILY, family);
	}
}

/*
 * BSD loopback: the family in the byte order of the machine that captured
 * (DLT_NULL), or of the network (DLT_LOOP).  It is a small number: whichever
 * order makes it one is right.
 */
static bool
link_family(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 4);
	uint32_t family;

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "loopback header");
	family = load_be32(h);
	return family_next(w, family > UINT16_MAX ? load_le32(h) : family);
}

/* Values of the cooked protocol field that are no ethertype. */
#define COOKED_8023	0x0001	/* 802.3 frames without LLC: Novell's */
#define COOKED_LLC	0x0004
/* ARPHRD_ values (linux/if_arp.h) under which it is something else. */
#define ARPHRD_FRAME_RELAY	770
#define ARPHRD_WIFI	801
#define ARPHRD_PRISM	802
#define ARPHRD_RADIOTAP	803
#define ARPHRD_NETLINK	824

static bool
cooked_next(struct walk *w, unsigned hardware, unsigned protocol)
{
	switch (hardware) {
	case ARPHRD_NETLINK:
		return walk_end(w, VERDICT_NOT_IP, "netlink");
	case ARPHRD_FRAME_RELAY:
		return walk_on(w, link_frame_relay);
	case ARPHRD_WIFI:
		return walk_on(w, link_wifi);
	case ARPHRD_PRISM:
		return walk_on(w, link_prism);
	case ARPHRD_RADIOTAP:
		return walk_on(w, link_radiotap);
	default:
		break;
	}
	if (protocol == COOKED_LLC)
		return walk_on(w, llc_decode);
	if (protocol == COOKED_8023)
		return walk_end(w, VERDICT_NOT_IP, "IPX");
	if (protocol < 0x0600)
		return walk_stop(w, VERDICT_NOT_IP, NUMBER_ETHERTYPE,
		    protocol);
	return ethertype_next(w, protocol);
}

#define COOKED_ADDRESS_LEN	8

/*
 * The address at `at`, of which the first `len` bytes count: Linux does not
 * clear the others, which hold bytes of some earlier packet.
 */
static uint64_t
cooked_address(const uint8_t at[COOKED_ADDRESS_LEN], unsigned len)
{
	const uint64_t address = load_be64(at);

	return len < COOKED_ADDRESS_LEN ?
	    address & ~(UINT64_MAX >> (8 * len)) : address;
}

/* | type (2) | hardware (2) | length (2) | address (8) | protocol (2) | */
static bool
link_sll(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 16);

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "cooked header");
	/* No interface, but whether the frame came in or went out. */
	walk_add_link(w, link_hash(cooked_address(h + 6, load_be16(h + 4)),
	    load_be16(h)));
	return cooked_next(w, load_be16(h + 2), load_be16(h + 14));
}

/* A prime above the numbers of the interfaces of most hosts. */
#define INTERFACES_APART	4099

/*
 *	| protocol (2) | reserved (2) | interface (4) | hardware (2) |
 *	| type | length | address (8) |
 */
static bool
link_sll2(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 20);

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "cooked header");
	/* One interface of a capture may be `any` itself. */
	w->seg->interface = w->seg->interface * INTERFACES_APART +
	    load_be32(h + 4);
	walk_add_link(w, link_hash(cooked_address(h + 12, h[11]), h[10]));
	return cooked_next(w, load_be16(h + 8), load_be16(h));
}

#define FDDI_TYPE_MASK	0xf0
#define FDDI_LLC_ASYNC	0x50

/* | frame control | destination (6) | source (6) | LLC ... */
static bool
link_fddi(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 13);

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "FDDI header");
	if ((h[0] & FDDI_TYPE_MASK) != FDDI_LLC_ASYNC)
		return walk_end(w, VERDICT_NOT_IP, "FDDI management");
	return walk_on(w, llc_decode);
}

#define TR_TYPE_MASK	0xc0
#define TR_LLC		0x40
#define TR_IS_ROUTED	0x80	/* first bit of the source address */
#define TR_ROUTE_MASK	0x1f

/* | access | frame control | destination (6) | source (6) | [route] | LLC */
static bool
link_token_ring(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 14);
	const uint8_t *route;

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK,
		    "Token Ring header");
	if ((h[1] & TR_TYPE_MASK) != TR_LLC)
		return walk_end(w, VERDICT_NOT_IP, "Token Ring management");
	if ((h[8] & TR_IS_ROUTED) != 0) {
		route = cursor_peek(&w->at, 1);
		if (!cursor_skip(&w->at, route != NULL ?
		    *route & TR_ROUTE_MASK : 2))
			return walk_cut(w, VERDICT_MALFORMED_LINK,
			    "Token Ring header");
	}
	return walk_on(w, llc_decode);
}

#define NFLOG_TLV_LEN		4
#define NFLOG_PAYLOAD		9	/* NFULA_PAYLOAD */
#define NFLOG_TLVS_MAX		32	/* the kernel has 20 kinds */

/*
 * Take one attribute, | length (2) | type (2) | value, padded to four bytes |,
 * in the byte order of the machine that wrote it: the type is a small number.
 * Return its type, with the cursor at the value of a payload, or behind any
 * other value.  A bad length leaves the cursor not good.
 */
static unsigned
nflog_attribute(struct cursor *at)
{
	const uint8_t *h = cursor_take(at, NFLOG_TLV_LEN);
	bool is_big;
	unsigned len, type;

	if (h == NULL)
		return 0;
	is_big = load_le16(h + 2) > UINT8_MAX;
	len = is_big ? load_be16(h) : load_le16(h);
	type = is_big ? load_be16(h + 2) : load_le16(h + 2);
	if (len < NFLOG_TLV_LEN)
		at->is_over = true;
	else if (type != NFLOG_PAYLOAD)
		(void)cursor_skip(at, (len + 3U) / 4 * 4 - NFLOG_TLV_LEN);
	return type;
}

/* | family | version | resource (2) | attributes ... */
static bool
link_nflog(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 4);

	for (unsigned i = 0; h != NULL && i < NFLOG_TLVS_MAX; i++) {
		const unsigned type = nflog_attribute(&w->at);

		if (!cursor_is_good(&w->at))
			break;
		if (type == NFLOG_PAYLOAD)
			return h[0] != 0 ? family_next(w, h[0]) :
			    walk_on(w, ip_decode);
	}
	if (cursor_is_good(&w->at))
		return walk_end(w, VERDICT_TOO_DEEP, NULL);
	return walk_cut(w, VERDICT_MALFORMED_LINK, "NFLOG attribute");
}

/* | length | family | ... |, the length without its padding to four bytes. */
static bool
link_pflog(struct walk *w)
{
	const uint8_t *h = cursor_peek(&w->at, 2);
	const size_t len = h != NULL ? (h[0] + 3U) / 4 * 4 : 4;

	h = cursor_take(&w->at, len);
	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "pflog header");
	if (len < 4)
		return walk_end(w, VERDICT_MALFORMED_LINK, "pflog header");
	return family_next(w, h[1]);
}

/* | family (4) | security parameters index (4) | flags (4) | */
static bool
link_enc(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 12);
	uint32_t family;

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "enc header");
	family = load_be32(h);
	return family_next(w, family > UINT16_MAX ? load_le32(h) : family);
}

/*
 * Link types by the numbers that PPI and PKTAP headers hold: those of
 * capture files, of which only these are found there.
 */
static bool
numbered_next(struct walk *w, uint32_t number)
{
	static const struct {
		uint32_t number;
		enum linktype type;
	} numbered[] = {
		{ 0, LINKTYPE_BSD_NULL },
		{ 1, LINKTYPE_ETHERNET },
		{ 9, LINKTYPE_PPP },
		{ 12, LINKTYPE_RAW },
		{ 14, LINKTYPE_RAW },
		{ 101, LINKTYPE_RAW },
		{ 105, LINKTYPE_IEEE802_11 },
		{ 108, LINKTYPE_BSD_LOOP },
		{ 113, LINKTYPE_LINUX_SLL },
		{ 127, LINKTYPE_IEEE802_11_RADIOTAP },
	};

	for (size_t i = 0; i < ARRAY_LEN(numbered); i++)
		if (numbered[i].number == number)
			return walk_on(w, link_decoder(numbered[i].type));
	return link_unknown(w);
}

/* | version | flags | length (2) | link type (4) | fields ... |, all LE */
static bool
link_ppi(struct walk *w)
{
	const uint8_t *h = cursor_peek(&w->at, 8);
	const size_t len = h != NULL ? load_le16(h + 2) : 8;

	h = cursor_take(&w->at, len);
	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "PPI header");
	if (len < 8)
		return walk_end(w, VERDICT_MALFORMED_LINK, "PPI header");
	return numbered_next(w, load_le32(h + 4));
}

#define PKTAP_LEN_MIN	12

/* | length (4) | record type (4) | link type (4) | ... |, all LE */
static bool
link_pktap(struct walk *w)
{
	const uint8_t *h = cursor_peek(&w->at, PKTAP_LEN_MIN);
	const size_t len = h != NULL ? load_le32(h) : PKTAP_LEN_MIN;

	h = cursor_take(&w->at, len);
	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "PKTAP header");
	if (len < PKTAP_LEN_MIN)
		return walk_end(w, VERDICT_MALFORMED_LINK, "PKTAP header");
	return numbered_next(w, load_le32(h + 8));
}

#define PKTAP_LEN_MAX	1024	/* far beyond what is known */
#define PKTAP_PACKET	1	/* record type */

/*
 * The number is for private use; Apple's tools used it before PKTAP had a
 * number of its own.
 */
static bool
link_pktap_private(struct walk *w)
{
	const uint8_t *h = cursor_peek(&w->at, 8);

	if (h != NULL && (load_le32(h) > PKTAP_LEN_MAX ||
	    load_le32(h + 4) != PKTAP_PACKET))
		return link_unknown(w);
	return walk_on(w, link_pktap);
}

static walk_step *const decoders[LINKTYPE_COUNT] = {
#define LINKTYPE(name, words, decoder) [LINKTYPE_##name] = decoder,
#include "decode/linktypes.def"
#undef LINKTYPE
};

walk_step *
link_decoder(enum linktype type)
{
	return type < LINKTYPE_COUNT ? decoders[type] : link_unknown;
}
