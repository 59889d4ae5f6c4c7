/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Holes in a sequence space, against a model that knows of every single
 * byte whether it is in one.
 */
#include "config.h"

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/budget.h"
#include "check_main.h"
#include "decode/segment.h"
#include "hold.h"
#include "leaks.h"
#include "tcp/analysis.h"
#include "tcp/holes.h"
#include "xorshift.h"

#define SPACE	20000	/* bytes of the model */

static struct endpoint_track side;
static bool in_hole[SPACE];
static int64_t nxt;

static void
setup(void)
{
	memset(&side, 0, sizeof(side));
	memset(in_hole, 0, sizeof(in_hole));
	nxt = 0;
}

static void
teardown(void)
{
	mem_fail_after(0);
	holes_fini(&side, NULL);
}

/* ---- the model ---- */

static void
mark(int64_t start, int64_t end, bool is_hole)
{
	HOLD(end <= SPACE);
	for (int64_t i = start; i < end; i++)
		in_hole[i] = is_hole;
}

static int64_t
model_overlap(int64_t start, int64_t end)
{
	int64_t bytes = 0;

	for (int64_t i = start; i < end; i++)
		bytes += in_hole[i];
	return bytes;
}

static unsigned
model_count(void)
{
	unsigned count = 0;

	for (int64_t i = 0; i < nxt; i++)
		count += in_hole[i] && (i == 0 || !in_hole[i - 1]);
	return count;
}

/* At the bound the lowest hole is forgotten: taken for seen. */
static void
model_bound(void)
{
	while (model_count() > HOLES_MAX) {
		int64_t i = 0;

		while (!in_hole[i])
			i++;
		while (in_hole[i])
			in_hole[i++] = false;
	}
}

/* ---- the operations, on both ---- */

/* A segment `gap` bytes above what was expected, `len` long. */
static void
sent_above(int64_t gap, int64_t len)
{
	static const struct segment above = {
		.time_ns = 77,
		.ip_id = 5,
		.opt.present = OPT_TIMESTAMP,
		.opt.tsval = 99,
	};

	if (gap > 0) {
		holes_add(&side, nxt, nxt + gap, &above, NULL);
		mark(nxt, nxt + gap, true);
	}
	nxt += gap + len;
}

static void
sent_below(int64_t start, int64_t end)
{
	holes_fill(&side, start, end, NULL);
	mark(start, end, false);
}

/* Sorted, disjoint, not empty, within the bound. */
static void
check_shape(void)
{
	HOLD(side.holes_count <= HOLES_MAX);
	HOLD(side.holes_count <= side.holes_size);
	for (unsigned i = 0; i < side.holes_count; i++) {
		HOLD(side.holes[i].start < side.holes[i].end);
		if (i > 0)
			HOLD(side.holes[i - 1].end <= side.holes[i].start);
	}
}

static void
check_range(int64_t start, int64_t end)
{
	const int64_t bytes = model_overlap(start, end);
	const struct hole *hole = holes_find(&side, start, end);
	const int64_t last = end < nxt ? end : nxt;
	const int64_t seen = last > start ? last - start - bytes : 0;

	HOLD(holes_overlap(&side, start, end) == bytes);
	HOLD(holes_seen(&side, start, end, nxt) == seen);
	if (bytes == 0) {
		HOLD(hole == NULL);
		return;
	}
	HOLD(hole != NULL);
	/* The lowest: no byte of a hole lies before it. */
	HOLD(hole->start < end);
	HOLD(hole->end > start);
	HOLD(model_overlap(start,
	    hole->start > start ? hole->start : start) == 0);
}

/* ---- tests ---- */

START_TEST(nothing_passed_over_is_no_hole)
{
	sent_above(0, 1000);
	check_range(0, 1000);
	ck_assert_int_eq(holes_seen(&side, 0, 2000, nxt), 1000);
	ck_assert_uint_eq(side.holes_count, 0);
}
END_TEST

