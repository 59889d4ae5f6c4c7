/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Link types and what stands between them and IP: tags, labels, LLC, PPP.
 */
#include "config.h"

#include <check.h>
#include <string.h>

#include "base/compiler.h"
#include "base/cursor.h"
#include "check_main.h"
#include "decoding.h"
#include "packet.h"

static struct packet p;
static struct segment seg;

static void
ip4_tcp(void)
{
	packet_ip4(&p, &(struct packet_ip4){ 0 });
	packet_tcp(&p, &(struct packet_tcp){ .seq = 77 });
	packet_payload(&p, 10);
	packet_finish(&p);
}

static void
ip6_tcp(void)
{
	packet_ip6(&p, &(struct packet_ip6){ 0 });
	packet_tcp(&p, &(struct packet_tcp){ .seq = 77 });
	packet_payload(&p, 10);
	packet_finish(&p);
}

static void
expect_segment(unsigned ip_version)
{
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_SEGMENT);
	ck_assert_uint_eq(seg.seq, 77);
	ck_assert_uint_eq(seg.payload_len, 10);
	ck_assert_uint_eq(seg.ip_version, ip_version);
}

static void
expect(enum verdict verdict, const char *words)
{
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), verdict);
	ck_assert_str_eq(decoder_last_protocol(decoder), words);
}

/* A frame that is nothing but these bytes. */
static void
frame_of(enum linktype type, const void *bytes, size_t n)
{
	packet_start(&p, LINKTYPE_RAW);
	p.linktype = type;
	packet_octets(&p, bytes, n);
}

START_TEST(every_link_type_leads_to_tcp)
{
	const enum linktype type = (enum linktype)_i;

	if (packet_takes_ip(type, 4)) {
		packet_start(&p, type);
		ip4_tcp();
		expect_segment(4);
	}
	if (packet_takes_ip(type, 6)) {
		packet_start(&p, type);
		ip6_tcp();
		expect_segment(6);
	}
}
END_TEST

/* Any part of a link header: the frame ended, or the snapshot did. */
START_TEST(every_link_header_may_end_anywhere)
{
	const enum linktype type = (enum linktype)_i;
	enum verdict verdict;

	packet_start(&p, type);
	if (type == LINKTYPE_IPV6)
		ip6_tcp();
	else
		ip4_tcp();
	for (size_t n = 0; n < p.ip; n++) {
		ck_assert_int_eq(packet_decode_cut(decoder, &p, n, p.len,
		    &seg), VERDICT_SHORT);
		verdict = packet_decode_cut(decoder, &p, n, n, &seg);
		ck_assert_int_eq(verdict, VERDICT_MALFORMED_LINK);
		ck_assert_ptr_nonnull(decoder_last_protocol(decoder));
	}
}
END_TEST

START_TEST(link_types_have_names)
{
	for (int i = 0; i < LINKTYPE_COUNT; i++)
		ck_assert_uint_gt(strlen(linktype_name((enum linktype)i)), 0);
	ck_assert_str_eq(linktype_name(LINKTYPE_ETHERNET), "Ethernet");
	ck_assert_str_eq(linktype_name(LINKTYPE_COUNT), "unknown link type");
}
END_TEST

static const int numbers[] = {
#define LINKNUMBER(number, name, type) number,
#include "decode/linknumbers.def"
#undef LINKNUMBER
};

START_TEST(link_types_have_numbers_of_their_own)
{
	bool has_number[LINKTYPE_COUNT] = { false };

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		has_number[linktype_numbered(numbers[i])] = true;
		for (size_t j = 0; j < i; j++)
			ck_assert_int_ne(numbers[i], numbers[j]);
	}
	for (int i = LINKTYPE_UNKNOWN + 1; i < LINKTYPE_COUNT; i++)
		ck_assert_msg(has_number[i], "%s has no number",
		    linktype_name((enum linktype)i));
	ck_assert_int_eq(linktype_numbered(1), LINKTYPE_ETHERNET);
	ck_assert_int_eq(linktype_numbered(101), LINKTYPE_RAW);
	ck_assert_int_eq(linktype_numbered(-1), LINKTYPE_UNKNOWN);
	ck_assert_int_eq(linktype_numbered(65535), LINKTYPE_UNKNOWN);
}
END_TEST

START_TEST(an_unknown_link_type_is_unsupported)
{
	packet_start(&p, LINKTYPE_UNKNOWN);
	ip4_tcp();
	expect(VERDICT_UNSUPPORTED, "unknown link type");
	p.linktype = LINKTYPE_COUNT;
	expect(VERDICT_UNSUPPORTED, "unknown link type");
}
END_TEST

/* AF_INET6 by many names, AF_INET by one, in either byte order. */
START_TEST(families_are_known_in_either_byte_order)
{
	static const uint8_t families[] = { 10, 23, 24, 28, 30 };

	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		packet_start(&p, LINKTYPE_BSD_NULL);
		ip6_tcp();
		p.bytes[0] = families[i];
		expect_segment(6);
		p.bytes[0] = 0;
		p.bytes[3] = families[i];
		expect_segment(6);
	}
	packet_start(&p, LINKTYPE_BSD_NULL);
	ip4_tcp();
	p.bytes[0] = 0;
	p.bytes[3] = 2;
	expect_segment(4);
	p.bytes[3] = 7;
	expect(VERDICT_NOT_IP, "address family 7");
}
END_TEST

START_TEST(tags_nest_and_the_innermost_vlan_counts)
{
	static const uint16_t types[] = { 0x8100, 0x88a8, 0x9100, 0x9200,
	    0x9300 };

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		packet_start(&p, LINKTYPE_ETHERNET);
		packet_vlan(&p, types[i], 0xe000 | 100);
		ip4_tcp();
		expect_segment(4);
		ck_assert_uint_eq(seg.vlan, 100);
		packet_start(&p, LINKTYPE_ETHERNET);
		packet_vlan(&p, types[i], 100);
		packet_vlan(&p, 0x8100, 200);
		ip6_tcp();
		expect_segment(6);
		ck_assert_uint_eq(seg.vlan, 200);
	}
}
END_TEST

