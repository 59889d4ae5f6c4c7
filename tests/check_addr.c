/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses as text, and the name of a four-tuple made from them.
 */
#include "config.h"

#include <arpa/inet.h>
#include <check.h>
#include <string.h>

#include "base/compiler.h"
#include "base/sha1.h"
#include "check_main.h"
#include "conns.h"
#include "print/addr.h"
#include "records/community.h"
#include "xorshift.h"

/* What inet_pton() reads and what must be printed for it. */
static const struct {
	const char *read;
	const char *printed;
} addresses[] = {
	{ "::", "::" },
	{ "::1", "::1" },
	{ "1::", "1::" },
	{ "2001:db8::1", "2001:db8::1" },
	{ "2001:0db8:0000:0000:0000:0000:0002:0001", "2001:db8::2:1" },
	/* RFC 5952, 4.2.2: a single group is not shortened. */
	{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
	{ "0:1:1:1:1:1:1:0", "0:1:1:1:1:1:1:0" },
	/* 4.2.3: the longest run, the first of equal ones. */
	{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
	{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
	{ "0:0:1:0:0:0:1:1", "0:0:1::1:1" },
	{ "1:0:0:0:0:0:0:0", "1::" },
	{ "1:2:3:4:5:6:0:0", "1:2:3:4:5:6::" },
	/* 4.3: lower case. */
	{ "2001:DB8::ABCD:EF01", "2001:db8::abcd:ef01" },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	/* 5: an IPv4 address in it. */
	{ "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
	{ "::192.0.2.1", "::192.0.2.1" },
	{ "::ffff:0.0.0.0", "::ffff:0.0.0.0" },
	{ "::ffff:0:192.0.2.1", "::ffff:0:c000:201" },
	{ "64:ff9b::192.0.2.1", "64:ff9b::c000:201" },
	{ "::2", "::2" },
	{ "::1:2", "::0.1.0.2" },
	{ "fe80::200:5efe:192.0.2.1", "fe80::200:5efe:c000:201" }
};

START_TEST(ipv6_is_printed_as_rfc_5952_wants)
{
	char buf[ADDR_BUFSIZE];
	uint8_t bytes[16];

	ck_assert_int_eq(inet_pton(AF_INET6, addresses[_i].read, bytes), 1);
	ck_assert_uint_eq(addr_format(buf, bytes, 6),
	    strlen(addresses[_i].printed));
	ck_assert_str_eq(buf, addresses[_i].printed);
}
END_TEST

/* Each of the eight groups is 0, 1 or ffff: all that formatting looks at. */
START_TEST(every_pattern_of_groups_is_printed_as_the_c_library_does)
{
	char ours[ADDR_BUFSIZE];
	char theirs[INET6_ADDRSTRLEN];
	uint8_t bytes[16];

	for (unsigned pattern = 0; pattern < 6561; pattern++) {
		unsigned rest = pattern;

		for (unsigned i = 0; i < 8; i++, rest /= 3) {
			bytes[2 * i] = rest % 3 == 2 ? 0xff : 0;
			bytes[2 * i + 1] = rest % 3 == 2 ? 0xff :
			    (uint8_t)(rest % 3);
		}
		ck_assert_ptr_nonnull(inet_ntop(AF_INET6, bytes, theirs,
		    sizeof(theirs)));
		addr_format(ours, bytes, 6);
		ck_assert_str_eq(ours, theirs);
	}
}
END_TEST

START_TEST(ipv4_is_a_dotted_quad)
{
	static const uint8_t bytes[16] = { 192, 0, 2, 255 };
	char buf[ADDR_BUFSIZE];

	ck_assert_uint_eq(addr_format(buf, bytes, 4), 11);
	ck_assert_str_eq(buf, "192.0.2.255");
}
END_TEST

START_TEST(an_endpoint_has_brackets_where_colons_would_mislead)
{
	char buf[ADDR_ENDPOINT_BUFSIZE];

	conns_setup(1);
	ck_assert_uint_eq(addr_format_endpoint(buf, &conns[0], 0), 14);
	ck_assert_str_eq(buf, "10.0.0.1:40000");
	ck_assert_uint_eq(addr_format_endpoint(buf, &conns[0], 1), 11);
	ck_assert_str_eq(buf, "10.0.0.2:80");
	conns[0].key.ip_version = 6;
	memset(conns[0].key.addr, 0xff, sizeof(conns[0].key.addr));
	conns[0].key.port[1] = 65535;
	ck_assert_uint_eq(addr_format_endpoint(buf, &conns[0], 1), 47);
	ck_assert_str_eq(buf,
	    "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
}
END_TEST

static void
hex_of(char hex[2 * SHA1_LEN + 1], const uint8_t digest[SHA1_LEN])
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned i = 0; i < SHA1_LEN; i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	hex[2 * SHA1_LEN] = '\0';
}

/* Messages of the standard's examples, and those around a block's end. */
static const struct {
	const char *piece;
	unsigned times;
	const char *hex;
} messages[] = {
	{ "", 0, "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
	{ "abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	    "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
	{ "a", 55, "c1c8bbdc22796e28c0e15163d20899b65621d65a" },
	{ "a", 56, "c2db330f6083854c99d4b5bfb6e8f29f201be699" },
	{ "a", 63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5" },
	{ "a", 64, "0098ba824b5c16427bd7a1122a5a442a25ec644d" },
	{ "a", 65, "11655326c708d70319be2610e8a57d9a5b959d3b" },
	{ "a", 1000, "291e9a6c66994949b57ba5e650361e98fc36b1ba" }
};

START_TEST(digests_are_those_of_the_standard)
{
	uint8_t bytes[1000];
	uint8_t digest[SHA1_LEN];
	char hex[2 * SHA1_LEN + 1];
	size_t len = 0;

	for (unsigned i = 0; i < messages[_i].times; i++) {
		memcpy(bytes + len, messages[_i].piece,
		    strlen(messages[_i].piece));
		len += strlen(messages[_i].piece);
	}
	sha1(bytes, len, digest);
	hex_of(hex, digest);
	ck_assert_str_eq(hex, messages[_i].hex);
	sha1_plain(bytes, len, digest);
	hex_of(hex, digest);
	ck_assert_str_eq(hex, messages[_i].hex);
}
END_TEST

/* Whichever instructions this processor has. */
START_TEST(both_ways_to_a_digest_agree)
{
	struct xorshift x = { .state = 3 };
	uint8_t bytes[200], digest[SHA1_LEN], plain[SHA1_LEN];

	for (size_t len = 0; len <= sizeof(bytes); len++) {
		for (size_t i = 0; i < len; i++)
			bytes[i] = (uint8_t)xorshift_next(&x);
		sha1(bytes, len, digest);
		sha1_plain(bytes, len, plain);
		ck_assert_mem_eq(digest, plain, sizeof(digest));
	}
}
END_TEST

/* Four-tuples and the names that the specification's own program gives. */
static const struct {
	int family;
	const char *addr[2];
	uint16_t port[2];
	const char *id;
} tuples[] = {
	{ AF_INET, { "128.232.110.120", "66.35.250.204" }, { 34855, 80 },
	    "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
	{ AF_INET, { "66.35.250.204", "128.232.110.120" }, { 80, 34855 },
	    "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
	{ AF_INET, { "192.168.1.164", "142.104.5.64" }, { 1201, 80 },
	    "1:eDPFH8jPw+PHI6rMjikDNjOVEDA=" },
	{ AF_INET, { "10.0.0.1", "10.0.0.1" }, { 80, 34855 },
	    "1:7lyLKKKM2iIsnVK2lZ+U9Amv5Rw=" },
	{ AF_INET6, { "2001:470:e5bf:dead:4957:2174:e82c:4887",
	    "2607:f8b0:400c:c03::1a" }, { 63943, 25 },
	    "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=" },
	{ AF_INET6, { "2607:f8b0:400c:c03::1a",
	    "2001:470:e5bf:dead:4957:2174:e82c:4887" }, { 25, 63943 },
	    "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=" }
};

START_TEST(a_four_tuple_has_the_name_that_others_give_it)
{
	struct key key = { .ip_version = 4 };
	char id[COMMUNITY_BUFSIZE];

	if (tuples[_i].family == AF_INET6)
		key.ip_version = 6;
	for (unsigned side = 0; side < 2; side++) {
		ck_assert_int_eq(inet_pton(tuples[_i].family,
		    tuples[_i].addr[side], key.addr[side]), 1);
		key.port[side] = tuples[_i].port[side];
	}
	community_id(id, &key);
	ck_assert_str_eq(id, tuples[_i].id);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("addr");
	TCase *tc = tcase_create("addr");
	TCase *names = tcase_create("community");

	tcase_add_loop_test(tc, ipv6_is_printed_as_rfc_5952_wants, 0,
	    (int)ARRAY_LEN(addresses));
	tcase_add_test(tc,
	    every_pattern_of_groups_is_printed_as_the_c_library_does);
	tcase_add_test(tc, ipv4_is_a_dotted_quad);
	tcase_add_test(tc,
	    an_endpoint_has_brackets_where_colons_would_mislead);
	suite_add_tcase(s, tc);
	tcase_add_test(names, both_ways_to_a_digest_agree);
	tcase_add_loop_test(names, digests_are_those_of_the_standard, 0,
	    (int)ARRAY_LEN(messages));
	tcase_add_loop_test(names,
	    a_four_tuple_has_the_name_that_others_give_it, 0,
	    (int)ARRAY_LEN(tuples));
	suite_add_tcase(s, names);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
