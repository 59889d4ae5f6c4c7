/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The numbers by which a segment is compared with earlier ones: see
 * duplicates.h.
 */
#ifndef TCPSTATES_FLOW_FINGERPRINT_H
#define TCPSTATES_FLOW_FINGERPRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/segment.h"

struct fingerprint {
	uint64_t key;		/* key_fingerprint() of its connection */
	uint64_t direction;	/* the same, of what its sender sends */
	uint64_t hash;		/* direction, numbers, and kind of segment */
	uint32_t detail;	/* what else copies and pieces share; of a SYN
				   its sequence number */
	uint8_t side;		/* its sender */
	bool is_loose;		/* an ACK without its details in hash */
};

/* A range of sequence numbers: superframes and pieces are such. */
static inline bool
fingerprint_is_range(const struct segment *seg)
{
	return seg->payload_len > 0 && (seg->flags & (TCP_SYN | TCP_RST)) == 0;
}

/* The hash of all ranges that begin with `seq`. */
static inline uint64_t
fingerprint_of_range(uint64_t direction, uint32_t seq)
{
	return direction + seq * UINT64_C(0xd1b54a32d192ed03);
}

/* `side` is that of key_of(). */
void fingerprint_begin(struct fingerprint *, const struct segment *,
    uint64_t key, unsigned side, bool is_loose);

/* The same once more, as `is_loose` or the numbers of the segment changed. */
void fingerprint_again(struct fingerprint *, const struct segment *,
    bool is_loose);

#endif
