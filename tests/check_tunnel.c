/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets inside packets: what is opened, what looks like a tunnel and is
 * none, and what --no-tunnels leaves alone.
 */
#include "config.h"

#include <check.h>
#include <string.h>

#include "base/compiler.h"
#include "base/pool.h"
#include "check_main.h"
#include "packet.h"

#define PAYLOAD_LEN	10

static struct decoder *decoder;
static struct packet p;
static struct segment seg;

static struct decoder *
decoder_with(const struct decoder_options *options)
{
	static const uint64_t key[2] = { 1, 2 };

	return decoder_new(options, key);
}

static struct decoder *
new_decoder(bool no_tunnels)
{
	return decoder_with(&(struct decoder_options){
	    .no_tunnels = no_tunnels });
}

static void
setup(void)
{
	decoder = new_decoder(false);
}

static void
teardown(void)
{
	decoder_free(decoder);
	ck_assert_uint_eq(mem_outstanding(), 0);
}

/* The packet inside has addresses of its own. */
static void
inner4(void)
{
	packet_ip4(&p, &(struct packet_ip4){ .src = 0xc0000201,
	    .dst = 0xc0000202 });
	packet_tcp(&p, &(struct packet_tcp){ .seq = 77 });
	packet_payload(&p, PAYLOAD_LEN);
	packet_finish(&p);
}

static void
inner6(void)
{
	packet_ip6(&p, &(struct packet_ip6){ .src_last = 21, .dst_last = 22 });
	packet_tcp(&p, &(struct packet_tcp){ .seq = 77 });
	packet_payload(&p, PAYLOAD_LEN);
	packet_finish(&p);
}

static void
outer4(void)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_vlan(&p, 0x8100, 99);
	packet_ip4(&p, &(struct packet_ip4){ 0 });
}

static void
outer6(void)
{
	packet_start(&p, LINKTYPE_ETHERNET);
	packet_ip6(&p, &(struct packet_ip6){ 0 });
}

static void
udp_to(unsigned port)
{
	outer4();
	packet_udp(&p, 50000, port);
}

/* The headers of each tunnel, after those of the outer IP. */
static void add_nothing(void) { }
static void add_gre(void) { packet_gre(&p, 0); }
static void add_gre_full(void) { packet_gre(&p, 0xb000); }
static void add_etherip(void) { packet_etherip(&p); }
static void add_ethernet(void) { packet_ethernet(&p); }
static void add_mpls(void) { packet_mpls(&p, 20, true); }

static void
add_gre_ethernet(void)
{
	packet_gre(&p, 0x2000);
	packet_ethernet(&p);
	packet_vlan(&p, 0x8100, 5);
}

static void
add_erspan1(void)
{
	packet_gre(&p, 0);
	packet_put16(&p, p.len - 2, 0x88be);
	packet_say_nothing(&p);
	packet_ethernet(&p);
}

static void
add_erspan2(void)
{
	packet_gre(&p, 0x1000);
	packet_put16(&p, p.len - 6, 0x88be);
	packet_u32(&p, 0x10010002);	/* version 1 is type II */
	packet_u32(&p, 0);
	packet_say_nothing(&p);
	packet_ethernet(&p);
}

static void
erspan3(unsigned last)
{
	packet_gre(&p, 0x1000);
	packet_put16(&p, p.len - 6, 0x22eb);
	packet_u32(&p, 0x20010002);
	packet_u32(&p, 0);
	packet_u32(&p, last);
}

static void
add_erspan3(void)
{
	erspan3(0x0000);
	packet_say_nothing(&p);
	packet_ethernet(&p);
}

static void
add_erspan3_platform(void)
{
	erspan3(0x0001);
	packet_zeros(&p, 8);
	packet_say_nothing(&p);
	packet_ethernet(&p);
}

static void
add_erspan3_ip(void)
{
	erspan3(0x0800);	/* frame type 2 */
	packet_say_nothing(&p);
}

static void
add_pptp(void)
{
	packet_gre(&p, 0);
	packet_put16(&p, p.len - 4, 0x3081);	/* key, sequence, ack */
	packet_put16(&p, p.len - 2, 0x880b);
	packet_zeros(&p, 12);
	packet_say_nothing(&p);
	packet_ppp(&p);
}

static void
add_vxlan(void)
{
	packet_udp(&p, 50000, 4789);
	packet_vxlan(&p, 0xabcdef);
}

static void
add_vxlan_linux(void)
{
	packet_udp(&p, 8472, 50000);
	packet_vxlan(&p, 0xabcdef);
	packet_vlan(&p, 0x8100, 5);
}

static void
add_geneve(void)
{
	packet_udp(&p, 50000, 6081);
	packet_geneve(&p, 0xabcdef, 8);
	packet_ethernet(&p);
}

