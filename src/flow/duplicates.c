/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow/duplicates.h"

#include <string.h>

#include "base/compiler.h"
#include "base/pool.h"
#include "decode/segment.h"

/* Slots of the index per segment of the ring: three in four are empty. */
#define HEADS_PER_ENTRY	4
/* Entries that one segment compares itself with, whatever the input. */
#define HOPS_MAX	1024
/* A superframe of 512 KiB has less than that many pieces of 1220 bytes. */
#define PIECES_MAX	512
/*
 * IP IDs that the pieces of a superframe may lie apart: 64 KiB in pieces of
 * 1024 bytes, or all alike (RFC 6864 allows that where nothing fragments).
 */
#define ID_REACH	64
/* Flags that only one of the pieces has, and the superframe. */
#define FLAGS_OF_ONE	(TCP_PSH | TCP_FIN | TCP_CWR)

/*
 * A segment that was captured, or what is left of one of which pieces were.
 * Two of them to a line.
 */
struct entry {
	int64_t time_ns;
	uint64_t hash;		/* as in struct fingerprint */
	uint32_t detail;
	uint32_t len : 20;	/* bytes of payload */
	uint32_t has_vni : 1;
	uint32_t again : 8;	/* copies that came from the same place */
	uint32_t has_fin : 1;
	uint32_t is_rest : 1;	/* what pieces of a superframe left of it */
	uint32_t is_renumbered : 1;	/* and its pieces have other IP IDs */
	uint16_t next;		/* how much older the next in its slot is, or 0 */
	uint16_t id;		/* IP ID; of the piece before, if is_rest */
	uint16_t place;		/* see place_of() */
	uint16_t wifi_seq;	/* with has_vni: vni_mark() */
};

#define LEN_MASK	((1 << 20) - 1)
#define AGAIN_MAX	255U

struct duplicates {
	struct entry *ring;	/* size entries */
	uint32_t *heads;	/* numbers of the newest entries, by hash */
	uint32_t size;		/* a power of two */
	uint32_t count;		/* number n is written to ring[n % size] */
	unsigned shift;		/* the upper bits of a hash are its slot */
	bool sees_altered;	/* some copies are: ACKs are looked up loosely */
	uint64_t forgotten;
};

/* ---- the ring and its index ---- */

static bool
allocate(struct duplicates *d, uint32_t size)
{
	struct entry *ring = mem_zalloc_lines(size * sizeof(*ring));
	uint32_t *heads = mem_zalloc_lines(
	    HEADS_PER_ENTRY * size * sizeof(*heads));

	if (ring == NULL || heads == NULL) {
		mem_free(ring);
		mem_free(heads);
		return false;
	}
	d->ring = ring;
	d->heads = heads;
	d->size = size;
	d->shift = 64 - HIGHEST_BIT(HEADS_PER_ENTRY * size);
	for (uint32_t i = 0; i < size; i++)
		ring[i].time_ns = INT64_MIN;	/* far from all times */
	return true;
}

struct duplicates *
duplicates_new(void)
{
	struct duplicates *d = mem_zalloc(sizeof(*d));

	if (d == NULL)
		return NULL;
	/* So that the zeros in the index are too old to stand for anything. */
	d->count = 2 * DUPLICATES_MOST;
	if (allocate(d, DUPLICATES_LEAST))
		return d;
	mem_free(d);
	return NULL;
}

void
duplicates_free(struct duplicates *d)
{
	if (d == NULL)
		return;
	mem_free(d->ring);
	mem_free(d->heads);
	mem_free(d);
}

uint64_t
duplicates_forgotten(const struct duplicates *d)
{
	return d->forgotten;
}

static inline uint32_t *
head_of(const struct duplicates *d, uint64_t hash)
{
	return &d->heads[hash >> d->shift];
}

/* The entry that was written as the `age`th last, if it is still there. */
static inline struct entry *
entry_of_age(const struct duplicates *d, uint32_t age)
{
	return age > d->size ? NULL :
	    &d->ring[(d->count - age) & (d->size - 1)];
}

static inline struct entry *
first_in_slot(const struct duplicates *d, uint64_t hash)
{
	return entry_of_age(d, d->count - *head_of(d, hash));
}

