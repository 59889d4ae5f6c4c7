/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow/likeness.h"

#include "base/compiler.h"

/*
 * IP IDs that the pieces of a superframe may lie apart: 64 KiB in pieces of
 * 1024 bytes, or all alike (RFC 6864 allows that where nothing fragments).
 */
#define ID_REACH	64

/* ---- search ---- */

/* Segments of two VNIs are no copies; a segment without a VNI may be one. */
static inline bool
is_of_other_network(const struct search *s, const struct entry *entry)
{
	return UNLIKELY(entry->has_vni) && s->seg->vni_known &&
	    entry->wifi_seq != likeness_vni_mark(s->seg);
}

/* The first match from `entry` on. */
static struct entry *
search_from(struct search *s, struct entry *entry, uint64_t hash)
{
	for (; entry != NULL && s->hops > 0;
	    entry = recent_next(s->recent, entry)) {
		s->hops--;
		if (entry->hash == hash &&
		    recent_is_young(entry, s->seg->time_ns) &&
		    !is_of_other_network(s, entry) && !(s->wants_detail &&
		    entry->detail != s->print->detail))
			return entry;
	}
	return NULL;
}

struct entry *
search_first(struct search *s, uint64_t hash)
{
	return search_from(s, recent_first(s->recent, hash), hash);
}

struct entry *
search_next(struct search *s, const struct entry *entry)
{
	return search_from(s, recent_next(s->recent, entry), entry->hash);
}

/* ---- comparison ---- */

/* The transmitter numbers its 802.11 frames. */
static bool
is_other_wifi_frame(const struct search *s, const struct entry *entry)
{
	return entry->wifi_seq != s->seg->wifi_seq &&
	    entry->wifi_seq != 0 && s->seg->wifi_seq != 0 &&
	    entry->place == s->place && !entry->has_vni;
}

unsigned
likeness_ids(const struct search *s, const struct entry *entry)
{
	const uint16_t id = s->seg->ip_id;
	const uint16_t step = (uint16_t)(id - entry->id);

	if (entry->is_renumbered || step > (entry->is_rest ? ID_REACH : 0))
		return LIKE_OTHER_ID;
	if (id != 0 || step != 0)
		return LIKE_SAME_ID;
	return is_other_wifi_frame(s, entry) ? LIKE_OTHER_ID : 0;
}

unsigned
likeness_bits(const struct search *s, const struct entry *entry)
{
	unsigned bits = LIKE_FOUND | likeness_ids(s, entry);

	if (entry->place != s->place)
		bits |= LIKE_ELSEWHERE;
	if (entry->detail != s->print->detail)
		bits |= LIKE_ALTERED;
	if (s->seg->is_wifi_retry && !entry->has_vni &&
	    entry->place == s->place &&
	    entry->wifi_seq == s->seg->wifi_seq)
		bits |= LIKE_RETRY;
	return bits;
}

bool
likeness_is_as_long(const struct search *s, const struct entry *entry)
{
	return entry->len == s->seg->payload_len &&
	    entry->has_fin == segment_has(s->seg, TCP_FIN);
}

bool
likeness_is_exact(const struct search *s, const struct entry *entry)
{
	return !entry->is_rest && entry->detail == s->print->detail &&
	    entry->id == s->seg->ip_id && likeness_is_as_long(s, entry) &&
	    !is_other_wifi_frame(s, entry);
}

uint16_t
likeness_apart_us(const struct search *s, const struct entry *entry)
{
	const int64_t ns = s->seg->time_ns - entry->time_ns;

	return (uint16_t)(((ns < 0 ? -ns : ns) + NS_PER_US - 1) / NS_PER_US);
}

/* Copies captured at this place so far; 0 for the first segment of a place. */
static unsigned
again_here(const struct entry *entry, unsigned bits)
{
	if ((bits & LIKE_ELSEWHERE) != 0)
		return 0;
	return entry->again < ENTRY_AGAIN_MAX ? entry->again + 1U :
	    ENTRY_AGAIN_MAX;
}

void
likeness_tell(const struct search *s, const struct entry *entry, unsigned bits,
    struct likeness *ret_like)
{
	ret_like->bits = (uint8_t)bits;
	ret_like->again = (uint8_t)again_here(entry, bits);
	ret_like->apart_us = likeness_apart_us(s, entry);
	ret_like->covered = s->seg->payload_len;
}

/* ---- remembering ---- */

void
search_remember(const struct search *s, unsigned again)
{
	likeness_write(s->recent, s->print, s->seg, s->place, again);
}

void
search_remember_copy(const struct search *s, unsigned bits)
{
	if (!s->counts_places)
		return;
	if (segment_len(s->seg) == 0)
		likeness_write(s->recent, s->print, s->seg, s->place,
		    0)->is_rest = true;
	else if ((bits & LIKE_SAME_ID) != 0)
		search_remember(s, 0);
}
