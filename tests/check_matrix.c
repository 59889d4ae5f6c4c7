/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every header in front of every other: link type x tags x outer IP x tunnel
 * x inner IP x TCP options, whole and in two fragments.  The whole frame gives
 * the segment that was put in; cut at every byte, or ended there, it gives
 * one verdict and no read beyond (each length has a heap block of its own,
 * without a byte to spare).
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/pool.h"
#include "check_main.h"
#include "hold.h"
#include "packet.h"

#define PAYLOAD_LEN	8
#define FRAME_MAX	640	/* bytes of the longest frame here */

static struct decoder *decoder;
static uint8_t *blocks[FRAME_MAX + 1];	/* blocks[n] holds n bytes */

static void
setup(void)
{
	static const uint64_t key[2] = { 1, 2 };

	decoder = decoder_new(&(struct decoder_options){ 0 }, key);
	for (size_t n = 0; n <= FRAME_MAX; n++)
		blocks[n] = malloc(n);
}

static void
teardown(void)
{
	for (size_t n = 0; n <= FRAME_MAX; n++)
		free(blocks[n]);
	decoder_free(decoder);
	ck_assert_uint_eq(mem_outstanding(), 0);
}

static void
no_tags(struct packet *p)
{
	(void)p;
}

static void
one_tag(struct packet *p)
{
	packet_vlan(p, 0x8100, 10);
}

static void
two_tags(struct packet *p)
{
	packet_vlan(p, 0x88a8, 20);
	packet_vlan(p, 0x8100, 10);
}

static void
labels(struct packet *p)
{
	packet_vlan(p, 0x8100, 10);
	packet_mpls(p, 16, false);
	packet_mpls(p, 17, true);
}

static void
backbone(struct packet *p)
{
	packet_pbb(p);
	packet_vlan(p, 0x8100, 10);
}

/* A switch's time stamp, HSR, and MACsec that leaves all in the clear. */
static void
guarded(struct packet *p)
{
	packet_vlan(p, 0xd28b, 1);
	packet_put16(p, p->len - 2, 0x0010);
	packet_zeros(p, 8);
	p->slot = SLOT_ETHERTYPE;
	p->slot_at = p->len;
	packet_u16(p, 0);
	packet_vlan(p, 0x892f, 100);
	packet_put16(p, p->len - 2, 7);
	packet_u16(p, 0x88e5);
	packet_u32(p, 0x20000000);
	packet_zeros(p, 2 + 8);
	p->slot = SLOT_ETHERTYPE;
	p->slot_at = p->len;
	packet_u16(p, 0);
	packet_vlan(p, 0x8100, 10);
}

static void
pppoe(struct packet *p)
{
	packet_vlan(p, 0x8100, 10);
	packet_pppoe(p);
}

static void
plain4(struct packet *p)
{
	packet_ip4(p, &(struct packet_ip4){ .id = 1 });
}

static void
options4(struct packet *p)
{
	packet_ip4(p, &(struct packet_ip4){ .options_len = 40 });
}

static void
plain6(struct packet *p)
{
	packet_ip6(p, &(struct packet_ip6){ 0 });
}

static void
extended6(struct packet *p)
{
	packet_ip6(p, &(struct packet_ip6){ 0 });
	packet_extension(p, 0, 0);
	packet_extension(p, 43, 0);
	packet_ip6_fragment(p, 1, 0, false);
	packet_extension(p, 60, 2);
}

static void
authenticated(struct packet *p)
{
	packet_ip6(p, &(struct packet_ip6){ 0 });
	packet_ah(p);
}

static void
gre(struct packet *p)
{
	packet_gre(p, 0xb000);
}

static void
gre_ethernet(struct packet *p)
{
	packet_gre(p, 0);
	packet_ethernet(p);
}

static void
erspan(struct packet *p)
{
	packet_gre(p, 0x1000);
	packet_put16(p, p->len - 6, 0x88be);
	packet_u32(p, 0x10010002);
	packet_u32(p, 0);
	packet_say_nothing(p);
	packet_ethernet(p);
}

static void
vxlan(struct packet *p)
{
	packet_udp(p, 1, 4789);
	packet_vxlan(p, 5);
	packet_vlan(p, 0x8100, 30);
}

static void
geneve(struct packet *p)
{
	packet_udp(p, 1, 6081);
	packet_geneve(p, 5, 8);
	packet_ethernet(p);
}

static void
gtp(struct packet *p)
{
	packet_udp(p, 2152, 2152);
	packet_gtp(p, 4);
}

static void
gpe(struct packet *p)
{
	packet_udp(p, 1, 4790);
	packet_u32(p, 0x0c000004);
	packet_u32(p, 5 << 8);
	packet_u32(p, 0x0fc20203);
	packet_u32(p, 0);
	packet_ethernet(p);
}

static void
ayiya(struct packet *p)
{
	packet_udp(p, 5072, 5072);
	packet_u32(p, 0x41521129);
	packet_zeros(p, 4 + 16 + 20);
}