START_TEST(a_priority_tag_is_no_vlan)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_vlan(&p, 0x88a8, 100);
	packet_vlan(&p, 0x8100, 0xe000);
	ip4_tcp();
	expect_segment(4);
	ck_assert_uint_eq(seg.vlan, 100);
}
END_TEST

START_TEST(tags_may_follow_wherever_an_ethertype_stands)
{
	for (int i = 0; i < LINKTYPE_COUNT; i++) {
		if (!packet_takes_tags((enum linktype)i))
			continue;
		packet_start(&p, (enum linktype)i);
		packet_vlan(&p, 0x8100, 5);
		packet_pppoe(&p);
		ip4_tcp();
		expect_segment(4);
		ck_assert_uint_eq(seg.vlan, 5);
	}
}
END_TEST

START_TEST(too_many_tags_are_too_deep)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	for (unsigned i = 0; i < 40; i++)
		packet_vlan(&p, 0x8100, i);
	ip4_tcp();
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_TOO_DEEP);
	ck_assert_ptr_null(decoder_last_protocol(decoder));
	packet_start(&p, LINKTYPE_ETHERNET);
	for (unsigned i = 0; i < 20; i++)
		packet_vlan(&p, 0x8100, i);
	ip4_tcp();
	expect_segment(4);
}
END_TEST

START_TEST(a_backbone_frame_is_opened)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_vlan(&p, 0x88a8, 7);
	packet_pbb(&p);
	packet_vlan(&p, 0x8100, 8);
	ip4_tcp();
	expect_segment(4);
	ck_assert_uint_eq(seg.vlan, 8);
}
END_TEST

START_TEST(a_fabric_frame_is_opened)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_put16(&p, 12, 0x8903);
	packet_u16(&p, 0x0060);
	packet_say_nothing(&p);
	packet_ethernet(&p);
	ip4_tcp();
	expect_segment(4);
	p.len = 15;
	expect(VERDICT_MALFORMED_LINK, "FabricPath tag");
}
END_TEST

START_TEST(a_frame_between_trill_bridges_is_opened)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_vlan(&p, 0x8100, 5);
	packet_put16(&p, p.len - 2, 0x22f3);
	packet_u16(&p, 2 << 6 | 20);	/* two words of options, 20 hops */
	packet_u32(&p, 0x12345678);
	packet_zeros(&p, 8);
	packet_say_nothing(&p);
	packet_ethernet(&p);
	packet_vlan(&p, 0x8100, 8);
	ip4_tcp();
	expect_segment(4);
	ck_assert_uint_eq(seg.vlan, 8);
	p.len = 31;
	expect(VERDICT_MALFORMED_LINK, "TRILL header");
	p.len = 23;
	expect(VERDICT_MALFORMED_LINK, "TRILL header");
	p.len = 40;
	p.bytes[18] |= 0x40;
	expect(VERDICT_UNSUPPORTED, "TRILL of another version");
}
END_TEST

/* With a header of `count` bytes. */
static void
batman(unsigned type, size_t count)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_put16(&p, 12, 0x4305);
	packet_u8(&p, type);
	packet_u8(&p, 15);
	packet_zeros(&p, count - 2);
	packet_say_nothing(&p);
	packet_ethernet(&p);
	ip4_tcp();
}

START_TEST(a_frame_through_a_mesh_is_opened)
{
	batman(0x40, 10);
	expect_segment(4);
	batman(0x42, 18);
	expect_segment(4);
	batman(0x01, 14);
	expect_segment(4);
	p.len = 14 + 13;
	expect(VERDICT_MALFORMED_LINK, "batman-adv header");
	p.len = 14 + 1;
	expect(VERDICT_MALFORMED_LINK, "batman-adv header");
	batman(0x41, 20);
	expect(VERDICT_UNSUPPORTED, "batman-adv in pieces");
	batman(0x02, 20);
	expect(VERDICT_UNSUPPORTED, "batman-adv in pieces");
	batman(0x04, 20);
	expect(VERDICT_NOT_IP, "batman-adv");
	p.bytes[15] = 14;
	expect(VERDICT_UNSUPPORTED, "batman-adv of another version");
}
END_TEST

/* Its length may be one that no frame of 802.3 has. */
START_TEST(inter_switch_link_is_told_by_its_destination)
{
	static const uint8_t first[] = { 0x01, 0x03 };

	for (size_t i = 0; i < ARRAY_LEN(first); i++) {
		packet_start(&p, LINKTYPE_ETHERNET);
		memcpy(p.bytes, "\x01\x00\x0c\x00\x00\x03", 6);
		p.bytes[0] = first[i];
		packet_put16(&p, 12, 1530);
		packet_octets(&p, "\xaa\xaa\x03\x00\x00\x0c", 6);
		packet_u16(&p, 21 << 1 | 1);
		packet_u32(&p, 0);
		packet_say_nothing(&p);
		packet_ethernet(&p);
		ip4_tcp();
		packet_zeros(&p, 8);	/* two checksums */
		expect_segment(4);
		ck_assert_uint_eq(seg.vlan, 21);
	}
	p.bytes[5] = 0x13;
	expect(VERDICT_UNSUPPORTED, "ISL of another link type");
	p.len = 25;
	expect(VERDICT_MALFORMED_LINK, "ISL header");
	p.bytes[4] = 1;
	p.len = 60;
	expect(VERDICT_NOT_IP, "ethertype 0x05fa");
}
END_TEST

