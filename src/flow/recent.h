/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The segments of the last 50 ms: a ring in order of arrival, with an index by
 * hash.  The ring doubles, up to DUPLICATES_MOST entries, when it would
 * overwrite an entry younger than 50 ms; entries lost beyond that are counted.
 *
 *	ring	| 17 | 18 | 19 | 12 | 13 | 14 | 15 | 16 |
 *	            ^         ^ number 20 is written here next
 *	heads	| - | 18 | - | 19 |	newest entry of each slot, linked to
 *					the older ones
 *
 * Private to duplicates.c and the modules it uses.
 */
#ifndef TCPSTATES_FLOW_RECENT_H
#define TCPSTATES_FLOW_RECENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "flow/duplicates.h"

/* A segment, or the rest of a superframe behind its pieces.  Half a line. */
struct entry {
	int64_t time_ns;
	uint64_t hash;		/* as in struct fingerprint */
	uint32_t detail;	/* the same */
	uint32_t len : 20;	/* bytes of payload */
	uint32_t has_vni : 1;
	uint32_t again : 8;	/* copies captured at the same place so far */
	uint32_t has_fin : 1;
	/* The rest of a superframe behind its pieces, or a copy of an ACK. */
	uint32_t is_rest : 1;
	uint32_t is_renumbered : 1;	/* whose IP IDs were rewritten */
	uint16_t next;		/* distance to the next in its slot, or 0 */
	uint16_t id;		/* IP ID; of the piece before, if is_rest */
	uint16_t place;		/* see segment_place() */
	uint16_t wifi_seq;	/* 802.11 sequence control, or mark of the VNI */
};

#define ENTRY_LEN_MASK	((1 << 20) - 1)
#define ENTRY_AGAIN_MAX	255U

struct recent {
	struct entry *ring;	/* size entries */
	uint32_t *heads;	/* numbers of the newest entries, by hash */
	uint32_t size;		/* a power of two */
	uint32_t count;		/* number n is written to ring[n % size] */
	unsigned shift;		/* the upper bits of a hash are its slot */
	uint64_t forgotten;	/* entries overwritten while young */
};

/* False: out of memory. */
bool recent_init(struct recent *) MUST_CHECK;
void recent_fini(struct recent *);

/* Grow, or count a young entry that is about to be overwritten. */
void recent_lose_oldest(struct recent *);

static inline bool
recent_is_young(const struct entry *entry, int64_t now_ns)
{
	/* NOLINTNEXTLINE(*NullDereference): callers have an entry */
	return (uint64_t)now_ns - (uint64_t)entry->time_ns +
	    DUPLICATES_SPAN_NS <= 2 * (uint64_t)DUPLICATES_SPAN_NS;
}

static inline uint32_t *
recent_head(const struct recent *recent, uint64_t hash)
{
	return &recent->heads[hash >> recent->shift];
}

/* The entry written `age` entries ago, or NULL if it was overwritten. */
static inline struct entry *
recent_of_age(const struct recent *recent, uint32_t age)
{
	return age > recent->size ? NULL :
	    &recent->ring[(recent->count - age) & (recent->size - 1)];
}

/* The newest entry in the slot of a hash, of whatever hash; or NULL. */
static inline struct entry *
recent_first(const struct recent *recent, uint64_t hash)
{
	return recent_of_age(recent,
	    recent->count - *recent_head(recent, hash));
}

/* The next older entry in the same slot, or NULL. */
static inline struct entry *
recent_next(const struct recent *recent, const struct entry *entry)
{
	const uint32_t mask = recent->size - 1;
	const uint32_t at = (uint32_t)(entry - recent->ring);
	const uint32_t age = ((recent->count - at - 1) & mask) + 1;

	return entry->next == 0 ? NULL :
	    recent_of_age(recent, age + entry->next);
}

/*
 * The entry to write next: fill it in, then recent_link() it.  Invalidates
 * pointers to other entries.
 */
static inline struct entry *
recent_oldest(struct recent *recent, int64_t now_ns)
{
	if (UNLIKELY(recent_is_young(&recent->ring[recent->count &
	    (recent->size - 1)], now_ns)))
		recent_lose_oldest(recent);
	return &recent->ring[recent->count & (recent->size - 1)];
}

/* Make the entry just written the first in its slot. */
static inline void
recent_link(struct recent *recent, struct entry *entry)
{
	uint32_t *head = recent_head(recent, entry->hash);
	const uint32_t older = recent->count - *head;

	entry->next = older < recent->size ? (uint16_t)older : 0;
	*head = recent->count++;
	/* Other buckets have the cache until this ring gets there. */
	PREFETCH(&recent->ring[(recent->count + 2) & (recent->size - 1)]);
}

#endif
