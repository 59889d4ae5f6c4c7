/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>
#include <string.h>

#include "base/compiler.h"
#include "base/pool.h"
#include "check_main.h"
#include "leaks.h"
#include "records/record.h"
#include "tcp/inflight.h"
#include "tcp/pack.h"
#include "xorshift.h"

static struct kept_analysis kept, again;
static struct xorshift x = { .state = 7 };

static void
begin(void)
{
	memset(&kept, 0, sizeof(kept));
	kept.analysis.stats = kept.stats;
}

/* The same bytes, at another place. */
static void
comes_back(void)
{
	struct packed *packed = pack_make(&kept);

	ck_assert_ptr_nonnull(packed);
	memset(&again, 0, sizeof(again));
	pack_open(packed, &again, NULL);
	ck_assert_ptr_eq(again.analysis.stats, again.stats);
	again.analysis.stats = kept.analysis.stats;
	ck_assert_mem_eq(&again, &kept, sizeof(kept));
	pack_free(packed);
}

START_TEST(nothing_comes_back_as_nothing)
{
	begin();
	comes_back();
}
END_TEST

START_TEST(every_word_comes_back)
{
	for (size_t i = 0; i < sizeof(kept.stats[0].judged); i++) {
		begin();
		((uint8_t *)kept.stats[_i].judged)[i] = 1;
		comes_back();
	}
	begin();
	kept.analysis.path_mtu = 1400;
	kept.analysis.history[HISTORY_MAX - 1] = 'x';
	kept.analysis.track[_i].state_ns = -1;
	comes_back();
}
END_TEST

START_TEST(whatever_was_found_comes_back)
{
	uint8_t *bytes = (uint8_t *)kept.stats;

	for (unsigned round = 0; round < 1000; round++) {
		begin();
		for (unsigned i = xorshift_below(&x, 400); i > 0; i--)
			bytes[xorshift_below(&x, sizeof(kept.stats))] =
			    (uint8_t)xorshift_next(&x);
		comes_back();
	}
}
END_TEST

/* The first ring of segments in flight is part of the analysis itself. */
START_TEST(what_is_in_flight_comes_back_at_its_place)
{
	const struct inflight sent = {
		.start = 1, .end = 11, .first_ns = 5, .last_ns = 5,
		.frame_low = 3, .open = 1,
	};
	struct endpoint_track *side = &kept.analysis.track[_i];
	struct packed *packed;

	begin();
	inflight_add(side, &sent, NULL);
	packed = pack_make(&kept);
	ck_assert_ptr_nonnull(packed);
	ck_assert(!pack_owns(packed));
	pack_open(packed, &again, NULL);
	side = &again.analysis.track[_i];
	ck_assert_uint_eq(side->inflight_count, 1);
	ck_assert_ptr_eq(side->inflight, side->inflight_few);
	ck_assert_mem_eq(&side->inflight[0], &sent, sizeof(sent));
	pack_free(packed);
}
END_TEST

START_TEST(what_is_dead_is_not_kept)
{
	struct endpoint_track *side = &kept.analysis.track[_i];

	begin();
	side->tsvals[0] = 5;
	side->tsvals_ns[0] = 6;
	side->tsvals_ns[TSVALS_MAX - 1] = 7;
	side->tsvals_count = 1;
	memset(side->inflight_few, 0xa5, sizeof(side->inflight_few));
	comes_back();
	ck_assert_uint_eq(again.analysis.track[_i].tsvals[0], 5);
	ck_assert_int_eq(again.analysis.track[_i].tsvals_ns[0], 6);
	ck_assert_int_eq(again.analysis.track[_i].tsvals_ns[TSVALS_MAX - 1],
	    0);
	ck_assert_int_eq(again.analysis.track[_i].inflight_few[0].start, 0);
}
END_TEST

START_TEST(what_hangs_off_it_is_told)
{
	struct hist *hist = mem_zalloc(sizeof(*hist));
	struct packed *packed;

	begin();
	kept.stats[_i].ts_rtt.hist = hist;
	packed = pack_make(&kept);
	ck_assert_ptr_nonnull(packed);
	ck_assert(pack_owns(packed));
	pack_open(packed, &again, NULL);
	ck_assert_ptr_eq(again.stats[_i].ts_rtt.hist, hist);
	pack_free(packed);
	mem_free(hist);
}
END_TEST

