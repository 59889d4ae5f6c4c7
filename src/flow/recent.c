/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow/recent.h"

#include <assert.h>

#include "base/pool.h"

/* Slots of the index per entry of the ring: three in four are empty. */
#define HEADS_PER_ENTRY	4

static_assert(sizeof(struct entry) == LINE_BYTES / 2,
    "two entries do not fill a line");
static_assert(DUPLICATES_MOST - 1 <= UINT16_MAX,
    "an entry cannot lead to the oldest");

static bool
recent_allocate(struct recent *recent, uint32_t size)
{
	struct entry *ring = mem_zalloc_lines(size * sizeof(*ring));
	uint32_t *heads = mem_zalloc_lines(
	    HEADS_PER_ENTRY * size * sizeof(*heads));

	if (ring == NULL || heads == NULL) {
		mem_free(ring);
		mem_free(heads);
		return false;
	}
	recent->ring = ring;
	recent->heads = heads;
	recent->size = size;
	recent->shift = 64 - HIGHEST_BIT(HEADS_PER_ENTRY * size);
	for (uint32_t i = 0; i < size; i++)
		ring[i].time_ns = INT64_MIN;	/* far from all times */
	return true;
}

bool
recent_init(struct recent *recent)
{
	/* The zeros in the index are then too old to mean an entry. */
	recent->count = 2 * DUPLICATES_MOST;
	return recent_allocate(recent, DUPLICATES_LEAST);
}

void
recent_fini(struct recent *recent)
{
	mem_free(recent->ring);
	mem_free(recent->heads);
}

/* Double the ring.  False: out of memory, with nothing changed. */
static bool
recent_grow(struct recent *recent)
{
	const struct recent old = *recent;

	if (old.size == DUPLICATES_MOST || !recent_allocate(recent, 2 * old.size))
		return false;
	recent->count -= old.size;
	for (uint32_t i = 0; i < old.size; i++) {
		const uint32_t number = recent->count;
		struct entry *entry = &recent->ring[number &
		    (recent->size - 1)];

		*entry = old.ring[number & (old.size - 1)];
		recent_link(recent, entry);
	}
	mem_free(old.ring);
	mem_free(old.heads);
	return true;
}

void
recent_lose_oldest(struct recent *recent)
{
	if (!recent_grow(recent))
		recent->forgotten++;
}
