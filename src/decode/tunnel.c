/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "decode/tunnel.h"

#include "base/compiler.h"
#include "decode/encapsulation.h"
#include "decode/esp.h"
#include "decode/ether.h"
#include "decode/gre.h"
#include "decode/ip.h"
#include "decode/overlay.h"
#include "decode/ppp.h"

#define UDP_HEADER_LEN	8
#define L2TP3_LEN_MAX	12	/* of a cookie and a sublayer */

bool
udp_end(struct walk *w)
{
	return walk_stop(w, VERDICT_NOT_TCP, NUMBER_IP_PROTOCOL, PROTO_UDP);
}

static walk_step *const decoders[TUNNEL_COUNT] = {
#define TUNNEL(NAME, name, decoder, words) [TUNNEL_##NAME] = decoder,
#include "decode/tunnels.def"
#undef TUNNEL
};

/* True when a rule of the user covers the port; it may be no tunnel. */
static bool
is_declared(const struct walk *w, unsigned port, walk_step **ret_step)
{
	const enum tunnel tunnel = decode_as_find(
	    &w->decoder->options.decode_as, (uint16_t)port);

	if (tunnel == TUNNEL_COUNT)
		return false;
	*ret_step = decoders[tunnel];
	return true;
}

/* By either port: some tunnels answer to the port they were called from. */
static walk_step *
tunnel_by_ports(const struct walk *w, const uint8_t *udp)
{
	const unsigned src = load_be16(udp), dst = load_be16(udp + 2);
	walk_step *step;

	if (is_declared(w, dst, &step) || is_declared(w, src, &step))
		return step;
	step = encapsulation_decoder(NUMBER_UDP_PORT, dst);
	return step != NULL ? step :
	    encapsulation_decoder(NUMBER_UDP_PORT, src);
}

bool
udp_may_be_tunnel(const struct walk *w)
{
	const uint8_t *h = cursor_peek(&w->at, UDP_HEADER_LEN);

	return h != NULL && walk_opens_tunnels(w) &&
	    tunnel_by_ports(w, h) != NULL;
}

#define TEREDO_AUTHENTICATION	0x0001	/* RFC 4380, 5.1.1 */
#define TEREDO_ORIGIN		0x0000
#define TEREDO_ORIGIN_LEN	8
#define TEREDO_PREFIX		0x20010000	/* RFC 4380, 2.6 */
#define IP6_LEN			40

/*
 * Teredo between other ports than the server's: relays and clients behind
 * address translators use any.  Without authentication, the datagram is an IPv6
 * packet that fills it to its last byte and has a Teredo address; little else
 * is.
 */
static bool
is_teredo(const struct cursor *datagram)
{
	struct cursor at = *datagram;
	const uint8_t *h = cursor_peek(&at, 2);

	if (h != NULL && load_be16(h) == TEREDO_ORIGIN)
		(void)cursor_skip(&at, TEREDO_ORIGIN_LEN);
	h = cursor_peek(&at, IP6_LEN);
	return h != NULL && h[0] >> 4 == 6 &&
	    load_be16(h + 4) + (size_t)IP6_LEN == cursor_declared_left(&at) &&
	    (load_be32(h + 8) == TEREDO_PREFIX ||
	    load_be32(h + 24) == TEREDO_PREFIX);
}

bool
udp_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, UDP_HEADER_LEN);
	walk_step *step;

	if (h == NULL || !walk_opens_tunnels(w))
		return udp_end(w);
	step = tunnel_by_ports(w, h);
	if (step == NULL && is_teredo(&w->at))
		step = teredo_decode;
	return step != NULL ? walk_into(w, step) : udp_end(w);
}

void
udp_take_vni(struct segment *seg, const uint8_t *h)
{
	seg->vni = load_be32(h) >> 8;
	seg->vni_known = true;
}

#define VXLAN_HAS_VNI	0x08	/* flag I */

/*
 *	| flags | reserved (3) | VNI (3) | reserved |	RFC 7348, 5
 *
 * Reserved bits are ignored on receipt; extensions such as group policy use
 * them.
 */
bool
vxlan_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 8);

	if (h == NULL || (h[0] & VXLAN_HAS_VNI) == 0 ||
	    !ether_is_plausible(&w->at))
		return udp_end(w);
	udp_take_vni(w->seg, h + 4);
	return walk_on(w, link_ethernet);
}

/*
 *	|Ver| opt len |O|C| reserved | protocol (2) |	RFC 8926, 3.4
 *	| VNI (3)                    | reserved     |
 *	| options, opt len times four bytes         |
 *
 * Reserved bits are ignored on receipt.
 */
bool
geneve_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 8);
	unsigned type;

	if (h == NULL || h[0] >> 6 != 0)
		return udp_end(w);
	type = load_be16(h + 2);
	if (type != ETHERTYPE_BRIDGED && type != ETHERTYPE_IP4 &&
	    type != ETHERTYPE_IP6)
		return udp_end(w);
	udp_take_vni(w->seg, h + 4);
	if (!cursor_skip(&w->at, (h[0] & 0x3fU) * 4))
		return w->at.is_over ? udp_end(w) :
		    walk_end(w, VERDICT_SHORT, NULL);
	if (type == ETHERTYPE_BRIDGED ? !ether_is_plausible(&w->at) :
	    !ip_is_plausible(&w->at))
		return udp_end(w);
	return ethertype_next(w, type);
}

static bool
gtp_content(struct walk *w)
{
	return ip_is_plausible(&w->at) ? walk_on(w, ip_decode) : udp_end(w);
}

