/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>

#include "base/compiler.h"
#include "base/siphash.h"
#include "check_main.h"

/* Key 00 01 .. 0f, message 00 01 02 ..., as in the paper's appendix. */
static const struct siphash_key key = {
	{ UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908) }
};

static const struct {
	size_t words;
	uint64_t hash;
} vectors[] = {
	{ 0, UINT64_C(0xabac0158050fc4dc) },
	{ 1, UINT64_C(0x369095118d299a8e) },
	{ 2, UINT64_C(0xcc4fdd1a7d908b66) },
	{ 5, UINT64_C(0xc1d2363299e41531) },
	{ 7, UINT64_C(0xb4bcc0db243c6d75) }
};

START_TEST(hashes_are_those_of_siphash_1_3)
{
	uint64_t words[8];

	for (unsigned i = 0; i < ARRAY_LEN(words); i++)
		words[i] = key.word[0] + i * UINT64_C(0x0808080808080808);
	ck_assert_uint_eq(siphash_words(&key, words, vectors[_i].words),
	    vectors[_i].hash);
}
END_TEST

START_TEST(every_bit_of_the_key_counts)
{
	const uint64_t word = 42;
	const uint64_t hash = siphash_words(&key, &word, 1);

	for (unsigned bit = 0; bit < 128; bit++) {
		struct siphash_key other = key;

		other.word[bit / 64] ^= UINT64_C(1) << bit % 64;
		ck_assert_uint_ne(siphash_words(&other, &word, 1), hash);
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("siphash");
	TCase *tc = tcase_create("siphash");

	tcase_add_loop_test(tc, hashes_are_those_of_siphash_1_3, 0,
	    (int)ARRAY_LEN(vectors));
	tcase_add_test(tc, every_bit_of_the_key_counts);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
