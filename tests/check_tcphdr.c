/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>
#include <string.h>

#include "base/compiler.h"
#include "base/cursor.h"
#include "check_main.h"
#include "decoding.h"
#include "packet.h"

#define DATA_LEN	100

static const uint8_t options[] = {
	2, 4, 5, 180, 1, 3, 3, 7,		/* MSS, window scale */
	1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2,	/* timestamp */
};

static const struct packet_tcp header = {
	.src_port = 0x1234,
	.dst_port = 0x5678,
	.seq = 0x89abcdef,
	.ack = 0xfedcba98,
	.flags = TCP_AE | TCP_PSH | TCP_ACK,
	.window = 0x1357,
	.urgent = 0x2468,
	.options = options,
	.options_len = sizeof(options),
};

static void
build(struct packet *p)
{
	packet_start(p, LINKTYPE_ETHERNET);
	packet_ip4(p, &(struct packet_ip4){ .id = 7, .tos = 3, .ttl = 9 });
	packet_tcp(p, &header);
	packet_payload(p, DATA_LEN);
	packet_finish(p);
}

START_TEST(every_field_has_its_place)
{
	struct packet p;
	struct segment seg;

	build(&p);
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_SEGMENT);
	ck_assert_uint_eq(seg.src_port, 0x1234);
	ck_assert_uint_eq(seg.dst_port, 0x5678);
	ck_assert_uint_eq(seg.seq, 0x89abcdef);
	ck_assert_uint_eq(seg.ack, 0xfedcba98);
	ck_assert_uint_eq(seg.flags, TCP_AE | TCP_PSH | TCP_ACK);
	ck_assert_uint_eq(seg.window, 0x1357);
	ck_assert_uint_eq(seg.urgent, 0x2468);
	ck_assert_uint_eq(seg.checksum, load_be16(p.bytes + p.tcp + 16));
	ck_assert_uint_eq(seg.payload_len, DATA_LEN);
	ck_assert_uint_eq(seg.payload_captured, DATA_LEN);
	ck_assert_uint_eq(seg.ip_len, 20 + 40 + DATA_LEN);
	ck_assert_uint_eq(seg.ip_id, 7);
	ck_assert_uint_eq(seg.ecn, 3);
	ck_assert_uint_eq(seg.ttl, 9);
	ck_assert_uint_eq(seg.ip_version, 4);
	ck_assert_int_eq(seg.depth, DEPTH_OPTIONS);
	ck_assert_uint_eq(seg.opt.mss, 1460);
	ck_assert_uint_eq(seg.opt.tsecr, 2);
	ck_assert(!seg.is_offloaded);
	ck_assert(!seg.is_wire_len_wrong);
	ck_assert(decoder_last_protocol(decoder) == NULL);
}
END_TEST

START_TEST(the_payload_is_what_was_captured_of_it)
{
	struct packet p;
	struct frame frame = { .linktype = LINKTYPE_ETHERNET };
	struct segment seg;

	build(&p);
	frame.bytes = p.bytes;
	frame.captured_len = (uint32_t)p.payload + 10;
	frame.wire_len = (uint32_t)p.len;
	ck_assert_int_eq(frame_decode(decoder, &frame, &seg),
	    VERDICT_SEGMENT);
	ck_assert_ptr_eq(seg.payload, p.bytes + p.payload);
	ck_assert_uint_eq(seg.payload_captured, 10);
	ck_assert_uint_eq(seg.payload_len, DATA_LEN);
}
END_TEST

/* Bytes of TCP header captured, and the level that they reach. */
static int
depth_of(size_t captured)
{
	if (captured < 4)
		return -1;
	return captured < 8 ? DEPTH_PORTS :
	    captured < 12 ? DEPTH_SEQ :
	    captured < 14 ? DEPTH_ACK :
	    captured < 20 ? DEPTH_FLAGS :
	    captured < 20 + sizeof(options) ? DEPTH_FIXED : DEPTH_OPTIONS;
}

