/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	 0                   1                   2                   3
 *	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *	+-------------------------------+-------------------------------+
 *	|          Source Port          |       Destination Port        |
 *	+-------------------------------+-------------------------------+ 4
 *	|                        Sequence Number                        |
 *	+---------------------------------------------------------------+ 8
 *	|                     Acknowledgment Number                     |
 *	+-------+-----+-+-+-+-+-+-+-+-+-+-------------------------------+ 12
 *	| Data  |     |A|C|E|U|A|P|R|S|F|                               |
 *	| Offset| Rsv |E|W|C|R|C|S|S|Y|I|            Window             |
 *	|       |     | |R|E|G|K|H|T|N|N|                               |
 *	+-------+-----+-+-+-+-+-+-+-+-+-+-------------------------------+ 16
 *	|           Checksum            |         Urgent Pointer        |
 *	+-------------------------------+-------------------------------+ 20
 *	|                    Options, 0 to 40 bytes                    |
 *	+---------------------------------------------------------------+
 *	RFC 9293, 3.1; AE by RFC 9768, 3.1
 *
 * The snapshot may end anywhere in it.  Fields come in the order of enum
 * segment_depth, so what was captured is a level.
 */
#include "config.h"

#include "decode/tcphdr.h"

#include <string.h>

#include "base/compiler.h"
#include "decode/tcpopt.h"

/* Bytes of header that reach each level. */
static const uint8_t depth_len[] = {
	[DEPTH_PORTS] = 4,
	[DEPTH_SEQ] = 8,
	[DEPTH_ACK] = 12,
	[DEPTH_FLAGS] = 14,
	[DEPTH_FIXED] = TCP_HEADER_LEN,
};

static void
set_payload(struct segment *seg, const uint8_t *bytes, size_t captured)
{
	seg->payload = bytes;
	seg->payload_captured = (uint32_t)captured;
}

/* Options and payload, the fixed header being taken. */
static bool
take_rest(struct walk *w, size_t options_len)
{
	struct segment *seg = w->seg;
	const size_t captured = cursor_captured_left(&w->at);
	const uint8_t *bytes = cursor_peek(&w->at, captured);

	seg->payload_len = (uint32_t)(cursor_declared_left(&w->at) -
	    options_len);
	if (UNLIKELY(captured < options_len)) {
		seg->depth = DEPTH_FIXED;
		set_payload(seg, NULL, 0);
		tcpopt_decode(bytes, captured, options_len, &seg->opt);
		return walk_end(w, VERDICT_SEGMENT, NULL);
	}
	seg->depth = DEPTH_OPTIONS;
	set_payload(seg, bytes + options_len, captured - options_len);
	tcpopt_decode(bytes, options_len, options_len, &seg->opt);
	return walk_end(w, VERDICT_SEGMENT, NULL);
}

/*
 * Bytes of the header by its data offset, or 0 when that cannot be: below
 * the fixed header or beyond the packet of `declared` bytes.
 */
static size_t
header_len_of(const uint8_t *h, size_t declared)
{
	const size_t len = (size_t)(h[12] >> 4) * 4;

	return len >= TCP_HEADER_LEN && len <= declared ? len : 0;
}

/* The snapshot ends inside the fixed header: the levels that it holds. */
static bool
take_cut(struct walk *w, size_t declared)
{
	const size_t captured = cursor_captured_left(&w->at);
	const uint8_t *bytes = cursor_peek(&w->at, captured);
	struct segment *seg = w->seg;
	uint8_t h[TCP_HEADER_LEN] = { 0 };
	size_t header_len;

	if (bytes == NULL || captured < depth_len[DEPTH_PORTS])
		return walk_end(w, VERDICT_SHORT, NULL);
	seg->depth = DEPTH_PORTS;
	while (depth_len[seg->depth + 1] <= captured)
		seg->depth++;
	memcpy(h, bytes, depth_len[seg->depth]);
	tcp_take_fields(seg, h);
	set_payload(seg, NULL, 0);
	seg->payload_len = 0;
	seg->opt = (struct tcp_options){ 0 };
	if (seg->depth >= DEPTH_FLAGS) {
		header_len = header_len_of(h, declared);
		if (header_len == 0)
			return walk_end(w, VERDICT_MALFORMED_TCP,
			    "TCP data offset");
		seg->payload_len = (uint32_t)(declared - header_len);
	}
	return walk_end(w, VERDICT_SEGMENT, NULL);
}

bool
tcp_decode(struct walk *w)
{
	const size_t declared = cursor_declared_left(&w->at);
	const uint8_t *h;
	size_t header_len;

	if (UNLIKELY(declared < TCP_HEADER_LEN))
		return walk_end(w, VERDICT_MALFORMED_TCP, "TCP header");
	h = cursor_peek(&w->at, TCP_HEADER_LEN);
	if (UNLIKELY(h == NULL))
		return take_cut(w, declared);
	(void)cursor_skip(&w->at, TCP_HEADER_LEN);
	header_len = header_len_of(h, declared);
	if (UNLIKELY(header_len == 0))
		return walk_end(w, VERDICT_MALFORMED_TCP, "TCP data offset");
	tcp_take_fields(w->seg, h);
	return take_rest(w, header_len - TCP_HEADER_LEN);
}
