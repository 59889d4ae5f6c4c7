/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "engine/retire.h"

#include <assert.h>

#include "base/nstime.h"
#include "engine/internal.h"
#include "flow/evicted.h"
#include "flow/queues.h"

/*
 * Frames of several queues or files are out of order by less than this; a
 * clock that goes back by more was set.
 */
#define CLOCK_SET_NS	(10 * NS_PER_SEC)
/* One segment retires this many at most; many may be due at once. */
#define RETIRED_PER_SEGMENT	8

static_assert(RETIRED_COUNT <= RETIRED_MASK + 1,
    "conn->retired has too few bits");

/* The frames' clock is at `ns`; both times are within TIME_LIMIT_NS. */
static void
advance_clock(struct expiry *expiry, int64_t ns)
{
	const int64_t step = ns - expiry->clock_ns;

	if (step > 0)
		expiry->now_ns += (uint64_t)step;
	if (step > 0 || step < -CLOCK_SET_NS)
		expiry->clock_ns = ns;
}

/* Drop the record; its figures stay in the totals. */
static void
drop_record(struct tcpstates *ts, struct conn *conn)
{
	summary_add(&ts->totals.left_out, conn);
	ts->totals.unreported += ts->events.ended == NULL;
	analysis_end(&ts->tracker, conn);
	queues_move(&ts->expiry.queues, conn, QUEUE_NONE, 0);
	conntab_remove(ts->conns, conn);
}

static void
keep_record(struct tcpstates *ts, struct conn *conn)
{
	const uint64_t most = ts->expiry.limits.max_ended;
	struct queues *queues = &ts->expiry.queues;

	if (ts->keeps_analysis)
		analysis_pack(&ts->tracker, conn);
	else
		analysis_end(&ts->tracker, conn);
	queues_move(queues, conn, QUEUE_ENDED, ts->expiry.now_ns);
	if (most != 0 && queues_count(queues, QUEUE_ENDED) > most)
		drop_record(ts, queues_oldest(queues, QUEUE_ENDED));
}

void
retire(struct tcpstates *ts, struct conn *conn, enum retired why)
{
	conn->retired = why & RETIRED_MASK;
	ts->totals.retired[why]++;
	ts->totals.evicted += retired_is_evicted(why);
	ts->totals.idle += retired_is_idle(why);
	if (ts->wants_tally && !conn->is_closed)
		ts->totals.tally.open--;
	conntab_unlink(ts->conns, conn);
	if (why != RETIRED_REPLACED)
		evicted_add(ts->expiry.evicted,
		    conntab_hash(ts->conns, &conn->key));
	engine_report(ts, conn, !conn->is_reported, ts->events.ended);
	if (ts->expiry.limits.drop_ended)
		drop_record(ts, conn);
	else
		keep_record(ts, conn);
}

/* No connection has been silent for too long. */
static bool
is_quiet(const struct expiry *expiry)
{
	return expiry->now_ns - expiry->looked_ns <= expiry->quiet_ns;
}

static void
retire_due(struct tcpstates *ts, uint64_t most)
{
	struct expiry *expiry = &ts->expiry;
	struct conn *conn;
	enum retired why;

	if (LIKELY(is_quiet(expiry)))
		return;
	while (most-- > 0) {
		conn = limits_due(&expiry->limits, &expiry->queues,
		    expiry->now_ns, &why);
		if (conn == NULL) {
			expiry->looked_ns = expiry->now_ns;
			expiry->quiet_ns = limits_quiet(&expiry->limits,
			    &expiry->queues, expiry->now_ns);
			return;
		}
		retire(ts, conn, why);
	}
}

void
retire_at(struct tcpstates *ts, int64_t now_ns)
{
	advance_clock(&ts->expiry, now_ns);
	if (UNLIKELY(ts->expiry.closings.count > 0))
		closings_report_due(ts, &ts->expiry.closings);
	retire_due(ts, RETIRED_PER_SEGMENT);
}

void
retire_all_due(struct tcpstates *ts, int64_t now_ns)
{
	advance_clock(&ts->expiry, now_ns);
	closings_report_due(ts, &ts->expiry.closings);
	retire_due(ts, UINT64_MAX);
}

void
retire_for_room(struct tcpstates *ts)
{
	enum retired why;
	struct conn *conn = limits_victim(&ts->expiry.limits,
	    &ts->expiry.queues, &why);

	if (conn != NULL)
		retire(ts, conn, why);
}

struct conn *
retire_find(struct tcpstates *ts, struct lookup *lookup)
{
	struct conn *conn = conntab_find(ts->conns, lookup);
	enum retired why;

	if (!ts->expiry.is_on || LIKELY(is_quiet(&ts->expiry)))
		return conn;
	/* Many were due at once, and this one is still in the table. */
	while (conn != NULL && (why = limits_is_over(&ts->expiry.limits, conn,
	    ts->expiry.now_ns)) != RETIRED_NOT) {
		retire(ts, conn, why);
		conn = conntab_find(ts->conns, lookup);
	}
	return conn;
}

void
retire_before(struct tcpstates *ts, struct conn *before)
{
	enum retired why;

	if (ts->expiry.is_on && limits_victim(&ts->expiry.limits,
	    &ts->expiry.queues, &why) != NULL)
		retire(ts, before, RETIRED_REPLACED);
}

void
retire_older(struct tcpstates *ts, struct conn *conn)
{
	struct lookup lookup = { .key = conn->key };
	struct conn *older[CONNTAB_OLDER_MAX];
	unsigned count;

	lookup_begin(&lookup);
	if (conntab_find(ts->conns, &lookup) != conn)
		return;
	count = conntab_older(ts->conns, &lookup, older);
	for (unsigned i = 0; i < count; i++)
		if (!older[i]->is_closed)
			retire(ts, older[i], RETIRED_REPLACED);
}

/* A bare SYN opens a new connection, whatever was before it. */
void
retire_note_return(struct tcpstates *ts, struct conn *conn,
    const struct segment *seg)
{
	const bool is_known = evicted_take(ts->expiry.evicted,
	    conntab_hash(ts->conns, &conn->key));

	conn->is_returned = is_known && (seg->depth < DEPTH_FLAGS ||
	    !segment_has(seg, TCP_SYN) || segment_has(seg, TCP_ACK));
	ts->totals.returned += conn->is_returned;
}
