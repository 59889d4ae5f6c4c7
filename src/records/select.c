/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "records/select.h"

#include "base/pool.h"
#include "flow/conn.h"

void
select_fini(struct select_rules *rules)
{
	mem_free(rules->ranges);
	*rules = (struct select_rules){ .ranges = NULL };
}

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
