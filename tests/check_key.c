/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connection key: what is part of the identity, what is not, and that
 * both directions agree.
 */
#include "config.h"

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "check_main.h"
#include "decode/segment.h"
#include "flow/key.h"
#include "hold.h"
#include "leaks.h"
#include "xorshift.h"

static const struct siphash_key secret = { .word = { 1, 2 } };
static const struct key_rules plain = { .vlan = false };
static const struct key_rules by_vlan = { .vlan = true };

/* 192.0.2.1:1000 to 192.0.2.2:80, the higher address answers. */
static struct segment
ip4(void)
{
	return (struct segment){
		.src = { 192, 0, 2, 1 },
		.dst = { 192, 0, 2, 2 },
		.src_port = 1000,
		.dst_port = 80,
		.ip_version = 4,
	};
}

static struct segment
ip6(void)
{
	return (struct segment){
		.src = { 0x20, 0x01, 0x0d, 0xb8, [15] = 2 },
		.dst = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 },
		.src_port = 1000,
		.dst_port = 80,
		.ip_version = 6,
	};
}

static struct segment
turned(const struct segment *seg)
{
	struct segment back = *seg;

	memcpy(back.src, seg->dst, sizeof(back.src));
	memcpy(back.dst, seg->src, sizeof(back.dst));
	back.src_port = seg->dst_port;
	back.dst_port = seg->src_port;
	return back;
}

/* Filled with ones first: whatever is not set would show. */
static struct key
key_with(const struct segment *seg, const struct key_rules *rules,
    unsigned *ret_side)
{
	struct key key;
	unsigned side;

	memset(&key, 0xff, sizeof(key));
	side = key_of(seg, rules, &key);
	HOLD(side <= 1);
	if (ret_side != NULL)
		*ret_side = side;
	return key;
}

static bool
same_key(const struct segment *a, const struct segment *b,
    const struct key_rules *rules)
{
	const struct key ka = key_with(a, rules, NULL);
	const struct key kb = key_with(b, rules, NULL);

	if (key_equal(&ka, &kb))
		ck_assert_uint_eq(key_hash(&ka, &secret),
		    key_hash(&kb, &secret));
	return key_equal(&ka, &kb);
}

/* Both ways the same key and opposite sides; returns the side of `seg`. */
static unsigned
both_ways(const struct segment *seg)
{
	const struct segment back = turned(seg);
	unsigned there, answer;
	const struct key a = key_with(seg, &plain, &there);
	const struct key b = key_with(&back, &plain, &answer);

	HOLD(key_equal(&a, &b));
	ck_assert_mem_eq(&a, &b, sizeof(a));
	HOLD(there == !answer);
	HOLD(a.port[there] == seg->src_port);
	HOLD(a.port[!there] == seg->dst_port);
	ck_assert_mem_eq(a.addr[there], seg->src, 16);
	ck_assert_mem_eq(a.addr[!there], seg->dst, 16);
	return there;
}

START_TEST(both_directions_have_one_key_and_opposite_sides)
{
	struct segment seg = ip4();

	ck_assert_uint_eq(both_ways(&seg), 0);
	seg = turned(&seg);
	ck_assert_uint_eq(both_ways(&seg), 1);
	seg = ip6();
	ck_assert_uint_eq(both_ways(&seg), 1);
	seg = turned(&seg);
	ck_assert_uint_eq(both_ways(&seg), 0);
}
END_TEST

START_TEST(random_endpoints_have_one_key_both_ways)
{
	struct xorshift x = { .state = 1 };

	for (unsigned i = 0; i < 10000; i++) {
		struct segment seg = { .ip_version = i % 2 ? 4 : 6 };

		for (unsigned k = 0; k < (i % 2 ? 4U : 16U); k++) {
			/* Few values, so that prefixes are often equal. */
			seg.src[k] = (uint8_t)xorshift_below(&x, 3);
			seg.dst[k] = (uint8_t)xorshift_below(&x, 3);
		}
		seg.src_port = (uint16_t)xorshift_below(&x, 2);
		seg.dst_port = (uint16_t)(seg.src_port + 1);
		both_ways(&seg);
	}
}
END_TEST