static void
capwap(struct packet *p)
{
	packet_udp(p, 5247, 5247);
	packet_u32(p, 0x00100300);
	packet_u32(p, 0);
	packet_u16(p, 0x0288);
	packet_zeros(p, 24);
	packet_snap(p);
}

static void
l2tp(struct packet *p)
{
	packet_udp(p, 1701, 1701);
	packet_l2tp(p, 0x4800);
}

static void
l2tp3(struct packet *p)
{
	packet_l2tp3(p, 12);
}

/* ERSPAN of type I has no header of its own. */
static void
erspan1(struct packet *p)
{
	packet_gre(p, 0);
	packet_put16(p, p->len - 2, 0x88be);
	packet_say_nothing(p);
	packet_ethernet(p);
}

static void
erspan3(struct packet *p)
{
	packet_gre(p, 0x1000);
	packet_put16(p, p->len - 6, 0x22eb);
	packet_u32(p, 0x20010002);
	packet_u32(p, 0);
	packet_u32(p, 1);
	packet_zeros(p, 8);
	packet_say_nothing(p);
	packet_ethernet(p);
}

/* Authentication, origin; IPv6 only. */
static void
teredo(struct packet *p)
{
	packet_udp(p, 3544, 3544);
	packet_u32(p, 0x00010000);
	packet_zeros(p, 9);
	packet_u32(p, 0x00001122);
	packet_u32(p, 0x33445566);
}

typedef void add_headers(struct packet *);

static add_headers *const tags[] = {
	no_tags, one_tag, two_tags, labels, backbone, pppoe, guarded,
};

static add_headers *const ips[] = {
	plain4, options4, plain6, extended6, authenticated,
};

/* NULL: no tunnel, and no inner IP header. */
static add_headers *const tunnels[] = {
	NULL, no_tags, gre, gre_ethernet, erspan1, erspan, erspan3, vxlan,
	geneve, gtp, teredo, l2tp, l2tp3, gpe, ayiya, capwap,
};

static const struct {
	uint8_t bytes[40];
	size_t len;
	uint16_t present;
} options[] = {
	{ { 0 }, 0, 0 },
	{ { 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2 }, 12, OPT_TIMESTAMP },
	{ { 2, 4, 5, 180, 5, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0,
	    4, 30, 4, 0, 0, 99, 2, 34, 10, 1, 2, 3, 4, 5, 6, 7, 8, 3, 3 }, 40,
	    OPT_MSS | OPT_SACK | OPT_MPTCP | OPT_MPTCP_SIGNAL | OPT_UNKNOWN |
	    OPT_TFO | OPT_MALFORMED },
};

/* One cell: an index into each table. */
struct cell {
	enum linktype link;
	size_t tags;
	size_t outer;
	size_t tunnel;
	size_t inner;
	size_t options;
};

static bool
is_ip4(size_t ip)
{
	return ips[ip] == plain4 || ips[ip] == options4;
}

/* Link types and tunnels that hold one version only take that one. */
static bool
is_possible(const struct cell *c)
{
	if (tunnels[c->tunnel] == teredo && is_ip4(c->inner))
		return false;
	return packet_takes_ip(c->link, is_ip4(c->outer) ? 4 : 6);
}

static void
build(struct packet *p, const struct cell *c)
{
	packet_start(p, c->link);
	tags[c->tags](p);
	ips[c->outer](p);
	if (tunnels[c->tunnel] != NULL) {
		tunnels[c->tunnel](p);
		ips[c->inner](p);
	}
	packet_tcp(p, &(struct packet_tcp){ .seq = 77, .ack = 88,
	    .flags = TCP_ACK | TCP_PSH, .window = 99,
	    .options = options[c->options].bytes,
	    .options_len = options[c->options].len });
	packet_payload(p, PAYLOAD_LEN);
	packet_finish(p);
}

/* HOLD() that says at which length. */
static void
must(bool is_so, const char *what, size_t n)
{
	if (!is_so)
		ck_abort_msg("%s, at %zu bytes", what, n);
}

/* Puts the first captured bytes of a frame into the block of that length. */
static void
capture(const struct packet *p, size_t captured)
{
	memcpy(blocks[captured], p->bytes, captured);
}

static enum verdict
decode(const struct packet *p, size_t captured, size_t wire_len,
    struct segment *ret_segment)
{
	const struct frame frame = {
		.number = 1,
		.bytes = blocks[captured],
		.captured_len = (uint32_t)captured,
		.wire_len = (uint32_t)wire_len,
		.linktype = p->linktype,
	};

	return frame_decode(decoder, &frame, ret_segment);
}

static enum verdict
decode_whole(const struct packet *p, struct segment *ret_segment)
{
	capture(p, p->len);
	return decode(p, p->len, p->len, ret_segment);
}

