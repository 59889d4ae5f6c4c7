/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "diagnosis/ack_ring.h"

#include <stddef.h>

#include "base/pool.h"

static struct ack_mark *
mark_at(struct ack_ring *ring, uint32_t number)
{
	return &ring->mark[number & (ring->size - 1)];
}

static const struct ack_mark *
peek(const struct ack_ring *ring, uint32_t number)
{
	return &ring->mark[number & (ring->size - 1)];
}

/* The number of a mark of the ring. */
static uint32_t
number_of(const struct ack_ring *ring, const struct ack_mark *mark)
{
	const uint32_t slot = (uint32_t)(mark - ring->mark);

	return ring->first + ((slot - ring->first) & (ring->size - 1));
}

static size_t
ring_bytes(uint32_t size)
{
	return sizeof(struct ack_ring) + size * sizeof(struct ack_mark);
}

void
ack_ring_pool_init(struct pool *pool)
{
	pool_init(pool, ring_bytes(ACK_RING_FEW));
}

struct ack_ring *
ack_ring_new(struct pool *pool, const struct ack_mark *mark)
{
	struct ack_ring *ring = pool_take(pool);

	if (ring == NULL)
		return NULL;
	ring->size = ACK_RING_FEW;
	ring->mark[0] = *mark;
	ring->next = 1;
	return ring;
}

void
ack_ring_free(struct pool *pool, struct ack_ring *ring)
{
	if (ring != NULL && ring->size == ACK_RING_FEW)
		pool_give(pool, ring);
	else
		mem_free(ring);
}

/* False: it stays as it is. */
static bool
ring_grow(struct pool *pool, struct ack_ring **ring)
{
	struct ack_ring *old = *ring;
	struct ack_ring *new;

	if (old->size == ACK_RING_MAX)
		return false;
	new = mem_zalloc(ring_bytes(old->size * 2));
	if (new == NULL)
		return false;
	new->size = old->size * 2;
	new->first = old->first;
	new->next = old->next;
	new->at = old->at;
	for (uint32_t i = old->first; i != old->next; i++)
		*mark_at(new, i) = *mark_at(old, i);
	ack_ring_free(pool, old);
	*ring = new;
	return true;
}

/* Returns whether the oldest, dropped, was still needed. */
static bool
ring_make_room(struct pool *pool, struct ack_ring **ring,
    int64_t needed_since_ns)
{
	struct ack_ring *full = *ring;
	const bool is_needed = peek(full, full->first + 1)->ns >
	    needed_since_ns;

	if (is_needed && ring_grow(pool, ring))
		return false;
	full->first++;
	if (full->at - full->first > full->size)
		full->at = full->first;
	return is_needed;
}

bool
ack_ring_add(struct pool *pool, struct ack_ring **ring,
    const struct ack_mark *mark, int64_t merge_ns, int64_t keep_ns)
{
	struct ack_mark *last = mark_at(*ring, (*ring)->next - 1);
	bool is_overrun = false;

	if (mark->ns - last->ns < merge_ns) {
		last->advance_ns = mark->advance_ns;
		last->ack = mark->ack;
		last->window = mark->window;
		return false;
	}
	if ((*ring)->next - (*ring)->first == (*ring)->size)
		is_overrun = ring_make_room(pool, ring, mark->ns - keep_ns);
	*mark_at(*ring, (*ring)->next++) = *mark;
	return is_overrun;
}

const struct ack_mark *
ack_ring_at(struct ack_ring *ring, int64_t ns)
{
	while (ring->at + 1 != ring->next &&
	    peek(ring, ring->at + 1)->ns <= ns)
		ring->at++;
	/* The path to the endpoint was found to be longer than thought. */
	while (ring->at != ring->first && peek(ring, ring->at)->ns > ns)
		ring->at--;
	return peek(ring, ring->at);
}

const struct ack_mark *
ack_ring_before(const struct ack_ring *ring, const struct ack_mark *mark)
{
	const uint32_t number = number_of(ring, mark);

	return number == ring->first ? NULL : peek(ring, number - 1);
}

const struct ack_mark *
ack_ring_next(const struct ack_ring *ring, const struct ack_mark *mark)
{
	const uint32_t number = number_of(ring, mark);

	return number + 1 == ring->next ? NULL : peek(ring, number + 1);
}

const struct ack_mark *
ack_ring_after(const struct ack_ring *ring, int64_t ns)
{
	for (uint32_t i = ring->first; i != ring->next; i++)
		if (peek(ring, i)->ns > ns)
			return peek(ring, i);
	return NULL;
}
