/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	| type | code | checksum (2) | by type, e.g. MTU (4) |
 *	| IP header of the packet in error | its first bytes |
 *	RFC 792 quotes eight bytes after the IP header: ports and sequence
 *	number.  RFC 1812, 4.3.2.3, and RFC 4443, 2.4, quote more.
 */
#include "config.h"

#include "decode/icmp.h"

#include <string.h>

#include "decode/ip.h"

#define HEADER_LEN	8

enum icmp4_type {
	ICMP4_UNREACHABLE = 3,
	ICMP4_SOURCE_QUENCH = 4,
	ICMP4_REDIRECT = 5,
	ICMP4_TIME_EXCEEDED = 11,
	ICMP4_PARAMETER_PROBLEM = 12
};

#define ICMP4_CODE_TOO_BIG	4	/* fragmentation needed (RFC 1191, 4) */

enum icmp6_type {
	ICMP6_UNREACHABLE = 1,
	ICMP6_TOO_BIG = 2,
	ICMP6_TIME_EXCEEDED = 3,
	ICMP6_PARAMETER_PROBLEM = 4
};

static void
note_quote(const struct walk *w, const struct segment *seg,
    const uint8_t *icmp, uint32_t mtu)
{
	struct decoder *d = w->decoder;
	struct quoted *q = &d->quoted;

	*q = (struct quoted){
		.src_port = seg->src_port,
		.dst_port = seg->dst_port,
		.seq = seg->seq,
		.vni = seg->vni,
		.vlan = seg->vlan,
		.ip_version = seg->ip_version,
		.vni_known = seg->vni_known,
		.icmp_type = icmp[0],
		.icmp_code = icmp[1],
		.mtu = mtu > UINT16_MAX ? UINT16_MAX : (uint16_t)mtu,
	};
	memcpy(q->src, seg->src, sizeof(q->src));
	memcpy(q->dst, seg->dst, sizeof(q->dst));
	memcpy(q->from, w->seg->src, sizeof(q->from));
	d->has_quoted = true;
}

/* Walk the packet in error, on the side, as far as its TCP header. */
static void
look_into(const struct walk *w, walk_step *ip, const uint8_t *icmp,
    uint32_t mtu)
{
	struct segment seg = {
		.vni = w->seg->vni,
		.vlan = w->seg->vlan,
		.vni_known = w->seg->vni_known,
	};
	struct walk quote = {
		.at = w->at,
		.seg = &seg,
		.decoder = w->decoder,
		.is_quote = true,
	};

	if (walk_run(&quote, ip) == VERDICT_SEGMENT && seg.depth >= DEPTH_SEQ)
		note_quote(w, &seg, icmp, mtu);
}

bool
icmp4_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, HEADER_LEN);
	uint32_t mtu = 0;

	if (h == NULL || w->is_quote)
		return walk_end(w, VERDICT_NOT_TCP, "ICMP");
	switch (h[0]) {
	case ICMP4_UNREACHABLE:
		if (h[1] == ICMP4_CODE_TOO_BIG)
			mtu = load_be16(h + 6);
		look_into(w, ip4_decode, h, mtu);
		break;
	case ICMP4_SOURCE_QUENCH:
	case ICMP4_REDIRECT:
	case ICMP4_TIME_EXCEEDED:
	case ICMP4_PARAMETER_PROBLEM:
		look_into(w, ip4_decode, h, 0);
		break;
	default:
		break;
	}
	return walk_end(w, VERDICT_NOT_TCP, "ICMP");
}

bool
icmp6_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, HEADER_LEN);

	if (h == NULL || w->is_quote)
		return walk_end(w, VERDICT_NOT_TCP, "ICMPv6");
	switch (h[0]) {
	case ICMP6_TOO_BIG:
		look_into(w, ip6_decode, h, load_be32(h + 4));
		break;
	case ICMP6_UNREACHABLE:
	case ICMP6_TIME_EXCEEDED:
	case ICMP6_PARAMETER_PROBLEM:
		look_into(w, ip6_decode, h, 0);
		break;
	default:
		break;
	}
	return walk_end(w, VERDICT_NOT_TCP, "ICMPv6");
}
