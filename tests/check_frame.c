/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The chain as a whole: verdicts and their names, what was quoted in ICMP
 * errors, names of the unknown, and frames of chance.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/pool.h"
#include "check_main.h"
#include "decode/encapsulation.h"
#include "decoding.h"
#include "packet.h"
#include "xorshift.h"

static struct packet p;
static struct segment seg;

START_TEST(verdicts_have_keys_words_and_sentences)
{
	for (int i = 0; i < VERDICT_COUNT; i++) {
		const enum verdict v = (enum verdict)i;

		ck_assert_uint_gt(strlen(verdict_key(v)), 0);
		ck_assert_uint_gt(strlen(verdict_words(v)), 0);
		ck_assert_uint_gt(strlen(verdict_sentence(v)), 0);
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(verdict_key(v),
			    verdict_key((enum verdict)j));
	}
	ck_assert_str_eq(verdict_key(VERDICT_SEGMENT), "segments");
}
END_TEST

START_TEST(the_table_of_encapsulations_can_be_read)
{
	const struct encapsulation *row;
	unsigned count = 0;

	for (; (row = encapsulation_row(count)) != NULL; count++) {
		ck_assert_ptr_nonnull(row->decoder);
		ck_assert_uint_gt(strlen(row->words), 0);
		ck_assert_uint_gt(strlen(row->reference), 0);
		ck_assert(encapsulation_decoder(row->kind, row->number) ==
		    row->decoder);
		if (count > 0)
			ck_assert_uint_lt(number_key(
			    encapsulation_row(count - 1)->kind,
			    encapsulation_row(count - 1)->number),
			    number_key(row->kind, row->number));
	}
	ck_assert_uint_gt(count, 20);
	ck_assert(encapsulation_decoder(NUMBER_UDP_PORT, 53) == NULL);
}
END_TEST

START_TEST(every_named_protocol_is_found)
{
	static const struct {
		enum number_kind kind;
		unsigned number;
	} rows[] = {
#define PROTOCOL(kind, number, name) { NUMBER_##kind, number },
#define OPAQUE(kind, number, name) { NUMBER_##kind, number },
#include "decode/protocols.def"
#undef OPAQUE
#undef PROTOCOL
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ck_assert_msg(walk_knows(rows[i].kind, rows[i].number),
		    "row %zu", i);
	ck_assert(!walk_knows(NUMBER_UDP_PORT, 53));
}
END_TEST

START_TEST(no_decoder_without_memory)
{
	static const uint64_t key[2] = { 1, 2 };

	mem_fail_after(1);
	ck_assert_ptr_null(decoder_new(&(struct decoder_options){ 0 }, key));
	mem_fail_after(0);
	decoder_free(NULL);
}
END_TEST

START_TEST(time_and_number_are_the_frames)
{
	struct frame frame = {
		.time_ns = -5,
		.number = UINT64_C(1) << 40,
		.linktype = LINKTYPE_ETHERNET,
	};

	packet_start(&p, LINKTYPE_ETHERNET);
	packet_ip4(&p, &(struct packet_ip4){ 0 });
	packet_tcp(&p, &(struct packet_tcp){ 0 });
	packet_finish(&p);
	frame.bytes = p.bytes;
	frame.captured_len = (uint32_t)p.len;
	frame.wire_len = (uint32_t)p.len;
	ck_assert_int_eq(frame_decode(decoder, &frame, &seg),
	    VERDICT_SEGMENT);
	ck_assert_int_eq(seg.time_ns, -5);
	ck_assert_uint_eq(seg.frame, UINT64_C(1) << 40);
}
END_TEST

START_TEST(a_frame_of_nothing_has_a_verdict)
{
	for (int i = 0; i < LINKTYPE_COUNT; i++) {
		const struct frame frame = { .linktype = (enum linktype)i };

		ck_assert_int_ne(frame_decode(decoder, &frame, &seg),
		    VERDICT_SEGMENT);
	}
}
END_TEST

static const char *
name_of_ethertype(unsigned type)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_put16(&p, 12, type);
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_NOT_IP);
	return decoder_last_protocol(decoder);
}