START_TEST(hole_remembers_what_appeared_above_it)
{
	const struct hole *hole;

	sent_above(0, 100);
	sent_above(50, 100);
	hole = holes_find(&side, 0, SPACE);
	ck_assert_ptr_nonnull(hole);
	ck_assert_int_eq(hole->start, 100);
	ck_assert_int_eq(hole->end, 150);
	ck_assert_int_eq(hole->seen_ns, 77);
	ck_assert(hole->has_tsval);
	ck_assert_uint_eq(hole->tsval, 99);
	ck_assert_uint_eq(hole->ip_id, 5);
}
END_TEST

START_TEST(hole_above_a_segment_without_timestamp_has_none)
{
	const struct segment above = { .opt.tsval = 99 };

	ck_assert(holes_add(&side, 10, 20, &above, NULL));
	ck_assert(!holes_find(&side, 0, 30)->has_tsval);
}
END_TEST

START_TEST(ends_of_a_range_do_not_belong_to_it)
{
	sent_above(0, 100);
	sent_above(50, 100);
	ck_assert_ptr_null(holes_find(&side, 0, 100));
	ck_assert_ptr_null(holes_find(&side, 150, 250));
	ck_assert_ptr_nonnull(holes_find(&side, 149, 150));
	ck_assert_ptr_nonnull(holes_find(&side, 100, 101));
	ck_assert_int_eq(holes_overlap(&side, 99, 151), 50);
	ck_assert_int_eq(holes_overlap(&side, 120, 130), 10);
}
END_TEST

/* One hole [1000, 2000), filled in every way that a range can lie to it. */
START_TEST(filling_leaves_what_is_left)
{
	static const struct {
		int64_t start, end;	/* filled */
		unsigned count;		/* holes after that */
		int64_t left;		/* bytes in them */
	} ways[] = {
		{ 0, 1000, 1, 1000 },		/* just below */
		{ 2000, 3000, 1, 1000 },	/* just above */
		{ 500, 1500, 1, 500 },		/* its beginning */
		{ 1000, 1500, 1, 500 },
		{ 1500, 2500, 1, 500 },		/* its end */
		{ 1500, 2000, 1, 500 },
		{ 1200, 1300, 2, 900 },		/* its middle */
		{ 1000, 2000, 0, 0 },		/* all of it */
		{ 0, 3000, 0, 0 },
	};

	sent_above(0, 1000);
	sent_above(1000, 1000);
	sent_below(ways[_i].start, ways[_i].end);
	check_shape();
	ck_assert_uint_eq(side.holes_count, ways[_i].count);
	ck_assert_int_eq(holes_overlap(&side, 0, 3000), ways[_i].left);
	check_range(0, 3000);
}
END_TEST

#define WAYS	9

START_TEST(nothing_fills_no_hole)
{
	sent_above(10, 1);
	holes_fill(&side, 5, 5, NULL);
	holes_fill(&side, 7, 3, NULL);
	ck_assert_uint_eq(side.holes_count, 1);
	ck_assert_int_eq(holes_overlap(&side, 0, 10), 10);
}
END_TEST

START_TEST(one_segment_fills_many_holes)
{
	for (unsigned i = 0; i < 50; i++)
		sent_above(10, 10);
	sent_below(15, 905);
	check_shape();
	ck_assert_uint_eq(side.holes_count, 6);
	check_range(0, 1000);
}
END_TEST

START_TEST(octets_outside_of_what_was_captured_are_not_seen)
{
	side.lowest_seen = 500;
	nxt = 1000;
	ck_assert_int_eq(holes_seen(&side, 0, 500, nxt), 0);
	ck_assert_int_eq(holes_seen(&side, 0, 600, nxt), 100);
	ck_assert_int_eq(holes_seen(&side, 900, 1100, nxt), 100);
	ck_assert_int_eq(holes_seen(&side, 1000, 1100, nxt), 0);
	ck_assert_int_eq(holes_seen(&side, 0, 2000, nxt), 500);
	ck_assert_int_eq(holes_seen(&side, 700, 700, nxt), 0);
	ck_assert_int_eq(holes_seen(&side, 800, 700, nxt), 0);
}
END_TEST

