/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ESP: what is not encrypted is opened, whatever the lengths that only its
 * endpoints know; what is encrypted never looks like it.
 */
#include "config.h"

#include <check.h>
#include <string.h>

#include "base/compiler.h"
#include "base/cursor.h"
#include "check_main.h"
#include "decoding.h"
#include "packet.h"
#include "xorshift.h"

#define PAYLOAD_LEN	10
#define PORT_ESP	4500

static struct packet p;
static struct segment seg;
static struct xorshift noise = { .state = 1 };

/* How an association pads and protects its packets. */
static const struct {
	size_t vector_len;
	size_t check_len;
	unsigned more_padding;	/* beside what alignment wants */
} associations[] = {
	{ 0, 12, 0 },		/* HMAC-MD5-96, HMAC-SHA1-96 */
	{ 0, 16, 0 },		/* HMAC-SHA-256-128 */
	{ 0, 24, 0 },		/* HMAC-SHA-384-192 */
	{ 0, 32, 0 },		/* HMAC-SHA-512-256 */
	{ 0, 0, 0 },		/* none */
	{ 8, 16, 0 },		/* GMAC */
	{ 0, 12, 200 },		/* traffic flow confidentiality */
	{ 8, 16, 4 },
};

static void
add_noise(size_t len)
{
	for (size_t i = 0; i < len; i++)
		packet_u8(&p, (unsigned)xorshift_below(&noise, 256));
}

static void
add_header(int association)
{
	packet_u32(&p, 0x12345678);	/* SPI */
	packet_u32(&p, 7);
	add_noise(associations[association].vector_len);
}

static void
start(bool is_ip6, unsigned protocol)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	if (is_ip6)
		packet_ip6(&p, &(struct packet_ip6){ 0 });
	else
		packet_ip4(&p, &(struct packet_ip4){ 0 });
	p.bytes[p.slot_at] = (uint8_t)protocol;
	packet_say_nothing(&p);
}

/* Lengths and checksums first: the trailer is no part of what is inside. */
static void
add_trailer(int association, unsigned protocol)
{
	const size_t outer = p.outer_ip;
	unsigned padding = (unsigned)(-(p.len - outer) - 2) & 3;

	packet_finish(&p);
	padding += associations[association].more_padding;
	for (unsigned i = 1; i <= padding; i++)
		packet_u8(&p, i);
	packet_u8(&p, padding);
	packet_u8(&p, protocol);
	add_noise(associations[association].check_len);
	if (p.bytes[outer] >> 4 == 4)
		packet_put16(&p, outer + 2, (unsigned)(p.len - outer));
	else
		packet_put16(&p, outer + 4, (unsigned)(p.len - outer - 40));
}

static void
add_tcp(void)
{
	packet_tcp(&p, &(struct packet_tcp){ .seq = 77, .flags = TCP_ACK });
	packet_payload(&p, PAYLOAD_LEN);
}

static void
transport(int association, bool is_ip6)
{
	start(is_ip6, 50);
	add_header(association);
	add_tcp();
	add_trailer(association, 6);
}

static void
tunnel(int association, bool is_ip6)
{
	start(false, 50);
	add_header(association);
	if (is_ip6)
		packet_ip6(&p, &(struct packet_ip6){ .src_last = 9 });
	else
		packet_ip4(&p, &(struct packet_ip4){ .src = 0xc0000209 });
	add_tcp();
	add_trailer(association, is_ip6 ? 41 : 4);
}

static void
expect_segment(void)
{
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_SEGMENT);
	ck_assert_uint_eq(seg.seq, 77);
	ck_assert_uint_eq(seg.payload_len, PAYLOAD_LEN);
	ck_assert_uint_eq(seg.payload_captured, PAYLOAD_LEN);
}

static void
expect(enum verdict verdict, const char *words)
{
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), verdict);
	ck_assert_str_eq(decoder_last_protocol(decoder), words);
}

START_TEST(tcp_is_found_in_transport_mode)
{
	for (int is_ip6 = 0; is_ip6 < 2; is_ip6++) {
		transport(_i, is_ip6);
		expect_segment();
		ck_assert_uint_eq(seg.ip_version, is_ip6 ? 6 : 4);
	}
}
END_TEST

