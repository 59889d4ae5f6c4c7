/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers of both sides of a device that alters them become those of one.
 */
#include "config.h"

#include <check.h>

#include "base/compiler.h"
#include "check_main.h"
#include "decode/segment.h"
#include "flow/shifts.h"
#include "hold.h"
#include "leaks.h"

#define KEY	UINT64_C(0x123456789abcdef0)
#define A	0
#define B	1

static struct shifts *shifts;

static void
setup(void)
{
	shifts = shifts_new();
	ck_assert_ptr_nonnull(shifts);
}

static void
teardown(void)
{
	shifts_free(shifts);
}

static struct segment
segment(unsigned flags, uint32_t seq, uint32_t len, uint32_t ack)
{
	return (struct segment){
		.depth = DEPTH_OPTIONS,
		.flags = (uint16_t)flags,
		.seq = seq,
		.payload_len = len,
		.ack = ack,
	};
}

/* Of what side A sends: the sequence number that comes out. */
static uint32_t
seq_of(uint32_t seq, uint32_t len)
{
	struct segment seg = segment(TCP_ACK, seq, len, 0);

	shifts_apply(shifts, KEY, A, &seg);
	return seg.seq;
}

START_TEST(unknown_connections_stay_as_they_are)
{
	struct segment seg = segment(TCP_ACK, 7301, 0, 900);

	shifts_learn(shifts, KEY + 1, A, 1000, 7300);
	ck_assert(!shifts_has(shifts, KEY));
	ck_assert(!shifts_apply(shifts, KEY, A, &seg));
	ck_assert_uint_eq(seg.seq, 7301);
}
END_TEST

/* Both sequence spaces at the places where arithmetic goes wrong. */
START_TEST(numbers_of_both_sides_are_brought_together)
{
	static const uint32_t isns[] = { 0, 1000, UINT32_C(0x7ffffff0),
	    UINT32_C(0xfffffff0) };
	static const uint32_t others[] = { UINT32_C(0x40000000), 0,
	    UINT32_C(0xffffff00), UINT32_C(0xc0000001) };
	const uint32_t isn = isns[_i];

	for (unsigned i = 0; i < ARRAY_LEN(others); i++) {
		const uint32_t other = isn + UINT32_C(0x12345678) + others[i];

		shifts_learn(shifts, KEY, A, isn, other);
		for (uint32_t n = 0; n < 5000; n++) {
			const uint32_t at = 1 + 1460 * n;

			HOLD(seq_of(isn + at, 1460) == isn + at);
			HOLD(seq_of(other + at, 1460) == isn + at);
		}
	}
}
END_TEST

START_TEST(acks_and_sack_blocks_follow)
{
	struct segment seg = segment(TCP_ACK, 500, 0, 7400);

	shifts_learn(shifts, KEY, A, 1000, UINT32_C(3000000000));
	seg.opt.sack_count = 2;
	seg.opt.sack[0].left = UINT32_C(3000001000);
	seg.opt.sack[0].right = UINT32_C(3000002000);
	/* Some devices leave these alone. */
	seg.opt.sack[1].left = 4000;
	seg.opt.sack[1].right = 5000;
	seg.ack = UINT32_C(3000000001);
	ck_assert(shifts_apply(shifts, KEY, B, &seg));
	ck_assert_uint_eq(seg.seq, 500);
	ck_assert_uint_eq(seg.ack, 1001);
	ck_assert_uint_eq(seg.opt.sack[0].left, 2000);
	ck_assert_uint_eq(seg.opt.sack[0].right, 3000);
	ck_assert_uint_eq(seg.opt.sack[1].left, 4000);
	ck_assert_uint_eq(seg.opt.sack[1].right, 5000);
	/* Once more there is nothing to do. */
	ck_assert(!shifts_apply(shifts, KEY, B, &seg));
}
END_TEST

START_TEST(what_is_no_number_stays)
{
	struct segment seg = segment(TCP_RST, UINT32_C(3000000001), 0,
	    UINT32_C(3000000001));

	shifts_learn(shifts, KEY, A, 1000, UINT32_C(3000000000));
	shifts_learn(shifts, KEY, B, 1000, UINT32_C(3000000000));
	ck_assert(shifts_apply(shifts, KEY, A, &seg));
	ck_assert_uint_eq(seg.seq, 1001);
	ck_assert_uint_eq(seg.ack, UINT32_C(3000000001));
	/* A SYN has the number that others are compared with. */
	seg = segment(TCP_SYN, UINT32_C(3000000000), 0, 0);
	ck_assert(!shifts_apply(shifts, KEY, A, &seg));
	/* The header was cut. */
	seg = segment(TCP_ACK, UINT32_C(3000000001), 0, 0);
	seg.depth = DEPTH_ACK;
	ck_assert(!shifts_apply(shifts, KEY, A, &seg));
}
END_TEST

