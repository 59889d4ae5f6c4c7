/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words are multiplied by odd constants and added, so that no multiplication
 * depends on another.  A product carries upwards only: the upper bits of a sum
 * are used, and fields that differ between the segments of one direction are in
 * the lower half of their words, or two differences could cancel.
 *
 * Neither SipHash nor a secret is needed: an attacker that makes two segments
 * collide hides one of his own, and without a secret every run recognises the
 * same copies.
 */
#include "config.h"

#include "flow/fingerprint.h"

#include "base/compiler.h"

#define TIMES_1(w)	((w) * UINT64_C(0x9e3779b97f4a7c15))
#define TIMES_2(w)	((w) * UINT64_C(0xd1b54a32d192ed03))
#define TIMES_3(w)	((w) * UINT64_C(0xaef17502108ef2d9))
#define TIMES_4(w)	((w) * UINT64_C(0x8cb92ba72f3d8dd7))
#define TIMES_5(w)	((w) * UINT64_C(0xf1357aea2e62a9c5))
#define TIMES_6(w)	((w) * UINT64_C(0xc2b2ae3d27d4eb4f))

/* Flags of a superframe that only one of its pieces has. */
#define FLAGS_OF_ONE	(TCP_PSH | TCP_FIN | TCP_CWR)

static uint64_t
finish(uint64_t sum)
{
	sum ^= sum >> 32;
	sum *= UINT64_C(0xd6e8feb86659fd93);
	return sum ^ sum >> 32;
}

/* Options that are in few segments. */
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

/* Fields that the pieces of a superframe share with it. */
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

/*
 * Devices alter the options of SYNs, and some the number, so leave out both.
 * All keys of a filter share their upper bits, which would leave SYNs one slot
 * in 32: the product brings the other bits up.
 */
static inline uint64_t
hash_of_syn(uint64_t direction, const struct segment *seg)
{
	return TIMES_2(direction) + TIMES_6((uint64_t)1 << 17 |
	    (seg->flags & (TCP_SYN | TCP_ACK | TCP_FIN | TCP_RST)));
}

/* A FIN, or an ACK or RST whose details may be altered on the way. */
static inline uint64_t
hash_of_control(uint64_t direction, const struct segment *seg)
{
	return direction + TIMES_2((uint64_t)seg->seq) +
	    TIMES_5((uint64_t)seg->ack) +
	    TIMES_6((uint64_t)1 << 16 | seg->flags);
}

/*
 * A burst of equal ACKs differs in IP IDs and SACK blocks.  With these in the
 * hash, each ACK shares a slot with its own copies only.
 */
static inline uint64_t
hash_of_ack(uint64_t direction, const struct segment *seg, uint32_t detail)
{
	return direction + TIMES_2((uint64_t)seg->seq) +
	    TIMES_5((uint64_t)seg->ip_id) + TIMES_6((uint64_t)detail);
}

static inline void
find_hash(struct fingerprint *print, const struct segment *seg)
{
	const unsigned flags = seg->flags & (TCP_SYN | TCP_FIN);

	if (fingerprint_is_range(seg)) {
		print->hash = fingerprint_of_range(print->direction, seg->seq);
	} else if (flags == 0 && !print->is_loose) {
		print->hash = hash_of_ack(print->direction, seg,
		    print->detail);
	} else if ((flags & TCP_SYN) == 0) {
		print->hash = hash_of_control(print->direction, seg);
	} else {
		print->hash = hash_of_syn(print->direction, seg);
		print->detail = seg->seq;
	}
}

static NOINLINE void
add_rare_options(struct fingerprint *print, const struct segment *seg)
{
	print->detail += mix_rare_options(&seg->opt);
	find_hash(print, seg);
}

static inline void
find_numbers(struct fingerprint *print, const struct segment *seg,
    bool is_loose)
{
	print->is_loose = is_loose;
	print->detail = detail_of(seg);
	find_hash(print, seg);
	if (UNLIKELY((seg->opt.present & ~(unsigned)OPT_TIMESTAMP) != 0))
		add_rare_options(print, seg);
}

void
fingerprint_begin(struct fingerprint *print, const struct segment *seg,
    uint64_t key, unsigned side, bool is_loose)
{
	print->key = key;
	print->side = (uint8_t)side;
	print->direction = key + TIMES_1((uint64_t)side);
	find_numbers(print, seg, is_loose);
}

void
fingerprint_again(
    struct fingerprint *print, const struct segment *seg, bool is_loose)
{
	find_numbers(print, seg, is_loose);
}
