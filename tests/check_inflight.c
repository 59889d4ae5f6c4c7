/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments in flight, against a model that keeps them in a plain list.
 */
#include "config.h"

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/budget.h"
#include "check_main.h"
#include "hold.h"
#include "leaks.h"
#include "tcp/inflight.h"
#include "xorshift.h"

#define MODEL_MAX	2000

static struct endpoint_track side;
static struct inflight model[MODEL_MAX];
static unsigned model_count;

static void
setup(void)
{
	memset(&side, 0, sizeof(side));
	model_count = 0;
}

static void
teardown(void)
{
	mem_fail_after(0);
	inflight_fini(&side, NULL);
}

static struct inflight
entry_of(int64_t start, int64_t end, int64_t now_ns)
{
	struct inflight entry;

	inflight_begin(&entry, start, end, now_ns, (uint64_t)now_ns);
	return entry;
}

static void
add(int64_t start, int64_t end, int64_t now_ns)
{
	const struct inflight entry = entry_of(start, end, now_ns);

	inflight_add(&side, &entry, NULL);
}

/* ---- the model ---- */

static void
model_add(int64_t start, int64_t end, int64_t now_ns)
{
	unsigned at = model_count;

	HOLD(model_count < MODEL_MAX);
	while (at > 0 && model[at - 1].start > start) {
		model[at] = model[at - 1];
		at--;
	}
	model[at] = entry_of(start, end, now_ns);
	model_count++;
}

static void
model_pop(void)
{
	model_count--;
	memmove(&model[0], &model[1], model_count * sizeof(model[0]));
}

static void
model_resent(int64_t start, int64_t end, int64_t now_ns)
{
	for (unsigned i = 0; i < model_count; i++)
		if (model[i].start < end && model[i].end > start) {
			model[i].is_resent = true;
			model[i].last_ns = now_ns;
		}
}

static const struct inflight *
model_find(int64_t offset)
{
	for (unsigned i = 0; i < model_count; i++)
		if (model[i].start <= offset && offset < model[i].end)
			return &model[i];
	return NULL;
}

static void
same(const struct inflight *a, const struct inflight *b)
{
	if (b == NULL) {
		HOLD(a == NULL);
		return;
	}
	HOLD(a != NULL);
	HOLD(a->start == b->start);
	HOLD(a->end == b->end);
	HOLD(a->first_ns == b->first_ns);
	HOLD(a->last_ns == b->last_ns);
	HOLD(inflight_frame(a) == inflight_frame(b));
	HOLD(a->is_resent == b->is_resent);
	HOLD(a->is_merged == b->is_merged);
}

/* ---- tests ---- */

START_TEST(nothing_sent_is_nothing_in_flight)
{
	ck_assert_ptr_null(inflight_first(&side));
	ck_assert_ptr_null(inflight_find(&side, 0));
	inflight_resent(&side, 0, 1000, 1);
	ck_assert_ptr_null(inflight_first(&side));
}
END_TEST

START_TEST(first_is_the_lowest_and_leaves_when_popped)
{
	add(0, 100, 1);
	add(100, 200, 2);
	ck_assert_int_eq(inflight_first(&side)->start, 0);
	inflight_pop(&side);
	ck_assert_int_eq(inflight_first(&side)->start, 100);
	inflight_pop(&side);
	ck_assert_ptr_null(inflight_first(&side));
}
END_TEST

START_TEST(entry_holds_its_first_octet_and_not_its_end)
{
	add(100, 200, 1);
	add(300, 400, 2);
	ck_assert_ptr_null(inflight_find(&side, 99));
	ck_assert_int_eq(inflight_find(&side, 100)->start, 100);
	ck_assert_int_eq(inflight_find(&side, 199)->start, 100);
	ck_assert_ptr_null(inflight_find(&side, 200));
	ck_assert_ptr_null(inflight_find(&side, 299));
	ck_assert_int_eq(inflight_find(&side, 300)->start, 300);
	ck_assert_ptr_null(inflight_find(&side, 400));
}
END_TEST

START_TEST(late_segment_is_put_where_it_belongs)
{
	add(0, 100, 1);
	add(200, 300, 2);
	add(100, 200, 3);
	for (int64_t i = 0; i < 3; i++) {
		ck_assert_int_eq(inflight_first(&side)->start, 100 * i);
		inflight_pop(&side);
	}
}
END_TEST

START_TEST(lowest_of_all_may_come_last)
{
	add(100, 200, 1);
	add(0, 100, 2);
	ck_assert_int_eq(inflight_first(&side)->start, 0);
}
END_TEST

/* In its place, or left out: never anywhere else. */
START_TEST(segment_that_comes_very_late_does_not_disturb_the_order)
{
	int64_t last = -1;
	const struct inflight *entry;

	add(0, 1, 1);
	for (int64_t i = 2; i < 2000; i++)
		add(i, i + 1, i);
	add(1, 2, 2001);
	while ((entry = inflight_first(&side)) != NULL) {
		ck_assert_int_gt(entry->start, last);
		last = entry->start;
		inflight_pop(&side);
	}
	ck_assert_int_eq(last, 1999);
}
END_TEST

