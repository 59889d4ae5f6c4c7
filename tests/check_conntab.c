/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of connections: finds what was put in, keeps the order of first
 * segments, and survives the lack of memory.
 */
#include "config.h"

#include <check.h>
#include <stdint.h>
#include <string.h>

#include "check_main.h"
#include "base/pool.h"
#include "flow/conntab.h"
#include "flow/queues.h"
#include "hold.h"
#include "leaks.h"
#include "xorshift.h"

#define MANY	100000	/* connections: the table grows many times */

static const struct siphash_key secret = { .word = { 3, 4 } };
static struct conntab *tab;

static void
setup(void)
{
	tab = conntab_new(&secret, true);
	ck_assert_ptr_nonnull(tab);
}

static void
teardown(void)
{
	mem_fail_after(0);
	conntab_free(tab);
}

/* The ith of many keys: another address and port each. */
static struct key
key_at(uint32_t i)
{
	return (struct key){
		.addr = { { 10, (uint8_t)(i >> 16), (uint8_t)(i >> 8) },
		    { 192, 0, 2, 1 } },
		.port = { (uint16_t)(1024 + (i & 255)), 80 },
		.ip_version = 4,
	};
}

static struct conn *
add_key(struct conntab *to, const struct key *key)
{
	struct lookup lookup = { .key = *key };

	lookup_begin(&lookup);
	return conntab_add(to, &lookup);
}

static struct conn *
add(uint32_t i)
{
	const struct key key = key_at(i);
	struct conn *conn = add_key(tab, &key);

	HOLD(conn != NULL);
	return conn;
}

static struct conn *
find(uint32_t i)
{
	struct lookup lookup = { .key = key_at(i) };
	const struct conn *easily;
	struct conn *conn;

	lookup_begin(&lookup);
	conntab_prefetch_slot(tab, &lookup);
	conntab_prefetch_entry(tab, &lookup);
	easily = conntab_peek(tab, &lookup);
	conn = conntab_find(tab, &lookup);
	/* Found easily or not, it is the same. */
	HOLD(easily == NULL || easily == conn);
	return conn;
}

START_TEST(new_table_is_empty)
{
	ck_assert_ptr_null(conntab_first(tab));
	ck_assert_uint_eq(conntab_count(tab), 0);
	ck_assert_ptr_null(find(0));
}
END_TEST

START_TEST(free_of_no_table_is_allowed)
{
	conntab_free(NULL);
}
END_TEST

START_TEST(new_connection_is_zeroed_numbered_and_found)
{
	const struct key key = key_at(0);
	struct conn *conn = add(0);

	ck_assert(key_equal(&conn->key, &key));
	ck_assert_uint_eq(conn->number, 1);
	ck_assert_ptr_null(conn->next);
	ck_assert_ptr_null(conn->analysis);
	ck_assert_uint_eq(conn->endpoint[0].pkts, 0);
	ck_assert_uint_eq(conn->report.win_count, 0);
	ck_assert_ptr_eq(find(0), conn);
	ck_assert_ptr_null(find(1));
	/* The last look-up was in vain: it must not be taken for an answer. */
	ck_assert_ptr_null(find(1));
	ck_assert_ptr_eq(find(0), conn);
	ck_assert_ptr_eq(conntab_first(tab), conn);
	ck_assert_uint_eq(conntab_count(tab), 1);
}
END_TEST

START_TEST(a_hundred_thousand_connections_are_found_and_in_order)
{
	static struct conn *conns[MANY];
	const struct conn *conn;
	uint64_t number = 0;

	for (uint32_t i = 0; i < MANY; i++)
		conns[i] = add(i);
	HOLD(conntab_count(tab) == MANY);
	for (uint32_t i = MANY; i-- > 0;)
		HOLD(find(i) == conns[i]);
	for (uint32_t i = MANY; i < MANY + 1000; i++)
		HOLD(find(i) == NULL);
	for (conn = conntab_first(tab); conn != NULL; conn = conn->next) {
		HOLD(conn == conns[number]);
		HOLD(conn->number == ++number);
	}
	HOLD(number == MANY);
}
END_TEST

