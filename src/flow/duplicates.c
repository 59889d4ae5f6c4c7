/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow/duplicates.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/pool.h"
#include "decode/segment.h"

/*
 * 2^14 pairs of entries: at a million segments a second the last 33 ms, in
 * half a MiB.  Of a pair, the older entry gives way.
 */
#define PAIR_BITS	14
#define PAIRS		((size_t)1 << PAIR_BITS)

/*
 * What is remembered of a segment.  Packed, for the table is looked into once
 * a segment and at random: the less of the cache it takes, the better.
 *
 *	 63                       24 23      12 11    4     1 0
 *	+---------------------------+----------+-------+---+-+-+
 *	| fingerprint, upper 40     | place    | TTL   |   |m|1| in use
 *	+---------------------------+----------+-------+---+-+-+
 *
 * place: of interface and VLAN, see place_of(); m: had a copy from elsewhere.
 */
struct entry {
	int64_t time_ns;
	uint64_t packed;	/* 0 in an unused entry */
};

#define PRINT_SHIFT	24
#define PLACE_SHIFT	12
#define PLACE_MASK	0xfffU
#define TTL_SHIFT	4
#define IN_USE		1U
#define IS_MOVED	2U

struct duplicates {
	struct entry pairs[PAIRS][2];	/* none on two lines */
};

struct duplicates *
duplicates_new(void)
{
	return mem_zalloc_lines(sizeof(struct duplicates));
}

void
duplicates_free(struct duplicates *dupes)
{
	mem_free(dupes);
}

/*
 * The words of a print are multiplied by odd constants and added, none
 * waiting for another; what is left to do is to bring the upper bits down.
 * A product carries upwards only: what differs between the segments of one
 * direction is in the lower half of its word, or two differences could cancel
 * in 32 bits.
 * Neither SipHash nor a secret: whoever makes two prints meet hides a segment
 * of his own, which he can do by not sending it, and without a secret every
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
static uint64_t
print_rare_options(const struct tcp_options *opt)
{
	uint64_t print = finish((uint64_t)opt->mss << 16 |
	    (uint64_t)opt->wscale << 8 | opt->sack_count);

	for (unsigned i = 0; i < opt->sack_count; i++)
		print = finish(TIMES_1(print) + TIMES_2(
		    (uint64_t)opt->sack[i].left << 32 | opt->sack[i].right));
	return print;
}

/* All that makes two copies of a segment the same; TTL and tags are not. */
uint64_t
duplicates_fingerprint(
    const struct segment *seg, uint64_t fingerprint, unsigned side)
{
	const struct tcp_options *opt = &seg->opt;
	uint64_t sum = fingerprint + TIMES_1((uint64_t)side) +
	    TIMES_2((uint64_t)seg->ack << 32 | seg->seq) +
	    TIMES_3((uint64_t)seg->flags << 48 |
	    (uint64_t)seg->window << 32 | seg->payload_len) +
	    TIMES_4((uint64_t)opt->tsecr << 32 | opt->tsval) +
	    TIMES_5((uint64_t)opt->present << 32 |
	    (uint64_t)seg->urgent << 16 | seg->ip_id);

	if ((opt->present & ~(unsigned)OPT_TIMESTAMP) != 0)
		sum = finish(sum) + TIMES_6(print_rare_options(opt));
	return finish(sum);
}

/* One hop fewer or more: the copy was taken on the other side of a router. */
static bool
is_a_hop_apart(uint8_t a, uint8_t b)
{
	return a - b == 1 || b - a == 1;
}

/*
 * Where it was taken: the VLAN, or of a capture that numbers its interfaces a
 * mixture of both, in which no two of the first 4096 interfaces are alike.
 */
static unsigned
place_of(const struct segment *seg)
{
	return (seg->vlan ^ seg->interface * 0x9e5) & PLACE_MASK;
}

/* What a segment is to one that has the same print. */
static enum dupe
compare(struct entry *entry, const struct segment *seg)
{
	/* The two ports of a mirror may also swap the copies. */
	const int64_t apart = llabs(seg->time_ns - entry->time_ns);
	const bool copies_from_other_if = is_a_hop_apart(
	    (uint8_t)(entry->packed >> TTL_SHIFT), seg->ttl) ||
	    (entry->packed >> PLACE_SHIFT & PLACE_MASK) != place_of(seg);

	if (apart <= DUPES_SURE_NS && copies_from_other_if) {
		entry->packed |= IS_MOVED;
		return DUPE_SURE;
	}
	if ((entry->packed & IS_MOVED) != 0 && seg->ip_id == 0)
		return DUPE_NO;
	if (apart <= DUPES_LIKELY_NS)
		return seg->ip_id != 0 ? DUPE_SAME_ID_LIKELY : DUPE_LIKELY;
	return apart <= DUPES_SURE_NS && seg->ip_id != 0 ? DUPE_SAME_ID :
	    DUPE_NO;
}

static bool
is_of(const struct entry *entry, uint64_t print)
{
	return entry->packed != 0 &&
	    (entry->packed ^ print) >> PRINT_SHIFT == 0;
}

/* The entry of a pair that has this print, else the one to overwrite. */
static struct entry *
choose(struct entry pair[2], uint64_t print)
{
	if (is_of(&pair[0], print))
		return &pair[0];
	if (is_of(&pair[1], print))
		return &pair[1];
	if (pair[0].packed == 0 || pair[1].packed == 0)
		return &pair[pair[0].packed != 0];
	return &pair[pair[1].time_ns < pair[0].time_ns];
}

void
duplicates_prefetch(const struct duplicates *dupes, uint64_t print)
{
	PREFETCH(&dupes->pairs[print & (PAIRS - 1)]);
}

enum dupe
duplicates_check(
    struct duplicates *dupes, uint64_t print, const struct segment *seg)
{
	struct entry *entry = choose(dupes->pairs[print & (PAIRS - 1)],
	    print);
	enum dupe dupe;

	if (UNLIKELY(is_of(entry, print))) {
		dupe = compare(entry, seg);
		if (dupe != DUPE_NO)
			return dupe;
	}
	*entry = (struct entry){
	    .time_ns = seg->time_ns,
	    .packed = print >> PRINT_SHIFT << PRINT_SHIFT |
		(uint64_t)place_of(seg) << PLACE_SHIFT |
		(uint64_t)seg->ttl << TTL_SHIFT | IN_USE,
	};
	return DUPE_NO;
}
