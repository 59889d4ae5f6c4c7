/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "records/select_walk.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/pool.h"
#include "flow/conn.h"
#include "records/record.h"
#include "records/select.h"

/*
 * The rank of a connection, computed once.  Texts and addresses are ranked by
 * their first bytes; only equal ranks are compared in full.
 */
struct select_entry {
	const struct conn *conn;
	const struct select_rules *rules;
	uint64_t rank;		/* smaller comes first, unless is_unknown */
	bool is_unknown;	/* null: comes last */
};

/* ---- sorting ---- */

/* The first eight bytes of a text, as a number that sorts the same way. */
static uint64_t
prefix_of(const char *text)
{
	uint64_t prefix = 0;

	for (unsigned i = 0; i < 8; i++) {
		prefix = prefix << 8 | (uint8_t)*text;
		text += *text != '\0';
	}
	return prefix;
}

/* Map signed numbers to unsigned ones in the same order. */
static uint64_t
biased(int64_t ns)
{
	return (uint64_t)ns ^ UINT64_C(1) << 63;
}

/* IPv4 before IPv6, each in order of its first bytes. */
static uint64_t
prefix_of_addr(const uint8_t bytes[16], unsigned ip_version)
{
	uint64_t prefix = 0;

	for (unsigned i = 0; i < 8; i++)
		prefix = prefix << 8 | bytes[i];
	return ip_version == 4 ? prefix >> 32 : prefix >> 1 | UINT64_C(1) << 63;
}

/* The ratio in bytes or nanoseconds, the finest unit that is printed. */
static uint64_t
whole_ratio(const struct column *column, const struct value *value)
{
	const bool is_time = strcmp(column->unit, "seconds") == 0;
	uint64_t rest;

	/* The denominator of times includes the nanoseconds of a second. */
	return sum_divide(&value->u.ratio.num, value->u.ratio.den /
	    (is_time ? (uint64_t)NS_PER_SEC : 1), &rest);
}

static uint64_t
amount_of(const struct column *column, const struct value *value)
{
	switch (value->type) {
	case VALUE_NUMBER:
		return value->u.number;
	case VALUE_INSTANT:
	case VALUE_DURATION:
		return biased(value->u.ns);
	case VALUE_RATIO:
		return whole_ratio(column, value);
	case VALUE_FLAG:
		return value->u.flag;
	case VALUE_TEXT:
		return prefix_of(value->u.text);
	case VALUE_ADDR:
		return prefix_of_addr(value->u.addr.bytes,
		    value->u.addr.ip_version);
	case VALUE_NULL:
		break;
	}
	return 0;
}

/* Combine both endpoints: counts add up, of others the larger counts. */
static uint64_t
both(const struct column *column, uint64_t one, uint64_t other)
{
	if (column->type == VALUE_NUMBER &&
	    column->order == COLUMN_LARGEST_FIRST)
		return one > UINT64_MAX - other ? UINT64_MAX : one + other;
	return one > other ? one : other;
}

/* The value to sort by; 0 and *ret_known false if it is null. */
static uint64_t
amount_in(const struct column *column, const struct conn *conn,
    bool *ret_known)
{
	struct value value;

	record_get(column, conn, &value);
	*ret_known = !value_is_null(&value);
	return *ret_known ? amount_of(column, &value) : 0;
}

static void
rank_entry(struct select_entry *entry)
{
	const struct select_rules *rules = entry->rules;
	bool is_known, is_other_known = false;
	uint64_t amount = amount_in(rules->sort, entry->conn, &is_known);
	uint64_t other = 0;

	if (rules->sort_too != NULL)
		other = amount_in(rules->sort_too, entry->conn,
		    &is_other_known);
	if (is_other_known)
		amount = is_known ? both(rules->sort, amount, other) : other;
	entry->is_unknown = !is_known && !is_other_known;
	if ((rules->sort->order == COLUMN_LARGEST_FIRST) !=
	    rules->is_reversed)
		amount = ~amount;
	entry->rank = amount;
}

/* Compare two texts or addresses with the same first bytes. */
static int
compare_rest(const struct select_entry *a, const struct select_entry *b)
{
	const struct select_rules *rules = a->rules;
	struct value value_a, value_b;
	int order;

	if (a->is_unknown || (rules->sort->type != VALUE_TEXT &&
	    rules->sort->type != VALUE_ADDR))
		return 0;
	record_get(rules->sort, a->conn, &value_a);
	record_get(rules->sort, b->conn, &value_b);
	if (rules->sort->type == VALUE_TEXT)
		order = strcmp(value_a.u.text, value_b.u.text);
	else
		order = memcmp(value_a.u.addr.bytes, value_b.u.addr.bytes,
		    16);
	return rules->is_reversed ? -order : order;
}

static int
compare_entries(const void *va, const void *vb)
{
	const struct select_entry *a = va;
	const struct select_entry *b = vb;
	int order;

	if (a->is_unknown != b->is_unknown)
		return a->is_unknown ? 1 : -1;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	order = compare_rest(a, b);
	if (order != 0)
		return order;
	return a->conn->number < b->conn->number ? -1 :
	    a->conn->number > b->conn->number;
}

static size_t
count_matching(const struct select_rules *rules, const struct conn *first)
{
	size_t count = 0;

	for (const struct conn *conn = first; conn != NULL; conn = conn->next)
		count += select_matches(rules, conn);
	return count;
}

static int
sort(struct select_walk *walk, const struct conn *first)
{
	const size_t count = count_matching(walk->rules, first);
	struct select_entry *entry = mem_zalloc((count > 0 ? count : 1) *
	    sizeof(*entry));

	if (entry == NULL)
		return -ERR_NOMEM;
	walk->sorted = entry;
	walk->sorted_count = count;
	for (const struct conn *conn = first; conn != NULL;
	    conn = conn->next) {
		if (!select_matches(walk->rules, conn))
			continue;
		entry->conn = conn;
		entry->rules = walk->rules;
		rank_entry(entry++);
	}
	qsort(walk->sorted, count, sizeof(*entry), compare_entries);
	return 0;
}

/* ---- walking ---- */

int
select_walk_begin(struct select_walk *walk, const struct select_rules *rules,
    const struct conn *first)
{
	static const struct select_rules everything;

	*walk = (struct select_walk){
	    .rules = rules != NULL ? rules : &everything,
	    .at = first
	};
	return walk->rules->sort != NULL ? sort(walk, first) : 0;
}

static const struct conn *
next_in_list(struct select_walk *walk)
{
	const struct conn *conn = walk->at;

	for (; conn != NULL; conn = conn->next) {
		conn_fetch_links_ahead(conn);
		if (select_matches(walk->rules, conn))
			break;
	}
	walk->at = conn != NULL ? conn->next : NULL;
	return conn;
}

const struct conn *
select_walk_next(struct select_walk *walk)
{
	const struct conn *conn = NULL;

	if (walk->rules->has_limit && walk->shown >= walk->rules->limit)
		return NULL;
	if (walk->sorted == NULL)
		conn = next_in_list(walk);
	else if (walk->sorted_at < walk->sorted_count)
		conn = walk->sorted[walk->sorted_at++].conn;
	walk->shown += conn != NULL;
	return conn;
}

void
select_walk_end(struct select_walk *walk)
{
	mem_free(walk->sorted);
	walk->sorted = NULL;
	walk->at = NULL;
	walk->sorted_count = 0;
}
