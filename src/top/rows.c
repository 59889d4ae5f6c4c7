/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "top/rows.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "flow/conn.h"

/* Connections of each queue that a picture looks at. */
#define RECENT_EACH	256
/* A newcomer younger than this began while the screen looked. */
#define YOUNG_NS	(2 * NS_PER_SEC)
/* For this time a newcomer is not replaced: its rate is not known yet. */
#define PROTECTED_SECONDS	3
#define BITS		8	/* of a byte */

struct row *
rows_find(struct rows *rows, uint64_t number)
{
	for (unsigned i = 0; i < rows->count; i++)
		if (rows->row[i].figures.number == number)
			return &rows->row[i];
	return NULL;
}

const struct second *
rows_second(const struct rows *rows, const struct row *row, unsigned ago)
{
	const uint64_t second = (uint64_t)(rows->second - 1 - (int64_t)ago);

	return &row->seconds[second % ROWS_SECONDS];
}

int64_t
rows_in_state_ns(const struct rows *rows, const struct row *row, unsigned which)
{
	const int64_t passed_ns = nstime_diff(rows->second * NS_PER_SEC,
	    row->state_ns[which]);

	return passed_ns > 0 ? passed_ns : 0;
}

/* ---- newcomers ---- */

static void
keep_rtt(struct row *row)
{
	row->rtt_count = row->figures.rtt_count;
	row->rtt_sum = row->figures.rtt_sum;
	row->rtt_side = row->figures.rtt_side;
}

static uint64_t
row_carried(const struct rows *rows, const struct row *row, unsigned seconds)
{
	uint64_t carried = 0;

	for (unsigned i = 0; i < seconds && i < row->seconds_known; i++) {
		const struct second *second = rows_second(rows, row, i);

		carried += second->sent[0] + second->sent[1] + second->resent;
	}
	return carried;
}

/*
 * What a row is worth, when room is needed.  Ended rows go first, then quiet
 * ones, then the slowest.
 */
static uint64_t
row_worth(const struct rows *rows, const struct row *row)
{
	if (row->is_pinned)
		return UINT64_MAX;
	if (row->ended_ns != 0)
		return 0;
	if (row->seconds_known < PROTECTED_SECONDS)
		return UINT64_MAX - 1;
	return 1 + row_carried(rows, row, 5);
}

/* The row to replace; NULL: none has been looked at for long enough. */
static struct row *
cheapest_row(struct rows *rows)
{
	uint64_t least = UINT64_MAX - 1;
	struct row *cheapest = NULL;

	for (unsigned i = 0; i < rows->count; i++) {
		const uint64_t worth = row_worth(rows, &rows->row[i]);

		if (worth >= least)
			continue;
		least = worth;
		cheapest = &rows->row[i];
	}
	return cheapest;
}

static void
add_row(struct rows *rows, const struct conn *conn, int64_t now_ns,
    int64_t frames_ns)
{
	struct row *row = rows->count < ROWS_MAX ?
	    &rows->row[rows->count++] : cheapest_row(rows);

	if (row == NULL)
		return;
	memset(row, 0, sizeof(*row));
	row->conn = conn;
	row->rank = rows->next_rank++;
	row->limit_ns = now_ns;
	row->state_ns[0] = row->state_ns[1] = now_ns;
	figures_take(&row->figures, conn, frames_ns);
	keep_rtt(row);
	row->was_open = nstime_diff(frames_ns, conn->first_ns) > YOUNG_NS;
	/* What an older connection carried before was not in this second. */
	if (row->was_open)
		row->total = (struct second){
			.sent = { row->figures.sent[0],
			    row->figures.sent[1] },
			.resent = row->figures.resent,
		};
}

/* A set of numbers of connections, of which 0 is none. */
#define SET_BITS	10
#define SET_SLOTS	(1u << SET_BITS)

static_assert(SET_SLOTS > 2 * ROWS_MAX, "probing ends soon");

