/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "check_main.h"
#include "decode/tcpopt.h"

#define LEN_MAX	40

/* Options as they stand, and what they must be decoded to. */
static const struct {
	const char *name;
	uint8_t bytes[LEN_MAX];
	uint8_t len;
	struct tcp_options want;
} cases[] = {
	{ .name = "none", .len = 0 },
	{
		.name = "End of List only",
		.bytes = { 0, 0, 0, 0 },
		.len = 4,
	},
	{
		.name = "No-Operation only",
		.bytes = { 1, 1, 1, 1 },
		.len = 4,
	},
	{
		.name = "what follows End of List is padding",
		.bytes = { 0, 2, 4, 5, 180, 3, 3, 7 },
		.len = 8,
	},
	{
		.name = "the usual one: NOP NOP Timestamp",
		.bytes = { 1, 1, 8, 10, 0, 0, 0, 7, 0xff, 0, 0, 9 },
		.len = 12,
		.want = { .present = OPT_TIMESTAMP, .tsval = 7,
		    .tsecr = 0xff000009 },
	},
	{
		.name = "Timestamp first",
		.bytes = { 8, 10, 0, 0, 0, 7, 0xff, 0, 0, 9, 1, 1 },
		.len = 12,
		.want = { .present = OPT_TIMESTAMP, .tsval = 7,
		    .tsecr = 0xff000009 },
	},
	{
		.name = "a SYN of Linux",
		.bytes = {
			2, 4, 0x05, 0xb4,			/* MSS 1460 */
			4, 2,					/* SACK */
			8, 10, 0x12, 0x34, 0x56, 0x78, 0, 0, 0, 0,
			1,
			3, 3, 7,				/* scale */
		},
		.len = 20,
		.want = { .present = OPT_MSS | OPT_SACK_PERMITTED |
		    OPT_TIMESTAMP | OPT_WSCALE, .mss = 1460, .wscale = 7,
		    .tsval = 0x12345678 },
	},
	{
		.name = "a window scale above 14 stays as offered",
		.bytes = { 3, 3, 255, 1 },
		.len = 4,
		.want = { .present = OPT_WSCALE, .wscale = 255 },
	},
	{
		.name = "three SACK blocks with a timestamp",
		.bytes = {
			1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2,
			1, 1, 5, 26,
			0, 0, 0, 10, 0, 0, 0, 20,
			0, 0, 0, 30, 0, 0, 0, 40,
			0xff, 0xff, 0xff, 0xf0, 0, 0, 0, 4,
		},
		.len = 40,
		.want = { .present = OPT_TIMESTAMP | OPT_SACK, .tsval = 1,
		    .tsecr = 2, .sack_count = 3,
		    .sack = { { 10, 20 }, { 30, 40 }, { 0xfffffff0, 4 } } },
	},
	{
		.name = "four SACK blocks",
		.bytes = {
			5, 34,
			0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4,
			0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0, 7, 0, 0, 0, 8,
			1, 1,
		},
		.len = 36,
		.want = { .present = OPT_SACK, .sack_count = 4,
		    .sack = { { 1, 2 }, { 3, 4 }, { 5, 6 }, { 7, 8 } } },
	},
	{
		.name = "SACK without blocks is malformed",
		.bytes = { 5, 2, 1, 1 },
		.len = 4,
		.want = { .present = OPT_MALFORMED },
	},
	{
		.name = "SACK with half a block is malformed",
		.bytes = { 5, 6, 0, 0, 0, 1, 1, 1 },
		.len = 8,
		.want = { .present = OPT_MALFORMED },
	},
	{
		.name = "MD5 signature",
		.bytes = { 19, 18, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
		    14, 15, 16, 1, 1 },
		.len = 20,
		.want = { .present = OPT_MD5 },
	},
	{
		.name = "TCP-AO",
		.bytes = { 29, 16, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 },
		.len = 16,
		.want = { .present = OPT_AO },
	},
	{
		.name = "MPTCP join",
		.bytes = { 30, 12, 0x10, 0, 0, 0, 0, 1, 0, 0, 0, 2 },
		.len = 12,
		.want = { .present = OPT_MPTCP | OPT_MPTCP_SIGNAL,
		    .mptcp_subtype = 1 },
	},
	{
		.name = "of two MPTCP options the first names the segment",
		.bytes = { 30, 4, 0x20, 1, 30, 4, 0x30, 1 },
		.len = 8,
		.want = { .present = OPT_MPTCP | OPT_MPTCP_SIGNAL,
		    .mptcp_subtype = 2 },
	},
	{
		.name = "MPTCP data sequence signal",
		.bytes = { 30, 8, 0x20, 1, 0, 0, 0, 1 },
		.len = 8,
		.want = { .present = OPT_MPTCP, .mptcp_subtype = 2 },
	},
	{
		.name = "MPTCP without a subtype is malformed",
		.bytes = { 30, 2, 1, 1 },
		.len = 4,
		.want = { .present = OPT_MALFORMED },
	},
	{
		.name = "a request for a TFO cookie",
		.bytes = { 34, 2, 1, 1 },
		.len = 4,
		.want = { .present = OPT_TFO },
	},
	{
		.name = "a TFO cookie of eight bytes",
		.bytes = { 34, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1 },
		.len = 12,
		.want = { .present = OPT_TFO, .tfo_cookie_len = 8 },
	},
	{
		.name = "a TFO cookie of the experiment",
		.bytes = { 254, 8, 0xf9, 0x89, 1, 2, 3, 4 },
		.len = 8,
		.want = { .present = OPT_TFO, .tfo_cookie_len = 4 },
	},
	{
		.name = "another experiment is unknown",
		.bytes = { 254, 4, 0xac, 0xc0 },
		.len = 4,
		.want = { .present = OPT_UNKNOWN, .unknown_count = 1 },
	},
	{
		.name = "an experiment without an identifier is unknown",
		.bytes = { 254, 2, 1, 1 },
		.len = 4,
		.want = { .present = OPT_UNKNOWN, .unknown_count = 1 },
	},
	{
		.name = "AccECN in both orders",
		.bytes = { 172, 11, 0, 0, 1, 0, 0, 2, 0, 0, 3,
		    174, 5, 0, 0, 1 },
		.len = 16,
		.want = { .present = OPT_ACCECN },
	},
	{
		.name = "AccECN of four bytes is malformed",
		.bytes = { 172, 4, 0, 0 },
		.len = 4,
		.want = { .present = OPT_MALFORMED },
	},
	{
		.name = "unknown kinds are skipped by their length",
		.bytes = { 99, 3, 0, 100, 2, 3, 3, 9 },
		.len = 8,
		.want = { .present = OPT_UNKNOWN | OPT_WSCALE,
		    .unknown_count = 2, .wscale = 9 },
	},
	{
		.name = "a length of 1 ends the walk",
		.bytes = { 3, 3, 9, 99, 1, 4, 2, 0 },
		.len = 8,
		.want = { .present = OPT_WSCALE | OPT_MALFORMED, .wscale = 9 },
	},
	{
		.name = "a length of 0 ends the walk",
		.bytes = { 99, 0, 4, 2 },
		.len = 4,
		.want = { .present = OPT_MALFORMED },
	},
	{
		.name = "a length beyond the header ends the walk",
		.bytes = { 4, 2, 8, 10, 0, 0, 0, 1 },
		.len = 8,
		.want = { .present = OPT_SACK_PERMITTED | OPT_MALFORMED },
	},
	{
		.name = "a kind without its length ends the walk",
		.bytes = { 1, 1, 1, 99 },
		.len = 4,
		.want = { .present = OPT_MALFORMED },
	},
	{
		.name = "MSS of the wrong length is malformed",
		.bytes = { 2, 3, 5, 1, 3, 3, 9, 1 },
		.len = 8,
		.want = { .present = OPT_MALFORMED },
	},
};

