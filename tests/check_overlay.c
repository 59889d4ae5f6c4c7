/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections across networks: what joins, what stays apart, and what of it is
 * remembered.  Whole scenarios are tests/segs/identity-vni-*.seg.
 */
#include "config.h"

#include <check.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/pool.h"
#include "check_main.h"
#include "decode/segment.h"
#include "flow/overlay.h"
#include "flow/queues.h"
#include "hold.h"
#include "leaks.h"

#define MANY	5000	/* connections: the table of aliases grows */

static const struct siphash_key secret = { .word = { 3, 4 } };
static struct conntab *tab;
static struct overlay *overlay;

static void
setup(void)
{
	tab = conntab_new(&secret, true);
	overlay = overlay_new();
	ck_assert_ptr_nonnull(tab);
	ck_assert_ptr_nonnull(overlay);
}

static void
teardown(void)
{
	mem_fail_after(0);
	overlay_free(overlay);
	conntab_free(tab);
}

/* The ith four-tuple, in a network; -1: without a VNI. */
static struct lookup
lookup_of(uint32_t i, int32_t vni)
{
	struct lookup lookup = { .key = {
	    .addr = { { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8) },
		{ 192, 0, 2, 1 } },
	    .port = { (uint16_t)(1024 + (i & 255)), 80 },
	    .vni = vni >= 0 ? (uint32_t)vni : 0,
	    .ip_version = 4,
	    .network = vni >= 0 ? NETWORK_VNI : NETWORK_PLAIN,
	} };

	lookup_begin(&lookup);
	return lookup;
}

/* A connection of which side 0 has sent its SYN, with ISN `isn`. */
static struct conn *
open_in(uint32_t i, int32_t vni, uint32_t isn)
{
	struct lookup lookup = lookup_of(i, vni);
	struct conn *conn = conntab_add(tab, &lookup);

	HOLD(conn != NULL);
	conn->endpoint[0].pkts = 1;
	conn->endpoint[0].has_base = true;
	conn->endpoint[0].has_isn = true;
	conn->endpoint[0].isn = isn;
	conn->endpoint[0].nxt = 1;
	if (vni >= 0)
		overlay_note(overlay, tab, conn);
	return conn;
}

static const struct segment *
synack_of(uint32_t isn)
{
	static struct segment seg;

	seg = (struct segment){ .depth = DEPTH_OPTIONS,
	    .flags = TCP_SYN | TCP_ACK, .ack = isn + 1 };
	return &seg;
}

/* What a SYN-ACK in a network leads to. */
static struct conn *
answer(uint32_t i, int32_t vni, uint32_t isn)
{
	struct lookup lookup = lookup_of(i, vni);

	(void)overlay_resolve(overlay, tab, &lookup, 1, synack_of(isn));
	return conntab_find(tab, &lookup);
}

START_TEST(an_answer_joins_from_another_network)
{
	struct conn *vni = open_in(1, 100, 7), *plain = open_in(2, -1, 7);

	ck_assert_ptr_eq(answer(1, 100, 7), vni);
	ck_assert_ptr_eq(answer(1, 200, 7), vni);
	ck_assert_ptr_eq(answer(2, 300, 7), plain);
	ck_assert_ptr_eq(answer(2, -1, 7), plain);
	/* What joined once needs no numbers any more. */
	ck_assert_ptr_eq(answer(1, 200, 99), vni);
	ck_assert_ptr_null(answer(1, 201, 99));
}
END_TEST

START_TEST(an_answer_leaves_the_tunnel)
{
	struct conn *vni = open_in(1, 100, 7);

	ck_assert_ptr_eq(answer(1, -1, 7), vni);
	ck_assert_ptr_eq(answer(1, -1, 99), vni);
}
END_TEST

START_TEST(other_numbers_do_not_join)
{
	(void)open_in(1, 100, 7);
	ck_assert_ptr_null(answer(1, 200, 8));
	ck_assert_ptr_null(answer(1, -1, 6));
	ck_assert_ptr_null(answer(2, 200, 7));	/* other ports */
}
END_TEST

START_TEST(nobody_joins_a_direction_that_was_seen)
{
	struct conn *conn = open_in(1, 100, 7);

	conn->endpoint[1].pkts = 1;
	ck_assert_ptr_null(answer(1, 200, 7));
	ck_assert_ptr_eq(answer(1, 100, 99), conn);
}
END_TEST

START_TEST(a_connection_that_a_limit_ended_is_not_joined)
{
	struct conn *conn = open_in(1, 100, 7);

	conn->retired = 1;
	conntab_unlink(tab, conn);
	ck_assert_ptr_null(answer(1, 200, 7));
}
END_TEST

START_TEST(memory_of_another_connection_is_not_taken_for_it)
{
	struct conn *conn = open_in(1, 100, 7);

	conntab_remove(tab, conn);
	ck_assert_ptr_eq(open_in(2, 100, 7), conn);
	ck_assert_ptr_null(answer(1, 200, 7));
	ck_assert_ptr_eq(answer(2, 200, 7), conn);
}
END_TEST

