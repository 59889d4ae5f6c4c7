/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow/dupes.h"

#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "decode/segment.h"

/*
 * 2^15 entries: at a million segments a second the last 33 ms, half a MiB.
 */
#define ENTRY_BITS	15
#define ENTRIES		((size_t)1 << ENTRY_BITS)

struct entry {
	uint64_t print;		/* fingerprint; 0 in an unused entry */
	int64_t time_ns;
	uint16_t vlan;
	uint8_t ttl;
};

struct dupes {
	uint64_t secret[2];
	struct entry entries[ENTRIES];
};

struct dupes *
dupes_new(const struct siphash_key *secret)
{
	struct dupes *dupes = mem_zalloc(sizeof(*dupes));

	if (dupes == NULL)
		return NULL;
	dupes->secret[0] = secret->word[0];
	/* A multiplier has to be odd. */
	dupes->secret[1] = secret->word[1] | 1;
	return dupes;
}

void
dupes_free(struct dupes *dupes)
{
	mem_free(dupes);
}

/*
 * Mix one more word in.  Not SipHash: whoever could make two prints meet
 * would hide a segment of his own, which he can do by not sending it.
 */
static uint64_t
mix(const struct dupes *dupes, uint64_t print, uint64_t word)
{
	print = (print ^ word) * dupes->secret[1];
	return print ^ print >> 29;
}

static uint64_t
load64(const uint8_t *octets)
{
	uint64_t word;

	memcpy(&word, octets, sizeof(word));
	return word;
}

static uint64_t
print_options(const struct dupes *dupes, uint64_t print,
    const struct tcp_options *opt)
{
	print = mix(dupes, print, (uint64_t)opt->tsval << 32 | opt->tsecr);
	print = mix(dupes, print, (uint64_t)opt->present << 48 |
	    (uint64_t)opt->mss << 16 | (uint64_t)opt->wscale << 8 |
	    opt->sack_count);
	for (unsigned i = 0; i < opt->sack_count; i++)
		print = mix(dupes, print, (uint64_t)opt->sack[i].left << 32 |
		    opt->sack[i].right);
	return print;
}

/* All that makes two copies of a segment the same; TTL and tags are not. */
static uint64_t
print_of(const struct dupes *dupes, const struct segment *seg)
{
	uint64_t print = dupes->secret[0];

	print = mix(dupes, print, load64(seg->src));
	print = mix(dupes, print, load64(seg->dst));
	if (seg->ip_version == 6) {
		print = mix(dupes, print, load64(seg->src + 8));
		print = mix(dupes, print, load64(seg->dst + 8));
	}
	print = mix(dupes, print, (uint64_t)seg->src_port << 48 |
	    (uint64_t)seg->dst_port << 32 | seg->vni);
	print = mix(dupes, print, (uint64_t)seg->seq << 32 | seg->ack);
	print = mix(dupes, print, (uint64_t)seg->payload_len << 32 |
	    (uint64_t)seg->window << 16 | seg->flags);
	print = mix(dupes, print, (uint64_t)seg->ip_id << 16 | seg->urgent);
	print = print_options(dupes, print, &seg->opt);
	print ^= print >> 32;
	return print != 0 ? print : 1;
}

/* One hop fewer or more: the copy was taken on the other side of a router. */
static bool
is_a_hop_apart(uint8_t a, uint8_t b)
{
	return a - b == 1 || b - a == 1;
}

enum dupe
dupes_check(struct dupes *dupes, const struct segment *seg)
{
	const uint64_t print = print_of(dupes, seg);
	struct entry *entry = &dupes->entries[print & (ENTRIES - 1)];

	if (entry->print == print) {
		/* The two ports of a mirror may also swap the copies. */
		const int64_t apart = llabs(seg->time_ns - entry->time_ns);
		const bool differs = is_a_hop_apart(entry->ttl, seg->ttl) ||
		    entry->vlan != seg->vlan;

		if (apart <= DUPES_SURE_NS && (seg->ip_id != 0 || differs))
			return DUPE_SURE;
		if (apart <= DUPES_LIKELY_NS)
			return DUPE_LIKELY;
	}
	*entry = (struct entry){
	    .print = print,
	    .time_ns = seg->time_ns,
	    .vlan = seg->vlan,
	    .ttl = seg->ttl,
	};
	return DUPE_NO;
}
