/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/sha1.h"

/* Not when clang checks what gcc compiles: clang may know fewer. */
#ifdef __clang_analyzer__
#undef HAVE_SHA_INSTRUCTIONS
#endif

#ifdef HAVE_SHA_INSTRUCTIONS
#include <immintrin.h>
#endif
#include <string.h>

#include "base/compiler.h"
#include "base/cursor.h"

#define BLOCK_LEN	64	/* bytes of a block */
#define LENGTH_LEN	8	/* bytes of the message's length at its end */

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
absorb_plain(uint32_t hash[5], const uint8_t block[BLOCK_LEN])
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

#ifdef HAVE_SHA_INSTRUCTIONS

/*
 * The same by the processor's own instructions: four steps each, with four
 * words in one register, the first at its upper end.
 */
struct four_steps {
	__m128i abcd;
	__m128i e;		/* of the next four, its upper word */
	__m128i w[4];		/* the last 16 words of the schedule */
};

WITH_SHA static inline __m128i
load_words(const uint8_t *bytes)
{
	const __m128i turned = _mm_set_epi64x(INT64_C(0x0001020304050607),
	    INT64_C(0x08090a0b0c0d0e0f));

	return _mm_shuffle_epi8(_mm_loadu_si128(
	    (const __m128i *)(const void *)bytes), turned);
}

/* The next four words, in place of the oldest four. */
WITH_SHA static inline void
schedule_four(__m128i w[4], unsigned oldest)
{
	const __m128i sum = _mm_xor_si128(_mm_sha1msg1_epu32(w[oldest],
	    w[(oldest + 1) % 4]), w[(oldest + 2) % 4]);

	w[oldest] = _mm_sha1msg2_epu32(sum, w[(oldest + 3) % 4]);
}

/* Steps 4 n to 4 n + 3; the function is part of the instruction. */
#define FOUR_STEPS(v, n) do {						\
	const __m128i before_ = (v)->abcd;				\
									\
	if ((n) >= 4)							\
		schedule_four((v)->w, (n) % 4);				\
	(v)->e = (n) == 0 ? _mm_add_epi32((v)->e, (v)->w[0]) :		\
	    _mm_sha1nexte_epu32((v)->e, (v)->w[(n) % 4]);		\
	(v)->abcd = _mm_sha1rnds4_epu32(before_, (v)->e, (n) / 5);	\
	(v)->e = before_;						\
} while (0)

#define TWENTY_STEPS(v, n) do {						\
	FOUR_STEPS(v, n);						\
	FOUR_STEPS(v, (n) + 1);						\
	FOUR_STEPS(v, (n) + 2);						\
	FOUR_STEPS(v, (n) + 3);						\
	FOUR_STEPS(v, (n) + 4);						\
} while (0)

WITH_SHA static void
absorb_by_fours(uint32_t hash[5], const uint8_t block[BLOCK_LEN])
{
	__m128i *abcd_at = (__m128i *)(void *)hash;
	const __m128i abcd = _mm_shuffle_epi32(_mm_loadu_si128(abcd_at),
	    0x1b);
	const __m128i e = _mm_set_epi32((int)hash[4], 0, 0, 0);
	struct four_steps v = { .abcd = abcd, .e = e };

	for (unsigned i = 0; i < 4; i++)
		v.w[i] = load_words(block + 16 * i);
	TWENTY_STEPS(&v, 0);
	TWENTY_STEPS(&v, 5);
	TWENTY_STEPS(&v, 10);
	TWENTY_STEPS(&v, 15);
	_mm_storeu_si128(abcd_at, _mm_shuffle_epi32(_mm_add_epi32(v.abcd,
	    abcd), 0x1b));
	hash[4] = (uint32_t)_mm_extract_epi32(_mm_sha1nexte_epu32(v.e, e), 3);
}

#endif

static void
put_be32(uint8_t *at, uint32_t word)
{
	at[0] = (uint8_t)(word >> 24);
	at[1] = (uint8_t)(word >> 16);
	at[2] = (uint8_t)(word >> 8);
	at[3] = (uint8_t)word;
}

typedef void absorber(uint32_t hash[5], const uint8_t block[BLOCK_LEN]);

static void
digest(absorber *absorb, const uint8_t *bytes, size_t len,
    uint8_t ret_digest[SHA1_LEN])
{
	uint32_t hash[5] = {
		UINT32_C(0x67452301), UINT32_C(0xefcdab89),
		UINT32_C(0x98badcfe), UINT32_C(0x10325476),
		UINT32_C(0xc3d2e1f0)
	};
	const uint64_t bits = (uint64_t)len * 8;
	uint8_t tail[2 * BLOCK_LEN] = { 0 };
	size_t tail_len;

	for (; len >= BLOCK_LEN; bytes += BLOCK_LEN, len -= BLOCK_LEN)
		absorb(hash, bytes);
	/* Padding (5.1.1): a bit, zeros, and the length in bits. */
	if (len > 0)
		memcpy(tail, bytes, len);
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

void
sha1(const uint8_t *bytes, size_t len, uint8_t ret_digest[SHA1_LEN])
{
#ifdef HAVE_SHA_INSTRUCTIONS
	if (HAS_SHA()) {
		digest(absorb_by_fours, bytes, len, ret_digest);
		return;
	}
#endif
	digest(absorb_plain, bytes, len, ret_digest);
}

void
sha1_plain(const uint8_t *bytes, size_t len, uint8_t ret_digest[SHA1_LEN])
{
	digest(absorb_plain, bytes, len, ret_digest);
}
