/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which connection is dropped next: the queues keep the order of last segments, the
 * limits look at their heads, and the array of hashes finds continuations.
 */
#include "config.h"

#include <check.h>
#include <string.h>

#include "base/nstime.h"
#include "check_main.h"
#include "flow/limits.h"
#include "flow/queues.h"
#include "flow/evicted.h"
#include "hold.h"
#include "leaks.h"
#include "xorshift.h"

#define MANY	64

static struct tracked all[MANY];
static struct queues queues;

static void
setup(void)
{
	memset(all, 0, sizeof(all));
	memset(&queues, 0, sizeof(queues));
}

static void
move(unsigned i, enum queue queue, uint64_t now)
{
	queues_move(&queues, &all[i].conn, queue, now);
}

/* The queue holds these, oldest first, and is linked both ways. */
static void
holds(enum queue queue, const char *order)
{
	const struct tracked *t = queues.of[queue].oldest;
	const struct tracked *before = NULL;

	HOLD(queues_count(&queues, queue) == strlen(order));
	for (; *order != '\0'; order++) {
		HOLD(t == &all[*order - 'a']);
		HOLD(t->older == before && t->queue == queue);
		before = t;
		t = t->newer;
	}
	HOLD(t == NULL && queues.of[queue].newest == before);
}

START_TEST(a_queue_is_in_order_of_arrival)
{
	holds(QUEUE_ACTIVE, "");
	ck_assert_ptr_null(queues_oldest(&queues, QUEUE_ACTIVE));
	for (unsigned i = 0; i < 4; i++)
		move(i, QUEUE_ACTIVE, i);
	holds(QUEUE_ACTIVE, "abcd");
	ck_assert_ptr_eq(queues_oldest(&queues, QUEUE_ACTIVE), &all[0].conn);
}
END_TEST

START_TEST(who_speaks_goes_to_the_tail)
{
	for (unsigned i = 0; i < 4; i++)
		move(i, QUEUE_ACTIVE, i);
	move(3, QUEUE_ACTIVE, 5);
	holds(QUEUE_ACTIVE, "abcd");
	ck_assert_uint_eq(all[3].moved_ns, 5);
	move(1, QUEUE_ACTIVE, 6);
	holds(QUEUE_ACTIVE, "acdb");
	move(0, QUEUE_ACTIVE, 7);
	holds(QUEUE_ACTIVE, "cdba");
}
END_TEST

START_TEST(who_changes_leaves_the_other_queue)
{
	for (unsigned i = 0; i < 4; i++)
		move(i, QUEUE_HALF_OPEN, i);
	move(3, QUEUE_ACTIVE, 4);
	move(0, QUEUE_ACTIVE, 5);
	move(1, QUEUE_CLOSED, 6);
	holds(QUEUE_HALF_OPEN, "c");
	holds(QUEUE_ACTIVE, "da");
	holds(QUEUE_CLOSED, "b");
	move(2, QUEUE_NONE, 7);
	holds(QUEUE_HALF_OPEN, "");
	ck_assert_int_eq(all[2].queue, QUEUE_NONE);
	move(2, QUEUE_NONE, 8);
	move(2, QUEUE_HALF_OPEN, 9);
	holds(QUEUE_HALF_OPEN, "c");
}
END_TEST

/* Any sequence of moves: each stands in one queue, in order of its move. */
START_TEST(any_moves_keep_the_order)
{
	struct xorshift random = { 0x9e3779b97f4a7c15 };

	for (uint64_t now = 1; now < 20000; now++) {
		const uint64_t n = xorshift_next(&random);
		uint64_t count = 0;

		move((unsigned)(n % MANY), (enum queue)(n / MANY %
		    QUEUE_COUNT), now);
		for (unsigned q = QUEUE_NONE + 1; q < QUEUE_COUNT; q++) {
			uint64_t last = 0, here = 0;

			for (const struct tracked *t = queues.of[q].oldest;
			    t != NULL; t = t->newer, here++) {
				HOLD(t->queue == q && t->moved_ns > last);
				last = t->moved_ns;
			}
			HOLD(here == queues.of[q].count);
			count += here;
		}
		for (unsigned i = 0; i < MANY; i++)
			count += all[i].queue == QUEUE_NONE;
		HOLD(count == MANY);
	}
}
END_TEST

