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

/*
 * One of the 80 steps (FIPS 180-4, 6.1.2), given a, f(b, c, d) + K + W, and
 * where b and e are.  The standard moves each word on by one; here the words
 * stay, and the next step takes them by other names.
 */
static inline void
step(uint32_t a, uint32_t *b, uint32_t *e, uint32_t addend)
{
	*e += rotl(a, 5) + addend;
	*b = rotl(*b, 30);
}

typedef uint32_t mixer(uint32_t b, uint32_t c, uint32_t d);

static inline uint32_t
choose(uint32_t b, uint32_t c, uint32_t d)
{
	return d ^ (b & (c ^ d));
}

static inline uint32_t
parity(uint32_t b, uint32_t c, uint32_t d)
{
	return b ^ c ^ d;
}

static inline uint32_t
majority(uint32_t b, uint32_t c, uint32_t d)
{
	return (b & c) | (d & (b | c));
}

/* Twenty steps alike, from word `w` of the schedule on. */
static inline void
twenty(uint32_t v[5], mixer *f, uint32_t k, const uint32_t *w)
{
	uint32_t a = v[0], b = v[1], c = v[2], d = v[3], e = v[4];

	for (const uint32_t *end = w + 20; w < end; w += 5) {
		step(a, &b, &e, f(b, c, d) + k + w[0]);
		step(e, &a, &d, f(a, b, c) + k + w[1]);
		step(d, &e, &c, f(e, a, b) + k + w[2]);
		step(c, &d, &b, f(d, e, a) + k + w[3]);
		step(b, &c, &a, f(c, d, e) + k + w[4]);
	}
	v[0] = a;
	v[1] = b;
	v[2] = c;
	v[3] = d;
	v[4] = e;
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

	schedule(w, block);
	memcpy(v, hash, sizeof(v));
	twenty(v, choose, UINT32_C(0x5a827999), w);
	twenty(v, parity, UINT32_C(0x6ed9eba1), w + 20);
	twenty(v, majority, UINT32_C(0x8f1bbcdc), w + 40);
	twenty(v, parity, UINT32_C(0xca62c1d6), w + 60);
	for (unsigned i = 0; i < 5; i++)
		hash[i] += v[i];
}

static void
put_be32(uint8_t *at, uint32_t word)
{
	at[0] = (uint8_t)(word >> 24);
	at[1] = (uint8_t)(word >> 16);
	at[2] = (uint8_t)(word >> 8);
	at[3] = (uint8_t)word;
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
	put_be32(tail + tail_len - 8, (uint32_t)(bits >> 32));
	put_be32(tail + tail_len - 4, (uint32_t)bits);
	for (size_t at = 0; at < tail_len; at += BLOCK_LEN)
		absorb(hash, tail + at);
	for (unsigned i = 0; i < 5; i++)
		put_be32(ret_digest + 4 * i, hash[i]);
}
