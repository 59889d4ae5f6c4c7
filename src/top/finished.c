/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "top/finished.h"

#include <stdlib.h>

#include "base/nstime.h"
#include "base/pool.h"
#include "diagnosis/findings.h"
#include "engine/engine.h"
#include "flow/conn.h"
#include "tcp/pack.h"
#include "top/layout.h"

struct finished_row {
	const struct conn *conn;
	const char *verdict;	/* NULL: none */
	int64_t cost_ns;	/* of the main finding */
	uint8_t severity;	/* see entry_trouble() */
	uint64_t number;
	uint64_t weight;	/* in the present order */
};

/* ---- diagnosis ---- */

static uint8_t
severity_of(enum finding_kind kind)
{
	switch (kind) {
	case KIND_FAILURE:
		return 4;
	case KIND_SPEED:
		return 3;
	case KIND_CAPTURE:
		return 1;
	case KIND_NOTE:
	case KIND_BETWEEN:
		break;
	}
	return 0;
}

static void
diagnose_row(struct finished_row *row, const struct conn *conn)
{
	struct diagnosed diagnosed;
	const struct finding *main;

	if (!diagnose(conn, &diagnosed))
		return;
	row->verdict = diagnosed_verdict(&diagnosed);
	if (diagnosed.outcome != OUTCOME_FINDING)
		return;
	main = &diagnosed.finding[diagnosed.main];
	row->severity = severity_of(finding_kind(main->id));
	row->cost_ns = main->cost_ns > 0 ? main->cost_ns : 0;
}

/* ---- the list ---- */

static void
count_conn(struct heading *heading, const struct conn *conn)
{
	heading->conns++;
	heading->open += !conn->is_closed;
	heading->half_open += conn_is_half_open(conn);
	heading->resets += conn_is_reset(conn);
	if (conn->analysis == NULL || conn->analysis->stats == NULL)
		return;
	for (unsigned side = 0; side < 2; side++) {
		const uint32_t *judged = conn->analysis->stats[side].judged;

		heading->retrans += judged[JUDGED_RETRANSMISSION];
		heading->lost_upstream += judged[JUDGED_LOSS_BEFORE];
		heading->lost_downstream += judged[JUDGED_LOSS_BEHIND];
	}
}

static void
add_row(struct finished *finished, struct heading *heading,
    const struct conn *conn)
{
	struct finished_row *row = &finished->rows[finished->count++];
	struct pack_room room;
	const struct conn *unpacked = pack_read(conn, &room);

	row->conn = conn;
	row->number = conn->number;
	diagnose_row(row, unpacked);
	count_conn(heading, unpacked);
}

bool
finished_init(struct finished *finished, const struct tcpstates *ts,
    struct heading *heading)
{
	size_t count = 0;

	for (const struct conn *conn = tcpstates_first(ts); conn != NULL;
	    conn = conn->next)
		count++;
	*finished = (struct finished){
		.rows = mem_zalloc((count + 1) * sizeof(*finished->rows)),
		.list = mem_zalloc((count + 1) * sizeof(*finished->list)),
		.now_ns = tcpstates_totals(ts)->last_ns,
	};
	if (finished->rows == NULL || finished->list == NULL)
		return false;
	for (const struct conn *conn = tcpstates_first(ts); conn != NULL;
	    conn = conn->next)
		add_row(finished, heading, conn);
	return true;
}

void
finished_fini(struct finished *finished)
{
	mem_free(finished->rows);
	mem_free(finished->list);
}

static void
fill_entry(const struct finished *finished, const struct finished_row *row,
    struct entry *e)
{
	*e = (struct entry){
		.has_rate = true,
		.is_finished = true,
		.verdict = row->verdict,
		.severity = row->severity,
		.cost_ns = row->cost_ns,
	};
	figures_take(&e->figures, row->conn, finished->now_ns);
	e->waited_ns = nstime_diff(finished->now_ns, e->figures.last_ns);
	e->rate[0] = e->figures.bytes[0];
	e->rate[1] = e->figures.bytes[1];
	e->resent = e->figures.resent;
	e->carried = e->figures.sent[0] + e->figures.sent[1] + e->resent;
}

/* The heaviest first; equal ones by number. */
static int
compare_rows(const void *a, const void *b)
{
	const struct finished_row *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	return (x->number > y->number) - (x->number < y->number);
}

void
finished_sort(struct finished *finished, enum order order, bool is_reversed)
{
	for (uint64_t i = 0; i < finished->count; i++) {
		struct finished_row *row = &finished->rows[i];
		struct entry e;

		fill_entry(finished, row, &e);
		row->weight = entry_weight(&e, order);
		if (is_reversed)
			row->weight = UINT64_MAX - row->weight;
	}
	qsort(finished->rows, finished->count, sizeof(*finished->rows),
	    compare_rows);
}

void
finished_filter(struct finished *finished, const char *filter)
{
	finished->list_count = 0;
	for (uint64_t i = 0; i < finished->count; i++) {
		struct entry e;

		if (filter[0] != '\0')
			fill_entry(finished, &finished->rows[i], &e);
		if (filter[0] == '\0' ||
		    entry_matches(&e, filter, finished->now_ns))
			finished->list[finished->list_count++] = (uint32_t)i;
	}
}

const struct conn *
finished_conn(const struct finished *finished, uint64_t place)
{
	return finished->rows[finished->list[place]].conn;
}

void
finished_entry(const struct finished *finished, uint64_t place,
    struct entry *ret_entry)
{
	fill_entry(finished, &finished->rows[finished->list[place]],
	    ret_entry);
}