static struct entry *
next_in_slot(const struct duplicates *d, const struct entry *entry)
{
	const uint32_t at = (uint32_t)(entry - d->ring);
	const uint32_t age = ((d->count - at - 1) & (d->size - 1)) + 1;

	return entry->next == 0 ? NULL : entry_of_age(d, age + entry->next);
}

/* What was written as number d->count becomes the first in its slot. */
static inline void
link_newest(struct duplicates *d, struct entry *entry)
{
	uint32_t *head = head_of(d, entry->hash);
	const uint32_t older = d->count - *head;

	entry->next = older < d->size ? (uint16_t)older : 0;
	*head = d->count++;
}

static inline bool
is_recent(const struct entry *entry, const struct segment *seg)
{
	return (uint64_t)seg->time_ns - (uint64_t)entry->time_ns +
	    DUPLICATES_SPAN_NS <= 2 * (uint64_t)DUPLICATES_SPAN_NS;
}

/* Twice as large, with the same entries.  No memory: it stays as it is. */
static bool
grow(struct duplicates *d)
{
	const struct duplicates old = *d;

	if (d->size == DUPLICATES_MOST || !allocate(d, 2 * d->size))
		return false;
	d->count -= old.size;
	for (uint32_t i = 0; i < old.size; i++) {
		struct entry *entry = &d->ring[d->count & (d->size - 1)];

		*entry = old.ring[d->count & (old.size - 1)];
		link_newest(d, entry);
	}
	mem_free(old.ring);
	mem_free(old.heads);
	return true;
}

/* The oldest entry is young, and about to be written over. */
static NOINLINE void
lose_oldest(struct duplicates *d)
{
	if (!grow(d))
		d->forgotten++;
}

/* Where the next entry is to be written, before link_newest(). */
static inline struct entry *
take_oldest(struct duplicates *d, const struct segment *seg)
{
	if (UNLIKELY(is_recent(&d->ring[d->count & (d->size - 1)], seg)))
		lose_oldest(d);
	return &d->ring[d->count & (d->size - 1)];
}

/* ---- fingerprints ---- */

/*
 * Words are multiplied by odd constants and added, so that no multiplication
 * depends on another.  A product carries upwards only: what is used of a sum is
 * its upper bits, and what differs between the segments of one direction is in
 * the lower half of its word, or two differences could cancel.
 * Neither SipHash nor a secret: two segments that an attacker makes alike hide
 * one of his own, which he can do by not sending it, and without a secret every
 * run finds the same copies.
 */
#define TIMES_1(w)	((w) * UINT64_C(0x9e3779b97f4a7c15))
#define TIMES_2(w)	((w) * UINT64_C(0xd1b54a32d192ed03))
#define TIMES_3(w)	((w) * UINT64_C(0xaef17502108ef2d9))
#define TIMES_4(w)	((w) * UINT64_C(0x8cb92ba72f3d8dd7))
#define TIMES_5(w)	((w) * UINT64_C(0xf1357aea2e62a9c5))
#define TIMES_6(w)	((w) * UINT64_C(0xc2b2ae3d27d4eb4f))

static uint64_t
finish(uint64_t sum)
{
	sum ^= sum >> 32;
	sum *= UINT64_C(0xd6e8feb86659fd93);
	return sum ^ sum >> 32;
}

/* Options that are not in every segment. */
static uint32_t
mix_rare_options(const struct tcp_options *opt)
{
	uint64_t mix = finish((uint64_t)opt->mss << 16 |
	    (uint64_t)opt->wscale << 8 | opt->sack_count);

	for (unsigned i = 0; i < opt->sack_count; i++)
		mix = finish(TIMES_1(mix) + TIMES_2(
		    (uint64_t)opt->sack[i].left << 32 | opt->sack[i].right));
	return (uint32_t)mix;
}

/* What the pieces of a superframe have in common, beside their direction. */
static inline uint32_t
detail_of(const struct segment *seg)
{
	const struct tcp_options *opt = &seg->opt;

	return (uint32_t)((
	    TIMES_3((uint64_t)(seg->flags & ~FLAGS_OF_ONE) << 48 |
	    (uint64_t)seg->window << 32 | seg->ack) +
	    TIMES_4((uint64_t)opt->tsecr << 32 | opt->tsval) +
	    TIMES_5((uint64_t)opt->present << 32 | seg->urgent)) >> 32);
}

