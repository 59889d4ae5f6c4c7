/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which connections section B, the table and the records show, and in what
 * order: --conn, --only, --sort, --limit.  Sections A, C and D and the
 * summary record always count everything.
 */
#ifndef TCPSTATES_RECORDS_SELECT_H
#define TCPSTATES_RECORDS_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conn;
struct column;
struct select_entry;
struct select_range;

enum select_class {
	SELECT_COMPLETE = 1 << 0,
	SELECT_RESET = 1 << 1,
	SELECT_OPEN = 1 << 2,
	SELECT_MIDSTREAM = 1 << 3
};

/* Zeroed selects everything in order of number. */
struct select_rules {
	struct select_range *ranges;	/* --conn; NULL: any number */
	size_t range_count;
	unsigned only;			/* --only: set of classes, 0: any */
	const struct column *sort;	/* --sort; NULL: by number */
	const struct column *sort_too;	/* the other side's, for a pair */
	bool is_reversed;		/* --sort=-KEY */
	bool has_limit;
	uint64_t limit;			/* --limit: so many at most */
};

/*
 * Arguments of the options.  Return NULL, or what is wrong with the text in a
 * phrase that lives as long as the program ("is not a number or a range of
 * numbers"); the rules are then as they were.
 *
 *   conn	N[-M][,N[-M]...]; N- is from N on.  May be given again: adds
 *   only	complete, reset, open, midstream, or several with commas: a
 *		connection in any of them is shown.  May be given again: adds
 *   sort	key of a record.  Counts, octets, durations and flags begin
 *		with the largest; numbers, times, addresses, ports and names
 *		with the smallest; unknown comes last.  Equal ones stay in
 *		order of number.  The key of a pair without orig_ or resp_
 *		takes both together (counts: their sum; others: the larger).
 *		With a minus sign before the key, the other way round
 *   limit	N
 */
const char *select_parse_conn(struct select_rules *, const char *text);
const char *select_parse_only(struct select_rules *, const char *text);
const char *select_parse_sort(struct select_rules *, const char *text);
const char *select_parse_limit(struct select_rules *, const char *text);
void select_fini(struct select_rules *);

/* Is it among those asked for by --conn and --only? */
bool select_matches(const struct select_rules *, const struct conn *);

/*
 * A walk over those selected:
 *
 *	struct select_walk walk;
 *	int err = select_begin(&walk, rules, tcpstates_first(ts));
 *	while ((conn = select_next(&walk)) != NULL)
 *		...
 *	select_end(&walk);
 *
 * Only sorting allocates.  select_begin() returns 0 or -ERR_NOMEM, after
 * which the walk is one in order of number.  NULL rules select everything.
 */
struct select_walk {
	const struct select_rules *rules;
	const struct conn *at;		/* next to look at, when not sorted */
	struct select_entry *sorted;	/* NULL when not sorted */
	size_t sorted_count;
	size_t sorted_at;
	uint64_t shown;
};

int select_begin(struct select_walk *, const struct select_rules *,
    const struct conn *first);
const struct conn *select_next(struct select_walk *);
/* The same walk once more; `first` as it was given. */
void select_rewind(struct select_walk *, const struct conn *first);
void select_end(struct select_walk *);

#endif