static void
add_geneve_ip(void)
{
	packet_udp(&p, 50000, 6081);
	packet_geneve(&p, 0xabcdef, 0);
}

static void
add_gtp(void)
{
	packet_udp(&p, 2152, 2152);
	packet_gtp(&p, 0);
}

static void
add_gtp_sequence(void)
{
	packet_udp(&p, 2152, 2152);
	packet_gtp(&p, 2);
}

static void
add_gtp_extension(void)
{
	packet_udp(&p, 2152, 2152);
	packet_gtp(&p, 4);
}

static void
add_l2tp(void)
{
	packet_udp(&p, 1701, 1701);
	packet_l2tp(&p, 0);
}

static void
add_l2tp_full(void)
{
	packet_udp(&p, 1701, 1701);
	packet_l2tp(&p, 0x4a00);
}

static void add_l2tp3(void) { packet_l2tp3(&p, 4); }
static void add_l2tp3_bare(void) { packet_l2tp3(&p, 0); }
static void add_l2tp3_cookie(void) { packet_l2tp3(&p, 12); }

static void
add_l2tp3_udp(void)
{
	packet_udp(&p, 1701, 1701);
	packet_u32(&p, 0x00030000);
	packet_l2tp3(&p, 8);
}

/* An IP header inside, of a version that the header before must name. */
static void
add_vxlan_gpe_nsh(void)
{
	packet_udp(&p, 50000, 4790);
	packet_u32(&p, 0x0c000004);
	packet_u32(&p, 0xabcdefU << 8);
	packet_u32(&p, 0x0fc20203);	/* NSH of eight bytes, Ethernet */
	packet_u32(&p, 0x000001ff);
	packet_ethernet(&p);
}

static void
add_vxlan_gpe_mpls(void)
{
	packet_udp(&p, 50000, 4790);
	packet_u32(&p, 0x0c000005);
	packet_u32(&p, 0xabcdefU << 8);
	packet_mpls(&p, 20, true);
}

/* GUE, with one field, around IP in IP or GRE. */
static void
add_gue(void)
{
	packet_udp(&p, 50000, 6080);
	packet_u32(&p, 0x012f0000);
	packet_u32(&p, 0);
	packet_gre(&p, 0);
}

static void
add_gue_plain(void)
{
	packet_udp(&p, 50000, 6080);
}

static void
add_gre_udp(void)
{
	packet_udp(&p, 50000, 4754);
	packet_gre(&p, 0x2000);
}

static void
add_mpls_udp(void)
{
	packet_udp(&p, 50000, 6635);
	packet_mpls(&p, 20, false);
	packet_mpls(&p, 21, true);
}

static void
add_lisp(void)
{
	packet_udp(&p, 50000, 4341);
	packet_u32(&p, 0x88000001);
	packet_u32(&p, 0xabcdefU << 8 | 1);
}

static void
add_lisp_plain(void)
{
	packet_udp(&p, 50000, 4341);
	packet_u32(&p, 0x80000001);
	packet_u32(&p, 1);
}

/* Identity of 16 bytes, signature of 20. */
static void
add_ayiya(void)
{
	packet_udp(&p, 5072, 5072);
	packet_u32(&p, 0x41521129);
	packet_u32(&p, 1);
	packet_zeros(&p, 16 + 20);
}

static void
add_tzsp(void)
{
	packet_udp(&p, 50000, 37008);
	packet_u32(&p, 0x01000001);
	packet_u32(&p, 0x000a0105);	/* padding, then signal of one byte */
	packet_u8(&p, 0);		/* the other's length */
	packet_u8(&p, 1);		/* end */
	packet_ethernet(&p);
}

static void
wifi_frame(unsigned control)
{
	packet_u16(&p, control);
	packet_zeros(&p, 24);
	packet_snap(&p);
}

static void
add_tzsp_wifi(void)
{
	packet_udp(&p, 50000, 37008);
	packet_u32(&p, 0x01010012);
	packet_u8(&p, 1);
	wifi_frame(0x8802);
}

static void
add_tzsp_avs(void)
{
	packet_udp(&p, 50000, 37008);
	packet_u32(&p, 0x0100007f);
	packet_u8(&p, 1);
	packet_u32(&p, 0x80211001);
	packet_u32(&p, 64);
	packet_zeros(&p, 56);
	wifi_frame(0x8802);
}

static void
add_capwap(void)
{
	packet_udp(&p, 5247, 50000);
	packet_u32(&p, 0x00100200);
	packet_u32(&p, 0);
	packet_ethernet(&p);
}

/* 802.11 in it, frame control turned round; the first part of two. */
static void
add_capwap_wifi(void)
{
	packet_udp(&p, 50000, 5247);
	packet_u32(&p, 0x00180380);
	packet_u32(&p, 0x00010000);
	packet_u32(&p, 0);
	wifi_frame(0x0288);
}

