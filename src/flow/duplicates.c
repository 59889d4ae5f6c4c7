/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow/duplicates.h"

#include "base/compiler.h"
#include "base/pool.h"
#include "decode/segment.h"
#include "flow/cover.h"
#include "flow/fingerprint.h"
#include "flow/key.h"
#include "flow/likeness.h"
#include "flow/recent.h"
#include "flow/shifts.h"

/*
 * Entries that one segment is compared with at most.  SYNs of one four-tuple
 * share a slot whatever their number, so that a flood of them would visit all.
 */
#define HOPS_MAX	1024
#define HOPS_OF_SYN	64
/* The same before the comparison proper begins. */
#define QUICK_HOPS_MAX	4

/* The filter of one bucket of keys, on cache lines of its own. */
struct filter {
	_Alignas(LINE_BYTES) struct recent recent;
	bool sees_altered;	/* some copies were altered: look up ACKs loosely */
	struct shifts *shifts;	/* NULL until a SYN has two numbers */
};

struct duplicates {
	struct filter filters[KEY_BUCKETS];
};

struct duplicates *
duplicates_new(void)
{
	struct duplicates *d = mem_zalloc_lines(sizeof(*d));

	for (unsigned i = 0; d != NULL && i < KEY_BUCKETS; i++) {
		if (recent_init(&d->filters[i].recent))
			continue;
		duplicates_free(d);
		return NULL;
	}
	return d;
}

void
duplicates_free(struct duplicates *d)
{
	for (unsigned i = 0; d != NULL && i < KEY_BUCKETS; i++) {
		recent_fini(&d->filters[i].recent);
		shifts_free(d->filters[i].shifts);
	}
	mem_free(d);
}

uint64_t
duplicates_forgotten(const struct duplicates *d)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < KEY_BUCKETS; i++)
		sum += d->filters[i].recent.forgotten;
	return sum;
}

void
duplicates_begin(const struct duplicates *d, const struct segment *seg,
    uint64_t key, unsigned side, struct fingerprint *ret_print)
{
	const struct filter *f = &d->filters[key_bucket(key)];

	fingerprint_begin(ret_print, seg, key, side, f->sees_altered);
	PREFETCH(recent_head(&f->recent, ret_print->hash));
}

void
duplicates_prefetch(
    const struct duplicates *d, const struct fingerprint *print)
{
	const struct entry *entry = recent_first(
	    &d->filters[key_bucket(print->key)].recent, print->hash);

	if (entry != NULL)
		PREFETCH(entry);
}

/* ---- equal and altered copies ---- */

/*
 * An equal segment.  From the same place and without an IP ID it may be a
 * retransmission, which has copies of its own.
 */
static void
take_exact(const struct search *s, struct entry *entry,
    struct likeness *ret_like)
{
	const unsigned bits = likeness_bits(s, entry);

	likeness_tell(s, entry, bits, ret_like);
	if ((bits & LIKE_ELSEWHERE) != 0)
		search_remember_copy(s, bits);
	else if ((bits & LIKE_SAME_ID) != 0)
		entry->again = ret_like->again & ENTRY_AGAIN_MAX;
	else
		search_remember(s, ret_like->again);
}

/* A segment with equal numbers and length, but another ID or detail. */
static void
take_altered(struct filter *f, const struct search *s,
    const struct entry *entry, struct likeness *ret_like)
{
	const unsigned bits = likeness_bits(s, entry);

	likeness_tell(s, entry, bits, ret_like);
	if ((bits & LIKE_OTHER_ID) != 0)
		ret_like->again = 0;	/* no copy from this place */
	if ((bits & LIKE_ELSEWHERE) != 0)
		f->sees_altered = true;
	search_remember(s, ret_like->again);
}

/* No copy.  If the numbers are known, report that it is another segment. */
static void
take_unlike(const struct search *s, bool is_known, struct likeness *ret_like)
{
	if (is_known)
		ret_like->bits = LIKE_FOUND | LIKE_OTHER_ID;
	search_remember(s, 0);
}

/* Entries that begin at the same sequence number. */
struct kin {
	const struct entry *same_id;	/* equal length and IP ID */
	const struct entry *elsewhere;	/* equal length, another place: newest */
	const struct entry *here;	/* equal length, same place: newest */
	uint16_t place;		/* of the newest entry of another place */
	unsigned place_count;	/* entries of that place */
	unsigned here_count;	/* entries of the same place */
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
	if (entry->is_rest || !likeness_is_as_long(s, entry))
		return;
	if (kin->same_id == NULL &&
	    (likeness_ids(s, entry) & LIKE_SAME_ID) != 0)
		kin->same_id = entry;
	if (entry->place == s->place && kin->here == NULL)
		kin->here = entry;
	if (entry->place != s->place && kin->elsewhere == NULL)
		kin->elsewhere = entry;
}

/*
 * Where IP IDs are rewritten, a segment is a copy if another place has shown
 * more transmissions than this one: each place shows each retransmission.
 */
static bool
kin_lags(const struct kin *kin)
{
	return kin->here_count < kin->place_count;
}

static bool
check_cover(struct search *s, struct entry *entry, const struct kin *kin,
    struct likeness *ret_like)
{
	struct cover cover;

	for (; entry != NULL; entry = search_next(s, entry)) {
		if (!cover_walk(s, &cover, entry) ||
		    ((cover.bits & LIKE_OTHER_ID) != 0 && !kin_lags(kin)))
			continue;
		cover_take(s, &cover, ret_like);
		return true;
	}
	return false;
}

