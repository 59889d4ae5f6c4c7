/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow/key.h"

#include <assert.h>
#include <string.h>

#include "base/compiler.h"
#include "decode/frame.h"
#include "decode/segment.h"

/* Hashed and compared as bytes, so nothing may hide between the fields. */
static_assert(sizeof(struct key) == 2 * 16 + 2 * 2 + 4 + 2 + 1 + 1,
    "struct key has padding");

/* Is the source the higher endpoint? */
static bool
is_higher(const struct segment *seg)
{
	const uint64_t src = load_be64(seg->src), dst = load_be64(seg->dst);
	const uint64_t src_low = load_be64(seg->src + 8);
	const uint64_t dst_low = load_be64(seg->dst + 8);

	if (src != dst)
		return src > dst;
	if (src_low != dst_low)
		return src_low > dst_low;
	return seg->src_port > seg->dst_port;
}

unsigned
key_of(const struct segment *seg, const struct key_rules *rules,
    struct key *ret_key)
{
	const unsigned side = is_higher(seg);

	memcpy(ret_key->addr[side], seg->src, sizeof(seg->src));
	memcpy(ret_key->addr[!side], seg->dst, sizeof(seg->dst));
	ret_key->port[side] = seg->src_port;
	ret_key->port[!side] = seg->dst_port;
	ret_key->vni = seg->vni_known ? seg->vni : 0;
	ret_key->vlan = rules->vlan ? seg->vlan : 0;
	ret_key->ip_version = seg->ip_version;
	ret_key->network = seg->vni_known ? NETWORK_VNI : NETWORK_PLAIN;
	return side;
}

/* Half of all segments are swapped, at random: a branch would be costly. */
static inline uint64_t
choose(uint64_t usual, uint64_t swapped, bool is_swapped)
{
	return usual ^ ((usual ^ swapped) & (0 - (uint64_t)is_swapped));
}

static inline uint64_t
mix_ports(const struct frame_ends *ends, bool is_swapped)
{
	return choose((uint64_t)ends->src_port << 16 | ends->dst_port,
	    (uint64_t)ends->dst_port << 16 | ends->src_port, is_swapped) *
	    KEY_TIMES_5;
}

/* Is the source the higher endpoint?  As is_higher(). */
static inline bool
ports_are_swapped(const struct frame_ends *ends)
{
	return ends->src_port > ends->dst_port;
}

static inline uint64_t
fingerprint_of_ip4(const struct frame_ends *ends)
{
	const uint32_t src = load_be32(ends->src), dst = load_be32(ends->dst);
	const bool is_swapped = LIKELY(src != dst) ? src > dst :
	    ports_are_swapped(ends);
	const uint64_t from = load_le32(ends->src), to = load_le32(ends->dst);

	return key_mix(mix_ports(ends, is_swapped) +
	    choose(from, to, is_swapped) * KEY_TIMES_1 +
	    choose(to, from, is_swapped) * KEY_TIMES_3);
}

static inline uint64_t
fingerprint_of_ip6(const struct frame_ends *ends)
{
	const uint64_t src = load_be64(ends->src), dst = load_be64(ends->dst);
	const uint64_t src_low = load_be64(ends->src + 8);
	const uint64_t dst_low = load_be64(ends->dst + 8);
	const bool is_swapped = src != dst ? src > dst :
	    src_low != dst_low ? src_low > dst_low : ports_are_swapped(ends);
	const uint64_t from = load_le64(ends->src), to = load_le64(ends->dst);
	const uint64_t from_low = load_le64(ends->src + 8);
	const uint64_t to_low = load_le64(ends->dst + 8);

	return key_mix(mix_ports(ends, is_swapped) +
	    choose(from, to, is_swapped) * KEY_TIMES_1 +
	    choose(from_low, to_low, is_swapped) * KEY_TIMES_2 +
	    choose(to, from, is_swapped) * KEY_TIMES_3 +
	    choose(to_low, from_low, is_swapped) * KEY_TIMES_4);
}

uint64_t
key_fingerprint_of(const struct frame_ends *ends)
{
	return ends->ip_version == 4 ? fingerprint_of_ip4(ends) :
	    fingerprint_of_ip6(ends);
}

/*
 * IPv4 leaves 24 bytes of the addresses zero: hashing three words instead
 * of six halves the cost and loses nothing, as the version is among them.
 */
uint64_t
key_hash(const struct key *key, const struct siphash_key *secret)
{
	uint64_t words[6];
	size_t count = 0;
	uint64_t hash;

	words[count++] = (uint64_t)key->port[0] << 48 |
	    (uint64_t)key->port[1] << 32 | key->vni;
	words[count++] = (uint64_t)key->vlan << 16 |
	    (uint64_t)key->ip_version << 8 | key->network;
	if (key->ip_version == 4) {
		memcpy(&words[count], key->addr[0], 4);
		memcpy((uint8_t *)&words[count] + 4, key->addr[1], 4);
		count++;
	} else {
		memcpy(&words[count], key->addr, sizeof(key->addr));
		count += 4;
	}
	hash = siphash_words(secret, words, count);
	return hash != 0 ? hash : 1;
}
