/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>

#include "base/pool.h"
#include "check_main.h"
#include "compare/trail.h"
#include "decode/segment.h"
#include "leaks.h"

static struct trail trail;

static void
setup(void)
{
	leaks_setup();
	trail = (struct trail){ .pair = 3 };
}

static void
teardown(void)
{
	trail_fini(&trail);
	leaks_teardown();
}

static struct transmission
seen(uint64_t frame, int64_t ns, int64_t start, uint32_t len)
{
	return (struct transmission){
	    .frame = frame,
	    .ns = ns,
	    .start = start,
	    .len = len,
	    .ack = 77,
	    .flags = TCP_ACK,
	};
}

static const struct trail_step *
add(enum point upstream, enum fate fate, const struct transmission *up,
    const struct transmission *down)
{
	trail_add(&trail, upstream, &(struct passage){
	    .fate = fate, .up = up, .down = down, .rewrites = 5 });
	return &trail.steps[trail.count - 1];
}

START_TEST(a_matched_segment_has_both_times)
{
	const struct transmission up = seen(1, 100, 10, 20);
	const struct transmission down = seen(9, 130, 10, 20);
	const struct trail_step *step = add(POINT_B, FATE_MATCHED, &up, &down);

	ck_assert_uint_eq(step->at[POINT_B].frame, 1);
	ck_assert_int_eq(step->at[POINT_B].ns, 100);
	ck_assert_uint_eq(step->at[POINT_A].frame, 9);
	ck_assert_int_eq(step->at[POINT_A].ns, 130);
	ck_assert_uint_eq(step->upstream, POINT_B);
	ck_assert_uint_eq(step->payload_len, 20);
	ck_assert_uint_eq(step->ack, 77);
	ck_assert_uint_eq(step->rewrites, 5);
	ck_assert(!step->is_piece);
}
END_TEST

START_TEST(a_point_that_missed_it_has_no_frame)
{
	const struct transmission t = seen(1, 100, 10, 20);

	ck_assert_uint_eq(add(POINT_A, FATE_LOST, &t,
	    NULL)->at[POINT_B].frame, 0);
	ck_assert_uint_eq(add(POINT_A, FATE_INJECTED, NULL,
	    &t)->at[POINT_A].frame, 0);
}
END_TEST

/* Each piece is a step, with its own bytes, whichever point cut it. */
START_TEST(a_piece_is_shown_rather_than_the_whole)
{
	const struct transmission whole = seen(1, 100, 1000, 3000);
	const struct transmission piece = seen(2, 120, 2000, 1000);
	const struct trail_step *step = _i == 0 ?
	    add(POINT_A, FATE_MATCHED, &whole, &piece) :
	    add(POINT_A, FATE_MATCHED, &piece, &whole);

	ck_assert_int_eq(step->start, 2000);
	ck_assert_uint_eq(step->payload_len, 1000);
	ck_assert(step->is_piece);
}
END_TEST

START_TEST(syn_and_fin_are_no_payload)
{
	struct transmission t = seen(1, 100, 0, 2);

	t.flags = TCP_SYN | TCP_FIN;
	ck_assert_uint_eq(add(POINT_A, FATE_LOST, &t, NULL)->payload_len, 0);
}
END_TEST

/* A lost segment is reported seconds late, and has its place all the same. */
START_TEST(steps_are_sorted_by_the_time_at_the_first_point)
{
	const struct transmission early = seen(1, 100, 0, 1);
	const struct transmission up = seen(4, 200, 1, 1);
	const struct transmission down = seen(8, 150, 1, 1);
	const struct transmission equal = seen(2, 100, 2, 1);

	(void)add(POINT_A, FATE_MATCHED, &up, &down);
	(void)add(POINT_A, FATE_LOST, &equal, NULL);
	(void)add(POINT_A, FATE_LOST, &early, NULL);
	trail_sort(&trail);
	ck_assert_uint_eq(trail.steps[0].at[POINT_A].frame, 1);
	ck_assert_uint_eq(trail.steps[1].at[POINT_A].frame, 2);
	ck_assert_uint_eq(trail.steps[2].at[POINT_A].frame, 4);
}
END_TEST

START_TEST(an_empty_trail_can_be_sorted)
{
	trail_sort(&trail);
	ck_assert_uint_eq(trail.count, 0);
}
END_TEST

START_TEST(further_steps_are_counted)
{
	const struct transmission t = seen(1, 100, 0, 1);

	for (size_t i = 0; i < TRAIL_MAX + 5; i++)
		(void)add(POINT_A, FATE_LOST, &t, NULL);
	ck_assert_uint_eq(trail.count, TRAIL_MAX);
	ck_assert_uint_eq(trail.left_out, 5);
}
END_TEST

START_TEST(without_memory_steps_are_counted)
{
	const struct transmission t = seen(1, 100, 0, 1);
	const struct passage passage = { .fate = FATE_LOST, .up = &t };

	mem_fail_after(1);
	trail_add(&trail, POINT_A, &passage);
	mem_fail_after(0);
	ck_assert_uint_eq(trail.count, 0);
	ck_assert_uint_eq(trail.left_out, 1);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("trail");
	TCase *c = tcase_create("steps");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, a_matched_segment_has_both_times);
	tcase_add_test(c, a_point_that_missed_it_has_no_frame);
	tcase_add_loop_test(c, a_piece_is_shown_rather_than_the_whole, 0, 2);
	tcase_add_test(c, syn_and_fin_are_no_payload);
	tcase_add_test(c, steps_are_sorted_by_the_time_at_the_first_point);
	tcase_add_test(c, an_empty_trail_can_be_sorted);
	tcase_add_test(c, further_steps_are_counted);
	tcase_add_test(c, without_memory_steps_are_counted);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