static void
add_gre_wifi(void)
{
	packet_gre(&p, 0);
	packet_put16(&p, p.len - 2, 0x8200);
	packet_say_nothing(&p);
	wifi_frame(0x8802);
}

static const struct {
	const char *name;
	void (*add)(void);
	bool has_vni;
	uint16_t vlan;
} tunnels[] = {
	{ "IP in IP", add_nothing, false, 0 },
	{ "GRE", add_gre, false, 0 },
	{ "GRE with all fields", add_gre_full, false, 0 },
	{ "GRE with Ethernet", add_gre_ethernet, false, 5 },
	{ "ERSPAN I", add_erspan1, false, 0 },
	{ "ERSPAN II", add_erspan2, false, 0 },
	{ "ERSPAN III", add_erspan3, false, 0 },
	{ "ERSPAN III, platform", add_erspan3_platform, false, 0 },
	{ "ERSPAN III, IP", add_erspan3_ip, false, 0 },
	{ "PPTP", add_pptp, false, 0 },
	{ "EtherIP", add_etherip, false, 0 },
	{ "Ethernet in IP", add_ethernet, false, 0 },
	{ "MPLS in IP", add_mpls, false, 0 },
	{ "VXLAN", add_vxlan, true, 0 },
	{ "VXLAN of Linux, answer", add_vxlan_linux, true, 5 },
	{ "Geneve", add_geneve, true, 0 },
	{ "Geneve with IP", add_geneve_ip, true, 0 },
	{ "GTP-U", add_gtp, false, 0 },
	{ "GTP-U with sequence", add_gtp_sequence, false, 0 },
	{ "GTP-U with extension", add_gtp_extension, false, 0 },
	{ "L2TP", add_l2tp, false, 0 },
	{ "L2TP with all fields", add_l2tp_full, false, 0 },
	{ "L2TPv3", add_l2tp3, false, 0 },
	{ "L2TPv3 without a sublayer", add_l2tp3_bare, false, 0 },
	{ "L2TPv3 with a cookie", add_l2tp3_cookie, false, 0 },
	{ "L2TPv3 in UDP", add_l2tp3_udp, false, 0 },
	{ "VXLAN-GPE with NSH", add_vxlan_gpe_nsh, true, 0 },
	{ "VXLAN-GPE with MPLS", add_vxlan_gpe_mpls, true, 0 },
	{ "GUE with GRE", add_gue, false, 0 },
	{ "GUE with IP alone", add_gue_plain, false, 0 },
	{ "GRE in UDP", add_gre_udp, false, 0 },
	{ "MPLS in UDP", add_mpls_udp, false, 0 },
	{ "LISP with instance", add_lisp, true, 0 },
	{ "LISP", add_lisp_plain, false, 0 },
	{ "AYIYA", add_ayiya, false, 0 },
	{ "TZSP", add_tzsp, false, 0 },
	{ "TZSP with 802.11", add_tzsp_wifi, false, 0 },
	{ "TZSP with AVS", add_tzsp_avs, false, 0 },
	{ "CAPWAP", add_capwap, false, 0 },
	{ "CAPWAP with 802.11", add_capwap_wifi, false, 0 },
	{ "GRE with 802.11", add_gre_wifi, false, 0 },
};

static void
build(int tunnel, bool outer_is_6, bool inner_is_6)
{
	if (outer_is_6)
		outer6();
	else
		outer4();
	tunnels[tunnel].add();
	if (inner_is_6)
		inner6();
	else
		inner4();
}

static void
expect_inner(int tunnel, bool inner_is_6)
{
	const enum verdict verdict = packet_decode(decoder, &p, &seg);

	ck_assert_msg(verdict == VERDICT_SEGMENT, "%s: verdict %d, %s",
	    tunnels[tunnel].name, (int)verdict,
	    decoder_last_protocol(decoder));
	ck_assert_uint_eq(seg.seq, 77);
	ck_assert_uint_eq(seg.payload_len, PAYLOAD_LEN);
	ck_assert_uint_eq(seg.ip_version, inner_is_6 ? 6 : 4);
	ck_assert_uint_eq(inner_is_6 ? seg.src[15] : seg.src[3],
	    inner_is_6 ? 21 : 1);
	ck_assert_uint_eq(seg.ip_len, p.len - p.ip);
	ck_assert_int_eq(seg.vni_known, tunnels[tunnel].has_vni);
	ck_assert_uint_eq(seg.vni, tunnels[tunnel].has_vni ? 0xabcdef : 0);
	ck_assert_uint_eq(seg.vlan, tunnels[tunnel].vlan);
}

START_TEST(the_inner_packet_is_what_counts)
{
	for (int i = 0; i < 4; i++) {
		build(_i, i & 1, i & 2);
		expect_inner(_i, i & 2);
	}
}
END_TEST