/* Each word may be zero or not, and any word may be an address. */
START_TEST(what_the_follower_keeps_comes_back)
{
	static uint64_t state[FOLLOWED_BYTES / sizeof(uint64_t)];
	const size_t at = xorshift_below(&x, ARRAY_LEN(state));
	struct conn conn = { .is_packed = true };
	struct pack_room room;
	const struct conn *read;

	begin();
	for (size_t i = 0; i < ARRAY_LEN(state); i++)
		state[i] = xorshift_below(&x, 3) * xorshift_next(&x);
	state[at] = (uintptr_t)&kept;
	kept.analysis.is_followed = true;
	kept.analysis.notes.diagnosis = (struct diagnosis *)(void *)state;
	kept.stats[1].timeouts = 5;
	conn.packed = pack_make(&kept);
	ck_assert_ptr_nonnull(conn.packed);
	ck_assert(pack_is_followed(conn.packed));
	ck_assert(pack_owns(conn.packed));
	ck_assert_ptr_eq(pack_followed_address(&conn, at * sizeof(state[0])),
	    &kept);
	read = pack_read_bare(&conn, &room);
	ck_assert_ptr_eq(read->analysis->notes.diagnosis, room.followed);
	ck_assert_mem_eq(room.followed, state, sizeof(state));
	read = pack_read(&conn, &room);
	ck_assert_ptr_eq(read->analysis->notes.diagnosis, room.followed);
	ck_assert_mem_eq(room.followed, state, sizeof(state));
	ck_assert_uint_eq(read->analysis->stats[1].timeouts, 5);
	pack_free(conn.packed);
}
END_TEST

START_TEST(without_memory_it_is_as_it_was)
{
	begin();
	inflight_add(&kept.analysis.track[0], &(struct inflight){ .end = 1 },
	    NULL);
	again = kept;
	mem_fail_after(1);
	ck_assert_ptr_null(pack_make(&kept));
	mem_fail_after(0);
	ck_assert_mem_eq(&kept, &again, sizeof(kept));
}
END_TEST

START_TEST(connections_are_read_packed_or_not)
{
	struct pack_room room;
	struct conn conn = { .number = 3 };
	const struct conn *read;

	begin();
	kept.analysis.unreachable = 4;
	ck_assert_ptr_eq(pack_read(&conn, &room), &conn);
	conn.packed = pack_make(&kept);
	conn.is_packed = true;
	read = pack_read(&conn, &room);
	ck_assert_uint_eq(read->number, 3);
	ck_assert_uint_eq(read->analysis->unreachable, 4);
	ck_assert(!read->is_packed);
	pack_free(conn.packed);
}
END_TEST

START_TEST(an_analysis_is_read_without_its_statistics)
{
	struct pack_room room;
	struct conn conn = { .number = 3 };
	const struct conn *read;

	begin();
	kept.analysis.unreachable = 4;
	kept.analysis.track[1].max_payload = 1448;
	kept.analysis.notes.late_synacks = 2;
	kept.analysis.unreachable_ns = -1;	/* in its last words */
	kept.stats[0].timeouts = 5;
	ck_assert_ptr_eq(pack_read_bare(&conn, &room), &conn);
	conn.packed = pack_make(&kept);
	conn.is_packed = true;
	read = pack_read_bare(&conn, &room);
	ck_assert_uint_eq(read->number, 3);
	ck_assert_uint_eq(read->analysis->unreachable, 4);
	ck_assert_uint_eq(read->analysis->track[1].max_payload, 1448);
	ck_assert_uint_eq(read->analysis->notes.late_synacks, 2);
	ck_assert_int_eq(read->analysis->unreachable_ns, -1);
	ck_assert_ptr_null(read->analysis->stats);
	pack_free(conn.packed);
}
END_TEST

/* More of the stack than was unpacked onto it. */
static void
overwrite_stack(void)
{
	volatile uint8_t bytes[4 * sizeof(struct pack_room)];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = 0xa5;
}

START_TEST(values_outlive_what_was_unpacked_for_them)
{
	struct conn conn = { .key = { .ip_version = 6 } };
	struct value value;

	begin();
	memset(conn.key.addr, 0x20, sizeof(conn.key.addr));
	conn.packed = pack_make(&kept);
	conn.is_packed = true;
	record_get(record_find("orig_h"), &conn, &value);
	overwrite_stack();
	ck_assert_int_eq(value.type, VALUE_ADDR);
	ck_assert_mem_eq(value.u.addr.bytes, conn.key.addr[0],
	    sizeof(conn.key.addr[0]));
	pack_free(conn.packed);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("pack");
	TCase *c = leaks_tcase(s, "pack");

	tcase_add_test(c, nothing_comes_back_as_nothing);
	tcase_add_loop_test(c, every_word_comes_back, 0, 2);
	tcase_add_test(c, whatever_was_found_comes_back);
	tcase_add_loop_test(c, what_is_in_flight_comes_back_at_its_place, 0,
	    2);
	tcase_add_loop_test(c, what_is_dead_is_not_kept, 0, 2);
	tcase_add_loop_test(c, what_hangs_off_it_is_told, 0, 2);
	tcase_add_loop_test(c, what_the_follower_keeps_comes_back, 0, 100);
	tcase_add_test(c, without_memory_it_is_as_it_was);
	tcase_add_test(c, connections_are_read_packed_or_not);
	tcase_add_test(c, an_analysis_is_read_without_its_statistics);
	tcase_add_test(c, values_outlive_what_was_unpacked_for_them);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
