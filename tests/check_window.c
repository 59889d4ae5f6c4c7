/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The advertised window: its size in bytes, how long it was closed, and when
 * it was used up.
 */
#include "config.h"

#include <check.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "check_main.h"
#include "leaks.h"
#include "talk.h"
#include "tcp/window.h"

static struct talk talk;

static void
setup(void)
{
	talk_begin(&talk, true);
}

static void
teardown(void)
{
	talk_end(&talk);
}

/* ---- the size of a window ---- */

static const struct {
	const char *sentence;
	bool has_options[2];
	bool has_wscale[2];
	uint8_t wscale;		/* that A offers */
	unsigned flags;
	unsigned depth;
	uint16_t field;
	int64_t bytes;
} sizes[] = {
	{ "scaled, as both offered it", { true, true }, { true, true }, 7,
	    TCP_ACK, DEPTH_FIXED, 512, 65536 },
	{ "scaled by nothing", { true, true }, { true, true }, 0,
	    TCP_ACK, DEPTH_FIXED, 512, 512 },
	{ "the window of a SYN", { true, true }, { true, true }, 7,
	    TCP_SYN, DEPTH_FIXED, 512, 512 },
	{ "a shift beyond 14 (RFC 7323, 2.3)", { true, true }, { true, true },
	    200, TCP_ACK, DEPTH_FIXED, 1, 16384 },
	{ "the largest", { true, true }, { true, true }, 14,
	    TCP_ACK, DEPTH_FIXED, 65535, INT64_C(65535) << 14 },
	{ "not scaled, as the peer did not offer it", { true, true },
	    { true, false }, 7, TCP_ACK, DEPTH_FIXED, 512, 512 },
	{ "not scaled, as the only SYN seen does not offer it",
	    { false, true }, { false, false }, 0,
	    TCP_ACK, DEPTH_FIXED, 512, 512 },
	{ "unknown, as a SYN was not captured", { true, false },
	    { true, false }, 7, TCP_ACK, DEPTH_FIXED, 512, -1 },
	{ "unknown, as no SYN was captured", { false, false },
	    { false, false }, 0, TCP_ACK, DEPTH_FIXED, 512, -1 },
	{ "zero, however it is scaled", { false, false }, { false, false }, 0,
	    TCP_ACK, DEPTH_FIXED, 0, 0 },
	{ "not captured", { true, true }, { true, true }, 7,
	    TCP_ACK, DEPTH_FLAGS, 0, -1 },
};

START_TEST(window_is_scaled_by_what_the_syns_say)
{
	struct conn conn = { .orig = A };
	struct segment seg = {
		.flags = (uint16_t)sizes[_i].flags,
		.depth = (uint8_t)sizes[_i].depth,
		.window = sizes[_i].field,
	};

	for (unsigned side = 0; side < 2; side++) {
		conn.endpoint[side].has_options = sizes[_i].has_options[side];
		conn.endpoint[side].has_wscale = sizes[_i].has_wscale[side];
	}
	conn.endpoint[A].wscale = sizes[_i].wscale;
	ck_assert_msg(window_of(&conn, &conn.endpoint[A], &seg) ==
	    sizes[_i].bytes, "%s", sizes[_i].sentence);
}
END_TEST

/* ---- what becomes of a window ---- */

/* A has a window of 10000 to fill, and nothing in flight. */
static void
open_without_scaling(void)
{
	talk.with.depth = DEPTH_OPTIONS;
	talk_say(&talk, A, TCP_SYN, 0, 0, 0);
	talk.now_ns += TALK_MS(20);
	talk.with.depth = DEPTH_OPTIONS;
	talk_say(&talk, B, TCP_SYN | TCP_ACK, 0, 0, 1);
	talk.now_ns += TALK_MS(10);
	talk_say(&talk, A, TCP_ACK, 1, 0, 1);
}

static void
advertise(uint16_t window, int64_t ack)
{
	talk.now_ns += TALK_MS(20);
	talk.with.window = window;
	talk_say(&talk, B, TCP_ACK, 1, 0, ack);
}