START_TEST(without_tunnels_the_outer_packet_is_what_counts)
{
	struct decoder *outer = new_decoder(true);

	build(_i, false, false);
	ck_assert_int_eq(packet_decode(outer, &p, &seg), VERDICT_NOT_TCP);
	ck_assert_ptr_nonnull(decoder_last_protocol(outer));
	decoder_free(outer);
}
END_TEST

/* Cut anywhere, and ended anywhere: one verdict, and no word of a segment. */
START_TEST(every_tunnel_header_may_end_anywhere)
{
	build(_i, false, false);
	for (size_t n = 0; n < p.tcp; n++) {
		ck_assert_int_ne(packet_decode_cut(decoder, &p, n, p.len,
		    &seg), VERDICT_SEGMENT);
		ck_assert_int_ne(packet_decode_cut(decoder, &p, n, n, &seg),
		    VERDICT_SEGMENT);
	}
}
END_TEST

START_TEST(tunnels_nest)
{
	outer4();
	packet_gre(&p, 0);
	packet_ip6(&p, &(struct packet_ip6){ 0 });
	packet_udp(&p, 50000, 4789);
	packet_vxlan(&p, 1);
	packet_ip4(&p, &(struct packet_ip4){ 0 });
	packet_udp(&p, 50000, 4789);
	packet_vxlan(&p, 2);
	inner4();
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_SEGMENT);
	ck_assert_uint_eq(seg.vni, 2);
}
END_TEST

START_TEST(endless_tunnels_are_too_deep)
{
	outer4();
	for (unsigned i = 0; i < 31; i++)
		packet_ip4(&p, &(struct packet_ip4){ 0 });
	inner4();
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_TOO_DEEP);
}
END_TEST

static void
expect(enum verdict verdict, const char *words)
{
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), verdict);
	ck_assert_str_eq(decoder_last_protocol(decoder), words);
}

START_TEST(a_port_does_not_make_a_tunnel)
{
	static const uint16_t ports[] = { 4789, 8472, 6081, 2152, 3544, 1701,
	    4341, 4754, 4790, 5072, 5247, 6080, 6635, 37008, 53 };

	for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
		/* Any datagram there, of any length, with any bytes. */
		for (unsigned len = 0; len < 60; len++) {
			for (unsigned fill = 0; fill < 256; fill += 15) {
				udp_to(ports[i]);
				for (unsigned n = 0; n < len; n++)
					packet_u8(&p, fill);
				packet_finish(&p);
				expect(VERDICT_NOT_TCP, "UDP");
			}
		}
	}
}
END_TEST

/* A byte of a tunnel, by its distance from the UDP header's end. */
static const struct {
	void (*add)(void);
	size_t at;
	uint8_t value;
} spoilt[] = {
	{ add_vxlan, 0, 0x00 },		/* no VNI */
	{ add_vxlan, 8 + 12, 0x77 },	/* no known ethertype inside */
	{ add_geneve, 0, 0x42 },	/* version */
	{ add_geneve, 0, 0x3f },	/* options beyond the datagram */
	{ add_geneve, 3, 0x59 },	/* protocol */
	{ add_geneve_ip, 8, 0x55 },	/* no IP inside */
	{ add_gtp, 0, 0x50 },		/* version */
	{ add_gtp, 1, 0x01 },		/* echo request */
	{ add_gtp, 2, 0x40 },		/* length */
	{ add_gtp, 8, 0x55 },		/* no IP inside */
	{ add_gtp_extension, 12, 0x00 },	/* extension without end */
	{ add_gtp_extension, 12, 0xff },	/* beyond the datagram */
	{ add_l2tp, 0, 0x80 },		/* control message */
	{ add_l2tp, 1, 0x03 },		/* version */
	{ add_l2tp, 8, 0x44 },		/* no known PPP protocol */
	{ add_l2tp_full, 2, 0x40 },	/* another length */
	{ add_l2tp3_udp, 28, 0x77 },	/* no known ethertype inside */
	{ add_l2tp_full, 12, 0xff },	/* offset beyond the datagram */
	{ add_vxlan_gpe_nsh, 0, 0x08 },	/* no next protocol */
	{ add_vxlan_gpe_nsh, 0, 0x0d },	/* an OAM packet */
	{ add_vxlan_gpe_nsh, 0, 0x1c },	/* version */
	{ add_vxlan_gpe_nsh, 3, 0x01 },	/* no IPv4 inside */
	{ add_vxlan_gpe_nsh, 3, 0x02 },	/* no IPv6 inside */
	{ add_vxlan_gpe_nsh, 3, 0x06 },	/* unknown next protocol */
	{ add_gue, 0, 0x81 },		/* version */
	{ add_gue, 0, 0x21 },		/* control message */
	{ add_gue, 0, 0x1f },		/* fields beyond the datagram */
	{ add_gue, 1, 0x3b },		/* unknown protocol */
	{ add_gue, 1, 0x04 },		/* no IPv4 inside */
	{ add_gue, 1, 0x29 },		/* no IPv6 inside */
	{ add_gue, 8, 0x40 },		/* GRE of another kind */
	{ add_gue_plain, 0, 0x44 },	/* no IP inside */
	{ add_gre_udp, 2, 0x99 },	/* unknown type */
	{ add_mpls_udp, 8, 0x10 },	/* nothing known inside */
	{ add_lisp, 8, 0x55 },		/* no IP inside */
	{ add_ayiya, 0, 0xf1 },		/* identity beyond the datagram */
	{ add_ayiya, 2, 0x12 },		/* another operation */
	{ add_ayiya, 44, 0x55 },	/* no IP inside */
	{ add_tzsp, 0, 0x02 },		/* version */
	{ add_tzsp, 1, 0x04 },		/* keep-alive */
	{ add_tzsp, 3, 0x02 },		/* unknown protocol */
	{ add_tzsp, 6, 0xff },		/* field beyond the datagram */
	{ add_tzsp, 10 + 12, 0x77 },	/* no known ethertype inside */
	{ add_capwap, 0, 0x01 },	/* encrypted */
	{ add_capwap, 1, 0x08 },	/* header too short for itself */
	{ add_capwap, 1, 0xf8 },	/* header beyond the datagram */
	{ add_capwap, 2, 0x04 },	/* another binding */
	{ add_capwap, 3, 0x08 },	/* keep-alive */
};