START_TEST(offsets_may_be_beyond_4_gib_or_negative)
{
	const struct segment above = { .time_ns = 1 };
	const int64_t far = INT64_C(1) << 40;

	side.lowest_seen = -1000;
	ck_assert(holes_add(&side, -500, -100, &above, NULL));
	ck_assert(holes_add(&side, far, far + 10, &above, NULL));
	ck_assert_int_eq(holes_overlap(&side, -1000, far + 100), 410);
	ck_assert_int_eq(holes_seen(&side, -1000, 0, far + 100), 600);
	holes_fill(&side, -600, -200, NULL);
	ck_assert_int_eq(holes_overlap(&side, -1000, 0), 100);
}
END_TEST

START_TEST(random_operations_agree_with_the_model)
{
	struct xorshift x = { .state = (uint64_t)_i * 2654435761U + 1 };

	sent_above(0, 1);
	while (nxt < SPACE - 200) {
		const int64_t at = xorshift_below(&x, (uint32_t)nxt);
		const int64_t len = 1 + xorshift_below(&x, 60);

		switch (xorshift_below(&x, 4)) {
		case 0:
			sent_above(0, len);
			break;
		case 1:
			sent_above(xorshift_below(&x, 50), len);
			break;
		default:
			sent_below(at, at + len < nxt ? at + len : nxt);
			break;
		}
		check_shape();
		for (unsigned i = 0; i < 3; i++) {
			const int64_t start = xorshift_below(&x,
			    (uint32_t)nxt + 1);

			check_range(start,
			    start + 1 + xorshift_below(&x, 150));
		}
	}
	HOLD(side.holes_count == model_count());
	HOLD(side.forgotten == 0);
}
END_TEST

START_TEST(beyond_the_bound_the_lowest_is_forgotten_and_counted)
{
	for (unsigned i = 0; i < HOLES_MAX + 44; i++)
		sent_above(2, 3);
	ck_assert_uint_eq(side.holes_count, HOLES_MAX);
	ck_assert_uint_eq(side.forgotten, 44);
	/* It is taken for seen from then on. */
	ck_assert_int_eq(holes_overlap(&side, 0, 44 * 5), 0);
	ck_assert_int_eq(holes_seen(&side, 0, 44 * 5, nxt), 44 * 5);
	ck_assert_int_eq(holes_overlap(&side, 44 * 5, nxt), 2 * HOLES_MAX);
	check_shape();
}
END_TEST

START_TEST(bound_holds_when_a_hole_is_split)
{
	for (unsigned i = 0; i < HOLES_MAX; i++)
		sent_above(10, 1);
	/* In the middle of the tenth. */
	sent_below(9 * 11 + 4, 9 * 11 + 6);
	model_bound();
	check_shape();
	ck_assert_uint_eq(side.forgotten, 1);
	check_range(0, nxt);
	for (int64_t i = 0; i < nxt; i += 5)
		check_range(i, i + 5 < nxt ? i + 5 : nxt);
}
END_TEST

/* Mostly holes: the bound is met all the time. */
/* The lowest hole of all is then the lower half of the split one. */
START_TEST(bound_holds_when_the_lowest_hole_is_split)
{
	for (unsigned i = 0; i < HOLES_MAX; i++)
		sent_above(10, 1);
	ck_assert_uint_eq(side.holes_count, HOLES_MAX);
	sent_below(4, 6);
	ck_assert_uint_eq(side.holes_count, HOLES_MAX);
	ck_assert_uint_eq(side.forgotten, 1);
	ck_assert_int_eq(holes_overlap(&side, 0, 4), 0);
	ck_assert_int_eq(holes_overlap(&side, 6, 10), 4);
	ck_assert_int_eq(holes_overlap(&side, 0, nxt), HOLES_MAX * 10 - 6);
}
END_TEST

START_TEST(random_operations_at_the_bound_agree_with_the_model)
{
	struct xorshift x = { .state = (uint64_t)_i + 99 };

	while (nxt < SPACE / 4) {
		if (nxt == 0 || xorshift_below(&x, 8) != 0) {
			sent_above(1 + xorshift_below(&x, 8), 1);
		} else {
			const int64_t at = nxt / 2 +
			    xorshift_below(&x, (uint32_t)nxt / 2);

			sent_below(at, at + 1);
		}
		model_bound();
		check_shape();
		HOLD(side.holes_count == model_count());
	}
	check_range(0, nxt);
	HOLD(side.forgotten > 100);
}
END_TEST

