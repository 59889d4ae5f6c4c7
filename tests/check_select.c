/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <check.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/pool.h"
#include "check_main.h"
#include "conns.h"
#include "records/record.h"
#include "records/select.h"
#include "records/select_options.h"
#include "records/select_walk.h"

static struct select_rules rules;

static void
setup(void)
{
	conns_setup(6);
	rules = (struct select_rules){ .ranges = NULL };
}

static void
teardown(void)
{
	select_fini(&rules);
	ck_assert_uint_eq(mem_outstanding(), 0);
}

/* Numbers of the connections selected, as "1 2 3 ". */
static const char *
selected(void)
{
	static char text[256];
	struct select_walk walk;
	const struct conn *conn;
	size_t len = 0;

	text[0] = '\0';
	ck_assert_int_eq(select_walk_begin(&walk, &rules, conns), 0);
	while ((conn = select_walk_next(&walk)) != NULL)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%u ", (unsigned)conn->number);
	ck_assert_ptr_null(select_walk_next(&walk));
	select_walk_end(&walk);
	ck_assert_ptr_null(select_walk_next(&walk));
	return text;
}

#define assert_selected(text)	ck_assert_str_eq(selected(), text)

START_TEST(without_rules_everything_is_selected)
{
	struct select_walk walk;
	unsigned count = 0;

	assert_selected("1 2 3 4 5 6 ");
	ck_assert_int_eq(select_walk_begin(&walk, NULL, conns), 0);
	while (select_walk_next(&walk) != NULL)
		count++;
	select_walk_end(&walk);
	ck_assert_uint_eq(count, 6);
	ck_assert_int_eq(select_walk_begin(&walk, &rules, NULL), 0);
	ck_assert_ptr_null(select_walk_next(&walk));
	select_walk_end(&walk);
}
END_TEST

static const struct {
	const char *text;
	const char *numbers;	/* NULL: refused */
} lists[] = {
	{ "1", "1 " },
	{ "2-4", "2 3 4 " },
	{ "1,3-4,6", "1 3 4 6 " },
	{ "5-", "5 6 " },
	{ "6,1", "1 6 " },
	{ "2-3,3-4", "2 3 4 " },
	{ "4-4", "4 " },
	{ "7", "" },
	{ "1-18446744073709551615", "1 2 3 4 5 6 " },
	{ "", NULL },
	{ "0", NULL },
	{ "0-3", NULL },
	{ "4-2", NULL },
	{ "-3", NULL },
	{ "x", NULL },
	{ "1,", NULL },
	{ ",1", NULL },
	{ "1,,2", NULL },
	{ "1-2-3", NULL },
	{ "1 2", NULL },
	{ " 1", NULL },
	{ "+1", NULL },
	{ "1-x", NULL },
	{ "18446744073709551616", NULL },
	{ "1,2,x", NULL }
};

START_TEST(numbers_and_ranges_are_selected)
{
	const char *wrong = select_parse_conn(&rules, lists[_i].text);

	if (lists[_i].numbers != NULL) {
		ck_assert_ptr_null(wrong);
		assert_selected(lists[_i].numbers);
	} else {
		ck_assert_ptr_nonnull(wrong);
		ck_assert_uint_eq(rules.range_count, 0);
		assert_selected("1 2 3 4 5 6 ");
	}
}
END_TEST

START_TEST(a_second_list_adds_to_the_first)
{
	ck_assert_ptr_null(select_parse_conn(&rules, "1"));
	ck_assert_ptr_null(select_parse_conn(&rules, "3-4"));
	assert_selected("1 3 4 ");
	ck_assert_ptr_nonnull(select_parse_conn(&rules, "5,x"));
	assert_selected("1 3 4 ");
	mem_fail_after(1);
	ck_assert_str_eq(select_parse_conn(&rules, "6"),
	    err_sentence(ERR_NOMEM));
	mem_fail_after(0);
	assert_selected("1 3 4 ");
}
END_TEST

START_TEST(classes_are_selected)
{
	conns_count(0, "ShAFf");	/* complete */
	conns_count(1, "ShAFr");	/* complete, reset */
	conns_count(2, "Sr");		/* reset, open */
	conns_count(3, "DaFf");		/* midstream, of no other class */
	conns[3].is_midstream = true;
	conns_count(4, "Da");		/* midstream, open */
	conns[4].is_midstream = true;
	conns_count(5, "ShA");		/* open */
	ck_assert_ptr_null(select_parse_only(&rules, "complete"));
	assert_selected("1 2 ");
	ck_assert_ptr_null(select_parse_only(&rules, "midstream"));
	assert_selected("1 2 4 5 ");
	rules.only = 0;
	ck_assert_ptr_null(select_parse_only(&rules, "reset"));
	assert_selected("2 3 ");
	rules.only = 0;
	ck_assert_ptr_null(select_parse_only(&rules, "open"));
	assert_selected("3 5 6 ");
	rules.only = 0;
	ck_assert_ptr_null(select_parse_only(&rules, "reset,midstream"));
	assert_selected("2 3 4 5 ");
	ck_assert_ptr_null(select_parse_conn(&rules, "3-"));
	assert_selected("3 4 5 ");
}
END_TEST