static void
check_depth(const struct segment *seg, int depth)
{
	ck_assert_int_eq((int)seg->depth, depth);
	ck_assert_uint_eq(seg->src_port, 0x1234);
	ck_assert_uint_eq(seg->dst_port, 0x5678);
	ck_assert_uint_eq(seg->seq, depth >= DEPTH_SEQ ? 0x89abcdef : 0);
	ck_assert_uint_eq(seg->ack, depth >= DEPTH_ACK ? 0xfedcba98 : 0);
	ck_assert_uint_eq(seg->flags, depth >= DEPTH_FLAGS ? header.flags : 0);
	ck_assert_uint_eq(seg->payload_len,
	    depth >= DEPTH_FLAGS ? DATA_LEN : 0);
	ck_assert_uint_eq(seg->window, depth >= DEPTH_FIXED ? 0x1357 : 0);
	ck_assert_uint_eq(seg->urgent, depth >= DEPTH_FIXED ? 0x2468 : 0);
	ck_assert_uint_eq(seg->ip_len, 20 + 40 + DATA_LEN);
	if (depth < DEPTH_FIXED)
		ck_assert_uint_eq(seg->opt.present, 0);
}

START_TEST(a_snapshot_cut_anywhere_keeps_what_it_holds)
{
	struct packet p;
	struct segment seg;

	build(&p);
	for (size_t n = 0; n < p.len; n++) {
		const int depth = n < p.tcp ? -1 : depth_of(n - p.tcp);
		const enum verdict verdict = packet_decode_cut(decoder, &p, n,
		    p.len, &seg);

		if (depth < 0) {
			ck_assert_int_eq(verdict, VERDICT_SHORT);
			continue;
		}
		ck_assert_int_eq(verdict, VERDICT_SEGMENT);
		check_depth(&seg, depth);
		ck_assert_uint_eq(seg.payload_captured,
		    n > p.payload ? n - p.payload : 0);
	}
}
END_TEST

START_TEST(options_captured_whole_are_decoded_though_others_were_cut)
{
	struct packet p;
	struct segment seg;

	build(&p);
	ck_assert_int_eq(packet_decode_cut(decoder, &p, p.tcp + 20 + 9, p.len,
	    &seg), VERDICT_SEGMENT);
	ck_assert_int_eq(seg.depth, DEPTH_FIXED);
	ck_assert_uint_eq(seg.opt.present, OPT_MSS | OPT_WSCALE);
	ck_assert_uint_eq(seg.opt.mss, 1460);
}
END_TEST

/* Nothing of an earlier frame, nor of the caller's memory, shows. */
START_TEST(a_segment_owes_nothing_to_what_was_there)
{
	static const size_t cuts[] = { 4, 8, 12, 14, 20, 30, 60 };
	struct packet p;
	struct segment a, b;
	const size_t cut = cuts[_i];

	build(&p);
	memset(&a, 0x00, sizeof(a));
	memset(&b, 0xff, sizeof(b));
	packet_decode_cut(decoder, &p, p.tcp + cut, p.len, &a);
	packet_decode_cut(decoder, &p, p.tcp + cut, p.len, &b);
	ck_assert_int_eq(a.time_ns, b.time_ns);
	ck_assert_uint_eq(a.frame, b.frame);
	ck_assert_mem_eq(a.src, b.src, 16);
	ck_assert_mem_eq(a.dst, b.dst, 16);
	ck_assert_uint_eq(a.src_port, b.src_port);
	ck_assert_uint_eq(a.dst_port, b.dst_port);
	ck_assert_uint_eq(a.vni, b.vni);
	ck_assert_uint_eq(a.vlan, b.vlan);
	ck_assert_uint_eq(a.ip_version, b.ip_version);
	ck_assert_uint_eq(a.ttl, b.ttl);
	ck_assert_uint_eq(a.ecn, b.ecn);
	ck_assert_int_eq(a.vni_known, b.vni_known);
	ck_assert_uint_eq(a.ip_id, b.ip_id);
	ck_assert_uint_eq(a.checksum, b.checksum);
	ck_assert_uint_eq(a.ip_len, b.ip_len);
	ck_assert_uint_eq(a.payload_len, b.payload_len);
	ck_assert_uint_eq(a.payload_captured, b.payload_captured);
	ck_assert_int_eq(a.payload == NULL, b.payload == NULL);
	ck_assert_int_eq(a.is_offloaded, b.is_offloaded);
	ck_assert_int_eq(a.is_wire_len_wrong, b.is_wire_len_wrong);
	ck_assert_int_eq(a.depth, b.depth);
	ck_assert_uint_eq(a.seq, b.seq);
	ck_assert_uint_eq(a.ack, b.ack);
	ck_assert_uint_eq(a.window, b.window);
	ck_assert_uint_eq(a.urgent, b.urgent);
	ck_assert_uint_eq(a.flags, b.flags);
	ck_assert_uint_eq(a.opt.present, b.opt.present);
	ck_assert_uint_eq(a.opt.mss, b.opt.mss);
	ck_assert_uint_eq(a.opt.tsval, b.opt.tsval);
	ck_assert_uint_eq(a.opt.sack_count, b.opt.sack_count);
	ck_assert_uint_eq(a.opt.sack[3].right, b.opt.sack[3].right);
}
END_TEST