/* A range of sequence numbers: superframes and pieces are such. */
static inline bool
is_range(const struct segment *seg)
{
	return seg->payload_len > 0 && (seg->flags & (TCP_SYN | TCP_RST)) == 0;
}

static inline uint64_t
hash_of_range(uint64_t direction, uint32_t seq)
{
	return direction + TIMES_2((uint64_t)seq);
}

/* A SYN, FIN or RST, or an ACK whose details may be altered on the way. */
static inline uint64_t
hash_of_control(uint64_t direction, const struct segment *seg)
{
	return direction + TIMES_2((uint64_t)seg->seq) +
	    TIMES_5((uint64_t)seg->ack) +
	    TIMES_6((uint64_t)1 << 16 | seg->flags);
}

/*
 * Many equal ACKs may come in a burst, each of which has another IP ID or SACK
 * block: with all that in its hash, each is found where only its copies are.
 */
static inline uint64_t
hash_of_ack(uint64_t direction, const struct segment *seg, uint32_t detail)
{
	return direction + TIMES_2((uint64_t)seg->seq) +
	    TIMES_5((uint64_t)seg->ip_id) + TIMES_6((uint64_t)detail);
}

static inline void
find_hash(const struct duplicates *d, const struct segment *seg,
    struct fingerprint *print)
{
	const bool is_ack = (seg->flags & (TCP_SYN | TCP_FIN)) == 0;

	print->is_loose = d->sees_altered;
	if (is_range(seg))
		print->hash = hash_of_range(print->direction, seg->seq);
	else if (is_ack && !print->is_loose)
		print->hash = hash_of_ack(print->direction, seg,
		    print->detail);
	else
		print->hash = hash_of_control(print->direction, seg);
}

static NOINLINE void
add_rare_options(const struct duplicates *d, const struct segment *seg,
    struct fingerprint *print)
{
	print->detail += mix_rare_options(&seg->opt);
	find_hash(d, seg, print);
}

void
duplicates_fingerprint(const struct duplicates *d, const struct segment *seg,
    uint64_t key, unsigned side, struct fingerprint *ret_print)
{
	ret_print->direction = key + TIMES_1((uint64_t)side);
	ret_print->detail = detail_of(seg);
	find_hash(d, seg, ret_print);
	if (UNLIKELY((seg->opt.present & ~(unsigned)OPT_TIMESTAMP) != 0))
		add_rare_options(d, seg, ret_print);
}

void
duplicates_prefetch(
    const struct duplicates *d, const struct fingerprint *print)
{
	PREFETCH(head_of(d, print->hash));
}

/* ---- likeness ---- */

/* A number that tells most VNIs apart. */
static inline uint16_t
vni_mark(const struct segment *seg)
{
	return (uint16_t)(seg->vni ^ seg->vni >> 16);
}

/*
 * Where a segment was captured: interface, link addresses, VLAN and TTL.  Two
 * places of which one of these differs are never alike.
 */
static inline uint16_t
place_of(const struct segment *seg)
{
	return (uint16_t)(seg->link_hash + seg->interface * 0x9e37U +
	    seg->vlan * 0xd1b5U + seg->ttl * 0xaef1U);
}

/* A segment that is compared with earlier ones. */
struct search {
	const struct duplicates *d;
	const struct segment *seg;
	const struct fingerprint *print;
	unsigned hops;		/* entries that may still be looked at */
	uint16_t place;
};

/* A segment of another tenant is no copy; one without a VNI may be. */
static inline bool
is_of_other_network(const struct search *s, const struct entry *entry)
{
	return UNLIKELY(entry->has_vni) && s->seg->vni_known &&
	    entry->wifi_seq != vni_mark(s->seg);
}

/* The entry itself, or the next in its slot, that has `hash` and is recent. */
static struct entry *
search_from(struct search *s, struct entry *entry, uint64_t hash)
{
	for (; entry != NULL && s->hops > 0;
	    entry = next_in_slot(s->d, entry)) {
		s->hops--;
		if (entry->hash == hash && is_recent(entry, s->seg) &&
		    !is_of_other_network(s, entry))
			return entry;
	}
	return NULL;
}

static struct entry *
search_next(struct search *s, const struct entry *entry)
{
	return search_from(s, next_in_slot(s->d, entry), entry->hash);
}

