/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	PPP		[ FF 03 ] | protocol, 1 or 2 bytes | ...
 *	PPPoE		| 11 | code | session | length | PPP without FF 03
 *	Cisco HDLC	| 0F or 8F | 00 | ethertype | ...
 *
 * An odd first byte of the protocol is all of it (RFC 1661, 2 and 6.5), and
 * address and control may be left out (6.6); no protocol number begins with
 * FF, so neither needs to be known beforehand.
 */
#include "config.h"

#include "decode/ppp.h"

#include "decode/encapsulation.h"
#include "decode/ether.h"

#define ALL_STATIONS		0xff	/* address; 03, control, follows */
#define UNNUMBERED		0x03	/* control */
#define CISCO_UNICAST		0x0f
#define CISCO_MULTICAST		0x8f

#define PPPOE_VERSION_TYPE	0x11
#define PPPOE_SESSION		0x00

/* Step over address and control, where they are, and take the protocol. */
static unsigned
take_protocol(struct cursor *at)
{
	const uint8_t *h = cursor_peek(at, 1);
	unsigned protocol;

	if (h != NULL && *h == ALL_STATIONS)
		(void)cursor_skip(at, 2);
	protocol = cursor_u8(at);
	return protocol & 1 ? protocol : protocol << 8 | cursor_u8(at);
}

bool
ppp_decode(struct walk *w)
{
	const unsigned protocol = take_protocol(&w->at);
	walk_step *step;

	if (!cursor_is_good(&w->at))
		return walk_cut(w, VERDICT_MALFORMED_LINK, "PPP header");
	step = encapsulation_decoder(NUMBER_PPP_PROTOCOL, protocol);
	if (step != NULL)
		return walk_on(w, step);
	return walk_stop(w, VERDICT_NOT_IP, NUMBER_PPP_PROTOCOL, protocol);
}

bool
ppp_is_plausible(const struct cursor *at)
{
	struct cursor behind = *at;
	const unsigned protocol = take_protocol(&behind);

	if (!cursor_is_good(&behind))
		return !behind.is_over;
	return encapsulation_decoder(NUMBER_PPP_PROTOCOL, protocol) != NULL ||
	    walk_knows(NUMBER_PPP_PROTOCOL, protocol);
}

bool
pppoe_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 6);

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "PPPoE header");
	if (h[0] != PPPOE_VERSION_TYPE)
		return walk_end(w, VERDICT_MALFORMED_LINK, "PPPoE version");
	if (h[1] != PPPOE_SESSION)
		return walk_end(w, VERDICT_NOT_IP, "PPPoE discovery");
	/*
	 * Its length ends the payload (RFC 2516, 4): routers are known to
	 * count the padding of Ethernet into the IP length of short packets.
	 */
	if (load_be16(h + 4) <= cursor_declared_left(&w->at)) {
		cursor_declare(&w->at, load_be16(h + 4));
		w->is_granted = true;
	}
	return walk_on(w, ppp_decode);
}

bool
link_chdlc(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 4);

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "HDLC header");
	return ethertype_next(w, load_be16(h + 2));
}

bool
link_chdlc_dir(struct walk *w)
{
	(void)cursor_skip(&w->at, 1);
	return walk_on(w, link_chdlc);
}

/* The direction stands before the address, or in its place. */
bool
link_ppp_dir(struct walk *w)
{
	const uint8_t *h;

	(void)cursor_skip(&w->at, 1);
	h = cursor_peek(&w->at, 1);
	if (h != NULL && *h == UNNUMBERED)
		(void)cursor_skip(&w->at, 1);
	return walk_on(w, ppp_decode);
}

bool
link_ppp_serial(struct walk *w)
{
	const uint8_t *h = cursor_peek(&w->at, 1);

	if (h != NULL && (*h == CISCO_UNICAST || *h == CISCO_MULTICAST))
		return walk_on(w, link_chdlc);
	return walk_on(w, ppp_decode);
}