START_TEST(what_does_not_look_like_a_tunnel_is_plain_udp)
{
	size_t start;

	outer4();
	start = p.len + 8;
	spoilt[_i].add();
	inner4();
	p.bytes[start + spoilt[_i].at] = spoilt[_i].value;
	expect(VERDICT_NOT_TCP, "UDP");
}
END_TEST

/* Reserved bits, set, by the byte they are in. */
static const struct {
	void (*add)(void);
	size_t at;
	uint8_t bits;
	bool has_vni;
} reserved[] = {
	{ add_vxlan, 0, 0xf7, true },
	{ add_vxlan, 1, 0xff, true },
	{ add_vxlan, 2, 0xff, true },
	{ add_vxlan, 3, 0xff, true },
	{ add_vxlan, 7, 0xff, true },
	{ add_vxlan_linux, 7, 0x01, true },
	{ add_geneve, 1, 0x3f, true },
	{ add_geneve, 7, 0xff, true },
	{ add_geneve_ip, 7, 0x80, true },
	{ add_vxlan_gpe_nsh, 0, 0xc0, true },
	{ add_vxlan_gpe_nsh, 1, 0xff, true },
	{ add_vxlan_gpe_nsh, 7, 0xff, true },
	{ add_gre_udp, 0, 0x03, false },
	{ add_gre_udp, 1, 0xf8, false },
	{ add_l2tp, 0, 0x34, false },
	{ add_l2tp, 1, 0xf0, false },
	{ add_l2tp3_udp, 0, 0x34, false },
	{ add_l2tp3_udp, 1, 0xf0, false },
	{ add_l2tp3_udp, 2, 0xff, false },
	{ add_l2tp3_udp, 3, 0xff, false },
};

/* RFC 7348, 5; RFC 8926, 3.4; RFC 2784, 2.3; RFC 2661, 3.1 */
START_TEST(reserved_bits_are_ignored)
{
	size_t start;

	outer4();
	start = p.len + 8;
	reserved[_i].add();
	inner4();
	p.bytes[start + reserved[_i].at] |= reserved[_i].bits;
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_SEGMENT);
	ck_assert_uint_eq(seg.seq, 77);
	ck_assert_int_eq(seg.vni_known, reserved[_i].has_vni);
	ck_assert_uint_eq(seg.vni, reserved[_i].has_vni ? 0xabcdef : 0);
}
END_TEST

START_TEST(vxlan_gpe_may_lack_a_vni)
{
	outer4();
	add_vxlan_gpe_nsh();
	inner4();
	p.bytes[p.outer_ip + 20 + 8] = 0x04;
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_SEGMENT);
	ck_assert(!seg.vni_known);
}
END_TEST

START_TEST(other_content_of_l2tpv3_is_named)
{
	size_t session;

	outer4();
	session = p.len;
	add_l2tp3();
	inner4();
	p.bytes[session + 8 + 12] = 0x77;	/* the type inside */
	expect(VERDICT_UNSUPPORTED, "L2TPv3 of unknown content");
	ck_assert_int_eq(packet_decode_cut(decoder, &p, session + 25, p.len,
	    &seg), VERDICT_SHORT);
	ck_assert_int_eq(packet_decode_cut(decoder, &p, session + 3, p.len,
	    &seg), VERDICT_SHORT);
	memset(p.bytes + session, 0, 4);	/* a control message */
	expect(VERDICT_NOT_TCP, "L2TPv3");
	outer4();
	add_l2tp3();
	p.len = session + 3;
	packet_finish(&p);
	expect(VERDICT_MALFORMED_TUNNEL, "L2TPv3 header");
}
END_TEST