START_TEST(an_mpacket_begins_with_what_is_left_of_its_preamble)
{
	static const uint8_t delimiters[] = { 0xd5, 0xe6, 0x4c, 0x7f, 0xb3 };

	for (size_t i = 0; i < ARRAY_LEN(delimiters); i++) {
		packet_start(&p, LINKTYPE_MPACKET);
		p.bytes[7] = delimiters[i];
		ip4_tcp();
		packet_zeros(&p, 4);	/* checksum */
		expect_segment(4);
	}
	p.bytes[7] = 0x61;
	expect(VERDICT_UNSUPPORTED, "mPacket that goes on");
	p.bytes[7] = 0x55;
	expect(VERDICT_UNSUPPORTED, "mPacket that goes on");
	p.len = 7;
	expect(VERDICT_MALFORMED_LINK, "mPacket preamble");
	p.len = 0;
	expect(VERDICT_MALFORMED_LINK, "mPacket preamble");
}
END_TEST

/* RFC 8300: what a service chain puts before packets and frames. */
START_TEST(service_headers_are_stepped_over)
{
	static const struct {
		uint32_t base;
		size_t context_len;
	} services[] = {
		{ 0x0fc60101, 16 },	/* IPv4, contexts of fixed length */
		{ 0x0fc20203, 0 },	/* Ethernet, no context */
	};

	for (size_t i = 0; i < ARRAY_LEN(services); i++) {
		packet_start(&p, LINKTYPE_ETHERNET);
		packet_put16(&p, 12, 0x894f);
		packet_u32(&p, services[i].base);
		packet_u32(&p, 0x00000aff);
		packet_zeros(&p, services[i].context_len);
		packet_say_nothing(&p);
		if ((services[i].base & 0xff) == 3)
			packet_ethernet(&p);
		ip4_tcp();
		expect_segment(4);
	}
	p.bytes[17] = 9;
	expect(VERDICT_UNSUPPORTED, "NSH of unknown content");
	p.bytes[14] = 0x40;
	expect(VERDICT_MALFORMED_TUNNEL, "NSH header");
	p.bytes[14] = 0;
	p.bytes[15] = 1;
	expect(VERDICT_MALFORMED_TUNNEL, "NSH header");
}
END_TEST

START_TEST(macsec_may_leave_all_in_the_clear)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_put16(&p, 12, 0x88e5);
	packet_u32(&p, 0x20000000);
	packet_zeros(&p, 2 + 8);
	packet_u16(&p, 0x0800);
	packet_say_nothing(&p);
	ip4_tcp();
	packet_zeros(&p, 16);	/* integrity check value */
	expect_segment(4);
	p.bytes[14] = 0x2c;
	expect(VERDICT_UNSUPPORTED, "MACsec");
	p.bytes[14] = 0x20;
	p.len = 27;
	expect(VERDICT_MALFORMED_LINK, "MACsec tag");
	p.len = 19;
	expect(VERDICT_MALFORMED_LINK, "MACsec tag");
}
END_TEST

START_TEST(tags_of_switches_are_stepped_over)
{
	static const struct {
		unsigned type;
		size_t len;
		const char *words;
	} others[] = {
		{ 0x8926, 4, "VN-Tag" },
		{ 0x893f, 6, "E-TAG" },
		{ 0x8909, 6, "metadata tag" },
		{ 0x892f, 4, "redundancy tag" },
		{ 0xf1c1, 4, "redundancy tag" },
		{ 0x88e5, 6, "MACsec tag" },
	};

	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		packet_start(&p, LINKTYPE_ETHERNET);
		packet_put16(&p, 12, others[i].type);
		packet_zeros(&p, others[i].len);
		packet_u16(&p, 0x8100);
		packet_u16(&p, 7);
		packet_u16(&p, 0x0800);
		packet_say_nothing(&p);
		ip4_tcp();
		expect_segment(4);
		ck_assert_uint_eq(seg.vlan, 7);
		p.len = 14 + others[i].len;
		expect(VERDICT_MALFORMED_LINK, others[i].words);
	}
}
END_TEST

START_TEST(label_stacks_end_at_ip)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_mpls(&p, 100, false);
	packet_mpls(&p, 200, false);
	packet_mpls(&p, 300, true);
	ip4_tcp();
	expect_segment(4);
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_mpls(&p, 2, true);
	ip6_tcp();
	expect_segment(6);
}
END_TEST

START_TEST(a_pseudowire_may_have_a_control_word)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_mpls(&p, 100, true);
	packet_u32(&p, 0);
	packet_ethernet(&p);
	ip4_tcp();
	expect_segment(4);
}
END_TEST

/* The first nibble of the destination address may look like anything. */
START_TEST(a_pseudowire_may_have_none)
{
	static const uint8_t first[] = { 0x00, 0x02, 0x40, 0x45, 0x60, 0x6c,
	    0x80, 0xf4 };

	for (size_t i = 0; i < ARRAY_LEN(first); i++) {
		packet_start(&p, LINKTYPE_ETHERNET);
		packet_mpls(&p, 100, true);
		packet_ethernet(&p);
		p.bytes[p.len - 14] = first[i];
		/* not the total length of an IPv4 packet, by chance */
		packet_put16(&p, p.len - 12, 0xffff);
		ip6_tcp();
		expect_segment(6);
	}
}
END_TEST

/* No control word, though the address might be one with a length behind. */
START_TEST(a_known_type_tells_where_a_pseudowire_begins)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_mpls(&p, 100, true);
	packet_ethernet(&p);
	ip4_tcp();
	/* The total length of IPv4 is where the type behind it would be. */
	ck_assert_uint_eq(p.bytes[p.ip + 2], 0);
	ck_assert_uint_eq(p.bytes[p.ip - 14] >> 4, 0);
	expect_segment(4);
}
END_TEST

START_TEST(other_content_of_labels_is_named)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_mpls(&p, 13, true);
	packet_u32(&p, 0x10000021);
	packet_zeros(&p, 40);
	expect(VERDICT_NOT_IP, "MPLS associated channel");
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_mpls(&p, 13, true);
	packet_octets(&p, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	    "\xff\xff\xff\xff", 16);
	expect(VERDICT_UNSUPPORTED, "MPLS of unknown content");
	p.len = 18;
	ck_assert_int_eq(packet_decode(decoder, &p, &seg),
	    VERDICT_MALFORMED_LINK);
}
END_TEST

