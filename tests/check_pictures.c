/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pictures: what is collected of a connection, scales, strokes and colours, and
 * that all stays bounded.
 */
#include "config.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/outbuf.h"
#include "base/pool.h"
#include "check_main.h"
#include "decode/segment.h"
#include "diagnosis/diagnosis.h"
#include "flow/conn.h"
#include "pictures/collect.h"
#include "pictures/ladder_ends.h"
#include "pictures/markup.h"
#include "pictures/scale.h"
#include "pictures/sheet.h"
#include "pictures/strokes.h"
#include "pictures/timeline.h"
#include "printed.h"
#include "tcp/judgement.h"
#include "xorshift.h"

static struct collector *collector;
static struct conn conn;
static struct segment seg;
static struct judgement judged;

static void
setup(void)
{
	collector = collector_new();
	ck_assert_ptr_nonnull(collector);
	memset(&conn, 0, sizeof(conn));
	conn.number = conn.first_frame = 1;
	memset(&seg, 0, sizeof(seg));
	memset(&judged, 0, sizeof(judged));
	judged.covers_rtt = judged.window = judged.in_flight = -1;
	judged.has_offset = true;
}

static void
teardown(void)
{
	collector_free(collector);
	ck_assert_uint_eq(mem_outstanding(), 0);
}

/* The next segment of the connection: `len` new bytes. */
static void
send_data(int64_t time_ns, uint32_t len)
{
	seg.frame++;
	seg.time_ns = time_ns;
	seg.payload_len = len;
	seg.flags = TCP_ACK;
	judged.start = judged.expected;
	judged.end = judged.start + len;
	collector_segment(collector, &conn, &seg, &judged);
	judged.expected = judged.end;
}

START_TEST(a_segment_is_a_point)
{
	const struct picture *picture;

	send_data(5, 100);
	picture = collector_find(collector, 1);
	ck_assert_ptr_nonnull(picture);
	ck_assert_uint_eq(picture->count, 1);
	ck_assert_int_eq(picture->point[0].time_ns, 5);
	ck_assert_uint_eq(picture->point[0].len, 100);
	ck_assert_uint_eq(picture->point[0].fresh, 100);
	ck_assert_uint_eq(picture->point[0].window, POINT_UNKNOWN);
	ck_assert_ptr_null(collector_find(collector, 2));
}
END_TEST

START_TEST(a_retransmission_is_trouble_and_nothing_new)
{
	const struct picture *picture;

	send_data(5, 100);
	judged.bits = UINT32_C(1) << JUDGED_RETRANSMISSION;
	judged.start = 0;
	judged.end = 100;
	judged.expected = 100;
	seg.frame++;
	collector_segment(collector, &conn, &seg, &judged);
	picture = collector_find(collector, 1);
	ck_assert_uint_eq(picture->point[1].fresh, 0);
	ck_assert_uint_eq(picture->trouble, 1);
}
END_TEST

START_TEST(a_dropped_picture_does_not_begin_in_the_middle)
{
	seg.frame = 7;
	send_data(5, 100);
	ck_assert_ptr_null(collector_find(collector, 1));
}
END_TEST

/* Whatever the times, of which every other goes back. */
static void
fill(uint32_t count, int64_t back_ns)
{
	for (uint32_t i = 0; i < count; i++)
		send_data((int64_t)i * NS_PER_US - (i % 2) * back_ns, 1);
}

static void
check_thinned(void)
{
	const struct picture *picture = collector_find(collector, 1);
	uint64_t fresh = 0;

	ck_assert(picture->is_thinned);
	ck_assert_uint_lt(picture->count, PICTURE_POINTS / 8);
	ck_assert_uint_eq(picture->segments, PICTURE_POINTS + 1000);
	for (uint32_t i = 0; i < picture->count; i++)
		fresh += picture->point[i].fresh;
	/* All but what the last point of a stretch could not be given. */
	ck_assert_uint_le(fresh, PICTURE_POINTS + 1000);
	ck_assert_uint_ge(fresh, PICTURE_POINTS - PICTURE_POINTS / 8);
}

START_TEST(a_large_picture_is_thinned)
{
	fill(PICTURE_POINTS + 1000, 0);
	check_thinned();
}
END_TEST

START_TEST(a_clock_that_goes_back_does_not_prevent_thinning)
{
	fill(PICTURE_POINTS + 1000, NS_PER_SEC);
	check_thinned();
}
END_TEST

