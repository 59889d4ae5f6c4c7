/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/rounds.h"

#include "base/err.h"
#include "base/pool.h"

int
rounds_init(struct rounds *rounds, rounds_match *match, void *arg)
{
	*rounds = (struct rounds){ .match = match, .arg = arg };
	pthread_mutex_init(&rounds->lock, NULL);
	pthread_cond_init(&rounds->moved, NULL);
	for (unsigned p = 0; p < POINT_COUNT; p++) {
		struct ring *ring = &rounds->rings[p];

		ring->entries = mem_zalloc_lines(RING_MAX *
		    sizeof(*ring->entries));
		if (ring->entries == NULL)
			return -ERR_NOMEM;
	}
	return 0;
}

void
rounds_fini(struct rounds *rounds)
{
	for (unsigned p = 0; p < POINT_COUNT; p++) {
		mem_free(rounds->rings[p].entries);
		rounds->rings[p].entries = NULL;
	}
	pthread_cond_destroy(&rounds->moved);
	pthread_mutex_destroy(&rounds->lock);
}

/* ---- with the lock held ---- */

/* Has each point read as far as it can? */
static bool
is_round(const struct rounds *rounds)
{
	const struct ring *a = &rounds->rings[POINT_A];
	const struct ring *b = &rounds->rings[POINT_B];

	return a->is_ready && b->is_ready && a->count + b->count > 0;
}

/* The walks of all parts end at the same place. */
static void
end_round(struct rounds *rounds, const struct walk *end)
{
	for (unsigned p = 0; p < POINT_COUNT; p++) {
		struct ring *ring = &rounds->rings[p];

		ring->head = end->head[p];
		ring->count = end->count[p];
		ring->is_ready = ring->has_ended || ring->count == RING_MAX;
	}
	rounds->claimed = 0;
	rounds->done = 0;
	pthread_cond_broadcast(&rounds->moved);
}

/* Match a part that no thread works on; false: there is none. */
static bool
help(struct rounds *rounds)
{
	struct walk walk = { .rings = rounds->rings };
	unsigned part = 0;

	while (part < PARTS && (rounds->claimed >> part & 1) != 0)
		part++;
	if (part == PARTS)
		return false;
	rounds->claimed |= 1U << part;
	for (unsigned p = 0; p < POINT_COUNT; p++) {
		walk.head[p] = rounds->rings[p].head;
		walk.count[p] = rounds->rings[p].count;
	}
	pthread_mutex_unlock(&rounds->lock);
	rounds->match(rounds->arg, part, &walk);
	pthread_mutex_lock(&rounds->lock);
	if (++rounds->done == PARTS)
		end_round(rounds, &walk);
	return true;
}

/* ---- from the thread of a point ---- */

void
rounds_make_room(struct rounds *rounds, enum point point)
{
	struct ring *ring = &rounds->rings[point];

	pthread_mutex_lock(&rounds->lock);
	ring->is_ready = true;
	if (is_round(rounds))
		pthread_cond_broadcast(&rounds->moved);
	while (ring->is_ready) {
		if (is_round(rounds) && help(rounds))
			continue;
		if (ring->has_ended)
			break;
		pthread_cond_wait(&rounds->moved, &rounds->lock);
	}
	pthread_mutex_unlock(&rounds->lock);
}

void
rounds_end(struct rounds *rounds, enum point point)
{
	pthread_mutex_lock(&rounds->lock);
	rounds->rings[point].has_ended = true;
	pthread_mutex_unlock(&rounds->lock);
	rounds_make_room(rounds, point);
}
