/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	 0                   1                   2                   3
 *	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *	+-------+-------+-----------+---+-------------------------------+
 *	|Version|  IHL  |   DSCP    |ECN|          Total Length         |
 *	+-------+-------+-----------+---+-----+-------------------------+
 *	|         Identification        |Flags|     Fragment Offset     |
 *	+---------------+---------------+-----+-------------------------+
 *	|  Time to Live |    Protocol   |        Header Checksum        |
 *	+---------------+---------------+-------------------------------+
 *	|                        Source Address                         |
 *	+---------------------------------------------------------------+
 *	|                      Destination Address                      |
 *	+---------------------------------------------------------------+
 *	|                  Options, 0 to 40 octets                      |
 *	+---------------------------------------------------------------+
 *	RFC 791, 3.1.  Checksums are not judged: offload makes them wrong.
 */
#include "config.h"

#include "base/compiler.h"
#include "decode/frag.h"
#include "decode/ip.h"
#include "decode/tcphdr.h"

#define MORE_FRAGMENTS	0x2000
#define OFFSET_MASK	0x1fff	/* in units of eight octets */

/* All that the lengths of the header can contradict each other in. */
static const char *
contradiction(const uint8_t *h)
{
	const unsigned header_len = (h[0] & 0x0fU) * 4;
	const unsigned total_len = load_be16(h + 2);

	if (h[0] >> 4 != 4)
		return "IPv4 version";
	if (header_len < IP4_HEADER_LEN)
		return "IPv4 header length";
	if (total_len != 0 && total_len < header_len)
		return "IPv4 total length";
	return NULL;
}

static bool
fragment(struct walk *w, const uint8_t *h, size_t header_len)
{
	const unsigned field = load_be16(h + 6);
	const struct fragment f = {
		.id = w->seg->ip_id,
		.offset = (field & OFFSET_MASK) * 8,
		.is_last = (field & MORE_FRAGMENTS) == 0,
		.protocol = h[9],
		.header_len = (uint32_t)header_len,
	};

	return frag_decode(w, &f);
}

bool
ip4_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, IP4_HEADER_LEN);
	const char *words;
	size_t header_len;

	if (UNLIKELY(h == NULL))
		return walk_cut(w, VERDICT_MALFORMED_IP, "IPv4 header");
	words = contradiction(h);
	if (UNLIKELY(words != NULL))
		return walk_end(w, VERDICT_MALFORMED_IP, words);

	header_len = (h[0] & 0x0fU) * 4;
	ip4_take_fields(w->seg, h);
	ip_declare(w, load_be16(h + 2), IP4_HEADER_LEN);
	if (!cursor_skip(&w->at, header_len - IP4_HEADER_LEN))
		return walk_cut(w, VERDICT_MALFORMED_IP, "IPv4 options");
	if (UNLIKELY((load_be16(h + 6) & (MORE_FRAGMENTS | OFFSET_MASK)) != 0))
		return fragment(w, h, header_len);
	if (LIKELY(h[9] == PROTO_TCP))
		return walk_on(w, tcp_decode);
	return ip_next(w, h[9]);
}
