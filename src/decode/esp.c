/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	| SPI (4) | sequence number (4) | [initialization vector (8)]
 *	| payload | padding: 1, 2, 3... | padding length | next header
 *	| integrity check value		RFC 4303, 2
 *
 * The lengths of the vector and of the check value are negotiated, too.
 */
#include "config.h"

#include "decode/esp.h"

#include "base/compiler.h"
#include "decode/gre.h"
#include "decode/ip.h"
#include "decode/tcphdr.h"
#include "decode/tcpopt.h"
#include "decode/tunnel.h"

#define ESP_HEADER_LEN	8
#define TRAILER_LEN	2
#define SPI_MIN		256	/* RFC 4303, 2.1: below is reserved */

/* Of plain NULL encryption, and of AES-GMAC (RFC 4543, 3.1). */
static const uint8_t vector_lens[] = { 0, 8 };
/* The usual ones first: HMAC-96, HMAC-SHA-256-128 and GMAC (RFC 8221, 6). */
static const uint8_t check_lens[] = { 12, 16, 24, 32, 0 };

/* The content of a packet. */
struct content {
	struct cursor at;	/* the payload, and no more */
	unsigned protocol;
};

/* RFC 1071: a correct sum over bytes that include it is all ones. */
static bool
is_sum_right(const uint8_t *bytes, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += load_be16(bytes + i);
	if (len % 2 != 0)
		sum += (uint32_t)bytes[len - 1] << 8;
	sum = (sum >> 16) + (sum & UINT16_MAX);
	sum += sum >> 16;
	return (sum & UINT16_MAX) == UINT16_MAX;
}

/* The length that an IPv4 header gives its packet; 0: it is no such header. */
static size_t
ip4_len(const struct cursor *at)
{
	const uint8_t *h = cursor_peek(at, IP4_HEADER_LEN);
	const size_t header_len = h != NULL ? (h[0] & 0x0fU) * 4 : 0;

	if (h == NULL || h[0] >> 4 != 4 || header_len < IP4_HEADER_LEN ||
	    cursor_peek(at, header_len) == NULL ||
	    !is_sum_right(h, header_len) || load_be16(h + 2) < header_len)
		return 0;
	return load_be16(h + 2);
}

/* The same for IPv6, which has no checksum. */
static size_t
ip6_len(const struct cursor *at)
{
	const uint8_t *h = cursor_peek(at, IP6_HEADER_LEN);

	if (h == NULL || h[0] >> 4 != 6)
		return 0;
	switch (h[6]) {
	case PROTO_HOP_BY_HOP:
	case PROTO_TCP:
	case PROTO_UDP:
	case PROTO_FRAGMENT:
	case PROTO_ICMP6:
		return IP6_HEADER_LEN + (size_t)load_be16(h + 4);
	default:
		return 0;
	}
}

#define TCP_RESERVED	0x0e	/* beside the data offset */

/* A header that any sender of today sends: nothing urgent, options in order. */
static bool
is_tcp(const struct cursor *at)
{
	const uint8_t *h = cursor_peek(at, TCP_HEADER_LEN);
	const size_t header_len = h != NULL ? (h[12] >> 4) * 4U : 0;
	struct tcp_options opt;

	if (header_len < TCP_HEADER_LEN ||
	    header_len > cursor_declared_left(at) ||
	    (h[12] & TCP_RESERVED) != 0 || (h[13] & TCP_URG) != 0 ||
	    load_be16(h + 18) != 0 || cursor_peek(at, header_len) == NULL)
		return false;
	tcpopt_decode(h + TCP_HEADER_LEN, header_len - TCP_HEADER_LEN,
	    header_len - TCP_HEADER_LEN, &opt);
	return (opt.present & (OPT_MALFORMED | OPT_UNKNOWN)) == 0;
}

static bool
is_udp(const struct cursor *at)
{
	const uint8_t *h = cursor_peek(at, 8);

	return h != NULL && load_be16(h + 4) == cursor_declared_left(at);
}

static bool
is_icmp(const struct cursor *at)
{
	const size_t len = cursor_declared_left(at);

	return len >= 8 && is_sum_right(cursor_peek(at, len), len);
}

/* Does the payload agree with the next header, and with its own length? */
static bool
is_right(const struct content *content)
{
	const struct cursor *at = &content->at;

	switch (content->protocol) {
	case PROTO_IP4:
		return ip4_len(at) == cursor_declared_left(at);
	case PROTO_IP6:
		return ip6_len(at) == cursor_declared_left(at);
	case PROTO_TCP:
		return is_tcp(at);
	case PROTO_UDP:
		return is_udp(at);
	case PROTO_ICMP:
		return is_icmp(at);
	case PROTO_GRE:
		return cursor_peek(at, 4) != NULL && gre_is_plausible(at);
	default:
		return false;
	}
}

