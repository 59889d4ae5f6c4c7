/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each has an Ethernet header for the way to the next bridge, and behind its
 * own header the one for the way from host to host:
 *
 *	TRILL		| version, options (5), hops (6) | egress (2)
 *			| ingress (2) | options, 4 bytes each | Ethernet
 *	batman-adv	| type | version | hops | ... | Ethernet
 *	ISL		| destination (5) | type (4 bits), user (4 bits)
 *			| source (6) | length (2) | AA AA 03 | address (3)
 *			| VLAN (15 bits), BPDU | index (2) | reserved (2)
 *			| Ethernet
 *
 * ISL has its length where Ethernet has a type, and is known by its destination
 * alone.
 */
#include "config.h"

#include "decode/fabric.h"

#include <string.h>

#include "decode/ether.h"

#define TRILL_VERSION(first)	((first) >> 14)
#define TRILL_OPTIONS(first)	((first) >> 6 & 0x1f)

/* RFC 6325, 3. */
bool
trill_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 6);

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "TRILL header");
	if (TRILL_VERSION(load_be16(h)) != 0)
		return walk_end(w, VERDICT_UNSUPPORTED,
		    "TRILL of another version");
	if (!cursor_skip(&w->at, (size_t)TRILL_OPTIONS(load_be16(h)) * 4))
		return walk_cut(w, VERDICT_MALFORMED_LINK, "TRILL header");
	return walk_into(w, link_ethernet);
}

/* As Linux has it since 3.14 (linux/batadv_packet.h). */
#define BATMAN_VERSION	15

enum batman_type {
	BATMAN_BROADCAST = 0x01,
	BATMAN_CODED = 0x02,
	BATMAN_UNICAST = 0x40,
	BATMAN_FRAGMENT = 0x41,
	BATMAN_UNICAST_4 = 0x42	/* with four addresses */
};

/* Behind type and version. */
static bool
batman_next(struct walk *w, size_t len)
{
	if (!cursor_skip(&w->at, len - 2))
		return walk_cut(w, VERDICT_MALFORMED_LINK,
		    "batman-adv header");
	return walk_into(w, link_ethernet);
}

bool
batman_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 2);

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK,
		    "batman-adv header");
	if (h[1] != BATMAN_VERSION)
		return walk_end(w, VERDICT_UNSUPPORTED,
		    "batman-adv of another version");
	switch (h[0]) {
	case BATMAN_BROADCAST:
		return batman_next(w, 14);
	case BATMAN_UNICAST:
		return batman_next(w, 10);
	case BATMAN_UNICAST_4:
		return batman_next(w, 18);
	case BATMAN_CODED:
	case BATMAN_FRAGMENT:
		return walk_end(w, VERDICT_UNSUPPORTED,
		    "batman-adv in pieces");
	default:
		return walk_end(w, VERDICT_NOT_IP, "batman-adv");
	}
}

bool
isl_is_destination(const uint8_t address[6])
{
	/* 40 bits; in the byte behind them is the type of what is inside. */
	return memcmp(address, "\x01\x00\x0c\x00\x00", 5) == 0 ||
	    memcmp(address, "\x03\x00\x0c\x00\x00", 5) == 0;
}

#define ISL_REST	12	/* bytes behind the length */
#define ISL_VLAN_MASK	0x0fff
#define ISL_ETHERNET	0

bool
isl_next(struct walk *w, const uint8_t *h)
{
	const unsigned type = h[5] >> 4;

	h = cursor_take(&w->at, ISL_REST);
	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "ISL header");
	w->seg->vlan = load_be16(h + 6) >> 1 & ISL_VLAN_MASK;
	if (type != ISL_ETHERNET)
		return walk_end(w, VERDICT_UNSUPPORTED,
		    "ISL of another link type");
	return walk_on(w, link_ethernet);
}
