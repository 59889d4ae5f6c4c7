/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>
#include <string.h>

#include "base/nstime.h"
#include "base/pool.h"
#include "check_main.h"
#include "compare/spool.h"
#include "compare/transmission.h"
#include "decode/segment.h"
#include "leaks.h"
#include "xorshift.h"

static struct spool spool;

static void
setup(void)
{
	leaks_setup();
	spool_init(&spool);
}

static void
teardown(void)
{
	spool_fini(&spool);
	leaks_teardown();
}

/* The next segment of a long exchange of 300 connections. */
static struct transmission
usual(unsigned i)
{
	return (struct transmission){
	    .ns = NS_PER_SEC + i * INT64_C(7919),
	    .frame = i + 1,
	    .start = i / 600 * 1448,
	    .len = i % 2 == 0 ? 1448 : 0,
	    .ack = i / 600 * 100,
	    .tsval = i / 1000,
	    .conn = i / 2 % 300 + 1,
	    .side = i % 2,
	    .window = 501,
	    .ip_id = (uint16_t)(i / 600),
	    .options = OPT_TIMESTAMP,
	    .flags = TCP_ACK,
	    .residue = (uint16_t)(i * 31),
	    .ttl = 64,
	    .has_residue = true,
	};
}

/* Every field is random, with the extremes among them. */
static struct transmission
unusual(struct xorshift *random)
{
	return (struct transmission){
	    .ns = (int64_t)(xorshift_next(random) << xorshift_below(random,
		64)),
	    .frame = xorshift_next(random) >> xorshift_below(random, 64),
	    .start = (uint32_t)xorshift_next(random),
	    .len = (uint32_t)xorshift_next(random) >>
		xorshift_below(random, 32),
	    .ack = (uint32_t)xorshift_next(random),
	    .tsval = (uint32_t)xorshift_next(random),
	    .judged = (uint32_t)xorshift_next(random),
	    .conn = (uint32_t)xorshift_next(random) & TRANSMISSION_CONN_MAX,
	    .side = xorshift_below(random, 2),
	    .window = (uint16_t)xorshift_next(random),
	    .ip_id = (uint16_t)xorshift_next(random),
	    .options = (uint16_t)xorshift_next(random),
	    .mss = (uint16_t)xorshift_next(random),
	    .flags = (uint16_t)xorshift_next(random),
	    .residue = (uint16_t)xorshift_next(random),
	    .ttl = (uint8_t)xorshift_next(random),
	    .dscp = (uint8_t)xorshift_next(random),
	    .wscale = (uint8_t)xorshift_next(random),
	    .ecn = xorshift_below(random, 4) & 3U,
	    .has_residue = xorshift_below(random, 2) == 0,
	};
}

static struct transmission
segment_of(unsigned i, struct xorshift *random)
{
	return i % 10 == 9 ? unusual(random) : usual(i);
}

static bool
is_same(const struct transmission *a, const struct transmission *b)
{
	return a->ns == b->ns && a->frame == b->frame &&
	    a->start == b->start && a->len == b->len && a->ack == b->ack &&
	    a->tsval == b->tsval && a->judged == b->judged &&
	    a->conn == b->conn && a->side == b->side &&
	    a->window == b->window && a->ip_id == b->ip_id &&
	    a->options == b->options && a->mss == b->mss &&
	    a->flags == b->flags && a->residue == b->residue &&
	    a->ttl == b->ttl && a->dscp == b->dscp && a->wscale == b->wscale &&
	    a->ecn == b->ecn && a->has_residue == b->has_residue;
}

#define SEGMENTS	100000U

static void
add_segments(void)
{
	struct xorshift in = { 7 };

	for (unsigned i = 0; i < SEGMENTS; i++) {
		const struct transmission t = segment_of(i, &in);

		spool_add(&spool, &t, 1);
	}
	ck_assert(spool_is_whole(&spool));
	ck_assert_uint_gt(spool.count, 1);
	spool_end(&spool);
}

/* What one reader has read: of all directions, every `step`th from `first`. */
struct reading {
	struct spool_reader reader;
	struct xorshift random;	/* of the segments that went in */
	unsigned first;
	unsigned step;
	unsigned at;
	bool are_same;
};

static struct reading
begin_reading(unsigned first, unsigned step)
{
	struct reading reading = { .random = { 7 }, .first = first,
	    .step = step, .are_same = true };

	ck_assert_int_eq(spool_reader_init(&reading.reader, &spool), 0);
	return reading;
}