/* The sender numbers its 802.11 frames: another number is another frame. */
static bool
is_other_wifi_frame(const struct search *s, const struct entry *entry)
{
	return entry->wifi_seq != s->seg->wifi_seq &&
	    entry->wifi_seq != 0 && s->seg->wifi_seq != 0 &&
	    entry->place == s->place && !entry->has_vni;
}

/* What the IDs say: LIKE_SAME_ID, LIKE_OTHER_ID or nothing. */
static unsigned
compare_ids(const struct search *s, const struct entry *entry)
{
	const uint16_t id = s->seg->ip_id;
	const uint16_t step = (uint16_t)(id - entry->id);

	if (entry->is_renumbered || step > (entry->is_rest ? ID_REACH : 0))
		return LIKE_OTHER_ID;
	if (id != 0 || step != 0)
		return LIKE_SAME_ID;
	return is_other_wifi_frame(s, entry) ? LIKE_OTHER_ID : 0;
}

static unsigned
compare(const struct search *s, const struct entry *entry)
{
	unsigned bits = LIKE_FOUND | compare_ids(s, entry);

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

static bool
is_as_long(const struct search *s, const struct entry *entry)
{
	return entry->len == s->seg->payload_len &&
	    entry->has_fin == segment_has(s->seg, TCP_FIN);
}

static bool
is_exact(const struct search *s, const struct entry *entry)
{
	return !entry->is_rest && entry->detail == s->print->detail &&
	    entry->id == s->seg->ip_id && is_as_long(s, entry) &&
	    !is_other_wifi_frame(s, entry);
}

static uint16_t
apart_us(const struct search *s, const struct entry *entry)
{
	const int64_t ns = s->seg->time_ns - entry->time_ns;

	return (uint16_t)(((ns < 0 ? -ns : ns) + NS_PER_US - 1) / NS_PER_US);
}

/* ---- what is remembered ---- */

/* `again`: as many copies of it came from the same place before. */
static inline void
write_entry(struct duplicates *d, const struct fingerprint *print,
    const struct segment *seg, uint16_t place, unsigned again)
{
	struct entry *entry = take_oldest(d, seg);

	*entry = (struct entry){
	    .time_ns = seg->time_ns,
	    .hash = print->hash,
	    .detail = print->detail,
	    .len = seg->payload_len & LEN_MASK,
	    .again = again & AGAIN_MAX,
	    .has_fin = segment_has(seg, TCP_FIN),
	    .id = seg->ip_id,
	    .place = place,
	    .has_vni = seg->vni_known,
	    .wifi_seq = seg->vni_known ? vni_mark(seg) : seg->wifi_seq,
	};
	link_newest(d, entry);
}

static NOINLINE void
remember(struct duplicates *d, const struct search *s, unsigned again)
{
	write_entry(d, s->print, s->seg, s->place, again);
}

/*
 * A copy with the same IP ID.  Where IDs are rewritten between other places, it
 * counts for what this one has shown.
 */
static void
remember_place(struct duplicates *d, const struct search *s, unsigned bits)
{
	if (d->sees_altered && (bits & LIKE_SAME_ID) != 0)
		remember(d, s, 0);
}

/*
 * Remember what lies `skip` bytes behind the beginning of `whole`, which may
 * be written over meanwhile.  Its pieces are to have the IP IDs from that of
 * the segment at hand on, and `is_renumbered` if those are not its own.
 */
static void
remember_rest(struct duplicates *d, const struct search *s,
    const struct entry *whole, uint32_t seq, uint32_t skip,
    bool is_renumbered)
{
	struct entry rest = *whole;
	struct entry *entry = take_oldest(d, s->seg);

	rest.hash = hash_of_range(s->print->direction, seq);
	rest.len = (rest.len - skip) & LEN_MASK;
	rest.id = s->seg->ip_id;
	rest.again = 0;
	rest.is_rest = true;
	rest.is_renumbered = is_renumbered;
	*entry = rest;
	link_newest(d, entry);
}

/* ---- superframes and pieces ---- */

/* A walk over the earlier segments that cover a range. */
struct cover {
	const struct entry *last;	/* the segment that the walk is at */
	uint32_t begin;		/* bytes of the range before that segment */
	uint32_t end;		/* and before its end */
	unsigned bits;
	uint16_t apart_us;	/* of the oldest */
};

/* Does the range end with the segment at hand, where only it may have FIN? */
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
	const uint16_t apart = apart_us(s, entry);

	c->last = entry;
	c->begin = c->end;
	c->end += entry->len;
	if (apart > c->apart_us)
		c->apart_us = apart;
	if (entry->place == s->place)
		c->bits &= ~(unsigned)LIKE_ELSEWHERE;
}