START_TEST(tcp_is_found_in_tunnel_mode)
{
	for (int is_ip6 = 0; is_ip6 < 2; is_ip6++) {
		tunnel(_i, is_ip6);
		expect_segment();
		ck_assert_uint_eq(is_ip6 ? seg.src[15] : seg.src[3], 9);
	}
}
END_TEST

/* Any snapshot: the segment, or less, but never another segment. */
START_TEST(a_cut_packet_has_no_other_length)
{
	enum verdict v;

	for (int is_tunnel = 0; is_tunnel < 2; is_tunnel++) {
		if (is_tunnel)
			tunnel(_i, false);
		else
			transport(_i, false);
		for (size_t n = 0; n < p.len; n++) {
			v = packet_decode_cut(decoder, &p, n, p.len, &seg);
			if (v == VERDICT_SEGMENT &&
			    seg.depth >= DEPTH_FLAGS) {
				ck_assert(is_tunnel);
				ck_assert_uint_eq(seg.payload_len,
				    PAYLOAD_LEN);
			} else if (v != VERDICT_SEGMENT) {
				ck_assert(v == VERDICT_UNSUPPORTED ||
				    v == VERDICT_SHORT);
			}
		}
	}
}
END_TEST

/* The inner length says what the missing trailer would. */
START_TEST(a_tunnel_is_open_to_short_snapshots)
{
	for (int is_ip6 = 0; is_ip6 < 2; is_ip6++) {
		tunnel(_i, is_ip6);
		ck_assert_int_eq(packet_decode_cut(decoder, &p, p.tcp + 20,
		    p.len, &seg), associations[_i].more_padding == 0 ?
		    VERDICT_SEGMENT : VERDICT_UNSUPPORTED);
	}
}
END_TEST

START_TEST(tcp_without_its_trailer_is_too_short)
{
	transport(0, false);
	ck_assert_int_eq(packet_decode_cut(decoder, &p, p.tcp + 20, p.len,
	    &seg), VERDICT_SHORT);
	ck_assert_str_eq(decoder_last_protocol(decoder), "ESP trailer");
}
END_TEST

START_TEST(other_content_is_named)
{
	start(false, 50);
	add_header(0);
	packet_u32(&p, 0x00350035);	/* ports of UDP */
	packet_u16(&p, 8 + PAYLOAD_LEN);
	packet_u16(&p, 0);
	packet_zeros(&p, PAYLOAD_LEN);
	add_trailer(0, 17);
	expect(VERDICT_NOT_TCP, "UDP");
	start(false, 50);
	add_header(0);
	packet_u32(&p, 0x0800f7ff);	/* an echo request */
	packet_zeros(&p, 4 + PAYLOAD_LEN);
	add_trailer(0, 1);
	expect(VERDICT_NOT_TCP, "ICMP");
	start(false, 50);
	add_header(0);
	packet_gre(&p, 0);
	packet_put16(&p, p.len - 2, 0x0800);
	packet_say_nothing(&p);
	packet_ip4(&p, &(struct packet_ip4){ 0 });
	add_tcp();
	add_trailer(0, 47);
	expect_segment();
}
END_TEST

/* A byte that is not what it has to be. */
START_TEST(what_does_not_agree_is_taken_for_encrypted)
{
	tunnel(0, false);
	p.bytes[p.ip + 10] ^= 1;	/* checksum */
	expect(VERDICT_UNSUPPORTED, "ESP");
	tunnel(0, false);
	p.bytes[p.len - 13] = 6;	/* next header */
	expect(VERDICT_UNSUPPORTED, "ESP");
	tunnel(0, true);
	p.bytes[p.ip + 5] ^= 4;	/* length */
	expect(VERDICT_UNSUPPORTED, "ESP");
	tunnel(0, true);
	p.bytes[p.ip + 6] = 99;	/* protocol */
	expect(VERDICT_UNSUPPORTED, "ESP");
	tunnel(6, false);
	p.bytes[p.len - 20] ^= 1;	/* padding */
	expect(VERDICT_UNSUPPORTED, "ESP");
	transport(0, false);
	p.bytes[p.tcp + 13] |= TCP_URG;
	expect(VERDICT_UNSUPPORTED, "ESP");
	transport(0, false);
	p.bytes[p.tcp + 12] = 0xf0;	/* header beyond the packet */
	expect(VERDICT_UNSUPPORTED, "ESP");
}
END_TEST