START_TEST(the_newest_of_several_that_fit_is_joined)
{
	struct conn *newest;

	(void)open_in(1, 100, 7);
	newest = open_in(1, 101, 7);
	(void)open_in(1, 102, 8);
	ck_assert_ptr_eq(answer(1, 200, 7), newest);
}
END_TEST

/* Tenants whose VNIs are those of the other in the other direction. */
START_TEST(a_vni_that_is_taken_gets_a_key_of_its_own)
{
	struct conn *a = open_in(1, 100, 7);
	struct lookup lookup = lookup_of(1, 100);
	struct conn *b;

	ck_assert_ptr_eq(answer(1, 200, 7), a);
	a->endpoint[1].pkts = 1;
	a->endpoint[1].has_own_vni = true;
	/* The SYN-ACK of a connection whose SYN was not captured. */
	ck_assert(overlay_resolve(overlay, tab, &lookup, 1, synack_of(50)));
	ck_assert_ptr_null(conntab_find(tab, &lookup));
	b = conntab_add(tab, &lookup);
	ck_assert_ptr_nonnull(b);
	ck_assert_ptr_eq(answer(1, 100, 50), b);
	ck_assert_ptr_eq(answer(1, 200, 7), a);
	/* Side 0 is still a's. */
	lookup = lookup_of(1, 100);
	ck_assert(!overlay_resolve(overlay, tab, &lookup, 0, synack_of(50)));
	ck_assert_ptr_eq(conntab_find(tab, &lookup), a);
}
END_TEST

START_TEST(twins_are_the_other_side_of_the_tunnel)
{
	struct conn *plain = open_in(1, -1, 7), *vni = open_in(1, 100, 7);
	struct lookup outside = lookup_of(1, -1), inside = lookup_of(1, 200);
	struct overlay_twins twins;

	overlay_twins(&twins, overlay, tab, &inside);
	ck_assert_uint_eq(twins.count, 1);
	ck_assert_ptr_eq(twins.conns[0], plain);
	overlay_twins(&twins, overlay, tab, &outside);
	ck_assert_uint_eq(twins.count, 1);
	ck_assert_ptr_eq(twins.conns[0], vni);
	outside = lookup_of(2, -1);
	overlay_twins(&twins, overlay, tab, &outside);
	ck_assert_uint_eq(twins.count, 0);
}
END_TEST

START_TEST(many_aliases_are_remembered)
{
	static struct conn *conns[MANY];

	for (uint32_t i = 0; i < MANY; i++) {
		conns[i] = open_in(i, 100, i);
		HOLD(answer(i, 200, i) == conns[i]);
	}
	for (uint32_t i = 0; i < MANY; i++)
		HOLD(answer(i, 200, i + 1) == conns[i]);
}
END_TEST

/* Bytes in use, as the allocator says; 0 where it does not. */
static size_t
heap(void)
{
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
	return mallinfo2().uordblks + mallinfo2().hblkhd;
#else
	return 0;
#endif
}

/* For ever, in the room that the few at a time need. */
START_TEST(aliases_without_a_connection_make_room)
{
	const size_t before = heap();

	for (uint32_t i = 0; i < MANY; i++) {
		struct conn *conn = open_in(i, 100, i);

		HOLD(answer(i, 200, i) == conn);
		conntab_remove(tab, conn);
	}
	if (before != 0)
		ck_assert_uint_lt(heap() - before, MANY * 40);
}
END_TEST

START_TEST(without_memory_nothing_joins)
{
	(void)open_in(1, 100, 7);
	mem_fail_after(1);
	ck_assert_ptr_null(answer(1, 200, 7));
	mem_fail_after(0);
	ck_assert_ptr_nonnull(answer(1, 200, 7));
}
END_TEST

/* No more of them than one set holds, however many there are. */
START_TEST(the_latest_of_many_with_equal_endpoints_are_found)
{
	for (int32_t i = 0; i < 3 * OVERLAY_WAYS; i++)
		(void)open_in(1, i, 1000 * (uint32_t)i);
	ck_assert_ptr_null(answer(1, 0x10000, 0));
	ck_assert_ptr_nonnull(answer(1, 0x10000,
	    1000 * (3 * OVERLAY_WAYS - 1)));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("overlay");
	TCase *tc = leaks_tcase(s, "overlay");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_answer_joins_from_another_network);
	tcase_add_test(tc, an_answer_leaves_the_tunnel);
	tcase_add_test(tc, other_numbers_do_not_join);
	tcase_add_test(tc, nobody_joins_a_direction_that_was_seen);
	tcase_add_test(tc, a_connection_that_a_limit_ended_is_not_joined);
	tcase_add_test(tc, memory_of_another_connection_is_not_taken_for_it);
	tcase_add_test(tc, the_newest_of_several_that_fit_is_joined);
	tcase_add_test(tc, a_vni_that_is_taken_gets_a_key_of_its_own);
	tcase_add_test(tc, twins_are_the_other_side_of_the_tunnel);
	tcase_add_test(tc, many_aliases_are_remembered);
	tcase_add_test(tc, aliases_without_a_connection_make_room);
	tcase_add_test(tc, without_memory_nothing_joins);
	tcase_add_test(tc,
	    the_latest_of_many_with_equal_endpoints_are_found);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
