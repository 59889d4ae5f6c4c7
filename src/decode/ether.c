/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	 0                   6                   12      14
 *	+-------------------+-------------------+-------+-----
 *	| destination       | source            | type  | ...
 *	+-------------------+-------------------+-------+-----
 *
 *	VLAN tag, 802.1Q	| PCP DEI VID (12 bits) | type |
 *	I-TAG, 802.1ah		| PCP ... I-SID (24)    | destination | ...
 *	LLC, 802.2		| DSAP | SSAP | control | ...
 *	SNAP			| AA AA 03 | OUI (3)    | type |
 *	tag of a switch chip	| destination, source   | tag (4 or 8) | type |
 */
#include "config.h"

#include "decode/ether.h"

#include "decode/encapsulation.h"
#include "decode/fabric.h"
#include "decode/ip.h"

#define VLAN_TAG_LEN	4
#define VLAN_ID_MASK	0x0fff
#define ITAG_LEN	4
#define VNTAG_LEN	6	/* with the type that follows */
#define ETAG_LEN	8
#define CMD_LEN		8
#define REDUNDANCY_TAG_LEN	6
#define ADDRESSES_LEN	12	/* destination and source */
#define CHIP_TAG_LEN	4	/* Broadcom's, Marvell's DSA */
#define EDSA_TAG_LEN	8	/* Marvell's, with a type of its own */
#define FABRIC_TAG_LEN	2	/* tree and hops */

/* Largest length that the type field may be instead (IEEE 802.3, 3.2.6). */
#define LLC_LEN_MAX	1500
#define ETHERTYPE_LEAST	0x0600

#define SAP_IP		0x06	/* RFC 1042 says SNAP; some did without */
#define SAP_SNAP	0xaa
#define LLC_UI		0x03	/* unnumbered information */
#define OUI_ETHERTYPE	0x000000
#define OUI_TUNNEL	0x0000f8	/* ethertype, too: IEEE 802.1H */
#define OUI_BRIDGED	0x0080c2	/* a bridged frame: RFC 2427 */
#define BRIDGED_ETHER_FCS	0x0001
#define BRIDGED_ETHER		0x0007

bool
link_ethernet(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, ETHER_HEADER_LEN);
	unsigned type;

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "Ethernet header");
	walk_add_link(w, ether_link_hash(h));
	type = load_be16(h + 12);
	if (type < ETHERTYPE_LEAST && isl_is_destination(h))
		return isl_next(w, h);
	return ethertype_next(w, type);
}

bool
ethertype_next(struct walk *w, unsigned type)
{
	walk_step *decoder;

	if (type == ETHERTYPE_IP4)
		return walk_on(w, ip4_decode);
	if (type == ETHERTYPE_IP6)
		return walk_on(w, ip6_decode);
	if (type <= LLC_LEN_MAX)
		return walk_on(w, llc_decode);
	decoder = encapsulation_decoder(NUMBER_ETHERTYPE, type);
	if (decoder != NULL)
		return walk_on(w, decoder);
	return walk_stop(w, VERDICT_NOT_IP, NUMBER_ETHERTYPE, type);
}

bool
vlan_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, VLAN_TAG_LEN);
	unsigned id;

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "VLAN tag");
	/* The null VLAN id marks a priority, not a VLAN (802.1Q, 9.6). */
	id = load_be16(h) & VLAN_ID_MASK;
	if (id != 0)
		w->seg->vlan = (uint16_t)id;
	return ethertype_next(w, load_be16(h + 2));
}

/* A tag of `len` bytes that says nothing to us but the next type. */
static bool
skip_tag(struct walk *w, size_t len, const char *words)
{
	const uint8_t *h = cursor_take(&w->at, len);

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, words);
	return ethertype_next(w, load_be16(h + len - 2));
}

bool
vntag_decode(struct walk *w)
{
	return skip_tag(w, VNTAG_LEN, "VN-Tag");
}

bool
etag_decode(struct walk *w)
{
	return skip_tag(w, ETAG_LEN, "E-TAG");
}

bool
cmd_decode(struct walk *w)
{
	return skip_tag(w, CMD_LEN, "metadata tag");
}

/* | path, size or reserved (2) | sequence (2) | type | */
bool
redundancy_decode(struct walk *w)
{
	return skip_tag(w, REDUNDANCY_TAG_LEN, "redundancy tag");
}

#define MACSEC_HAS_CHANNEL	0x20	/* in the first byte */
#define MACSEC_IS_CHANGED	0x0c	/* encrypted or otherwise changed */

/*
 *	| control | length | packet number (4) | [channel (8)] | type |
 *	IEEE 802.1AE, 9: without encryption all is there to be read.
 */
