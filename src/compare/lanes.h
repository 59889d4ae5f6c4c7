/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lanes of one part of the pairs, two of each pair.  They lie in blocks,
 * which are allocated when the first pair of a block begins: by then the spools
 * have freed blocks of theirs.
 */
#ifndef TCPSTATES_COMPARE_LANES_H
#define TCPSTATES_COMPARE_LANES_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "compare/lane.h"
#include "compare/members.h"

/* Pairs of a block: 60 KiB, so that it fits where a block of a spool was. */
#define LANES_BLOCK	120

struct lanes {
	const struct pairs *pairs;
	/* By the index of a pair / PARTS / LANES_BLOCK; NULL: not begun. */
	struct lane **blocks;
	size_t block_count;
};

/* 0, or -ERR_NOMEM; lanes_fini() in either case. */
int lanes_init(struct lanes *, const struct pairs *) MUST_CHECK;
/* Free the lanes; the context is that of all of them. */
void lanes_fini(struct lanes *, struct lane_context *);

/* Internal: begin the lanes of a pair; NULL: out of memory. */
struct lane *lanes_begin(struct lanes *, uint32_t lane);

/* Lane 2 * N + direction of pair N, which has begun. */
static inline struct lane *
lanes_at(const struct lanes *lanes, uint32_t lane)
{
	const size_t pair = lane / DIRECTION_COUNT / PARTS;

	return &lanes->blocks[pair / LANES_BLOCK][pair % LANES_BLOCK *
	    DIRECTION_COUNT + lane % DIRECTION_COUNT];
}

/* Return a lane, and begin its pair if necessary; NULL: out of memory. */
static inline struct lane *
lanes_get(struct lanes *lanes, uint32_t lane)
{
	const size_t pair = lane / DIRECTION_COUNT / PARTS;
	struct lane *found;

	if (LIKELY(lanes->blocks[pair / LANES_BLOCK] != NULL)) {
		found = lanes_at(lanes, lane);
		if (LIKELY(found->back != NULL))
			return found;
	}
	return lanes_begin(lanes, lane);
}

/* Prefetch a lane of which a transmission comes soon. */
static inline void
lanes_prefetch(const struct lanes *lanes, uint32_t lane)
{
	const size_t pair = lane / DIRECTION_COUNT / PARTS;

	if (LIKELY(lanes->blocks[pair / LANES_BLOCK] != NULL))
		lane_prefetch(lanes_at(lanes, lane));
}

#endif