/* Consumers may count by address; the list is bounded. */
START_TEST(unknown_numbers_have_one_name_each)
{
	const char *first = name_of_ethertype(0x7000);
	char text[32];

	for (unsigned i = 1; i < 32; i++) {
		(void)snprintf(text, sizeof(text), "ethertype 0x%04x",
		    0x7000 + i);
		ck_assert_str_eq(name_of_ethertype(0x7000 + i), text);
	}
	ck_assert_str_eq(name_of_ethertype(0x7020), "other ethertypes");
	ck_assert_str_eq(first, "ethertype 0x7000");
	ck_assert_ptr_eq(name_of_ethertype(0x7000), first);
	ck_assert_str_eq(name_of_ethertype(0x0806), "ARP");
	packet_start(&p, LINKTYPE_PPP);
	packet_put16(&p, 0, 0x1212);
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_NOT_IP);
	ck_assert_str_eq(decoder_last_protocol(decoder),
	    "other PPP protocols");
}
END_TEST

/* The packet in error, from 10.0.0.1 to 10.0.0.2 or their like. */
static void
quoted_tcp(bool is_6)
{
	if (is_6)
		packet_ip6(&p, &(struct packet_ip6){ .src_last = 7 });
	else
		packet_ip4(&p, &(struct packet_ip4){ .src = 0x0a000007 });
	packet_tcp(&p, &(struct packet_tcp){ .seq = 77, .dst_port = 443 });
	packet_payload(&p, 100);
}

/* The ICMP error up to the packet in error. */
static void
icmp(bool is_6, unsigned type, unsigned code, uint32_t more)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_vlan(&p, 0x8100, 9);
	if (is_6)
		packet_ip6(&p, &(struct packet_ip6){ 0 });
	else
		packet_ip4(&p, &(struct packet_ip4){ 0 });
	p.bytes[p.slot_at] = is_6 ? 58 : 1;
	packet_say_nothing(&p);
	packet_u8(&p, type);
	packet_u8(&p, code);
	packet_u16(&p, 0);
	packet_u32(&p, more);
}

/* ICMP type and code, and whether it quotes. */
static const struct {
	bool is_6;
	uint8_t type;
	uint8_t code;
	bool quotes;
	uint32_t more;
	uint16_t mtu;
} errors[] = {
	{ false, 3, 1, true, 0, 0 },		/* host unreachable */
	{ false, 3, 4, true, 1400, 1400 },	/* fragmentation needed */
	{ false, 4, 0, true, 0, 0 },		/* source quench */
	{ false, 5, 1, true, 0x0a000001, 0 },	/* redirect */
	{ false, 11, 0, true, 0, 0 },		/* time exceeded */
	{ false, 12, 0, true, 0, 0 },		/* parameter problem */
	{ false, 8, 0, false, 0, 0 },		/* echo request */
	{ false, 0, 0, false, 0, 0 },		/* echo reply */
	{ true, 1, 4, true, 0, 0 },		/* port unreachable */
	{ true, 2, 0, true, 1280, 1280 },	/* packet too big */
	{ true, 2, 0, true, 0x20000, 0xffff },	/* of a jumbogram */
	{ true, 3, 0, true, 0, 0 },		/* time exceeded */
	{ true, 4, 1, true, 0, 0 },		/* parameter problem */
	{ true, 128, 0, false, 0, 0 },		/* echo request */
	{ true, 135, 0, false, 0, 0 },		/* neighbour solicitation */
};

