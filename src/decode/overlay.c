/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "decode/overlay.h"

#include "decode/encapsulation.h"
#include "decode/ether.h"
#include "decode/gre.h"
#include "decode/ip.h"
#include "decode/mpls.h"
#include "decode/tunnel.h"
#include "decode/wifi.h"

/* Next protocols of VXLAN-GPE and NSH (RFC 8300, 2.2). */
enum gpe_protocol {
	GPE_IP4 = 1,
	GPE_IP6 = 2,
	GPE_ETHERNET = 3,
	GPE_NSH = 4,
	GPE_MPLS = 5
};

/* The decoder of this protocol if the content looks like it; else NULL. */
static walk_step *
gpe_step(const struct walk *w, unsigned protocol)
{
	switch (protocol) {
	case GPE_IP4:
		return ip4_is_plausible(&w->at) ? ip4_decode : NULL;
	case GPE_IP6:
		return ip6_is_plausible(&w->at) ? ip6_decode : NULL;
	case GPE_ETHERNET:
		return ether_is_plausible(&w->at) ? link_ethernet : NULL;
	case GPE_NSH:
		return nsh_decode;
	case GPE_MPLS:
		return mpls_is_plausible(&w->at) ? mpls_decode : NULL;
	default:
		return NULL;
	}
}

#define GPE_VERSION		0x30
#define GPE_HAS_VNI		0x08
#define GPE_HAS_PROTOCOL	0x04
#define GPE_IS_OAM		0x01	/* for the tunnel's ends only */

/*
 *	|R|R|Ver|I|P|B|O| reserved (2) | next protocol | VNI (3) | reserved |
 *
 * Reserved bits are ignored on receipt (draft-ietf-nvo3-vxlan-gpe, 3.1).
 */
bool
vxlan_gpe_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 8);
	walk_step *step;

	if (h == NULL || (h[0] & (GPE_VERSION | GPE_HAS_PROTOCOL |
	    GPE_IS_OAM)) != GPE_HAS_PROTOCOL)
		return udp_end(w);
	step = gpe_step(w, h[3]);
	if (step == NULL)
		return udp_end(w);
	if ((h[0] & GPE_HAS_VNI) != 0)
		udp_take_vni(w->seg, h + 4);
	return walk_on(w, step);
}

#define NSH_VERSION_MASK	0xc0
#define NSH_LENGTH_MASK		0x3f	/* in units of four bytes */
#define NSH_LEN			8

/*
 *	|Ver|O|U| TTL | length (6) |U| MD type | next protocol |  RFC 8300, 2
 *	| service path (3) | index | contexts, to the length
 */
bool
nsh_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, NSH_LEN);
	const size_t len = h != NULL ? (h[1] & NSH_LENGTH_MASK) * 4U : NSH_LEN;
	walk_step *step;

	if (h != NULL && ((h[0] & NSH_VERSION_MASK) != 0 || len < NSH_LEN))
		return walk_end(w, VERDICT_MALFORMED_TUNNEL, "NSH header");
	if (h == NULL || !cursor_skip(&w->at, len - NSH_LEN))
		return walk_cut(w, VERDICT_MALFORMED_TUNNEL, "NSH header");
	step = gpe_step(w, h[3]);
	return step != NULL ? walk_on(w, step) :
	    walk_end(w, VERDICT_UNSUPPORTED, "NSH of unknown content");
}

#define GUE_VERSION(h)	((h)[0] >> 6)
#define GUE_CONTROL	0x20
#define GUE_LENGTH_MASK	0x1f	/* of the fields, in units of four bytes */

/*
 *	|Ver|C| length (5) | IP protocol | flags (2) | fields
 *	or, as version 1, an IP header		draft-ietf-intarea-gue
 */
bool
gue_decode(struct walk *w)
{
	const uint8_t *h = cursor_peek(&w->at, 4);
	walk_step *step;

	if (h != NULL && GUE_VERSION(h) == 1)
		return ip_is_plausible(&w->at) ? walk_on(w, ip_decode) :
		    udp_end(w);
	if (h == NULL || GUE_VERSION(h) != 0 || (h[0] & GUE_CONTROL) != 0 ||
	    !cursor_skip(&w->at, 4 + (h[0] & GUE_LENGTH_MASK) * 4U))
		return udp_end(w);
	step = encapsulation_decoder(NUMBER_IP_PROTOCOL, h[1]);
	if (step == NULL || (step == ip4_decode &&
	    !ip4_is_plausible(&w->at)) || (step == ip6_decode &&
	    !ip6_is_plausible(&w->at)) || (step == gre_decode &&
	    !gre_is_plausible(&w->at)))
		return udp_end(w);
	return walk_on(w, step);
}

/* RFC 8086 */
bool
gre_udp_decode(struct walk *w)
{
	return gre_is_plausible(&w->at) ? walk_on(w, gre_decode) : udp_end(w);
}