static const struct {
	uint16_t type;
	enum verdict verdict;
	const char *words;
} ethertypes[] = {
	{ 0x0806, VERDICT_NOT_IP, "ARP" },
	{ 0x88cc, VERDICT_NOT_IP, "LLDP" },
	{ 0x8863, VERDICT_NOT_IP, "PPPoE discovery" },
	{ 0x876b, VERDICT_UNSUPPORTED, "Van Jacobson TCP compression" },
	{ 0x894f, VERDICT_MALFORMED_TUNNEL, "NSH header" },
	{ 0x1234, VERDICT_NOT_IP, "ethertype 0x1234" },
	{ 1501, VERDICT_NOT_IP, "ethertype 0x05dd" },
};

START_TEST(other_ethertypes_are_named)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_put16(&p, 12, ethertypes[_i].type);
	packet_zeros(&p, 46);
	expect(ethertypes[_i].verdict, ethertypes[_i].words);
}
END_TEST

/* What stands before the type in a time stamp of Arista's. */
static const struct {
	uint16_t version;
	size_t len;		/* bytes of the time */
} stamps[] = {
	{ 0x0010, 8 },		/* TAI */
	{ 0x0110, 8 },		/* UTC */
	{ 0x0020, 6 },
	{ 0x0120, 6 },
	{ 0x0111, 8 },		/* of later hardware */
};

static void
arista(unsigned subtype, unsigned version, size_t len)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_put16(&p, 12, 0xd28b);
	packet_u16(&p, subtype);
	packet_u16(&p, version);
	packet_zeros(&p, len);
	packet_u16(&p, 0x8100);
	packet_u16(&p, 5);
	packet_u16(&p, 0x0800);
	packet_say_nothing(&p);
	ip4_tcp();
}

START_TEST(a_timestamp_of_the_switch_is_stepped_over)
{
	arista(1, stamps[_i].version, stamps[_i].len);
	expect_segment(4);
	ck_assert_uint_eq(seg.vlan, 5);
	for (size_t n = 0; n < p.tcp; n++) {
		ck_assert_int_eq(packet_decode_cut(decoder, &p, n, p.len,
		    &seg), VERDICT_SHORT);
		ck_assert_int_ne(packet_decode_cut(decoder, &p, n, n, &seg),
		    VERDICT_SEGMENT);
	}
	p.len = 14 + 3;
	expect(VERDICT_MALFORMED_LINK, "Arista header");
	p.len = 14 + 4 + stamps[_i].len;
	expect(VERDICT_MALFORMED_LINK, "Arista timestamp");
}
END_TEST

START_TEST(other_headers_of_arista_are_named)
{
	arista(3, 0x0010, 8);
	expect(VERDICT_UNSUPPORTED, "Arista header of another subtype");
	arista(1, 0x0030, 8);
	expect(VERDICT_UNSUPPORTED, "Arista timestamp of another format");
}
END_TEST

START_TEST(llc_is_told_by_the_length)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_put16(&p, 12, 60);
	packet_snap(&p);
	ip4_tcp();
	expect_segment(4);
	/* SNAP of 802.1H */
	p.bytes[19] = 0xf8;
	expect_segment(4);
	p.bytes[17] = 0x0c;
	expect(VERDICT_NOT_IP, "SNAP of a vendor");
}
END_TEST

START_TEST(llc_may_carry_ip_by_its_own_sap)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_put16(&p, 12, 60);
	packet_octets(&p, "\x06\x06\x03", 3);
	packet_say_nothing(&p);
	ip4_tcp();
	expect_segment(4);
}
END_TEST

START_TEST(other_saps_are_named)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_put16(&p, 12, 38);
	packet_octets(&p, "\x42\x42\x03", 3);
	expect(VERDICT_NOT_IP, "spanning tree");
	p.bytes[14] = 0x90;
	expect(VERDICT_NOT_IP, "LLC SAP 0x90");
	packet_put16(&p, 14, 0xffff);
	expect(VERDICT_NOT_IP, "IPX");
}
END_TEST

START_TEST(ppp_may_leave_out_what_it_can)
{
	/* protocol in one byte, no address and control */
	frame_of(LINKTYPE_PPP, "\x21", 1);
	ip4_tcp();
	expect_segment(4);
	frame_of(LINKTYPE_PPP, "\xff\x03\x21", 3);
	ip4_tcp();
	expect_segment(4);
	frame_of(LINKTYPE_PPP, "\xff\x03\x00\x57", 4);
	ip6_tcp();
	expect_segment(6);
}
END_TEST

/* The protocol's place holds the number of a connection: RFC 1144, 3.2.2. */
START_TEST(uncompressed_packets_of_van_jacobson_are_tcp)
{
	for (unsigned number = 0; number < 256; number++) {
		frame_of(LINKTYPE_PPP, "\xff\x03\x00\x2f", 4);
		ip4_tcp();
		p.bytes[p.ip + 9] = (uint8_t)number;
		expect_segment(4);
	}
	for (size_t n = 0; n < p.tcp; n++) {
		ck_assert_int_eq(packet_decode_cut(decoder, &p, n, p.len,
		    &seg), VERDICT_SHORT);
		ck_assert_int_ne(packet_decode_cut(decoder, &p, n, n, &seg),
		    VERDICT_SEGMENT);
	}
	p.bytes[p.ip] = 0x65;
	expect(VERDICT_MALFORMED_IP, "IPv4 version");
}
END_TEST

START_TEST(other_ppp_protocols_are_named)
{
	frame_of(LINKTYPE_PPP, "\xff\x03\xc0\x21", 4);
	expect(VERDICT_NOT_IP, "PPP LCP");
	frame_of(LINKTYPE_PPP, "\x00\x2d", 2);
	expect(VERDICT_UNSUPPORTED, "Van Jacobson TCP compression");
	frame_of(LINKTYPE_PPP, "\x12\x34", 2);
	expect(VERDICT_NOT_IP, "PPP protocol 0x1234");
}
END_TEST

