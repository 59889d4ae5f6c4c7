/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/residue.h"

#include "base/cursor.h"
#include "decode/segment.h"

#define IP4_HEADER	20
#define IP6_HEADER	40
#define PROTOCOL_TCP	6

/*
 * One's complement arithmetic (RFC 1071): modulo 65535, with one of the two
 * forms of zero.
 */
static uint16_t
fold(uint64_t sum)
{
	return (uint16_t)(sum % UINT16_MAX);
}

/* 2^16 is 1 modulo 65535, so a word of 32 bits counts as its two halves. */
static uint64_t
addresses(const struct segment *seg)
{
	const unsigned len = seg->ip_version == 4 ? 4 : 16;
	uint64_t sum = 0;

	for (unsigned i = 0; i < len; i += 4)
		sum += (uint64_t)load_be32(seg->src + i) +
		    load_be32(seg->dst + i);
	return sum;
}

static uint32_t
tcp_len(const struct segment *seg)
{
	const uint32_t header = seg->ip_version == 4 ? IP4_HEADER : IP6_HEADER;

	return seg->ip_len > header ? seg->ip_len - header : 0;
}

/*
 * With checksum offload, a host leaves the sum of the pseudo-header in the
 * field, not complemented, for the card to go on from; of a segment that the
 * card is to cut, the sum may lack the length.
 */
static bool
is_partial(const struct segment *seg, uint64_t pseudo)
{
	const uint16_t field = fold(seg->checksum);

	return field == 0 || field == fold(pseudo) ||
	    field == fold(pseudo - tcp_len(seg));
}

/* The word of data offset and flags (RFC 9293, 3.1). */
static uint64_t
offset_word(const struct segment *seg)
{
	return (uint64_t)((tcp_len(seg) - seg->payload_len) / 4) << 12 |
	    seg->flags;
}

static uint64_t
known_options(const struct tcp_options *opt)
{
	uint64_t sum = (uint64_t)opt->mss;

	if ((opt->present & OPT_TIMESTAMP) != 0)
		sum += (uint64_t)opt->tsval + opt->tsecr;
	for (unsigned i = 0; i < opt->sack_count; i++)
		sum += (uint64_t)opt->sack[i].left + opt->sack[i].right;
	return sum;
}

/*
 * Of duplicate ACKs, often only the SACK blocks differ.  Relative to the ACK,
 * they are the same where a firewall shifts numbers.
 */
static uint64_t
blocks(const struct segment *seg)
{
	const struct tcp_options *opt = &seg->opt;
	uint64_t sum = 0;

	for (unsigned i = 0; i < opt->sack_count; i++)
		sum += (uint64_t)(opt->sack[i].left - seg->ack) * 2 +
		    (uint64_t)(opt->sack[i].right - seg->ack) * 3;
	return sum;
}

bool
residue_of(const struct segment *seg, uint16_t *ret_residue)
{
	const uint64_t pseudo = addresses(seg) + PROTOCOL_TCP + tcp_len(seg);

	if (seg->depth < DEPTH_OPTIONS || is_partial(seg, pseudo))
		return false;
	*ret_residue = fold(pseudo + seg->checksum + seg->src_port +
	    seg->dst_port + seg->seq + (uint64_t)seg->ack +
	    offset_word(seg) + seg->window + seg->urgent +
	    known_options(&seg->opt) + blocks(seg));
	return true;
}
