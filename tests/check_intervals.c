/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --interval: where time is cut, what is in each stretch, and that nothing
 * is in two of them or in none.
 */
#include "config.h"

#include <check.h>
#include <string.h>

#include "base/nstime.h"
#include "capture/source.h"
#include "check_main.h"
#include "cli/intervals.h"
#include "leaks.h"
#include "packet.h"
#include "printed.h"
#include "print/time.h"
#include "tcp/pack.h"
#include "engine/engine.h"
#include "trace.h"

#define TOLD_MAX	8000

static struct tcpstates *ts;
static struct source_info info;
static struct intervals intervals;
static struct interval told[TOLD_MAX];
static unsigned told_count;
static int64_t last_ns;
static uint64_t frames;

static void
on_interval(void *arg, const struct interval *interval)
{
	ck_assert_ptr_eq(arg, &told_count);
	ck_assert_uint_lt(told_count, TOLD_MAX);
	told[told_count++] = *interval;
}

static void
setup(void)
{
	const struct tcpstates_options options = { .tally = true,
	    .keep_analysis = true };

	ts = trace_engine(&options);
	memset(&info, 0, sizeof(info));
	intervals = (struct intervals){
		.every_ns = NS_PER_SEC,
		.has_retrans = true,
		.report = on_interval,
		.arg = &told_count,
	};
	told_count = 0;
	last_ns = 0;
	frames = 0;
}

static void
teardown(void)
{
	tcpstates_free(ts);
}

/* A frame comes at this time: a SYN from another port each. */
static void
frame_at(int64_t ms)
{
	static struct packet packet;
	struct frame frame;

	packet_start(&packet, LINKTYPE_RAW);
	packet_ip4(&packet, &(struct packet_ip4){ .id = 1 });
	packet_tcp(&packet, &(struct packet_tcp){ .flags = TCP_SYN,
	    .src_port = (uint16_t)(1024 + frames) });
	packet_finish(&packet);
	frame = (struct frame){ .time_ns = ms * NS_PER_MS,
	    .number = ++frames, .bytes = packet.bytes,
	    .captured_len = (uint32_t)packet.len,
	    .wire_len = (uint32_t)packet.len, .linktype = LINKTYPE_RAW };
	if (intervals_are_due(&intervals, frame.time_ns))
		intervals_advance(&intervals, ts, &info, last_ns,
		    frame.time_ns);
	last_ns = frame.time_ns;
	ck_assert_int_eq(tcpstates_frame(ts, &frame), 0);
}

static void
finish_at(int64_t ms)
{
	intervals_finish(&intervals, ts, &info, ms * NS_PER_MS);
}

static void
holds(unsigned i, int64_t start_ms, int64_t duration_ms, uint64_t count)
{
	ck_assert_uint_lt(i, told_count);
	ck_assert_int_eq(told[i].start_ns, start_ms * NS_PER_MS);
	ck_assert_int_eq(told[i].duration_ns, duration_ms * NS_PER_MS);
	ck_assert_uint_eq(told[i].frames, count);
	ck_assert_uint_eq(told[i].conns, count);
	ck_assert_uint_eq(told[i].bytes, count * 40);
}

/* Item 7: intervals end at whole multiples of their length. */
START_TEST(time_is_cut_at_whole_multiples)
{
	frame_at(5100);
	frame_at(5200);
	frame_at(5999);
	frame_at(6000);		/* of the next already */
	frame_at(7300);
	finish_at(7300);
	ck_assert_uint_eq(told_count, 3);
	holds(0, 5100, 900, 3);
	holds(1, 6000, 1000, 1);
	holds(2, 7000, 300, 1);
	ck_assert_uint_eq(told[2].open, 5);
	ck_assert(!told[0].has_dropped);
}
END_TEST

START_TEST(stretches_of_a_file_without_frames_are_passed_over)
{
	frame_at(0);
	frame_at(500000000500);		/* years later */
	finish_at(500000000500);
	ck_assert_uint_eq(told_count, 2);
	holds(0, 0, 1000, 1);
	holds(1, 500000000000, 500, 1);
}
END_TEST

START_TEST(quiet_stretches_are_told_live)
{
	intervals.is_live = true;
	frame_at(0);
	frame_at(3500);
	finish_at(5200);
	ck_assert_uint_eq(told_count, 6);
	holds(0, 0, 1000, 1);
	holds(1, 1000, 1000, 0);
	holds(2, 2000, 1000, 0);
	holds(3, 3000, 1000, 1);
	holds(4, 4000, 1000, 0);
	holds(5, 5000, 200, 0);
}
END_TEST

/* A clock that was set forward by days is not days of quiet. */
START_TEST(leap_of_a_live_clock_is_not_quiet)
{
	intervals.is_live = true;
	frame_at(0);
	frame_at(86400500);
	finish_at(86400700);
	ck_assert_uint_eq(told_count, 2);
	holds(0, 0, 1000, 1);
	holds(1, 86400000, 700, 1);
}
END_TEST

