/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow/summary.h"

#include <stddef.h>

#include "flow/conn.h"

/* Add many values whose minimum, maximum and sum are known. */
static void
spread_merge(struct spread *spread, const struct spread *more)
{
	if (more->count == 0)
		return;
	if (spread->count == 0 || more->min < spread->min)
		spread->min = more->min;
	if (spread->count == 0 || more->max > spread->max)
		spread->max = more->max;
	spread->count += more->count;
	sum_add(&spread->sum, more->sum.low);
	spread->sum.high += more->sum.high;
}

void
spread_add(struct spread *spread, uint64_t value)
{
	const struct spread one = {
		.count = 1, .min = value, .max = value, .sum.low = value
	};

	spread_merge(spread, &one);
}

int64_t
summary_duration(const struct conn *conn)
{
	const int64_t duration = nstime_diff(conn->last_ns, conn->first_ns);

	return duration > 0 ? duration : 0;
}

/* Section D is of the complete connections, and pools their samples. */
static void
add_complete(struct summary *summary, const struct conn *conn)
{
	const struct report_stats *figures = &conn->report;
	const struct spread rtt = {
		.count = figures->rtt_count,
		.min = (uint64_t)figures->rtt_min,
		.max = (uint64_t)figures->rtt_max,
		.sum.low = (uint64_t)figures->rtt_sum
	};
	const struct spread window = {
		.count = figures->win_count,
		.min = figures->win_min,
		.max = figures->win_max,
		.sum.low = figures->win_sum
	};

	spread_add(&summary->duration, (uint64_t)summary_duration(conn));
	spread_add(&summary->packets, conn_segments(conn));
	spread_merge(&summary->rtt, &rtt);
	spread_merge(&summary->window, &window);
}

/*
 * A scan has connections of one direction, because its SYNs are not answered
 * however often they are repeated.  A capture that misses a direction has some
 * that go on sending data or ACKs all the same.
 */
#define TALKATIVE	4	/* segments that ask for an answer, or are one */

static bool
goes_on(const struct conn *conn, const struct endpoint *e)
{
	const uint64_t asked = conn_syn_count(conn) + e->rst_count;

	return (e->sent_data && e->pkts >= TALKATIVE) ||
	    e->pkts >= asked + TALKATIVE;
}

static void
add_direction(struct summary *summary, const struct conn *conn)
{
	const struct endpoint *a = &conn->endpoint[0];
	const struct endpoint *b = &conn->endpoint[1];

	if (a->pkts > 0 && b->pkts > 0)
		return;
	summary->one_sided++;
	summary->one_sided_talks += goes_on(conn, a->pkts > 0 ? a : b);
}

void
summary_add(struct summary *summary, const struct conn *conn)
{
	summary->total++;
	summary->reset += conn_is_reset(conn);
	summary->open += conn_is_open(conn);
	summary->midstream += conn->is_midstream;
	if (conn_is_complete(conn)) {
		summary->complete++;
		add_complete(summary, conn);
	}
	add_direction(summary, conn);
}

void
summary_merge(struct summary *summary, const struct summary *more)
{
	summary->total += more->total;
	summary->complete += more->complete;
	summary->reset += more->reset;
	summary->open += more->open;
	summary->midstream += more->midstream;
	spread_merge(&summary->duration, &more->duration);
	spread_merge(&summary->rtt, &more->rtt);
	spread_merge(&summary->packets, &more->packets);
	spread_merge(&summary->window, &more->window);
	summary->one_sided += more->one_sided;
	summary->one_sided_talks += more->one_sided_talks;
}

void
summary_add_all(struct summary *summary, const struct conn *first)
{
	for (const struct conn *conn = first; conn != NULL;
	    conn = conn->next) {
		conn_fetch_ahead(conn);
		summary_add(summary, conn);
	}
}