START_TEST(reused_key_leads_to_the_newest_and_the_list_keeps_all)
{
	struct conn *first = add(1);
	struct conn *between = add(2);
	struct conn *second = add(1);
	struct conn *third;

	ck_assert_ptr_ne(first, second);
	ck_assert_ptr_eq(find(1), second);
	ck_assert_ptr_eq(find(2), between);
	third = add(1);
	ck_assert_ptr_eq(find(1), third);
	ck_assert_ptr_eq(conntab_first(tab), first);
	ck_assert_ptr_eq(first->next, between);
	ck_assert_ptr_eq(between->next, second);
	ck_assert_ptr_eq(second->next, third);
	ck_assert_ptr_null(third->next);
	ck_assert_uint_eq(third->number, 4);
	ck_assert_uint_eq(conntab_count(tab), 4);
}
END_TEST

/* One tuple used over and over is many connections and one slot. */
START_TEST(reuse_goes_on_for_ever_and_others_stay_found)
{
	struct conn *other = add(2);
	struct conn *last = NULL;

	for (unsigned i = 0; i < MANY / 10; i++)
		last = add(1);
	ck_assert_ptr_eq(find(1), last);
	ck_assert_ptr_eq(find(2), other);
	ck_assert_uint_eq(conntab_count(tab), MANY / 10 + 1);
}
END_TEST

START_TEST(reused_key_leads_to_the_newest_after_the_table_has_grown)
{
	struct conn *again[100];

	for (uint32_t i = 0; i < 100; i++)
		add(i);
	for (uint32_t i = 0; i < 100; i++)
		again[i] = add(i);
	for (uint32_t i = 100; i < 10000; i++)
		add(i);
	for (uint32_t i = 0; i < 100; i++)
		ck_assert_ptr_eq(find(i), again[i]);
}
END_TEST

START_TEST(order_does_not_depend_on_the_secret)
{
	const struct siphash_key other_secret = { .word = { 5, 6 } };
	struct conntab *other = conntab_new(&other_secret, false);
	const struct conn *a, *b;

	HOLD(other != NULL);
	for (uint32_t i = 0; i < 3000; i++) {
		const struct key key = key_at(i * 7919 % 3001);

		HOLD(add_key(tab, &key) != NULL);
		HOLD(add_key(other, &key) != NULL);
	}
	a = conntab_first(tab);
	b = conntab_first(other);
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
		HOLD(key_equal(&a->key, &b->key));
	HOLD(a == b);
	conntab_free(other);
}
END_TEST

/* Whichever allocation fails: nothing is changed, and it works afterwards. */
START_TEST(failed_allocation_changes_nothing)
{
	uint32_t failures = 0;

	for (uint32_t i = 0; i < 5000; i++) {
		const struct key key = key_at(i);
		const uint64_t count = conntab_count(tab);
		struct conn *conn;

		mem_fail_after(1);
		conn = add_key(tab, &key);
		mem_fail_after(0);
		if (conn != NULL)
			continue;	/* needed no memory */
		failures++;
		HOLD(conntab_count(tab) == count);
		HOLD(find(i) == NULL);
		for (uint32_t k = 0; k < i; k += 97)
			HOLD(find(k) != NULL);
		conn = add(i);
		HOLD(conn->number == count + 1);
		HOLD(find(i) == conn);
	}
	/* The table's growth and the connections' slabs were both hit. */
	HOLD(failures > 5);
}
END_TEST

START_TEST(reuse_without_memory_leaves_the_older_connection)
{
	struct conn *first = add(0);
	const struct key key = key_at(0);

	/* Until the slab is full, so that the next one has to be allocated. */
	for (uint32_t i = 1; i < 100000; i++) {
		const struct key filler = key_at(i);

		mem_fail_after(1);
		if (add_key(tab, &filler) == NULL)
			break;
	}
	ck_assert_ptr_null(add_key(tab, &key));
	ck_assert_ptr_eq(find(0), first);
	mem_fail_after(0);
	ck_assert_ptr_ne(add(0), first);
}
END_TEST

START_TEST(table_without_memory_is_none)
{
	for (uint64_t nth = 1; nth <= 2; nth++) {
		mem_fail_after(nth);
		ck_assert_ptr_null(conntab_new(&secret, true));
	}
}
END_TEST

START_TEST(unlinked_connection_is_not_found_and_stays_in_the_list)
{
	struct conn *first = add(0);
	struct conn *second = add(1);
	const struct conn *third;

	conntab_unlink(tab, first);
	ck_assert_ptr_null(find(0));
	ck_assert_ptr_eq(find(1), second);
	ck_assert_ptr_eq(conntab_first(tab), first);
	conntab_unlink(tab, first);
	third = add(0);
	ck_assert_ptr_eq(find(0), third);
	/* Its key leads to another by now. */
	conntab_unlink(tab, first);
	ck_assert_ptr_eq(find(0), third);
	ck_assert_uint_eq(third->number, 3);
}
END_TEST

