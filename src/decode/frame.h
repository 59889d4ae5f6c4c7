/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The chain of decoders: a frame goes in, one verdict comes out, and with
 * VERDICT_SEGMENT the segment that the frame carried.
 */
#ifndef TCPSTATES_DECODE_FRAME_H
#define TCPSTATES_DECODE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/decode_as.h"
#include "decode/linktype.h"
#include "decode/segment.h"

enum verdict {
#define VERDICT(name, key, words, sentence) VERDICT_##name,
#include "decode/verdicts.def"
#undef VERDICT
	VERDICT_COUNT
};

/* Key of the machine records, words of the report, sentence of the manual. */
const char *verdict_key(enum verdict);
const char *verdict_words(enum verdict);
const char *verdict_sentence(enum verdict);

/* One record of a capture. */
struct frame {
	int64_t time_ns;	/* epoch */
	uint64_t number;	/* in the capture, from 1 */
	const uint8_t *bytes;	/* valid during the call */
	uint32_t captured_len;	/* bytes captured */
	enum linktype linktype;
	uint32_t interface;	/* its number in the capture, 0 if there is one */
	/*
	 * Bytes the frame had on the wire.  Not next to the other length: both
	 * would be loaded as one word right after they were stored as two,
	 * which stalls processors.
	 */
	uint32_t wire_len;
};

struct decoder_options {
	bool no_tunnels;	/* look at the outer packets only */
	bool no_fastpath;	/* every frame by the chain: for tests */
	struct decode_as decode_as;
};

/* Reasons counted separately; the rest are counted together. */
#define UNSUPPORTED_MAX	16

/* Frames whose verdict was VERDICT_UNSUPPORTED for one reason. */
struct unsupported {
	const char *words;	/* as decoder_last_protocol() */
	uint64_t frames;	/* 0 in unused entries, which are the last */
};

struct decoder_stats {
	uint64_t fragments_evicted;	/* datagrams forced out incomplete */
	uint64_t fragments_incomplete;	/* datagrams incomplete at the end */
	uint64_t wire_len_wrong;	/* segments; see struct segment */
	uint64_t offloaded;		/* segments without an IP length */
	uint64_t options_malformed;	/* segments */
	/* By first frame; without frames of LINKTYPE_UNKNOWN. */
	struct unsupported unsupported[UNSUPPORTED_MAX];
};

/* The state of the decoders: options and incomplete datagrams. */
struct decoder;

/* NULL when out of memory.  `key` seeds the hash of the fragment table. */
struct decoder *decoder_new(const struct decoder_options *,
    const uint64_t key[2]);
void decoder_free(struct decoder *);
const struct decoder_stats *decoder_stats(const struct decoder *);
/* Add what another decoder counted. */
void decoder_stats_add(struct decoder_stats *sum,
    const struct decoder_stats *more);

/*
 * Decode one frame.  *ret_segment is complete with VERDICT_SEGMENT and
 * undefined otherwise.  Never returns VERDICT_DUPLICATE (that needs other
 * frames).  Never fails: without memory for a fragment it is one without its
 * datagram, counted as evicted.
 */
enum verdict frame_decode(struct decoder *, const struct frame *,
    struct segment *ret_segment);

/* The endpoints of a segment, in the frame. */
struct frame_ends {
	const uint8_t *src;	/* address: of four bytes, or sixteen */
	const uint8_t *dst;
	uint16_t src_port;
	uint16_t dst_port;
	uint8_t ip_version;	/* 4 or 6 */
};

/*
 * Does one look show that the frame carries a segment, whatever the frames
 * before were?  Then it has neither VLAN nor VNI, and the result is the number
 * of leading bytes that decoding needs, at most FRAME_HEADERS_MAX.  Else 0.
 */
#define FRAME_HEADERS_MAX	(14 + 40 + 60)

uint32_t frame_peek(const struct frame *, struct frame_ends *ret_ends);

/*
 * Details of the last frame's verdict: the protocol after VERDICT_NOT_TCP,
 * VERDICT_NOT_IP and VERDICT_UNSUPPORTED ("ICMP", "ARP", "ethertype 0x88cc"),
 * the wrong field after a VERDICT_MALFORMED_... ("IPv4 total length"), the
 * header that was cut after VERDICT_SHORT, where known; NULL otherwise.  The
 * string lives as long as the decoder; equal strings have equal addresses.
 */
const char *decoder_last_protocol(const struct decoder *);

/*
 * After VERDICT_NOT_TCP for an ICMP error that quotes a TCP header: the
 * quoted packet's addresses, ports and sequence number (DEPTH_SEQ), as sent
 * by the quoted sender; NULL otherwise.  Evidence for that connection, never
 * a segment of it.
 */
struct quoted {
	uint8_t src[16];
	uint8_t dst[16];
	uint16_t src_port;
	uint16_t dst_port;
	uint32_t seq;
	uint32_t vni;
	uint16_t vlan;
	uint8_t ip_version;
	bool vni_known;
	uint8_t icmp_type;
	uint8_t icmp_code;
	uint16_t mtu;		/* of "fragmentation needed", "too big"; or 0 */
	uint8_t from[16];	/* that sent the error */
};
const struct quoted *decoder_last_quoted(const struct decoder *);

#endif
