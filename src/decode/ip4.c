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
 *	|                  Options, 0 to 40 bytes                       |
 *	+---------------------------------------------------------------+
 *	RFC 791, 3.1.  Checksums are not judged: offload makes them wrong.
 */
#include "config.h"

#include "base/compiler.h"
#include "decode/frag.h"
#include "decode/ip.h"
#include "decode/tcphdr.h"

#define MORE_FRAGMENTS	0x2000
#define OFFSET_MASK	0x1fff	/* in units of eight bytes */

static unsigned
header_len_of(const uint8_t *h)
{
	return (h[0] & 0x0fU) * 4;
}

/* What the lengths of the header contradict each other in, or NULL. */
static const char *
contradiction(const uint8_t *h)
{
	const unsigned header_len = header_len_of(h);
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

/* The header with its options, or NULL: the walk is over. */
static const uint8_t *
take_header(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, IP4_HEADER_LEN);
	const char *words;

	if (UNLIKELY(h == NULL)) {
		walk_cut(w, VERDICT_MALFORMED_IP, "IPv4 header");
		return NULL;
	}
	words = contradiction(h);
	if (UNLIKELY(words != NULL)) {
		walk_end(w, VERDICT_MALFORMED_IP, words);
		return NULL;
	}
	ip4_take_fields(w->seg, h);
	walk_add_link(w, ip_link_hash(w->at.at - IP4_HEADER_LEN));
	ip_declare(w, load_be16(h + 2), IP4_HEADER_LEN);
	if (!cursor_skip(&w->at, header_len_of(h) - IP4_HEADER_LEN)) {
		walk_cut(w, VERDICT_MALFORMED_IP, "IPv4 options");
		return NULL;
	}
	return h;
}

bool
ip4_decode(struct walk *w)
{
	const uint8_t *h = take_header(w);

	if (UNLIKELY(h == NULL))
		return false;
	if (UNLIKELY((load_be16(h + 6) & (MORE_FRAGMENTS | OFFSET_MASK)) != 0))
		return fragment(w, h, header_len_of(h));
	if (LIKELY(h[9] == PROTO_TCP))
		return walk_on(w, tcp_decode);
	return ip_next(w, h[9]);
}

/*
 * The number of a connection stands in the place of the protocol, which is
 * always TCP; fragments are not sent this way (RFC 1144, 3.2.2 and 3.2.3).
 */
bool
ip4_vj_decode(struct walk *w)
{
	return take_header(w) != NULL && walk_on(w, tcp_decode);
}
