/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/holes.h"

#include <string.h>

#include "base/pool.h"
#include "decode/segment.h"
#include "tcp/analysis.h"

#define FIRST_HOLES	4	/* of a new array; doubled up to HOLES_MAX */

/* Index of the first hole that ends above `offset`. */
static unsigned
first_above(const struct side *side, int64_t offset)
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
remove_at(struct side *side, unsigned at)
{
	side->holes_count--;
	memmove(&side->holes[at], &side->holes[at + 1],
	    (side->holes_count - at) * sizeof(*side->holes));
}

/* Room for one more; true when there is. */
static bool
make_room(struct side *side)
{
	unsigned size = side->holes_size;
	struct hole *holes;

	if (side->holes_count < size)
		return true;
	if (size == HOLES_MAX) {
		remove_at(side, 0);
		side->forgotten++;
		return true;
	}
	size = size == 0 ? FIRST_HOLES : 2 * size;
	holes = mem_realloc(side->holes, size * sizeof(*holes));
	if (holes == NULL) {
		side->forgotten++;
		return false;
	}
	side->holes = holes;
	side->holes_size = (uint16_t)size;
	return true;
}

static bool
insert_hole(struct side *side, const struct hole *hole)
{
	unsigned at;

	if (!make_room(side))
		return false;
	at = first_above(side, hole->start);
	memmove(&side->holes[at + 1], &side->holes[at],
	    (side->holes_count - at) * sizeof(*side->holes));
	side->holes[at] = *hole;
	side->holes_count++;
	return true;
}

void
holes_ask(struct side *side, int64_t ack, bool repeats_ack, int64_t sacked,
    int64_t now_ns)
{
	for (unsigned i = 0; i < side->holes_count; i++) {
		struct hole *hole = &side->holes[i];

		if (hole->is_asked || !(hole->end < sacked ||
		    (repeats_ack && hole->start == ack)))
			continue;
		hole->is_asked = true;
		hole->asked_ns = now_ns;
	}
}

bool
holes_add(struct side *side, int64_t start, int64_t end,
    const struct segment *above)
{
	return insert_hole(side, &(struct hole){
	    .start = start,
	    .end = end,
	    .seen_ns = above->time_ns,
	    .tsval = above->opt.tsval,
	    .ip_id = above->ip_id,
	    .has_tsval = (above->opt.present & OPT_TIMESTAMP) != 0,
	});
}

int64_t
holes_overlap(const struct side *side, int64_t start, int64_t end)
{
	int64_t octets = 0;

	for (unsigned i = first_above(side, start); i < side->holes_count; i++) {
		const struct hole *hole = &side->holes[i];

		if (hole->start >= end)
			break;
		octets += (hole->end < end ? hole->end : end) -
		    (hole->start > start ? hole->start : start);
	}
	return octets;
}

const struct hole *
holes_find(const struct side *side, int64_t start, int64_t end)
{
	const unsigned at = first_above(side, start);

	if (at == side->holes_count || side->holes[at].start >= end)
		return NULL;
	return &side->holes[at];
}

/*
 * Its middle [start, end) has appeared: what is below becomes one more.  With
 * no room left it is the lowest hole of all that goes.
 */
static void
split(struct side *side, unsigned at, int64_t start, int64_t end)
{
	struct hole below = side->holes[at];

	below.end = start;
	side->holes[at].start = end;
	if (at == 0 && side->holes_count == HOLES_MAX)
		side->forgotten++;
	else
		insert_hole(side, &below);
}

void
holes_fill(struct side *side, int64_t start, int64_t end)
{
	unsigned at = first_above(side, start);

	if (start >= end)
		return;
	while (at < side->holes_count && side->holes[at].start < end) {
		struct hole *hole = &side->holes[at];

		if (hole->start < start && hole->end > end) {
			split(side, at, start, end);
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
holes_fini(struct side *side)
{
	mem_free(side->holes);
	side->holes = NULL;
	side->holes_count = 0;
	side->holes_size = 0;
}