START_TEST(serial_ppp_may_be_cisco_hdlc)
{
	frame_of(LINKTYPE_PPP_SERIAL, "\x8f\x00\x08\x00", 4);
	ip4_tcp();
	expect_segment(4);
}
END_TEST

START_TEST(pppoe_other_than_a_session_is_not_ip)
{
	packet_start(&p, LINKTYPE_PPP_ETHER);
	ip4_tcp();
	p.bytes[1] = 0x09;
	expect(VERDICT_NOT_IP, "PPPoE discovery");
	p.bytes[0] = 0x22;
	expect(VERDICT_MALFORMED_LINK, "PPPoE version");
}
END_TEST

/* Seen behind routers that take the padding of Ethernet for payload. */
START_TEST(pppoe_length_ends_a_packet_that_claims_its_padding)
{
	const size_t total_len = 6 + 2 + 2;	/* PPPoE, PPP, into IPv4 */
	uint32_t payload_len;

	packet_start(&p, LINKTYPE_PPP_ETHER);
	ip4_tcp();
	expect_segment(4);
	payload_len = seg.payload_len;
	packet_put16(&p, total_len, load_be16(p.bytes + total_len) + 6U);
	packet_zeros(&p, 6);
	expect_segment(4);
	ck_assert_uint_eq(seg.payload_len, payload_len);
	ck_assert(!seg.is_wire_len_wrong);
}
END_TEST

START_TEST(cooked_frames_may_be_none_of_ethernets)
{
	packet_start(&p, LINKTYPE_LINUX_SLL);
	ip4_tcp();
	packet_put16(&p, 14, 0x0001);
	expect(VERDICT_NOT_IP, "IPX");
	packet_put16(&p, 14, 0x000c);
	expect(VERDICT_NOT_IP, "ethertype 0x000c");
	packet_put16(&p, 2, 824);
	expect(VERDICT_NOT_IP, "netlink");
	packet_start(&p, LINKTYPE_LINUX_SLL2);
	packet_snap(&p);
	packet_put16(&p, 0, 0x0004);
	ip4_tcp();
	expect_segment(4);
}
END_TEST

START_TEST(second_cooked_header_tells_the_interface)
{
	packet_start(&p, LINKTYPE_LINUX_SLL2);
	packet_put16(&p, 4, 0x0001);
	packet_put16(&p, 6, 0x0203);
	ip4_tcp();
	expect_segment(4);
	ck_assert_uint_eq(seg.interface, 0x10203);
	/* Several captures of `any` may be in one file. */
	packet_start(&p, LINKTYPE_LINUX_SLL2);
	packet_put16(&p, 4, 0x0001);
	packet_put16(&p, 6, 0x0203);
	p.interface = 1;
	ip4_tcp();
	expect_segment(4);
	ck_assert_uint_ne(seg.interface, 0x10203);
	/* Nor is it that of the frame before. */
	packet_start(&p, LINKTYPE_LINUX_SLL);
	ip4_tcp();
	expect_segment(4);
	ck_assert_uint_eq(seg.interface, 0);
	seg.interface = 1;
	packet_start(&p, LINKTYPE_ETHERNET);
	ip4_tcp();
	expect_segment(4);
	ck_assert_uint_eq(seg.interface, 0);
}
END_TEST

/* Of a frame whose address field, at `at`, ends in two other bytes. */
static uint16_t
cooked_link_hash(enum linktype linktype, size_t at, uint16_t address_len,
    uint16_t last)
{
	packet_start(&p, linktype);
	if (linktype == LINKTYPE_LINUX_SLL)
		packet_put16(&p, 4, address_len);
	else
		packet_put16(&p, 10, address_len);
	packet_put16(&p, at + 6, last);
	ip4_tcp();
	expect_segment(4);
	return seg.link_hash;
}

/* Linux leaves bytes of earlier packets behind the address. */
START_TEST(bytes_behind_a_cooked_address_do_not_count)
{
	const enum linktype linktype = _i == 0 ? LINKTYPE_LINUX_SLL :
	    LINKTYPE_LINUX_SLL2;
	const size_t at = _i == 0 ? 6 : 12;

	ck_assert_uint_eq(cooked_link_hash(linktype, at, 6, 0),
	    cooked_link_hash(linktype, at, 6, 0x7878));
	ck_assert_uint_eq(cooked_link_hash(linktype, at, 0, 0),
	    cooked_link_hash(linktype, at, 0, 0x7878));
	/* The first eight of an address of 20 bytes, as InfiniBand has. */
	ck_assert_uint_ne(cooked_link_hash(linktype, at, 8, 0),
	    cooked_link_hash(linktype, at, 8, 0x7878));
	ck_assert_uint_ne(cooked_link_hash(linktype, at, 20, 0),
	    cooked_link_hash(linktype, at, 20, 0x7878));
}
END_TEST

START_TEST(a_cooked_frame_may_hold_radiotap)
{
	struct packet radio;

	packet_start(&radio, LINKTYPE_IEEE802_11_RADIOTAP);
	packet_start(&p, LINKTYPE_LINUX_SLL);
	packet_put16(&p, 2, 803);
	packet_octets(&p, radio.bytes, radio.len);
	packet_put16(&p, p.len - 2, 0x0800);
	packet_say_nothing(&p);
	ip4_tcp();
	expect_segment(4);
}
END_TEST

/* Frame control, and what is said of it. */
static const struct {
	uint16_t control;
	enum verdict verdict;
	const char *words;
} wifi_kinds[] = {
	{ 0x8000, VERDICT_NOT_IP, "802.11 management" },	/* beacon */
	{ 0xd400, VERDICT_NOT_IP, "802.11 control" },		/* ACK */
	{ 0x0c00, VERDICT_NOT_IP, "802.11 extension" },
	{ 0x4801, VERDICT_NOT_IP, "802.11 without content" },
	{ 0x8841, VERDICT_UNSUPPORTED, "802.11 encrypted" },
};