/* Tunnels on port 50000 or from it, by the rule that the user has to give. */
static const struct {
	const char *rule;
	void (*add)(void);
} declared[] = {
	{ "udp.port==50000,vxlan", add_vxlan },
	{ "udp.port==50000,vxlan_gpe", add_vxlan_gpe_nsh },
	{ "udp.port==50000,geneve", add_geneve },
	{ "udp.port==50000,gtp", add_gtp },
	{ "udp.port==50000,gre", add_gre_udp },
	{ "udp.port==50000,gue", add_gue },
	{ "udp.port==50000,mpls", add_mpls_udp },
	{ "udp.port==50000,lisp", add_lisp },
	{ "udp.port==50000,l2tp", add_l2tp },
	{ "udp.port==50000,capwap", add_capwap },
	{ "udp.port==50000,tzsp", add_tzsp },
	{ "udp.port==1-65535,vxlan", add_vxlan },
	{ "udp.port==50000-50001,vxlan", add_vxlan },
	{ "udp.port==49999-50000,vxlan", add_vxlan },
};

START_TEST(the_user_may_declare_what_a_port_holds)
{
	struct decoder_options options = { .no_tunnels = false };
	struct decoder *d;

	ck_assert_ptr_null(decode_as_parse(&options.decode_as,
	    declared[_i].rule));
	d = decoder_with(&options);
	outer4();
	declared[_i].add();
	inner4();
	for (unsigned i = 0; i < 2; i++) {
		/* a port that is nobody's, on either side */
		packet_put16(&p, p.outer_ip + 20, i == 0 ? 50000 : 9);
		packet_put16(&p, p.outer_ip + 22, i == 0 ? 9 : 50000);
		ck_assert_int_eq(packet_decode(d, &p, &seg), VERDICT_SEGMENT);
		ck_assert_uint_eq(seg.seq, 77);
		expect(VERDICT_NOT_TCP, "UDP");
	}
	decoder_free(d);
}
END_TEST

START_TEST(the_user_may_declare_that_a_port_holds_no_tunnel)
{
	struct decoder_options options = { .no_tunnels = false };
	struct decoder *d;

	ck_assert_ptr_null(decode_as_parse(&options.decode_as,
	    "udp.port==4789,vxlan"));
	ck_assert_ptr_null(decode_as_parse(&options.decode_as,
	    "udp.port==4789,data"));
	d = decoder_with(&options);
	outer4();
	add_vxlan();
	inner4();
	ck_assert_int_eq(packet_decode(d, &p, &seg), VERDICT_NOT_TCP);
	ck_assert_str_eq(decoder_last_protocol(d), "UDP");
	decoder_free(d);
}
END_TEST

static const char *const bad_rules[] = {
	"", "udp.port", "udp.port==", "udp.port==,vxlan", "udp.port==5",
	"udp.port==5,", "udp.port==0,vxlan", "udp.port==65536,vxlan",
	"udp.port==99999999999999999999,vxlan", "udp.port==-5,vxlan",
	"udp.port==5-,vxlan", "udp.port==5-4,vxlan", "udp.port==5-65536,vxlan",
	"udp.port==5 ,vxlan", "udp.port==5,vxlan2", "udp.port==5,VXLAN",
	"udp.port==5,http", "udp.port=5,vxlan", "tcp.port==5,vxlan",
	"udp.port==5,vxlan ",
};

START_TEST(a_rule_that_is_none_is_refused)
{
	struct decode_as as = { .count = 0 };

	for (size_t i = 0; i < ARRAY_LEN(bad_rules); i++)
		ck_assert_ptr_nonnull(decode_as_parse(&as, bad_rules[i]));
	ck_assert_uint_eq(as.count, 0);
	for (unsigned i = 0; i < DECODE_AS_MAX; i++)
		ck_assert_ptr_null(decode_as_parse(&as,
		    "udp.port==65535,vxlan"));
	ck_assert_str_eq(decode_as_parse(&as, "udp.port==1,vxlan"),
	    "is one rule too many");
	ck_assert_int_eq(decode_as_find(&as, 65535), TUNNEL_VXLAN);
	ck_assert_int_eq(decode_as_find(&as, 1), TUNNEL_COUNT);
}
END_TEST

