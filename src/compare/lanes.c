/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/lanes.h"

#include <assert.h>

#include "base/err.h"
#include "base/pool.h"

/* Pairs of this part in a block; the last one may be shorter. */
static size_t
pairs_in_block(const struct lanes *lanes, size_t block)
{
	const size_t all = lanes->pairs->count / PARTS + 1;
	const size_t left = all - block * LANES_BLOCK;

	return left < LANES_BLOCK ? left : LANES_BLOCK;
}

int
lanes_init(struct lanes *lanes, const struct pairs *pairs)
{
	static_assert(sizeof(struct lane) % LINE_BYTES == 0 ||
	    sizeof(void *) < 8, "lanes begin where lines do");
	*lanes = (struct lanes){ .pairs = pairs,
	    .block_count = pairs->count / PARTS / LANES_BLOCK + 1 };
	lanes->blocks = mem_zalloc(lanes->block_count *
	    sizeof(struct lane *));
	return lanes->blocks != NULL ? 0 : -ERR_NOMEM;
}

static void
free_block(struct lanes *lanes, size_t block, struct lane_context *ctx)
{
	struct lane *all = lanes->blocks[block];
	const size_t count = pairs_in_block(lanes, block) * DIRECTION_COUNT;

	if (all == NULL)
		return;
	for (size_t i = 0; i < count; i++)
		if (all[i].back != NULL)
			lane_fini(&all[i], ctx);
	mem_free(all);
}

void
lanes_fini(struct lanes *lanes, struct lane_context *ctx)
{
	for (size_t i = 0; lanes->blocks != NULL && i < lanes->block_count; i++)
		free_block(lanes, i, ctx);
	mem_free(lanes->blocks);
	lanes->blocks = NULL;
}

static struct lane *
new_block(const struct lanes *lanes, size_t block)
{
	return mem_zalloc_lines(pairs_in_block(lanes, block) *
	    DIRECTION_COUNT * sizeof(struct lane));
}

struct lane *
lanes_begin(struct lanes *lanes, uint32_t lane)
{
	const size_t at = lane / DIRECTION_COUNT;
	const size_t block = at / PARTS / LANES_BLOCK;
	const struct pair *pair = &lanes->pairs->pairs[at];
	const enum point near = pair->near_orig;
	struct lane *both;

	if (lanes->blocks[block] == NULL)
		lanes->blocks[block] = new_block(lanes, block);
	if (lanes->blocks[block] == NULL)
		return NULL;
	both = lanes_at(lanes, lane - lane % DIRECTION_COUNT);
	lane_init(&both[DIRECTION_ORIG], near, &both[DIRECTION_RESP]);
	lane_init(&both[DIRECTION_RESP], point_other(near),
	    &both[DIRECTION_ORIG]);
	for (unsigned d = 0; d < DIRECTION_COUNT; d++)
		both[d].is_upstream_assumed = !pair->has_near;
	return &both[lane % DIRECTION_COUNT];
}
