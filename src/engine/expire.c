/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The front door of limits: the clock, and the queues of what is followed.
 */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "engine/engine.h"
#include "engine/internal.h"
#include "engine/retire.h"
#include "engine/team.h"
#include "flow/queues.h"

static void
expire(struct tcpstates *ts, int64_t now_ns)
{
	if (now_ns > ts->expiry.clock_ns)
		retire_all_due(ts, now_ns);
}

void
tcpstates_expire(struct tcpstates *ts, int64_t now_ns)
{
	const int64_t now = engine_clamp_time(now_ns);

	if (!ts->expiry.is_on || ts->totals.frames == 0)
		return;
	if (ts->readers == NULL) {
		expire(ts, now);
		return;
	}
	team_separate(ts->team);
	for (unsigned i = 0; i < ts->team->count; i++)
		expire(ts->team->engine[i], now);
}

unsigned
tcpstates_recent(const struct tcpstates *ts, const struct conn **ret_conns,
    unsigned each)
{
	static const enum queue queues[] = {
		QUEUE_HALF_OPEN, QUEUE_ACTIVE, QUEUE_CLOSED,
	};
	unsigned count = 0;

	for (size_t i = 0; ts->expiry.is_on && i < ARRAY_LEN(queues); i++) {
		const struct conn *conn = queues_newest(&ts->expiry.queues,
		    queues[i]);

		for (unsigned n = 0; conn != NULL && n < each; n++) {
			ret_conns[count++] = conn;
			conn = queues_older(conn);
		}
	}
	return count;
}

static uint64_t
count_queued(const struct tcpstates *ts, enum queue queue)
{
	return ts->readers != NULL ? team_count_queued(ts->team, queue) :
	    queues_count(&ts->expiry.queues, queue);
}

uint64_t
tcpstates_open(const struct tcpstates *ts)
{
	return ts->expiry.is_on ? count_queued(ts, QUEUE_HALF_OPEN) +
	    count_queued(ts, QUEUE_ACTIVE) : 0;
}

uint64_t
tcpstates_half_open(const struct tcpstates *ts)
{
	return ts->expiry.is_on ? count_queued(ts, QUEUE_HALF_OPEN) : 0;
}