/* What Teredo puts before the IPv6 packet, RFC 4380, 5.1.1. */
static const struct {
	const uint8_t *bytes;
	size_t len;
} indications[] = {
	{ (const uint8_t *)"", 0 },
	/* origin: port and address, inverted */
	{ (const uint8_t *)"\0\0\x11\x22\x33\x44\x55\x66", 8 },
	/* authentication without names: nonce, confirmation */
	{ (const uint8_t *)"\0\1\0\0" "\1\2\3\4\5\6\7\x8" "\0", 13 },
	/* with a client of 3 and a value of 2 bytes, then origin */
	{ (const uint8_t *)"\0\1\3\2" "abc" "de" "\1\2\3\4\5\6\7\x8" "\0"
	    "\0\0\x11\x22\x33\x44\x55\x66", 26 },
};

START_TEST(teredo_may_begin_with_indications)
{
	const size_t len = indications[_i].len;

	udp_to(3544);
	packet_octets(&p, indications[_i].bytes, len);
	inner6();
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_SEGMENT);
	ck_assert_uint_eq(seg.src[15], 21);
	for (size_t n = p.ip - len; n < p.ip; n++)
		ck_assert_int_ne(packet_decode_cut(decoder, &p, n, p.len,
		    &seg), VERDICT_SEGMENT);
}
END_TEST

/* Between ports of anybody, with an address of Teredo's inside. */
static void
teredo_elsewhere(bool has_origin, bool is_source)
{
	udp_to(40001);
	if (has_origin)
		packet_octets(&p, indications[1].bytes, indications[1].len);
	inner6();
	memcpy(p.bytes + p.ip + (is_source ? 8 : 24), "\x20\1\0\0", 4);
}

START_TEST(teredo_is_known_by_its_addresses)
{
	for (unsigned i = 0; i < 4; i++) {
		teredo_elsewhere(i & 1, i & 2);
		ck_assert_int_eq(packet_decode(decoder, &p, &seg),
		    VERDICT_SEGMENT);
		ck_assert_uint_eq(seg.seq, 77);
		/* One byte more or less: a stranger. */
		packet_put16(&p, p.ip + 4, (unsigned)(p.len - p.ip - 39));
		expect(VERDICT_NOT_TCP, "UDP");
		packet_put16(&p, p.ip + 4, (unsigned)(p.len - p.ip - 40));
		p.bytes[p.ip] = 0x50;
		expect(VERDICT_NOT_TCP, "UDP");
	}
	udp_to(40001);
	inner6();
	expect(VERDICT_NOT_TCP, "UDP");
}
END_TEST

START_TEST(parts_of_a_capwap_packet_are_fragments)
{
	outer4();
	add_capwap_wifi();
	inner4();
	packet_put16(&p, p.ip + 2, 1400);
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_SEGMENT);
	ck_assert_uint_eq(seg.payload_len, 1400 - 40);
	packet_put16(&p, p.outer_ip + 20 + 8 + 6, 100 << 3);
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_FRAGMENT);
}
END_TEST

START_TEST(wccp_redirects_in_two_versions)
{
	for (unsigned version = 1; version <= 2; version++) {
		outer4();
		packet_gre(&p, 0);
		packet_put16(&p, p.len - 2, 0x883e);
		packet_say_nothing(&p);
		packet_zeros(&p, version == 2 ? 4 : 0);
		inner4();
		ck_assert_int_eq(packet_decode(decoder, &p, &seg),
		    VERDICT_SEGMENT);
	}
	p.len = p.ip - 2;
	packet_put16(&p, p.outer_ip + 2, (unsigned)(p.len - p.outer_ip));
	expect(VERDICT_MALFORMED_TUNNEL, "WCCP header");
}
END_TEST

/* The two bytes of GRE flags, its type, and what becomes of it. */
static const struct {
	uint16_t flags;
	uint16_t type;
	enum verdict verdict;
	const char *words;
} gres[] = {
	{ 0x0000, 0x0000, VERDICT_NOT_TCP, "GRE" },	/* keep-alive */
	{ 0x0000, 0x0806, VERDICT_NOT_IP, "ARP" },
	{ 0x0000, 0x2001, VERDICT_NOT_IP, "NHRP" },
	{ 0x4000, 0x0800, VERDICT_UNSUPPORTED, "GRE source routing" },
	{ 0x0002, 0x0800, VERDICT_UNSUPPORTED, "GRE of later version" },
	{ 0x2001, 0x0800, VERDICT_MALFORMED_TUNNEL, "PPTP header" },
	{ 0x0001, 0x880b, VERDICT_MALFORMED_TUNNEL, "PPTP header" },
	{ 0x2081, 0x880b, VERDICT_NOT_TCP, "GRE" },	/* only an ACK */
};

START_TEST(other_gre_is_named)
{
	outer4();
	packet_gre(&p, 0);
	packet_put16(&p, p.len - 4, gres[_i].flags);
	packet_put16(&p, p.len - 2, gres[_i].type);
	packet_zeros(&p, 30);
	packet_finish(&p);
	expect(gres[_i].verdict, gres[_i].words);
}
END_TEST