/* The slot that has the number, or the one for it. */
static uint64_t *
set_slot(uint64_t set[SET_SLOTS], uint64_t number)
{
	unsigned at = (unsigned)(number * UINT64_C(0x9e3779b97f4a7c15) >>
	    (64 - SET_BITS));

	while (set[at] != 0 && set[at] != number)
		at = (at + 1) % SET_SLOTS;
	return &set[at];
}

static void
remove_gone(struct rows *rows, int64_t now_ns)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < rows->count; i++) {
		const struct row *row = &rows->row[i];

		if (row->ended_ns != 0 && !row->is_pinned &&
		    nstime_diff(now_ns, row->ended_ns) > ROWS_ENDED_NS)
			continue;
		if (kept != i)
			rows->row[kept] = *row;
		kept++;
	}
	rows->count = kept;
}

static void
find_newcomers(struct rows *rows, const struct tcpstates *ts, int64_t now_ns,
    int64_t frames_ns)
{
	const struct conn *recent[3 * RECENT_EACH];
	const unsigned count = tcpstates_recent(ts, recent, RECENT_EACH);
	uint64_t known[SET_SLOTS] = { 0 };
	unsigned added = 0;

	for (unsigned i = 0; i < rows->count; i++) {
		const uint64_t number = rows->row[i].figures.number;

		*set_slot(known, number) = number;
	}
	for (unsigned i = 0; i < count && added < ROWS_NEW_MAX; i++) {
		/* A closed one that was never shown need not be. */
		if (*set_slot(known, recent[i]->number) != 0 ||
		    nstime_diff(frames_ns, recent[i]->last_ns) > (
		    recent[i]->is_closed ? YOUNG_NS : INT64_MAX))
			continue;
		add_row(rows, recent[i], now_ns, frames_ns);
		added++;
	}
}

/* ---- a picture ---- */

