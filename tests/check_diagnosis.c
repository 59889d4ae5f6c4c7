/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The texts of findings, the model that displays print, and the evidence from
 * other connections.
 */
#include "config.h"

#include <check.h>
#include <string.h>

#include "base/nstime.h"
#include "base/pool.h"
#include "check_main.h"
#include "conns.h"
#include "diagnosis/findings.h"
#include "diagnosis/related.h"
#include "diagnosis/text.h"
#include "views/diagnosis_model.h"

static char text[TEXT_SIZE];

/* ---- texts ---- */

/* Every number unknown, or as large as it can be. */
static struct finding
make_finding(enum finding_id id, bool is_full)
{
	struct finding f = {
		.id = id,
		.sender = SIDE_NOBODY,
		.typical_ns = -1,
		.p95_ns = -1,
		.longest_ns = -1,
		.rtt_ns = -1,
		.delay_ns = -1,
		.what = "window-scale",
	};

	if (!is_full)
		return f;
	f.cost_ns = f.typical_ns = f.longest_ns = INT64_MAX;
	f.rtt_ns = f.delay_ns = INT64_MAX;
	f.count = f.bytes = f.window = f.rate = f.missing = INT64_MAX;
	f.upstream = f.downstream = f.unseen = UINT32_MAX;
	f.ttl = f.usual_ttl = UINT8_MAX;
	f.is_timer = f.has_icmp = f.has_reset = true;
	return f;
}

START_TEST(texts_have_no_marks_and_fit)
{
	for (unsigned id = 0; id < FINDING_COUNT; id++)
		for (unsigned full = 0; full < 2; full++) {
			const struct finding f = make_finding(
			    (enum finding_id)id, full == 1);
			const size_t len = text_finding(text, &f);

			ck_assert_uint_gt(len, 0);
			ck_assert_uint_lt(len, TEXT_SIZE - 1);
			ck_assert_uint_eq(len, strlen(text));
			ck_assert_msg(strpbrk(text, "{}[]") == NULL,
			    "%s", text);
			ck_assert_ptr_null(strstr(text, "  "));
		}
}
END_TEST

/* {NAME} is a number or a remark, or the text lacks what it promises. */
START_TEST(names_in_templates_are_known)
{
	for (unsigned id = 0; id < FINDING_COUNT; id++) {
		const char *template = finding_template((enum finding_id)id);
		const struct finding none = make_finding(
		    (enum finding_id)id, false);
		struct finding full = make_finding((enum finding_id)id, true);

		if (strchr(template, '{') == NULL)
			continue;
		full.cost_ns = NS_PER_SEC;
		(void)text_finding(text, &none);
		ck_assert_str_ne(text, template);
		(void)text_finding(text, &full);
		ck_assert_str_ne(text, template);
	}
}
END_TEST

/* The text for a number of things. */
static void
text_of_count(char buf[TEXT_SIZE], enum finding_id id, uint64_t count)
{
	struct finding f = make_finding(id, false);

	f.count = count;
	f.downstream = (uint32_t)count;
	f.bytes = 2448;
	f.cost_ns = f.delay_ns = 3 * NS_PER_SEC;
	f.typical_ns = f.longest_ns = 3 * NS_PER_SEC;
	(void)text_finding(buf, &f);
}

/* "2 losses" follows "1 losses" nowhere: the noun changes with its number. */
START_TEST(nouns_follow_their_numbers)
{
	char one[TEXT_SIZE], two[TEXT_SIZE];

	for (enum finding_id id = 0; id < FINDING_COUNT; id++) {
		const char *template = finding_template(id);

		text_of_count(one, id, 1);
		text_of_count(two, id, 2);
		ck_assert_msg(strstr(one, " times") == NULL, "%s", one);
		/* "copies left out: 1" */
		if (strstr(template, "{count} ") == NULL)
			continue;
		for (char *at = strchr(one, '1'); at != NULL;
		    at = strchr(at + 1, '1'))
			*at = '2';
		ck_assert_msg(strcmp(one, two) != 0, "%s", two);
	}
}
END_TEST

