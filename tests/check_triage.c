/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/pool.h"
#include "check_main.h"
#include "conns.h"
#include "diagnosis/servers.h"
#include "diagnosis/triage.h"

static struct triage triage;
static struct conn conn;
static struct analysis analysis;
static struct diagnosed diagnosed;
static struct triage_row row[TRIAGE_ROWS];
static struct triage_rest rest;

static void
setup(void)
{
	conns_setup(1);
	conn = conns[0];
	conn.analysis = &analysis;
	memset(&diagnosed, 0, sizeof(diagnosed));
	diagnosed.outcome = OUTCOME_FINDING;
	triage_init(&triage);
}

static void
teardown(void)
{
	triage_fini(&triage);
	ck_assert_uint_eq(mem_outstanding(), 0);
}

/* Another connection to server 10.0.1.SERVER, with one finding. */
static void
add(unsigned server, enum finding_id id, enum finding_side side, int64_t cost)
{
	conn.number++;
	conn.key.addr[1][2] = (uint8_t)(server >> 8);
	conn.key.addr[1][3] = (uint8_t)server;
	diagnosed.count = 1;
	diagnosed.finding[0] = (struct finding){
		.id = id,
		.side = side,
		.confidence = CONFIDENCE_LIKELY,
		.cost_ns = cost,
		.frame = conn.number * 10,
	};
	triage_add(&triage, &conn, &diagnosed);
}

START_TEST(a_row_has_the_sum_and_the_worst_connection)
{
	add(1, FINDING_SERVER_SLOW, SIDE_SERVER, NS_PER_SEC);
	add(1, FINDING_SERVER_SLOW, SIDE_SERVER, 5 * NS_PER_SEC);
	add(1, FINDING_SERVER_SLOW, SIDE_SERVER, 2 * NS_PER_SEC);

	ck_assert_uint_eq(triage_rows(&triage, row, &rest), 1);
	ck_assert_int_eq(row[0].id, FINDING_SERVER_SLOW);
	ck_assert_int_eq(row[0].group, GROUP_SERVER);
	ck_assert_uint_eq(row[0].key.port, 80);
	ck_assert_int_eq(row[0].tally.cost_ns, 8 * NS_PER_SEC);
	ck_assert_uint_eq(row[0].tally.conns, 3);
	ck_assert_uint_eq(row[0].tally.worst_conn, 3);
	ck_assert_uint_eq(row[0].tally.worst.frame, 30);
	ck_assert_uint_eq(rest.rows, 0);
}
END_TEST

START_TEST(a_finding_of_both_endpoints_is_of_one_connection)
{
	conn.number = 7;
	diagnosed.count = 2;
	for (unsigned i = 0; i < 2; i++)
		diagnosed.finding[i] = (struct finding){
			.id = FINDING_LOSS_TIMEOUT,
			.side = SIDE_NETWORK,
			.cost_ns = NS_PER_SEC,
		};
	triage_add(&triage, &conn, &diagnosed);

	ck_assert_uint_eq(triage_rows(&triage, row, &rest), 1);
	ck_assert_uint_eq(row[0].tally.conns, 1);
	ck_assert_int_eq(row[0].tally.cost_ns, 2 * NS_PER_SEC);
}
END_TEST

START_TEST(failures_come_first_then_time_and_connections)
{
	add(1, FINDING_LOSS_FAST, SIDE_NETWORK, 3 * NS_PER_SEC);
	add(1, FINDING_REFUSED, SIDE_SERVER, NS_PER_MS);
	/* 2 s of 4 connections outweigh 3 s of one. */
	for (unsigned i = 0; i < 4; i++)
		add(1, FINDING_SERVER_SLOW, SIDE_SERVER, NS_PER_SEC / 2);

	ck_assert_uint_eq(triage_rows(&triage, row, &rest), 3);
	ck_assert_int_eq(row[0].id, FINDING_REFUSED);
	ck_assert_int_eq(row[1].id, FINDING_SERVER_SLOW);
	ck_assert_int_eq(row[2].id, FINDING_LOSS_FAST);
}
END_TEST

START_TEST(notes_and_findings_of_the_capture_are_no_problems)
{
	add(1, FINDING_REORDERING, SIDE_NETWORK, 0);
	add(1, FINDING_CAPTURE_LOSS, SIDE_CAPTURE, NS_PER_SEC);

	ck_assert_uint_eq(triage_rows(&triage, row, &rest), 0);
	ck_assert_uint_eq(triage_count(&triage, FINDING_CAPTURE_LOSS), 1);
	ck_assert_uint_eq(triage.captures, 1);
	ck_assert_uint_eq(triage.problems, 0);
}
END_TEST