START_TEST(resending_marks_every_entry_it_touches)
{
	for (int64_t i = 0; i < 5; i++)
		add(100 * i, 100 * i + 100, i);
	inflight_resent(&side, 199, 301, 50);
	for (int64_t i = 0; i < 5; i++) {
		const struct inflight *entry = inflight_find(&side, 100 * i);
		const bool touched = i >= 1 && i <= 3;

		ck_assert(entry->is_resent == touched);
		ck_assert_int_eq(entry->last_ns, touched ? 50 : i);
		ck_assert_int_eq(entry->first_ns, i);
	}
}
END_TEST

/* Thousands of tiny segments sent at once merge into one. */
START_TEST(resending_very_many_makes_them_one)
{
	const int count = 2000;

	for (int i = 0; i < count; i++)
		add(10 * i, 10 * i + 10, i);
	inflight_resent(&side, 1005, 11000, 5000);
	ck_assert_uint_eq(side.inflight_count, 1001);
	ck_assert_uint_eq(side.forgotten, 999);
	ck_assert(!inflight_find(&side, 995)->is_resent);
	const struct inflight *one = inflight_find(&side, 1000);
	ck_assert_int_eq(one->start, 1000);
	ck_assert_int_eq(one->end, 11000);
	ck_assert_int_eq(one->last_ns, 5000);
	ck_assert(one->is_resent);
	ck_assert(one->is_merged);
	ck_assert_int_eq(inflight_find(&side, 11000)->start, 11000);
	ck_assert_int_eq(inflight_find(&side, 10 * count - 1)->start,
	    10 * count - 10);
	ck_assert_ptr_null(inflight_find(&side, 10 * count));
}
END_TEST

START_TEST(as_many_as_a_superframe_spans_stay_apart)
{
	for (int i = 0; i < 600; i++)
		add(1448 * i, 1448 * i + 1448, i);
	inflight_resent(&side, 0, 512 * 1024, 5000);
	ck_assert_uint_eq(side.inflight_count, 600);
	ck_assert_uint_eq(side.forgotten, 0);
}
END_TEST

START_TEST(merged_entries_keep_what_is_open)
{
	for (int i = 0; i < 600; i++)
		add(10 * i, 10 * i + 10, i);
	inflight_find(&side, 0)->open = 1;
	inflight_find(&side, 100)->open = 2;
	inflight_resent(&side, 0, 5990, 5000);
	ck_assert_uint_eq(side.inflight_count, 2);
	ck_assert_uint_eq(inflight_first(&side)->open, 3);
}
END_TEST

START_TEST(what_is_open_saturates)
{
	for (int i = 0; i < 600; i++) {
		add(10 * i, 10 * i + 10, i);
		inflight_find(&side, 10 * i)->open = OPEN_MAX;
	}
	inflight_resent(&side, 0, 6000, 5000);
	ck_assert_uint_eq(side.inflight_count, 1);
	ck_assert_uint_eq(inflight_first(&side)->open, OPEN_MAX);
}
END_TEST

START_TEST(random_operations_agree_with_the_model)
{
	struct xorshift x = { .state = (uint64_t)_i * 7919 + 3 };
	int64_t nxt = 0;
	int64_t hole = -1;	/* bytes passed over by the last segment */

	for (int64_t now = 1; now < 20000; now++) {
		const int64_t len = 1 + xorshift_below(&x, 100);
		int64_t at, end;

		switch (xorshift_below(&x, 6)) {
		case 0:
			if (hole >= 0)
				break;
			hole = nxt;
			nxt += 50;
			/* FALLTHROUGH */
		case 1:
		case 2:
			if (model_count == MODEL_MAX - 1)
				break;
			add(nxt, nxt + len, now);
			model_add(nxt, nxt + len, now);
			nxt += len;
			break;
		case 3:
			/* Late by a few: well within what is promised. */
			if (hole >= 0 && hole > nxt - 1000 &&
			    (model_count == 0 || model[0].start < hole)) {
				add(hole, hole + 50, now);
				model_add(hole, hole + 50, now);
			}
			hole = -1;
			break;
		case 4:
			for (uint32_t i = xorshift_below(&x, 8);
			    i > 0 && model_count > 0; i--) {
				inflight_pop(&side);
				model_pop();
			}
			break;
		default:
			at = xorshift_below(&x, (uint32_t)nxt + 1);
			end = at + xorshift_below(&x, 300);
			inflight_resent(&side, at, end, now);
			model_resent(at, end, now);
			break;
		}
		HOLD(side.inflight_count == model_count);
		same(inflight_first(&side), model_count > 0 ? model : NULL);
		at = nxt > 500 ? nxt - xorshift_below(&x, 500) : 0;
		same(inflight_find(&side, at), model_find(at));
	}
	for (; model_count > 0; model_pop()) {
		same(inflight_first(&side), model);
		inflight_pop(&side);
	}
	HOLD(side.forgotten == 0);
}
END_TEST

