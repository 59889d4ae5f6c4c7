/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capture duplicates: the same segment seen twice is one, and a segment sent
 * twice is two.
 */
#include "config.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/compiler.h"
#include "check_main.h"
#include "decode/segment.h"
#include "flow/duplicates.h"
#include "flow/key.h"
#include "hold.h"
#include "leaks.h"
#include "xorshift.h"

#define START_NS	(INT64_C(1700000000) * NS_PER_SEC)

static struct duplicates *dupes;

static void
setup(void)
{
	dupes = duplicates_new();
	ck_assert_ptr_nonnull(dupes);
}

static void
teardown(void)
{
	duplicates_free(dupes);
}

static uint64_t
print_of(const struct segment *seg)
{
	const struct key_rules rules = { .vlan = false };
	struct key key;
	const unsigned side = key_of(seg, &rules, &key);

	return duplicates_fingerprint(seg, key_fingerprint(&key), side);
}

static enum dupe
check(const struct segment *seg)
{
	return duplicates_check(dupes, print_of(seg), seg);
}

static struct segment
ip4(void)
{
	return (struct segment){
		.time_ns = START_NS,
		.src = { 192, 0, 2, 1 },
		.dst = { 192, 0, 2, 2 },
		.src_port = 1000,
		.dst_port = 80,
		.ip_version = 4,
		.ttl = 64,
		.ip_id = 4711,
		.ip_len = 152,
		.payload_len = 100,
		.depth = DEPTH_OPTIONS,
		.seq = 1,
		.ack = 1,
		.window = 512,
		.flags = TCP_ACK | TCP_PSH,
		.opt.present = OPT_TIMESTAMP,
		.opt.tsval = 1000,
		.opt.tsecr = 2000,
	};
}

static struct segment
ip6(void)
{
	struct segment seg = ip4();

	seg.ip_version = 6;
	seg.ip_id = 0;
	seg.src[15] = 1;
	seg.dst[15] = 2;
	return seg;
}

/* First `seg`, then `copy`, `later_ns` after it. */
static enum dupe
after(const struct segment *seg, struct segment copy, int64_t later_ns)
{
	ck_assert_int_eq(check(seg), DUPE_NO);
	copy.time_ns = seg->time_ns + later_ns;
	copy.frame = seg->frame + 1;
	return check(&copy);
}

START_TEST(same_datagram_twice_is_a_duplicate)
{
	const struct segment seg = ip4();

	ck_assert_int_eq(after(&seg, seg, 1000), DUPE_SAME_ID_LIKELY);
}
END_TEST

START_TEST(same_datagram_at_the_same_instant_is_a_duplicate)
{
	const struct segment seg = ip4();

	ck_assert_int_eq(after(&seg, seg, 0), DUPE_SAME_ID_LIKELY);
}
END_TEST

START_TEST(copies_in_swapped_order_of_time_are_duplicates)
{
	const struct segment seg = ip4();

	ck_assert_int_eq(after(&seg, seg, -1000), DUPE_SAME_ID_LIKELY);
}
END_TEST

START_TEST(interval_of_a_sure_copy_ends_where_it_says)
{
	struct segment seg = ip4();

	ck_assert_int_eq(after(&seg, seg, DUPES_SURE_NS), DUPE_SAME_ID);
	seg.seq++;
	ck_assert_int_eq(after(&seg, seg, DUPES_SURE_NS + 1), DUPE_NO);
	seg.seq++;
	ck_assert_int_eq(after(&seg, seg, -DUPES_SURE_NS), DUPE_SAME_ID);
	seg.seq++;
	ck_assert_int_eq(after(&seg, seg, -DUPES_SURE_NS - 1), DUPE_NO);
}
END_TEST

START_TEST(interval_of_a_likely_copy_ends_where_it_says)
{
	struct segment seg = ip6();

	ck_assert_int_eq(after(&seg, seg, DUPES_LIKELY_NS), DUPE_LIKELY);
	seg.seq++;
	ck_assert_int_eq(after(&seg, seg, DUPES_LIKELY_NS + 1), DUPE_NO);
	seg.seq++;
	ck_assert_int_eq(after(&seg, seg, -DUPES_LIKELY_NS), DUPE_LIKELY);
}
END_TEST