START_TEST(wifi_frames_without_data_are_named)
{
	packet_start(&p, LINKTYPE_IEEE802_11);
	packet_put16(&p, 0, wifi_kinds[_i].control);
	expect(wifi_kinds[_i].verdict, wifi_kinds[_i].words);
}
END_TEST

/* All lengths of the 802.11 header. */
START_TEST(wifi_headers_have_optional_parts)
{
	static const uint8_t zeros[64] = { 0 };
	static const struct {
		uint16_t control;
		size_t len;
	} headers[] = {
		{ 0x0801, 24 },		/* data to the access point */
		{ 0x0803, 30 },		/* between access points */
		{ 0x8801, 26 },		/* with QoS */
		{ 0x8881, 30 },		/* with QoS and HT control */
		{ 0x8883, 36 },		/* with all of it */
	};

	for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
		frame_of(LINKTYPE_IEEE802_11, zeros, headers[i].len);
		packet_put16(&p, 0, headers[i].control);
		packet_snap(&p);
		ip4_tcp();
		expect_segment(4);
	}
}
END_TEST

START_TEST(the_first_wifi_subframe_is_followed)
{
	static const uint8_t header[26 + 14] = { 0x88, 0x02, [24] = 0x80 };

	frame_of(LINKTYPE_IEEE802_11, header, sizeof(header));
	packet_snap(&p);
	ip4_tcp();
	expect_segment(4);
}
END_TEST

/* A driver that aligns what follows a header of 26 bytes to 28. */
START_TEST(radiotap_tells_of_padding)
{
	static const uint8_t tap[] = {
		0, 0, 24, 0,			/* version, length */
		0x03, 0x00, 0x00, 0x80,		/* timer, flags; more */
		0x00, 0x00, 0x00, 0x00,		/* second set, empty */
		0, 0, 0, 0,			/* alignment of the timer */
		1, 2, 3, 4, 5, 6, 7, 8,
	};
	static const uint8_t flags[] = { 0x20, 0x00 };
	static const uint8_t header[28] = { 0x88, 0x02 };

	frame_of(LINKTYPE_IEEE802_11_RADIOTAP, tap, sizeof(tap));
	p.bytes[2] = sizeof(tap) + sizeof(flags);
	packet_octets(&p, flags, sizeof(flags));
	packet_octets(&p, header, sizeof(header));
	packet_snap(&p);
	ip4_tcp();
	expect_segment(4);
	p.bytes[2] = 7;
	expect(VERDICT_MALFORMED_LINK, "radiotap header");
	p.bytes[2] = sizeof(tap) + sizeof(flags);
	p.bytes[0] = 1;
	expect(VERDICT_MALFORMED_LINK, "radiotap header");
}
END_TEST

START_TEST(prism_may_be_in_network_order)
{
	packet_start(&p, LINKTYPE_IEEE802_11_PRISM);
	memcpy(p.bytes, "\0\0\0\x44\0\0\0\x90", 8);
	ip4_tcp();
	expect_segment(4);
	p.bytes[7] = 3;
	expect(VERDICT_MALFORMED_LINK, "Prism header");
}
END_TEST

START_TEST(nflog_may_be_in_either_byte_order)
{
	static const uint8_t big[] = {
		2, 0, 0, 0,			/* AF_INET */
		0, 5, 0, 10, 'x', 0, 0, 0,	/* prefix, padded */
		0, 44, 0, 9,			/* payload */
	};

	frame_of(LINKTYPE_NFLOG, big, sizeof(big));
	ip4_tcp();
	expect_segment(4);
	p.bytes[0] = 0;	/* no family: by version */
	expect_segment(4);
	p.bytes[5] = 3;	/* shorter than its own header */
	expect(VERDICT_MALFORMED_LINK, "NFLOG attribute");
}
END_TEST

START_TEST(nflog_without_payload_ends)
{
	static const uint8_t attribute[] = { 4, 0, 1, 0 };

	frame_of(LINKTYPE_NFLOG, "\2\0\0\0", 4);
	packet_octets(&p, attribute, 4);
	expect(VERDICT_MALFORMED_LINK, "NFLOG attribute");
	for (unsigned i = 0; i < 40; i++)
		packet_octets(&p, attribute, 4);
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_TOO_DEEP);
}
END_TEST

START_TEST(lengths_of_capture_headers_are_checked)
{
	packet_start(&p, LINKTYPE_PPI);
	ip4_tcp();
	p.bytes[2] = 7;
	expect(VERDICT_MALFORMED_LINK, "PPI header");
	packet_start(&p, LINKTYPE_PKTAP);
	ip4_tcp();
	p.bytes[0] = 11;
	expect(VERDICT_MALFORMED_LINK, "PKTAP header");
	packet_start(&p, LINKTYPE_PFLOG);
	ip4_tcp();
	p.bytes[0] = 0;
	expect(VERDICT_MALFORMED_LINK, "pflog header");
}
END_TEST

START_TEST(link_types_inside_capture_headers_are_few)
{
	packet_start(&p, LINKTYPE_PPI);
	ip4_tcp();
	p.bytes[4] = 195;
	expect(VERDICT_UNSUPPORTED, "unknown link type");
}
END_TEST