static void
check_same(const struct tcp_options *got, const struct tcp_options *want)
{
	ck_assert_uint_eq(got->present, want->present);
	ck_assert_uint_eq(got->mss, want->mss);
	ck_assert_uint_eq(got->wscale, want->wscale);
	ck_assert_uint_eq(got->sack_count, want->sack_count);
	ck_assert_uint_eq(got->tfo_cookie_len, want->tfo_cookie_len);
	ck_assert_uint_eq(got->mptcp_subtype, want->mptcp_subtype);
	ck_assert_uint_eq(got->unknown_count, want->unknown_count);
	ck_assert_uint_eq(got->tsval, want->tsval);
	ck_assert_uint_eq(got->tsecr, want->tsecr);
	for (unsigned i = 0; i < SACK_BLOCKS_MAX; i++) {
		ck_assert_uint_eq(got->sack[i].left, want->sack[i].left);
		ck_assert_uint_eq(got->sack[i].right, want->sack[i].right);
	}
}

/* From a block that ends where the captured bytes do. */
static struct tcp_options
decode(const uint8_t *bytes, size_t captured, size_t declared)
{
	uint8_t *block = malloc(captured);
	struct tcp_options opt;

	/* Nothing of what was there before may stay. */
	memset(&opt, 0xa5, sizeof(opt));
	if (captured > 0)
		memcpy(block, bytes, captured);
	tcpopt_decode(block, captured, declared, &opt);
	free(block);
	return opt;
}

