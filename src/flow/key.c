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

/* Is the source the higher endpoint?  As is_higher(). */
static bool
are_swapped(const struct frame_ends *ends)
{
	const bool is_ip4 = ends->ip_version == 4;
	const uint64_t src = is_ip4 ? load_be32(ends->src) :
	    load_be64(ends->src);
	const uint64_t dst = is_ip4 ? load_be32(ends->dst) :
	    load_be64(ends->dst);
	const int order = is_ip4 ? 0 : memcmp(ends->src + 8, ends->dst + 8, 8);

	if (src != dst)
		return src > dst;
	return order != 0 ? order > 0 : ends->src_port > ends->dst_port;
}

uint64_t
key_fingerprint_of(const struct frame_ends *ends)
{
	const bool is_swapped = are_swapped(ends);
	const uint8_t *low = is_swapped ? ends->dst : ends->src;
	const uint8_t *high = is_swapped ? ends->src : ends->dst;
	const uint64_t sum = KEY_TIMES_5 * (is_swapped ?
	    (uint64_t)ends->dst_port << 16 | ends->src_port :
	    (uint64_t)ends->src_port << 16 | ends->dst_port);

	if (ends->ip_version == 4)
		return key_mix(sum + load_le32(low) * KEY_TIMES_1 +
		    load_le32(high) * KEY_TIMES_3);
	return key_mix(sum + load_le64(low) * KEY_TIMES_1 +
	    load_le64(low + 8) * KEY_TIMES_2 + load_le64(high) * KEY_TIMES_3 +
	    load_le64(high + 8) * KEY_TIMES_4);
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