START_TEST(many_connections_share_one_bound)
{
	for (uint64_t i = 1; i <= COLLECTOR_PICTURES + 10; i++) {
		conn.number = i;
		conn.first_frame = (seg.frame + 1) & FRAME_MASK;
		judged.bits = i == 7 ?
		    UINT32_C(1) << JUDGED_RETRANSMISSION : 0;
		send_data((int64_t)i, 1);
	}
	ck_assert_uint_eq(collector_dropped(collector),
	    COLLECTOR_PICTURES / 2);
	ck_assert_ptr_nonnull(collector_find(collector, 7));
	ck_assert_ptr_null(collector_find(collector, COLLECTOR_PICTURES - 1));
}
END_TEST

START_TEST(neighbours_of_one_cause_are_one_span)
{
	struct booking booking = {
		.conn = &conn, .book = BOOK_PATH, .to_ns = 10, .frame = 1,
	};
	const struct picture *picture;

	collector_booking(collector, &booking);
	send_data(10, 1);
	booking.from_ns = 10;
	booking.to_ns = 30;
	booking.frame = 2;
	collector_booking(collector, &booking);
	send_data(30, 1);
	picture = collector_find(collector, 1);
	ck_assert_uint_eq(picture->span_count, 1);
	ck_assert_int_eq(picture->span[0].to_ns, 30);
	ck_assert_uint_eq(picture->span[0].side, 0);
}
END_TEST

START_TEST(spans_are_bounded)
{
	struct booking booking = { .conn = &conn, .frame = 1 };
	const struct picture *picture;

	for (int64_t i = 0; i < 5 * PICTURE_SPANS; i++) {
		booking.book = i % 2 == 0 ? BOOK_PATH : BOOK_IDLE;
		booking.from_ns = booking.to_ns;
		booking.to_ns = i + 1;
		collector_booking(collector, &booking);
	}
	picture = collector_find(collector, 1);
	ck_assert_uint_le(picture->span_count, PICTURE_SPANS);
	ck_assert_int_eq(picture->span[0].from_ns, 0);
	ck_assert_int_eq(picture->span[picture->span_count - 1].to_ns,
	    5 * PICTURE_SPANS);
}
END_TEST

/* Row `i` has i segments. */
START_TEST(a_long_ladder_has_its_ends)
{
	const unsigned rows[] = { 1, LADDER_KEPT, LADDER_KEPT + 1, 1000 };
	const unsigned count = rows[_i];
	const bool has_more = count > LADDER_KEPT;
	const unsigned left_out = has_more ? count - LADDER_KEPT : 0;
	unsigned kept[LADDER_KEPT];
	struct ladder_ends ends = { .count = 0 };

	for (unsigned i = 0; i < count; i++)
		kept[ladder_ends_add(&ends, i)] = i;
	ck_assert_uint_eq(ladder_ends_drawn(&ends),
	    has_more ? LADDER_KEPT + 1 : count);
	for (unsigned i = 0; i < ladder_ends_drawn(&ends); i++) {
		const unsigned at = ladder_ends_at(&ends, i);

		if (has_more && i == LADDER_FIRST)
			ck_assert_uint_eq(at, LADDER_MORE);
		else
			ck_assert_uint_eq(kept[at], i < LADDER_FIRST ? i :
			    i + left_out - has_more);
	}
	ck_assert_uint_eq(ends.left_out, left_out * LADDER_FIRST +
	    left_out * (left_out - (left_out > 0)) / 2);
}
END_TEST

/* ---- scales ---- */

static struct time_axis axis;

static void
setup_axis(void)
{
	axis = (struct time_axis){
		.first_ns = 1000 * NS_PER_SEC, .last_ns = 1010 * NS_PER_SEC,
		.zero_ns = 1000 * NS_PER_SEC, .left = 100, .width = 7000,
	};
}

START_TEST(instants_outside_an_axis_are_at_its_ends)
{
	ck_assert_int_eq(time_axis_x(&axis, 0), 100);
	ck_assert_int_eq(time_axis_x(&axis, axis.first_ns), 100);
	ck_assert_int_eq(time_axis_x(&axis, 1005 * NS_PER_SEC), 3600);
	ck_assert_int_eq(time_axis_x(&axis, axis.last_ns), 7100);
	ck_assert_int_eq(time_axis_x(&axis, INT64_MAX), 7100);
}
END_TEST

