/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPv4 and IPv6 headers: the lengths that they declare, what contradicts
 * itself, and the headers between IP and TCP.
 */
#include "config.h"

#include <check.h>
#include <string.h>

#include "base/compiler.h"
#include "check_main.h"
#include "decoding.h"
#include "packet.h"

static struct packet p;
static struct segment seg;

static void
tcp_with(size_t payload_len)
{
	packet_tcp(&p, &(struct packet_tcp){ .seq = 77, .flags = TCP_ACK });
	packet_payload(&p, payload_len);
	packet_finish(&p);
}

static void
ip4_with(size_t payload_len)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_ip4(&p, &(struct packet_ip4){ 0 });
	tcp_with(payload_len);
}

static void
ip6_with(size_t payload_len)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_ip6(&p, &(struct packet_ip6){ 0 });
	tcp_with(payload_len);
}

static void
expect_segment(uint32_t payload_len)
{
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_SEGMENT);
	ck_assert_uint_eq(seg.seq, 77);
	ck_assert_uint_eq(seg.payload_len, payload_len);
}

static void
expect_malformed(const char *words)
{
	ck_assert_int_eq(packet_decode(decoder, &p, &seg),
	    VERDICT_MALFORMED_IP);
	ck_assert_str_eq(decoder_last_protocol(decoder), words);
}

START_TEST(ip4_fields_are_taken)
{
	static const uint8_t src[16] = { 192, 0, 2, 1 };
	static const uint8_t dst[16] = { 198, 51, 100, 2 };

	packet_start(&p, LINKTYPE_IPV4);
	packet_ip4(&p, &(struct packet_ip4){ .src = 0xc0000201,
	    .dst = 0xc6336402, .id = 0x1234, .tos = 0xb9, .ttl = 33 });
	tcp_with(5);
	memset(&seg, 0xff, sizeof(seg));
	expect_segment(5);
	ck_assert_mem_eq(seg.src, src, 16);
	ck_assert_mem_eq(seg.dst, dst, 16);
	ck_assert_uint_eq(seg.ip_version, 4);
	ck_assert_uint_eq(seg.ip_id, 0x1234);
	ck_assert_uint_eq(seg.ecn, 1);
	ck_assert_uint_eq(seg.ttl, 33);
	ck_assert_uint_eq(seg.ip_len, 45);
}
END_TEST

START_TEST(ip6_fields_are_taken)
{
	static const uint8_t src[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 9 };
	static const uint8_t dst[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 8 };

	packet_start(&p, LINKTYPE_IPV6);
	packet_ip6(&p, &(struct packet_ip6){ .src_last = 9, .dst_last = 8,
	    .traffic_class = 0xba, .hop_limit = 22 });
	tcp_with(5);
	memset(&seg, 0xff, sizeof(seg));
	expect_segment(5);
	ck_assert_mem_eq(seg.src, src, 16);
	ck_assert_mem_eq(seg.dst, dst, 16);
	ck_assert_uint_eq(seg.ip_version, 6);
	ck_assert_uint_eq(seg.ip_id, 0);
	ck_assert_uint_eq(seg.ecn, 2);
	ck_assert_uint_eq(seg.ttl, 22);
	ck_assert_uint_eq(seg.ip_len, 65);
}
END_TEST

START_TEST(ethernet_padding_is_no_data)
{
	ip4_with(0);
	packet_zeros(&p, 6);
	expect_segment(0);
	ip6_with(3);
	packet_zeros(&p, 100);
	expect_segment(3);
}
END_TEST

START_TEST(a_total_length_of_zero_means_the_frame_decides)
{
	ip4_with(3000);
	packet_put16(&p, p.ip + 2, 0);
	expect_segment(3000);
	ck_assert(seg.is_offloaded);
	ck_assert_uint_eq(seg.ip_len, 3040);
	ck_assert_uint_eq(decoder_stats(decoder)->offloaded, 1);
	/* The snapshot has no part in it. */
	ck_assert_int_eq(packet_decode_cut(decoder, &p, p.payload, 100000,
	    &seg), VERDICT_SEGMENT);
	ck_assert_uint_eq(seg.payload_len, 100000 - p.payload);
}
END_TEST

