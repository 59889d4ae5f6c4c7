/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/sha1.h"

#include <string.h>

#define BLOCK_LEN	64	/* octets of a block */
#define LENGTH_LEN	8	/* octets of the message's length at its end */

static uint32_t
rotl(uint32_t x, unsigned bits)
{
	return x << bits | x >> (32 - bits);
}

/* Function and constant of round `t` (FIPS 180-4, 4.1.1 and 4.2.1). */
static uint32_t
mix(unsigned t, uint32_t b, uint32_t c, uint32_t d)
{
	if (t < 20)
		return ((b & c) ^ (~b & d)) + UINT32_C(0x5a827999);
	if (t < 40)
		return (b ^ c ^ d) + UINT32_C(0x6ed9eba1);
	if (t < 60)
		return ((b & c) ^ (b & d) ^ (c & d)) + UINT32_C(0x8f1bbcdc);
	return (b ^ c ^ d) + UINT32_C(0xca62c1d6);
}

/* One block into the hash (FIPS 180-4, 6.1.2). */
static void
absorb(uint32_t hash[5], const uint8_t block[BLOCK_LEN])
{
	uint32_t w[80];
	uint32_t v[5];

	for (unsigned t = 0; t < 16; t++) {
		const uint8_t *p = block + 4 * t;

		w[t] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		    (uint32_t)p[2] << 8 | p[3];
	}
	for (unsigned t = 16; t < 80; t++)
		w[t] = rotl(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
	memcpy(v, hash, sizeof(v));
	for (unsigned t = 0; t < 80; t++) {
		const uint32_t next = rotl(v[0], 5) +
		    mix(t, v[1], v[2], v[3]) + v[4] + w[t];

		v[4] = v[3];
		v[3] = v[2];
		v[2] = rotl(v[1], 30);
		v[1] = v[0];
		v[0] = next;
	}
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