START_TEST(a_long_silence_is_cut_and_a_short_one_is_not)
{
	ck_assert(time_axis_cut(&axis, 1001 * NS_PER_SEC, 1009 * NS_PER_SEC,
	    NS_PER_SEC));
	ck_assert(!time_axis_cut(&axis, axis.first_ns,
	    axis.first_ns + NS_PER_SEC / 4, 0));
	/* Two seconds are left for all but 30 px. */
	ck_assert_int_eq(time_axis_x(&axis, 1001 * NS_PER_SEC),
	    100 + (7000 - CUT_WIDTH) / 2);
	ck_assert_int_eq(time_axis_x(&axis, 1009 * NS_PER_SEC),
	    100 + (7000 - CUT_WIDTH) / 2 + CUT_WIDTH);
	ck_assert_int_eq(time_axis_x(&axis, axis.last_ns), 7100);
	ck_assert_int_eq(time_axis_ns(&axis, 7000 - CUT_WIDTH),
	    2 * NS_PER_SEC);
}
END_TEST

START_TEST(something_remains)
{
	ck_assert(time_axis_cut(&axis, 1004 * NS_PER_SEC, 1010 * NS_PER_SEC,
	    NS_PER_SEC));
	ck_assert(!time_axis_cut(&axis, 1000 * NS_PER_SEC, 1004 * NS_PER_SEC,
	    NS_PER_SEC));
	ck_assert_int_eq(time_axis_x(&axis, axis.last_ns), 7100);
}
END_TEST

START_TEST(silences_that_overlap_are_cut_once)
{
	ck_assert(time_axis_cut(&axis, 1001 * NS_PER_SEC, 1009 * NS_PER_SEC,
	    NS_PER_SEC));
	ck_assert(!time_axis_cut(&axis, 1002 * NS_PER_SEC, 1008 * NS_PER_SEC,
	    NS_PER_SEC));
	ck_assert(!time_axis_cut(&axis, 900 * NS_PER_SEC, 1001 * NS_PER_SEC,
	    NS_PER_SEC));
	ck_assert(!time_axis_cut(&axis, 1009 * NS_PER_SEC, 1100 * NS_PER_SEC,
	    NS_PER_SEC));
	ck_assert_uint_eq(axis.cut_count, 1);
}
END_TEST

START_TEST(x_never_goes_back)
{
	int64_t last = INT64_MIN;

	(void)time_axis_cut(&axis, 1003 * NS_PER_SEC, 1007 * NS_PER_SEC, 0);
	(void)time_axis_cut(&axis, 1001 * NS_PER_SEC, 1003 * NS_PER_SEC, 0);
	for (int64_t ns = axis.first_ns; ns <= axis.last_ns;
	    ns += NS_PER_SEC / 7) {
		ck_assert_int_ge(time_axis_x(&axis, ns), last);
		last = time_axis_x(&axis, ns);
	}
}
END_TEST

START_TEST(centuries_do_not_overflow)
{
	axis.first_ns = INT64_MIN;
	axis.last_ns = INT64_MAX;
	axis.zero_ns = INT64_MIN;
	ck_assert_int_eq(time_axis_x(&axis, INT64_MAX), 7100);
	ck_assert_int_eq(scale_part(INT64_MAX, INT64_MAX, 9600), 9600);
	ck_assert_int_eq(scale_part(INT64_MAX / 2, INT64_MAX, 9600), 4799);
}
END_TEST

START_TEST(a_scale_reaches_from_bottom_to_top)
{
	struct scale scale = { .most = 100, .top = 10, .bottom = 110 };

	ck_assert_int_eq(scale_y(&scale, 0), 110);
	ck_assert_int_eq(scale_y(&scale, 50), 60);
	ck_assert_int_eq(scale_y(&scale, 1000), 10);
	scale = (struct scale){
		.least = 1, .most = 10000, .top = 0, .bottom = 400,
		.is_log = true,
	};
	ck_assert_int_eq(scale_y(&scale, 1), 400);
	ck_assert_int_le(scale_y(&scale, 100) - 200, 1);
	ck_assert_int_ge(scale_y(&scale, 100) - 200, -1);
	ck_assert_int_eq(scale_y(&scale, 10000), 0);
	scale.most = UINT64_MAX;
	ck_assert_int_eq(scale_y(&scale, UINT64_MAX), 0);
}
END_TEST

