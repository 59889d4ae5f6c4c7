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
#include "flow/fingerprint.h"
#include "flow/key.h"
#include "hold.h"
#include "leaks.h"
#include "xorshift.h"

#define START_NS	(INT64_C(1700000000) * NS_PER_SEC)

/* Likenesses that most tests look for. */
#define UNLIKE		0
#define EQUAL		LIKE_FOUND
#define SAME_ID		(LIKE_FOUND | LIKE_SAME_ID)
#define ELSEWHERE	(LIKE_FOUND | LIKE_ELSEWHERE)
#define ANOTHER		(LIKE_FOUND | LIKE_OTHER_ID)

static struct duplicates *dupes;
static bool is_vlan_key;

static void
setup(void)
{
	is_vlan_key = false;
	dupes = duplicates_new();
	ck_assert_ptr_nonnull(dupes);
}

static void
teardown(void)
{
	duplicates_free(dupes);
}

static struct fingerprint
print_of(const struct segment *seg)
{
	const struct key_rules rules = { .vlan = is_vlan_key };
	struct fingerprint print;
	struct key key;
	const unsigned side = key_of(seg, &rules, &key);

	duplicates_begin(dupes, seg, key_fingerprint(&key), side,
	    &print);
	return print;
}

/* In which way it is like those before it. */
static struct likeness
check_all(const struct segment *seg)
{
	struct fingerprint print = print_of(seg);
	struct segment copy = *seg;
	struct likeness like;

	duplicates_check(dupes, &print, &copy, &like);
	return like;
}

