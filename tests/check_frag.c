/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fragments: one segment for a datagram, whatever the order, and memory that
 * stays within its bounds.
 */
#include "config.h"

#include <check.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/pool.h"
#include "check_main.h"
#include "decode/frag.h"
#include "packet.h"
#include "xorshift.h"

#define DATA_LEN	400

static struct decoder *decoder;
static struct packet whole;
static struct packet piece;
static struct segment seg;
static int64_t now;
static uint64_t frame_number;

static void
setup(void)
{
	static const uint64_t key[2] = { 1, 2 };

	decoder = decoder_new(&(struct decoder_options){ 0 }, key);
	now = 1000 * NS_PER_SEC;
	frame_number = 0;
}

static void
teardown(void)
{
	decoder_free(decoder);
	ck_assert_uint_eq(mem_outstanding(), 0);
}

static const uint8_t options[] = {
	2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 3, 3, 7,
};

static void
tcp(void)
{
	packet_tcp(&whole, &(struct packet_tcp){ .seq = 77, .window = 1234,
	    .flags = TCP_ACK, .options = options,
	    .options_len = sizeof(options) });
	packet_payload(&whole, DATA_LEN);
	packet_finish(&whole);
}

static void
build(bool is_6)
{
	packet_start(&whole, LINKTYPE_ETHERNET);
	if (is_6)
		packet_ip6(&whole, &(struct packet_ip6){ 0 });
	else
		packet_ip4(&whole, &(struct packet_ip4){ .ttl = 9 });
	tcp();
}

/* Bytes after the first IP header. */
static size_t
content_len(void)
{
	const uint8_t first = whole.bytes[whole.outer_ip];

	return whole.len - whole.outer_ip -
	    (first >> 4 == 4 ? (first & 0x0fU) * 4 : 40);
}

static enum verdict
decode(const struct packet *p)
{
	const struct frame frame = {
		.time_ns = now,
		.number = ++frame_number,
		.bytes = p->bytes,
		.captured_len = (uint32_t)p->len,
		.wire_len = (uint32_t)p->len,
		.linktype = p->linktype,
	};

	return frame_decode(decoder, &frame, &seg);
}

/* Send bytes [offset, offset + len) of the datagram. */
static enum verdict
send(uint32_t id, size_t offset, size_t len)
{
	packet_fragment(&piece, &whole, id, offset, len);
	return decode(&piece);
}

static void
expect_whole(void)
{
	ck_assert_uint_eq(seg.seq, 77);
	ck_assert_uint_eq(seg.window, 1234);
	ck_assert_uint_eq(seg.payload_len, DATA_LEN);
	ck_assert_uint_eq(seg.ip_len, whole.len - whole.outer_ip);
	ck_assert_uint_eq(seg.opt.present, OPT_MSS | OPT_SACK_PERMITTED |
	    OPT_TIMESTAMP | OPT_WSCALE);
	ck_assert_uint_eq(seg.frame, frame_number);
	ck_assert_int_eq(seg.time_ns, now);
}

START_TEST(the_frame_that_completes_the_datagram_is_the_segment)
{
	build(_i);
	ck_assert_int_eq(send(1, 0, 200), VERDICT_FRAGMENT);
	ck_assert_uint_eq(decoder_stats(decoder)->fragments_incomplete, 1);
	now += NS_PER_MS;
	ck_assert_int_eq(send(1, 200, 200), VERDICT_FRAGMENT);
	now += NS_PER_MS;
	ck_assert_int_eq(send(1, 400, 200), VERDICT_SEGMENT);
	expect_whole();
	ck_assert_uint_eq(decoder_stats(decoder)->fragments_incomplete, 0);
	ck_assert_uint_eq(decoder_stats(decoder)->fragments_evicted, 0);
}
END_TEST