START_TEST(ports_tell_the_sides_of_a_host_that_talks_to_itself)
{
	struct segment seg = ip4();

	memcpy(seg.dst, seg.src, sizeof(seg.dst));
	ck_assert_uint_eq(both_ways(&seg), 1);
	seg.src_port = 0;
	seg.dst_port = 65535;
	ck_assert_uint_eq(both_ways(&seg), 0);
}
END_TEST

START_TEST(endpoint_that_talks_to_itself_is_all_side_0)
{
	struct segment seg = ip4();
	unsigned side;

	memcpy(seg.dst, seg.src, sizeof(seg.dst));
	seg.dst_port = seg.src_port;
	key_with(&seg, &plain, &side);
	ck_assert_uint_eq(side, 0);
}
END_TEST

START_TEST(addresses_and_ports_are_part_of_the_key)
{
	const struct segment seg = ip4();
	struct segment other = seg;

	ck_assert(same_key(&seg, &other, &plain));
	other.src[3] = 9;
	ck_assert(!same_key(&seg, &other, &plain));
	other = seg;
	other.dst[0] = 9;
	ck_assert(!same_key(&seg, &other, &plain));
	other = seg;
	other.src_port++;
	ck_assert(!same_key(&seg, &other, &plain));
	other = seg;
	other.dst_port++;
	ck_assert(!same_key(&seg, &other, &plain));
	/* Ports swapped between the same hosts: another connection. */
	other = seg;
	other.src_port = seg.dst_port;
	other.dst_port = seg.src_port;
	ck_assert(!same_key(&seg, &other, &plain));
}
END_TEST

START_TEST(every_octet_of_an_ipv6_address_counts)
{
	const struct segment seg = ip6();

	for (unsigned i = 0; i < 16; i++) {
		struct segment other = seg;

		other.src[i] ^= 0x10;
		ck_assert(!same_key(&seg, &other, &plain));
		other = seg;
		other.dst[i] ^= 0x10;
		ck_assert(!same_key(&seg, &other, &plain));
	}
}
END_TEST

START_TEST(ip_version_is_part_of_the_key)
{
	const struct segment four = ip4();
	struct segment six = four;

	six.ip_version = 6;
	ck_assert(!same_key(&four, &six, &plain));
}
END_TEST

START_TEST(network_identifier_is_part_of_the_key_when_known)
{
	const struct segment seg = ip4();
	struct segment a = seg;
	struct segment b = seg;

	/* Of an identifier that is not known no byte may count. */
	b.vni = 7;
	ck_assert(same_key(&a, &b, &plain));
	a.vni_known = b.vni_known = true;
	ck_assert(!same_key(&a, &b, &plain));
	a.vni = 7;
	ck_assert(same_key(&a, &b, &plain));
	/* VNI 0 is a network of its own. */
	a.vni = 0;
	ck_assert(!same_key(&seg, &a, &plain));
}
END_TEST

START_TEST(vlan_is_part_of_the_key_only_when_asked_for)
{
	struct segment a = ip4();
	struct segment b = turned(&a);

	/* Real networks tag each direction differently. */
	a.vlan = 10;
	b.vlan = 20;
	ck_assert(same_key(&a, &b, &plain));
	ck_assert(!same_key(&a, &b, &by_vlan));
	b.vlan = 10;
	ck_assert(same_key(&a, &b, &by_vlan));
}
END_TEST

START_TEST(what_is_not_identity_is_not_in_the_key)
{
	const struct segment seg = ip4();
	struct segment other = seg;

	other.ttl = 3;
	other.ecn = 1;
	other.ip_id = 77;
	other.seq = 5;
	other.flags = TCP_SYN;
	other.payload_len = 100;
	other.time_ns = 12345;
	other.frame = 99;
	ck_assert(same_key(&seg, &other, &plain));
}
END_TEST

START_TEST(hash_depends_on_its_secret)
{
	const struct siphash_key others[] = {
		{ .word = { 1, 3 } }, { .word = { 2, 2 } },
		{ .word = { 0, 0 } },
	};
	const struct segment seg = ip4();
	const struct key key = key_with(&seg, &plain, NULL);

	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_ne(key_hash(&key, &secret),
		    key_hash(&key, &others[i]));
}
END_TEST

