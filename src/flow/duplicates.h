/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capture duplicates: one transmission that the capture saw more than once,
 * because both ports of a switch are mirrored, because `any` sees it on two
 * interfaces, or because it was taken on both sides of a VLAN tag, a tunnel or
 * a router.
 *
 * This module remembers the segments of the last 50 ms and says how a new one
 * is like them; tcp/duplicate.h, which knows the connection, decides.  Copies
 * need not be equal.  A device between two capture points may clamp the MSS,
 * strip options or renumber IP IDs, and offloading joins segments or cuts them:
 *
 *	eth0	|-------------- superframe ----------------|
 *	veth0	|-- piece --|-- piece --|-- piece --|-piece-|
 *
 * So a segment with data is remembered by its direction and sequence number
 * alone.  The pieces of a superframe are found one after another: the first
 * begins where the superframe does, and what it leaves of that is remembered as
 * a segment of its own, which the second piece begins.  The other way round, a
 * superframe is a copy when segments that follow one another cover it.
 *
 * Memory is a ring, in order of arrival, with an index.  The ring doubles when
 * it would lose segments younger than 50 ms, up to a bound that is enough for
 * 1.3 million segments a second; what is lost beyond is counted.
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
 * How far apart two copies may be.  A loaded router or mirror holds a packet
 * back for tens of milliseconds; the shortest RTO in practice is 200 ms.
 */
#define DUPLICATES_SPAN_NS	(50 * NS_PER_MS)
/* Segments that are remembered: at first, and at most. */
#define DUPLICATES_LEAST	((uint32_t)1 << 13)
#define DUPLICATES_MOST		((uint32_t)1 << 16)

/* In which way a segment is like an earlier one. */
enum likeness_bit {
	LIKE_FOUND = 1 << 0,	/* same direction and numbers: 0 if unlike all */
	LIKE_SAME_ID = 1 << 1,	/* same IP ID, or the next ones for pieces */
	LIKE_OTHER_ID = 1 << 2,	/* another IP ID or 802.11 sequence number */
	LIKE_ELSEWHERE = 1 << 3,	/* another interface, link, tag or TTL */
	LIKE_ALTERED = 1 << 4,	/* other options, window or ACK */
	LIKE_PART = 1 << 5,	/* a piece of the earlier, or made of several */
	LIKE_RETRY = 1 << 6	/* the 802.11 retry of the same frame */
};

struct likeness {
	uint8_t bits;		/* set of enum likeness_bit */
	uint8_t again;		/* copies from this place so far, saturating */
	uint16_t apart_us;	/* time between the two */
	uint32_t covered;	/* leading bytes of data that were seen before */
};

struct duplicates;

/* NULL when out of memory. */
struct duplicates *duplicates_new(void) MUST_CHECK;
void duplicates_free(struct duplicates *);

/* `key` is key_fingerprint() of its connection, `side` that of key_of(). */
void duplicates_fingerprint(const struct duplicates *, const struct segment *,
    uint64_t key, unsigned side, struct fingerprint *ret_print);

/* Prefetch what duplicates_check() reads first. */
void duplicates_prefetch(
    const struct duplicates *, const struct fingerprint *);

/*
 * How is a segment like those before it?  Remembers what is new of it.  Where
 * its numbers are those of the other side of a device, brings them to the ones
 * captured first: see flow/shifts.h.
 */
void duplicates_check(struct duplicates *, struct fingerprint *,
    struct segment *, struct likeness *ret_like);

/* Segments forgotten before DUPLICATES_SPAN_NS were over. */
uint64_t duplicates_forgotten(const struct duplicates *);

#endif