START_TEST(beyond_the_bound_the_two_oldest_are_merged)
{
	for (int64_t i = 0; i < INFLIGHT_MAX; i++)
		add(10 * i, 10 * i + 10, i);
	ck_assert_uint_eq(side.forgotten, 0);
	ck_assert_uint_eq(side.inflight_count, INFLIGHT_MAX);
	for (int64_t i = INFLIGHT_MAX; i < INFLIGHT_MAX + 100; i++)
		add(10 * i, 10 * i + 10, i);
	ck_assert_uint_eq(side.inflight_count, INFLIGHT_MAX);
	ck_assert_uint_eq(side.forgotten, 100);
	/* Their bytes stay; their times do not count any more. */
	ck_assert_int_eq(inflight_first(&side)->start, 0);
	ck_assert_int_eq(inflight_first(&side)->end, 1010);
	ck_assert(inflight_first(&side)->is_merged);
	ck_assert_ptr_eq(inflight_find(&side, 500), inflight_first(&side));
	inflight_pop(&side);
	ck_assert_int_eq(inflight_first(&side)->start, 1010);
	ck_assert(!inflight_first(&side)->is_merged);
}
END_TEST

START_TEST(memory_of_a_long_stream_stays_small)
{
	for (int64_t i = 0; i < 100000; i++) {
		add(10 * i, 10 * i + 10, i);
		if (i % 3 == 2) {
			inflight_pop(&side);
			inflight_pop(&side);
			inflight_pop(&side);
		}
	}
	ck_assert_uint_le(side.inflight_size, 4);
	ck_assert_uint_eq(side.forgotten, 0);
}
END_TEST

/* Without any memory nothing is in flight, with some the newest are. */
START_TEST(want_of_memory_is_survived_and_counted)
{
	const struct inflight *entry;
	int64_t last = -1;

	mem_fail_after((uint64_t)_i + 1);
	for (int64_t i = 0; i < 1000; i++)
		add(10 * i, 10 * i + 10, i);
	ck_assert_uint_eq(side.forgotten + side.inflight_count, 1000);
	ck_assert_uint_gt(side.forgotten, 0);
	while ((entry = inflight_first(&side)) != NULL) {
		ck_assert_int_gt(entry->end, last);
		last = entry->end;
		inflight_pop(&side);
	}
	if (_i > 0)
		ck_assert_int_eq(last, 10000);
	mem_fail_after(0);
	add(20000, 20001, 1);
	ck_assert_int_eq(inflight_first(&side)->start, 20000);
}
END_TEST

/* What is refused is forgotten, what was taken comes back. */
START_TEST(budget_is_kept_and_given_back)
{
	struct budget budget = { .most = 4 << 20 };

	for (int64_t at = 0; at < 1000; at++) {
		const struct inflight entry = entry_of(at, at + 1, at);

		inflight_add(&side, &entry, &budget);
		ck_assert_uint_le(budget.used, budget.most);
		ck_assert_uint_eq(budget.used, side.inflight_size >
		    INFLIGHT_FEW ? side.inflight_size * sizeof(entry) : 0);
	}
	ck_assert_uint_gt(side.inflight_size, INFLIGHT_FEW);
	ck_assert_uint_lt(side.inflight_size, 1000);
	ck_assert_uint_eq(side.forgotten, 1000U - side.inflight_count);
	mem_fail_after(1);
	budget.most = 0;
	inflight_add(&side, &(struct inflight){ .start = 1000, .end = 1001 },
	    &budget);
	mem_fail_after(0);
	inflight_fini(&side, &budget);
	ck_assert_uint_eq(budget.used, 0);
}
END_TEST

START_TEST(end_can_come_twice)
{
	add(0, 10, 1);
	inflight_fini(&side, NULL);
	inflight_fini(&side, NULL);
	ck_assert_ptr_null(inflight_first(&side));
	add(0, 10, 1);
	ck_assert_ptr_nonnull(inflight_first(&side));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("inflight");
	TCase *c = leaks_tcase(s, "inflight");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, nothing_sent_is_nothing_in_flight);
	tcase_add_test(c, first_is_the_lowest_and_leaves_when_popped);
	tcase_add_test(c, entry_holds_its_first_octet_and_not_its_end);
	tcase_add_test(c, late_segment_is_put_where_it_belongs);
	tcase_add_test(c, lowest_of_all_may_come_last);
	tcase_add_test(c,
	    segment_that_comes_very_late_does_not_disturb_the_order);
	tcase_add_test(c, resending_marks_every_entry_it_touches);
	tcase_add_test(c, resending_very_many_makes_them_one);
	tcase_add_test(c, as_many_as_a_superframe_spans_stay_apart);
	tcase_add_test(c, merged_entries_keep_what_is_open);
	tcase_add_test(c, what_is_open_saturates);
	tcase_add_loop_test(c, random_operations_agree_with_the_model, 0, 5);
	tcase_add_test(c, beyond_the_bound_the_two_oldest_are_merged);
	tcase_add_test(c, memory_of_a_long_stream_stays_small);
	tcase_add_loop_test(c, want_of_memory_is_survived_and_counted, 0, 4);
	tcase_add_test(c, budget_is_kept_and_given_back);
	tcase_add_test(c, end_can_come_twice);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
