/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ethernet, and the headers announced by Ethernet's type numbers: tags, LLC.
 * Cooked frames, HDLC and GRE use the same numbers.
 */
#ifndef TCPSTATES_DECODE_ETHER_H
#define TCPSTATES_DECODE_ETHER_H

#include "decode/walk.h"

#define ETHER_HEADER_LEN	14
#define ETHERTYPE_IP4		0x0800
#define ETHERTYPE_IP6		0x86dd
#define ETHERTYPE_BRIDGED	0x6558	/* an Ethernet frame */

/* Of the addresses in the header at `h`. */
static inline uint16_t
ether_link_hash(const uint8_t h[ETHER_HEADER_LEN])
{
	return link_hash(load_be64(h), load_be32(h + 8));
}

walk_step link_ethernet;
walk_step vlan_decode;
walk_step vntag_decode;
walk_step etag_decode;
walk_step cmd_decode;
walk_step redundancy_decode;
walk_step macsec_decode;
walk_step arista_decode;	/* time stamps of switches */
walk_step pbb_decode;
walk_step fabricpath_decode;
walk_step llc_decode;
walk_step snap_decode;		/* from the OUI on */

/* Tags that switches put between address and type for their own use. */
walk_step link_chip_tag;	/* of four bytes */
walk_step link_edsa;		/* of eight */

/* Go on with the header that a type number announces, or end the walk. */
bool ethertype_next(struct walk *, unsigned type);

/*
 * Could these bytes be an Ethernet header, by its type?  For encapsulations
 * that do not say what they hold.  True when too few were captured.
 */
bool ether_is_plausible(const struct cursor *);

/* Is its type a known one?  Stricter: a length is only plausible. */
bool ether_is_certain(const struct cursor *);

#endif