/* A sender counts: what it sends again is another datagram. */
START_TEST(new_ip_id_is_no_duplicate)
{
	const struct segment seg = ip4();
	struct segment again = seg;

	again.ip_id++;
	ck_assert_int_eq(after(&seg, again, 1000), DUPE_NO);
}
END_TEST

START_TEST(new_timestamp_is_no_duplicate)
{
	const struct segment seg = ip6();
	struct segment again = seg;

	again.opt.tsval++;
	ck_assert_int_eq(after(&seg, again, 1000), DUPE_NO);
}
END_TEST

START_TEST(copies_on_both_sides_of_a_router_are_duplicates)
{
	struct segment seg = ip4();
	struct segment copy = seg;

	copy.ttl--;
	ck_assert_int_eq(after(&seg, copy, 1000), DUPE_SURE);
	/* Without an IP ID too, however the copies come in. */
	seg = ip6();
	copy = seg;
	copy.ttl--;
	ck_assert_int_eq(after(&seg, copy, DUPES_SURE_NS), DUPE_SURE);
	seg.seq++;
	copy = seg;
	copy.ttl++;
	ck_assert_int_eq(after(&seg, copy, DUPES_SURE_NS), DUPE_SURE);
}
END_TEST

START_TEST(copies_before_and_behind_a_vlan_tag_are_duplicates)
{
	struct segment seg = ip6();
	struct segment copy = seg;

	copy.vlan = 10;
	ck_assert_int_eq(after(&seg, copy, DUPES_SURE_NS), DUPE_SURE);
	/* And out of the tag, and from one VLAN to another. */
	seg.seq++;
	seg.vlan = 10;
	copy = seg;
	copy.vlan = 0;
	ck_assert_int_eq(after(&seg, copy, DUPES_SURE_NS), DUPE_SURE);
	seg.seq++;
	copy = seg;
	copy.vlan = 20;
	ck_assert_int_eq(after(&seg, copy, DUPES_SURE_NS), DUPE_SURE);
}
END_TEST

START_TEST(copies_on_two_interfaces_are_duplicates)
{
	struct segment seg = ip6();
	struct segment copy;

	seg.interface = 2;
	copy = seg;
	copy.interface = 3;
	ck_assert_int_eq(after(&seg, copy, DUPES_SURE_NS), DUPE_SURE);
	/* Of the first 4096 none is taken for another. */
	for (uint32_t i = 3; i < 4096; i++) {
		seg.seq++;
		copy = seg;
		copy.interface = i;
		ck_assert_int_eq(after(&seg, copy, 1000), DUPE_SURE);
	}
}
END_TEST

/* Three equal ACKs at once, as for three segments that were needless. */
START_TEST(what_was_seen_elsewhere_comes_anew_from_the_first_place)
{
	struct segment seg = ip6();

	for (unsigned i = 0; i < 3; i++) {
		seg.interface = 2;
		ck_assert_int_eq(check(&seg), DUPE_NO);
		seg.interface = 3;
		ck_assert_int_eq(check(&seg), DUPE_SURE);
		seg.interface = 4;
		ck_assert_int_eq(check(&seg), DUPE_SURE);
		seg.time_ns += 1000;
	}
	/* With an IP ID it is the same datagram, wherever it comes from. */
	seg = ip4();
	ck_assert_int_eq(check(&seg), DUPE_NO);
	seg.ttl--;
	ck_assert_int_eq(check(&seg), DUPE_SURE);
	seg.ttl++;
	ck_assert_int_eq(check(&seg), DUPE_SAME_ID_LIKELY);
}
END_TEST

START_TEST(without_ip_id_the_same_fields_are_only_likely)
{
	struct segment seg = ip6();

	ck_assert_int_eq(after(&seg, seg, 1000), DUPE_LIKELY);
	/* IPv4 may leave it zero, with DF (RFC 6864). */
	seg = ip4();
	seg.ip_id = 0;
	ck_assert_int_eq(after(&seg, seg, 1000), DUPE_LIKELY);
}
END_TEST