static void
check_one(struct reading *reading, const struct spooled *spooled)
{
	const struct transmission t = segment_of(reading->at++,
	    &reading->random);
	struct transmission taken;

	reading->are_same &= spooled->place.ns == t.ns &&
	    spooled->place.frame == t.frame &&
	    spooled->place.from == t.conn * 2 + t.side;
	if (spooled->place.from % reading->step != reading->first)
		return;
	spool_prepare(&reading->reader, spooled);
	spool_decode(&reading->reader, spooled, &taken);
	reading->are_same &= is_same(&taken, &t);
}

/* False: that was all. */
static bool
read_some(struct reading *reading, unsigned max)
{
	struct spooled group[64];
	const unsigned count = spool_scan(&reading->reader, group, max);

	for (unsigned i = 0; i < count; i++)
		check_one(reading, &group[i]);
	return count > 0;
}

static void
end_reading(struct reading *reading)
{
	ck_assert_uint_eq(reading->at, SEGMENTS);
	ck_assert(reading->are_same);
	spool_reader_fini(&reading->reader);
}

START_TEST(what_went_in_comes_out)
{
	struct reading all;

	add_segments();
	all = begin_reading(0, 1);
	while (read_some(&all, 64))
		continue;
	end_reading(&all);
	for (unsigned i = 0; i < spool.count; i++)
		ck_assert_ptr_null(spool.blocks[i]);
}
END_TEST

START_TEST(readers_decode_different_directions)
{
	struct reading some[3];
	bool has_more = true;

	add_segments();
	for (unsigned i = 0; i < 3; i++)
		some[i] = begin_reading(i, 3);
	while (has_more) {
		has_more = false;
		for (unsigned i = 0; i < 3; i++)
			has_more |= read_some(&some[i], 7 + 20 * i);
	}
	for (unsigned i = 0; i < 3; i++)
		end_reading(&some[i]);
	for (unsigned i = 0; i < spool.count; i++)
		ck_assert_ptr_null(spool.blocks[i]);
}
END_TEST

START_TEST(nothing_comes_out_of_an_empty_one)
{
	struct spool_reader reader;
	struct spooled spooled;

	spool_end(&spool);
	ck_assert_int_eq(spool_reader_init(&reader, &spool), 0);
	ck_assert_uint_eq(spool_scan(&reader, &spooled, 1), 0);
	spool_reader_fini(&reader);
}
END_TEST

START_TEST(a_reader_needs_memory)
{
	struct spool_reader reader;

	mem_fail_after(1);
	ck_assert_int_ne(spool_reader_init(&reader, &spool), 0);
	mem_fail_after(0);
	spool_reader_fini(&reader);
}
END_TEST

START_TEST(usual_segments_take_few_bytes)
{
	size_t used = 0;

	for (unsigned i = 0; i < SEGMENTS; i++) {
		const struct transmission t = usual(i);

		spool_add(&spool, &t, 1);
	}
	for (unsigned i = 0; i < spool.count; i++)
		used += spool.used[i];
	ck_assert_uint_lt(used, 20 * SEGMENTS);
}
END_TEST

START_TEST(too_many_segments_are_dropped_as_a_whole)
{
	struct xorshift random = { 9 };
	uint64_t added = 0;

	while (spool_is_whole(&spool) && added < SPOOL_MAX / 16) {
		const struct transmission t = unusual(&random);

		spool_add(&spool, &t, 1);
		added++;
	}
	ck_assert(!spool_is_whole(&spool));
	for (unsigned i = 0; i < SPOOL_BLOCKS; i++)
		ck_assert_ptr_null(spool.blocks[i]);
	spool_add(&spool, &(struct transmission){ .len = 1 }, 1);
	ck_assert(!spool_is_whole(&spool));
}
END_TEST

START_TEST(without_memory_all_is_dropped)
{
	spool_fini(&spool);
	for (unsigned n = 1; n <= 2; n++) {
		mem_fail_after(n);
		spool_init(&spool);
		spool_add(&spool, &(struct transmission){ .len = 1 }, 1);
		mem_fail_after(0);
		ck_assert(!spool_is_whole(&spool));
		spool_end(&spool);
		spool_fini(&spool);
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("spool");
	TCase *c = tcase_create("segments");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, what_went_in_comes_out);
	tcase_add_test(c, readers_decode_different_directions);
	tcase_add_test(c, nothing_comes_out_of_an_empty_one);
	tcase_add_test(c, a_reader_needs_memory);
	tcase_add_test(c, usual_segments_take_few_bytes);
	tcase_add_test(c, too_many_segments_are_dropped_as_a_whole);
	tcase_add_test(c, without_memory_all_is_dropped);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