START_TEST(a_connection_stands_where_its_state_says)
{
	struct conn *conn = &all[0].conn;

	ck_assert_int_eq(queues_place(conn), QUEUE_ACTIVE);
	conn->lifecycle[1].syn_count = 1;
	ck_assert_int_eq(queues_place(conn), QUEUE_HALF_OPEN);
	conn->endpoint[0].sent_synack = true;
	ck_assert_int_eq(queues_place(conn), QUEUE_HALF_OPEN);
	conn->endpoint[1].sent_non_syn = true;
	ck_assert_int_eq(queues_place(conn), QUEUE_ACTIVE);
	conn->is_closed = true;
	ck_assert_int_eq(queues_place(conn), QUEUE_CLOSED);
	conn->endpoint[1].sent_non_syn = false;
	ck_assert_int_eq(queues_place(conn), QUEUE_CLOSED);
}
END_TEST

/* ---- limits ---- */

static const struct limits times = {
	.half_open_ns = 130,
	.idle_ns = 3600,
	.linger_ns = 120,
};

START_TEST(silence_is_over_after_its_time_and_not_before)
{
	static const struct {
		enum queue queue;
		uint64_t time;
		enum retired why;
	} cases[] = {
		{ QUEUE_HALF_OPEN, 130, RETIRED_HALF_OPEN },
		{ QUEUE_ACTIVE, 3600, RETIRED_IDLE },
		{ QUEUE_CLOSED, 120, RETIRED_CLOSED },
	};
	/* The clock of limits wraps. */
	const uint64_t start = UINT64_MAX - 5;
	enum retired why = RETIRED_NOT;
	struct conn *conn = &all[0].conn;

	move(0, cases[_i].queue, start);
	HOLD(limits_is_over(&times, conn, start + cases[_i].time) ==
	    RETIRED_NOT);
	HOLD(limits_due(&times, &queues, start + cases[_i].time, &why) ==
	    NULL);
	HOLD(limits_is_over(&times, conn, start + cases[_i].time + 1) ==
	    cases[_i].why);
	HOLD(limits_due(&times, &queues, start + cases[_i].time + 1, &why) ==
	    conn);
	HOLD(why == cases[_i].why);
	HOLD(limits_is_over(&(struct limits){ .max_conns = 1 }, conn,
	    start + cases[_i].time + 1) == RETIRED_NOT);
	move(0, QUEUE_ENDED, start);
	HOLD(limits_due(&times, &queues, start + 9999, &why) == NULL);
}
END_TEST

/* Whatever moves meanwhile, nobody is due before that, and somebody then. */
START_TEST(quiet_lasts_as_long_as_it_was_said_to)
{
	struct xorshift random = { 0x9e3779b97f4a7c15 };
	uint64_t now = UINT64_MAX - 5000;
	enum retired why;

	HOLD(limits_quiet(&(struct limits){ .max_conns = 1 }, &queues, now) ==
	    UINT64_MAX);
	HOLD(limits_quiet(&times, &queues, now) == 120);
	for (unsigned i = 0; i < 10000; i++) {
		const uint64_t n = xorshift_next(&random);
		uint64_t quiet;

		now += n % 3;
		while (limits_due(&times, &queues, now, &why) != NULL)
			move((unsigned)(tracked_of(limits_due(&times, &queues,
			    now, &why)) - all), QUEUE_NONE, now);
		quiet = limits_quiet(&times, &queues, now);
		HOLD(limits_due(&times, &queues, now + quiet, &why) == NULL);
		HOLD(quiet == 120 || limits_due(&times, &queues,
		    now + quiet + 1, &why) != NULL);
		move((unsigned)(n / 3 % MANY), (enum queue)(n / 3 / MANY %
		    QUEUE_COUNT), now);
		HOLD(limits_due(&times, &queues, now + (quiet < 120 ? quiet :
		    120), &why) == NULL);
	}
}
END_TEST

