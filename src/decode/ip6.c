/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	 0                   1                   2                   3
 *	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *	+-------+-----------+---+---------------------------------------+
 *	|Version|   DSCP    |ECN|              Flow Label               |
 *	+-------+-----------+---+-------+---------------+---------------+
 *	|         Payload Length        |  Next Header  |   Hop Limit   |
 *	+-------------------------------+---------------+---------------+
 *	|                    Source Address (16 bytes)                 |
 *	|                 Destination Address (16 bytes)               |
 *	+---------------------------------------------------------------+
 *	RFC 8200, 3.  Each extension header begins with the number of the next
 *	one and its own length in units of eight bytes, less one.
 */
#include "config.h"

#include <string.h>

#include "base/compiler.h"
#include "decode/frag.h"
#include "decode/ip.h"
#include "decode/tcphdr.h"

#define ADDRESS_LEN		16
#define FRAGMENT_LEN		8

#define ROUTING_SOURCE		0	/* RFC 5095: deprecated, but seen */
#define ROUTING_MOBILE		2	/* RFC 6275, 6.4 */
#define ROUTING_SEGMENTS	4	/* RFC 8754 */

bool
ip6_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, IP6_HEADER_LEN);
	size_t payload_len;

	if (UNLIKELY(h == NULL))
		return walk_cut(w, VERDICT_MALFORMED_IP, "IPv6 header");
	if (UNLIKELY(h[0] >> 4 != 6))
		return walk_end(w, VERDICT_MALFORMED_IP, "IPv6 version");
	ip6_take_fields(w->seg, h);
	walk_add_link(w, ip_link_hash(w->at.at - IP6_HEADER_LEN));

	/* 0 with a jumbo payload (RFC 2675) or BIG TCP: the frame decides. */
	payload_len = load_be16(h + 4);
	ip_declare(w, payload_len == 0 ? 0 : IP6_HEADER_LEN + payload_len,
	    IP6_HEADER_LEN);
	if (LIKELY(h[6] == PROTO_TCP))
		return walk_on(w, tcp_decode);
	return ip_next(w, h[6]);
}

/* The bytes of an extension header, or NULL. */
static const uint8_t *
take_extension(struct walk *w, size_t *ret_len)
{
	const uint8_t *h = cursor_peek(&w->at, 2);
	const size_t len = h != NULL ? (h[1] + 1U) * 8 : 8;

	*ret_len = len;
	return cursor_take(&w->at, len);
}

static bool
options_decode(struct walk *w)
{
	size_t len;
	const uint8_t *h = take_extension(w, &len);

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_IP,
		    "IPv6 extension header");
	return ip_next(w, h[0]);
}

#define OPTION_PAD1		0	/* the only one without a length */
#define OPTION_HOME_ADDRESS	201	/* RFC 6275, 6.3 */

/*
 * A mobile host sends from where it is; the connection's address, and that of
 * the TCP checksum, is the one it has at home.  `c` is at the options.
 */
static void
take_home_address(struct segment *seg, struct cursor c)
{
	while (cursor_is_good(&c) && cursor_captured_left(&c) > 0) {
		const unsigned type = cursor_u8(&c);
		const unsigned len = type != OPTION_PAD1 ? cursor_u8(&c) : 0;
		const uint8_t *content = cursor_take(&c, len);

		if (type == OPTION_HOME_ADDRESS && len == ADDRESS_LEN &&
		    content != NULL)
			memcpy(seg->src, content, ADDRESS_LEN);
	}
}

static bool
destination_decode(struct walk *w)
{
	size_t len;
	const uint8_t *h = take_extension(w, &len);

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_IP,
		    "IPv6 extension header");
	take_home_address(w->seg, cursor_over(h + 2, len - 2, len - 2));
	return ip_next(w, h[0]);
}

/*
 * On its way through a list of routers a packet is addressed to the next of
 * them; the connection's address, and that of the TCP checksum, is the last
 * one (RFC 8200, 8.1).
 */
static void
take_final_destination(struct segment *seg, const uint8_t *h, size_t len)
{
	const size_t count = (len - 8) / ADDRESS_LEN;
	size_t last;

	if (h[3] == 0 || count == 0)
		return;
	if (h[2] == ROUTING_SEGMENTS)
		last = 0;	/* the list is in reverse (RFC 8754, 2) */
	else if (h[2] == ROUTING_SOURCE || h[2] == ROUTING_MOBILE)
		last = count - 1;
	else
		return;
	memcpy(seg->dst, h + 8 + last * ADDRESS_LEN, ADDRESS_LEN);
}

static bool
routing_decode(struct walk *w)
{
	size_t len;
	const uint8_t *h = take_extension(w, &len);

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_IP, "IPv6 routing header");
	take_final_destination(w->seg, h, len);
	return ip_next(w, h[0]);
}

static bool
fragment_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, FRAGMENT_LEN);
	unsigned field;
	struct fragment f;

	if (h == NULL)
		return walk_cut(w, VERDICT_MALFORMED_IP,
		    "IPv6 fragment header");
	field = load_be16(h + 2);
	f = (struct fragment){
		.id = load_be32(h + 4),
		.offset = field & 0xfff8,
		.is_last = (field & 1) == 0,
		.protocol = h[0],
		.header_len = w->seg->ip_len -
		    (uint32_t)cursor_declared_left(&w->at) - FRAGMENT_LEN,
	};
	/* An atomic fragment is a whole packet (RFC 6946). */
	if (f.offset == 0 && f.is_last)
		return ip_next(w, f.protocol);
	return frag_decode(w, &f);
}

walk_step *
ip6_extension(unsigned protocol)
{
	switch (protocol) {
	case PROTO_DESTINATION:
		return destination_decode;
	case PROTO_HOP_BY_HOP:
	case PROTO_MOBILITY:
	case PROTO_HIP:
	case PROTO_SHIM6:
		return options_decode;
	case PROTO_ROUTING:
		return routing_decode;
	case PROTO_FRAGMENT:
		return fragment_decode;
	default:
		return NULL;
	}
}
