/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capture duplicates: one transmission that was captured more than once,
 * because both ports of a switch are mirrored, because interface `any` shows
 * two interfaces, or because frames were captured on both sides of a VLAN tag,
 * a tunnel or a router.
 *
 * This module remembers the segments of the last 50 ms and compares each new
 * segment with them; tcp/duplicate.h, which knows the connection, decides.
 * Copies need not be equal.  A device between two capture points may clamp the
 * MSS, strip options or renumber IP IDs, and offloading merges or cuts
 * segments:
 *
 *	eth0	|-------------- superframe ----------------|
 *	veth0	|-- piece --|-- piece --|-- piece --|-piece-|
 *
 * So a segment with data is indexed by its direction and sequence number alone.
 * The pieces of a superframe are recognised one after another: the first piece
 * begins where the superframe does, and the rest of the superframe is indexed
 * as if it were a segment, with which the second piece begins.  The other way
 * round, a superframe is a copy if earlier segments cover its range.
 *
 * Each bucket of keys (key_bucket()) has a filter of its own, which knows nothing
 * of the others: threads that share the buckets find what one thread finds, and
 * may use the same struct duplicates at once, each for its own buckets.  All
 * together take 400 KB at first, and 100 MB if 40 million segments per second
 * fill all of them.
 *
 * Modules: fingerprint.h (what is compared), recent.h (the segments of the last
 * 50 ms, bounded), likeness.h (the comparison), cover.h (superframes), shifts.h
 * (devices that alter sequence numbers).
 */
#ifndef TCPSTATES_FLOW_DUPLICATES_H
#define TCPSTATES_FLOW_DUPLICATES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/nstime.h"

struct fingerprint;
struct segment;

/*
 * Longest time between two copies.  A loaded router or mirror delays packets by
 * tens of milliseconds; the shortest RTO in practice is 200 ms.
 */
#define DUPLICATES_SPAN_NS	(50 * NS_PER_MS)
/*
 * Room for segments in the filter of a bucket: at first, and at most (1.3
 * million per second).
 */
#define DUPLICATES_LEAST	((uint32_t)1 << 8)
#define DUPLICATES_MOST		((uint32_t)1 << 16)

/* How a segment compares with an earlier one. */
enum likeness_bit {
	LIKE_FOUND = 1 << 0,	/* same direction and sequence number */
	LIKE_SAME_ID = 1 << 1,	/* same IP ID; of pieces, the next ones */
	LIKE_OTHER_ID = 1 << 2,	/* another IP ID or 802.11 sequence number */
	LIKE_ELSEWHERE = 1 << 3,	/* another interface, link, tag or TTL */
	LIKE_ALTERED = 1 << 4,	/* other options, window or ACK */
	LIKE_PART = 1 << 5,	/* piece of a superframe, or made of pieces */
	LIKE_RETRY = 1 << 6	/* the 802.11 retry of the same frame */
};

struct likeness {
	uint8_t bits;		/* set of enum likeness_bit; 0: unlike all */
	uint8_t again;		/* copies from this place so far, saturating */
	uint16_t apart_us;	/* time between the two */
	uint32_t covered;	/* leading bytes of payload captured before */
};

struct duplicates;

/* NULL when out of memory. */
struct duplicates *duplicates_new(void) MUST_CHECK;
void duplicates_free(struct duplicates *);

/*
 * `key` is key_fingerprint() of the connection, `side` that of key_of().
 * Prefetches the slot of the fingerprint.
 */
void duplicates_begin(const struct duplicates *, const struct segment *,
    uint64_t key, unsigned side, struct fingerprint *ret_print);

/* Some segments later: prefetch the newest entry of the slot. */
void duplicates_prefetch(
    const struct duplicates *, const struct fingerprint *);

/*
 * Compare a segment with earlier ones, and remember it if it may have copies.
 * Sequence numbers that a device has altered are replaced by the original ones:
 * see flow/shifts.h.
 */
void duplicates_check(struct duplicates *, struct fingerprint *,
    struct segment *, struct likeness *ret_like);

/* Number of segments forgotten before DUPLICATES_SPAN_NS were over. */
uint64_t duplicates_forgotten(const struct duplicates *);

#endif