START_TEST(room_is_made_by_closed_then_half_open_then_silent_ones)
{
	static const struct {
		unsigned who;
		enum retired why;
	} order[] = {
		{ 4, RETIRED_EVICTED_CLOSED },
		{ 5, RETIRED_EVICTED_CLOSED },
		{ 2, RETIRED_EVICTED_HALF_OPEN },
		{ 3, RETIRED_EVICTED_HALF_OPEN },
		{ 0, RETIRED_EVICTED_IDLE },
		{ 1, RETIRED_EVICTED_IDLE },
	};
	struct limits limits = { .max_conns = 7 };
	enum retired why = RETIRED_NOT;

	for (unsigned i = 0; i < 6; i++)
		move(i, i < 2 ? QUEUE_ACTIVE : i < 4 ? QUEUE_HALF_OPEN :
		    QUEUE_CLOSED, i);
	/* Those that ended take no room. */
	move(6, QUEUE_ENDED, 6);
	HOLD(limits_victim(&limits, &queues, &why) == NULL);
	limits.max_conns = 0;
	HOLD(limits_victim(&limits, &queues, &why) == NULL);
	limits.max_conns = 1;
	for (unsigned i = 0; i < 6; i++) {
		HOLD(limits_victim(&limits, &queues, &why) ==
		    &all[order[i].who].conn);
		HOLD(why == order[i].why);
		move(order[i].who, QUEUE_ENDED, 7);
	}
	HOLD(limits_victim(&limits, &queues, &why) == NULL);
}
END_TEST

START_TEST(every_limit_alone_is_a_limit)
{
	ck_assert(!limits_any(&(struct limits){ .max_conns = 0 }));
	ck_assert(limits_any(&(struct limits){ .max_conns = 1 }));
	ck_assert(limits_any(&(struct limits){ .max_ended = 1 }));
	ck_assert(limits_any(&(struct limits){ .half_open_ns = 1 }));
	ck_assert(limits_any(&(struct limits){ .idle_ns = 1 }));
	ck_assert(limits_any(&(struct limits){ .linger_ns = 1 }));
	ck_assert(limits_any(&(struct limits){ .drop_ended = true }));
}
END_TEST

/* A mark is for what had not ended by itself, and of one kind. */
START_TEST(every_cause_has_its_words_and_marks)
{
	ck_assert_ptr_null(retired_word(RETIRED_NOT));
	for (unsigned why = RETIRED_NOT + 1; why < RETIRED_COUNT; why++) {
		HOLD(strlen(retired_word(why)) > 0);
		HOLD(strlen(retired_key(why)) > 0);
		HOLD(strlen(retired_sentence(why)) > 0);
		HOLD(!retired_is_evicted(why) || !retired_is_idle(why));
		HOLD((retired_is_evicted(why) || retired_is_idle(why)) ==
		    (why != RETIRED_CLOSED && why != RETIRED_REPLACED &&
		    why != RETIRED_EVICTED_CLOSED));
	}
}
END_TEST

/* ---- continuations ---- */

START_TEST(who_was_there_is_known_once)
{
	struct evicted_set *returns = evicted_new();

	HOLD(returns != NULL);
	ck_assert(!evicted_take(returns, 77));
	evicted_add(returns, 77);
	evicted_add(returns, 78);
	ck_assert(evicted_take(returns, 77));
	ck_assert(!evicted_take(returns, 77));
	ck_assert(evicted_take(returns, 78));
	evicted_add(returns, 5);
	evicted_add(returns, 5 + EVICTED_MAX);
	ck_assert(!evicted_take(returns, 5));
	ck_assert(evicted_take(returns, 5 + EVICTED_MAX));
	evicted_free(returns);
	evicted_free(NULL);
}
END_TEST

START_TEST(memory_of_hashes_without_memory_is_none)
{
	mem_fail_after(1);
	ck_assert_ptr_null(evicted_new());
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("limits");
	TCase *c = leaks_tcase(s, "limits");

	tcase_add_checked_fixture(c, setup, NULL);
	tcase_add_test(c, a_queue_is_in_order_of_arrival);
	tcase_add_test(c, who_speaks_goes_to_the_tail);
	tcase_add_test(c, who_changes_leaves_the_other_queue);
	tcase_add_test(c, any_moves_keep_the_order);
	tcase_add_test(c, a_connection_stands_where_its_state_says);
	tcase_add_loop_test(c, silence_is_over_after_its_time_and_not_before,
	    0, 3);
	tcase_add_test(c,
	    room_is_made_by_closed_then_half_open_then_silent_ones);
	tcase_add_test(c, quiet_lasts_as_long_as_it_was_said_to);
	tcase_add_test(c, every_limit_alone_is_a_limit);
	tcase_add_test(c, every_cause_has_its_words_and_marks);
	tcase_add_test(c, who_was_there_is_known_once);
	tcase_add_test(c, memory_of_hashes_without_memory_is_none);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