/* ---- older incarnations of a key ---- */

static unsigned
older_of(uint32_t i, struct conn *ret_older[CONNTAB_OLDER_MAX])
{
	struct lookup lookup = { .key = key_at(i) };

	lookup_begin(&lookup);
	return conntab_older(tab, &lookup, ret_older);
}

static bool
is_older(uint32_t i, const struct conn *conn)
{
	struct conn *older[CONNTAB_OLDER_MAX];
	const unsigned count = older_of(i, older);

	for (unsigned k = 0; k < count; k++)
		if (older[k] == conn)
			return true;
	return false;
}

START_TEST(older_incarnations_are_found_from_the_newest)
{
	struct conn *older[CONNTAB_OLDER_MAX];
	struct conn *first = add(0);
	struct conn *second;
	const struct conn *third;

	ck_assert(!first->has_older);
	ck_assert_uint_eq(older_of(0, older), 0);
	second = add(0);
	ck_assert(second->has_older);
	third = add(0);
	(void)add(1);
	ck_assert_ptr_eq(find(0), third);
	ck_assert_uint_eq(older_of(0, older), 2);
	ck_assert(is_older(0, first) && is_older(0, second));
	ck_assert_uint_eq(older_of(1, older), 0);
	ck_assert_uint_eq(older_of(2, older), 0);
}
END_TEST

START_TEST(key_of_an_unlinked_connection_leads_to_an_older_one)
{
	struct conn *older[CONNTAB_OLDER_MAX];
	struct conn *first = add(0);
	struct conn *second = add(0);
	struct conn *third = add(0);

	conntab_unlink(tab, second);
	ck_assert_ptr_eq(find(0), third);
	ck_assert_uint_eq(older_of(0, older), 1);
	conntab_unlink(tab, third);
	ck_assert_ptr_eq(find(0), first);
	ck_assert_uint_eq(older_of(0, older), 0);
	conntab_unlink(tab, first);
	ck_assert_ptr_null(find(0));
}
END_TEST

/* A connection that is open, that has closed, or that is one SYN. */
static struct conn *
add_open(uint32_t i)
{
	struct conn *conn = add(i);

	conn->endpoint[0].sent_non_syn = true;
	return conn;
}

static struct conn *
add_closed(uint32_t i)
{
	struct conn *conn = add(i);

	conn->is_closed = true;
	return conn;
}

static struct conn *
add_attempt(uint32_t i)
{
	struct conn *conn = add(i);

	conn->lifecycle[0].syn_count = 1;
	return conn;
}

START_TEST(open_incarnation_is_kept_rather_than_others)
{
	struct conn *older[CONNTAB_OLDER_MAX];
	const struct conn *open = add_open(0);
	const struct conn *closed = add_closed(0);

	for (unsigned i = 0; i < 2000; i++)
		(void)add_attempt(0);
	ck_assert(is_older(0, open) && is_older(0, closed));
	for (unsigned i = 0; i < CONNTAB_OLDER_MAX; i++)
		(void)add_closed(0);
	(void)add_closed(0);
	ck_assert(is_older(0, open) && !is_older(0, closed));
	for (unsigned i = 0; i <= CONNTAB_OLDER_MAX; i++)
		(void)add_open(0);
	ck_assert(!is_older(0, open));
	ck_assert_uint_eq(older_of(0, older), CONNTAB_OLDER_MAX);
	ck_assert_uint_eq(find(0)->number, conntab_count(tab));
}
END_TEST

START_TEST(newest_is_found_whatever_goes)
{
	enum { KEYS = 300, EACH = CONNTAB_OLDER_MAX + 1 };
	static struct conn *there[KEYS][EACH];	/* oldest first */
	static unsigned count[KEYS];
	struct xorshift random = { 4712 };

	memset(count, 0, sizeof(count));
	for (uint32_t step = 0; step < 60000; step++) {
		const uint32_t i = xorshift_below(&random, KEYS);
		const uint32_t k = xorshift_below(&random, EACH);

		if (k >= count[i]) {
			if (count[i] < EACH)
				there[i][count[i]++] = add(i);
			continue;
		}
		conntab_remove(tab, there[i][k]);
		count[i]--;
		for (uint32_t at = k; at < count[i]; at++)
			there[i][at] = there[i][at + 1];
		HOLD(find(i) == (count[i] > 0 ? there[i][count[i] - 1] :
		    NULL));
	}
	for (uint32_t i = 0; i < KEYS; i++) {
		HOLD(find(i) == (count[i] > 0 ? there[i][count[i] - 1] :
		    NULL));
		for (uint32_t k = 0; k + 1 < count[i]; k++)
			HOLD(is_older(i, there[i][k]));
	}
}
END_TEST