START_TEST(one_of_a_thing_is_in_the_singular)
{
	struct finding f = make_finding(FINDING_TAIL_LOSS, false);

	f.count = 1;
	f.cost_ns = 3 * NS_PER_SEC;
	f.longest_ns = 3 * NS_PER_SEC;
	(void)text_finding(text, &f);
	ck_assert_str_eq(text,
	    "the end of a message was lost once: waiting for the "
	    "retransmission timer took 3.00 s");
	f.count = 2;
	f.upstream = 4;
	(void)text_finding(text, &f);
	ck_assert_str_eq(text, "the end of a message was lost twice: waiting "
	    "for the retransmission timer took 3.00 s, 3.00 s at most: 4 "
	    "segments lost upstream of the capture point");
}
END_TEST

START_TEST(losses_in_a_row_are_a_burst)
{
	struct finding f = make_finding(FINDING_LOSS_LIMITED, false);

	f.cost_ns = NS_PER_SEC;
	f.upstream = 10;
	f.in_a_row = 10;
	(void)text_finding(text, &f);
	ck_assert_str_eq(text, "losses kept the congestion window small for "
	    "1.00 s: 10 segments lost upstream of the capture point, up to "
	    "10 in a row");
	f.in_a_row = 2;
	f.resent = 143;
	(void)text_finding(text, &f);
	ck_assert_str_eq(text, "losses kept the congestion window small for "
	    "1.00 s: 10 segments lost upstream of the capture point, one or two "
	    "at a time; 1.43 % of the bytes were retransmissions");
	f.in_a_row = 1;
	f.resent = 0;
	f.rate = 250000;
	(void)text_finding(text, &f);
	ck_assert_str_eq(text, "losses kept the congestion window small for "
	    "1.00 s, and allow about 2.00 Mbit/s: 10 segments lost upstream of "
	    "the capture point, one at a time");
	f.rate = 0;
	f.sender = SIDE_SERVER;
	f.downstream = 1;
	(void)text_finding(text, &f);
	ck_assert_str_eq(text, "losses kept the congestion window small for "
	    "1.00 s: 10 segments lost upstream of the capture point (server's "
	    "side), 1 segment lost downstream of the capture point (client's "
	    "side), one at a time");
	f.sender = SIDE_NOBODY;
	f.downstream = 0;
	f.upstream = 2;
	(void)text_finding(text, &f);
	ck_assert_str_eq(text, "losses kept the congestion window small for "
	    "1.00 s: 2 segments lost upstream of the capture point");
}
END_TEST

START_TEST(a_black_hole_names_what_is_known_of_it)
{
	struct finding f = make_finding(FINDING_MTU_BLACK_HOLE, false);

	f.cost_ns = 4 * NS_PER_SEC;
	f.count = 3;
	f.bytes = 1448;
	(void)text_finding(text, &f);
	ck_assert_str_eq(text, "segments of 1.45 kB were retransmitted 3 "
	    "times, and no large one ever arrived: 4.00 s");
	f.count = f.bytes = 0;
	f.missing = 5000;
	(void)text_finding(text, &f);
	ck_assert_str_eq(text,
	    "5.00 kB never reached the capture point, and no large "
	    "segment did: 4.00 s");
}
END_TEST

START_TEST(a_lost_handshake_says_where_the_loss_can_be)
{
	static const char blind[] = "a full accept queue of the server would "
	    "look the same";
	static const char passed[] = "the loss was on the client's side";
	struct finding f = make_finding(FINDING_SYN_LOST, false);

	f.is_blind = true;
	(void)text_finding(text, &f);
	ck_assert_ptr_nonnull(strstr(text, blind));
	ck_assert_ptr_null(strstr(text, passed));
	f.is_blind = false;
	f.has_passed = true;
	(void)text_finding(text, &f);
	ck_assert_ptr_null(strstr(text, blind));
	ck_assert_ptr_nonnull(strstr(text, passed));
}
END_TEST