START_TEST(options_are_decoded)
{
	const struct tcp_options got = decode(cases[_i].bytes, cases[_i].len,
	    cases[_i].len);

	ck_assert_msg(got.present == cases[_i].want.present, "%s: %#x",
	    cases[_i].name, got.present);
	check_same(&got, &cases[_i].want);
}
END_TEST

/*
 * Cut anywhere, what remains is a part of the whole, and nothing becomes
 * malformed that was not.
 */
START_TEST(a_cut_loses_options_and_invents_none)
{
	const unsigned whole = cases[_i].want.present;
	unsigned before = 0;

	for (size_t n = 0; n <= cases[_i].len; n++) {
		const struct tcp_options got = decode(cases[_i].bytes, n,
		    cases[_i].len);

		ck_assert_uint_eq(got.present & ~whole, 0);
		ck_assert_uint_eq(before & ~(unsigned)got.present, 0);
		before = got.present;
	}
	ck_assert_uint_eq(before, whole);
}
END_TEST

START_TEST(the_iterator_hides_padding)
{
	static const uint8_t bytes[] = { 1, 2, 4, 5, 180, 1, 1, 77, 2, 0 };
	struct tcpopt_iter it = tcpopt_iter(bytes, sizeof(bytes),
	    sizeof(bytes));
	struct tcpopt o;

	ck_assert(tcpopt_next(&it, &o));
	ck_assert_uint_eq(o.kind, 2);
	ck_assert_uint_eq(o.value_len, 2);
	ck_assert_ptr_eq(o.value, bytes + 3);
	ck_assert(tcpopt_next(&it, &o));
	ck_assert_uint_eq(o.kind, 77);
	ck_assert_uint_eq(o.value_len, 0);
	ck_assert(!tcpopt_next(&it, &o));
	ck_assert(!it.is_malformed);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("tcpopt");
	TCase *tc = tcase_create("options");

	tcase_add_loop_test(tc, options_are_decoded, 0,
	    (int)ARRAY_LEN(cases));
	tcase_add_loop_test(tc, a_cut_loses_options_and_invents_none, 0,
	    (int)ARRAY_LEN(cases));
	tcase_add_test(tc, the_iterator_hides_padding);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