START_TEST(a_payload_length_of_zero_means_the_frame_decides)
{
	ip6_with(3000);
	packet_put16(&p, p.ip + 4, 0);
	expect_segment(3000);
	ck_assert(seg.is_offloaded);
	ck_assert_int_eq(packet_decode_cut(decoder, &p, p.payload, 200000,
	    &seg), VERDICT_SEGMENT);
	ck_assert_uint_eq(seg.payload_len, 200000 - p.payload);
}
END_TEST

START_TEST(a_jumbogram_is_as_long_as_its_frame)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_ip6(&p, &(struct packet_ip6){ 0 });
	packet_extension(&p, 0, 0);
	/* RFC 2675, 2: the jumbo payload option, 72008 bytes */
	memcpy(p.bytes + p.extension + 2, "\xc2\x04\x00\x01\x19\x48", 6);
	tcp_with(100);
	packet_put16(&p, p.ip + 4, 0);
	ck_assert_int_eq(packet_decode_cut(decoder, &p, p.len,
	    p.payload + 71980, &seg), VERDICT_SEGMENT);
	ck_assert_uint_eq(seg.payload_len, 71980);
	ck_assert(seg.is_offloaded);
}
END_TEST

START_TEST(an_ip_length_beyond_the_frame_is_believed)
{
	ip4_with(100);
	/* A tool that writes the snapshot's length as the wire's. */
	ck_assert_int_eq(packet_decode_cut(decoder, &p, p.payload, p.payload,
	    &seg), VERDICT_SEGMENT);
	ck_assert_uint_eq(seg.payload_len, 100);
	ck_assert(seg.is_wire_len_wrong);
	ck_assert_uint_eq(decoder_stats(decoder)->wire_len_wrong, 1);
	ip6_with(100);
	ck_assert_int_eq(packet_decode_cut(decoder, &p, p.payload, 0, &seg),
	    VERDICT_SEGMENT);
	ck_assert_uint_eq(seg.payload_len, 100);
	ck_assert(seg.is_wire_len_wrong);
}
END_TEST

START_TEST(ip4_lengths_that_contradict_each_other_are_malformed)
{
	ip4_with(0);
	p.bytes[p.ip] = 0x55;
	expect_malformed("IPv4 version");
	p.bytes[p.ip] = 0x44;
	expect_malformed("IPv4 header length");
	p.bytes[p.ip] = 0x45;
	packet_put16(&p, p.ip + 2, 19);
	expect_malformed("IPv4 total length");
	p.bytes[p.ip] = 0x4f;
	packet_put16(&p, p.ip + 2, 59);
	expect_malformed("IPv4 total length");
	/* 60 bytes of header in a frame of 54 without a length of its own */
	packet_put16(&p, p.ip + 2, 0);
	expect_malformed("IPv4 options");
}
END_TEST

START_TEST(an_ip6_header_of_another_version_is_malformed)
{
	ip6_with(0);
	p.bytes[p.ip] = 0x50;
	expect_malformed("IPv6 version");
}
END_TEST

START_TEST(raw_ip_tells_its_version)
{
	packet_start(&p, LINKTYPE_RAW);
	packet_ip4(&p, &(struct packet_ip4){ 0 });
	tcp_with(1);
	expect_segment(1);
	packet_start(&p, LINKTYPE_RAW);
	packet_ip6(&p, &(struct packet_ip6){ 0 });
	tcp_with(1);
	expect_segment(1);
	p.bytes[0] = 0x30;
	expect_malformed("IP version");
	p.len = 0;
	expect_malformed("IP header");
}
END_TEST

START_TEST(a_frame_that_ends_inside_the_ip_header_is_malformed)
{
	ip4_with(0);
	for (size_t n = p.ip; n < p.ip + 20; n++) {
		ck_assert_int_eq(packet_decode_cut(decoder, &p, n, n, &seg),
		    VERDICT_MALFORMED_IP);
		ck_assert_int_eq(packet_decode_cut(decoder, &p, n, p.len,
		    &seg), VERDICT_SHORT);
	}
}
END_TEST