/* No entry from `first` on is equal: look for altered copies and pieces. */
static NOINLINE void
check_kin(struct filter *f, struct search *s, struct entry *first,
    struct likeness *ret_like)
{
	struct kin kin = { .same_id = NULL };

	for (const struct entry *entry = first; entry != NULL;
	    entry = search_next(s, entry))
		kin_add(&kin, s, entry);
	if (kin.same_id != NULL)
		take_altered(f, s, kin.same_id, ret_like);
	else if (kin.elsewhere != NULL && kin_lags(&kin))
		take_altered(f, s, kin.elsewhere, ret_like);
	else if (fingerprint_is_range(s->seg) &&
	    check_cover(s, first, &kin, ret_like))
		return;
	else if (kin.here != NULL)
		take_altered(f, s, kin.here, ret_like);
	else
		take_unlike(s, first != NULL, ret_like);
}

/* ---- SYNs with altered numbers ---- */

/*
 * Two SYNs of one connection from two places, with the same IP ID or none, but
 * with two sequence numbers: a device has altered one.  SYN-ACKs need the same
 * IP ID, as two servers may answer one SYN, unless the SYN was altered, too.
 */
static bool
is_shifted(const struct search *s, const struct entry *entry,
    const struct shifts *shifts)
{
	const unsigned bits = likeness_bits(s, entry);

	if ((bits & LIKE_ELSEWHERE) == 0 || (bits & LIKE_OTHER_ID) != 0 ||
	    !likeness_is_as_long(s, entry))
		return false;
	return (bits & LIKE_SAME_ID) != 0 || !segment_has(s->seg, TCP_ACK) ||
	    (shifts != NULL && shifts_has(shifts, s->print->key));
}

static const struct entry *
find_shifted(struct search *s, const struct shifts *shifts)
{
	const struct entry *entry;

	s->wants_detail = false;
	entry = search_first(s, s->print->hash);
	while (entry != NULL && !is_shifted(s, entry, shifts))
		entry = search_next(s, entry);
	return entry;
}

/* No entry has the number of a SYN: look for a copy with another number. */
static void
check_shifted(struct filter *f, struct search *s, struct segment *seg,
    struct likeness *ret_like)
{
	const struct entry *first = find_shifted(s, f->shifts);

	if (first != NULL && f->shifts == NULL)
		f->shifts = shifts_new();
	if (first == NULL || f->shifts == NULL) {
		search_remember(s, 0);
		return;
	}
	shifts_learn(f->shifts, s->print->key, s->print->side, first->detail,
	    seg->seq);
	seg->seq = first->detail;
	likeness_tell(s, first, likeness_bits(s, first) &
	    ~(unsigned)LIKE_ALTERED, ret_like);
}

/* ---- the check ---- */

/* The slot is in use: compare the segment with its entries. */
static NOINLINE void
check_slot(struct filter *f, const struct fingerprint *print,
    struct segment *seg, struct likeness *ret_like)
{
	const bool is_syn = segment_has(seg, TCP_SYN);
	struct search s = {
	    .recent = &f->recent,
	    .seg = seg,
	    .print = print,
	    .hops = is_syn ? HOPS_OF_SYN : HOPS_MAX,
	    .place = segment_place(seg),
	    .wants_detail = is_syn,
	    .counts_places = f->sees_altered,
	};
	struct entry *first = search_first(&s, print->hash);

	for (struct entry *entry = first; entry != NULL;
	    entry = search_next(&s, entry))
		if (likeness_is_exact(&s, entry)) {
			take_exact(&s, entry, ret_like);
			return;
		}
	if (is_syn && first == NULL)
		check_shifted(f, &s, seg, ret_like);
	else
		check_kin(f, &s, first, ret_like);
}

static NOINLINE void
check_with_shifts(struct filter *f, struct fingerprint *print,
    struct segment *seg, struct likeness *ret_like)
{
	if (shifts_apply(f->shifts, print->key, print->side, seg))
		fingerprint_again(print, seg, f->sees_altered);
	check_slot(f, print, seg, ret_like);
	if (ret_like->bits == 0 && segment_has(seg, TCP_SYN))
		shifts_note_syn(f->shifts, print->key, print->side, seg->seq);
}

/*
 * Is the hash new?  One slot in five has entries of other hashes, few of which
 * are worth a walk here.
 */
static inline bool
is_new(const struct recent *recent, uint64_t hash)
{
	const struct entry *entry = recent_first(recent, hash);

	for (unsigned i = 0; i < QUICK_HOPS_MAX && entry != NULL; i++) {
		if (entry->hash == hash)
			return false;
		entry = recent_next(recent, entry);
	}
	return entry == NULL;
}

void
duplicates_check(struct duplicates *d, struct fingerprint *print,
    struct segment *seg, struct likeness *ret_like)
{
	struct filter *f = &d->filters[key_bucket(print->key)];

	*ret_like = (struct likeness){ .bits = 0 };
	if (UNLIKELY(print->is_loose != f->sees_altered))
		fingerprint_again(print, seg, f->sees_altered);
	if (UNLIKELY(f->shifts != NULL))
		check_with_shifts(f, print, seg, ret_like);
	else if (LIKELY(is_new(&f->recent, print->hash)))
		likeness_write(&f->recent, print, seg,
		    segment_place(seg), 0);
	else
		check_slot(f, print, seg, ret_like);
}