static unsigned
check(const struct segment *seg)
{
	return check_all(seg).bits;
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
static unsigned
after(const struct segment *seg, struct segment copy, int64_t later_ns)
{
	ck_assert_int_eq(check(seg), UNLIKE);
	copy.time_ns = seg->time_ns + later_ns;
	copy.frame = seg->frame + 1;
	return check(&copy);
}

START_TEST(same_datagram_twice_is_a_duplicate)
{
	const struct segment seg = ip4();

	ck_assert_int_eq(after(&seg, seg, 1000), SAME_ID);
}
END_TEST

START_TEST(same_datagram_at_the_same_instant_is_a_duplicate)
{
	const struct segment seg = ip4();

	ck_assert_int_eq(after(&seg, seg, 0), SAME_ID);
}
END_TEST

START_TEST(copies_in_swapped_order_of_time_are_duplicates)
{
	const struct segment seg = ip4();

	ck_assert_int_eq(after(&seg, seg, -1000), SAME_ID);
}
END_TEST

START_TEST(interval_of_a_copy_ends_where_it_says)
{
	struct segment seg = _i == 0 ? ip4() : ip6();
	const unsigned bits = _i == 0 ? SAME_ID : EQUAL;

	ck_assert_int_eq(after(&seg, seg, DUPLICATES_SPAN_NS), bits);
	seg.seq++;
	ck_assert_int_eq(after(&seg, seg, DUPLICATES_SPAN_NS + 1), UNLIKE);
	seg.seq++;
	ck_assert_int_eq(after(&seg, seg, -DUPLICATES_SPAN_NS), bits);
	seg.seq++;
	ck_assert_int_eq(after(&seg, seg, -DUPLICATES_SPAN_NS - 1), UNLIKE);
}
END_TEST

START_TEST(time_between_copies_is_told)
{
	struct segment seg = ip6();

	ck_assert_int_eq(check(&seg), UNLIKE);
	seg.time_ns += 12001;
	ck_assert_uint_eq(check_all(&seg).apart_us, 13);
	/* From the same place it may be another, which has copies, too. */
	seg.time_ns += 2000;
	ck_assert_uint_eq(check_all(&seg).apart_us, 2);
	seg.ttl--;
	seg.time_ns += 2000;
	ck_assert_uint_eq(check_all(&seg).apart_us, 2);
	seg.time_ns += 2000;
	ck_assert_uint_eq(check_all(&seg).apart_us, 4);
}
END_TEST

/* A sender counts: what it sends again is another datagram. */
START_TEST(new_ip_id_is_no_duplicate)
{
	struct segment seg = ip4();
	struct segment again = seg;

	again.ip_id++;
	ck_assert_int_eq(after(&seg, again, 1000), ANOTHER);
	/* So is another ACK, however many there are. */
	seg.payload_len = again.payload_len = 0;
	ck_assert_int_eq(after(&seg, again, 1000), UNLIKE);
}
END_TEST

START_TEST(new_timestamp_is_no_duplicate)
{
	const struct segment seg = ip6();
	struct segment again = seg;

	again.opt.tsval++;
	ck_assert_int_eq(after(&seg, again, 1000), EQUAL | LIKE_ALTERED);
}
END_TEST

START_TEST(copies_on_both_sides_of_routers_are_duplicates)
{
	struct segment seg = ip4();
	struct segment copy = seg;

	copy.ttl--;
	ck_assert_int_eq(after(&seg, copy, 1000), SAME_ID | LIKE_ELSEWHERE);
	/* Without an IP ID too, however the copies come in. */
	seg = ip6();
	for (int hops = -3; hops <= 3; hops++) {
		if (hops == 0)
			continue;
		seg.seq++;
		copy = seg;
		copy.ttl = (uint8_t)(copy.ttl + hops);
		ck_assert_int_eq(after(&seg, copy, DUPLICATES_SPAN_NS),
		    ELSEWHERE);
	}
}
END_TEST

START_TEST(copies_before_and_behind_a_vlan_tag_are_duplicates)
{
	struct segment seg = ip6();
	struct segment copy = seg;

	copy.vlan = 10;
	ck_assert_int_eq(after(&seg, copy, DUPLICATES_SPAN_NS), ELSEWHERE);
	/* And out of the tag, and from one VLAN to another. */
	seg.seq++;
	seg.vlan = 10;
	copy = seg;
	copy.vlan = 0;
	ck_assert_int_eq(after(&seg, copy, DUPLICATES_SPAN_NS), ELSEWHERE);
	seg.seq++;
	copy = seg;
	copy.vlan = 20;
	ck_assert_int_eq(after(&seg, copy, DUPLICATES_SPAN_NS), ELSEWHERE);
}
END_TEST

START_TEST(in_another_vlan_it_is_no_copy_where_the_vlan_is_in_the_key)
{
	const struct segment seg = ip4();
	struct segment other = seg;

	is_vlan_key = true;
	other.vlan = 10;
	ck_assert_int_eq(after(&seg, other, 1000), UNLIKE);
	ck_assert_int_eq(check(&seg), SAME_ID);
	ck_assert_int_eq(check(&other), SAME_ID);
}
END_TEST

START_TEST(copies_with_another_link_header_are_duplicates)
{
	const struct segment seg = ip6();
	struct segment copy = seg;

	copy.link_hash = 4711;
	ck_assert_int_eq(after(&seg, copy, DUPLICATES_SPAN_NS), ELSEWHERE);
}
END_TEST

START_TEST(copies_on_two_interfaces_are_duplicates)
{
	struct segment seg = ip6();
	struct segment copy;

	seg.interface = 2;
	/* Of the first 65536 none is taken for another. */
	for (uint32_t i = 3; i < 65536; i++) {
		seg.seq++;
		copy = seg;
		copy.interface = i;
		HOLD(after(&seg, copy, 1000) == ELSEWHERE);
	}
}
END_TEST

/* Three equal ACKs at once, as for three segments that were needless. */
START_TEST(what_comes_again_from_the_same_place_is_counted)
{
	struct segment seg = ip6();

	seg.interface = 2;
	ck_assert_int_eq(check(&seg), UNLIKE);
	for (unsigned i = 1; i < 4; i++) {
		struct likeness like;

		seg.interface = 3;
		ck_assert_int_eq(check(&seg), ELSEWHERE);
		seg.interface = 4;
		ck_assert_int_eq(check(&seg), ELSEWHERE);
		seg.interface = 2;
		seg.time_ns += 1000;
		like = check_all(&seg);
		ck_assert_int_eq(like.bits, EQUAL);
		ck_assert_int_eq(like.again, i);
	}
}
END_TEST

START_TEST(without_ip_id_the_same_fields_are_only_likely)
{
	struct segment seg = ip6();

	ck_assert_int_eq(after(&seg, seg, 1000), EQUAL);
	/* IPv4 may leave it zero, with DF (RFC 6864). */
	seg = ip4();
	seg.ip_id = 0;
	ck_assert_int_eq(after(&seg, seg, 1000), EQUAL);
}
END_TEST

START_TEST(network_marks_on_the_way_leave_a_copy_a_copy)
{
	const struct segment seg = ip4();
	struct segment copy = seg;

	copy.ttl--;
	copy.ecn = 3;
	ck_assert_int_eq(after(&seg, copy, 1000), SAME_ID | LIKE_ELSEWHERE);
}
END_TEST

/* A host that ends a tunnel sees both; another tenant's segment is its own. */
START_TEST(copies_inside_and_outside_of_a_network_are_duplicates)
{
	struct segment outside = ip4(), inside = ip4();

	inside.vni_known = true;
	inside.vni = 7;
	inside.link_hash++;
	ck_assert_int_eq(after(&outside, inside, 1000),
	    SAME_ID | LIKE_ELSEWHERE);
	inside.seq++;
	outside.seq++;
	ck_assert_int_eq(after(&inside, outside, 1000),
	    SAME_ID | LIKE_ELSEWHERE);
	/* VNI 0 is a network, too. */
	inside.seq++;
	outside = inside;
	outside.vni = 0;
	ck_assert_int_eq(after(&inside, outside, 1000), 0);
	outside.vni = 7;
	outside.time_ns += 2000;
	ck_assert_int_ne(check(&outside), 0);
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
	default: break;
	}
}