START_TEST(clock_set_back_begins_another)
{
	frame_at(100000);
	frame_at(100300);
	frame_at(95000);	/* out of order: still the same */
	frame_at(100400);
	frame_at(50000);	/* set back */
	finish_at(50000);
	ck_assert_uint_eq(told_count, 2);
	holds(0, 100000, 400, 4);
	holds(1, 50000, 0, 1);
}
END_TEST

START_TEST(extremes_of_time_are_survived)
{
	intervals.every_ns = _i == 0 ? 1 : INT64_MAX;
	frame_at(INT64_MIN / NS_PER_MS);
	frame_at(INT64_MAX / NS_PER_MS);
	frame_at(INT64_MIN / NS_PER_MS);
	finish_at(INT64_MAX / NS_PER_MS);
	ck_assert_uint_ge(told_count, 2);
}
END_TEST

START_TEST(nothing_is_told_of_nothing)
{
	finish_at(1000);
	ck_assert_uint_eq(told_count, 0);
}
END_TEST

/* Of any sample: what is in the stretches together is what there was. */
START_TEST(stretches_add_up_to_the_totals)
{
	const char *path = trace_sample((unsigned)_i);
	const struct tcpstates_totals *totals = tcpstates_totals(ts);
	struct interval sum = { .frames = 0 };
	uint64_t retrans = 0, reset = 0;
	struct pack_room room;
	struct trace trace;

	if (path == NULL || !trace_read(&trace, path))
		return;
	intervals.every_ns = 60 * NS_PER_SEC;
	for (size_t i = 0; i < trace.count; i++) {
		const struct frame *frame = &trace.frames[i];

		if (intervals_are_due(&intervals, frame->time_ns))
			intervals_advance(&intervals, ts, &info, last_ns,
			    frame->time_ns);
		last_ns = frame->time_ns;
		ck_assert_int_eq(tcpstates_frame(ts, frame), 0);
	}
	tcpstates_finish(ts);
	intervals_finish(&intervals, ts, &info, last_ns);
	for (unsigned i = 0; i < told_count; i++) {
		sum.frames += told[i].frames;
		sum.bytes += told[i].bytes;
		sum.segments += told[i].segments;
		sum.conns += told[i].conns;
		sum.ended += told[i].ended;
		sum.reset += told[i].reset;
		sum.retrans += told[i].retrans;
	}
	ck_assert_uint_eq(sum.frames, totals->frames);
	ck_assert_uint_eq(sum.bytes, totals->bytes);
	ck_assert_uint_eq(sum.segments, totals->verdicts[VERDICT_SEGMENT]);
	ck_assert_uint_eq(sum.conns, totals->conns);
	for (const struct conn *at = tcpstates_first(ts); at != NULL;
	    at = at->next) {
		const struct conn *conn = pack_read(at, &room);

		sum.ended -= conn->is_closed;
		reset += conn_is_reset(conn);
		for (unsigned i = 0; conn->analysis != NULL && i < 2; i++)
			retrans += conn->analysis->stats[i].judged[
			    JUDGED_RETRANSMISSION];
	}
	ck_assert_uint_eq(sum.ended, 0);
	ck_assert_uint_eq(sum.reset, reset);
	ck_assert_uint_eq(sum.retrans, retrans);
	ck_assert_uint_eq(told_count > 0 ? told[told_count - 1].open : 0,
	    totals->tally.open);
	trace_free(&trace);
}
END_TEST

START_TEST(lines_stand_below_their_heading)
{
	const struct time_style view = { .format = TIME_AS_RELATIVE, .digits = 6 };
	struct interval interval = { .start_ns = 1500 * NS_PER_MS,
	    .duration_ns = NS_PER_SEC, .frames = 812000,
	    .bytes = UINT64_C(1250000000), .conns = 1, .ended = 22,
	    .reset = 333, .open = 1000000, .retrans = 5, .dropped = 7 };

	interval_heading(printed_out, &view);
	interval_line(printed_out, &view, &interval);
	interval.has_retrans = true;
	interval.has_dropped = true;
	interval_line(printed_out, &view, &interval);
	ck_assert_str_eq(printed(),
"      TIME     SECS   PACKETS         BITS     NEW   ENDED   RESET    OPEN"
"  RETRANS  DROPPED\n"
"  1.500000    1.000    812000  10000000000       1      22     333 1000000"
"        -        -\n"
"  1.500000    1.000    812000  10000000000       1      22     333 1000000"
"        5        7\n");
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("intervals");
	TCase *c = leaks_tcase(s, "intervals");
	TCase *lines = leaks_tcase(s, "lines");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, time_is_cut_at_whole_multiples);
	tcase_add_test(c,
	    stretches_of_a_file_without_frames_are_passed_over);
	tcase_add_test(c, quiet_stretches_are_told_live);
	tcase_add_test(c, leap_of_a_live_clock_is_not_quiet);
	tcase_add_test(c, clock_set_back_begins_another);
	tcase_add_loop_test(c, extremes_of_time_are_survived, 0, 2);
	tcase_add_test(c, nothing_is_told_of_nothing);
	tcase_add_loop_test(c, stretches_add_up_to_the_totals, 0,
	    (int)trace_sample_count());
	tcase_add_checked_fixture(lines, printed_setup, printed_teardown);
	tcase_add_test(lines, lines_stand_below_their_heading);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
