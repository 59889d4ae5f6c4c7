/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/inflight.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/budget.h"
#include "base/pool.h"

/*
 * How far from the end a late segment is put in its place: reordering on the
 * wire is a matter of a few segments, and an attacker's is not worth more.
 */
#define INSERT_REACH	64
/*
 * Entries that one segment may send again and leave apart.  The largest there
 * is, half a MiB of BIG TCP, spans some 360 of the usual size; thousands of
 * tiny ones would cost their marking every time.
 */
#define RESENT_MAX	512

static struct inflight *
at(struct endpoint_track *side, uint32_t index)
{
	return &side->inflight[(side->inflight_head + index) &
	    (side->inflight_size - 1)];
}

static void
give_ring(struct endpoint_track *side, struct budget *budget)
{
	if (side->inflight == NULL || side->inflight == side->inflight_few)
		return;
	mem_free(side->inflight);
	budget_give(budget, side->inflight_size * sizeof(*side->inflight));
}

static bool
grow(struct endpoint_track *side, struct budget *budget)
{
	const uint32_t size = 2U * side->inflight_size;
	struct inflight *ring;

	if (size == 0) {
		side->inflight = side->inflight_few;
		side->inflight_size = INFLIGHT_FEW;
		return true;
	}
	if (!budget_take(budget, size * sizeof(*ring)))
		return false;
	ring = mem_realloc(NULL, size * sizeof(*ring));
	if (ring == NULL) {
		budget_give(budget, size * sizeof(*ring));
		return false;
	}
	for (uint32_t i = 0; i < side->inflight_count; i++)
		ring[i] = *at(side, i);
	give_ring(side, budget);
	side->inflight = ring;
	side->inflight_size = (uint16_t)size;
	side->inflight_head = 0;
	return true;
}

/* Have `entry` take the place of `lower`, too. */
static void
merge(struct inflight *entry, const struct inflight *lower)
{
	const unsigned open = entry->open + lower->open;

	entry->start = lower->start;
	entry->open = (open < OPEN_MAX ? open : OPEN_MAX) & OPEN_MAX;
	entry->is_resent |= lower->is_resent;
	entry->is_merged = true;
}

/* Make one of the two oldest: no sample will be taken of it. */
static void
merge_oldest(struct endpoint_track *side)
{
	merge(at(side, 1), at(side, 0));
	side->inflight_head = (side->inflight_head + 1) &
	    (side->inflight_size - 1);
	side->inflight_count--;
	side->forgotten++;
}

bool
inflight_make_room(struct endpoint_track *side, struct budget *budget)
{
	if (side->inflight_count < side->inflight_size)
		return true;
	if (side->inflight_size < INFLIGHT_MAX && grow(side, budget))
		return true;
	if (side->inflight_size < 2) {
		side->forgotten++;
		return false;
	}
	merge_oldest(side);
	return true;
}

void
inflight_add(struct endpoint_track *side, const struct inflight *entry,
    struct budget *budget)
{
	uint32_t index;

	if (!inflight_make_room(side, budget))
		return;
	index = side->inflight_count;
	while (index > 0 && at(side, index - 1)->start > entry->start) {
		if (side->inflight_count - index == INSERT_REACH)
			break;
		index--;
	}
	if (index > 0 && at(side, index - 1)->start > entry->start)
		return;		/* too far back: left out, as promised */
	if (index > 0 && at(side, index - 1)->end > entry->start)
		return;		/* in a hole that neighbours were merged over */
	for (uint32_t i = side->inflight_count; i > index; i--)
		*at(side, i) = *at(side, i - 1);
	*at(side, index) = *entry;
	side->inflight_count++;
}

/* Index of the first entry that ends above `offset`. */
static uint32_t
first_above(struct endpoint_track *side, int64_t offset)
{
	uint32_t low = 0;
	uint32_t high = side->inflight_count;

	while (low < high) {
		const uint32_t mid = (low + high) / 2;

		if (at(side, mid)->end > offset)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

const struct inflight *
inflight_above(struct endpoint_track *side, int64_t offset)
{
	const uint32_t index = first_above(side, offset);

	return index == side->inflight_count ? NULL : at(side, index);
}

struct inflight *
inflight_find(struct endpoint_track *side, int64_t offset)
{
	const uint32_t index = first_above(side, offset);

	if (index == side->inflight_count || at(side, index)->start > offset)
		return NULL;
	return at(side, index);
}

/* Make one of the entries from `first` to `last`: no sample comes of them. */
static void
merge_resent(struct endpoint_track *side, uint32_t first, uint32_t last)
{
	const uint32_t gone = last - first;

	for (uint32_t i = last; i > first; i--)
		merge(at(side, last), at(side, i - 1));
	for (uint32_t i = last; i < side->inflight_count; i++)
		*at(side, i - gone) = *at(side, i);
	side->inflight_count = (uint16_t)(side->inflight_count - gone);
	side->forgotten = (side->forgotten + gone) & INT32_MAX;
}

void
inflight_resent(
    struct endpoint_track *side, int64_t start, int64_t end, int64_t now_ns)
{
	const uint32_t first = first_above(side, start);
	uint32_t i = first;

	for (; i < side->inflight_count && at(side, i)->start < end; i++) {
		at(side, i)->last_ns = now_ns;
		at(side, i)->is_resent = true;
	}
	if (i - first > RESENT_MAX)
		merge_resent(side, first, i - 1);
}

void
inflight_fini(struct endpoint_track *side, struct budget *budget)
{
	give_ring(side, budget);
	side->inflight = NULL;
	side->inflight_size = 0;
	side->inflight_head = 0;
	side->inflight_count = 0;
	side->has_open = false;
}