START_TEST(encrypted_packets_are_never_opened)
{
	noise.state = (uint64_t)_i + 1;
	for (unsigned i = 0; i < 20000; i++) {
		const size_t missing = i % 5 == 0 ?
		    xorshift_below(&noise, 8) : 0;

		start(i % 2, i % 3 == 0 ? 17 : 50);
		if (i % 3 == 0) {
			packet_u32(&p, (uint32_t)PORT_ESP << 16 | PORT_ESP);
			packet_u32(&p, 0);
		}
		packet_u32(&p, 0x12345678);
		add_noise(16 + 4 * xorshift_below(&noise, 40));
		packet_finish(&p);
		ck_assert_int_eq(packet_decode_cut(decoder, &p,
		    p.len - missing, p.len, &seg), VERDICT_UNSUPPORTED);
	}
}
END_TEST

static void
in_udp(void)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_ip4(&p, &(struct packet_ip4){ 0 });
	packet_udp(&p, 40000, PORT_ESP);
	add_header(0);
	packet_say_nothing(&p);
	packet_ip4(&p, &(struct packet_ip4){ .src = 0xc0000209 });
	add_tcp();
	add_trailer(0, 4);
	packet_put16(&p, p.outer_ip + 24, (unsigned)(p.len - p.outer_ip - 20));
}

START_TEST(it_may_be_in_udp)
{
	in_udp();
	expect_segment();
	ck_assert_uint_eq(seg.src[3], 9);
	for (size_t n = p.outer_ip + 28; n < p.len; n++)
		(void)packet_decode_cut(decoder, &p, n, p.len, &seg);
	p.bytes[p.ip] = 0x77;
	expect(VERDICT_UNSUPPORTED, "ESP in UDP");
	/* key exchange, a reserved SPI, a length that is none */
	memset(p.bytes + p.outer_ip + 28, 0, 4);
	expect(VERDICT_NOT_TCP, "UDP");
	p.bytes[p.outer_ip + 28 + 3] = 0xff;
	expect(VERDICT_NOT_TCP, "UDP");
	in_udp();
	packet_put16(&p, p.outer_ip + 2, (unsigned)(p.len - p.outer_ip - 1));
	expect(VERDICT_NOT_TCP, "UDP");
}
END_TEST

START_TEST(without_tunnels_transport_mode_is_open)
{
	static const uint64_t key[2] = { 1, 2 };
	struct decoder *outer = decoder_new(&(struct decoder_options){
	    .no_tunnels = true }, key);

	transport(0, false);
	ck_assert_int_eq(packet_decode(outer, &p, &seg), VERDICT_SEGMENT);
	tunnel(0, false);
	ck_assert_int_eq(packet_decode(outer, &p, &seg), VERDICT_NOT_TCP);
	ck_assert_str_eq(decoder_last_protocol(outer), "IPv4 in IP");
	decoder_free(outer);
}
END_TEST

static Suite *
suite(void)
{
	const int count = (int)ARRAY_LEN(associations);
	Suite *s = suite_create("esp");
	TCase *tc = tcase_create("esp");

	tcase_add_checked_fixture(tc, decoding_setup, decoding_teardown);
	tcase_add_loop_test(tc, tcp_is_found_in_transport_mode, 0, count);
	tcase_add_loop_test(tc, tcp_is_found_in_tunnel_mode, 0, count);
	tcase_add_loop_test(tc, a_cut_packet_has_no_other_length, 0, count);
	tcase_add_loop_test(tc, a_tunnel_is_open_to_short_snapshots, 0,
	    count);
	tcase_add_test(tc, tcp_without_its_trailer_is_too_short);
	tcase_add_test(tc, other_content_is_named);
	tcase_add_test(tc, what_does_not_agree_is_taken_for_encrypted);
	tcase_add_loop_test(tc, encrypted_packets_are_never_opened, 0, 10);
	tcase_add_test(tc, it_may_be_in_udp);
	tcase_add_test(tc, without_tunnels_transport_mode_is_open);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