START_TEST(the_order_does_not_matter)
{
	/* the six orders of three */
	static const uint8_t orders[6][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
		{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	const uint8_t *order = orders[_i % 6];

	build(_i >= 6);
	ck_assert_int_eq(send(1, order[0] * 200U, 200), VERDICT_FRAGMENT);
	ck_assert_int_eq(send(1, order[1] * 200U, 200), VERDICT_FRAGMENT);
	ck_assert_int_eq(send(1, order[2] * 200U, 200), VERDICT_SEGMENT);
	expect_whole();
}
END_TEST

/* Eight bytes at a time, in any order: the TCP header comes in pieces. */
START_TEST(tiny_fragments_share_the_header)
{
	struct xorshift x = { .state = (uint64_t)_i + 1 };
	size_t order[64];
	size_t count;

	build(_i & 1);
	count = (content_len() + 7) / 8;
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	for (size_t i = count - 1; i > 0; i--) {
		const size_t j = (size_t)(xorshift_next(&x) % (i + 1));
		const size_t t = order[i];

		order[i] = order[j];
		order[j] = t;
	}
	for (size_t i = 0; i + 1 < count; i++)
		ck_assert_int_eq(send(1, order[i] * 8, 8), VERDICT_FRAGMENT);
	ck_assert_int_eq(send(1, order[count - 1] * 8, 8), VERDICT_SEGMENT);
	expect_whole();
}
END_TEST

START_TEST(repeated_and_overlapping_fragments_count_once)
{
	build(_i);
	ck_assert_int_eq(send(1, 0, 200), VERDICT_FRAGMENT);
	ck_assert_int_eq(send(1, 0, 200), VERDICT_FRAGMENT);
	ck_assert_int_eq(send(1, 104, 200), VERDICT_FRAGMENT);
	ck_assert_int_eq(send(1, 400, 200), VERDICT_FRAGMENT);
	ck_assert_int_eq(send(1, 400, 200), VERDICT_FRAGMENT);
	ck_assert_int_eq(send(1, 296, 104), VERDICT_SEGMENT);
	expect_whole();
}
END_TEST

/* A mirror port's second copies, each right behind its original. */
START_TEST(second_copies_after_the_end_are_nothing)
{
	build(_i);
	ck_assert_int_eq(send(1, 0, 200), VERDICT_FRAGMENT);
	ck_assert_int_eq(send(1, 0, 200), VERDICT_FRAGMENT);
	ck_assert_int_eq(send(1, 200, 400), VERDICT_SEGMENT);
	now += 10 * NS_PER_US;
	ck_assert_int_eq(send(1, 200, 400), VERDICT_FRAGMENT);
	ck_assert_uint_eq(decoder_stats(decoder)->fragments_incomplete, 0);
	/* A copy of all of it is a second segment, for others to judge. */
	ck_assert_int_eq(send(1, 0, 200), VERDICT_FRAGMENT);
	ck_assert_int_eq(send(1, 200, 400), VERDICT_SEGMENT);
}
END_TEST

START_TEST(an_identification_comes_round)
{
	build(_i);
	ck_assert_int_eq(send(1, 0, 200), VERDICT_FRAGMENT);
	ck_assert_int_eq(send(1, 200, 400), VERDICT_SEGMENT);
	now += NS_PER_SEC;
	ck_assert_int_eq(send(1, 200, 400), VERDICT_FRAGMENT);
	ck_assert_int_eq(send(1, 0, 200), VERDICT_SEGMENT);
	expect_whole();
}
END_TEST

START_TEST(patience_ends)
{
	static const int64_t jumps[] = { 61 * NS_PER_SEC, -61 * NS_PER_SEC };

	build(false);
	ck_assert_int_eq(send(1, 0, 200), VERDICT_FRAGMENT);
	now += jumps[_i];
	ck_assert_int_eq(send(1, 200, 400), VERDICT_FRAGMENT);
	ck_assert_uint_eq(decoder_stats(decoder)->fragments_evicted, 1);
	ck_assert_uint_eq(decoder_stats(decoder)->fragments_incomplete, 1);
	ck_assert_int_eq(send(1, 0, 200), VERDICT_SEGMENT);
}
END_TEST

START_TEST(datagrams_do_not_mix)
{
	build(_i);
	ck_assert_int_eq(send(1, 0, 200), VERDICT_FRAGMENT);
	ck_assert_int_eq(send(2, 200, 400), VERDICT_FRAGMENT);
	/* another destination */
	whole.bytes[whole.outer_ip + (_i ? 39 : 19)] = 99;
	ck_assert_int_eq(send(1, 200, 400), VERDICT_FRAGMENT);
	ck_assert_uint_eq(decoder_stats(decoder)->fragments_incomplete, 3);
}
END_TEST

START_TEST(a_fragment_without_its_first_waits)
{
	build(_i);
	ck_assert_int_eq(send(1, 200, 400), VERDICT_FRAGMENT);
	ck_assert_uint_eq(decoder_stats(decoder)->fragments_incomplete, 1);
}
END_TEST

/* The snapshot takes bytes, the headers declare them all the same. */
START_TEST(short_snapshots_complete_a_datagram)
{
	const size_t cut = (size_t)_i;
	struct packet first;
	enum verdict verdict;

	build(false);
	packet_fragment(&first, &whole, 1, 0, 200);
	ck_assert_int_eq(packet_decode_cut(decoder, &first,
	    first.outer_ip + 20 + cut, first.len, &seg), VERDICT_FRAGMENT);
	packet_fragment(&piece, &whole, 1, 200, 240);
	verdict = packet_decode_cut(decoder, &piece, piece.outer_ip + 20,
	    piece.len, &seg);
	ck_assert_int_eq(verdict, cut < 4 ? VERDICT_SHORT : VERDICT_SEGMENT);
	if (verdict != VERDICT_SEGMENT)
		return;
	ck_assert_uint_eq(seg.src_port, 40000);
	ck_assert_uint_eq(seg.payload_len, cut < 14 ? 0 : DATA_LEN);
	ck_assert_uint_eq(seg.seq, cut < 8 ? 0 : 77);
}
END_TEST

START_TEST(an_atomic_fragment_is_a_packet)
{
	packet_start(&whole, LINKTYPE_ETHERNET);
	packet_ip6(&whole, &(struct packet_ip6){ 0 });
	packet_extension(&whole, 0, 1);
	packet_ip6_fragment(&whole, 7, 0, false);
	packet_extension(&whole, 60, 0);
	tcp();
	ck_assert_int_eq(decode(&whole), VERDICT_SEGMENT);
	expect_whole();
	ck_assert_uint_eq(decoder_stats(decoder)->fragments_incomplete, 0);
}
END_TEST

START_TEST(extension_headers_may_be_inside_the_fragments)
{
	packet_start(&whole, LINKTYPE_ETHERNET);
	packet_ip6(&whole, &(struct packet_ip6){ 0 });
	packet_extension(&whole, 60, 3);
	tcp();
	ck_assert_int_eq(send(1, 0, 40), VERDICT_FRAGMENT);
	ck_assert_int_eq(send(1, 40, 600), VERDICT_SEGMENT);
	expect_whole();
}
END_TEST

static void
expect_inner(bool is_vni_known)
{
	ck_assert_uint_eq(seg.payload_len, DATA_LEN);
	ck_assert_uint_eq(seg.seq, 77);
	ck_assert_uint_eq(seg.ip_version, 6);
	ck_assert_int_eq(seg.vni_known, is_vni_known);
}

/* The outer packet of a tunnel, in pieces that part the inner header. */
START_TEST(a_tunnel_may_be_fragmented_outside)
{
	packet_start(&whole, LINKTYPE_ETHERNET);
	packet_ip4(&whole, &(struct packet_ip4){ 0 });
	if (_i == 0) {
		packet_gre(&whole, 0);
	} else {
		packet_udp(&whole, 1, 4789);
		packet_vxlan(&whole, 7);
	}
	packet_ip6(&whole, &(struct packet_ip6){ 0 });
	tcp();
	ck_assert_int_eq(send(1, 0, 64), VERDICT_FRAGMENT);
	ck_assert_int_eq(send(1, 64, 32), VERDICT_FRAGMENT);
	ck_assert_int_eq(send(1, 96, 600), VERDICT_SEGMENT);
	expect_inner(_i == 1);
	/* In any order. */
	ck_assert_int_eq(send(2, 96, 600), VERDICT_FRAGMENT);
	ck_assert_int_eq(send(2, 64, 32), VERDICT_FRAGMENT);
	ck_assert_int_eq(send(2, 0, 64), VERDICT_SEGMENT);
	expect_inner(_i == 1);
}
END_TEST

static void
answer_of_a_name_server(void)
{
	packet_start(&whole, LINKTYPE_ETHERNET);
	packet_ip4(&whole, &(struct packet_ip4){ 0 });
	packet_udp(&whole, 53, 1053);
	packet_zeros(&whole, 200);
	packet_finish(&whole);
}

START_TEST(udp_that_is_no_tunnel_is_told_by_its_first_fragment)
{
	answer_of_a_name_server();
	ck_assert_int_eq(send(1, 0, 64), VERDICT_NOT_TCP);
	ck_assert_str_eq(decoder_last_protocol(decoder), "UDP");
	ck_assert_int_eq(send(1, 64, 64), VERDICT_NOT_TCP);
	ck_assert_int_eq(send(1, 128, 600), VERDICT_NOT_TCP);
	/* Before that nobody can know. */
	ck_assert_int_eq(send(2, 64, 64), VERDICT_FRAGMENT);
	ck_assert_int_eq(send(2, 0, 64), VERDICT_NOT_TCP);
	ck_assert_int_eq(send(2, 128, 600), VERDICT_NOT_TCP);
	ck_assert_uint_eq(decoder_stats(decoder)->fragments_incomplete, 0);
	/* The same identification again is another datagram. */
	ck_assert_int_eq(send(2, 0, 64), VERDICT_NOT_TCP);
}
END_TEST

/* Nothing is missing if they may never have held anything. */
START_TEST(guesses_that_are_forced_out_are_no_loss)
{
	answer_of_a_name_server();
	for (uint32_t id = 0; id <= FRAG_DATAGRAMS_MAX; id++) {
		ck_assert_int_eq(send(2 * id, 64, 64), VERDICT_FRAGMENT);
		ck_assert_int_eq(send(2 * id + 1, 0, 64), VERDICT_NOT_TCP);
	}
	ck_assert_uint_eq(decoder_stats(decoder)->fragments_evicted, 0);
}
END_TEST

/* Fragments of the inner packet, each in a fragmented outer packet. */
START_TEST(fragments_inside_fragments)
{
	struct packet outer;

	build(false);
	for (size_t offset = 0; offset < 440; offset += 224) {
		packet_fragment(&piece, &whole, 1, offset, 224);
		packet_start(&outer, LINKTYPE_ETHERNET);
		packet_ip4(&outer, &(struct packet_ip4){ .src = 1 });
		packet_gre(&outer, 0);
		packet_put16(&outer, outer.len - 2, 0x0800);
		packet_octets(&outer, piece.bytes + 14, piece.len - 14);
		packet_finish(&outer);
		packet_fragment(&piece, &outer, 2 + (uint32_t)offset, 0, 104);
		ck_assert_int_eq(decode(&piece), VERDICT_FRAGMENT);
		packet_fragment(&piece, &outer, 2 + (uint32_t)offset, 104,
		    600);
		ck_assert_int_eq(decode(&piece), offset == 0 ?
		    VERDICT_FRAGMENT : VERDICT_SEGMENT);
	}
	ck_assert_uint_eq(seg.payload_len, DATA_LEN);
	ck_assert_uint_eq(seg.seq, 77);
	ck_assert_uint_eq(decoder_stats(decoder)->fragments_incomplete, 0);
}
END_TEST

START_TEST(fragments_without_tcp_take_no_place)
{
	static const uint8_t protocols[] = { 1, 17, 46, 89 };

	build(false);
	for (size_t i = 0; i < ARRAY_LEN(protocols); i++) {
		whole.bytes[whole.outer_ip + 9] = protocols[i];
		ck_assert_int_eq(send(1, 0, 200), VERDICT_NOT_TCP);
		ck_assert_int_eq(send(1, 200, 200), VERDICT_NOT_TCP);
		ck_assert_ptr_nonnull(decoder_last_protocol(decoder));
	}
	ck_assert_uint_eq(decoder_stats(decoder)->fragments_incomplete, 0);
}
END_TEST

START_TEST(tunnels_that_stay_closed_take_no_place)
{
	static const uint64_t key[2] = { 1, 2 };
	struct decoder *outer = decoder_new(&(struct decoder_options){
	    .no_tunnels = true }, key);

	packet_start(&whole, LINKTYPE_ETHERNET);
	packet_ip4(&whole, &(struct packet_ip4){ 0 });
	packet_gre(&whole, 0);
	packet_ip4(&whole, &(struct packet_ip4){ 0 });
	tcp();
	packet_fragment(&piece, &whole, 1, 0, 200);
	ck_assert_int_eq(packet_decode(outer, &piece, &seg),
	    VERDICT_NOT_TCP);
	decoder_free(outer);
}
END_TEST

START_TEST(impossible_fragments_are_malformed)
{
	build(_i);
	/* not the last, and no multiple of eight */
	ck_assert_int_eq(send(1, 0, 100), VERDICT_MALFORMED_IP);
	ck_assert_str_eq(decoder_last_protocol(decoder), "fragment length");
	/* empty */
	ck_assert_int_eq(send(1, 8, 0), VERDICT_MALFORMED_IP);
	/* beyond the largest datagram */
	packet_fragment(&piece, &whole, 1, 200, 240);
	if (_i)
		packet_put16(&piece, piece.outer_ip + 42, 65528);
	else
		packet_put16(&piece, piece.outer_ip + 6, 65528 / 8);
	ck_assert_int_eq(decode(&piece), VERDICT_MALFORMED_IP);
	ck_assert_uint_eq(decoder_stats(decoder)->fragments_incomplete, 0);
}
END_TEST

START_TEST(two_ends_contradict_each_other)
{
	build(_i);
	ck_assert_int_eq(send(1, 400, 600), VERDICT_FRAGMENT);
	whole.len += 40;
	/* another end, and one beyond the end */
	ck_assert_int_eq(send(1, 400, 600), VERDICT_MALFORMED_IP);
	ck_assert_str_eq(decoder_last_protocol(decoder), "fragment end");
	ck_assert_int_eq(send(1, 432, 16), VERDICT_MALFORMED_IP);
	whole.len -= 40;
	/* the datagram goes on regardless */
	ck_assert_int_eq(send(1, 0, 400), VERDICT_SEGMENT);
	expect_whole();
	/* an end before what was there */
	ck_assert_int_eq(send(2, 200, 200), VERDICT_FRAGMENT);
	whole.len -= 240;
	ck_assert_int_eq(send(2, 8, 600), VERDICT_MALFORMED_IP);
}
END_TEST

START_TEST(the_largest_datagram_is_taken)
{
	build(false);
	packet_fragment(&piece, &whole, 1, 0, 400);
	ck_assert_int_eq(decode(&piece), VERDICT_FRAGMENT);
	/* 65535 bytes: the rest is declared and not captured. */
	packet_put16(&piece, piece.outer_ip + 6, 400 / 8);
	packet_put16(&piece, piece.outer_ip + 2, 20 + 65535 - 400);
	ck_assert_int_eq(decode(&piece), VERDICT_SEGMENT);
	ck_assert_uint_eq(seg.payload_len, 65535 - 40);
}
END_TEST

START_TEST(the_oldest_makes_room)
{
	build(_i);
	for (uint32_t id = 0; id < FRAG_DATAGRAMS_MAX + 10; id++)
		ck_assert_int_eq(send(id, 0, 200), VERDICT_FRAGMENT);
	ck_assert_uint_eq(decoder_stats(decoder)->fragments_incomplete,
	    FRAG_DATAGRAMS_MAX);
	ck_assert_uint_eq(decoder_stats(decoder)->fragments_evicted, 10);
	/* The eleventh is the oldest there is. */
	ck_assert_int_eq(send(10, 200, 400), VERDICT_SEGMENT);
	ck_assert_int_eq(send(9, 200, 400), VERDICT_FRAGMENT);
	ck_assert_int_eq(send(FRAG_DATAGRAMS_MAX + 9, 200, 400),
	    VERDICT_SEGMENT);
	ck_assert_uint_eq(decoder_stats(decoder)->fragments_incomplete,
	    FRAG_DATAGRAMS_MAX - 2 + 1);
}
END_TEST

START_TEST(without_memory_a_fragment_is_one_without_its_datagram)
{
	build(false);
	for (uint64_t nth = 1; nth <= 2; nth++) {
		mem_fail_after(nth);
		ck_assert_int_eq(send(1, 0, 200), VERDICT_FRAGMENT);
		mem_fail_after(0);
		ck_assert_uint_eq(decoder_stats(decoder)->fragments_evicted,
		    nth);
		ck_assert_uint_eq(
		    decoder_stats(decoder)->fragments_incomplete, 0);
	}
	ck_assert_int_eq(send(1, 0, 200), VERDICT_FRAGMENT);
	ck_assert_int_eq(send(1, 200, 400), VERDICT_SEGMENT);
}
END_TEST

/* Whatever comes: bounded, and every frame has a verdict. */
START_TEST(any_mixture_of_fragments_is_survived)
{
	struct xorshift x = { .state = (uint64_t)_i + 1 };
	const struct decoder_stats *stats = decoder_stats(decoder);

	build(_i & 1);
	for (unsigned i = 0; i < 5000; i++) {
		const size_t offset = xorshift_below(&x, 55) * 8;
		const size_t len = xorshift_below(&x, 8) * 8 + 8;
		const enum verdict v = send((uint32_t)(xorshift_next(&x) % 7),
		    offset, len);

		ck_assert(v == VERDICT_SEGMENT || v == VERDICT_FRAGMENT);
		now += (int64_t)(xorshift_next(&x) % 3) * 30 * NS_PER_MS;
		ck_assert_uint_le(stats->fragments_incomplete, 7);
	}
}
END_TEST

static void
add_whole(Suite *s)
{
	TCase *tc = tcase_create("datagrams");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc,
	    the_frame_that_completes_the_datagram_is_the_segment, 0, 2);
	tcase_add_loop_test(tc, the_order_does_not_matter, 0, 12);
	tcase_add_loop_test(tc, tiny_fragments_share_the_header, 0, 8);
	tcase_add_loop_test(tc,
	    repeated_and_overlapping_fragments_count_once, 0, 2);
	tcase_add_loop_test(tc, second_copies_after_the_end_are_nothing, 0,
	    2);
	tcase_add_loop_test(tc, an_identification_comes_round, 0, 2);
	tcase_add_loop_test(tc, patience_ends, 0, 2);
	tcase_add_loop_test(tc, datagrams_do_not_mix, 0, 2);
	tcase_add_loop_test(tc, a_fragment_without_its_first_waits, 0, 2);
	tcase_add_loop_test(tc, short_snapshots_complete_a_datagram, 0, 60);
	tcase_add_test(tc, an_atomic_fragment_is_a_packet);
	tcase_add_test(tc, extension_headers_may_be_inside_the_fragments);
	tcase_add_loop_test(tc, a_tunnel_may_be_fragmented_outside, 0, 2);
	tcase_add_test(tc,
	    udp_that_is_no_tunnel_is_told_by_its_first_fragment);
	tcase_add_test(tc, guesses_that_are_forced_out_are_no_loss);
	tcase_add_test(tc, fragments_inside_fragments);
	tcase_add_test(tc, the_largest_datagram_is_taken);
	suite_add_tcase(s, tc);
}

static void
add_bounds(Suite *s)
{
	TCase *tc = tcase_create("bounds");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, fragments_without_tcp_take_no_place);
	tcase_add_test(tc, tunnels_that_stay_closed_take_no_place);
	tcase_add_loop_test(tc, impossible_fragments_are_malformed, 0, 2);
	tcase_add_loop_test(tc, two_ends_contradict_each_other, 0, 2);
	tcase_add_loop_test(tc, the_oldest_makes_room, 0, 2);
	tcase_add_test(tc,
	    without_memory_a_fragment_is_one_without_its_datagram);
	tcase_add_loop_test(tc, any_mixture_of_fragments_is_survived, 0, 6);
	suite_add_tcase(s, tc);
}

static Suite *
suite(void)
{
	Suite *s = suite_create("frag");

	add_whole(s);
	add_bounds(s);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
