/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "views/drawn.h"

#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "flow/conn.h"
#include "records/select_walk.h"
#include "tcp/analysis.h"
#include "tcp/close.h"
#include "tcp/pack.h"
#include "views/display.h"

struct ranked {
	const struct conn *conn;
	uint64_t cost;
	uint64_t segments;
	bool is_answered;
};

/* The worst connections so far, the worst first. */
struct ranking {
	struct ranked entry[TIMELINE_ROWS];
	size_t count;
};

static bool
is_worse(const struct ranked *a, const struct ranked *b)
{
	if (a->is_answered != b->is_answered)
		return a->is_answered;
	if (a->cost != b->cost)
		return a->cost > b->cost;
	return a->segments > b->segments;
}

static void
rank(struct ranking *ranking, const struct ranked *ranked)
{
	size_t at = ranking->count;

	if (at == TIMELINE_ROWS) {
		if (!is_worse(ranked, &ranking->entry[at - 1]))
			return;
		at--;
	} else
		ranking->count++;
	for (; at > 0 && is_worse(ranked, &ranking->entry[at - 1]); at--)
		ranking->entry[at] = ranking->entry[at - 1];
	ranking->entry[at] = *ranked;
}

/* Time that its problems cost. */
static uint64_t
cost_of(const struct diagnosed *diagnosed)
{
	uint64_t cost = 0;

	for (unsigned i = 0; i < diagnosed->count; i++)
		if (finding_is_problem(diagnosed->finding[i].id))
			cost += 1 + (uint64_t)diagnosed->finding[i].cost_ns;
	return cost;
}

static void
count(struct drawn *drawn, const struct conn *conn)
{
	const struct analysis *analysis = conn->analysis;

	drawn->conns++;
	drawn->complete += conn_is_complete(conn);
	drawn->reset += conn_is_reset(conn);
	drawn->open += conn_is_open(conn) && !conn_is_reset(conn);
	drawn->unanswered += close_is_unanswered(conn);
	for (unsigned side = 0; side < 2; side++) {
		drawn->segments += conn->endpoint[side].pkts;
		drawn->bytes += conn->endpoint[side].bytes;
		if (analysis != NULL && analysis->stats != NULL)
			drawn->retransmitted += analysis->stats[side].judged[
			    JUDGED_RETRANSMISSION];
	}
}

static void
consider(struct drawn *drawn, struct ranking *ranking,
    const struct conn *packed)
{
	struct pack_room room;
	const struct conn *conn = pack_read(packed, &room);
	struct diagnosed diagnosed;
	struct ranked ranked = {
		.conn = packed,
		.segments = conn_segments(conn),
		.is_answered = conn->endpoint[!conn->orig].pkts > 0,
	};

	count(drawn, conn);
	if (diagnose(conn, &diagnosed)) {
		ranked.cost = cost_of(&diagnosed);
		triage_add(&drawn->triage, conn, &diagnosed);
	}
	rank(ranking, &ranked);
}

static int
compare_numbers(const void *a, const void *b)
{
	const struct conn *ca = *(const struct conn *const *)a;
	const struct conn *cb = *(const struct conn *const *)b;

	return ca->number < cb->number ? -1 : ca->number > cb->number;
}

static void
take(struct drawn *drawn, const struct ranking *ranking, size_t sheets)
{
	for (size_t i = 0; i < ranking->count; i++) {
		const struct conn *conn = ranking->entry[i].conn;

		drawn->row[drawn->row_count++] = conn;
		if (drawn->sheet_count < sheets)
			drawn->sheet[drawn->sheet_count++] = conn;
		if (drawn->open_count < DRAWN_OPEN)
			drawn->first_open[drawn->open_count++] = conn;
	}
	qsort(drawn->row, drawn->row_count, sizeof(drawn->row[0]),
	    compare_numbers);
	qsort(drawn->sheet, drawn->sheet_count, sizeof(drawn->sheet[0]),
	    compare_numbers);
}

static size_t
sheets_wanted(const struct select_rules *select)
{
	if (select->has_limit)
		return select->limit < TIMELINE_ROWS ?
		    (size_t)select->limit : TIMELINE_ROWS;
	return select->ranges != NULL ? TIMELINE_ROWS : DRAWN_SHEETS;
}

int
drawn_choose(struct drawn *drawn, const struct display_context *context,
    const struct tcpstates *ts)
{
	struct select_rules select = context->options->select;
	struct ranking ranking = { .count = 0 };
	struct select_walk walk;
	const struct conn *conn;
	int error;

	memset(drawn, 0, sizeof(*drawn));
	triage_init(&drawn->triage);
	/* --limit is of sheets: figures are of everything selected. */
	select.has_limit = false;
	select.sort = NULL;
	error = select_walk_begin(&walk, &select, tcpstates_first(ts));
	while ((conn = select_walk_next(&walk)) != NULL)
		consider(drawn, &ranking, conn);
	select_walk_end(&walk);
	take(drawn, &ranking, sheets_wanted(&context->options->select));
	return error;
}

bool
drawn_has_sheet(const struct drawn *drawn, uint64_t number)
{
	for (size_t i = 0; i < drawn->sheet_count; i++)
		if (drawn->sheet[i]->number == number)
			return true;
	return false;
}

void
drawn_extent(const struct drawn *drawn, int64_t *ret_first_ns,
    int64_t *ret_last_ns)
{
	*ret_first_ns = INT64_MAX;
	*ret_last_ns = INT64_MIN;
	for (size_t i = 0; i < drawn->row_count; i++) {
		const struct conn *conn = drawn->row[i];

		if (conn->first_ns < *ret_first_ns)
			*ret_first_ns = conn->first_ns;
		if (conn->last_ns > *ret_last_ns)
			*ret_last_ns = conn->last_ns;
	}
}

void
drawn_fini(struct drawn *drawn)
{
	triage_fini(&drawn->triage);
}