/* What begins where the walk has come to, with the same details. */
static struct entry *
cover_next(struct search *s, const struct cover *c)
{
	const uint64_t hash = hash_of_range(
	    s->print->direction, s->seg->seq + c->end);
	struct entry *entry = search_from(s, first_in_slot(s->d, hash), hash);

	while (entry != NULL && entry->detail != s->print->detail)
		entry = search_next(s, entry);
	return entry;
}

/*
 * From `first` on, which begins where the segment does.  Where the IP IDs
 * differ, they have been rewritten between two places, or all is sent again.
 */
static bool
cover_walk(struct search *s, struct cover *c, const struct entry *first)
{
	const struct entry *entry = first;

	c->end = 0;
	c->apart_us = 0;
	c->bits = LIKE_PART | (compare(s, first) & ~(unsigned)LIKE_RETRY);
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

/* The bytes that no earlier segment covers, as a segment of its own. */
static void
remember_uncovered(struct duplicates *d, const struct search *s,
    const struct cover *c)
{
	const struct entry whole = {
	    .time_ns = s->seg->time_ns,
	    .detail = s->print->detail,
	    .len = s->seg->payload_len & LEN_MASK,
	    .place = s->place,
	    .has_vni = s->seg->vni_known,
	    .wifi_seq = s->seg->vni_known ? vni_mark(s->seg) :
		s->seg->wifi_seq,
	    .has_fin = segment_has(s->seg, TCP_FIN),
	};

	remember_rest(d, s, &whole, s->seg->seq + c->end, c->end, false);
}

static void
take_cover(struct duplicates *d, const struct search *s,
    const struct cover *c, struct likeness *ret_like)
{
	const uint32_t len = s->seg->payload_len;
	const bool is_renumbered = (c->bits & LIKE_OTHER_ID) != 0;

	ret_like->bits = (uint8_t)c->bits;
	ret_like->apart_us = c->apart_us;
	ret_like->covered = c->end < len ? c->end : len;
	if (c->end > len)
		remember_rest(d, s, c->last, s->seg->seq + len,
		    len - c->begin, is_renumbered);
	if (c->end < len)
		remember_uncovered(d, s, c);
	/* It may be sent again as well, and have copies. */
	else if (is_renumbered || (c->bits & LIKE_ELSEWHERE) == 0)
		remember(d, s, 0);
	else
		remember_place(d, s, c->bits);
}

/* ---- the check ---- */

/* From the same place, one more time; otherwise 0. */
static unsigned
again_here(const struct entry *entry, unsigned bits)
{
	if ((bits & LIKE_ELSEWHERE) != 0)
		return 0;
	return entry->again < AGAIN_MAX ? entry->again + 1U : AGAIN_MAX;
}

static void
tell(const struct search *s, const struct entry *entry, unsigned bits,
    struct likeness *ret_like)
{
	ret_like->bits = (uint8_t)bits;
	ret_like->again = (uint8_t)again_here(entry, bits);
	ret_like->apart_us = apart_us(s, entry);
	ret_like->covered = s->seg->payload_len;
}

/*
 * The same segment in all that is looked at.  From the same place and without
 * an IP ID, it may be sent again, and have copies of its own.
 */
static void
take_exact(struct duplicates *d, const struct search *s,
    struct entry *entry, struct likeness *ret_like)
{
	const unsigned bits = compare(s, entry);

	tell(s, entry, bits, ret_like);
	if ((bits & LIKE_ELSEWHERE) != 0)
		remember_place(d, s, bits);
	else if ((bits & LIKE_SAME_ID) != 0)
		entry->again = ret_like->again & AGAIN_MAX;
	else
		remember(d, s, ret_like->again);
}

/* The same numbers and length; something else is not as it was. */
static void
take_altered(struct duplicates *d, const struct search *s,
    const struct entry *entry, struct likeness *ret_like)
{
	const unsigned bits = compare(s, entry);

	tell(s, entry, bits, ret_like);
	if ((bits & LIKE_OTHER_ID) != 0)
		ret_like->again = 0;	/* another, or from another place */
	if ((bits & LIKE_ELSEWHERE) != 0)
		d->sees_altered = true;
	remember(d, s, ret_like->again);
}

/* The earlier segments that begin where the one at hand does. */
struct kin {
	const struct entry *same_id;	/* as long, and with the same IP ID */
	const struct entry *elsewhere;	/* as long, newest from another place */
	const struct entry *here;	/* as long, newest from this one */
	uint16_t place;		/* of the newest from another place */
	unsigned place_count;	/* of all from there */
	unsigned here_count;	/* of all from this place */
};

static void
kin_count(struct kin *kin, const struct search *s, const struct entry *entry)
{
	if (entry->place == s->place) {
		kin->here_count++;
		return;
	}
	if (kin->place_count == 0)
		kin->place = entry->place;
	kin->place_count += entry->place == kin->place;
}

static void
kin_add(struct kin *kin, const struct search *s, const struct entry *entry)
{
	kin_count(kin, s, entry);
	if (entry->is_rest || !is_as_long(s, entry))
		return;
	if (kin->same_id == NULL &&
	    (compare_ids(s, entry) & LIKE_SAME_ID) != 0)
		kin->same_id = entry;
	if (entry->place == s->place && kin->here == NULL)
		kin->here = entry;
	if (entry->place != s->place && kin->elsewhere == NULL)
		kin->elsewhere = entry;
}

/*
 * Where no IP ID says which is a copy of which, this is one if the other place
 * has shown more of them: each place shows what is sent again, too.
 */
static bool
kin_lags(const struct kin *kin)
{
	return kin->here_count < kin->place_count;
}

static bool
check_cover(struct duplicates *d, struct search *s, struct entry *entry,
    const struct kin *kin, struct likeness *ret_like)
{
	struct cover cover;

	for (; entry != NULL; entry = search_next(s, entry)) {
		if (!cover_walk(s, &cover, entry) ||
		    ((cover.bits & LIKE_OTHER_ID) != 0 && !kin_lags(kin)))
			continue;
		take_cover(d, s, &cover, ret_like);
		return true;
	}
	return false;
}

/* None is equal, from `first` on; but is the segment like one of them? */
static NOINLINE void
check_kin(struct duplicates *d, struct search *s, struct entry *first,
    struct likeness *ret_like)
{
	struct kin kin = { NULL };

	for (const struct entry *entry = first; entry != NULL;
	    entry = search_next(s, entry))
		kin_add(&kin, s, entry);
	if (kin.same_id != NULL)
		take_altered(d, s, kin.same_id, ret_like);
	else if (kin.elsewhere != NULL && kin_lags(&kin))
		take_altered(d, s, kin.elsewhere, ret_like);
	else if (is_range(s->seg) && check_cover(d, s, first, &kin, ret_like))
		return;
	else if (kin.here != NULL)
		take_altered(d, s, kin.here, ret_like);
	else {
		/* Known numbers, but another segment for certain. */
		if (first != NULL)
			ret_like->bits = LIKE_FOUND | LIKE_OTHER_ID;
		remember(d, s, 0);
	}
}

/* Some earlier segment may have the same numbers. */
static NOINLINE void
check_slot(struct duplicates *d, const struct fingerprint *print,
    const struct segment *seg, struct likeness *ret_like)
{
	struct search s = {
	    .d = d,
	    .seg = seg,
	    .print = print,
	    .hops = HOPS_MAX,
	    .place = place_of(seg),
	};
	struct entry *first = search_from(&s,
	    first_in_slot(d, print->hash), print->hash);

	for (struct entry *entry = first; entry != NULL;
	    entry = search_next(&s, entry))
		if (is_exact(&s, entry)) {
			take_exact(d, &s, entry, ret_like);
			return;
		}
	check_kin(d, &s, first, ret_like);
}

void
duplicates_check(struct duplicates *d, struct fingerprint *print,
    const struct segment *seg, struct likeness *ret_like)
{
	*ret_like = (struct likeness){ .bits = 0 };
	if (UNLIKELY(print->is_loose != d->sees_altered))
		find_hash(d, seg, print);	/* since the last batch */
	if (LIKELY(first_in_slot(d, print->hash) == NULL))
		write_entry(d, print, seg, place_of(seg), 0);
	else
		check_slot(d, print, seg, ret_like);
}