START_TEST(steps_are_round)
{
	ck_assert_uint_eq(scale_step(1, 5), 1);
	ck_assert_uint_eq(scale_step(7, 5), 2);
	ck_assert_uint_eq(scale_step(24, 5), 5);
	ck_assert_uint_eq(scale_step(1000, 7), 200);
	ck_assert_uint_gt(scale_step(UINT64_MAX, 3), UINT64_MAX / 100);
}
END_TEST

/* ---- strokes ---- */

START_TEST(a_step_line_goes_across_and_down)
{
	struct step_line line = { .out = printed_out, .column = 1 };

	step_line_add(&line, 0, 100);
	step_line_add(&line, 50, 100);
	step_line_add(&line, 70, 40);
	step_line_end(&line, 100);
	ck_assert_str_eq(printed(), "M0 10H7V4H10");
}
END_TEST

START_TEST(a_column_shows_its_lowest_and_highest)
{
	struct step_line line = { .out = printed_out, .column = PX };

	step_line_add(&line, 0, 100);
	step_line_add(&line, 101, 50);
	step_line_add(&line, 102, 10);
	step_line_add(&line, 103, 90);
	step_line_add(&line, 104, 60);
	step_line_end(&line, 200);
	ck_assert_str_eq(printed(), "M0 10H10V5V1V9V6H20");
}
END_TEST

START_TEST(a_level_that_lasts_is_drawn_once)
{
	struct step_line line = { .out = printed_out, .column = PX };

	for (int64_t i = 0; i < 100000; i++)
		step_line_add(&line, i, i < 10 ? i : 10);
	step_line_end(&line, 100000);
	ck_assert_uint_lt(strlen(printed()), 60);
}
END_TEST

static unsigned
count_strokes(void)
{
	unsigned count = 0;

	for (const char *at = printed(); *at != '\0'; at++)
		count += *at == 'M';
	return count;
}

/* Whichever order they come in: clocks go back. */
START_TEST(many_strokes_are_few_per_column)
{
	struct stroke_set there = { .out = printed_out, .column = PX };
	struct stroke_set back_and_forth = there;

	for (int64_t i = 0; i < 10000; i++)
		stroke_set_add(&there, i / 500 * PX, i * 37 % 1000,
		    i * 37 % 1000 + 3);
	stroke_set_end(&there);
	ck_assert_uint_eq(count_strokes(), 20 * (STROKES_PER_COLUMN + 1));
	printed_forget();
	for (int64_t i = 0; i < 10000; i++)
		stroke_set_add(&back_and_forth, i % 20 * PX, i * 37 % 1000,
		    i * 37 % 1000 + 3);
	stroke_set_end(&back_and_forth);
	ck_assert_uint_eq(count_strokes(), 20 * (STROKES_PER_COLUMN + 1));
}
END_TEST

START_TEST(strokes_of_few_points_are_all_drawn)
{
	struct stroke_set set = { .out = printed_out, .column = 1 };

	for (int64_t i = 0; i < 100; i++)
		stroke_set_add(&set, i % 2, i * 20, i * 20 + 10);
	stroke_set_end(&set);
	ck_assert_uint_eq(count_strokes(), 100);
}
END_TEST

/* Wherever the area begins, a column is drawn at its left. */
START_TEST(wide_columns_begin_where_the_area_does)
{
	struct stroke_set set = {
		.out = printed_out, .column = 16 * PX, .left = 90 * PX,
	};
	struct step_line line = {
		.out = printed_out, .column = 16 * PX, .left = 90 * PX,
	};

	for (int64_t i = 0; i <= STROKES_PER_COLUMN; i++)
		stroke_set_add(&set, 100 * PX, i * 100, i * 100 + 50);
	stroke_set_end(&set);
	ck_assert_str_eq(printed(),
	    "M90 0V5M90 10V15M90 20V25M90 30V35M90 40V45");
	printed_forget();
	step_line_add(&line, 100 * PX, 10);
	step_line_add(&line, 110 * PX, 20);
	step_line_end(&line, 120 * PX);
	ck_assert_str_eq(printed(), "M90 1H106V2H120");
}
END_TEST

START_TEST(a_step_line_is_bounded_whatever_the_clock_does)
{
	struct step_line line = { .out = printed_out, .column = PX };

	for (int64_t i = 0; i < 20000; i++) {
		step_line_add(&line, i % 500 * PX, 100);
		step_line_add(&line, 0, i * 37 % 90);
		step_line_add(&line, i % 500 * PX, 100);
	}
	step_line_end(&line, 500 * PX);
	ck_assert_uint_lt(strlen(printed()), 500 * 30);
}
END_TEST