/* Padding counts from 1 (RFC 4303, 2.4). */
static bool
is_padding(const uint8_t *padding, unsigned len)
{
	for (unsigned i = 0; i < len; i++)
		if (padding[i] != i + 1)
			return false;
	return true;
}

/* By the trailer before a check value of `check_len` bytes. */
static bool
read_trailer(const struct cursor *at, size_t check_len,
    struct content *ret_content)
{
	const size_t left = cursor_declared_left(at);
	const uint8_t *bytes = cursor_peek(at, left);
	size_t len, padding_len;

	if (bytes == NULL || left < check_len + TRAILER_LEN)
		return false;
	len = left - check_len - TRAILER_LEN;
	padding_len = bytes[len];
	if (padding_len > len ||
	    !is_padding(bytes + len - padding_len, bytes[len]))
		return false;
	ret_content->at = *at;
	cursor_declare(&ret_content->at, len - padding_len);
	ret_content->protocol = bytes[len + 1];
	return is_right(ret_content);
}

/*
 * The snapshot ended before the trailer.  The length of an inner IP packet
 * shows where the trailer is, if the padding is no longer than necessary.
 */
static bool
is_cut_at(const struct cursor *at, size_t len, size_t check_len)
{
	const size_t left = cursor_declared_left(at);

	return len != 0 && left >= check_len && (left - check_len) % 4 == 0 &&
	    (len + TRAILER_LEN + 3) / 4 * 4 == left - check_len;
}

static bool
read_cut(const struct cursor *at, size_t check_len,
    struct content *ret_content)
{
	const bool is_ip4 = is_cut_at(at, ip4_len(at), check_len);

	if (!is_ip4 && !is_cut_at(at, ip6_len(at), check_len))
		return false;
	ret_content->at = *at;
	ret_content->protocol = is_ip4 ? PROTO_IP4 : PROTO_IP6;
	return true;
}

static bool
is_captured_whole(const struct cursor *at)
{
	return cursor_captured_left(at) == cursor_declared_left(at);
}

static bool
find_content(const struct cursor *behind_header, struct content *ret_content)
{
	for (size_t i = 0; i < ARRAY_LEN(vector_lens); i++) {
		struct cursor at = *behind_header;

		if (!cursor_skip(&at, vector_lens[i]))
			return false;
		for (size_t j = 0; j < ARRAY_LEN(check_lens); j++)
			if (is_captured_whole(&at) ?
			    read_trailer(&at, check_lens[j], ret_content) :
			    read_cut(&at, check_lens[j], ret_content))
				return true;
	}
	return false;
}

/* A TCP header in a cut packet, whose length only the trailer would show. */
static bool
is_cut_tcp(const struct cursor *behind_header)
{
	for (size_t i = 0; i < ARRAY_LEN(vector_lens); i++) {
		struct cursor at = *behind_header;

		if (cursor_skip(&at, vector_lens[i]) &&
		    !is_captured_whole(&at) && is_tcp(&at))
			return true;
	}
	return false;
}

/* True if the packet was recognised; *ret_goes_on is the result of the step. */
static bool
open_packet(struct walk *w, bool *ret_goes_on)
{
	struct content content;

	if (w->is_quote || !cursor_skip(&w->at, ESP_HEADER_LEN))
		return false;
	if (find_content(&w->at, &content)) {
		w->at = content.at;
		w->is_granted = true;
		*ret_goes_on = ip_next(w, content.protocol);
		return true;
	}
	if (!is_cut_tcp(&w->at))
		return false;
	*ret_goes_on = walk_end(w, VERDICT_SHORT, "ESP trailer");
	return true;
}

bool
esp_decode(struct walk *w)
{
	bool goes_on;

	return open_packet(w, &goes_on) ? goes_on :
	    walk_stop(w, VERDICT_NOT_TCP, NUMBER_IP_PROTOCOL, PROTO_ESP);
}

bool
esp_udp_decode(struct walk *w)
{
	const uint8_t *h = cursor_peek(&w->at, ESP_HEADER_LEN);
	const bool is_aligned = cursor_declared_left(&w->at) % 4 == 0;
	bool goes_on;

	/* Key exchange has zeros there; a keep-alive is a single byte. */
	if (h == NULL || load_be32(h) < SPI_MIN || !is_aligned)
		return udp_end(w);
	return open_packet(w, &goes_on) ? goes_on :
	    walk_end(w, VERDICT_UNSUPPORTED, "ESP in UDP");
}