START_TEST(removed_connection_leaves_the_list_and_its_number)
{
	struct conn *conns[4];

	for (uint32_t i = 0; i < 4; i++)
		conns[i] = add(i);
	conntab_remove(tab, conns[1]);
	ck_assert_ptr_null(find(1));
	ck_assert_ptr_eq(conns[0]->next, conns[2]);
	conntab_remove(tab, conns[3]);
	ck_assert_ptr_null(conns[2]->next);
	conntab_remove(tab, conns[0]);
	ck_assert_ptr_eq(conntab_first(tab), conns[2]);
	ck_assert_ptr_eq(find(2), conns[2]);
	conns[0] = add(0);
	ck_assert_ptr_eq(conns[2]->next, conns[0]);
	ck_assert_uint_eq(conns[0]->number, 5);
	ck_assert_uint_eq(conntab_count(tab), 5);
	conntab_remove(tab, conns[2]);
	conntab_remove(tab, conns[0]);
	ck_assert_ptr_null(conntab_first(tab));
	ck_assert_uint_eq(add(7)->number, 6);
}
END_TEST

/* The hash chains stay whole whatever is taken out of them. */
START_TEST(any_removals_leave_the_others_findable)
{
	enum { KEYS = 900 };
	static struct conn *there[KEYS];
	struct xorshift random = { 4711 };
	uint32_t count = 0;

	memset(there, 0, sizeof(there));
	for (uint32_t step = 0; step < 60000; step++) {
		const uint32_t i = xorshift_below(&random, KEYS);
		const struct conn *conn;
		uint32_t listed = 0;

		if (there[i] == NULL) {
			there[i] = add(i);
			count++;
		} else {
			conntab_remove(tab, there[i]);
			there[i] = NULL;
			count--;
		}
		if (step % 500 != 0)
			continue;
		for (uint32_t k = 0; k < KEYS; k++)
			HOLD(find(k) == there[k]);
		for (conn = conntab_first(tab); conn != NULL;
		    conn = conn->next, listed++)
			HOLD(conn->next == NULL ||
			    conn->number < conn->next->number);
		HOLD(listed == count);
	}
}
END_TEST

/* A table of few that come and go for ever takes no more memory. */
START_TEST(memory_of_removed_connections_is_used_again)
{
	uint64_t blocks = 0;

	for (uint32_t i = 0; i < MANY; i++) {
		struct conn *conn = add(i);

		if (i > 500)
			conntab_remove(tab, conn);
		if (i == 1000)
			blocks = mem_outstanding();
	}
	HOLD(mem_outstanding() == blocks);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("conntab");
	TCase *c = leaks_tcase(s, "conntab");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, new_table_is_empty);
	tcase_add_test(c, free_of_no_table_is_allowed);
	tcase_add_test(c, new_connection_is_zeroed_numbered_and_found);
	tcase_add_test(c,
	    a_hundred_thousand_connections_are_found_and_in_order);
	tcase_add_test(c,
	    reused_key_leads_to_the_newest_and_the_list_keeps_all);
	tcase_add_test(c, reuse_goes_on_for_ever_and_others_stay_found);
	tcase_add_test(c,
	    reused_key_leads_to_the_newest_after_the_table_has_grown);
	tcase_add_test(c, order_does_not_depend_on_the_secret);
	tcase_add_test(c, failed_allocation_changes_nothing);
	tcase_add_test(c, reuse_without_memory_leaves_the_older_connection);
	tcase_add_test(c, table_without_memory_is_none);
	tcase_add_test(c,
	    unlinked_connection_is_not_found_and_stays_in_the_list);
	tcase_add_test(c, removed_connection_leaves_the_list_and_its_number);
	tcase_add_test(c, older_incarnations_are_found_from_the_newest);
	tcase_add_test(c,
	    key_of_an_unlinked_connection_leads_to_an_older_one);
	tcase_add_test(c, open_incarnation_is_kept_rather_than_others);
	tcase_add_test(c, newest_is_found_whatever_goes);
	tcase_add_test(c, any_removals_leave_the_others_findable);
	tcase_add_test(c, memory_of_removed_connections_is_used_again);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