START_TEST(other_classes_are_refused)
{
	static const char *const texts[] = {
		"", "Complete", "complet", "completed", "reset,", ",reset",
		"reset,,open", "reset open", "closed"
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		ck_assert_ptr_nonnull(select_parse_only(&rules, texts[i]));
	ck_assert_uint_eq(rules.only, 0);
}
END_TEST

START_TEST(a_limit_counts_what_is_shown)
{
	ck_assert_ptr_null(select_parse_limit(&rules, "2"));
	assert_selected("1 2 ");
	ck_assert_ptr_null(select_parse_conn(&rules, "4-"));
	assert_selected("4 5 ");
	ck_assert_ptr_null(select_parse_limit(&rules, "0"));
	assert_selected("");
	ck_assert_ptr_null(select_parse_limit(&rules, "1000"));
	assert_selected("4 5 6 ");
	ck_assert_ptr_nonnull(select_parse_limit(&rules, ""));
	ck_assert_ptr_nonnull(select_parse_limit(&rules, "-1"));
	ck_assert_ptr_nonnull(select_parse_limit(&rules, "2k"));
	assert_selected("4 5 6 ");
}
END_TEST

START_TEST(amounts_come_largest_first_and_equals_by_number)
{
	static const uint64_t bytes[] = { 5, 900, 5, 0, 1000000, 900 };

	for (unsigned i = 0; i < 6; i++)
		conns[i].endpoint[0].bytes = bytes[i];
	ck_assert_ptr_null(select_parse_sort(&rules, "orig_bytes"));
	assert_selected("5 2 6 1 3 4 ");
	ck_assert_ptr_null(select_parse_sort(&rules, "-orig_bytes"));
	assert_selected("4 1 3 2 6 5 ");
	ck_assert_ptr_null(select_parse_limit(&rules, "2"));
	ck_assert_ptr_null(select_parse_sort(&rules, "orig_bytes"));
	assert_selected("5 2 ");
	ck_assert_ptr_null(select_parse_conn(&rules, "3-4,6"));
	assert_selected("6 3 ");
}
END_TEST

START_TEST(places_come_smallest_first)
{
	conns[2].first_ns = -5;
	conns[4].first_ns = 0;
	ck_assert_ptr_null(select_parse_sort(&rules, "ts"));
	assert_selected("3 5 1 2 4 6 ");
	ck_assert_ptr_null(select_parse_sort(&rules, "conn"));
	assert_selected("1 2 3 4 5 6 ");
	ck_assert_ptr_null(select_parse_sort(&rules, "-conn"));
	assert_selected("6 5 4 3 2 1 ");
	ck_assert_ptr_null(select_parse_sort(&rules, "-orig_p"));
	assert_selected("6 5 4 3 2 1 ");
}
END_TEST

START_TEST(texts_are_compared_whole)
{
	static const char *const histories[] = {
		"ShADadFfT", "ShADadFf", "ShADadFfR", "", "S", "ShADadFf"
	};

	for (unsigned i = 0; i < 6; i++)
		conns_analyse(i, histories[i]);
	ck_assert_ptr_null(select_parse_sort(&rules, "history"));
	assert_selected("5 2 6 3 1 4 ");
	ck_assert_ptr_null(select_parse_sort(&rules, "-history"));
	assert_selected("1 3 2 6 5 4 ");
}
END_TEST

START_TEST(addresses_are_compared_as_numbers)
{
	/* 10.0.0.1 but 9.0.0.1, 100.0.0.1, and IPv6 that differs late. */
	conns[1].key.addr[0][0] = 9;
	conns[2].key.addr[0][0] = 100;
	for (unsigned i = 3; i < 6; i++) {
		conns[i].key.ip_version = 6;
		conns[i].key.addr[0][0] = 0x20;
		conns[i].key.addr[0][15] = (uint8_t)(9 - i);
	}
	ck_assert_ptr_null(select_parse_sort(&rules, "orig_h"));
	assert_selected("2 1 3 6 5 4 ");
	ck_assert_ptr_null(select_parse_sort(&rules, "-orig_h"));
	assert_selected("4 5 6 3 1 2 ");
}
END_TEST

START_TEST(the_unknown_comes_last)
{
	conns_analyse(1, "S")->rtt_syn = 5;
	conns_analyse(3, "S")->rtt_syn = 9;
	conns_analyse(4, "S");
	ck_assert_ptr_null(select_parse_sort(&rules, "rtt_syn"));
	assert_selected("4 2 1 3 5 6 ");
	ck_assert_ptr_null(select_parse_sort(&rules, "-rtt_syn"));
	assert_selected("2 4 1 3 5 6 ");
}
END_TEST

START_TEST(means_are_compared)
{
	for (unsigned i = 0; i < 3; i++) {
		struct endpoint_stats *side =
		    &conns_analyse(i, "S")->stats[0];

		side->win_count = 10;
		side->win_sum = 100 + i * 100;
		side->rtt = (struct series){ .count = 2,
		    .sum = 20 - (int64_t)i * 4 };
	}
	ck_assert_ptr_null(select_parse_sort(&rules, "orig_win_mean"));
	assert_selected("3 2 1 4 5 6 ");
	ck_assert_ptr_null(select_parse_sort(&rules, "orig_rtt_mean"));
	assert_selected("1 2 3 4 5 6 ");
}
END_TEST

START_TEST(flags_come_first_where_they_are_set)
{
	conns[4].is_midstream = true;
	ck_assert_ptr_null(select_parse_sort(&rules, "midstream"));
	assert_selected("5 1 2 3 4 6 ");
}
END_TEST

START_TEST(both_sides_together_are_sorted_by)
{
	conns[1].endpoint[0].bytes = 60;
	conns[1].endpoint[1].bytes = 60;
	conns[2].endpoint[1].bytes = 100;
	conns[3].endpoint[0].bytes = UINT64_MAX;
	conns[3].endpoint[1].bytes = UINT64_MAX;
	ck_assert_ptr_null(select_parse_sort(&rules, "bytes"));
	assert_selected("4 2 3 1 5 6 ");
	/* Times do not add up: the larger counts; one known is enough. */
	conns_analyse(1, "S")->stats[0].rtt = (struct series){ .count = 1,
	    .max = 60 };
	analyses[1].stats[1].rtt = analyses[1].stats[0].rtt;
	conns_analyse(2, "S")->stats[1].rtt = (struct series){ .count = 1,
	    .max = 100 };
	ck_assert_ptr_null(select_parse_sort(&rules, "rtt_max"));
	assert_selected("3 2 1 4 5 6 ");
	ck_assert_ptr_null(select_parse_sort(&rules, "-bytes"));
	assert_selected("1 5 6 3 2 4 ");
}
END_TEST

START_TEST(other_keys_are_refused)
{
	static const char *const texts[] = {
		"", "-", "--conn", "size", "h", "orig_", "Conn", "conn ",
		("a_key_longer_than_any_that_there_could_ever_be_in_the_records"
		"_of_a_connection")
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		ck_assert_msg(select_parse_sort(&rules, texts[i]) != NULL,
		    "%s", texts[i]);
	ck_assert_ptr_null(rules.sort);
	/* Both addresses together make no order. */
	ck_assert_str_eq(select_parse_sort(&rules, "h"),
	    "needs orig_ or resp_ before it");
}
END_TEST

START_TEST(every_key_can_be_sorted_by)
{
	for (unsigned i = 0; i < 6; i += 2)
		conns_analyse(i, "ShADadFf");
	for (size_t i = 0; i < record_column_count(); i++) {
		ck_assert_ptr_null(select_parse_sort(&rules,
		    record_column(i)->key));
		ck_assert_uint_eq(strlen(selected()), 12);
	}
}
END_TEST

START_TEST(without_memory_the_order_is_by_number)
{
	struct select_walk walk;
	uint64_t number = 0;

	ck_assert_ptr_null(select_parse_sort(&rules, "-conn"));
	mem_fail_after(1);
	ck_assert_int_eq(select_walk_begin(&walk, &rules, conns), -ERR_NOMEM);
	mem_fail_after(0);
	while (select_walk_next(&walk) != NULL)
		number++;
	ck_assert_uint_eq(number, 6);
	select_walk_end(&walk);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("select");
	TCase *tc = tcase_create("select");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, without_rules_everything_is_selected);
	tcase_add_loop_test(tc, numbers_and_ranges_are_selected, 0,
	    (int)ARRAY_LEN(lists));
	tcase_add_test(tc, a_second_list_adds_to_the_first);
	tcase_add_test(tc, classes_are_selected);
	tcase_add_test(tc, other_classes_are_refused);
	tcase_add_test(tc, a_limit_counts_what_is_shown);
	tcase_add_test(tc, amounts_come_largest_first_and_equals_by_number);
	tcase_add_test(tc, places_come_smallest_first);
	tcase_add_test(tc, texts_are_compared_whole);
	tcase_add_test(tc, addresses_are_compared_as_numbers);
	tcase_add_test(tc, the_unknown_comes_last);
	tcase_add_test(tc, means_are_compared);
	tcase_add_test(tc, flags_come_first_where_they_are_set);
	tcase_add_test(tc, both_sides_together_are_sorted_by);
	tcase_add_test(tc, other_keys_are_refused);
	tcase_add_test(tc, every_key_can_be_sorted_by);
	tcase_add_test(tc, without_memory_the_order_is_by_number);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