/* Tunnel headers that the packet ends in, by bytes left of them. */
static const struct {
	void (*add)(void);
	size_t left;
	const char *words;
} ended[] = {
	{ add_gre, 3, "GRE header" },
	{ add_gre_full, 15, "GRE header" },
	{ add_erspan2, 8 + 7, "ERSPAN header" },
	{ add_erspan3, 8 + 11, "ERSPAN header" },
	{ add_erspan3_platform, 8 + 19, "ERSPAN header" },
	{ add_pptp, 15, "PPTP header" },
	{ add_etherip, 1, "EtherIP header" },
};

START_TEST(a_packet_that_ends_in_a_tunnel_header_is_malformed)
{
	outer4();
	ended[_i].add();
	inner4();
	p.len = p.outer_ip + 20 + ended[_i].left;
	packet_put16(&p, p.outer_ip + 2, (unsigned)(p.len - p.outer_ip));
	expect(VERDICT_MALFORMED_TUNNEL, ended[_i].words);
	/* The same, had the snapshot ended there. */
	packet_put16(&p, p.outer_ip + 2, 500);
	ck_assert_int_eq(packet_decode_cut(decoder, &p, p.len, 600, &seg),
	    VERDICT_SHORT);
}
END_TEST

START_TEST(etherip_has_one_version)
{
	outer4();
	packet_etherip(&p);
	inner4();
	p.bytes[p.outer_ip + 20] = 0x40;
	expect(VERDICT_MALFORMED_TUNNEL, "EtherIP version");
}
END_TEST

START_TEST(the_outer_length_hides_what_follows_it)
{
	build(1, false, false);
	packet_zeros(&p, 30);
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_SEGMENT);
	ck_assert_uint_eq(seg.payload_len, PAYLOAD_LEN);
	ck_assert_uint_eq(seg.payload_captured, PAYLOAD_LEN);
}
END_TEST

START_TEST(an_inner_packet_ends_with_the_outer_at_the_latest)
{
	build(0, false, false);
	packet_put16(&p, p.ip + 2, 1040);
	ck_assert_int_eq(packet_decode(decoder, &p, &seg), VERDICT_SEGMENT);
	ck_assert_uint_eq(seg.payload_len, 10);
	ck_assert(!seg.is_wire_len_wrong);
}
END_TEST

static void
add_opened(Suite *s)
{
	TCase *tc = tcase_create("opened");
	const int count = (int)ARRAY_LEN(tunnels);

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, the_inner_packet_is_what_counts, 0, count);
	tcase_add_loop_test(tc,
	    without_tunnels_the_outer_packet_is_what_counts, 0, count);
	tcase_add_loop_test(tc, every_tunnel_header_may_end_anywhere, 0,
	    count);
	tcase_add_test(tc, tunnels_nest);
	tcase_add_loop_test(tc, the_user_may_declare_what_a_port_holds, 0,
	    (int)ARRAY_LEN(declared));
	tcase_add_test(tc, the_user_may_declare_that_a_port_holds_no_tunnel);
	tcase_add_test(tc, a_rule_that_is_none_is_refused);
	tcase_add_test(tc, endless_tunnels_are_too_deep);
	tcase_add_loop_test(tc, teredo_may_begin_with_indications, 0,
	    (int)ARRAY_LEN(indications));
	tcase_add_loop_test(tc, reserved_bits_are_ignored, 0,
	    (int)ARRAY_LEN(reserved));
	tcase_add_test(tc, vxlan_gpe_may_lack_a_vni);
	tcase_add_test(tc, other_content_of_l2tpv3_is_named);
	tcase_add_test(tc, teredo_is_known_by_its_addresses);
	tcase_add_test(tc, parts_of_a_capwap_packet_are_fragments);
	tcase_add_test(tc, wccp_redirects_in_two_versions);
	tcase_add_test(tc, the_outer_length_hides_what_follows_it);
	tcase_add_test(tc,
	    an_inner_packet_ends_with_the_outer_at_the_latest);
	suite_add_tcase(s, tc);
}

static void
add_not_opened(Suite *s)
{
	TCase *tc = tcase_create("not opened");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_port_does_not_make_a_tunnel);
	tcase_add_loop_test(tc,
	    what_does_not_look_like_a_tunnel_is_plain_udp, 0,
	    (int)ARRAY_LEN(spoilt));
	tcase_add_loop_test(tc, other_gre_is_named, 0, (int)ARRAY_LEN(gres));
	tcase_add_loop_test(tc,
	    a_packet_that_ends_in_a_tunnel_header_is_malformed, 0,
	    (int)ARRAY_LEN(ended));
	tcase_add_test(tc, etherip_has_one_version);
	suite_add_tcase(s, tc);
}

static Suite *
suite(void)
{
	Suite *s = suite_create("tunnel");

	add_opened(s);
	add_not_opened(s);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
