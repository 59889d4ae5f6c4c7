/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "records/select.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/pool.h"
#include "flow/conn.h"
#include "records/record.h"

#define KEY_MAX	64	/* longest key asked for, its NUL included */

struct select_range {
	uint64_t first;		/* numbers of connections, both included */
	uint64_t last;
};

/*
 * What a connection is sorted by, worked out once.  Text is compared by its
 * first octets; only equal ones are looked at again.
 */
struct select_entry {
	const struct conn *conn;
	const struct select_rules *rules;
	uint64_t rank;		/* smaller comes first, unless is_unknown */
	bool is_unknown;	/* null: comes last */
};

/*
 * Parsing.
 */

/* Decimal digits at *text, stepping over them; false: none, or too many. */
static bool
take_number(const char **text, uint64_t *ret_number)
{
	const char *at = *text;
	uint64_t number = 0;

	if (*at < '0' || *at > '9')
		return false;
	for (; *at >= '0' && *at <= '9'; at++) {
		const unsigned digit = (unsigned)(*at - '0');

		if (number > (UINT64_MAX - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	*text = at;
	*ret_number = number;
	return true;
}

/* N, N-M or N-, up to a comma or the end. */
static const char *
take_range(const char **text, struct select_range *ret_range)
{
	static const char *const syntax =
	    "is not a list of numbers or ranges (1,4-7,12-)";
	struct select_range range;

	if (!take_number(text, &range.first))
		return syntax;
	range.last = range.first;
	if (**text == '-') {
		(*text)++;
		range.last = UINT64_MAX;
		if (**text != '\0' && **text != ',' &&
		    !take_number(text, &range.last))
			return syntax;
	}
	if (**text != '\0' && **text != ',')
		return syntax;
	if (range.first == 0)
		return "begins with 0, but connections are numbered from 1";
	if (range.last < range.first)
		return "has a range that ends before it begins";
	*ret_range = range;
	return NULL;
}

static const char *
add_range(struct select_rules *rules, const struct select_range *range)
{
	struct select_range *ranges = mem_realloc(rules->ranges,
	    (rules->range_count + 1) * sizeof(*ranges));

	if (ranges == NULL)
		return err_sentence(ERR_NOMEM);
	ranges[rules->range_count] = *range;
	rules->ranges = ranges;
	rules->range_count++;
	return NULL;
}

const char *
select_parse_conn(struct select_rules *rules, const char *text)
{
	const size_t count_before = rules->range_count;
	struct select_range range;
	const char *wrong;

	for (;;) {
		wrong = take_range(&text, &range);
		if (wrong == NULL)
			wrong = add_range(rules, &range);
		if (wrong != NULL || *text == '\0')
			break;
		text++;		/* the comma */
	}
	if (wrong != NULL)
		rules->range_count = count_before;
	return wrong;
}

static unsigned
class_named(const char *text, size_t len)
{
	static const struct {
		const char *name;
		unsigned bit;
	} classes[] = {
		{ "complete", SELECT_COMPLETE },
		{ "reset", SELECT_RESET },
		{ "open", SELECT_OPEN },
		{ "midstream", SELECT_MIDSTREAM }
	};

	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		if (strlen(classes[i].name) == len &&
		    memcmp(classes[i].name, text, len) == 0)
			return classes[i].bit;
	return 0;
}

const char *
select_parse_only(struct select_rules *rules, const char *text)
{
	unsigned only = 0;

	for (;;) {
		const size_t len = strcspn(text, ",");
		const unsigned bit = class_named(text, len);

		if (bit == 0)
			return "is none of complete, reset, open, midstream";
		only |= bit;
		if (text[len] == '\0')
			break;
		text += len + 1;
	}
	rules->only |= only;
	return NULL;
}

static const struct column *
column_of_side(const char *side, const char *key)
{
	char whole[KEY_MAX];
	const size_t side_len = strlen(side);
	const size_t key_len = strlen(key);

	if (side_len + key_len >= sizeof(whole))
		return NULL;
	memcpy(whole, side, side_len);
	memcpy(whole + side_len, key, key_len + 1);
	return record_find(whole);
}

const char *
select_parse_sort(struct select_rules *rules, const char *text)
{
	const bool is_reversed = *text == '-';
	const char *key = text + is_reversed;
	const struct column *column = record_find(key);
	const struct column *too = NULL;

	if (column == NULL) {
		column = column_of_side("orig_", key);
		too = column_of_side("resp_", key);
	}
	if (column == NULL)
		return "is not a key of the records";
	if (too != NULL && (column->type == VALUE_TEXT ||
	    column->type == VALUE_ADDR))
		return "needs orig_ or resp_ before it";
	rules->sort = column;
	rules->sort_too = too;
	rules->is_reversed = is_reversed;
	return NULL;
}

const char *
select_parse_limit(struct select_rules *rules, const char *text)
{
	uint64_t limit;

	if (!take_number(&text, &limit) || *text != '\0')
		return "is not a number";
	rules->has_limit = true;
	rules->limit = limit;
	return NULL;
}

void
select_fini(struct select_rules *rules)
{
	mem_free(rules->ranges);
	*rules = (struct select_rules){ .ranges = NULL };
}

/*
 * Choosing.
 */

static bool
is_in_ranges(const struct select_rules *rules, uint64_t number)
{
	for (size_t i = 0; i < rules->range_count; i++)
		if (number >= rules->ranges[i].first &&
		    number <= rules->ranges[i].last)
			return true;
	return rules->range_count == 0;
}

static unsigned
classes_of(const struct conn *conn)
{
	return (conn_is_complete(conn) ? SELECT_COMPLETE : 0U) |
	    (conn_is_reset(conn) ? SELECT_RESET : 0U) |
	    (conn_is_open(conn) ? SELECT_OPEN : 0U) |
	    (conn->is_midstream ? SELECT_MIDSTREAM : 0U);
}

bool
select_matches(const struct select_rules *rules, const struct conn *conn)
{
	if (!is_in_ranges(rules, conn->number))
		return false;
	return rules->only == 0 || (rules->only & classes_of(conn)) != 0;
}

/*
 * Sorting.
 */

/* The first eight octets of a text, as a number that sorts as they do. */
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

/* Signed numbers in the order of unsigned ones. */
static uint64_t
biased(int64_t ns)
{
	return (uint64_t)ns ^ UINT64_C(1) << 63;
}

/* IPv4 before IPv6, each in its own order as far as eight octets tell. */
static uint64_t
prefix_of_addr(const uint8_t octets[16], unsigned ip_version)
{
	uint64_t prefix = 0;

	for (unsigned i = 0; i < 8; i++)
		prefix = prefix << 8 | octets[i];
	return ip_version == 4 ? prefix >> 32 : prefix >> 1 | UINT64_C(1) << 63;
}

/* The whole part, in octets or nanoseconds: the finest that is printed. */
static uint64_t
whole_ratio(const struct column *column, const struct value *value)
{
	const bool is_time = strcmp(column->unit, "seconds") == 0;
	uint64_t rest;

	/* Of times, the denominator holds the nanoseconds of a second. */
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
		return prefix_of_addr(value->u.addr.octets,
		    value->u.addr.ip_version);
	case VALUE_NULL:
		break;
	}
	return 0;
}

/* Both sides together: amounts that count add up, others do not. */
static uint64_t
both(const struct column *column, uint64_t one, uint64_t other)
{
	if (column->type == VALUE_NUMBER &&
	    column->order == COLUMN_LARGEST_FIRST)
		return one > UINT64_MAX - other ? UINT64_MAX : one + other;
	return one > other ? one : other;
}

/* 0, with *ret_known false, when it is null. */
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

/* Of two texts or addresses with the same beginning. */
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
		order = memcmp(value_a.u.addr.octets, value_b.u.addr.octets,
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

/*
 * Walking.
 */

int
select_begin(struct select_walk *walk, const struct select_rules *rules,
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
select_next(struct select_walk *walk)
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
select_rewind(struct select_walk *walk, const struct conn *first)
{
	walk->at = first;
	walk->sorted_at = 0;
	walk->shown = 0;
}

void
select_end(struct select_walk *walk)
{
	mem_free(walk->sorted);
	walk->sorted = NULL;
	walk->at = NULL;
	walk->sorted_count = 0;
}