/* What the manual and the displays print of each finding. */
START_TEST(each_finding_is_described)
{
	for (unsigned id = 0; id < FINDING_COUNT; id++) {
		const enum finding_id f = (enum finding_id)id;
		const char *meaning = finding_meaning(f);
		const char *advice = finding_advice(f);

		ck_assert_uint_gt(strlen(finding_evidence(f)), 0);
		ck_assert_int_eq(meaning[strlen(meaning) - 1], '.');
		ck_assert_int_eq(advice[strlen(advice) - 1], '.');
		for (unsigned other = 0; other < id; other++)
			ck_assert_str_ne(finding_name(f), finding_name(
			    (enum finding_id)other));
	}
}
END_TEST

/* ---- the model ---- */

START_TEST(a_connection_without_a_ledger_is_not_judged)
{
	static struct diagnosis_model model;

	conns_setup(1);
	diagnosis_describe(&model, &conns[0]);
	ck_assert(!model.has_ledger);
	ck_assert_int_eq(model.tone, DIAGNOSIS_OPEN);
	ck_assert_uint_eq(model.line_count, 1);
	ck_assert_str_eq(model.line[0].text,
	    "Nothing is known: the connection was not analysed.");
}
END_TEST

/* Two endpoints that have sent nothing but SYN, SYN-ACK and ACK. */
static struct conn *
set_up_handshake(void)
{
	struct conn *conn;

	conns_setup(1);
	conn = &conns[0];
	conn->analysis = &analyses[0];
	conn->analysis->stats = endpoint_stats[0];
	conn->analysis->is_followed = true;
	conn->analysis->notes.is_shaken = true;
	conn->handshake_done = true;
	for (unsigned side = 0; side < 2; side++) {
		struct endpoint *e = &conn->endpoint[side];

		conn->lifecycle[side].syn_count = 1;
		e->has_options = e->has_mss = e->sent_non_syn = true;
		e->pkts = 3;
		e->ttl = 60;
		e->mss = 1460;
	}
	conn->endpoint[1].sent_synack = true;
	return conn;
}

START_TEST(a_healthy_connection_says_what_was_checked)
{
	static struct diagnosis_model model;
	struct conn *conn = set_up_handshake();

	diagnosis_describe(&model, conn);
	ck_assert(model.has_ledger);
	ck_assert_int_eq(model.tone, DIAGNOSIS_GOOD);
	ck_assert_ptr_nonnull(strstr(model.line[0].text,
	    "No problem found, but no data was sent. Checked: handshake,"));
	conn->endpoint[0].sent_data = true;
	diagnosis_describe(&model, conn);
	ck_assert_ptr_nonnull(strstr(model.line[0].text,
	    "No problem found. Checked: handshake, answers"));
}
END_TEST

/* A listener whose queue is full holds up all its clients. */
START_TEST(a_handshake_is_a_wait_that_others_may_share)
{
	struct conn *conn = set_up_handshake();
	struct diagnosed diagnosed;

	conn->first_ns = 5 * NS_PER_SEC;
	conn->last_ns = 9 * NS_PER_SEC;
	conn->lifecycle[conn->orig].syn_count = 3;
	conn->analysis->notes.is_unanswered = true;
	conn->analysis->notes.handshake_ns = 3 * NS_PER_SEC;
	conn->analysis->notes.retry_ns = 3 * NS_PER_SEC;
	ck_assert(diagnose(conn, &diagnosed));
	ck_assert_uint_eq(diagnosed.count, 1);
	ck_assert_int_eq(diagnosed.finding[0].id, FINDING_SYN_LOST);
	ck_assert(diagnosed.finding[0].is_blind);
	ck_assert(!diagnosed.finding[0].has_passed);
	ck_assert_int_eq(diagnosed.finding[0].wait_ns, 3 * NS_PER_SEC);
	ck_assert_int_eq(diagnosed.finding[0].end_ns, 8 * NS_PER_SEC);
}
END_TEST

START_TEST(a_note_of_related_connections_is_a_line)
{
	static struct diagnosis_model model;
	struct conn *conn = set_up_handshake();

	conn->endpoint[1].mss = 1200;
	conn->related = 1U << RELATION_CLAMPED_1;
	diagnosis_describe(&model, conn);
	ck_assert_int_eq(model.tone, DIAGNOSIS_GOOD);
	ck_assert_int_eq(model.line[1].kind, DIAGNOSIS_NOTE);
	ck_assert_str_eq(model.line[1].text, "mss-clamped: the host's MSS "
	    "is 1.20 kB here and another one in other connections");
}
END_TEST

