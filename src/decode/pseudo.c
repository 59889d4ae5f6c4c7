/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	ERF		| time (8) | type | flags | record length (2) |
 *			| loss (2) | wire length (2) | [more headers, 8 each]
 *	Solaris IPNET	| version | family | hook (2) | ... 24 bytes
 *	Juniper		| 4D 47 43 | flags | [length (2) | fields] | ...
 *	netANALYZER	| port and status (4) | Ethernet
 *	mPackets	| 55, up to seven times | delimiter | Ethernet | CRC (4)
 */
#include "config.h"

#include "decode/pseudo.h"

#include "decode/ether.h"
#include "decode/ip.h"
#include "decode/ppp.h"

#define ERF_LEN		16
#define ERF_HAS_MORE	0x80	/* in the type; in a further header's first */
#define ERF_MORE_LEN	8
#define ERF_MORE_MAX	8

enum erf_type {
	ERF_HDLC = 1,
	ERF_ETHERNET = 2,
	ERF_COLOR_HDLC = 10,
	ERF_COLOR_ETHERNET = 11,
	ERF_DSM_COLOR_HDLC = 15,
	ERF_DSM_COLOR_ETHERNET = 16,
	ERF_COLOR_HASH_HDLC = 19,
	ERF_COLOR_HASH_ETHERNET = 20,
	ERF_IP4 = 22,
	ERF_IP6 = 23
};

static bool
erf_next(struct walk *w, unsigned type)
{
	switch (type) {
	case ERF_HDLC:
	case ERF_COLOR_HDLC:
	case ERF_DSM_COLOR_HDLC:
	case ERF_COLOR_HASH_HDLC:
		return walk_on(w, link_ppp_serial);
	case ERF_ETHERNET:
	case ERF_COLOR_ETHERNET:
	case ERF_DSM_COLOR_ETHERNET:
	case ERF_COLOR_HASH_ETHERNET:
		(void)cursor_skip(&w->at, 2);	/* offset, padding */
		return walk_on(w, link_ethernet);
	case ERF_IP4:
	case ERF_IP6:
		return walk_on(w, ip_decode);
	default:
		return walk_end(w, VERDICT_UNSUPPORTED,
		    "ERF of another link type");
	}
}

bool
link_erf(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, ERF_LEN);
	unsigned type = h != NULL ? h[8] : 0;
	const unsigned first = type;

	for (unsigned i = 0; i < ERF_MORE_MAX && h != NULL &&
	    (type & ERF_HAS_MORE) != 0; i++) {
		h = cursor_take(&w->at, ERF_MORE_LEN);
		type = h != NULL ? h[0] : 0;
	}
	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "ERF header");
	return erf_next(w, first & ~(unsigned)ERF_HAS_MORE);
}

#define IPNET_IP4	2
#define IPNET_IP6	26	/* AF_INET6 of Solaris */

bool
link_ipnet(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 24);

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "IPNET header");
	if (h[1] == IPNET_IP4)
		return walk_on(w, ip4_decode);
	if (h[1] == IPNET_IP6)
		return walk_on(w, ip6_decode);
	return walk_stop(w, VERDICT_NOT_IP, NUMBER_FAMILY, h[1]);
}

#define JUNIPER_MAGIC		0x4d4743
#define JUNIPER_NO_LINK		0x02	/* a family (4) instead of Ethernet */
#define JUNIPER_HAS_FIELDS	0x80

bool
link_juniper(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 4);

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "Juniper header");
	if (load_be32(h) >> 8 != JUNIPER_MAGIC)
		return walk_end(w, VERDICT_MALFORMED_LINK, "Juniper header");
	if ((h[3] & JUNIPER_HAS_FIELDS) != 0)
		(void)cursor_skip(&w->at, cursor_u16(&w->at));
	if ((h[3] & JUNIPER_NO_LINK) != 0)
		(void)cursor_skip(&w->at, 4);
	if (!cursor_is_good(&w->at))
		return walk_cut(w, VERDICT_MALFORMED_LINK, "Juniper header");
	if ((h[3] & JUNIPER_NO_LINK) == 0)
		return walk_on(w, link_ethernet);
	return ip_is_plausible(&w->at) ? walk_on(w, ip_decode) :
	    walk_end(w, VERDICT_NOT_IP, "Juniper without IP");
}

bool
link_netanalyzer(struct walk *w)
{
	if (!cursor_skip(&w->at, 4))
		return walk_cut(w, VERDICT_MALFORMED_LINK,
		    "netANALYZER header");
	return walk_on(w, link_ethernet);
}

/* IEEE 802.3br, 99.3: what may be interrupted has delimiters of its own. */
#define PREAMBLE	0x55
#define PREAMBLE_MAX	7
#define SMD_EXPRESS	0xd5
#define SMD_START_0	0xe6
#define SMD_START_1	0x4c
#define SMD_START_2	0x7f
#define SMD_START_3	0xb3

static bool
mpacket_next(struct walk *w, unsigned delimiter)
{
	switch (delimiter) {
	case SMD_EXPRESS:
	case SMD_START_0:
	case SMD_START_1:
	case SMD_START_2:
	case SMD_START_3:
		return walk_on(w, link_ethernet);
	default:
		return walk_end(w, VERDICT_UNSUPPORTED,
		    "mPacket that goes on");
	}
}

bool
link_mpacket(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 1);

	for (unsigned i = 0; i < PREAMBLE_MAX && h != NULL &&
	    *h == PREAMBLE; i++)
		h = cursor_take(&w->at, 1);
	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK,
		    "mPacket preamble");
	return mpacket_next(w, *h);
}
