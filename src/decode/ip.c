/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "decode/ip.h"

#include "decode/encapsulation.h"
#include "decode/esp.h"
#include "decode/icmp.h"
#include "decode/tcphdr.h"
#include "decode/tunnel.h"

bool
ip_decode(struct walk *w)
{
	const uint8_t *h = cursor_peek(&w->at, 1);

	if (h == NULL) {
		(void)cursor_take(&w->at, 1);
		return walk_cut(w, VERDICT_MALFORMED_IP, "IP header");
	}
	if (*h >> 4 == 4)
		return walk_on(w, ip4_decode);
	if (*h >> 4 == 6)
		return walk_on(w, ip6_decode);
	return walk_end(w, VERDICT_MALFORMED_IP, "IP version");
}

static walk_step *
step_for(const struct walk *w, unsigned protocol)
{
	switch (protocol) {
	case PROTO_TCP:
		return tcp_decode;
	case PROTO_UDP:
		return udp_decode;
	case PROTO_ICMP:
		return icmp4_decode;
	case PROTO_ICMP6:
		return icmp6_decode;
	case PROTO_AH:
		return ah_decode;
	case PROTO_ESP:
		return esp_decode;
	default:
		return w->seg->ip_version == 6 ? ip6_extension(protocol) : NULL;
	}
}

static walk_step *
tunnel_for(const struct walk *w, unsigned protocol)
{
	if (!walk_opens_tunnels(w))
		return NULL;
	return encapsulation_decoder(NUMBER_IP_PROTOCOL, protocol);
}

bool
ip_next(struct walk *w, unsigned protocol)
{
	walk_step *step = step_for(w, protocol);

	if (step != NULL)
		return walk_on(w, step);
	step = tunnel_for(w, protocol);
	if (step != NULL)
		return walk_into(w, step);
	return walk_stop(w, VERDICT_NOT_TCP, NUMBER_IP_PROTOCOL, protocol);
}

bool
ip_follows(const struct walk *w, unsigned protocol)
{
	return step_for(w, protocol) != NULL || tunnel_for(w, protocol) != NULL;
}

bool
ah_decode(struct walk *w)
{
	const uint8_t *h = cursor_take(&w->at, 2);

	/* In units of four bytes, less two (RFC 4302, 2.2). */
	if (h == NULL || !cursor_skip(&w->at, (h[1] + 2U) * 4 - 2))
		return walk_cut(w, VERDICT_MALFORMED_IP,
		    "authentication header");
	return ip_next(w, h[0]);
}

void
ip_declare(struct walk *w, size_t len, size_t taken)
{
	const size_t left = cursor_declared_left(&w->at);
	struct segment *seg = w->seg;

	seg->is_offloaded = len == 0;
	if (len == 0)
		len = taken + left;
	else if (len - taken > left && w->is_granted && !w->is_quote)
		len = taken + left;	/* the enclosing header knows better */
	else if (len - taken > left)
		seg->is_wire_len_wrong = true;
	seg->ip_len = (uint32_t)len;
	cursor_declare(&w->at, len - taken);
	w->is_granted = !seg->is_offloaded;
}

/* What may follow an IP packet in its frame: padding, a check sequence. */
#define SLACK_MAX	32

static bool
fits(size_t len, size_t left)
{
	return len == 0 || (len <= left && left - len <= SLACK_MAX);
}

bool
ip4_is_plausible(const struct cursor *at)
{
	const uint8_t *h = cursor_peek(at, 4);
	const size_t left = cursor_declared_left(at);
	unsigned header_len, total;

	if (h == NULL)
		return left >= 20;
	header_len = (h[0] & 0x0fU) * 4;
	total = load_be16(h + 2);
	return h[0] >> 4 == 4 && header_len >= 20 && header_len <= left &&
	    (total == 0 || total >= header_len) && fits(total, left);
}

bool
ip6_is_plausible(const struct cursor *at)
{
	const uint8_t *h = cursor_peek(at, 6);
	const size_t left = cursor_declared_left(at);

	if (h == NULL)
		return left >= 40;
	return h[0] >> 4 == 6 && left >= 40 &&
	    fits(load_be16(h + 4), left - 40);
}

bool
ip_is_plausible(const struct cursor *at)
{
	return ip4_is_plausible(at) || ip6_is_plausible(at);
}
