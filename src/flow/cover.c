/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow/cover.h"

/* A superframe of 512 KiB has less than that many pieces of 1220 bytes. */
#define PIECES_MAX	512

/*
 * Add an entry for the bytes of `whole` from `skip` on, which begin at `seq`.
 * The IP IDs of their pieces continue that of the segment; `is_renumbered` if
 * the ID of `whole` was another.
 */
static void
remember_rest(const struct search *s, const struct entry *whole,
    uint32_t seq, uint32_t skip, bool is_renumbered)
{
	struct entry rest = *whole;
	struct entry *entry = recent_oldest(s->recent, s->seg->time_ns);

	rest.hash = fingerprint_of_range(s->print->direction, seq);
	rest.len = (rest.len - skip) & ENTRY_LEN_MASK;
	rest.id = s->seg->ip_id;
	rest.again = 0;
	rest.is_rest = true;
	rest.is_renumbered = is_renumbered;
	*entry = rest;
	recent_link(s->recent, entry);
}

/* Only the last byte may be followed by a FIN, in both or in neither. */
static bool
fits_fin(const struct search *s, const struct cover *c)
{
	const uint32_t len = s->seg->payload_len;
	const bool has_fin = segment_has(s->seg, TCP_FIN);

	if (c->end == len)
		return c->last->has_fin == has_fin;
	return c->end > len ? !has_fin : !c->last->has_fin;
}

static void
cover_step(const struct search *s, struct cover *c, const struct entry *entry)
{
	const uint16_t apart = likeness_apart_us(s, entry);

	c->last = entry;
	c->begin = c->end;
	c->end += entry->len;
	if (apart > c->apart_us)
		c->apart_us = apart;
	if (entry->place == s->place)
		c->bits &= ~(unsigned)LIKE_ELSEWHERE;
}

/* The entry that begins where the last one ends, with equal details. */
static struct entry *
cover_next(struct search *s, const struct cover *c)
{
	const uint64_t hash = fingerprint_of_range(
	    s->print->direction, s->seg->seq + c->end);
	struct entry *entry = search_first(s, hash);

	while (entry != NULL && entry->detail != s->print->detail)
		entry = search_next(s, entry);
	return entry;
}

/*
 * Where the IP IDs differ, they have been rewritten between two places, or all
 * is sent again.
 */
bool
cover_walk(struct search *s, struct cover *c, const struct entry *first)
{
	const struct entry *entry = first;

	c->end = 0;
	c->apart_us = 0;
	c->bits = LIKE_PART | (likeness_bits(s, first) & ~(unsigned)LIKE_RETRY);
	if ((c->bits & LIKE_ALTERED) != 0 || (c->bits &
	    (LIKE_OTHER_ID | LIKE_ELSEWHERE)) == LIKE_OTHER_ID)
		return false;
	for (unsigned i = 0; i < PIECES_MAX && entry != NULL; i++) {
		cover_step(s, c, entry);
		if (!fits_fin(s, c))
			return false;
		if (c->end >= s->seg->payload_len)
			return true;
		entry = cover_next(s, c);
	}
	return true;
}

/* Add an entry for the bytes that no earlier segment covers. */
static void
remember_uncovered(const struct search *s, const struct cover *c)
{
	const struct entry whole = {
	    .time_ns = s->seg->time_ns,
	    .detail = s->print->detail,
	    .len = s->seg->payload_len & ENTRY_LEN_MASK,
	    .place = s->place,
	    .has_vni = s->seg->vni_known,
	    .wifi_seq = s->seg->vni_known ? likeness_vni_mark(s->seg) :
		s->seg->wifi_seq,
	    .has_fin = segment_has(s->seg, TCP_FIN),
	};

	remember_rest(s, &whole, s->seg->seq + c->end, c->end, false);
}

void
cover_take(const struct search *s, const struct cover *c,
    struct likeness *ret_like)
{
	const uint32_t len = s->seg->payload_len;
	const bool is_renumbered = (c->bits & LIKE_OTHER_ID) != 0;

	ret_like->bits = (uint8_t)c->bits;
	ret_like->apart_us = c->apart_us;
	ret_like->covered = c->end < len ? c->end : len;
	if (c->end > len)
		remember_rest(s, c->last, s->seg->seq + len,
		    len - c->begin, is_renumbered);
	if (c->end < len)
		remember_uncovered(s, c);
	/* Perhaps it is retransmitted, and has copies of its own. */
	else if (is_renumbered || (c->bits & LIKE_ELSEWHERE) == 0)
		search_remember(s, 0);
	else
		search_remember_copy(s, c->bits);
}