START_TEST(cells_of_wide_columns_are_few)
{
	struct cells cells = {
		.width = 700 * PX, .height = 70 * PX, .column = 16 * PX,
	};
	unsigned count = 0;

	for (int64_t x = 0; x < 700 * PX; x += PX)
		for (int64_t y = 0; y < 70 * PX; y += PX)
			count += !cells_mark(&cells, x, y);
	ck_assert_uint_eq(count, CELLS_X / 16 * CELLS_Y / 8);
}
END_TEST

/* ---- sheets ---- */

#define DRAWN_NS	(100 * NS_PER_SEC)
#define BACK_NS		(30 * NS_PER_SEC)

enum order { ORDER_NONE, ORDER_OF_TIME, ORDER_BACK_AND_FORTH, ORDERS };

static const uint32_t crowds[] = { 300, 301, 1500, 1501, 20000, 100000 };

#define CROWDS		(sizeof(crowds) / sizeof(crowds[0]))

static int64_t
time_of(struct xorshift *x, enum order order, uint32_t i, uint32_t count)
{
	const int64_t forward = DRAWN_NS / count * i;

	if (order == ORDER_NONE)
		return (int64_t)xorshift_below(x, 100000) * NS_PER_MS;
	if (order == ORDER_BACK_AND_FORTH && i % 2 != 0)
		return forward > BACK_NS ? forward - BACK_NS : 0;
	return forward;
}

/* All that a point can have at once. */
static struct point
any_point(struct xorshift *x)
{
	return (struct point){
		.start = xorshift_below(x, 1000000),
		.ack = xorshift_below(x, 1000000),
		.rtt_ns = (int64_t)(1 + xorshift_below(x, 100000)) * NS_PER_US,
		.frame = 1 + xorshift_below(x, 1000000),
		.flags = xorshift_below(x, 256) & 0xff,
		.side = xorshift_below(x, 2) & 1,
		.is_sack = xorshift_below(x, 4) == 0,
		.cause = xorshift_below(x, 3) & 7,
		.len = xorshift_below(x, 9000),
		.fresh = xorshift_below(x, 9000),
		.judged = (uint32_t)(xorshift_next(x) >> 20),
		.window = xorshift_below(x, 60000),
		.flight = xorshift_below(x, 60000),
		.dups = xorshift_below(x, 4),
	};
}

/* Data one way and ACKs the other, as where the clocks of two taps differ. */
static void
make_plain(struct point *p, uint32_t i)
{
	p->side = i & 1;
	p->is_sack = false;
	p->judged = 0;
	p->start = (int64_t)i * 50;
	p->ack = (int64_t)i * 50;
	p->len = p->fresh = i % 2 == 0 ? 100 : 0;
	p->window = 20000 + i * 37 % 90 * 1000;
}

/* `spans` of four kinds in turn, one after another. */
static void
make_spans(struct span *span, uint32_t spans)
{
	static const enum book books[] = {
		BOOK_ZERO, BOOK_LOSS_TIMEOUT, BOOK_WAIT_OF_1, BOOK_CLOSING,
	};

	for (uint32_t i = 0; i < spans; i++)
		span[i] = (struct span){
			.from_ns = DRAWN_NS / spans * i,
			.to_ns = DRAWN_NS / spans * (i + 1),
			.frame = i + 1,
			.book = books[i % ARRAY_LEN(books)],
		};
}

static void
put_crowd(uint32_t count, enum order order, bool is_plain, uint32_t spans)
{
	static const struct conn drawn = {
		.number = UINT64_MAX - 1, .last_ns = DRAWN_NS,
		.endpoint = { { .pkts = 5 }, { .pkts = 5 } },
	};
	struct xorshift x = { UINT64_C(0x9e3779b97f4a7c15) };
	struct picture picture = {
		.number = drawn.number, .segments = count,
		.point = calloc(count, sizeof(struct point)),
		.count = count, .size = count,
		.span = calloc(spans, sizeof(struct span)),
		.span_count = spans, .span_size = spans,
	};

	ck_assert_ptr_nonnull(picture.point);
	ck_assert_ptr_nonnull(picture.span);
	for (uint32_t i = 0; i < count; i++) {
		picture.point[i] = any_point(&x);
		picture.point[i].time_ns = time_of(&x, order, i, count);
		if (is_plain)
			make_plain(&picture.point[i], i);
	}
	make_spans(picture.span, spans);
	sheet_put(printed_out, &drawn, &picture,
	    &(struct sheet_options){ .id = "s", .is_file = true });
	free(picture.point);
	free(picture.span);
}