/* Data offset, in units of four bytes, of a packet with 40 of header. */
static const struct {
	unsigned offset;
	enum verdict verdict;
	uint32_t payload_len;
} offsets[] = {
	{ 0, VERDICT_MALFORMED_TCP, 0 },
	{ 4, VERDICT_MALFORMED_TCP, 0 },
	{ 5, VERDICT_SEGMENT, 12 },
	{ 8, VERDICT_SEGMENT, 0 },
	{ 9, VERDICT_MALFORMED_TCP, 0 },
	{ 15, VERDICT_MALFORMED_TCP, 0 },
};

START_TEST(a_data_offset_must_lie_within_the_packet)
{
	struct packet p;
	struct segment seg;

	packet_start(&p, LINKTYPE_RAW);
	packet_ip4(&p, &(struct packet_ip4){ 0 });
	packet_tcp(&p, &(struct packet_tcp){ 0 });
	packet_payload(&p, 12);
	packet_finish(&p);
	p.bytes[p.tcp + 12] = (uint8_t)(offsets[_i].offset << 4);
	/* Whole, and cut right behind the flags. */
	for (size_t n = p.tcp + 14; n <= p.len; n++) {
		ck_assert_int_eq(packet_decode_cut(decoder, &p, n, p.len,
		    &seg), offsets[_i].verdict);
		if (offsets[_i].verdict == VERDICT_SEGMENT)
			ck_assert_uint_eq(seg.payload_len,
			    offsets[_i].payload_len);
		else
			ck_assert_str_eq(decoder_last_protocol(decoder),
			    "TCP data offset");
	}
}
END_TEST

START_TEST(a_packet_too_small_for_a_header_is_malformed)
{
	struct packet p;
	struct segment seg;

	for (unsigned len = 0; len < 20; len++) {
		packet_start(&p, LINKTYPE_RAW);
		packet_ip4(&p, &(struct packet_ip4){ 0 });
		packet_tcp(&p, &(struct packet_tcp){ 0 });
		packet_finish(&p);
		packet_put16(&p, p.ip + 2, 20 + len);
		ck_assert_int_eq(packet_decode(decoder, &p, &seg),
		    VERDICT_MALFORMED_TCP);
	}
}
END_TEST

START_TEST(malformed_options_are_counted_and_no_reason_to_drop)
{
	static const uint8_t bad[] = { 99, 0, 0, 0 };
	struct packet p;
	struct segment seg;

	packet_start(&p, LINKTYPE_RAW);
	packet_ip4(&p, &(struct packet_ip4){ 0 });
	packet_tcp(&p, &(struct packet_tcp){ .options = bad,
	    .options_len = sizeof(bad) });
	packet_finish(&p);
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_SEGMENT);
	ck_assert_uint_eq(seg.opt.present, OPT_MALFORMED);
	ck_assert_uint_eq(decoder_stats(decoder)->options_malformed, 1);
}
END_TEST

START_TEST(syn_and_fin_take_an_octet_of_sequence_space_each)
{
	struct segment seg = { .payload_len = 10 };

	ck_assert_uint_eq(segment_len(&seg), 10);
	seg.flags = TCP_SYN;
	ck_assert_uint_eq(segment_len(&seg), 11);
	seg.flags = TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK;
	ck_assert_uint_eq(segment_len(&seg), 12);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("tcphdr");
	TCase *tc = tcase_create("header");

	tcase_add_checked_fixture(tc, decoding_setup, decoding_teardown);
	tcase_add_test(tc, every_field_has_its_place);
	tcase_add_test(tc, the_payload_is_what_was_captured_of_it);
	tcase_add_test(tc, a_snapshot_cut_anywhere_keeps_what_it_holds);
	tcase_add_test(tc,
	    options_captured_whole_are_decoded_though_others_were_cut);
	tcase_add_loop_test(tc, a_segment_owes_nothing_to_what_was_there, 0,
	    7);
	tcase_add_loop_test(tc, a_data_offset_must_lie_within_the_packet, 0,
	    (int)ARRAY_LEN(offsets));
	tcase_add_test(tc, a_packet_too_small_for_a_header_is_malformed);
	tcase_add_test(tc,
	    malformed_options_are_counted_and_no_reason_to_drop);
	tcase_add_test(tc, syn_and_fin_take_an_octet_of_sequence_space_each);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
