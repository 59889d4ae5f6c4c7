/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "records/select.h"

#include "base/pool.h"
#include "flow/conn.h"

void
select_fini(struct select_rules *rules)
{
	mem_free(rules->ranges);
	mem_free(rules->frames);
	*rules = (struct select_rules){ .ranges = NULL };
}

/* Without ranges, any number is in them. */
static bool
is_in_ranges(const struct select_range *ranges, size_t count, uint64_t number)
{
	for (size_t i = 0; i < count; i++)
		if (number >= ranges[i].first && number <= ranges[i].last)
			return true;
	return count == 0;
}

bool
select_has_frame(const struct select_rules *rules, uint64_t frame)
{
	return is_in_ranges(rules->frames, rules->frame_count, frame);
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
	if (!is_in_ranges(rules->ranges, rules->range_count, conn->number))
		return false;
	return rules->only == 0 || (rules->only & classes_of(conn)) != 0;
}