/* Link headers of other lengths than packet.c has, before an IPv4 packet. */
static const struct {
	enum linktype type;
	const void *bytes;
	size_t len;
} headers[] = {
	{ LINKTYPE_PPP_DIR, "\1\x03\0\x21", 4 },	/* in the address's place */
	{ LINKTYPE_PPP_DIR, "\0\x21", 2 },
	{ LINKTYPE_FRAME_RELAY, "\x18\x41\x03\xcc", 4 },
	{ LINKTYPE_FRAME_RELAY, "\x18\x40\x41\x03\xcc", 5 },
	{ LINKTYPE_FRAME_RELAY, "\x18\x40\x40\x01\x03\0\xcc", 7 },
	{ LINKTYPE_FRAME_RELAY, "\x18\x41\x03\xcf\0\x21", 6 },
	{ LINKTYPE_FRAME_RELAY, "\x18\x41\x08\0", 4 },	/* Cisco's */
	{ LINKTYPE_LINUX_SLL, "\0\4\3\2\0\0\0\0\0\0\0\0\0\0\0\0"
	    "\x18\x41\x03\xcc", 20 },
	{ LINKTYPE_SUNATM, "\x01\0\0\x20\0\0" "\2\0\0\0\0\1"
	    "\2\0\0\0\0\2\x08\0", 20 },
	{ LINKTYPE_LLC, "\xaa\xaa\x03\0\x80\xc2\0\7\0\0"
	    "\2\0\0\0\0\1\2\0\0\0\0\2\x08\0", 24 },
	{ LINKTYPE_LLC, "\xaa\xaa\x03\0\x80\xc2\0\1"
	    "\2\0\0\0\0\1\2\0\0\0\0\2\x08\0", 22 },
	{ LINKTYPE_AX25, "abcdef\0abcdef\1\x03\xcc", 16 },
	{ LINKTYPE_DOCSIS, "\0\0\0\0\0\0\2\0\0\0\0\1\2\0\0\0\0\2\x08\0",
	    20 },
	{ LINKTYPE_ARCNET, "\1\2\xf0", 3 },
	{ LINKTYPE_ARCNET, "\1\2\xd4\1\0\7", 6 },	/* first of some */
	{ LINKTYPE_ARCNET, "\1\2\xd4\xff\xff\xff\xd4\0\0\7", 10 },
	{ LINKTYPE_ARCNET_LINUX, "\1\2\0\0\xf0", 5 },
	{ LINKTYPE_ERF, "12345678\2......\x01\0\0"
	    "\2\0\0\0\0\1\2\0\0\0\0\2\x08\0", 32 },
	{ LINKTYPE_ERF, "12345678\1.......\x0f\0\x08\0", 20 },
	{ LINKTYPE_ERF, "12345678\x16.......", 16 },
	{ LINKTYPE_JUNIPER_ETHERNET, "MGC\0\2\0\0\0\0\1\2\0\0\0\0\2\x08\0",
	    18 },
	{ LINKTYPE_JUNIPER_ETHERNET, "MGC\x02\2\0\0\0", 8 },
	{ LINKTYPE_LINUX_SLL, "\0\4\3\x21\0\0\0\0\0\0\0\0\0\0\0\4"
	    "\x08\1......................\xaa\xaa\x03\0\0\0\x08\0", 48 },
};

START_TEST(link_headers_have_other_forms)
{
	frame_of(headers[_i].type, headers[_i].bytes, headers[_i].len);
	ip4_tcp();
	expect_segment(4);
}
END_TEST

static const uint8_t many_zeros[128];

/* What is none of IP, in link headers that name it. */
static const struct {
	enum linktype type;
	const void *bytes;
	size_t len;
	enum verdict verdict;
	const char *words;
} others[] = {
	{ LINKTYPE_FRAME_RELAY, "\x01\x03\xcc", 3, VERDICT_MALFORMED_LINK,
	    "Frame Relay address" },
	{ LINKTYPE_FRAME_RELAY, "\0\0\0\0\x03\xcc", 6,
	    VERDICT_MALFORMED_LINK, "Frame Relay address" },
	{ LINKTYPE_FRAME_RELAY, "\0\1\x03\x08", 4, VERDICT_NOT_IP,
	    "Frame Relay without IP" },
	{ LINKTYPE_SUNATM, "\6\0\0\5", 4, VERDICT_NOT_IP,
	    "ATM signalling" },
	{ LINKTYPE_AX25, "abcdef\0abcdef\1\x3f", 15, VERDICT_NOT_IP,
	    "AX.25 without IP" },
	{ LINKTYPE_AX25, "abcdef\0abcdef\1\0\xf0", 16, VERDICT_NOT_IP,
	    "AX.25 without IP" },
	{ LINKTYPE_AX25, many_zeros, 11 * 7, VERDICT_MALFORMED_LINK,
	    "AX.25 addresses" },
	{ LINKTYPE_AX25_KISS, "\6", 1, VERDICT_NOT_IP, "AX.25 without IP" },
	{ LINKTYPE_DOCSIS, "\xc2\0\0\0\0\0", 6, VERDICT_NOT_IP,
	    "DOCSIS management" },
	{ LINKTYPE_ARCNET, "\1\2\xd4\2\0\7", 6, VERDICT_FRAGMENT, NULL },
	{ LINKTYPE_ARCNET, "\1\2\xf1", 3, VERDICT_NOT_IP, "ARP" },
	{ LINKTYPE_ARCNET, "\1\2\xd5\0\0\7", 6, VERDICT_NOT_IP, "ARP" },
	{ LINKTYPE_ARCNET, "\1\2\x80\0\0\7", 6, VERDICT_NOT_IP,
	    "ARCNET without IP" },
	{ LINKTYPE_ERF, "12345678\3.......", 16, VERDICT_UNSUPPORTED,
	    "ERF of another link type" },
	{ LINKTYPE_IPNET, "\1\7......................", 24, VERDICT_NOT_IP,
	    "address family 7" },
	{ LINKTYPE_JUNIPER_ETHERNET, "MGD\0", 4, VERDICT_MALFORMED_LINK,
	    "Juniper header" },
	{ LINKTYPE_JUNIPER_ETHERNET, "MGC\x02\x03\0\0\0....................",
	    28, VERDICT_NOT_IP, "Juniper without IP" },
	{ LINKTYPE_PKTAP_USER2, "\x6c\0\0\0\2\0\0\0", 8,
	    VERDICT_UNSUPPORTED, "unknown link type" },
	{ LINKTYPE_PKTAP_USER2, "whatever", 8, VERDICT_UNSUPPORTED,
	    "unknown link type" },
	{ LINKTYPE_LINUX_SLL, "\0\4\3\x22\0\0\0\0\0\0\0\0\0\0\0\4"
	    "\0\0\0\1\0\0\0\1", 24, VERDICT_MALFORMED_LINK,
	    "Prism header" },
};