#define FIELDS	17

/*
 * Other numbers make another segment; all else may have been altered on the
 * way, where the IP ID says that it is the same datagram.
 */
START_TEST(any_other_field_makes_another_segment)
{
	struct segment seg = ip4();
	struct segment other;
	unsigned bits = UNLIKE;

	/* Options that are not there have no value that could differ. */
	if (_i >= 14)
		seg.opt.present |= OPT_MSS | OPT_WSCALE | OPT_SACK;
	other = seg;
	change_field(&other, _i);
	if (_i == 5 || _i == 7 || (_i >= 9 && _i <= 16))
		bits = SAME_ID | LIKE_ALTERED;
	if (_i == 8)	/* longer: a superframe of this and more */
		bits = SAME_ID | LIKE_PART;
	if (_i == 6 || _i == 10)
		bits = ANOTHER;
	ck_assert_int_eq(after(&seg, other, 1000), bits);
}
END_TEST

/* Every field of an ACK counts, or different ones would displace each other. */
START_TEST(any_other_field_makes_another_ack)
{
	struct segment seg = ip4();
	struct segment other;

	seg.payload_len = 0;
	if (_i >= 14)
		seg.opt.present |= OPT_MSS | OPT_WSCALE | OPT_SACK;
	other = seg;
	change_field(&other, _i);
	ck_assert_int_eq(after(&seg, other, 1000), UNLIKE);
}
END_TEST

START_TEST(every_octet_of_an_ipv6_address_tells)
{
	const struct segment seg = ip6();

	for (unsigned i = 0; i < 16; i++) {
		struct segment other = seg;

		other.src[i] ^= 1;
		ck_assert_int_eq(check(&other), UNLIKE);
		other = seg;
		other.dst[i] ^= 1;
		ck_assert_int_eq(check(&other), UNLIKE);
	}
}
END_TEST

