/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	 0                   1                   2                   3
 *	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *	+-+-+-+-+---------+-+-------+-----+-----------------------------+
 *	|C|R|K|S|  ...    |A|  ...  | Ver |        Protocol Type        |
 *	+-+-+-+-+---------+-+-------+-----+-----------------------------+
 *	| Checksum, Offset		  if C or R, version 0		|
 *	| Key (in version 1: length, call)  if K			|
 *	| Sequence Number		  if S				|
 *	| Acknowledgment Number		  if A, version 1		|
 *	+---------------------------------------------------------------+
 *	RFC 2784, RFC 2890; version 1 is PPTP's, RFC 2637, 4.1
 */
#include "config.h"

#include "decode/gre.h"

#include "decode/encapsulation.h"
#include "decode/ether.h"
#include "decode/ip.h"
#include "decode/ppp.h"
#include "decode/wifi.h"

#define GRE_CHECKSUM	0x8000
#define GRE_ROUTING	0x4000
#define GRE_KEY		0x2000
#define GRE_SEQUENCE	0x1000
#define GRE_ACK		0x0080
#define GRE_VERSION	0x0007
/* In version 0; the other reserved bits are ignored (RFC 2784, 2.3). */
#define GRE_MUST_BE_ZERO	0x4c07

#define TYPE_PPP	0x880b
#define TYPE_WCCP	0x883e
#define TYPE_ERSPAN	0x88be	/* types I and II */
#define TYPE_ERSPAN3	0x22eb
#define TYPE_ARUBA	0x8200	/* access points: 802.11 frames */
#define TYPE_ARUBA_LAST	0x8230
#define TYPE_MIN	0x0600	/* no ethertype is below */

/*
 * ERSPAN (draft-foschiano-erspan): type I is nothing but Ethernet, type II
 * has a header of eight bytes, and GRE's sequence number tells them apart.
 */
static bool
erspan2(struct walk *w)
{
	if (!cursor_skip(&w->at, 8))
		return walk_cut(w, VERDICT_MALFORMED_TUNNEL, "ERSPAN header");
	return walk_on(w, link_ethernet);
}

#define ERSPAN3_FRAME_TYPE(h)	((h)[10] >> 2 & 0x1f)
#define ERSPAN3_IP		2
#define ERSPAN3_HAS_PLATFORM	0x01	/* in the last byte */

/*
 *	| Ver | VLAN   | COS BSO T | session | timestamp (4)
 *	| security group (2) |P| frame type (5) | hardware (6) |D|Gra|O|
 *	[ platform-specific part (8), if O ]
 */
static bool
erspan3(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 12);

	if (h == NULL || ((h[11] & ERSPAN3_HAS_PLATFORM) != 0 &&
	    !cursor_skip(&w->at, 8)))
		return walk_cut(w, VERDICT_MALFORMED_TUNNEL, "ERSPAN header");
	return walk_on(w, ERSPAN3_FRAME_TYPE(h) == ERSPAN3_IP ? ip_decode :
	    link_ethernet);
}

/* Version 2 puts four bytes before the packet, version 1 does not. */
static bool
wccp(struct walk *w)
{
	const uint8_t *h = cursor_peek(&w->at, 1);

	if (h != NULL && *h >> 4 != 4 && !cursor_skip(&w->at, 4))
		return walk_cut(w, VERDICT_MALFORMED_TUNNEL, "WCCP header");
	return walk_on(w, ip4_decode);
}

static bool
not_tcp(struct walk *w)
{
	return walk_end(w, VERDICT_NOT_TCP, "GRE");
}

static bool
content(struct walk *w, unsigned flags, unsigned type)
{
	switch (type) {
	case TYPE_ERSPAN:
		return walk_on(w, flags & GRE_SEQUENCE ? erspan2 :
		    link_ethernet);
	case TYPE_ERSPAN3:
		return walk_on(w, erspan3);
	case TYPE_WCCP:
		return walk_on(w, wccp);
	default:
		if (type >= TYPE_ARUBA && type <= TYPE_ARUBA_LAST)
			return walk_on(w, wifi_either_order);
		/* Keep-alives have type 0 and nothing inside. */
		return type < TYPE_MIN ? not_tcp(w) : ethertype_next(w, type);
	}
}

static bool
gre0(struct walk *w, unsigned flags, unsigned type)
{
	const size_t len = (flags & GRE_CHECKSUM ? 4U : 0U) +
	    (flags & GRE_KEY ? 4U : 0U) + (flags & GRE_SEQUENCE ? 4U : 0U);

	if (flags & GRE_ROUTING)
		return walk_end(w, VERDICT_UNSUPPORTED, "GRE source routing");
	if (!cursor_skip(&w->at, len))
		return walk_cut(w, VERDICT_MALFORMED_TUNNEL, "GRE header");
	return content(w, flags, type);
}

/* Without a sequence number there is no content, only an acknowledgement. */
static bool
gre1(struct walk *w, unsigned flags, unsigned type)
{
	const size_t len = 4U + (flags & GRE_SEQUENCE ? 4U : 0U) +
	    (flags & GRE_ACK ? 4U : 0U);

	if (type != TYPE_PPP || (flags & GRE_KEY) == 0)
		return walk_end(w, VERDICT_MALFORMED_TUNNEL, "PPTP header");
	if (!cursor_skip(&w->at, len))
		return walk_cut(w, VERDICT_MALFORMED_TUNNEL, "PPTP header");
	return flags & GRE_SEQUENCE ? walk_on(w, ppp_decode) : not_tcp(w);
}

bool
gre_decode(struct walk *w)
{
	const unsigned flags = cursor_u16(&w->at);
	const unsigned type = cursor_u16(&w->at);

	if (!cursor_is_good(&w->at))
		return walk_cut(w, VERDICT_MALFORMED_TUNNEL, "GRE header");
	switch (flags & GRE_VERSION) {
	case 0:
		return gre0(w, flags, type);
	case 1:
		return gre1(w, flags, type);
	default:
		return walk_end(w, VERDICT_UNSUPPORTED, "GRE of later version");
	}
}

bool
gre_is_plausible(const struct cursor *at)
{
	const uint8_t *h = cursor_peek(at, 4);
	unsigned flags, type;

	if (h == NULL)
		return cursor_declared_left(at) >= 4;
	flags = load_be16(h);
	type = load_be16(h + 2);
	return (flags & GRE_MUST_BE_ZERO) == 0 &&
	    (type == TYPE_ERSPAN || type == TYPE_ERSPAN3 ||
	    encapsulation_decoder(NUMBER_ETHERTYPE, type) != NULL);
}

/* | 3 | reserved, 12 bits | Ethernet frame |	RFC 3378, 3 */
bool
etherip_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 2);

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_TUNNEL, "EtherIP header");
	if (h[0] >> 4 != 3)
		return walk_end(w, VERDICT_MALFORMED_TUNNEL,
		    "EtherIP version");
	return walk_on(w, link_ethernet);
}
