/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	 0                   1                   2                   3
 *	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *	+---------------------------------------+-----+-+---------------+
 *	|                Label                  | TC  |S|      TTL      |
 *	+---------------------------------------+-----+-+---------------+
 *	RFC 3032, 2.1; S marks the last entry.
 *
 * After it (RFC 4928, 3; RFC 4385): an IP header, by its version; an Ethernet
 * pseudowire after a control word, which begins with four zero bits; one
 * without, which begins with whatever the destination address does.
 */
#include "config.h"

#include "decode/mpls.h"

#include "decode/ether.h"
#include "decode/ip.h"

#define ENTRY_LEN		4
#define BOTTOM_OF_STACK		0x01	/* in the third byte */
#define CONTROL_WORD_LEN	4
#define NIBBLE_CONTROL_WORD	0
#define NIBBLE_ASSOCIATED	1	/* RFC 5586: not traffic */

/*
 * Is there a control word, and an Ethernet frame behind it?  An address may
 * begin with zero bits, too: a known type decides wherever it is found, and the
 * length of an LLC frame only where there is no type.
 */
static bool
has_control_word(const struct cursor *at)
{
	struct cursor behind = *at;
	const uint8_t *h = cursor_take(&behind, CONTROL_WORD_LEN);

	if (h == NULL || h[0] >> 4 != NIBBLE_CONTROL_WORD)
		return false;
	return ether_is_certain(&behind) ||
	    (!ether_is_certain(at) && ether_is_plausible(&behind));
}

static bool
content(struct walk *w)
{
	const uint8_t *h = cursor_peek(&w->at, 1);
	unsigned nibble;

	if (h == NULL) {
		(void)cursor_take(&w->at, 1);
		return walk_cut(w, VERDICT_MALFORMED_LINK, "MPLS content");
	}
	nibble = *h >> 4;
	if (nibble == 4 && ip4_is_plausible(&w->at))
		return walk_on(w, ip4_decode);
	if (nibble == 6 && ip6_is_plausible(&w->at))
		return walk_on(w, ip6_decode);
	if (nibble == NIBBLE_ASSOCIATED)
		return walk_end(w, VERDICT_NOT_IP, "MPLS associated channel");
	if (has_control_word(&w->at)) {
		(void)cursor_skip(&w->at, CONTROL_WORD_LEN);
		return walk_on(w, link_ethernet);
	}
	if (ether_is_plausible(&w->at))
		return walk_on(w, link_ethernet);
	/* Implausible, but nothing else either. */
	if (nibble == 4 || nibble == 6)
		return walk_on(w, ip_decode);
	return walk_end(w, VERDICT_UNSUPPORTED, "MPLS of unknown content");
}

bool
mpls_is_plausible(const struct cursor *at)
{
	struct cursor behind = *at;
	const uint8_t *h;
	unsigned count = 0;

	do
		h = cursor_take(&behind, ENTRY_LEN);
	while (h != NULL && (h[2] & BOTTOM_OF_STACK) == 0 &&
	    ++count < WALK_HEADERS_MAX);
	if (h == NULL)
		return behind.is_short;
	return ip_is_plausible(&behind) || ether_is_plausible(&behind) ||
	    has_control_word(&behind);
}

bool
mpls_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, ENTRY_LEN);

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "MPLS label");
	return walk_on(w, h[2] & BOTTOM_OF_STACK ? content : mpls_decode);
}
