/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The comparison of a segment with earlier ones: find entries with the same
 * hash, compare the segment with an entry, and remember the segment.  Private
 * to duplicates.c and cover.c.
 */
#ifndef TCPSTATES_FLOW_LIKENESS_H
#define TCPSTATES_FLOW_LIKENESS_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/segment.h"
#include "flow/duplicates.h"
#include "flow/fingerprint.h"
#include "flow/recent.h"

/* A segment that is being compared with earlier ones. */
struct search {
	struct recent *recent;
	const struct segment *seg;
	const struct fingerprint *print;
	unsigned hops;		/* entries that may still be visited */
	uint16_t place;		/* segment_place() */
	bool wants_detail;	/* skip entries with another detail */
	bool counts_places;	/* IP IDs are rewritten: see kin_lags() */
};

/* Stored in place of the 802.11 number: it tells most VNIs apart. */
static inline uint16_t
likeness_vni_mark(const struct segment *seg)
{
	return (uint16_t)(seg->vni ^ seg->vni >> 16);
}

/* The newest young entry with a hash, or NULL; and the next older one. */
struct entry *search_first(struct search *, uint64_t hash);
struct entry *search_next(struct search *, const struct entry *);

/* Compare the segment with an entry: a set of enum likeness_bit. */
unsigned likeness_bits(const struct search *, const struct entry *);
/* Compare the IDs alone: LIKE_SAME_ID, LIKE_OTHER_ID or 0 if there are none. */
unsigned likeness_ids(const struct search *, const struct entry *);
/* Do both have the same length, and both or neither a FIN? */
bool likeness_is_as_long(const struct search *, const struct entry *);
/* Are both equal, except for the place? */
bool likeness_is_exact(const struct search *, const struct entry *);
/* Time between both, rounded up. */
uint16_t likeness_apart_us(const struct search *, const struct entry *);

/* Report the comparison with an entry; `bits` is that of likeness_bits(). */
void likeness_tell(const struct search *, const struct entry *, unsigned bits,
    struct likeness *ret_like);

/* Add an entry for a segment of which this place has shown `again` copies. */
static inline struct entry *
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
	return entry;
}

/* The same for the segment that is being compared. */
void search_remember(const struct search *, unsigned again);

/*
 * If places are counted, count a certain copy as a transmission that its place
 * has shown.  An endpoint may send equal ACKs in a burst: the copy of one is
 * not what the next one is compared with.
 */
void search_remember_copy(const struct search *, unsigned bits);

#endif