/* ---- related connections ---- */

START_TEST(a_connection_alone_is_related_to_none)
{
	struct conn *conn = set_up_handshake();

	conn->related = (1U << (RELATION_CLAMPED_1 + 1)) - 1;
	conn->usual_ttl = 1;
	ck_assert(related_mark_all(NULL, conn));
	ck_assert_uint_eq(conn->related, 0);
	ck_assert_uint_eq(conn->usual_ttl, 0);
	ck_assert_uint_eq(mem_outstanding(), 0);
}
END_TEST

START_TEST(what_was_reported_counts_and_is_not_marked_again)
{
	struct related *related = related_new();
	struct conn *conn = set_up_handshake();
	struct conn reported;

	ck_assert_ptr_nonnull(related);
	related_report(related, conn);
	reported = *conn;
	conn->endpoint[1].mss = 1200;
	conn->retired = 1;
	ck_assert(related_mark_all(related, conn));
	ck_assert_uint_eq(conn->related, reported.related);
	conn->retired = 0;
	ck_assert(related_mark_all(related, conn));
	ck_assert(conn_is_related(conn, RELATION_CLAMPED_1));
	ck_assert(!conn_is_related(conn, RELATION_CLAMPED_0));
	related_free(related);
	ck_assert_uint_eq(mem_outstanding(), 0);
}
END_TEST

/* Many other hosts take the entries: less is known, and nothing is wrong. */
START_TEST(evicted_hosts_prove_nothing)
{
	struct related *related = related_new();
	struct conn *conn = set_up_handshake();
	const struct conn first = *conn;

	ck_assert_ptr_nonnull(related);
	related_report(related, conn);
	for (unsigned i = 0; i < 4 * RELATED_ENTRIES; i++) {
		conn->key.addr[1][1] = (uint8_t)(1 + (i >> 16));
		conn->key.addr[1][2] = (uint8_t)(i >> 8);
		conn->key.addr[1][3] = (uint8_t)i;
		related_report(related, conn);
		ck_assert_uint_eq(conn->related, 0);
	}
	*conn = first;
	conn->endpoint[1].mss = 1200;
	ck_assert(related_mark_all(related, conn));
	ck_assert_uint_eq(conn->related, 0);
	related_free(related);
}
END_TEST

START_TEST(without_memory_nothing_is_marked)
{
	struct conn *conn = set_up_handshake();

	mem_fail_after(1);
	ck_assert(!related_mark_all(NULL, conn));
	ck_assert_ptr_null(related_new());
	mem_fail_after(0);
	related_free(NULL);
}
END_TEST

static Suite *
diagnosis_suite(void)
{
	Suite *suite = suite_create("diagnosis");
	TCase *tc = tcase_create("diagnosis");

	tcase_add_test(tc, texts_have_no_marks_and_fit);
	tcase_add_test(tc, names_in_templates_are_known);
	tcase_add_test(tc, nouns_follow_their_numbers);
	tcase_add_test(tc, one_of_a_thing_is_in_the_singular);
	tcase_add_test(tc, losses_in_a_row_are_a_burst);
	tcase_add_test(tc, a_black_hole_names_what_is_known_of_it);
	tcase_add_test(tc, a_lost_handshake_says_where_the_loss_can_be);
	tcase_add_test(tc, each_finding_is_described);
	tcase_add_test(tc, a_connection_without_a_ledger_is_not_judged);
	tcase_add_test(tc, a_healthy_connection_says_what_was_checked);
	tcase_add_test(tc, a_handshake_is_a_wait_that_others_may_share);
	tcase_add_test(tc, a_note_of_related_connections_is_a_line);
	tcase_add_test(tc, a_connection_alone_is_related_to_none);
	tcase_add_test(tc, what_was_reported_counts_and_is_not_marked_again);
	tcase_add_test(tc, evicted_hosts_prove_nothing);
	tcase_add_test(tc, without_memory_nothing_is_marked);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return check_main(diagnosis_suite());
}