/* RFC 7510 */
bool
mpls_udp_decode(struct walk *w)
{
	return mpls_is_plausible(&w->at) ? walk_on(w, mpls_decode) :
	    udp_end(w);
}

#define LISP_INSTANCE	0x08

/* | flags | nonce (3) | instance (3), status | IP |	RFC 9300, 5 */
bool
lisp_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 8);

	if (h == NULL || !ip_is_plausible(&w->at))
		return udp_end(w);
	if ((h[0] & LISP_INSTANCE) != 0)
		udp_take_vni(w->seg, h + 4);
	return walk_on(w, ip_decode);
}

#define AYIYA_LEN	8
#define AYIYA_FORWARD	1

/*
 *	| 2^length, type of identity | length / 4, method of signature |
 *	| authentication, operation | IP protocol | time (4) |
 *	| identity | signature | IP		draft-massar-v6ops-ayiya
 */
bool
ayiya_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, AYIYA_LEN);

	if (h == NULL || (h[2] & 0x0f) != AYIYA_FORWARD ||
	    !cursor_skip(&w->at, (1U << (h[0] >> 4)) + (h[1] >> 4) * 4U) ||
	    !ip_is_plausible(&w->at))
		return udp_end(w);
	return walk_on(w, ip_decode);
}

#define TZSP_VERSION	1
#define TZSP_TYPE_MAX	1	/* received or to be sent */
#define TZSP_FIELDS_MAX	32	/* ten kinds are known */
#define TZSP_PADDING	0	/* both have no length */
#define TZSP_END	1

enum tzsp_protocol {
	TZSP_ETHERNET = 1,
	TZSP_WIFI = 18,
	TZSP_PRISM = 119,
	TZSP_AVS = 127
};

static bool
tzsp_skip_fields(struct cursor *at)
{
	for (unsigned i = 0; i < TZSP_FIELDS_MAX; i++) {
		const unsigned kind = cursor_u8(at);

		if (!cursor_is_good(at))
			return false;
		if (kind == TZSP_END)
			return true;
		if (kind != TZSP_PADDING)
			(void)cursor_skip(at, cursor_u8(at));
	}
	return false;
}

/* | version | type | protocol (2) | fields | frame |: remote sniffers */
bool
tzsp_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 4);

	if (h == NULL || h[0] != TZSP_VERSION || h[1] > TZSP_TYPE_MAX ||
	    !tzsp_skip_fields(&w->at))
		return udp_end(w);
	switch (load_be16(h + 2)) {
	case TZSP_ETHERNET:
		return ether_is_plausible(&w->at) ?
		    walk_on(w, link_ethernet) : udp_end(w);
	case TZSP_WIFI:
		return walk_on(w, link_wifi);
	case TZSP_PRISM:
	case TZSP_AVS:
		return walk_on(w, link_prism);
	default:
		return udp_end(w);
	}
}

#define CAPWAP_LENGTH(word)	((word) >> 19 & 0x1f)	/* times four */
#define CAPWAP_BINDING(word)	((word) >> 9 & 0x1f)
#define CAPWAP_IS_NATIVE	0x100
#define CAPWAP_IS_FRAGMENT	0x080
#define CAPWAP_IS_KEEP_ALIVE	0x008
#define CAPWAP_RESERVED		0x007
#define CAPWAP_WIFI		1
#define CAPWAP_LEN		8

/*
 *	| preamble | length (5) | radio (5) | binding (5) | T F L W M K ... |
 *	| fragment (2) | offset (13 bits), ... | more, to the length |
 *	| 802.3 or, with T, the binding's frame |	RFC 5415, 4.3
 */
bool
capwap_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, CAPWAP_LEN);
	const uint32_t word = h != NULL ? load_be32(h) : 0;
	const size_t len = CAPWAP_LENGTH(word) * 4U;

	/* The first byte says: version 0, and not encrypted. */
	if (h == NULL || h[0] != 0 || len < CAPWAP_LEN ||
	    CAPWAP_BINDING(word) != CAPWAP_WIFI ||
	    (word & (CAPWAP_IS_KEEP_ALIVE | CAPWAP_RESERVED)) != 0 ||
	    !cursor_skip(&w->at, len - CAPWAP_LEN))
		return udp_end(w);
	if ((word & CAPWAP_IS_FRAGMENT) != 0 && load_be16(h + 6) >> 3 != 0)
		return walk_end(w, VERDICT_FRAGMENT, NULL);
	/* The first part of a fragmented packet has the whole length. */
	if ((word & CAPWAP_IS_FRAGMENT) != 0)
		w->is_granted = false;
	return walk_on(w, (word & CAPWAP_IS_NATIVE) != 0 ?
	    wifi_either_order : link_ethernet);
}