START_TEST(ip4_options_of_any_length_are_stepped_over)
{
	for (unsigned len = 0; len <= 40; len += 4) {
		packet_start(&p, LINKTYPE_ETHERNET);
		packet_ip4(&p, &(struct packet_ip4){
		    .options_len = (uint8_t)len });
		tcp_with(9);
		expect_segment(9);
		ck_assert_uint_eq(seg.ip_len, 20 + len + 20 + 9);
	}
}
END_TEST

START_TEST(ip6_extension_headers_are_stepped_over)
{
	static const uint8_t kinds[] = { 0, 43, 60, 135, 139, 140 };

	packet_start(&p, LINKTYPE_ETHERNET);
	packet_ip6(&p, &(struct packet_ip6){ 0 });
	for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
		packet_extension(&p, kinds[i], i);
	packet_ah(&p);
	packet_ip6_fragment(&p, 1, 0, false);
	tcp_with(11);
	expect_segment(11);
	ck_assert_uint_eq(seg.ip_len, p.len - p.ip);
}
END_TEST

START_TEST(ip4_may_be_authenticated)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_ip4(&p, &(struct packet_ip4){ 0 });
	packet_ah(&p);
	tcp_with(11);
	expect_segment(11);
	/* 24 bytes of header, in 20 */
	packet_put16(&p, p.ip + 2, 20 + 20);
	expect_malformed("authentication header");
}
END_TEST

START_TEST(an_extension_header_beyond_the_packet_is_malformed)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_ip6(&p, &(struct packet_ip6){ 0 });
	packet_extension(&p, 60, 0);
	tcp_with(0);
	p.bytes[p.extension + 1] = 200;
	expect_malformed("IPv6 extension header");
	p.bytes[p.ip + 6] = 43;
	expect_malformed("IPv6 routing header");
	p.bytes[p.ip + 6] = 44;
	packet_put16(&p, p.ip + 4, 7);
	expect_malformed("IPv6 fragment header");
}
END_TEST

/* Type, segments left, and the last byte of the address that counts. */
static const struct {
	uint8_t type;
	uint8_t left;
	uint8_t want;
} routes[] = {
	{ 0, 2, 0xb },	/* source route: the last address */
	{ 0, 0, 2 },	/* at its end: the header's own */
	{ 2, 1, 0xb },	/* mobile IPv6 */
	{ 3, 1, 2 },	/* RPL: compressed, not followed */
	{ 4, 1, 0xa },	/* segment routing: in reverse */
	{ 4, 0, 2 },
};

START_TEST(a_routed_packet_counts_for_its_final_destination)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_ip6(&p, &(struct packet_ip6){ 0 });
	packet_extension(&p, 43, 4);
	p.bytes[p.extension + 2] = routes[_i].type;
	p.bytes[p.extension + 3] = routes[_i].left;
	p.bytes[p.extension + 8 + 15] = 0xa;
	p.bytes[p.extension + 24 + 15] = 0xb;
	tcp_with(0);
	expect_segment(0);
	ck_assert_uint_eq(seg.dst[15], routes[_i].want);
}
END_TEST

/*
 * Destination options, from the first on, and the last byte of the source
 * that counts.  An extension header of two more units has 22 bytes of them.
 */
static const struct {
	const uint8_t *bytes;
	size_t len;
	uint8_t want;
} mobile[] = {
	{ (const uint8_t *)"\1\2\0\0\xc9\x10" "\x20\1\xd\xb8\0\0\0\0"
	    "\0\0\0\0\0\0\0\xa", 22, 0xa },
	{ (const uint8_t *)"\0\xc9\x10" "\x20\1\xd\xb8\0\0\0\0"
	    "\0\0\0\0\0\0\0\xa", 19, 0xa },
	/* another option, another length, one beyond the header */
	{ (const uint8_t *)"\4\1\7\xc8\x10", 5, 1 },
	{ (const uint8_t *)"\xc9\x0f", 2, 1 },
	{ (const uint8_t *)"\1\5\0\0\0\0\0\xc9\x10", 9, 1 },
};