START_TEST(a_sheet_is_bounded)
{
	const uint32_t count = crowds[(size_t)_i % CROWDS];
	const enum order order = (enum order)((size_t)_i / CROWDS % ORDERS);
	const bool is_plain = (size_t)_i / CROWDS / ORDERS == 1;

	put_crowd(count, order, is_plain, 4096);
	ck_assert_uint_gt(strlen(printed()), 10000);
	ck_assert_uint_le(strlen(printed()), 150000);
}
END_TEST

/* A sheet that is drawn by wide columns keeps each kind of wait. */
START_TEST(a_coarse_sheet_shows_every_kind_of_wait)
{
	static const char *const classes[] = { "f-w", "f-x", "f-wo", "f-cl" };
	char class[16];

	put_crowd(20000, ORDER_OF_TIME, false, 600);
	ck_assert_ptr_nonnull(strstr(printed(), "columns of several pixels"));
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		(void)snprintf(class, sizeof(class), "\"%s\"", classes[i]);
		ck_assert_ptr_nonnull(strstr(printed(), class));
	}
}
END_TEST

/* ---- timelines ---- */

static struct conn rows[TIMELINE_ROWS];
static const struct conn *row_of[TIMELINE_ROWS];

static void
setup_timeline(void)
{
	setup();
	printed_setup();
	memset(rows, 0, sizeof(rows));
}

static void
teardown_timeline(void)
{
	outbuf_free(printed_out);
	free(printed_bytes);
	printed_bytes = NULL;
	printed_len = 0;
	teardown();
}

/* A wait that ends with a segment, which is a retransmission. */
static void
wait_and_retransmit(enum book book, int64_t from_ns, int64_t to_ns)
{
	collector_booking(collector, &(struct booking){
	    .conn = &conn, .book = book, .from_ns = from_ns, .to_ns = to_ns,
	    .frame = (seg.frame + 1) & FRAME_MASK,
	});
	judged.bits = UINT32_C(1) << JUDGED_RETRANSMISSION;
	send_data(to_ns, 1);
}

/* With IPv6 addresses that have nothing to leave out, and large numbers. */
static void
begin_row(size_t i)
{
	memset(&conn, 0, sizeof(conn));
	conn.number = UINT64_C(1000000000) + i;
	conn.first_frame = (seg.frame + 1) & FRAME_MASK;
	conn.last_ns = DRAWN_NS;
	conn.key.ip_version = 6;
	memset(conn.key.addr, 0xab, sizeof(conn.key.addr));
	conn.key.addr[0][15] = i & 0xff;
	conn.key.port[0] = conn.key.port[1] = 65535;
	conn.endpoint[0].pkts = conn.endpoint[1].pkts = 1000000000;
	conn.endpoint[0].bytes = UINT64_C(999900000000);
}

/* A row of many waits of all kinds, of which no two are of the same length. */
static void
fill_row(size_t i, unsigned waits, struct xorshift *x)
{
	const int64_t step = DRAWN_NS / waits;
	int64_t at = 0;

	begin_row(i);
	for (unsigned k = 0; k < waits; k++) {
		const int64_t to = k * step + xorshift_below(x, 900) * NS_PER_US;

		wait_and_retransmit(k % 2 == 0 ? BOOK_PATH :
		    (enum book)xorshift_below(x, BOOK_COUNT), at, to);
		at = to;
	}
	rows[i] = conn;
	row_of[i] = &rows[i];
}

static const struct {
	size_t rows;
	unsigned waits;
	uint8_t low_byte;	/* that originators' addresses have in common */
} timelines[] = {
	{ 40, 80, 0xff }, { 40, 1000, 0xff }, { 41, 1000, 0xff },
	{ TIMELINE_ROWS, 60, 0xff }, { TIMELINE_ROWS, 500, 0xff },
	{ TIMELINE_ROWS, 500, 0 },
};

static void
put_timeline(size_t count)
{
	timeline_put(printed_out, &(struct timeline){
	    .id = "tl", .conn = row_of, .count = count,
	    .collector = collector, .last_ns = DRAWN_NS,
	    .left_out = UINT64_C(1000000000), .is_file = true,
	});
}

