/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow/dupes.h"

#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "decode/segment.h"

/*
 * 2^14 pairs of entries: at a million segments a second the last 33 ms, in
 * three quarters of a MiB.  Of a pair, the older entry gives way.
 */
#define PAIR_BITS	14
#define PAIRS		((size_t)1 << PAIR_BITS)

struct entry {
	uint64_t print;		/* fingerprint; 0 in an unused entry */
	int64_t time_ns;
	uint16_t vlan;
	uint8_t ttl;
};

struct dupes {
	struct entry entries[PAIRS][2];
};

struct dupes *
dupes_new(void)
{
	return mem_zalloc(sizeof(struct dupes));
}

void
dupes_free(struct dupes *dupes)
{
	mem_free(dupes);
}

/*
 * Mix one more word in.  Neither SipHash nor a secret: whoever makes two
 * prints meet hides a segment of his own, which he can do by not sending it,
 * and without a secret every run finds the same copies.
 */
static uint64_t
mix(uint64_t print, uint64_t word)
{
	print = (print ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return print ^ print >> 32;
}

static uint64_t
load64(const uint8_t *octets)
{
	uint64_t word;

	memcpy(&word, octets, sizeof(word));
	return word;
}

static uint64_t
print_options(uint64_t print, const struct tcp_options *opt)
{
	print = mix(print, (uint64_t)opt->tsval << 32 | opt->tsecr);
	print = mix(print, (uint64_t)opt->present << 48 |
	    (uint64_t)opt->mss << 16 | (uint64_t)opt->wscale << 8 |
	    opt->sack_count);
	for (unsigned i = 0; i < opt->sack_count; i++)
		print = mix(print, (uint64_t)opt->sack[i].left << 32 |
		    opt->sack[i].right);
	return print;
}

/* All that makes two copies of a segment the same; TTL and tags are not. */
static uint64_t
print_of(const struct segment *seg)
{
	uint64_t print = UINT64_C(0xd1b54a32d192ed03);

	print = mix(print, load64(seg->src));
	print = mix(print, load64(seg->dst));
	if (seg->ip_version == 6) {
		print = mix(print, load64(seg->src + 8));
		print = mix(print, load64(seg->dst + 8));
	}
	print = mix(print, (uint64_t)seg->src_port << 48 |
	    (uint64_t)seg->dst_port << 32 | seg->vni);
	print = mix(print, (uint64_t)seg->seq << 32 | seg->ack);
	print = mix(print, (uint64_t)seg->payload_len << 32 |
	    (uint64_t)seg->window << 16 | seg->flags);
	print = mix(print, (uint64_t)seg->ip_id << 16 | seg->urgent);
	print = print_options(print, &seg->opt);
	return print != 0 ? print : 1;
}

/* One hop fewer or more: the copy was taken on the other side of a router. */
static bool
is_a_hop_apart(uint8_t a, uint8_t b)
{
	return a - b == 1 || b - a == 1;
}

/* What a segment is to one that has the same print. */
static enum dupe
compare(const struct entry *entry, const struct segment *seg)
{
	/* The two ports of a mirror may also swap the copies. */
	const int64_t apart = llabs(seg->time_ns - entry->time_ns);
	const bool differs = is_a_hop_apart(entry->ttl, seg->ttl) ||
	    entry->vlan != seg->vlan;

	if (apart <= DUPES_SURE_NS && (seg->ip_id != 0 || differs))
		return DUPE_SURE;
	return apart <= DUPES_LIKELY_NS ? DUPE_LIKELY : DUPE_NO;
}

/* The entry of a pair that has this print, else the one to overwrite. */
static struct entry *
choose(struct entry pair[2], uint64_t print)
{
	if (pair[0].print == print)
		return &pair[0];
	if (pair[1].print == print)
		return &pair[1];
	if (pair[0].print == 0 || pair[1].print == 0)
		return &pair[pair[0].print != 0];
	return &pair[pair[1].time_ns < pair[0].time_ns];
}

enum dupe
dupes_check(struct dupes *dupes, const struct segment *seg)
{
	const uint64_t print = print_of(seg);
	struct entry *entry = choose(dupes->entries[print & (PAIRS - 1)],
	    print);
	enum dupe dupe;

	if (entry->print == print) {
		dupe = compare(entry, seg);
		if (dupe != DUPE_NO)
			return dupe;
	}
	*entry = (struct entry){
	    .print = print,
	    .time_ns = seg->time_ns,
	    .vlan = seg->vlan,
	    .ttl = seg->ttl,
	};
	return DUPE_NO;
}
