/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pictures: what is collected of a connection, and that it stays bounded.
 */
#include "config.h"

#include <check.h>
#include <string.h>

#include "base/nstime.h"
#include "base/pool.h"
#include "check_main.h"
#include "decode/segment.h"
#include "diagnosis/diagnosis.h"
#include "flow/conn.h"
#include "pictures/collect.h"
#include "tcp/judgement.h"

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
		conn.first_frame = seg.frame + 1;
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
	return s;
}

int
main(void)
{
	return check_main(suite());
}
