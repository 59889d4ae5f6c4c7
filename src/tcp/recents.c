/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/recents.h"

#include <assert.h>
#include <stdbool.h>

#include "base/budget.h"
#include "base/nstime.h"
#include "base/pool.h"

/*
 * A DSACK may come later than the round trips so far say, so entries as young
 * as this are kept while there is memory.
 */
#define KEEP_NS		NS_PER_SEC

static_assert((RECENT_FEW & (RECENT_FEW - 1)) == 0 &&
    (RECENT_MAX & (RECENT_MAX - 1)) == 0, "indexes are masked");

static void
free_ring(struct sackboard *own, struct budget *budget)
{
	if (own->recents == NULL || own->recents == own->recents_few)
		return;
	mem_free(own->recents);
	budget_give(budget, own->recents_size * sizeof(*own->recents));
}

/* Move the newest `count` entries to a ring of `size`, oldest first. */
static void
move_ring(struct sackboard *own, struct recent *ring, size_t size,
    unsigned count, struct budget *budget)
{
	for (unsigned i = 0; i < count; i++)
		ring[i] = *recents_at(own, count - 1U - i);
	free_ring(own, budget);
	own->recents = ring;
	own->recents_size = (uint16_t)size;
	own->recents_count = (uint16_t)count;
	own->recents_next = (uint16_t)(count & (size - 1));
}

static bool
grow_ring(struct sackboard *own, struct budget *budget)
{
	const size_t size = 2U * own->recents_size;
	struct recent *ring;

	if (size > RECENT_MAX || !budget_take(budget, size * sizeof(*ring)))
		return false;
	ring = mem_realloc(NULL, size * sizeof(*ring));
	if (ring == NULL) {
		budget_give(budget, size * sizeof(*ring));
		return false;
	}
	move_ring(own, ring, size, own->recents_count, budget);
	return true;
}

/* Have room for one more; false if a DSACK of the oldest may still come. */
static bool
make_room(struct sackboard *own, int64_t now_ns, int64_t answer_ns,
    struct budget *budget)
{
	const struct recent *oldest;
	int64_t age;

	if (own->recents_count < own->recents_size)
		return true;
	oldest = &own->recents[own->recents_next];
	age = now_ns - oldest->sent_ns;
	if (oldest->len == 0 || (age >= KEEP_NS && age >= answer_ns))
		return true;
	return grow_ring(own, budget) || age >= answer_ns;
}

void
recents_add(struct endpoint_track *side, const struct recent *recent,
    int64_t answer_ns, struct budget *budget)
{
	struct sackboard *own = side->sackboard;

	if (own->recents_size == 0) {
		own->recents = own->recents_few;
		own->recents_size = RECENT_FEW;
	}
	if (!make_room(own, recent->sent_ns, answer_ns, budget))
		side->forgotten++;
	own->recents[own->recents_next] = *recent;
	own->recents_next = (own->recents_next + 1U) &
	    (own->recents_size - 1U);
	if (own->recents_count < own->recents_size)
		own->recents_count++;
}

void
recents_settle(struct endpoint_track *side, struct budget *budget)
{
	struct sackboard *own = side->sackboard;

	if (own != NULL && own->recents_size > RECENT_FEW)
		move_ring(own, own->recents_few, RECENT_FEW, RECENT_FEW,
		    budget);
}

void
recents_fini(struct endpoint_track *side, struct budget *budget)
{
	if (side->sackboard != NULL)
		free_ring(side->sackboard, budget);
}