START_TEST(what_is_not_ip_is_named_by_its_link)
{
	frame_of(others[_i].type, others[_i].bytes, others[_i].len);
	ck_assert_int_eq(packet_decode(decoder, &p, &seg),
	    others[_i].verdict);
	ck_assert_pstr_eq(decoder_last_protocol(decoder), others[_i].words);
}
END_TEST

START_TEST(rings_manage_themselves)
{
	packet_start(&p, LINKTYPE_FDDI);
	ip4_tcp();
	p.bytes[0] = 0x41;
	expect(VERDICT_NOT_IP, "FDDI management");
	packet_start(&p, LINKTYPE_TOKEN_RING);
	ip4_tcp();
	p.bytes[1] = 0;
	expect(VERDICT_NOT_IP, "Token Ring management");
}
END_TEST

static void
add_headers(Suite *s)
{
	TCase *tc = tcase_create("headers");

	tcase_add_checked_fixture(tc, decoding_setup, decoding_teardown);
	tcase_add_loop_test(tc, every_link_type_leads_to_tcp,
	    LINKTYPE_UNKNOWN + 1, LINKTYPE_COUNT);
	tcase_add_loop_test(tc, every_link_header_may_end_anywhere,
	    LINKTYPE_UNKNOWN + 1, LINKTYPE_COUNT);
	tcase_add_test(tc, link_types_have_names);
	tcase_add_test(tc, link_types_have_numbers_of_their_own);
	tcase_add_test(tc, an_unknown_link_type_is_unsupported);
	tcase_add_test(tc, families_are_known_in_either_byte_order);
	tcase_add_test(tc, cooked_frames_may_be_none_of_ethernets);
	tcase_add_test(tc, second_cooked_header_tells_the_interface);
	tcase_add_loop_test(tc, bytes_behind_a_cooked_address_do_not_count,
	    0, 2);
	tcase_add_test(tc, a_cooked_frame_may_hold_radiotap);
	tcase_add_loop_test(tc, wifi_frames_without_data_are_named, 0,
	    (int)ARRAY_LEN(wifi_kinds));
	tcase_add_test(tc, wifi_headers_have_optional_parts);
	tcase_add_test(tc, the_first_wifi_subframe_is_followed);
	tcase_add_test(tc, radiotap_tells_of_padding);
	tcase_add_test(tc, prism_may_be_in_network_order);
	tcase_add_test(tc, nflog_may_be_in_either_byte_order);
	tcase_add_test(tc, nflog_without_payload_ends);
	tcase_add_test(tc, lengths_of_capture_headers_are_checked);
	tcase_add_test(tc, link_types_inside_capture_headers_are_few);
	tcase_add_loop_test(tc, link_headers_have_other_forms, 0,
	    (int)ARRAY_LEN(headers));
	tcase_add_loop_test(tc, what_is_not_ip_is_named_by_its_link, 0,
	    (int)ARRAY_LEN(others));
	tcase_add_test(tc, rings_manage_themselves);
	suite_add_tcase(s, tc);
}

static void
add_between(Suite *s)
{
	TCase *tc = tcase_create("tags");

	tcase_add_checked_fixture(tc, decoding_setup, decoding_teardown);
	tcase_add_test(tc, tags_nest_and_the_innermost_vlan_counts);
	tcase_add_test(tc, a_priority_tag_is_no_vlan);
	tcase_add_test(tc, tags_may_follow_wherever_an_ethertype_stands);
	tcase_add_test(tc, too_many_tags_are_too_deep);
	tcase_add_test(tc, a_backbone_frame_is_opened);
	tcase_add_test(tc, a_fabric_frame_is_opened);
	tcase_add_test(tc, a_frame_between_trill_bridges_is_opened);
	tcase_add_test(tc, a_frame_through_a_mesh_is_opened);
	tcase_add_test(tc, inter_switch_link_is_told_by_its_destination);
	tcase_add_test(tc,
	    an_mpacket_begins_with_what_is_left_of_its_preamble);
	tcase_add_test(tc, service_headers_are_stepped_over);
	tcase_add_test(tc, macsec_may_leave_all_in_the_clear);
	tcase_add_test(tc, tags_of_switches_are_stepped_over);
	tcase_add_test(tc, label_stacks_end_at_ip);
	tcase_add_test(tc, a_pseudowire_may_have_a_control_word);
	tcase_add_test(tc, a_pseudowire_may_have_none);
	tcase_add_test(tc, a_known_type_tells_where_a_pseudowire_begins);
	tcase_add_test(tc, other_content_of_labels_is_named);
	tcase_add_loop_test(tc, other_ethertypes_are_named, 0,
	    (int)ARRAY_LEN(ethertypes));
	tcase_add_loop_test(tc, a_timestamp_of_the_switch_is_stepped_over, 0,
	    (int)ARRAY_LEN(stamps));
	tcase_add_test(tc, other_headers_of_arista_are_named);
	tcase_add_test(tc, llc_is_told_by_the_length);
	tcase_add_test(tc, llc_may_carry_ip_by_its_own_sap);
	tcase_add_test(tc, other_saps_are_named);
	tcase_add_test(tc, ppp_may_leave_out_what_it_can);
	tcase_add_test(tc, other_ppp_protocols_are_named);
	tcase_add_test(tc, uncompressed_packets_of_van_jacobson_are_tcp);
	tcase_add_test(tc, serial_ppp_may_be_cisco_hdlc);
	tcase_add_test(tc, pppoe_other_than_a_session_is_not_ip);
	tcase_add_test(tc,
	    pppoe_length_ends_a_packet_that_claims_its_padding);
	suite_add_tcase(s, tc);
}

static Suite *
suite(void)
{
	Suite *s = suite_create("link");

	add_headers(s);
	add_between(s);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