static int64_t
zero_ms(void)
{
	return window_zero_ns(&talk.conn, talk_analysis(&talk), B) /
	    TALK_MS(1);
}

static int64_t
limited_ms(void)
{
	return window_limited_ns(&talk.conn, talk_analysis(&talk), A) /
	    TALK_MS(1);
}

START_TEST(zero_window_lasts_until_it_opens)
{
	open_without_scaling();
	talk_say(&talk, A, TCP_ACK, 1, 10000, 1);
	advertise(0, 10001);
	ck_assert(talk_is(&talk, JUDGED_ZERO_WINDOW));
	ck_assert_int_eq(zero_ms(), 0);
	advertise(0, 10001);
	ck_assert_int_eq(zero_ms(), 20);	/* and goes on */
	advertise(5000, 10001);
	ck_assert_int_eq(zero_ms(), 40);
	advertise(6000, 10001);
	ck_assert_int_eq(zero_ms(), 40);
}
END_TEST

START_TEST(zero_windows_add_up)
{
	open_without_scaling();
	for (unsigned i = 0; i < 3; i++) {
		advertise(0, 1);
		advertise(100, 1);
	}
	ck_assert_int_eq(zero_ms(), 60);
}
END_TEST

START_TEST(rst_ends_a_zero_window)
{
	open_without_scaling();
	advertise(0, 1);
	talk.now_ns += TALK_MS(30);
	talk_say(&talk, B, TCP_RST, 1, 0, 0);
	ck_assert_int_eq(zero_ms(), 30);
}
END_TEST

START_TEST(segment_fills_the_window_to_the_byte)
{
	open_without_scaling();
	advertise(10000, 1);
	talk_say(&talk, A, TCP_ACK, 1, 9999, 1);
	ck_assert(!talk_is(&talk, JUDGED_WINDOW_FULL));
	talk_say(&talk, A, TCP_ACK, 10000, 1, 1);
	ck_assert(talk_is(&talk, JUDGED_WINDOW_FULL));
}
END_TEST

START_TEST(sender_is_limited_until_the_right_edge_moves)
{
	open_without_scaling();
	advertise(10000, 1);
	talk_say(&talk, A, TCP_ACK, 1, 10000, 1);
	ck_assert(talk_is(&talk, JUDGED_WINDOW_FULL));
	/* Acknowledged, and as much less is advertised: no room. */
	advertise(6000, 4001);
	ck_assert_int_eq(limited_ms(), 20);
	advertise(6001, 4001);
	ck_assert_int_eq(limited_ms(), 40);
	advertise(9000, 4001);
	ck_assert_int_eq(limited_ms(), 40);
}
END_TEST

START_TEST(flight_is_what_is_not_acknowledged)
{
	open_without_scaling();
	talk_say(&talk, A, TCP_ACK, 1, 3000, 1);
	talk_say(&talk, A, TCP_ACK, 3001, 2000, 1);
	advertise(10000, 3001);
	talk_say(&talk, A, TCP_ACK, 5001, 1000, 1);
	ck_assert_int_eq(talk_figures(&talk, A)->max_flight, 5000);
}
END_TEST

START_TEST(unknown_windows_are_not_counted)
{
	talk_say(&talk, A, TCP_ACK, 1, 100, 1);
	talk_say(&talk, B, TCP_ACK, 1, 0, 101);
	ck_assert_uint_eq(talk_figures(&talk, A)->win_count, 0);
	ck_assert_int_eq(talk_side(&talk, B)->last_window, -1);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("window");
	TCase *c = leaks_tcase(s, "window");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_loop_test(c, window_is_scaled_by_what_the_syns_say, 0,
	    (int)ARRAY_LEN(sizes));
	tcase_add_test(c, zero_window_lasts_until_it_opens);
	tcase_add_test(c, zero_windows_add_up);
	tcase_add_test(c, rst_ends_a_zero_window);
	tcase_add_test(c, segment_fills_the_window_to_the_byte);
	tcase_add_test(c, sender_is_limited_until_the_right_edge_moves);
	tcase_add_test(c, flight_is_what_is_not_acknowledged);
	tcase_add_test(c, unknown_windows_are_not_counted);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