START_TEST(a_timeline_is_bounded)
{
	struct xorshift x = { UINT64_C(0x9e3779b97f4a7c15) };

	for (size_t i = 0; i < timelines[_i].rows; i++) {
		fill_row(i, timelines[_i].waits, &x);
		rows[i].key.addr[0][15] &= timelines[_i].low_byte;
	}
	put_timeline(timelines[_i].rows);
	ck_assert_uint_gt(strlen(printed()), 50000);
	ck_assert_uint_le(strlen(printed()), 100000);
}
END_TEST

/* Losses take 40 % of the time, and each is longer than any other wait. */
START_TEST(a_coarse_bar_shows_what_took_most_of_its_time)
{
	const int64_t part = DRAWN_NS / 1500;

	for (size_t i = 0; i < TIMELINE_ROWS; i++) {
		begin_row(i);
		for (int64_t at = 0; at < 1500 * part; at += 10 * part) {
			wait_and_retransmit(BOOK_PATH, at, at + 3 * part);
			wait_and_retransmit(BOOK_LOSS_TIMEOUT, at + 3 * part,
			    at + 7 * part);
			wait_and_retransmit(BOOK_BOTTLENECK, at + 7 * part,
			    at + 10 * part);
		}
		rows[i] = conn;
		row_of[i] = &rows[i];
	}
	put_timeline(TIMELINE_ROWS);
	ck_assert_ptr_nonnull(strstr(printed(),
	    "<path d=\"\" class=\"f-x\""));
}
END_TEST

START_TEST(text_from_outside_is_escaped_and_cut)
{
	char name[MARKUP_TEXT_MAX + 50];

	markup_text(printed_out, "<a href=\"x\">'&\x01");
	ck_assert_str_eq(printed(),
	    "&lt;a href=&quot;x&quot;&gt;&#39;&amp;\\x01");
	printed_forget();
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	markup_text(printed_out, name);
	ck_assert_uint_eq(strlen(printed()), MARKUP_TEXT_MAX + 3);
}
END_TEST

/* ---- colours ---- */

#define KINDS_OF_SIGHT	4

/* Linear light of each channel of 0xrrggbb. */
static void
to_linear(uint32_t colour, double rgb[3])
{
	for (int i = 0; i < 3; i++) {
		const double c = (colour >> (16 - 8 * i) & 255) / 255.0;

		rgb[i] = c <= 0.04045 ? c / 12.92 :
		    pow((c + 0.055) / 1.055, 2.4);
	}
}

/* Machado, Oliveira, Fernandes 2009, severity 1: normal, prot, deut, trit. */
static const double sight[KINDS_OF_SIGHT][3][3] = {
	{ { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } },
	{ { 0.152286, 1.052583, -0.204868 }, { 0.114503, 0.786281, 0.099216 },
	  { -0.003882, -0.048116, 1.051998 } },
	{ { 0.367322, 0.860646, -0.227968 }, { 0.280085, 0.672501, 0.047413 },
	  { -0.011820, 0.042940, 0.968881 } },
	{ { 1.255528, -0.076749, -0.178779 },
	  { -0.078411, 0.930809, 0.147602 },
	  { 0.004733, 0.691367, 0.303900 } },
};

static double
lab_part(double t)
{
	return t > 0.008856 ? cbrt(t) : 7.787 * t + 16.0 / 116;
}

static void
to_lab(uint32_t colour, int kind, double lab[3])
{
	static const double xyz[3][3] = {
		{ 0.4124, 0.3576, 0.1805 }, { 0.2126, 0.7152, 0.0722 },
		{ 0.0193, 0.1192, 0.9505 },
	};
	static const double white[3] = { 0.9505, 1, 1.089 };
	double rgb[3], seen[3] = { 0, 0, 0 }, f[3];

	to_linear(colour, rgb);
	for (int i = 0; i < 3; i++) {
		for (int k = 0; k < 3; k++)
			seen[i] += sight[kind][i][k] * rgb[k];
		seen[i] = seen[i] < 0 ? 0 : seen[i] > 1 ? 1 : seen[i];
	}
	for (int i = 0; i < 3; i++) {
		double sum = 0;

		for (int k = 0; k < 3; k++)
			sum += xyz[i][k] * seen[k];
		f[i] = lab_part(sum / white[i]);
	}
	lab[0] = 116 * f[1] - 16;
	lab[1] = 500 * (f[0] - f[1]);
	lab[2] = 200 * (f[1] - f[2]);
}

