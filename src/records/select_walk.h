/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Visits the selected connections in their order:
 *
 *	struct select_walk walk;
 *	int err = select_walk_begin(&walk, rules, tcpstates_first(ts));
 *	while ((conn = select_walk_next(&walk)) != NULL)
 *		...
 *	select_walk_end(&walk);
 */
#ifndef TCPSTATES_RECORDS_SELECT_WALK_H
#define TCPSTATES_RECORDS_SELECT_WALK_H

#include <stddef.h>
#include <stdint.h>

struct conn;
struct select_entry;
struct select_rules;

struct select_walk {
	const struct select_rules *rules;
	const struct conn *at;		/* next to check, when not sorted */
	struct select_entry *sorted;	/* NULL when not sorted */
	size_t sorted_count;
	size_t sorted_at;
	uint64_t shown;
};

/*
 * NULL rules select everything.  Only sorting allocates.  Returns 0, or
 * -ERR_NOMEM; the walk is then in order of number.
 */
int select_walk_begin(struct select_walk *, const struct select_rules *,
    const struct conn *first);
const struct conn *select_walk_next(struct select_walk *);
void select_walk_end(struct select_walk *);

#endif
