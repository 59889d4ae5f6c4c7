/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	ARCNET, BSD	| source | destination | type | ...
 *	ARCNET, Linux	| source | destination | offset (2) | type | ...
 *	  and then, unless the type is one of RFC 1051's,
 *			| flag | sequence (2) | ...		RFC 1201
 *	FireWire	| destination (8) | source (8) | ethertype |
 *	Fibre Channel	| destination (8) | source (8) | LLC	RFC 2625
 */
#include "config.h"

#include "decode/lan.h"

#include "decode/ether.h"
#include "decode/ip.h"

enum arcnet_type {
	ARCNET_IP6 = 196,	/* RFC 2497 */
	ARCNET_IP = 212,
	ARCNET_ARP = 213,
	ARCNET_RARP = 214,
	ARCNET_IP_OLD = 240,	/* RFC 1051 */
	ARCNET_ARP_OLD = 241
};

/*
 * Flag of RFC 1201, 3: 0 for a packet in one frame, odd in the first of
 * several, even in the others; FF in a frame whose length hardware cannot
 * send, which has four bytes more before type and flag come again.
 */
#define ARCNET_EXCEPTION	0xff

static bool
arcnet_is_old(unsigned type)
{
	return type == ARCNET_IP_OLD || type == ARCNET_ARP_OLD;
}

static bool
arcnet_next(struct walk *w, unsigned type)
{
	if (!cursor_is_good(&w->at))
		return walk_cut(w, VERDICT_MALFORMED_LINK, "ARCNET header");
	switch (type) {
	case ARCNET_IP:
	case ARCNET_IP_OLD:
		return walk_on(w, ip4_decode);
	case ARCNET_IP6:
		return walk_on(w, ip6_decode);
	case ARCNET_ARP:
	case ARCNET_ARP_OLD:
	case ARCNET_RARP:
		return walk_end(w, VERDICT_NOT_IP, "ARP");
	default:
		return walk_end(w, VERDICT_NOT_IP, "ARCNET without IP");
	}
}

bool
link_arcnet(struct walk *w)
{
	unsigned type, flag = 0;

	(void)cursor_skip(&w->at, 2);
	type = cursor_u8(&w->at);
	if (!arcnet_is_old(type)) {
		flag = cursor_u8(&w->at);
		if (flag == ARCNET_EXCEPTION) {
			(void)cursor_skip(&w->at, 3);
			flag = cursor_u8(&w->at);
		}
		(void)cursor_skip(&w->at, 2);
	}
	/* The IP header in the first frame has the length of them all. */
	if (cursor_is_good(&w->at) && flag != 0 && flag % 2 == 0)
		return walk_end(w, VERDICT_FRAGMENT, NULL);
	return arcnet_next(w, type);
}

bool
link_arcnet_linux(struct walk *w)
{
	unsigned type;

	(void)cursor_skip(&w->at, 4);
	type = cursor_u8(&w->at);
	if (!arcnet_is_old(type))
		(void)cursor_skip(&w->at, 3);
	return arcnet_next(w, type);
}

bool
link_ieee1394(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 18);

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "FireWire header");
	return ethertype_next(w, load_be16(h + 16));
}

bool
link_ip_over_fc(struct walk *w)
{
	if (!cursor_skip(&w->at, 16))
		return walk_cut(w, VERDICT_MALFORMED_LINK,
		    "Fibre Channel header");
	return walk_on(w, llc_decode);
}
