/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals close together: none is lost, and the order is kept where it
 * matters.
 */
#include "config.h"

#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>

#include "base/compiler.h"
#include "capture/sigs.h"
#include "check_main.h"

static void
setup(void)
{
	ck_assert_int_eq(sigs_open(), 0);
	sigs_catch_hangup();
}

static void
teardown(void)
{
	sigs_close();
}

static bool
is_awake(void)
{
	struct pollfd ready = { .fd = sigs_fd(), .events = POLLIN };

	return poll(&ready, 1, 0) == 1;
}

static const struct {
	int came[4];
	unsigned asked;
} orders[] = {
	{ { SIGUSR1 }, SIGS_COUNTERS },
	{ { SIGUSR2 }, SIGS_REPORT },
	{ { SIGHUP }, SIGS_REOPEN },
	{ { SIGUSR1, SIGUSR2, SIGHUP },
	    SIGS_COUNTERS | SIGS_REPORT | SIGS_REOPEN },
	{ { SIGUSR2, SIGHUP }, SIGS_REPORT | SIGS_REOPEN },
	{ { SIGHUP, SIGUSR2 }, SIGS_REOPEN | SIGS_REPORT_AFTER },
	{ { SIGHUP, SIGUSR1, SIGUSR2 },
	    SIGS_REOPEN | SIGS_COUNTERS | SIGS_REPORT_AFTER },
	{ { SIGUSR2, SIGHUP, SIGUSR2 },
	    SIGS_REPORT | SIGS_REOPEN | SIGS_REPORT_AFTER },
	{ { SIGHUP, SIGUSR2, SIGHUP },
	    SIGS_REOPEN | SIGS_REPORT_AFTER },
};

static void
come(const int *signos, size_t most)
{
	for (size_t i = 0; i < most && signos[i] != 0; i++)
		ck_assert_int_eq(raise(signos[i]), 0);
}

START_TEST(each_is_taken_once_and_in_order)
{
	come(orders[_i].came, ARRAY_LEN(orders[_i].came));
	ck_assert(is_awake());
	sigs_drain();
	ck_assert(!is_awake());
	ck_assert_uint_eq(sigs_take(), orders[_i].asked);
	ck_assert_uint_eq(sigs_take(), 0);
	ck_assert(!sigs_stopped());
}
END_TEST

/* Requests that came with the signal to stop can still be handled. */
START_TEST(stop_leaves_the_others_to_be_taken)
{
	const size_t order = (size_t)_i / 2;
	const bool is_first = _i % 2 != 0;

	if (is_first)
		raise(SIGINT);
	come(orders[order].came, ARRAY_LEN(orders[order].came));
	if (!is_first)
		raise(SIGINT);
	ck_assert(sigs_stopped());
	ck_assert_uint_eq(sigs_take(), orders[order].asked);
}
END_TEST

/* Without an output to open again, and not when nohup(1) started us. */
START_TEST(hangup_stops_unless_it_was_ignored)
{
	sigs_close();
	signal(SIGHUP, _i == 0 ? SIG_DFL : SIG_IGN);
	ck_assert_int_eq(sigs_open(), 0);
	raise(SIGHUP);
	ck_assert(sigs_stopped() == (_i == 0));
	ck_assert_uint_eq(sigs_take(), 0);
}
END_TEST

START_TEST(second_interrupt_is_the_end)
{
	static const int firsts[] = { SIGINT, SIGTERM };

	raise(firsts[_i]);
	raise(SIGINT);
	ck_abort_msg("goes on");
}
END_TEST

START_TEST(termination_may_come_again)
{
	raise(SIGINT);
	raise(SIGTERM);
	raise(SIGTERM);
	ck_assert(sigs_stopped());
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("sigs");
	TCase *c = tcase_create("sigs");
	const int n = (int)ARRAY_LEN(orders);

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_loop_test(c, each_is_taken_once_and_in_order, 0, n);
	tcase_add_loop_test(c, stop_leaves_the_others_to_be_taken, 0, 2 * n);
	tcase_add_loop_test(c, hangup_stops_unless_it_was_ignored, 0, 2);
	tcase_add_loop_exit_test(c, second_interrupt_is_the_end,
	    SIGS_EXIT_AT_ONCE, 0, 2);
	tcase_add_test(c, termination_may_come_again);
	suite_add_tcase(s, c);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