static void
check_tcp(const struct segment *seg, const struct cell *c)
{
	HOLD(seg->seq == 77);
	HOLD(seg->ack == 88);
	HOLD(seg->window == 99);
	HOLD(seg->src_port == 40000);
	HOLD(seg->flags == (TCP_ACK | TCP_PSH));
	HOLD(seg->payload_len == PAYLOAD_LEN);
	HOLD(seg->payload_captured == PAYLOAD_LEN);
	HOLD(seg->opt.present == options[c->options].present);
}

static void
check_whole(const struct segment *seg, const struct cell *c,
    const struct packet *p)
{
	add_headers *const tunnel = tunnels[c->tunnel];
	const size_t last = tunnel != NULL ? c->inner : c->outer;

	check_tcp(seg, c);
	HOLD(seg->ip_version == (is_ip4(last) ? 4 : 6));
	HOLD(seg->ip_len == p->len - p->ip);
	HOLD(seg->vni_known == (tunnel == vxlan || tunnel == geneve ||
	    tunnel == gpe));
	HOLD(seg->vlan == (tunnel == vxlan ? 30 :
	    tunnel != NULL || c->tags == 0 ? 0 : 10));
	HOLD(!seg->is_offloaded);
	HOLD(!seg->is_wire_len_wrong);
}

/*
 * The first n bytes of a frame, of which the whole was longer: as the
 * snapshot grows first nothing comes out, then ports and ever more, with the
 * length once the TCP header gives the length.  Returns the depth reached.
 */
static int
check_cut(const struct packet *p, size_t n, int depth)
{
	struct segment seg;
	const enum verdict v = decode(p, n, p->len, &seg);

	must((v == VERDICT_SEGMENT) == (n >= p->tcp + 4), "verdict", n);
	if (v != VERDICT_SEGMENT)
		return depth;
	must((int)seg.depth >= depth, "depth", n);
	must(seg.payload_len == (seg.depth >= DEPTH_FLAGS ? PAYLOAD_LEN : 0),
	    "length", n);
	return (int)seg.depth;
}

/* Cut at every byte, the first of them at `from`. */
static void
check_cuts(const struct packet *p, size_t from)
{
	int depth = -1;

	for (size_t n = from; n < p->len; n++) {
		capture(p, n);
		depth = check_cut(p, n, depth);
	}
}

/* Ended at every byte instead: any verdict will do. */
static void
check_ends(const struct packet *p)
{
	struct segment seg;

	for (size_t n = 0; n < p->len; n++) {
		capture(p, n);
		must(decode(p, n, n, &seg) < VERDICT_COUNT, "verdict", n);
	}
}

/* The outer packet in two pieces, each cut at every byte, then whole. */
static void
check_fragments(const struct packet *p, const struct cell *c)
{
	struct packet piece[2];
	struct segment seg;

	for (unsigned i = 0; i < 2; i++) {
		packet_fragment(&piece[i], p, 0x10000, i * 16U, i == 0 ? 16 :
		    FRAME_MAX);
		for (size_t n = 0; n < piece[i].len; n++) {
			capture(&piece[i], n);
			must(decode(&piece[i], n, n, &seg) < VERDICT_COUNT,
			    "verdict", n);
		}
	}
	packet_fragment(&piece[0], p, 7, 0, 16);
	packet_fragment(&piece[1], p, 7, 16, FRAME_MAX);
	HOLD(decode_whole(&piece[0], &seg) == VERDICT_FRAGMENT);
	HOLD(decode_whole(&piece[1], &seg) == VERDICT_SEGMENT);
	check_tcp(&seg, c);
}

static void
check_cell(const struct cell *c)
{
	struct packet p;
	struct segment seg;

	if (!is_possible(c))
		return;
	build(&p, c);
	HOLD(p.len <= FRAME_MAX - 8);
	HOLD(decode_whole(&p, &seg) == VERDICT_SEGMENT);
	check_whole(&seg, c, &p);
	/* What is before the options is taken apart with one row of them. */
	check_cuts(&p, c->options == 1 ? 0 : p.tcp);
	if (c->options == 1) {
		check_ends(&p);
		check_fragments(&p, c);
	}
}

static void
check_inside(struct cell *c)
{
	const size_t inner_count = tunnels[c->tunnel] == NULL ? 1 :
	    ARRAY_LEN(ips);

	for (c->inner = 0; c->inner < inner_count; c->inner++)
		for (c->options = 0; c->options < ARRAY_LEN(options);
		    c->options++)
			check_cell(c);
}

START_TEST(every_header_before_every_other)
{
	struct cell c = { .link = (enum linktype)_i };
	const size_t tag_count = packet_takes_tags(c.link) ?
	    ARRAY_LEN(tags) : 1;

	for (c.tags = 0; c.tags < tag_count; c.tags++)
		for (c.outer = 0; c.outer < ARRAY_LEN(ips); c.outer++)
			for (c.tunnel = 0; c.tunnel < ARRAY_LEN(tunnels);
			    c.tunnel++)
				check_inside(&c);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("matrix");
	TCase *tc = tcase_create("cells");

	tcase_set_timeout(tc, 600);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, every_header_before_every_other,
	    LINKTYPE_UNKNOWN + 1, LINKTYPE_COUNT);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