START_TEST(every_sack_block_tells)
{
	struct segment seg = ip4();
	struct segment other;

	seg.payload_len = 0;
	seg.opt.present |= OPT_SACK;
	seg.opt.sack_count = 3;
	for (unsigned i = 0; i < 3; i++) {
		seg.opt.sack[i].left = 1000 * i;
		seg.opt.sack[i].right = 1000 * i + 500;
	}
	ck_assert_int_eq(check(&seg), UNLIKE);
	for (unsigned i = 0; i < 3; i++) {
		other = seg;
		other.opt.sack[i].right++;
		ck_assert_int_eq(check(&other), UNLIKE);
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
	ck_assert_int_eq(after(&seg, back, 1000), UNLIKE);
}
END_TEST

START_TEST(third_and_fourth_copy_are_duplicates_too)
{
	const struct segment seg = ip4();

	ck_assert_int_eq(after(&seg, seg, 1000), SAME_ID);
	for (int i = 2; i < 10; i++) {
		struct segment copy = seg;

		copy.time_ns += i * 1000;
		ck_assert_int_eq(check(&copy), SAME_ID);
	}
}
END_TEST

/* The nth of a flow at a million segments a second. */
static struct segment
nth(uint32_t n, uint32_t later_us)
{
	struct segment seg = ip4();

	seg.ip_id = (uint16_t)(n | 1);
	seg.seq = 1 + 1448 * n;
	seg.time_ns = START_NS + (n + (int64_t)later_us) * NS_PER_US;
	return seg;
}

/* A mirror of both ports that is loaded: copies come 49 ms late. */
START_TEST(copies_are_found_at_a_million_segments_a_second)
{
	enum { LATE = 49000, COUNT = 500000 };

	for (uint32_t i = 0; i < COUNT; i++) {
		struct segment seg = nth(i, 0);

		HOLD(check(&seg) == UNLIKE);
		if (i < LATE)
			continue;
		seg = nth(i - LATE, LATE);
		HOLD(check(&seg) == SAME_ID);
	}
	ck_assert_uint_eq(duplicates_forgotten(dupes), 0);
}
END_TEST

START_TEST(what_was_forgotten_too_early_is_counted)
{
	for (uint32_t i = 0; i < DUPLICATES_MOST + 3; i++) {
		struct segment seg = nth(i, 0);

		seg.time_ns = START_NS;
		HOLD(check(&seg) == UNLIKE);
	}
	ck_assert_uint_eq(duplicates_forgotten(dupes), 3);
}
END_TEST

START_TEST(without_memory_the_table_stays_as_it_is)
{
	mem_fail_after(1);
	for (uint32_t i = 0; i < DUPLICATES_LEAST + 5; i++) {
		struct segment seg = nth(i, 0);

		HOLD(check(&seg) == UNLIKE);
	}
	mem_fail_after(0);
	ck_assert_uint_eq(duplicates_forgotten(dupes), 5);
}
END_TEST

/* A sender of equal numbers with ever new IDs does not slow the filter down. */
START_TEST(segments_without_end_that_are_alike_stay_cheap)
{
	struct segment seg = ip4();

	for (uint32_t i = 0; i < 300000; i++) {
		seg.ip_id = (uint16_t)(i | 1);
		seg.opt.tsval++;
		(void)check(&seg);
	}
}
END_TEST

/* ---- superframes and pieces ---- */

#define PIECE	1000

/* Bytes `from` up to `to` of a stream, in units of PIECE, on interface 1. */
static struct segment
range(uint32_t from, uint32_t to)
{
	struct segment seg = ip6();

	seg.interface = 1;
	seg.flags = TCP_ACK;
	seg.seq = 5000 + from * PIECE;
	seg.payload_len = (to - from) * PIECE;
	return seg;
}

static struct segment
on(uint32_t interface, struct segment seg)
{
	seg.interface = interface;
	seg.time_ns += interface * INT64_C(10000);
	return seg;
}

static unsigned
check_this(struct segment seg)
{
	return check(&seg);
}

#define CHECK(seg, bits)	ck_assert_int_eq(check_this(seg), (int)(bits))

START_TEST(pieces_of_a_superframe_are_copies)
{
	CHECK(range(0, 4), UNLIKE);
	for (uint32_t i = 0; i < 4; i++)
		CHECK(on(2, range(i, i + 1)), ELSEWHERE | LIKE_PART);
	/* What comes behind is not part of it. */
	CHECK(on(2, range(4, 5)), UNLIKE);
	/* On a third interface, too. */
	for (uint32_t i = 0; i < 4; i++)
		CHECK(on(3, range(i, i + 1)), ELSEWHERE | LIKE_PART);
}
END_TEST

START_TEST(superframe_of_pieces_is_a_copy)
{
	for (uint32_t i = 0; i < 4; i++)
		CHECK(range(i, i + 1), UNLIKE);
	CHECK(on(2, range(0, 4)), ELSEWHERE | LIKE_PART);
	CHECK(on(3, range(0, 4)), ELSEWHERE | LIKE_PART);
	CHECK(on(2, range(4, 8)), UNLIKE);
}
END_TEST

START_TEST(superframes_may_be_cut_in_steps_and_in_any_order)
{
	static const uint32_t cut[][2] = {
		{ 0, 4 }, { 4, 8 }, { 0, 2 }, { 2, 3 }, { 3, 4 }, { 4, 5 },
		{ 5, 8 }, { 0, 1 }, { 1, 2 },
	};

	CHECK(range(0, 8), UNLIKE);
	for (unsigned i = 0; i < ARRAY_LEN(cut); i++)
		HOLD((check_this(on(2 + i, range(cut[i][0], cut[i][1]))) &
		    LIKE_ELSEWHERE) != 0);
}
END_TEST

/* Two kernels join what they receive as it comes. */
START_TEST(superframes_may_overlap)
{
	CHECK(range(0, 4), UNLIKE);
	CHECK(range(4, 8), UNLIKE);
	CHECK(on(2, range(0, 3)), ELSEWHERE | LIKE_PART);
	CHECK(on(2, range(3, 6)), ELSEWHERE | LIKE_PART);
	CHECK(on(2, range(6, 8)), ELSEWHERE | LIKE_PART);
}
END_TEST

/* The clocks of two capture points differ: one piece comes before. */
START_TEST(superframe_that_begins_with_a_piece_is_known_so_far)
{
	const struct segment whole = on(2, range(0, 4));
	struct likeness like;

	CHECK(range(0, 1), UNLIKE);
	like = check_all(&whole);
	ck_assert_int_eq(like.bits, ELSEWHERE | LIKE_PART);
	ck_assert_uint_eq(like.covered, PIECE);
	for (uint32_t i = 1; i < 4; i++)
		CHECK(range(i, i + 1), ELSEWHERE | LIKE_PART);
}
END_TEST

START_TEST(ip_ids_of_pieces_count_up_from_that_of_the_superframe)
{
	struct segment seg = range(0, 4);

	seg.ip_version = 4;
	seg.ip_id = 65534;
	CHECK(seg, UNLIKE);
	for (uint32_t i = 0; i < 4; i++) {
		seg = range(i, i + 1);
		seg.ip_version = 4;
		seg.ip_id = (uint16_t)(65534 + i);
		CHECK(seg, SAME_ID | LIKE_PART);
	}
	/* Sent again they have others: the place is the same. */
	seg = range(0, 1);
	seg.ip_version = 4;
	seg.ip_id = 2;
	CHECK(seg, ANOTHER);
}
END_TEST

START_TEST(fin_and_push_are_on_the_last_piece)
{
	struct segment whole = range(0, 2);
	struct segment last = on(2, range(1, 2));

	whole.flags = TCP_ACK | TCP_PSH | TCP_FIN;
	CHECK(whole, UNLIKE);
	CHECK(on(2, range(0, 1)), ELSEWHERE | LIKE_PART);
	CHECK(last, ANOTHER);	/* without the FIN */
	last.flags = whole.flags;
	CHECK(last, ELSEWHERE | LIKE_PART);
	/* The other way round. */
	CHECK(range(4, 5), UNLIKE);
	last = range(5, 6);
	last.flags = TCP_ACK | TCP_PSH | TCP_FIN;
	CHECK(last, UNLIKE);
	CHECK(on(2, range(4, 6)), ANOTHER);
	whole = on(3, range(4, 6));
	whole.flags = last.flags;
	CHECK(whole, ELSEWHERE | LIKE_PART);
}
END_TEST

START_TEST(pieces_have_the_ack_and_the_timestamp_of_the_superframe)
{
	struct segment seg;

	CHECK(range(0, 4), UNLIKE);
	seg = on(2, range(0, 1));
	seg.ack++;
	CHECK(seg, ANOTHER);
	CHECK(range(4, 8), UNLIKE);
	seg = on(2, range(4, 5));
	seg.opt.tsval++;
	CHECK(seg, ANOTHER);
}
END_TEST

START_TEST(pieces_come_soon)
{
	struct segment seg = on(2, range(0, 1));

	CHECK(range(0, 4), UNLIKE);
	seg.time_ns = START_NS + DUPLICATES_SPAN_NS + 1;
	CHECK(seg, UNLIKE);
}
END_TEST

/* ---- altered copies ---- */

START_TEST(renumbered_copies_are_known_by_their_place)
{
	struct segment seg = ip4();
	struct segment copy = seg;

	copy.ttl--;
	copy.ip_id += 1000;
	ck_assert_int_eq(after(&seg, copy, 1000), ELSEWHERE | LIKE_OTHER_ID);
	/* From now on ACKs are looked at so, too, in equal numbers. */
	seg.payload_len = copy.payload_len = 0;
	for (unsigned i = 0; i < 4; i++) {
		seg.ip_id++;
		CHECK(seg, i == 0 ? UNLIKE : ANOTHER);
	}
	for (unsigned i = 0; i < 4; i++) {
		copy.ip_id++;
		CHECK(copy, ELSEWHERE | LIKE_OTHER_ID);
	}
	seg.ip_id++;
	CHECK(seg, ANOTHER);
	copy.ip_id++;
	CHECK(copy, ELSEWHERE | LIKE_OTHER_ID);
	copy.ip_id++;
	CHECK(copy, ANOTHER);
}
END_TEST

/* ---- equal segments at two places, in any order ---- */

#define KINDS	4

/* An ACK or data, with an IP ID that tells nothing or without one. */
static struct segment
of_kind(int kind)
{
	struct segment seg = kind < 2 ? ip6() : ip4();

	if (kind == 2)
		seg.ip_id = 0;
	if (kind != 1)
		seg.payload_len = 0;
	return seg;
}

/* From now on the filter looks for altered copies. */
static void
show_altered(void)
{
	struct segment seg = ip6();
	struct segment copy = seg;

	seg.src_port = copy.src_port = 7;
	copy.ttl--;
	copy.window++;
	ck_assert_int_eq(after(&seg, copy, 1000),
	    ELSEWHERE | LIKE_ALTERED);
}

/*
 * Check equal segments, captured at the places `order` names.  Those that
 * compare with another place are copies: each place shows each of two.
 */
static unsigned
count_elsewhere(struct segment seg, const char *order)
{
	unsigned count = 0;

	for (; *order != '\0'; order++) {
		seg.interface = (uint32_t)*order;
		seg.time_ns += NS_PER_MS;
		count += (check(&seg) & LIKE_ELSEWHERE) != 0;
	}
	return count;
}

START_TEST(each_place_shows_a_segment_once)
{
	static const char *const orders[] = {
		"AABB", "ABAB", "ABBA", "BBAA", "BABA", "BAAB",
	};
	struct segment seg = of_kind(_i / 2);

	if (_i % 2 == 1)
		show_altered();
	for (unsigned i = 0; i < ARRAY_LEN(orders); i++) {
		seg.seq += 1000;
		ck_assert_uint_eq(count_elsewhere(seg, orders[i]), 2);
		seg.seq += 1000;
		ck_assert_uint_eq(count_elsewhere(seg, "AAAA"), 0);
	}
	/* Of three places, two show copies. */
	seg.seq += 1000;
	ck_assert_uint_eq(count_elsewhere(seg, "ABCCBA"), 4);
	seg.seq += 1000;
	ck_assert_uint_eq(count_elsewhere(seg, "AABBCC"), 4);
}
END_TEST

/* The ACKs of two places differ in a detail, and the second B comes early. */
START_TEST(an_early_copy_is_not_the_copy_of_another_segment)
{
	struct segment first = of_kind(_i * 2), second;

	show_altered();
	second = first;
	second.window++;
	first.interface = second.interface = 'A';
	CHECK(first, UNLIKE);
	first.interface = second.interface = 'B';
	ck_assert_uint_ne(check(&first) & LIKE_ELSEWHERE, 0);
	ck_assert_uint_eq(check(&second) & LIKE_ELSEWHERE, 0);
	second.interface = 'A';
	ck_assert_uint_ne(check(&second) & LIKE_ELSEWHERE, 0);
}
END_TEST

START_TEST(retries_of_a_radio_frame_are_copies)
{
	struct segment seg = ip6();

	seg.payload_len = 0;
	seg.wifi_seq = 0x50;
	CHECK(seg, UNLIKE);
	seg.is_wifi_retry = true;
	CHECK(seg, EQUAL | LIKE_RETRY);
	CHECK(seg, EQUAL | LIKE_RETRY);
	/* Another number: sent again, and that has retries of its own. */
	seg.wifi_seq = 0x60;
	seg.is_wifi_retry = false;
	CHECK(seg, ANOTHER);
	seg.is_wifi_retry = true;
	CHECK(seg, EQUAL | LIKE_RETRY);
	/* An access point has numbers of its own. */
	seg.link_hash = 1;
	seg.wifi_seq = 0x70;
	seg.is_wifi_retry = false;
	CHECK(seg, ELSEWHERE);
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
		HOLD(check(&seg) == UNLIKE);
		if (xorshift_below(&x, 4) != 0)
			continue;
		copies++;
		found += check(&seg) == SAME_ID;
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
	struct fingerprint print;
	struct xorshift x = { .state = 42 };
	struct segment seg = ip4();

	ck_assert_ptr_nonnull(prints);
	for (uint32_t i = 0; i < PRINTS; i++) {
		seg.seq += 1 + (uint32_t)xorshift_below(&x, 1460);
		seg.ip_id = (uint16_t)xorshift_next(&x);
		seg.src_port = (uint16_t)xorshift_below(&x, 100);
		seg.opt.tsval = i / 100;
		seg.payload_len = i & 1;
		print = print_of(&seg);
		prints[i] = print.hash;
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

	tcase_set_timeout(c, 120);	/* a machine may be busy */
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, same_datagram_twice_is_a_duplicate);
	tcase_add_test(c, same_datagram_at_the_same_instant_is_a_duplicate);
	tcase_add_test(c, copies_in_swapped_order_of_time_are_duplicates);
	tcase_add_loop_test(c, interval_of_a_copy_ends_where_it_says, 0, 2);
	tcase_add_test(c, time_between_copies_is_told);
	tcase_add_test(c, new_ip_id_is_no_duplicate);
	tcase_add_test(c, new_timestamp_is_no_duplicate);
	tcase_add_test(c, copies_on_both_sides_of_routers_are_duplicates);
	tcase_add_test(c, copies_before_and_behind_a_vlan_tag_are_duplicates);
	tcase_add_test(c,
	    in_another_vlan_it_is_no_copy_where_the_vlan_is_in_the_key);
	tcase_add_test(c, copies_with_another_link_header_are_duplicates);
	tcase_add_test(c, copies_on_two_interfaces_are_duplicates);
	tcase_add_test(c, what_comes_again_from_the_same_place_is_counted);
	tcase_add_test(c, without_ip_id_the_same_fields_are_only_likely);
	tcase_add_test(c, network_marks_on_the_way_leave_a_copy_a_copy);
	tcase_add_test(c,
	    copies_inside_and_outside_of_a_network_are_duplicates);
	tcase_add_loop_test(c, any_other_field_makes_another_segment, 0,
	    FIELDS);
	tcase_add_loop_test(c, any_other_field_makes_another_ack, 0, FIELDS);
	tcase_add_test(c, every_octet_of_an_ipv6_address_tells);
	tcase_add_test(c, every_sack_block_tells);
	tcase_add_test(c, other_direction_is_no_copy);
	tcase_add_test(c, third_and_fourth_copy_are_duplicates_too);
	tcase_add_test(c, copies_are_found_at_a_million_segments_a_second);
	tcase_add_test(c, what_was_forgotten_too_early_is_counted);
	tcase_add_test(c, without_memory_the_table_stays_as_it_is);
	tcase_add_test(c, segments_without_end_that_are_alike_stay_cheap);
	tcase_add_test(c, pieces_of_a_superframe_are_copies);
	tcase_add_test(c, superframe_of_pieces_is_a_copy);
	tcase_add_test(c, superframes_may_be_cut_in_steps_and_in_any_order);
	tcase_add_test(c, superframes_may_overlap);
	tcase_add_test(c,
	    superframe_that_begins_with_a_piece_is_known_so_far);
	tcase_add_test(c,
	    ip_ids_of_pieces_count_up_from_that_of_the_superframe);
	tcase_add_test(c, fin_and_push_are_on_the_last_piece);
	tcase_add_test(c,
	    pieces_have_the_ack_and_the_timestamp_of_the_superframe);
	tcase_add_test(c, pieces_come_soon);
	tcase_add_test(c, renumbered_copies_are_known_by_their_place);
	tcase_add_loop_test(c, each_place_shows_a_segment_once, 0, 2 * KINDS);
	tcase_add_loop_test(c,
	    an_early_copy_is_not_the_copy_of_another_segment, 0, 2);
	tcase_add_test(c, retries_of_a_radio_frame_are_copies);
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