bool
macsec_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 6);

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "MACsec tag");
	if ((h[0] & MACSEC_IS_CHANGED) != 0)
		return walk_end(w, VERDICT_UNSUPPORTED, "MACsec");
	return skip_tag(w, (h[0] & MACSEC_HAS_CHANNEL) != 0 ? 8 + 2 : 2,
	    "MACsec tag");
}

#define ARISTA_TIMESTAMP	0x0001	/* subtype */
/* Of the version; beside it are the time scale and the hardware. */
#define ARISTA_FORMAT(version)	((version) >> 4 & 0x0f)
#define ARISTA_SECONDS_32	1
#define ARISTA_SECONDS_16	2

/* | subtype (2) | version (2) | seconds (4 or 2) | ns (4) | type | */
bool
arista_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 4);

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "Arista header");
	if (load_be16(h) != ARISTA_TIMESTAMP)
		return walk_end(w, VERDICT_UNSUPPORTED,
		    "Arista header of another subtype");
	switch (ARISTA_FORMAT(load_be16(h + 2))) {
	case ARISTA_SECONDS_32:
		return skip_tag(w, 4 + 4 + 2, "Arista timestamp");
	case ARISTA_SECONDS_16:
		return skip_tag(w, 2 + 4 + 2, "Arista timestamp");
	default:
		return walk_end(w, VERDICT_UNSUPPORTED,
		    "Arista timestamp of another format");
	}
}

bool
link_chip_tag(struct walk *w)
{
	return skip_tag(w, ADDRESSES_LEN + CHIP_TAG_LEN + 2,
	    "tag of the switch");
}

bool
link_edsa(struct walk *w)
{
	return skip_tag(w, ADDRESSES_LEN + EDSA_TAG_LEN + 2,
	    "tag of the switch");
}

bool
fabricpath_decode(struct walk *w)
{
	if (!cursor_skip(&w->at, FABRIC_TAG_LEN))
		return walk_cut(w, VERDICT_MALFORMED_LINK, "FabricPath tag");
	return walk_on(w, link_ethernet);
}

bool
pbb_decode(struct walk *w)
{
	if (!cursor_skip(&w->at, ITAG_LEN))
		return walk_cut(w, VERDICT_MALFORMED_LINK, "802.1ah tag");
	return walk_on(w, link_ethernet);
}

/*
 * Ethernet behind SNAP: on ATM after two bytes of padding, on Frame Relay
 * without (RFC 2684, 5.2; RFC 2427, 4.2).
 */
static bool
bridged_decode(struct walk *w)
{
	const uint8_t *h = cursor_peek(&w->at, 2);
	struct cursor behind = w->at;

	if (h != NULL && load_be16(h) == 0 && cursor_skip(&behind, 2) &&
	    ether_is_plausible(&behind))
		w->at = behind;
	return walk_on(w, link_ethernet);
}

bool
snap_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 5);
	unsigned oui;

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "SNAP header");
	oui = (unsigned)h[0] << 16 | load_be16(h + 1);
	if (oui == OUI_ETHERTYPE || oui == OUI_TUNNEL)
		return ethertype_next(w, load_be16(h + 3));
	if (oui == OUI_BRIDGED && (load_be16(h + 3) == BRIDGED_ETHER ||
	    load_be16(h + 3) == BRIDGED_ETHER_FCS))
		return walk_on(w, bridged_decode);
	return walk_end(w, VERDICT_NOT_IP, "SNAP of a vendor");
}

bool
llc_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 3);

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_LINK, "LLC header");
	if (h[0] == SAP_SNAP && h[1] == SAP_SNAP && h[2] == LLC_UI)
		return walk_on(w, snap_decode);
	if (h[0] == SAP_IP && h[1] == SAP_IP && h[2] == LLC_UI)
		return walk_on(w, ip4_decode);
	return walk_stop(w, VERDICT_NOT_IP, NUMBER_LLC_SAP, h[0]);
}

static bool
knows_type(unsigned type)
{
	return walk_knows(NUMBER_ETHERTYPE, type) ||
	    encapsulation_decoder(NUMBER_ETHERTYPE, type) != NULL;
}

bool
ether_is_plausible(const struct cursor *at)
{
	const uint8_t *h = cursor_peek(at, ETHER_HEADER_LEN);
	unsigned type;

	if (h == NULL)
		return cursor_declared_left(at) >= ETHER_HEADER_LEN;
	type = load_be16(h + 12);
	return type <= LLC_LEN_MAX ? type >= 3 : knows_type(type);
}

bool
ether_is_certain(const struct cursor *at)
{
	const uint8_t *h = cursor_peek(at, ETHER_HEADER_LEN);
	const unsigned type = h != NULL ? load_be16(h + 12) : 0;

	return type > LLC_LEN_MAX && knows_type(type);
}
