/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A decoded TCP segment: a plain struct in host byte order, which depends on
 * one frame only.
 */
#ifndef TCPSTATES_DECODE_SEGMENT_H
#define TCPSTATES_DECODE_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

/* Flags as they stand in the header's 13th and 14th byte (RFC 9293, 3.1). */
enum tcp_flag {
	TCP_FIN = 0x001,
	TCP_SYN = 0x002,
	TCP_RST = 0x004,
	TCP_PSH = 0x008,
	TCP_ACK = 0x010,
	TCP_URG = 0x020,
	TCP_ECE = 0x040,
	TCP_CWR = 0x080,
	TCP_AE = 0x100		/* RFC 9768; once NS (RFC 3540) */
};

/*
 * How much of the TCP header the snapshot held.  Each level includes those
 * before it.  Fields of a level that was not reached are zero, but options that
 * were captured whole are there even when later ones were not.
 */
enum segment_depth {
	DEPTH_PORTS,		/* source and destination port */
	DEPTH_SEQ,		/* and the sequence number */
	DEPTH_ACK,		/* and the acknowledgement number */
	DEPTH_FLAGS,		/* and data offset and flags: lengths known */
	DEPTH_FIXED,		/* and the rest of the fixed 20 bytes */
	DEPTH_OPTIONS		/* and all options (none counts as all) */
};

/* Options present, as a set. */
enum tcpopt_bit {
	OPT_MSS = 1 << 0,		/* kind 2, RFC 9293 */
	OPT_WSCALE = 1 << 1,		/* kind 3, RFC 7323 */
	OPT_SACK_PERMITTED = 1 << 2,	/* kind 4, RFC 2018 */
	OPT_SACK = 1 << 3,		/* kind 5, RFC 2018 */
	OPT_TIMESTAMP = 1 << 4,		/* kind 8, RFC 7323 */
	OPT_MD5 = 1 << 5,		/* kind 19, RFC 2385 */
	OPT_AO = 1 << 6,		/* kind 29, RFC 5925 */
	OPT_MPTCP = 1 << 7,		/* kind 30, RFC 8684 */
	OPT_TFO = 1 << 8,		/* kind 34, RFC 7413; also 254/0xF989 */
	OPT_ACCECN = 1 << 9,		/* kinds 172 and 174, RFC 9768 */
	OPT_UNKNOWN = 1 << 10,		/* any other kind, skipped by length */
	OPT_MALFORMED = 1 << 11,	/* an impossible length ends them */
	OPT_MPTCP_SIGNAL = 1 << 12	/* MPTCP, of another subtype than DSS */
};

#define SACK_BLOCKS_MAX	4	/* all that 40 bytes of options can hold */

/* Fields of nearly all segments first: see struct queued_segment. */
struct tcp_options {
	uint16_t present;	/* set of enum tcpopt_bit */
	uint8_t sack_count;	/* blocks in sack[] */
	uint8_t unknown_count;	/* options of unknown kind */
	uint32_t tsval;		/* sender's clock */
	uint32_t tsecr;		/* peer's clock, echoed */
	uint16_t mss;		/* bytes */
	uint8_t wscale;		/* shift count as offered, 0 to 255 */
	uint8_t tfo_cookie_len;	/* bytes; 0 is a request for a cookie */
	uint8_t mptcp_subtype;	/* RFC 8684, 3: 0 MP_CAPABLE, 1 MP_JOIN... */
	struct {
		uint32_t left;	/* first sequence number of the block */
		uint32_t right;	/* one past its last */
	} sack[SACK_BLOCKS_MAX];
};

/* Without padding, as whole batches of segments are kept. */
struct segment {
	int64_t time_ns;	/* when captured, epoch */
	uint64_t frame;		/* number of the frame in the capture, from 1 */

	uint8_t src[16];	/* address; IPv4 in the first four, rest zero */
	uint8_t dst[16];
	uint16_t src_port;
	uint16_t dst_port;
	uint32_t vni;		/* VXLAN or Geneve identifier, if vni_known */
	uint32_t interface;	/* a number for the one that captured it */
	/*
	 * Innermost 802.1Q VLAN id, 0 if none; inside a tunnel only tags
	 * inside it count.
	 */
	uint16_t vlan;
	uint8_t ip_version;	/* 4 or 6 */
	uint8_t ttl;		/* TTL or hop limit */
	uint8_t ecn;		/* the two ECN bits of the IP header */
	uint8_t depth;		/* enum segment_depth */

	uint16_t ip_id;		/* IPv4 identification, 0 for IPv6 */
	uint32_t ip_len;	/* bytes of the IP packet, header included */
	uint32_t payload_len;	/* bytes of data, by declared lengths */
	uint32_t seq;
	uint32_t ack;		/* meaningful with TCP_ACK only */
	uint16_t window;	/* raw field */
	uint16_t urgent;
	uint16_t flags;		/* set of enum tcp_flag */
	uint16_t checksum;	/* TCP checksum as it stands, never judged */
	/*
	 * A number for the link-layer addresses, and for where in the frame
	 * the IP header stands: frames of one sender that have another were
	 * captured elsewhere, or took another path.
	 */
	uint16_t link_hash;
	uint16_t wifi_seq;	/* 802.11 sequence control, 0 if none */
	bool is_wifi_retry;	/* the frame has the retry bit of 802.11 */
	uint8_t dscp;		/* RFC 2474, six bits */
	bool vni_known;
	/*
	 * The IP header gave no length (offload) and the frame's was used, or
	 * the record's wire length was shorter than the IP length.
	 */
	bool is_offloaded;
	bool is_wire_len_wrong;
	struct tcp_options opt;

	uint32_t payload_captured;	/* bytes at `payload` */
	const uint8_t *payload;	/* the captured ones; valid during the call */
};

/* Bytes of sequence space that a segment occupies: SYN and FIN are one. */
static inline uint32_t
segment_len(const struct segment *seg)
{
	return seg->payload_len + ((seg->flags & TCP_SYN) != 0) +
	    ((seg->flags & TCP_FIN) != 0);
}

static inline bool
segment_has(const struct segment *seg, unsigned flags)
{
	return (seg->flags & flags) != 0;
}

/*
 * A number for the place where a segment was captured: interface, link
 * addresses, VLAN and TTL.  Places that differ in one of these have different
 * numbers.
 */
static inline uint16_t
segment_place(const struct segment *seg)
{
	return (uint16_t)(seg->link_hash + seg->interface * 0x9e37U +
	    seg->vlan * 0xd1b5U + seg->ttl * 0xaef1U);
}

#endif
