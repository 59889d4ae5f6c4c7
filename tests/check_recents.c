/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ring of retransmissions that DSACKs may report: which it keeps, and how
 * large it becomes.
 */
#include "config.h"

#include <check.h>
#include <stdint.h>
#include <string.h>

#include "base/budget.h"
#include "base/nstime.h"
#include "check_main.h"
#include "leaks.h"
#include "tcp/recents.h"

#define ANSWER_NS	(2 * NS_PER_SEC)

static struct endpoint_track side;
static struct sackboard own;

static void
setup(void)
{
	memset(&side, 0, sizeof(side));
	memset(&own, 0, sizeof(own));
	side.sackboard = &own;
}

static void
teardown(void)
{
	mem_fail_after(0);
	recents_fini(&side, NULL);
}

/* A retransmission of one byte at `offset`, sent at this time. */
static void
add(int64_t offset, int64_t sent_ns, struct budget *budget)
{
	const struct recent recent = {
		.start = offset,
		.sent_ns = sent_ns,
		.len = 1,
	};

	recents_add(&side, &recent, ANSWER_NS, budget);
}

/* The last `count` of those up to `last` are there, newest first. */
static void
holds_last(int64_t last, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		ck_assert_ptr_nonnull(recents_at(&own, i));
		ck_assert_int_eq(recents_at(&own, i)->start, last - (int)i);
	}
	ck_assert_ptr_null(recents_at(&own, count));
}

START_TEST(empty_has_none)
{
	ck_assert_ptr_null(recents_at(&own, 0));
	side.sackboard = NULL;
	recents_fini(&side, NULL);
}
END_TEST

/* All that one answer's time holds are kept, wherever the ring begins. */
START_TEST(burst_is_kept_whole)
{
	for (int64_t i = 0; i < _i; i++)
		add(i, 0, NULL);
	for (int64_t i = 0; i < RECENT_MAX; i++)
		add(100 + i, ANSWER_NS + i % ANSWER_NS, NULL);
	holds_last(100 + RECENT_MAX - 1, RECENT_MAX);
	ck_assert_uint_eq(side.forgotten, 0);
	add(100 + RECENT_MAX, ANSWER_NS + 1, NULL);
	holds_last(100 + RECENT_MAX, RECENT_MAX);
	ck_assert_uint_eq(side.forgotten, 1);
}
END_TEST

/* Entries past their time, or reported whole, make room without growth. */
START_TEST(old_ones_make_room)
{
	for (int64_t i = 0; i < 1000; i++)
		add(i, i * (ANSWER_NS / RECENT_FEW + 1), NULL);
	ck_assert_uint_eq(own.recents_size, RECENT_FEW);
	holds_last(999, RECENT_FEW);
	for (int64_t i = 1000; i < 2000; i++) {
		recents_at(&own, RECENT_FEW - 1)->len = 0;
		add(i, 0, NULL);
	}
	ck_assert_uint_eq(own.recents_size, RECENT_FEW);
	ck_assert_uint_eq(side.forgotten, 0);
}
END_TEST

/* Of a near receiver nothing is forgotten that a DSACK would have reported. */
START_TEST(late_reports_are_kept_as_long_as_there_is_room)
{
	for (int64_t i = 0; i <= RECENT_MAX; i++) {
		const struct recent recent = {
			.start = i,
			.sent_ns = i * (NS_PER_MS / 4),
			.len = 1,
		};

		recents_add(&side, &recent, NS_PER_MS, NULL);
	}
	holds_last(RECENT_MAX, RECENT_MAX);
	ck_assert_uint_eq(side.forgotten, 0);
}
END_TEST

START_TEST(settled_ring_keeps_the_newest)
{
	struct budget budget = { .most = 64 << 20 };

	recents_settle(&side, &budget);
	for (int64_t i = 0; i < 100; i++)
		add(i, 0, &budget);
	recents_settle(&side, &budget);
	holds_last(99, RECENT_FEW);
	ck_assert_uint_eq(budget.used, 0);
	for (int64_t i = 100; i < 200; i++)
		add(i, 0, &budget);
	holds_last(199, 100 + RECENT_FEW);
	recents_settle(&side, &budget);
}
END_TEST

START_TEST(growth_may_be_refused)
{
	struct budget budget = { .most = 1 };

	if (_i == 0)
		mem_fail_after(1);
	for (int64_t i = 0; i < RECENT_FEW + 3; i++)
		add(i, 0, _i == 0 ? NULL : &budget);
	mem_fail_after(0);
	holds_last(RECENT_FEW + 2, RECENT_FEW);
	ck_assert_uint_eq(side.forgotten, 3);
	ck_assert_uint_eq(budget.used, 0);
}
END_TEST

START_TEST(budget_gets_all_back)
{
	struct budget budget = { .most = 64 << 20 };

	for (int64_t i = 0; i < 100; i++)
		add(i, 0, &budget);
	holds_last(99, 100);
	ck_assert_uint_eq(budget.used, 128 * sizeof(struct recent));
	recents_fini(&side, &budget);
	ck_assert_uint_eq(budget.used, 0);
	memset(&own, 0, sizeof(own));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("recents");
	TCase *c = leaks_tcase(s, "recents");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, empty_has_none);
	tcase_add_loop_test(c, burst_is_kept_whole, 0, 2 * RECENT_FEW);
	tcase_add_test(c, old_ones_make_room);
	tcase_add_test(c, late_reports_are_kept_as_long_as_there_is_room);
	tcase_add_test(c, settled_ring_keeps_the_newest);
	tcase_add_loop_test(c, growth_may_be_refused, 0, 2);
	tcase_add_test(c, budget_gets_all_back);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
