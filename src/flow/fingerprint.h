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
	uint64_t direction;	/* key and side */
	uint64_t hash;		/* direction, numbers and kind of segment */
	uint32_t detail;	/* ACK, window, options; of a SYN its number */
	uint8_t side;		/* of the sender */
	bool is_loose;		/* the hash of an ACK leaves out its details */
};

/* Does the segment carry data, as superframes and pieces do? */
static inline bool
fingerprint_is_range(const struct segment *seg)
{
	return seg->payload_len > 0 && (seg->flags & (TCP_SYN | TCP_RST)) == 0;
}

/* The hash of all segments whose data begin at `seq`. */
static inline uint64_t
fingerprint_of_range(uint64_t direction, uint32_t seq)
{
	return direction + seq * UINT64_C(0xd1b54a32d192ed03);
}

/* Compute a fingerprint; `side` is that of key_of(). */
void fingerprint_begin(struct fingerprint *, const struct segment *,
    uint64_t key, unsigned side, bool is_loose);

/* Update it when `is_loose` or the numbers of the segment have changed. */
void fingerprint_again(struct fingerprint *, const struct segment *,
    bool is_loose);

#endif
