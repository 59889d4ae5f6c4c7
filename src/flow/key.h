/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connection key: both endpoints in canonical order (the lower one
 * first), so that both directions find the same connection, and the context
 * in which the addresses mean something.
 */
#ifndef TCPSTATES_FLOW_KEY_H
#define TCPSTATES_FLOW_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/cursor.h"
#include "base/siphash.h"

struct frame_ends;
struct segment;

/* Compared and hashed as bytes: no padding, and every byte is set. */
struct key {
	uint8_t addr[2][16];	/* lower and higher endpoint's address */
	uint16_t port[2];	/* their ports, host order */
	uint32_t vni;		/* VXLAN or Geneve identifier, or 0 */
	uint16_t vlan;		/* VLAN id with --vlan-key, else 0 */
	uint8_t ip_version;	/* 4 or 6 */
	uint8_t network;	/* enum network */
};

/* The address space, with the VNI. */
enum network {
	NETWORK_PLAIN,		/* none: there is no VNI */
	NETWORK_VNI,		/* the VNI of both directions */
	NETWORK_OF_LOWER,	/* the VNI of what the lower endpoint sends */
	NETWORK_OF_HIGHER	/* and of the higher; see flow/overlay.h */
};

static inline enum network
network_of(unsigned side)
{
	return side == 0 ? NETWORK_OF_LOWER : NETWORK_OF_HIGHER;
}

/* Optional parts of the identity. */
struct key_rules {
	bool vlan;		/* the innermost VLAN id */
};

/*
 * Key of a segment.  Returns the side that sent it: 0 for the lower
 * endpoint, 1 for the higher.  (A connection to itself is all side 0 unless
 * its ports differ.)
 */
unsigned key_of(const struct segment *, const struct key_rules *,
    struct key *ret_key);

/* Keyed hash; never 0, which the table uses for an empty slot. */
uint64_t key_hash(const struct key *, const struct siphash_key *);

/* Where two keys differ in the eight bytes from `at` on: bits. */
static ALWAYS_INLINE uint64_t
key_differs(const struct key *a, const struct key *b, size_t at)
{
	return load_le64((const uint8_t *)a + at) ^
	    load_le64((const uint8_t *)b + at);
}

/*
 * Compare by words, of which the last two overlap: memcmp() would cost as much
 * as the rest of a lookup, and copying the words to arrays twice as much as
 * this.
 */
static ALWAYS_INLINE bool
key_equal(const struct key *a, const struct key *b)
{
	return (key_differs(a, b, 0) | key_differs(a, b, 8) |
	    key_differs(a, b, 16) | key_differs(a, b, 24) |
	    key_differs(a, b, 32) |
	    key_differs(a, b, sizeof(*a) - sizeof(uint64_t))) == 0;
}

#define KEY_TIMES_1	UINT64_C(0x9e3779b97f4a7c15)
#define KEY_TIMES_2	UINT64_C(0xd1b54a32d192ed03)
#define KEY_TIMES_3	UINT64_C(0xaef17502108ef2d9)
#define KEY_TIMES_4	UINT64_C(0x8cb92ba72f3d8dd7)
#define KEY_TIMES_5	UINT64_C(0xf1357aea2e62a9c5)
#define KEY_TIMES_6	UINT64_C(0xc2b2ae3d27d4eb4f)

/* Upper bits of a word reach only upper bits of its product. */
static inline uint64_t
key_mix(uint64_t sum)
{
	sum = (sum ^ sum >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return sum ^ sum >> 32;
}

/*
 * A cheap number that tells most keys apart, by addresses, ports and VLAN.  The
 * VNI is not in it: a segment may be captured inside and outside of a network.
 * An attacker can make two keys that it does not tell apart: only speed and the
 * recognition of copies (duplicates.h) may depend on it.
 */
static inline uint64_t
key_fingerprint(const struct key *key)
{
	return key_mix(load_le64(key->addr[0]) * KEY_TIMES_1 +
	    load_le64(key->addr[0] + 8) * KEY_TIMES_2 +
	    load_le64(key->addr[1]) * KEY_TIMES_3 +
	    load_le64(key->addr[1] + 8) * KEY_TIMES_4 +
	    ((uint64_t)key->port[0] << 16 | key->port[1]) * KEY_TIMES_5 +
	    key->vlan * KEY_TIMES_6);
}

/* The same of a key that is not made yet, without a VLAN. */
uint64_t key_fingerprint_of(const struct frame_ends *);

/*
 * The share of the keys that a key is in, by its fingerprint: that of both
 * directions and of every network.  Threads share the connections by it.
 * Packets made to fall into one share leave all work to one thread, and change
 * no result.
 */
#define KEY_BUCKETS	32

static inline unsigned
key_bucket(uint64_t fingerprint)
{
	return (unsigned)(fingerprint >> 59);
}

/* One of several parts of all connections, for runs that share a capture. */
struct shard {
	unsigned index;		/* from 0 */
	unsigned count;		/* of shards; 0: all connections */
};

#define SHARDS_MAX	65536

/*
 * Of `count` shards that of a key, on every machine and in every run: by bits
 * that its bucket does not use.
 */
static inline unsigned
key_shard(uint64_t fingerprint, unsigned count)
{
	return (unsigned)((uint64_t)(uint32_t)fingerprint * count >> 32);
}

#endif