START_TEST(a_note_of_lost_time_has_a_row)
{
	add(1, FINDING_REORDERING, SIDE_NETWORK, 0);
	add(1, FINDING_SPURIOUS, SIDE_NETWORK, NS_PER_SEC);

	ck_assert_uint_eq(triage_rows(&triage, row, &rest), 1);
	ck_assert_int_eq(row[0].id, FINDING_SPURIOUS);
	ck_assert_int_eq(row[0].tally.cost_ns, NS_PER_SEC);
}
END_TEST

START_TEST(a_client_is_named_where_the_cause_is_the_client)
{
	add(1, FINDING_ZERO_WINDOW, SIDE_CLIENT, NS_PER_SEC);

	ck_assert_uint_eq(triage_rows(&triage, row, &rest), 1);
	ck_assert_int_eq(row[0].group, GROUP_CLIENT);
	ck_assert_uint_eq(row[0].key.addr[3], 1);
}
END_TEST

START_TEST(servers_with_much_of_it_have_rows_of_their_own)
{
	add(1, FINDING_SERVER_SLOW, SIDE_SERVER, 40 * NS_PER_SEC);
	add(2, FINDING_SERVER_SLOW, SIDE_SERVER, 45 * NS_PER_SEC);
	add(3, FINDING_SERVER_SLOW, SIDE_SERVER, 7 * NS_PER_SEC);
	conn.key.addr[0][2] = 9;	/* and no client is common to all */
	add(4, FINDING_SERVER_SLOW, SIDE_SERVER, 8 * NS_PER_SEC);
	conn.key.addr[0][2] = 8;
	add(2, FINDING_SERVER_SLOW, SIDE_SERVER, 45 * NS_PER_SEC);

	ck_assert_uint_eq(triage_rows(&triage, row, &rest), 3);
	ck_assert_int_eq(row[0].group, GROUP_SERVER);
	ck_assert_uint_eq(row[0].key.addr[3], 2);
	ck_assert_uint_eq(row[1].key.addr[3], 1);
	ck_assert_int_eq(row[2].group, GROUP_MANY);
	ck_assert_int_eq(row[2].tally.cost_ns, 15 * NS_PER_SEC);
	ck_assert_uint_eq(row[2].tally.conns, 2);
	ck_assert_uint_eq(row[2].tally.worst_conn, 5);
}
END_TEST

/* Another connection to server 10.0.1.1, of which this is the longest wait. */
static void
add_wait(int64_t from, int64_t to)
{
	conn.number++;
	diagnosed.count = 1;
	diagnosed.finding[0] = (struct finding){
		.id = FINDING_SERVER_SLOW,
		.side = SIDE_SERVER,
		.cost_ns = to - from,
		.wait_ns = to - from,
		.end_ns = to,
		.from_frame = (uint64_t)from,
	};
	triage_add(&triage, &conn, &diagnosed);
}

START_TEST(waits_at_once_have_half_of_their_time_in_common)
{
	const struct at_once *at;

	add_wait(1000, 2000);
	add_wait(5000, 6000);
	add_wait(1200, 2100);
	ck_assert_uint_eq(triage_rows(&triage, row, &rest), 1);
	ck_assert_ptr_null(triage_at_once(&row[0]));

	add_wait(1100, 1900);
	add_wait(1000, 5000);	/* too long to be the same */
	add_wait(1700, 2700);	/* too late */
	ck_assert_uint_eq(triage_rows(&triage, row, &rest), 1);
	at = triage_at_once(&row[0]);
	ck_assert_ptr_nonnull(at);
	ck_assert_uint_eq(at->conns, 3);
	ck_assert_int_eq(at->from_ns, 1200);
	ck_assert_int_eq(at->to_ns, 1900);
	ck_assert_uint_eq(at->frame, 1200);
}
END_TEST

START_TEST(covered_findings_have_no_row)
{
	add(1, FINDING_WINDOW_LIMITED, SIDE_CLIENT, NS_PER_SEC);
	diagnosed.finding[0].id = FINDING_WSCALE_STRIPPED;
	diagnosed.finding[0].is_covered = true;
	triage_add(&triage, &conn, &diagnosed);

	ck_assert_uint_eq(triage_rows(&triage, row, &rest), 1);
	ck_assert_int_eq(row[0].id, FINDING_WINDOW_LIMITED);
}
END_TEST

START_TEST(ten_rows_at_most_and_the_rest_in_sum)
{
	unsigned problems = 0;

	for (unsigned id = 0; id < FINDING_COUNT; id++) {
		if (!finding_is_problem((enum finding_id)id))
			continue;
		add(1, (enum finding_id)id, SIDE_NETWORK, NS_PER_SEC);
		problems++;
	}

	ck_assert_uint_eq(triage_rows(&triage, row, &rest), TRIAGE_ROWS);
	ck_assert_uint_eq(rest.rows, problems - TRIAGE_ROWS);
	ck_assert_int_eq(rest.cost_ns, (int64_t)rest.rows * NS_PER_SEC);
}
END_TEST