/*
 * Neighbours spread: of 64 Ki keys that differ in one port, put in as many
 * buckets, about 1/e stay empty; never 0 and never equal.
 */
START_TEST(hash_spreads_neighbours_and_is_never_0)
{
	static uint8_t bucket[65536];
	unsigned empty = 0;
	struct segment seg = ip4();

	memset(bucket, 0, sizeof(bucket));
	for (uint32_t port = 0; port < 65536; port++) {
		uint64_t hash;
		struct key key;

		seg.src_port = (uint16_t)port;
		key = key_with(&seg, &plain, NULL);
		hash = key_hash(&key, &secret);
		HOLD(hash != 0);
		bucket[hash & 65535] = 1;
	}
	for (uint32_t i = 0; i < 65536; i++)
		empty += bucket[i] == 0;
	/* 65536 / e = 24109, standard deviation about 80. */
	HOLD(empty > 23500);
	HOLD(empty < 24700);
}
END_TEST

/*
 * The lower bits of a mix choose where to look first: 4096 neighbours that
 * differ in one field fill 32768 places as thinly as chance would (it leaves
 * about 3850 of them alone; half as many is the least that is wanted).
 */
#define PLACES		32768
#define NEIGHBOURS	4096

static void
set_field(struct key *key, int field, uint32_t n)
{
	switch (field) {
	case 0: key->port[0] = (uint16_t)(32768 + n); break;
	case 1: key->port[1] = (uint16_t)(32768 + n); break;
	case 2: memcpy(&key->addr[0][2], &(uint16_t){ (uint16_t)n }, 2); break;
	case 3: memcpy(&key->addr[1][2], &(uint16_t){ (uint16_t)n }, 2); break;
	case 4: memcpy(&key->addr[0][14], &(uint16_t){ (uint16_t)n }, 2); break;
	case 5: memcpy(&key->addr[1][14], &(uint16_t){ (uint16_t)n }, 2); break;
	default: key->vlan = (uint16_t)n; break;
	}
}

#define MIXED_FIELDS	7

START_TEST(mix_spreads_what_differs_in_any_field)
{
	static uint8_t taken[PLACES];
	struct key key = {
		.addr = { { 10, 0, 0, 1 }, { 192, 0, 2, 1 } },
		.port = { 1024, 443 },
		.ip_version = 4,
	};
	unsigned places = 0;

	memset(taken, 0, sizeof(taken));	/* tests may share a process */
	for (uint32_t n = 0; n < NEIGHBOURS; n++) {
		uint8_t *place;

		set_field(&key, _i, n);
		place = &taken[key_fingerprint(&key) % PLACES];
		places += *place == 0;
		*place = 1;
	}
	ck_assert_uint_ge(places, NEIGHBOURS / 2);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("key");
	TCase *key = leaks_tcase(s, "key");
	TCase *hash = leaks_tcase(s, "hash");

	tcase_add_test(key, both_directions_have_one_key_and_opposite_sides);
	tcase_add_test(key, random_endpoints_have_one_key_both_ways);
	tcase_add_test(key,
	    ports_tell_the_sides_of_a_host_that_talks_to_itself);
	tcase_add_test(key, endpoint_that_talks_to_itself_is_all_side_0);
	tcase_add_test(key, addresses_and_ports_are_part_of_the_key);
	tcase_add_test(key, every_octet_of_an_ipv6_address_counts);
	tcase_add_test(key, ip_version_is_part_of_the_key);
	tcase_add_test(key, network_identifier_is_part_of_the_key_when_known);
	tcase_add_test(key, vlan_is_part_of_the_key_only_when_asked_for);
	tcase_add_test(key, what_is_not_identity_is_not_in_the_key);
	tcase_add_test(hash, hash_depends_on_its_secret);
	tcase_add_test(hash, hash_spreads_neighbours_and_is_never_0);
	tcase_add_loop_test(hash, mix_spreads_what_differs_in_any_field, 0,
	    MIXED_FIELDS);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