START_TEST(icmp_errors_quote_and_are_no_segments)
{
	const struct quoted *q;

	icmp(errors[_i].is_6, errors[_i].type, errors[_i].code,
	    errors[_i].more);
	quoted_tcp(errors[_i].is_6);
	packet_finish(&p);
	/* Eight bytes of TCP are what routers have to quote. */
	p.len = p.tcp + 8;
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_NOT_TCP);
	ck_assert_str_eq(decoder_last_protocol(decoder),
	    errors[_i].is_6 ? "ICMPv6" : "ICMP");
	q = decoder_last_quoted(decoder);
	if (!errors[_i].quotes) {
		ck_assert_ptr_null(q);
		return;
	}
	ck_assert_ptr_nonnull(q);
	ck_assert_uint_eq(q->seq, 77);
	ck_assert_uint_eq(q->src_port, 40000);
	ck_assert_uint_eq(q->dst_port, 443);
	ck_assert_uint_eq(q->ip_version, errors[_i].is_6 ? 6 : 4);
	ck_assert_uint_eq(q->src[errors[_i].is_6 ? 15 : 3], 7);
	ck_assert_uint_eq(q->vlan, 9);
	ck_assert_uint_eq(q->icmp_type, errors[_i].type);
	ck_assert_uint_eq(q->icmp_code, errors[_i].code);
	ck_assert_uint_eq(q->mtu, errors[_i].mtu);
}
END_TEST

START_TEST(a_quote_does_not_outlive_its_frame)
{
	icmp(false, 3, 1, 0);
	quoted_tcp(false);
	packet_finish(&p);
	(void)packet_decode(decoder, &p, &seg);
	ck_assert_ptr_nonnull(decoder_last_quoted(decoder));
	(void)packet_decode_cut(decoder, &p, 14, p.len, &seg);
	ck_assert_ptr_null(decoder_last_quoted(decoder));
}
END_TEST

START_TEST(a_quote_needs_a_sequence_number)
{
	icmp(false, 3, 1, 0);
	quoted_tcp(false);
	packet_finish(&p);
	for (size_t n = 0; n <= p.len; n++) {
		ck_assert_int_ne(packet_decode_cut(decoder, &p, n, p.len,
		    &seg), VERDICT_SEGMENT);
		ck_assert_int_eq(decoder_last_quoted(decoder) != NULL,
		    n >= p.tcp + 8);
	}
}
END_TEST

START_TEST(quotes_are_only_looked_at)
{
	/* a fragment without a header: nothing is remembered of it */
	icmp(false, 11, 1, 0);
	packet_ip4(&p, &(struct packet_ip4){ .fragment = 185, .id = 7 });
	packet_tcp(&p, &(struct packet_tcp){ 0 });
	packet_finish(&p);
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_NOT_TCP);
	ck_assert_ptr_null(decoder_last_quoted(decoder));
	ck_assert_uint_eq(decoder_stats(decoder)->fragments_incomplete, 0);
	/* a first fragment has one */
	packet_put16(&p, p.ip + 6, 0x2000);
	packet_put16(&p, p.ip + 2, 20 + 1480);
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_NOT_TCP);
	ck_assert_ptr_nonnull(decoder_last_quoted(decoder));
	ck_assert_uint_eq(decoder_stats(decoder)->fragments_incomplete, 0);
	/* an ICMP error inside: the end */
	icmp(false, 3, 1, 0);
	packet_ip4(&p, &(struct packet_ip4){ 0 });
	p.bytes[p.slot_at] = 1;
	packet_say_nothing(&p);
	packet_u32(&p, 0x03010000);
	packet_u32(&p, 0);
	quoted_tcp(false);
	packet_finish(&p);
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_NOT_TCP);
	ck_assert_ptr_null(decoder_last_quoted(decoder));
	/* the same, of the other version */
	icmp(true, 1, 0, 0);
	packet_ip6(&p, &(struct packet_ip6){ 0 });
	p.bytes[p.slot_at] = 58;
	packet_say_nothing(&p);
	packet_zeros(&p, 60);
	packet_finish(&p);
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_NOT_TCP);
	ck_assert_ptr_null(decoder_last_quoted(decoder));
}
END_TEST