/* What is forgotten for want of memory is taken for seen, and counted. */
START_TEST(want_of_memory_is_survived)
{
	struct xorshift x = { .state = (uint64_t)_i + 7 };
	const struct segment above = { .time_ns = 1 };

	mem_fail_after(1 + (uint64_t)_i);
	while (nxt < 5000) {
		const uint32_t forgotten = side.forgotten;
		int64_t at;

		if (nxt > 0 && xorshift_below(&x, 3) == 0) {
			at = xorshift_below(&x, (uint32_t)nxt);
			sent_below(at, at + 5 < nxt ? at + 5 : nxt);
		} else {
			mark(nxt, nxt + 5, true);
			if (!holes_add(&side, nxt, nxt + 5, &above, NULL)) {
				mark(nxt, nxt + 5, false);
				HOLD(side.forgotten == forgotten + 1);
			}
			nxt += 6;
		}
		check_shape();
		HOLD(holes_overlap(&side, 0, nxt) <= model_overlap(0, nxt));
	}
	HOLD(side.forgotten > 0);
	mem_fail_after(0);
	HOLD(holes_add(&side, nxt, nxt + 5, &above, NULL));
}
END_TEST

/* What is refused is forgotten, what was taken comes back. */
START_TEST(budget_is_kept_and_given_back)
{
	const struct segment above = { .time_ns = 1 };
	struct budget budget = { .most = 1 << 20 };
	uint32_t count = 0;

	for (int64_t at = 0; at < 1000; at += 10) {
		count += holes_add(&side, at, at + 5, &above, &budget);
		ck_assert_uint_le(budget.used, budget.most);
		ck_assert_uint_eq(budget.used,
		    side.holes_size * sizeof(struct hole));
	}
	ck_assert_uint_gt(count, 0);
	ck_assert_uint_eq(side.forgotten, 100 - count);
	mem_fail_after(1);
	budget.most = 0;
	ck_assert(!holes_add(&side, 1000, 1005, &above, &budget));
	mem_fail_after(0);
	holes_fini(&side, &budget);
	ck_assert_uint_eq(budget.used, 0);
}
END_TEST

START_TEST(end_can_come_twice)
{
	sent_above(10, 10);
	holes_fini(&side, NULL);
	holes_fini(&side, NULL);
	ck_assert_ptr_null(holes_find(&side, 0, 100));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("holes");
	TCase *c = leaks_tcase(s, "holes");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, nothing_passed_over_is_no_hole);
	tcase_add_test(c, hole_remembers_what_appeared_above_it);
	tcase_add_test(c, hole_above_a_segment_without_timestamp_has_none);
	tcase_add_test(c, ends_of_a_range_do_not_belong_to_it);
	tcase_add_loop_test(c, filling_leaves_what_is_left, 0, WAYS);
	tcase_add_test(c, nothing_fills_no_hole);
	tcase_add_test(c, one_segment_fills_many_holes);
	tcase_add_test(c, octets_outside_of_what_was_captured_are_not_seen);
	tcase_add_test(c, offsets_may_be_beyond_4_gib_or_negative);
	tcase_add_loop_test(c, random_operations_agree_with_the_model, 0, 10);
	tcase_add_test(c,
	    beyond_the_bound_the_lowest_is_forgotten_and_counted);
	tcase_add_test(c, bound_holds_when_a_hole_is_split);
	tcase_add_test(c, bound_holds_when_the_lowest_hole_is_split);
	tcase_add_loop_test(c,
	    random_operations_at_the_bound_agree_with_the_model, 0, 3);
	tcase_add_loop_test(c, want_of_memory_is_survived, 0, 5);
	tcase_add_test(c, budget_is_kept_and_given_back);
	tcase_add_test(c, end_can_come_twice);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