static double
difference(uint32_t a, uint32_t b, int kind)
{
	double la[3], lb[3], sum = 0;

	to_lab(a, kind, la);
	to_lab(b, kind, lb);
	for (int i = 0; i < 3; i++)
		sum += (la[i] - lb[i]) * (la[i] - lb[i]);
	return sqrt(sum);
}

static double
luminance(uint32_t colour)
{
	double rgb[3];

	to_linear(colour, rgb);
	return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
}

static double
contrast(uint32_t a, uint32_t b)
{
	const double la = luminance(a) + 0.05, lb = luminance(b) + 0.05;

	return la > lb ? la / lb : lb / la;
}

START_TEST(colours_differ_to_every_kind_of_sight)
{
	for (enum paint a = PAINT_ORIG; a <= PAINT_SACK; a++)
		for (enum paint b = PAINT_ORIG; b < a; b++) {
			ck_assert_double_ge(difference(paint_light(a),
			    paint_light(b), _i), 28);
			ck_assert_double_ge(difference(paint_dark(a),
			    paint_dark(b), _i), 32.9);
		}
}
END_TEST

START_TEST(colours_stand_out_from_the_paper)
{
	for (enum paint a = PAINT_ORIG; a <= PAINT_TEXT_SACK; a++) {
		const double least = a >= PAINT_TEXT_ORIG ? 4.5 : 3.2;

		ck_assert_double_ge(contrast(paint_light(a),
		    paint_light(PAINT_PAPER)), least);
		ck_assert_double_ge(contrast(paint_dark(a),
		    paint_dark(PAINT_PAPER)), least);
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("pictures");
	TCase *c = tcase_create("collecting");

	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, setup, teardown);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, a_segment_is_a_point);
	tcase_add_test(c, a_retransmission_is_trouble_and_nothing_new);
	tcase_add_test(c, a_dropped_picture_does_not_begin_in_the_middle);
	tcase_add_test(c, a_large_picture_is_thinned);
	tcase_add_test(c, a_clock_that_goes_back_does_not_prevent_thinning);
	tcase_add_test(c, many_connections_share_one_bound);
	tcase_add_test(c, neighbours_of_one_cause_are_one_span);
	tcase_add_test(c, spans_are_bounded);
	tcase_add_loop_test(c, a_long_ladder_has_its_ends, 0, 4);

	c = tcase_create("scales");
	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, setup_axis, NULL);
	tcase_add_test(c, instants_outside_an_axis_are_at_its_ends);
	tcase_add_test(c, a_long_silence_is_cut_and_a_short_one_is_not);
	tcase_add_test(c, something_remains);
	tcase_add_test(c, silences_that_overlap_are_cut_once);
	tcase_add_test(c, x_never_goes_back);
	tcase_add_test(c, centuries_do_not_overflow);
	tcase_add_test(c, a_scale_reaches_from_bottom_to_top);
	tcase_add_test(c, steps_are_round);

	c = tcase_create("strokes");
	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, printed_setup, printed_teardown);
	tcase_add_test(c, a_step_line_goes_across_and_down);
	tcase_add_test(c, a_column_shows_its_lowest_and_highest);
	tcase_add_test(c, a_level_that_lasts_is_drawn_once);
	tcase_add_test(c, many_strokes_are_few_per_column);
	tcase_add_test(c, strokes_of_few_points_are_all_drawn);
	tcase_add_test(c, wide_columns_begin_where_the_area_does);
	tcase_add_test(c, a_step_line_is_bounded_whatever_the_clock_does);
	tcase_add_test(c, cells_of_wide_columns_are_few);
	tcase_add_loop_test(c, a_sheet_is_bounded, 0, 2 * CROWDS * ORDERS);
	tcase_add_test(c, a_coarse_sheet_shows_every_kind_of_wait);
	tcase_add_test(c, text_from_outside_is_escaped_and_cut);

	c = tcase_create("timelines");
	suite_add_tcase(s, c);
	tcase_add_checked_fixture(c, setup_timeline, teardown_timeline);
	tcase_add_loop_test(c, a_timeline_is_bounded, 0,
	    sizeof(timelines) / sizeof(timelines[0]));
	tcase_add_test(c, a_coarse_bar_shows_what_took_most_of_its_time);

	c = tcase_create("colours");
	suite_add_tcase(s, c);
	tcase_add_loop_test(c, colours_differ_to_every_kind_of_sight, 0,
	    KINDS_OF_SIGHT);
	tcase_add_test(c, colours_stand_out_from_the_paper);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