START_TEST(network_marks_on_the_way_leave_a_copy_a_copy)
{
	const struct segment seg = ip4();
	struct segment copy = seg;

	copy.ttl--;
	copy.ecn = 3;
	ck_assert_int_eq(after(&seg, copy, 1000), DUPE_SURE);
}
END_TEST

/* What makes two segments two: one field at a time, in the loop's order. */
static void
change_field(struct segment *seg, int field)
{
	switch (field) {
	case 0: seg->src[3]++; break;
	case 1: seg->dst[3]++; break;
	case 2: seg->src_port++; break;
	case 3: seg->dst_port++; break;
	case 4: seg->seq++; break;
	case 5: seg->ack++; break;
	case 6: seg->flags |= TCP_FIN; break;
	case 7: seg->window++; break;
	case 8: seg->payload_len++; break;
	case 9: seg->urgent++; break;
	case 10: seg->ip_id++; break;
	case 11: seg->opt.tsval++; break;
	case 12: seg->opt.tsecr++; break;
	case 13: seg->opt.present |= OPT_MSS; break;
	case 14: seg->opt.mss++; break;
	case 15: seg->opt.wscale++; break;
	case 16:
		seg->opt.sack_count = 1;
		seg->opt.sack[0].left = 5;
		break;
	default:
		seg->vni_known = true;
		seg->vni++;
		break;
	}
}

#define FIELDS	18

START_TEST(any_other_field_makes_another_segment)
{
	struct segment seg = ip4();
	struct segment other;

	/* Options that are not there have no value that could differ. */
	if (_i >= 14)
		seg.opt.present |= OPT_MSS | OPT_WSCALE | OPT_SACK;
	other = seg;
	change_field(&other, _i);
	ck_assert_int_eq(after(&seg, other, 1000), DUPE_NO);
}
END_TEST

START_TEST(every_octet_of_an_ipv6_address_tells)
{
	const struct segment seg = ip6();

	for (unsigned i = 0; i < 16; i++) {
		struct segment other = seg;

		other.src[i] ^= 1;
		ck_assert_int_eq(check(&other), DUPE_NO);
		other = seg;
		other.dst[i] ^= 1;
		ck_assert_int_eq(check(&other), DUPE_NO);
	}
}
END_TEST

START_TEST(every_sack_block_tells)
{
	struct segment seg = ip4();
	struct segment other;

	seg.opt.present |= OPT_SACK;
	seg.opt.sack_count = 3;
	for (unsigned i = 0; i < 3; i++) {
		seg.opt.sack[i].left = 1000 * i;
		seg.opt.sack[i].right = 1000 * i + 500;
	}
	ck_assert_int_eq(check(&seg), DUPE_NO);
	for (unsigned i = 0; i < 3; i++) {
		other = seg;
		other.opt.sack[i].right++;
		ck_assert_int_eq(check(&other), DUPE_NO);
	}
}
END_TEST

START_TEST(other_direction_is_no_copy)
{
	const struct segment seg = ip4();
	struct segment back = seg;

	back.src[3] = 2;
	back.dst[3] = 1;
	back.src_port = 80;
	back.dst_port = 1000;
	ck_assert_int_eq(after(&seg, back, 1000), DUPE_NO);
}
END_TEST

START_TEST(third_and_fourth_copy_are_duplicates_too)
{
	const struct segment seg = ip4();

	ck_assert_int_eq(after(&seg, seg, 1000), DUPE_SAME_ID_LIKELY);
	for (int i = 2; i < 10; i++) {
		struct segment copy = seg;

		copy.time_ns += i * 1000;
		ck_assert_int_eq(check(&copy), DUPE_SAME_ID_LIKELY);
	}
}
END_TEST

/* SPAN of both ports, loaded: bursts come interleaved. */
START_TEST(copies_of_a_burst_are_found)
{
	struct segment seg = ip4();
	unsigned found = 0;

	for (uint16_t i = 0; i < 1000; i++) {
		seg.ip_id = (uint16_t)(1 + i);
		seg.seq = 1 + 1448U * i;
		seg.time_ns = START_NS + i * 1000;
		HOLD(check(&seg) == DUPE_NO);
	}
	for (uint16_t i = 0; i < 1000; i++) {
		seg.ip_id = (uint16_t)(1 + i);
		seg.seq = 1 + 1448U * i;
		seg.time_ns = START_NS + 2000000 + i * 1000;
		found += check(&seg) == DUPE_SAME_ID;
	}
	/* Memory is one array: of 1000 some 15 fall on another's entry. */
	HOLD(found >= 950);
}
END_TEST

