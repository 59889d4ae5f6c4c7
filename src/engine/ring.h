/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A ring of queued segments, written by one thread and read by another one at
 * another time (readers.h).
 */
#ifndef TCPSTATES_ENGINE_RING_H
#define TCPSTATES_ENGINE_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/pool.h"
#include "engine/internal.h"

struct ring {
	_Alignas(LINE_BYTES) void *memory;
	struct queued_segment *segments;
	uint32_t size;		/* a power of two */
	uint32_t first;
	uint32_t count;
};

/* Take memory that is not touched before it is used.  False: there is none. */
static inline bool
ring_init(struct ring *ring, uint32_t size)
{
	uintptr_t at;

	ring->size = size;
	ring->memory = mem_zalloc(size * sizeof(*ring->segments) +
	    LINE_BYTES);
	at = (uintptr_t)ring->memory;
	/* NOLINTNEXTLINE(*-no-int-to-ptr): rounded up to a line */
	ring->segments = (void *)((at + LINE_BYTES - 1) / LINE_BYTES *
	    LINE_BYTES);
	return ring->memory != NULL;
}

/* The segment to fill next; there must be room. */
static inline struct queued_segment *
ring_end(const struct ring *ring)
{
	return &ring->segments[(ring->first + ring->count) &
	    (ring->size - 1)];
}

static inline struct queued_segment *
ring_first(const struct ring *ring)
{
	return &ring->segments[ring->first];
}

/* Begin again at the start of the memory when empty: it is in the cache. */
static inline void
ring_pop(struct ring *ring)
{
	ring->count--;
	ring->first = ring->count == 0 ? 0 :
	    (ring->first + 1) & (ring->size - 1);
}

#endif
