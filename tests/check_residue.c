/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>
#include <string.h>

#include "base/cursor.h"
#include "check_main.h"
#include "compare/residue.h"
#include "decode/segment.h"

#define HEADER	32	/* with timestamps */
#define LEN	100	/* of the payload */

/* A sum of RFC 1071: words are added with their carry. */
static uint16_t
sum_words(uint32_t sum, const uint8_t *bytes, unsigned len)
{
	for (unsigned i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	while (sum > UINT16_MAX)
		sum = (sum & UINT16_MAX) + (sum >> 16);
	return (uint16_t)sum;
}

static void
put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void
put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static unsigned
addr_len(const struct segment *seg)
{
	return seg->ip_version == 4 ? 4 : 16;
}

/* The sum that a sender writes, over its pseudo-header and header. */
static uint16_t
checksum_of(const struct segment *seg, uint16_t payload_sum)
{
	uint8_t header[HEADER] = { 0 };
	uint32_t sum = payload_sum;

	put16(header, seg->src_port);
	put16(header + 2, seg->dst_port);
	put32(header + 4, seg->seq);
	put32(header + 8, seg->ack);
	put16(header + 12, HEADER / 4U << 12 | seg->flags);
	put16(header + 14, seg->window);
	put16(header + 18, seg->urgent);
	put32(header + 20, UINT32_C(0x0101080a));	/* two NOPs, timestamps */
	put32(header + 24, seg->opt.tsval);
	put32(header + 28, seg->opt.tsecr);
	sum += 6 + HEADER + seg->payload_len;
	sum = sum_words(sum, seg->src, addr_len(seg));
	sum = sum_words(sum, seg->dst, addr_len(seg));
	return (uint16_t)~sum_words(sum, header, HEADER);
}

static struct segment
segment_of(uint8_t ip_version, uint16_t payload_sum)
{
	struct segment seg = {
	    .ip_version = ip_version,
	    .depth = DEPTH_OPTIONS,
	    .ip_len = (ip_version == 4 ? 20 : 40) + HEADER + LEN,
	    .payload_len = LEN,
	    .src = { 10, 1, 2, 3 },
	    .dst = { 192, 0, 2, 200 },
	    .src_port = 40000,
	    .dst_port = 443,
	    .seq = UINT32_C(0xfffffff0),
	    .ack = 77777,
	    .flags = TCP_ACK | TCP_PSH,
	    .window = 501,
	    .opt = { .present = OPT_TIMESTAMP, .tsval = UINT32_C(4000000000),
		.tsecr = 12 },
	};

	seg.checksum = checksum_of(&seg, payload_sum);
	return seg;
}

static uint16_t
residue(const struct segment *seg)
{
	uint16_t found = 0;

	ck_assert(residue_of(seg, &found));
	return found;
}

/* What a device between changes, and the checksum with it. */
static void
change(struct segment *seg, int what, uint16_t payload_sum)
{
	switch (what) {
	case 0:
		seg->src[3] = 99;
		seg->src_port = 61234;
		break;
	case 1:
		seg->seq += 1234567890;
		break;
	case 2:
		seg->ack -= 987654321;
		break;
	case 3:
		seg->opt.tsval ^= UINT32_C(0x80000001);
		break;
	case 4:
		seg->window = 0;
		break;
	default:
		seg->flags |= TCP_ECE;
		break;
	}
	seg->checksum = checksum_of(seg, payload_sum);
}

START_TEST(a_change_of_the_header_leaves_the_residue)
{
	const uint8_t ip_version = _i % 2 == 0 ? 4 : 6;
	struct segment seg = segment_of(ip_version, 4711);
	const uint16_t before = residue(&seg);

	change(&seg, _i / 2, 4711);
	ck_assert_uint_eq(residue(&seg), before);
}
END_TEST

START_TEST(a_change_of_the_payload_changes_the_residue)
{
	const struct segment a = segment_of(4, 4711);
	const struct segment b = segment_of(4, 4712);

	ck_assert_uint_ne(residue(&a), residue(&b));
}
END_TEST

START_TEST(a_checksum_that_is_not_updated_changes_the_residue)
{
	struct segment seg = segment_of(4, 4711);
	const uint16_t before = residue(&seg);

	seg.dst[0]++;
	ck_assert_uint_ne(residue(&seg), before);
}
END_TEST

/* The two forms of zero in one's complement are one number. */
START_TEST(both_zeros_are_equal)
{
	struct segment seg = segment_of(4, 0);
	const uint16_t before = residue(&seg);

	seg.checksum = checksum_of(&seg, UINT16_MAX);
	ck_assert_uint_eq(residue(&seg), before);
}
END_TEST

/* What a host leaves for its network card, see is_partial(). */
START_TEST(an_offloaded_checksum_has_no_residue)
{
	struct segment seg = segment_of(4, 4711);
	const uint32_t pseudo = sum_words(sum_words(6 + HEADER + LEN,
	    seg.src, 4), seg.dst, 4);
	uint16_t found;

	seg.checksum = (uint16_t)pseudo;
	ck_assert(!residue_of(&seg, &found));
	seg.checksum = (uint16_t)(pseudo - HEADER - LEN);
	ck_assert(!residue_of(&seg, &found));
	seg.checksum = 0;
	ck_assert(!residue_of(&seg, &found));
}
END_TEST

START_TEST(options_that_were_not_captured_leave_none)
{
	struct segment seg = segment_of(4, 4711);
	uint16_t found;

	seg.depth = DEPTH_FIXED;
	ck_assert(!residue_of(&seg, &found));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("residue");
	TCase *c = tcase_create("checksums");

	suite_add_tcase(s, c);
	tcase_add_loop_test(c, a_change_of_the_header_leaves_the_residue, 0,
	    12);
	tcase_add_test(c, a_change_of_the_payload_changes_the_residue);
	tcase_add_test(c,
	    a_checksum_that_is_not_updated_changes_the_residue);
	tcase_add_test(c, both_zeros_are_equal);
	tcase_add_test(c, an_offloaded_checksum_has_no_residue);
	tcase_add_test(c, options_that_were_not_captured_leave_none);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