/* The mean of the round trips since the second began; 0: there were none. */
static uint32_t
mean_rtt(const struct row *row)
{
	const struct figures *f = &row->figures;
	int64_t us;

	/* The other half of the path has become the larger one. */
	if (f->rtt_side != row->rtt_side || f->rtt_count <= row->rtt_count)
		return 0;
	us = (f->rtt_sum - row->rtt_sum) /
	    (int64_t)(f->rtt_count - row->rtt_count) / NS_PER_US;
	return us < 1 ? 1 : us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

/* The second `at` of the ring is over for a row. */
static void
end_second(struct row *row, unsigned at)
{
	const struct figures *f = &row->figures;

	row->seconds[at] = (struct second){
		.sent = { f->sent[0] - row->total.sent[0],
		    f->sent[1] - row->total.sent[1] },
		.resent = f->resent - row->total.resent,
		.rtt_us = mean_rtt(row),
		.flight = row->flight,
	};
	keep_rtt(row);
	row->flight = 0;
	row->total = (struct second){
		.sent = { f->sent[0], f->sent[1] },
		.resent = f->resent,
	};
	row->seconds_known += row->seconds_known < ROWS_SECONDS;
}

/* End the seconds that have passed since the last picture. */
static void
end_seconds(struct rows *rows, int64_t now_ns)
{
	const int64_t second = now_ns / NS_PER_SEC;

	/* At the start, and after a suspension of the machine. */
	if (second - rows->second > ROWS_SECONDS) {
		for (unsigned i = 0; i < rows->count; i++)
			rows->row[i].seconds_known = 0;
		rows->second = second;
	}
	for (; rows->second < second; rows->second++)
		for (unsigned i = 0; i < rows->count; i++)
			end_second(&rows->row[i], (unsigned)(
			    (uint64_t)rows->second % ROWS_SECONDS));
}

void
rows_begin(struct rows *rows, const struct tcpstates *ts, int64_t now_ns,
    int64_t frames_ns)
{
	end_seconds(rows, now_ns);
	remove_gone(rows, now_ns);
	find_newcomers(rows, ts, now_ns, frames_ns);
	rows->updated = 0;
}

/* The connection closed, or is not followed any longer. */
static void
end_row(struct row *row, int64_t now_ns)
{
	row->figures.limit = LIMIT_ENDED;
	if (row->ended_ns == 0)
		row->ended_ns = now_ns;
}

/* Counts on the screen never shrink, though a guess may be corrected. */
static void
keep_growing(struct figures *now, const struct figures *before)
{
	for (unsigned i = 0; i < 2; i++)
		if (now->sent[i] < before->sent[i])
			now->sent[i] = before->sent[i];
	if (now->resent < before->resent)
		now->resent = before->resent;
}

static void
note_flight(struct row *row)
{
	const int64_t flight = row->figures.flight;

	if (flight > row->flight)
		row->flight = flight > UINT32_MAX ? UINT32_MAX :
		    (uint32_t)flight;
}

static void
update_row(struct row *row, int64_t now_ns, int64_t frames_ns)
{
	const struct figures before = row->figures;

	if (row->conn == NULL)
		return;
	if (!tcpstates_follows(row->conn, before.number)) {
		row->conn = NULL;
		end_row(row, now_ns);
		return;
	}
	figures_take(&row->figures, row->conn, frames_ns);
	keep_growing(&row->figures, &before);
	note_flight(row);
	for (unsigned which = 0; which < 2; which++)
		if (row->figures.state[which] != before.state[which])
			row->state_ns[which] = now_ns;
	if (row->figures.limit != before.limit)
		row->limit_ns = now_ns;
	if (row->figures.is_closed)
		end_row(row, now_ns);
	else
		row->ended_ns = 0;
}

bool
rows_update(struct rows *rows, unsigned count, int64_t now_ns,
    int64_t frames_ns)
{
	for (; count > 0 && rows->updated < rows->count; count--)
		update_row(&rows->row[rows->updated++], now_ns, frames_ns);
	return rows->updated < rows->count;
}

/* ---- entries ---- */

static void
add_rates(const struct rows *rows, const struct row *row, unsigned average,
    struct entry *e)
{
	const unsigned seconds = average < row->seconds_known ? average :
	    row->seconds_known;

	if (seconds == 0)
		return;
	e->has_rate = true;
	for (unsigned i = 0; i < seconds; i++) {
		const struct second *second = rows_second(rows, row, i);

		e->rate[0] += second->sent[0];
		e->rate[1] += second->sent[1];
		e->resent += second->resent;
	}
	e->carried = e->rate[0] + e->rate[1] + e->resent;
	e->rate[0] = e->rate[0] * BITS / seconds;
	e->rate[1] = e->rate[1] * BITS / seconds;
}

static void
add_totals(const struct figures *f, struct entry *e)
{
	e->has_rate = true;
	e->rate[0] = f->bytes[0];
	e->rate[1] = f->bytes[1];
	e->resent = f->resent;
	e->carried = f->sent[0] + f->sent[1] + f->resent;
}

static void
add_trend(const struct rows *rows, const struct row *row, struct entry *e)
{
	for (unsigned i = 0; i < ENTRY_TREND * 5 && i < row->seconds_known;
	    i++) {
		const struct second *second = rows_second(rows, row, i);

		e->trend[ENTRY_TREND - 1 - i / 5] += second->sent[0] +
		    second->sent[1];
	}
}

void
rows_entry(const struct rows *rows, const struct row *row, unsigned average,
    int64_t now_ns, struct entry *ret_entry)
{
	*ret_entry = (struct entry){
		.figures = row->figures,
		.waited_ns = nstime_diff(now_ns, row->limit_ns),
	};
	if (average == 0)
		add_totals(&row->figures, ret_entry);
	else
		add_rates(rows, row, average, ret_entry);
	add_trend(rows, row, ret_entry);
}
