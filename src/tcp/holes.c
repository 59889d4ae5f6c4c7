/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/holes.h"

#include <string.h>

#include "base/budget.h"
#include "base/nstime.h"
#include "base/pool.h"
#include "decode/segment.h"
#include "tcp/analysis.h"

#define FIRST_HOLES	4	/* of a new array; doubled up to HOLES_MAX */

/* Index of the first hole that ends above `offset`. */
static unsigned
first_above(const struct endpoint_track *side, int64_t offset)
{
	unsigned low = 0;
	unsigned high = side->holes_count;

	while (low < high) {
		const unsigned mid = (low + high) / 2;

		if (side->holes[mid].end > offset)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static void
remove_at(struct endpoint_track *side, unsigned at)
{
	side->holes_count--;
	memmove(&side->holes[at], &side->holes[at + 1],
	    (side->holes_count - at) * sizeof(*side->holes));
}

static bool
grow(struct endpoint_track *side, struct budget *budget)
{
	const unsigned size = side->holes_size == 0 ? FIRST_HOLES :
	    2U * side->holes_size;
	const size_t more = (size - side->holes_size) * sizeof(struct hole);
	struct hole *holes;

	if (!budget_take(budget, more))
		return false;
	holes = mem_realloc(side->holes, size * sizeof(*holes));
	if (holes == NULL) {
		budget_give(budget, more);
		return false;
	}
	side->holes = holes;
	side->holes_size = (uint16_t)size;
	return true;
}

/* Room for one more; true when there is. */
static bool
make_room(struct endpoint_track *side, struct budget *budget)
{

	if (side->holes_count < side->holes_size)
		return true;
	if (side->holes_size < HOLES_MAX && grow(side, budget))
		return true;
	side->forgotten++;
	if (side->holes_size < HOLES_MAX)
		return false;
	remove_at(side, 0);
	return true;
}

bool
holes_insert(struct endpoint_track *side, const struct hole *hole,
    struct budget *budget)
{
	unsigned at;

	if (!make_room(side, budget))
		return false;
	at = first_above(side, hole->start);
	memmove(&side->holes[at + 1], &side->holes[at],
	    (side->holes_count - at) * sizeof(*side->holes));
	side->holes[at] = *hole;
	side->holes_count++;
	return true;
}

/* A time from 0 to the most that fits, more than an hour. */
static uint32_t
microseconds(int64_t ns)
{
	const int64_t us = ns / NS_PER_US;

	if (us < 0)
		return 0;
	return us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

void
holes_ask(struct endpoint_track *side, int64_t ack, bool repeats_ack,
    int64_t sacked, int64_t now_ns)
{
	for (unsigned i = 0; i < side->holes_count; i++) {
		struct hole *hole = &side->holes[i];

		if (hole->is_asked || !(hole->end < sacked ||
		    (repeats_ack && hole->start == ack)))
			continue;
		hole->is_asked = true;
		hole->asked_us = microseconds(
		    nstime_diff(now_ns, hole->seen_ns));
	}
}

bool
holes_add(struct endpoint_track *side, int64_t start, int64_t end,
    const struct segment *above, struct budget *budget)
{
	return holes_insert(side, &(struct hole){
	    .start = start,
	    .end = end,
	    .seen_ns = above->time_ns,
	    .tsval = above->opt.tsval,
	    .ack = above->ack,
	    .ip_id = above->ip_id,
	    .has_tsval = (above->opt.present & OPT_TIMESTAMP) != 0,
	    .has_ack = segment_has(above, TCP_ACK),
	}, budget);
}

int64_t
holes_overlap(const struct endpoint_track *side, int64_t start, int64_t end)
{
	int64_t bytes = 0;

	for (unsigned i = first_above(side, start); i < side->holes_count; i++) {
		const struct hole *hole = &side->holes[i];

		if (hole->start >= end)
			break;
		bytes += (hole->end < end ? hole->end : end) -
		    (hole->start > start ? hole->start : start);
	}
	return bytes;
}

const struct hole *
holes_find(const struct endpoint_track *side, int64_t start, int64_t end)
{
	const unsigned at = first_above(side, start);

	if (at == side->holes_count || side->holes[at].start >= end)
		return NULL;
	return &side->holes[at];
}

/*
 * [start, end) has appeared in the middle of the hole: its lower part becomes a
 * new hole. If no room is left, the lowest hole of all is dropped.
 */
static void
split(struct endpoint_track *side, unsigned at, int64_t start, int64_t end,
    struct budget *budget)
{
	struct hole below = side->holes[at];

	below.end = start;
	side->holes[at].start = end;
	if (at == 0 && side->holes_count == HOLES_MAX)
		side->forgotten++;
	else
		holes_insert(side, &below, budget);
}

void
holes_fill(struct endpoint_track *side, int64_t start, int64_t end,
    struct budget *budget)
{
	unsigned at = first_above(side, start);

	if (start >= end)
		return;
	while (at < side->holes_count && side->holes[at].start < end) {
		struct hole *hole = &side->holes[at];

		if (hole->start < start && hole->end > end) {
			split(side, at, start, end, budget);
			return;
		}
		if (hole->start < start) {
			hole->end = start;
			at++;
		} else if (hole->end > end) {
			hole->start = end;
			return;
		} else {
			remove_at(side, at);
		}
	}
}

void
holes_fini(struct endpoint_track *side, struct budget *budget)
{
	if (side->holes_size == 0)
		return;
	mem_free(side->holes);
	budget_give(budget, side->holes_size * sizeof(*side->holes));
	side->holes = NULL;
	side->holes_count = 0;
	side->holes_size = 0;
}