/* A large one stays, though thousands of small ones come after it. */
START_TEST(counters_are_bounded_and_keep_the_largest)
{
	const struct triage_kind *kind;

	add(0xffff, FINDING_SERVER_SLOW, SIDE_SERVER, 100000 * NS_PER_SEC);
	for (unsigned i = 0; i < 5000; i++)
		add(i, FINDING_SERVER_SLOW, SIDE_SERVER, NS_PER_SEC);

	kind = triage.kind[FINDING_SERVER_SLOW][SIDE_SERVER];
	ck_assert_uint_eq(kind->table[GROUP_SERVER].count, TRIAGE_GROUPS);
	ck_assert_uint_eq(triage_rows(&triage, row, &rest), 1);
	ck_assert_uint_eq(row[0].key.addr[2], 0xff);
	ck_assert_uint_eq(triage.servers.count, SERVERS_MAX);
	ck_assert_uint_eq(triage.servers.evicted, 5001 - SERVERS_MAX);
	ck_assert_uint_eq(triage.servers.other.conns, 5001 - SERVERS_MAX);
}
END_TEST

START_TEST(a_copy_goes_its_own_way)
{
	struct triage copy;

	add(1, FINDING_SERVER_SLOW, SIDE_SERVER, NS_PER_SEC);
	triage_copy(&copy, &triage);
	add(1, FINDING_SERVER_SLOW, SIDE_SERVER, NS_PER_SEC);

	ck_assert_uint_eq(triage_rows(&copy, row, &rest), 1);
	ck_assert_uint_eq(row[0].tally.conns, 1);
	ck_assert_ptr_nonnull(row[0].server);
	ck_assert_uint_eq(row[0].server->conns, 1);
	triage_fini(&copy);
	ck_assert_uint_eq(triage_rows(&triage, row, &rest), 1);
	ck_assert_uint_eq(row[0].tally.conns, 2);
}
END_TEST

START_TEST(without_memory_something_is_missing_and_that_is_known)
{
	for (uint64_t nth = 1; nth < 12; nth++) {
		mem_fail_after(nth);
		add(1, FINDING_SERVER_SLOW, SIDE_SERVER, NS_PER_SEC);
		(void)triage_rows(&triage, row, &rest);
		mem_fail_after(0);
		if (nth == 1)
			ck_assert(triage.is_incomplete);
		triage_fini(&triage);
		triage_init(&triage);
	}
}
END_TEST

/* Used last, a server stays. */
START_TEST(the_least_recently_used_server_is_merged_into_other)
{
	const uint8_t first[16] = { 10, 0, 0, 0 };

	for (unsigned i = 0; i < SERVERS_MAX; i++)
		add(i, FINDING_REORDERING, SIDE_NETWORK, 0);
	add(0, FINDING_REORDERING, SIDE_NETWORK, 0);
	add(SERVERS_MAX, FINDING_REORDERING, SIDE_NETWORK, 0);

	ck_assert_ptr_nonnull(servers_find(&triage.servers, first, 4, 80));
	ck_assert_uint_eq(triage.servers.evicted, 1);
	ck_assert_uint_eq(triage.servers.other.conns, 1);
}
END_TEST

/* An empty distribution has no values of its own. */
START_TEST(distributions_are_merged_into_an_empty_one)
{
	struct spans from = { 0 }, to = { 0 };

	for (unsigned i = 0; i < 10; i++)
		spans_add(&from, 100 * NS_PER_MS, i);
	spans_merge(&to, &from);
	ck_assert_uint_eq(to.count, 10);
	ck_assert_int_eq(spans_quantile(&to, 10), 100 * NS_PER_MS);
	spans_fini(&from);
	spans_fini(&to);
}
END_TEST

static Suite *
triage_suite(void)
{
	Suite *suite = suite_create("triage");
	TCase *tc = tcase_create("triage");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_row_has_the_sum_and_the_worst_connection);
	tcase_add_test(tc, a_finding_of_both_endpoints_is_of_one_connection);
	tcase_add_test(tc, failures_come_first_then_time_and_connections);
	tcase_add_test(tc, notes_and_findings_of_the_capture_are_no_problems);
	tcase_add_test(tc, a_note_of_lost_time_has_a_row);
	tcase_add_test(tc, a_client_is_named_where_the_cause_is_the_client);
	tcase_add_test(tc, servers_with_much_of_it_have_rows_of_their_own);
	tcase_add_test(tc, waits_at_once_have_half_of_their_time_in_common);
	tcase_add_test(tc, covered_findings_have_no_row);
	tcase_add_test(tc, ten_rows_at_most_and_the_rest_in_sum);
	tcase_add_test(tc, counters_are_bounded_and_keep_the_largest);
	tcase_add_test(tc, a_copy_goes_its_own_way);
	tcase_add_test(tc,
	    without_memory_something_is_missing_and_that_is_known);
	tcase_add_test(tc,
	    the_least_recently_used_server_is_merged_into_other);
	tcase_add_test(tc, distributions_are_merged_into_an_empty_one);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return check_main(triage_suite());
}
