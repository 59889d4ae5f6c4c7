/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/sha1.h"

#include <string.h>

#include "base/cursor.h"

#define BLOCK_LEN	64	/* octets of a block */
#define LENGTH_LEN	8	/* octets of the message's length at its end */

static uint32_t
rotl(uint32_t x, unsigned bits)
{
	return x << bits | x >> (32 - bits);
}

/* One of the 80 steps, given f(b, c, d) + K + W (FIPS 180-4, 6.1.2). */
static inline void
step(uint32_t v[5], uint32_t addend)
{
	const uint32_t next = rotl(v[0], 5) + v[4] + addend;

	v[4] = v[3];
	v[3] = v[2];
	v[2] = rotl(v[1], 30);
	v[1] = v[0];
	v[0] = next;
}

static inline uint32_t
choose(const uint32_t v[5])
{
	return (v[1] & v[2]) ^ (~v[1] & v[3]);
}

static inline uint32_t
parity(const uint32_t v[5])
{
	return v[1] ^ v[2] ^ v[3];
}

static inline uint32_t
majority(const uint32_t v[5])
{
	return (v[1] & v[2]) ^ (v[1] & v[3]) ^ (v[2] & v[3]);
}

/* The message schedule: 16 words of the block, and 64 made of them. */
static void
schedule(uint32_t w[80], const uint8_t block[BLOCK_LEN])
{
	for (unsigned t = 0; t < 16; t++)
		w[t] = load_be32(block + 4 * t);
	for (unsigned t = 16; t < 80; t++)
		w[t] = rotl(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
}

/* One block into the hash; functions and constants as in 4.1.1, 4.2.1. */
static void
absorb(uint32_t hash[5], const uint8_t block[BLOCK_LEN])
{
	uint32_t w[80];
	uint32_t v[5];
	unsigned t = 0;

	schedule(w, block);
	memcpy(v, hash, sizeof(v));
	for (; t < 20; t++)
		step(v, choose(v) + UINT32_C(0x5a827999) + w[t]);
	for (; t < 40; t++)
		step(v, parity(v) + UINT32_C(0x6ed9eba1) + w[t]);
	for (; t < 60; t++)
		step(v, majority(v) + UINT32_C(0x8f1bbcdc) + w[t]);
	for (; t < 80; t++)
		step(v, parity(v) + UINT32_C(0xca62c1d6) + w[t]);
	for (unsigned i = 0; i < 5; i++)
		hash[i] += v[i];
}

void
sha1(const uint8_t *octets, size_t len, uint8_t ret_digest[SHA1_LEN])
{
	uint32_t hash[5] = {
		UINT32_C(0x67452301), UINT32_C(0xefcdab89),
		UINT32_C(0x98badcfe), UINT32_C(0x10325476),
		UINT32_C(0xc3d2e1f0)
	};
	const uint64_t bits = (uint64_t)len * 8;
	uint8_t tail[2 * BLOCK_LEN] = { 0 };
	size_t tail_len;

	for (; len >= BLOCK_LEN; octets += BLOCK_LEN, len -= BLOCK_LEN)
		absorb(hash, octets);
	/* Padding (5.1.1): a bit, noughts, and the length in bits. */
	if (len > 0)
		memcpy(tail, octets, len);
	tail[len] = 0x80;
	tail_len = len + 1 + LENGTH_LEN <= BLOCK_LEN ? BLOCK_LEN :
	    2 * BLOCK_LEN;
	for (unsigned i = 0; i < LENGTH_LEN; i++)
		tail[tail_len - 1 - i] = (uint8_t)(bits >> 8 * i);
	for (size_t at = 0; at < tail_len; at += BLOCK_LEN)
		absorb(hash, tail + at);
	for (unsigned i = 0; i < SHA1_LEN; i++)
		ret_digest[i] = (uint8_t)(hash[i / 4] >> (24 - 8 * (i % 4)));
}