START_TEST(a_stray_syn_changes_nothing)
{
	shifts_learn(shifts, KEY, A, 1000, UINT32_C(3000000000));
	shifts_note_syn(shifts, KEY, A, UINT32_C(2500000000));
	shifts_note_syn(shifts, KEY + 1, A, 77);
	ck_assert(!shifts_has(shifts, KEY + 1));
	ck_assert_uint_eq(seq_of(UINT32_C(3000000001), 100), 1001);
	ck_assert_uint_eq(seq_of(1101, 100), 1101);
	ck_assert_uint_eq(seq_of(UINT32_C(3000000101), 100), 1101);
}
END_TEST

START_TEST(the_next_connection_has_its_own_numbers)
{
	shifts_learn(shifts, KEY, A, 1000, UINT32_C(3000000000));
	ck_assert_uint_eq(seq_of(UINT32_C(3000000001), 100), 1001);
	/* Not altered, although nearer to one number than to the other. */
	shifts_note_syn(shifts, KEY, A, UINT32_C(2900000000));
	for (uint32_t n = 0; n < 100; n++)
		HOLD(seq_of(UINT32_C(2900000001) + 100 * n, 100) ==
		    UINT32_C(2900000001) + 100 * n);
	/* A third one, altered in another way. */
	shifts_note_syn(shifts, KEY, A, 50000000);
	shifts_learn(shifts, KEY, A, 50000000, 90000000);
	ck_assert_uint_eq(seq_of(90000001, 100), 50000001);
	ck_assert_uint_eq(seq_of(50000101, 100), 50000101);
}
END_TEST

/* Two SYN-ACKs answer one SYN: an ACK says later which counts. */
START_TEST(two_syn_acks_have_one_shift)
{
	const uint32_t shift = UINT32_C(0xa0000000);

	for (unsigned which = 0; which < 2; which++) {
		const uint32_t isns_of_b[] = { 5000, UINT32_C(0x88888888) };
		const uint32_t isn = isns_of_b[which];
		struct segment seg = segment(TCP_ACK, 1, 0, isn + 1);

		shifts_learn(shifts, KEY + which, B, 5000, 5000 + shift);
		shifts_learn(shifts, KEY + which, B, UINT32_C(0x88888888),
		    UINT32_C(0x88888888) + shift);
		ck_assert(!shifts_apply(shifts, KEY + which, A, &seg));
		seg.ack = isn + 1 + shift;
		ck_assert(shifts_apply(shifts, KEY + which, A, &seg));
		ck_assert_uint_eq(seg.ack, isn + 1);
	}
}
END_TEST

START_TEST(the_one_that_was_silent_longest_gives_way)
{
	unsigned known = 0;

	shifts_learn(shifts, KEY, A, 1000, UINT32_C(3000000000));
	for (uint64_t key = 0; key < 8 * SHIFTS_MOST; key++) {
		shifts_learn(shifts, key, A, 1000, UINT32_C(3000000000));
		HOLD(seq_of(UINT32_C(3000000001), 0) == 1001);
	}
	for (uint64_t key = 0; key < 8 * SHIFTS_MOST; key++)
		known += shifts_has(shifts, key);
	ck_assert_uint_eq(known, SHIFTS_MOST - 1);
}
END_TEST

START_TEST(no_memory_is_no_table)
{
	mem_fail_after(1);
	ck_assert_ptr_null(shifts_new());
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("shifts");
	TCase *c = leaks_tcase(s, "shifts");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, unknown_connections_stay_as_they_are);
	tcase_add_loop_test(c, numbers_of_both_sides_are_brought_together, 0,
	    4);
	tcase_add_test(c, acks_and_sack_blocks_follow);
	tcase_add_test(c, what_is_no_number_stays);
	tcase_add_test(c, a_stray_syn_changes_nothing);
	tcase_add_test(c, the_next_connection_has_its_own_numbers);
	tcase_add_test(c, two_syn_acks_have_one_shift);
	tcase_add_test(c, the_one_that_was_silent_longest_gives_way);
	tcase_add_test(c, no_memory_is_no_table);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