/* | length / 4 | content ... | type of the next, 0 for none | */
static bool
gtp_extension(struct walk *w)
{
	const uint8_t *h = cursor_peek(&w->at, 1);
	size_t len;

	if (h != NULL && *h == 0)
		return udp_end(w);
	len = h != NULL ? *h * 4U : 4;
	h = cursor_take(&w->at, len);
	if (h == NULL)
		return w->at.is_over ? udp_end(w) :
		    walk_end(w, VERDICT_SHORT, NULL);
	return walk_on(w, h[len - 1] != 0 ? gtp_extension : gtp_content);
}

#define GTP_VERSION_MASK	0xf0	/* version 1, protocol type GTP */
#define GTP_VERSION		0x30
#define GTP_HAS_MORE		0x07	/* extension, sequence, N-PDU number */
#define GTP_HAS_EXTENSION	0x04
#define GTP_USER_DATA		255

/*
 *	| flags | type | length (2) | TEID (4) |	TS 29.281, 5.1
 *	[ sequence (2) | N-PDU | next extension ]
 */
bool
gtp_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 8);
	const uint8_t *more;

	if (h == NULL || (h[0] & GTP_VERSION_MASK) != GTP_VERSION ||
	    h[1] != GTP_USER_DATA ||
	    load_be16(h + 2) > cursor_declared_left(&w->at))
		return udp_end(w);
	if ((h[0] & GTP_HAS_MORE) == 0)
		return gtp_content(w);
	more = cursor_take(&w->at, 4);
	if (more == NULL)
		return udp_end(w);
	if ((h[0] & GTP_HAS_EXTENSION) != 0 && more[3] != 0)
		return walk_on(w, gtp_extension);
	return gtp_content(w);
}

bool
teredo_decode(struct walk *w)
{
	const uint8_t *h = cursor_peek(&w->at, 4);

	if (h != NULL && load_be16(h) == TEREDO_AUTHENTICATION) {
		/* client id, authentication value, nonce, confirmation */
		(void)cursor_skip(&w->at, 4U + h[2] + h[3] + 8 + 1);
		h = cursor_peek(&w->at, 4);
	}
	if (h != NULL && load_be16(h) == TEREDO_ORIGIN)
		(void)cursor_skip(&w->at, TEREDO_ORIGIN_LEN);
	if (w->at.is_short)
		return walk_end(w, VERDICT_SHORT, NULL);
	if (w->at.is_over || !ip6_is_plausible(&w->at))
		return udp_end(w);
	return walk_on(w, ip6_decode);
}

/*
 *	| session | [cookie (4 or 8)] | [sublayer (4)] | frame	RFC 3931, 4.1
 *
 * Cookie, sublayer and the kind of the frame were negotiated when the session
 * was set up: a known type shows where an Ethernet header is.  By default a
 * session has the sublayer alone.
 */
static bool
has_pseudowire(struct walk *w)
{
	static const uint8_t lengths[] = { 4, 0, 8, L2TP3_LEN_MAX };

	for (unsigned i = 0; i < ARRAY_LEN(lengths); i++) {
		struct cursor frame = w->at;

		if (cursor_skip(&frame, lengths[i]) &&
		    ether_is_certain(&frame)) {
			w->at = frame;
			return true;
		}
	}
	return false;
}

/* Over IP: session 0 is that of control messages. */
bool
l2tp3_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 4);

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_TUNNEL, "L2TPv3 header");
	if (load_be32(h) == 0)
		return walk_end(w, VERDICT_NOT_TCP, "L2TPv3");
	if (has_pseudowire(w))
		return walk_on(w, link_ethernet);
	/* A longer snapshot might have shown it. */
	(void)cursor_skip(&w->at, L2TP3_LEN_MAX + ETHER_HEADER_LEN);
	if (w->at.is_short)
		return walk_end(w, VERDICT_SHORT, NULL);
	return walk_end(w, VERDICT_UNSUPPORTED, "L2TPv3 of unknown content");
}

/* Over UDP: | flags, version | reserved (2) | session (4) | RFC 3931, 4.1.2 */
static bool
l2tp3_udp(struct walk *w)
{
	if (cursor_skip(&w->at, 2 + 4) && has_pseudowire(w))
		return walk_on(w, link_ethernet);
	return udp_end(w);
}

#define L2TP_CONTROL	0x8000
#define L2TP_LENGTH	0x4000
#define L2TP_SEQUENCE	0x0800
#define L2TP_OFFSET	0x0200
#define L2TP_VERSION	0x000f

/*
 *	| flags, version | [length] | tunnel | session | [Ns | Nr]
 *	| [offset size | offset pad] | PPP		RFC 2661, 3.1
 *
 * Reserved bits are ignored on receipt.
 */
bool
l2tp_decode(struct walk *w)
{
	const size_t datagram_len = cursor_declared_left(&w->at);
	const unsigned flags = cursor_u16(&w->at);

	if ((flags & L2TP_CONTROL) != 0)
		return udp_end(w);
	if ((flags & L2TP_VERSION) == 3)
		return l2tp3_udp(w);
	if ((flags & L2TP_VERSION) != 2)
		return udp_end(w);
	if ((flags & L2TP_LENGTH) != 0 &&
	    cursor_u16(&w->at) != datagram_len && cursor_is_good(&w->at))
		return udp_end(w);
	(void)cursor_skip(&w->at, flags & L2TP_SEQUENCE ? 8 : 4);
	if ((flags & L2TP_OFFSET) != 0)
		(void)cursor_skip(&w->at, cursor_u16(&w->at));
	if (w->at.is_short)
		return walk_end(w, VERDICT_SHORT, NULL);
	if (w->at.is_over || !ppp_is_plausible(&w->at))
		return udp_end(w);
	return walk_on(w, ppp_decode);
}
