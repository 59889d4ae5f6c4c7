/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A segment among earlier ones: which of them have its numbers, in which way
 * it is like one of them, and what is remembered of it.  Private to
 * duplicates.c and cover.c.
 */
#ifndef TCPSTATES_FLOW_LIKENESS_H
#define TCPSTATES_FLOW_LIKENESS_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/segment.h"
#include "flow/duplicates.h"
#include "flow/fingerprint.h"
#include "flow/recent.h"

/* The segment at hand, while it is compared with earlier ones. */
struct search {
	struct recent *recent;
	const struct segment *seg;
	const struct fingerprint *print;
	unsigned hops;		/* entries that may still be looked at */
	uint16_t place;		/* likeness_place() */
	bool wants_detail;	/* an entry with another detail is not alike */
	bool counts_places;	/* IP IDs are rewritten: see kin_lags() */
};

/*
 * A number for where a segment was captured: interface, link addresses, VLAN
 * and TTL.  Two places of which one of these differs never have the same.
 */
static inline uint16_t
likeness_place(const struct segment *seg)
{
	return (uint16_t)(seg->link_hash + seg->interface * 0x9e37U +
	    seg->vlan * 0xd1b5U + seg->ttl * 0xaef1U);
}

/* What is remembered instead of the 802.11 number: it tells most VNIs apart. */
static inline uint16_t
likeness_vni_mark(const struct segment *seg)
{
	return (uint16_t)(seg->vni ^ seg->vni >> 16);
}

/* The newest entry with this hash, if it is young, or NULL; and the next. */
struct entry *search_first(struct search *, uint64_t hash);
struct entry *search_next(struct search *, const struct entry *);

/* In which way is the segment like an entry: a set of enum likeness_bit. */
unsigned likeness_bits(const struct search *, const struct entry *);
/* What the IDs say of it: LIKE_SAME_ID, LIKE_OTHER_ID or nothing. */
unsigned likeness_ids(const struct search *, const struct entry *);
/* Has an entry the same length, and a FIN or none? */
bool likeness_is_as_long(const struct search *, const struct entry *);
/* Is it the same in all that is looked at, but for the place? */
bool likeness_is_exact(const struct search *, const struct entry *);
uint16_t likeness_apart_us(const struct search *, const struct entry *);

/* Tell of an entry with likeness_bits() `bits`. */
void likeness_tell(const struct search *, const struct entry *, unsigned bits,
    struct likeness *ret_like);

/* Remember a segment; `again` copies of it came from this place before. */
static inline void
likeness_write(struct recent *recent, const struct fingerprint *print,
    const struct segment *seg, uint16_t place, unsigned again)
{
	struct entry *entry = recent_oldest(recent, seg->time_ns);

	*entry = (struct entry){
	    .time_ns = seg->time_ns,
	    .hash = print->hash,
	    .detail = print->detail,
	    .len = seg->payload_len & ENTRY_LEN_MASK,
	    .again = again & ENTRY_AGAIN_MAX,
	    .has_fin = segment_has(seg, TCP_FIN),
	    .id = seg->ip_id,
	    .place = place,
	    .has_vni = seg->vni_known,
	    .wifi_seq = seg->vni_known ? likeness_vni_mark(seg) :
		seg->wifi_seq,
	};
	recent_link(recent, entry);
}

/* The same of the segment at hand. */
void search_remember(const struct search *, unsigned again);

/* It is a copy for certain, as its `bits` say: remember it where that counts. */
void search_remember_copy(const struct search *, unsigned bits);

#endif