START_TEST(a_mobile_hosts_packet_counts_for_its_home)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_ip6(&p, &(struct packet_ip6){ 0 });
	packet_extension(&p, 60, 2);
	memcpy(p.bytes + p.extension + 2, mobile[_i].bytes, mobile[_i].len);
	tcp_with(0);
	expect_segment(0);
	ck_assert_uint_eq(seg.src[15], mobile[_i].want);
}
END_TEST

/* The same option counts where a host looks at it, and nowhere else. */
START_TEST(a_home_is_no_business_of_routers)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_ip6(&p, &(struct packet_ip6){ 0 });
	packet_extension(&p, 0, 2);
	memcpy(p.bytes + p.extension + 2, mobile[0].bytes, mobile[0].len);
	tcp_with(0);
	expect_segment(0);
	ck_assert_uint_eq(seg.src[15], 1);
}
END_TEST

START_TEST(a_route_without_addresses_changes_nothing)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_ip6(&p, &(struct packet_ip6){ 0 });
	packet_extension(&p, 43, 0);
	p.bytes[p.extension + 3] = 7;
	tcp_with(0);
	expect_segment(0);
	ck_assert_uint_eq(seg.dst[15], 2);
}
END_TEST

static const struct {
	uint8_t protocol;
	const char *words;
} others[] = {
	{ 1, "ICMP" },
	{ 2, "IGMP" },
	{ 17, "UDP" },
	{ 132, "SCTP" },
	{ 253, "IP protocol 253" },
};

START_TEST(other_protocols_are_named)
{
	ip4_with(0);
	p.bytes[p.ip + 9] = others[_i].protocol;
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_NOT_TCP);
	ck_assert_str_eq(decoder_last_protocol(decoder), others[_i].words);
	ip6_with(0);
	p.bytes[p.ip + 6] = others[_i].protocol;
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_NOT_TCP);
	ck_assert_str_eq(decoder_last_protocol(decoder), others[_i].words);
}
END_TEST

START_TEST(extension_headers_belong_to_ip6)
{
	ip4_with(0);
	p.bytes[p.ip + 9] = 60;
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_NOT_TCP);
	ck_assert_str_eq(decoder_last_protocol(decoder), "IP protocol 60");
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("ip");
	TCase *tc = tcase_create("headers");

	tcase_add_checked_fixture(tc, decoding_setup, decoding_teardown);
	tcase_add_test(tc, ip4_fields_are_taken);
	tcase_add_test(tc, ip6_fields_are_taken);
	tcase_add_test(tc, ethernet_padding_is_no_data);
	tcase_add_test(tc, a_total_length_of_zero_means_the_frame_decides);
	tcase_add_test(tc, a_payload_length_of_zero_means_the_frame_decides);
	tcase_add_test(tc, a_jumbogram_is_as_long_as_its_frame);
	tcase_add_test(tc, an_ip_length_beyond_the_frame_is_believed);
	tcase_add_test(tc,
	    ip4_lengths_that_contradict_each_other_are_malformed);
	tcase_add_test(tc, an_ip6_header_of_another_version_is_malformed);
	tcase_add_test(tc, raw_ip_tells_its_version);
	tcase_add_test(tc,
	    a_frame_that_ends_inside_the_ip_header_is_malformed);
	tcase_add_test(tc, ip4_options_of_any_length_are_stepped_over);
	tcase_add_test(tc, ip6_extension_headers_are_stepped_over);
	tcase_add_test(tc, ip4_may_be_authenticated);
	tcase_add_test(tc,
	    an_extension_header_beyond_the_packet_is_malformed);
	tcase_add_loop_test(tc,
	    a_routed_packet_counts_for_its_final_destination, 0,
	    (int)ARRAY_LEN(routes));
	tcase_add_loop_test(tc, a_mobile_hosts_packet_counts_for_its_home, 0,
	    (int)ARRAY_LEN(mobile));
	tcase_add_test(tc, a_home_is_no_business_of_routers);
	tcase_add_test(tc, a_route_without_addresses_changes_nothing);
	tcase_add_loop_test(tc, other_protocols_are_named, 0,
	    (int)ARRAY_LEN(others));
	tcase_add_test(tc, extension_headers_belong_to_ip6);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