START_TEST(a_quoted_tunnel_stays_closed)
{
	icmp(false, 3, 1, 0);
	packet_ip4(&p, &(struct packet_ip4){ 0 });
	packet_gre(&p, 0);
	quoted_tcp(false);
	packet_finish(&p);
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_NOT_TCP);
	ck_assert_ptr_null(decoder_last_quoted(decoder));
}
END_TEST

START_TEST(a_quote_inside_a_tunnel_knows_its_network)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_ip4(&p, &(struct packet_ip4){ 0 });
	packet_udp(&p, 1, 4789);
	packet_vxlan(&p, 66);
	packet_ip4(&p, &(struct packet_ip4){ 0 });
	p.bytes[p.slot_at] = 1;
	packet_say_nothing(&p);
	packet_u32(&p, 0x03010000);
	packet_u32(&p, 0);
	quoted_tcp(false);
	packet_finish(&p);
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_NOT_TCP);
	ck_assert_ptr_nonnull(decoder_last_quoted(decoder));
	ck_assert(decoder_last_quoted(decoder)->vni_known);
	ck_assert_uint_eq(decoder_last_quoted(decoder)->vni, 66);
}
END_TEST

/* Frames that begin well and then are spoilt somewhere. */
START_TEST(any_octet_may_be_wrong)
{
	struct xorshift x = { .state = (uint64_t)_i + 1 };

	for (unsigned i = 0; i < 2000; i++) {
		const size_t cut = xorshift_below(&x, 200);
		enum verdict v;

		packet_start(&p, (enum linktype)_i);
		if (xorshift_next(&x) % 2 == 0 && _i != LINKTYPE_IPV6)
			packet_ip4(&p, &(struct packet_ip4){ 0 });
		else
			packet_ip6(&p, &(struct packet_ip6){ 0 });
		packet_udp(&p, 4789, 4789);
		packet_vxlan(&p, 1);
		quoted_tcp(false);
		packet_finish(&p);
		for (unsigned n = 0; n < 4; n++)
			p.bytes[xorshift_next(&x) % p.len] =
			    (uint8_t)xorshift_next(&x);
		v = packet_decode_cut(decoder, &p, cut < p.len ? cut : p.len,
		    xorshift_next(&x) % 2 == 0 ? p.len : cut, &seg);
		ck_assert_int_lt(v, VERDICT_COUNT);
		ck_assert_int_ne(v, VERDICT_DUPLICATE);
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("frame");
	TCase *tc = tcase_create("chain");

	tcase_add_checked_fixture(tc, decoding_setup, decoding_teardown);
	tcase_add_test(tc, verdicts_have_keys_words_and_sentences);
	tcase_add_test(tc, the_table_of_encapsulations_can_be_read);
	tcase_add_test(tc, every_named_protocol_is_found);
	tcase_add_test(tc, no_decoder_without_memory);
	tcase_add_test(tc, time_and_number_are_the_frames);
	tcase_add_test(tc, a_frame_of_nothing_has_a_verdict);
	tcase_add_test(tc, unknown_numbers_have_one_name_each);
	tcase_add_loop_test(tc, any_octet_may_be_wrong, 0, LINKTYPE_COUNT);
	suite_add_tcase(s, tc);
	tc = tcase_create("quotes");
	tcase_add_checked_fixture(tc, decoding_setup, decoding_teardown);
	tcase_add_loop_test(tc, icmp_errors_quote_and_are_no_segments, 0,
	    (int)ARRAY_LEN(errors));
	tcase_add_test(tc, a_quote_does_not_outlive_its_frame);
	tcase_add_test(tc, a_quote_needs_a_sequence_number);
	tcase_add_test(tc, quotes_are_only_looked_at);
	tcase_add_test(tc, a_quoted_tunnel_stays_closed);
	tcase_add_test(tc, a_quote_inside_a_tunnel_knows_its_network);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