/* A quarter of the segments has a copy; no other is ever taken for one. */
START_TEST(no_segment_is_taken_for_another)
{
	struct xorshift x = { .state = 42 };
	unsigned found = 0, copies = 0;
	struct segment seg = ip4();

	for (uint32_t i = 0; i < 200000; i++) {
		seg.seq = i;
		seg.ip_id = (uint16_t)xorshift_next(&x) | 1;
		seg.src_port = (uint16_t)xorshift_below(&x, 4);
		seg.time_ns += 1000;
		HOLD(check(&seg) == DUPE_NO);
		if (xorshift_below(&x, 4) != 0)
			continue;
		copies++;
		found += check(&seg) == DUPE_SAME_ID_LIKELY;
	}
	HOLD(found == copies);
}
END_TEST

static int
compare_prints(const void *a, const void *b)
{
	const uint64_t left = *(const uint64_t *)a;
	const uint64_t right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* Half a million million pairs: in 32 bits a hundred would be alike. */
START_TEST(prints_of_one_direction_differ)
{
	enum { PRINTS = 1 << 20 };
	uint64_t *prints = malloc(PRINTS * sizeof(*prints));
	struct xorshift x = { .state = 42 };
	struct segment seg = ip4();

	ck_assert_ptr_nonnull(prints);
	for (uint32_t i = 0; i < PRINTS; i++) {
		seg.seq += 1 + (uint32_t)xorshift_below(&x, 1460);
		seg.ip_id = (uint16_t)xorshift_next(&x);
		seg.src_port = (uint16_t)xorshift_below(&x, 100);
		seg.opt.tsval = i / 100;
		prints[i] = print_of(&seg);
	}
	qsort(prints, PRINTS, sizeof(*prints), compare_prints);
	for (uint32_t i = 1; i < PRINTS; i++)
		HOLD(prints[i] != prints[i - 1]);
	free(prints);
}
END_TEST

START_TEST(no_memory_is_no_table)
{
	mem_fail_after(1);
	ck_assert_ptr_null(duplicates_new());
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("dupes");
	TCase *c = leaks_tcase(s, "dupes");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, same_datagram_twice_is_a_duplicate);
	tcase_add_test(c, same_datagram_at_the_same_instant_is_a_duplicate);
	tcase_add_test(c, copies_in_swapped_order_of_time_are_duplicates);
	tcase_add_test(c, interval_of_a_sure_copy_ends_where_it_says);
	tcase_add_test(c, interval_of_a_likely_copy_ends_where_it_says);
	tcase_add_test(c, new_ip_id_is_no_duplicate);
	tcase_add_test(c, new_timestamp_is_no_duplicate);
	tcase_add_test(c, copies_on_both_sides_of_a_router_are_duplicates);
	tcase_add_test(c, copies_before_and_behind_a_vlan_tag_are_duplicates);
	tcase_add_test(c, copies_on_two_interfaces_are_duplicates);
	tcase_add_test(c,
	    what_was_seen_elsewhere_comes_anew_from_the_first_place);
	tcase_add_test(c, without_ip_id_the_same_fields_are_only_likely);
	tcase_add_test(c, network_marks_on_the_way_leave_a_copy_a_copy);
	tcase_add_loop_test(c, any_other_field_makes_another_segment, 0,
	    FIELDS);
	tcase_add_test(c, every_octet_of_an_ipv6_address_tells);
	tcase_add_test(c, every_sack_block_tells);
	tcase_add_test(c, other_direction_is_no_copy);
	tcase_add_test(c, third_and_fourth_copy_are_duplicates_too);
	tcase_add_test(c, copies_of_a_burst_are_found);
	tcase_add_test(c, no_segment_is_taken_for_another);
	tcase_add_test(c, prints_of_one_direction_differ);
	tcase_add_test(c, no_memory_is_no_table);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
