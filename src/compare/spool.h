/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The segments of one capture in a compact form, in the order of the capture:
 * pass one writes them, and pass two, once the pairs and the clocks are known,
 * reads them instead of the capture.
 *
 * Of each segment, the fields are stored that differ from what the segment
 * before it in its direction predicts: 10 to 20 bytes in most captures.  A
 * capture that needs more than SPOOL_MAX bytes is not kept.
 */
#ifndef TCPSTATES_COMPARE_SPOOL_H
#define TCPSTATES_COMPARE_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct transmission;

#define SPOOL_BLOCK	((size_t)256 << 10)
#define SPOOL_BLOCKS	256
#define SPOOL_MAX	(SPOOL_BLOCK * SPOOL_BLOCKS)	/* 64 MiB */
/* Directions whose latest segment predicts the next; a power of two. */
#define SPOOL_GUESSES	16384

struct spool_guess;

struct spool {
	uint8_t *blocks[SPOOL_BLOCKS];
	size_t used[SPOOL_BLOCKS];	/* bytes in each */
	unsigned count;		/* blocks with something in them */
	unsigned at;		/* the block read next, and where */
	size_t offset;
	struct spool_guess *guesses;
	int64_t ns;		/* of the latest segment */
	uint64_t frame;
	uint32_t from;		/* its connection and side */
	bool is_dropped;
};

/* Without memory the spool is dropped from the start. */
void spool_init(struct spool *);
void spool_fini(struct spool *);

/* Is everything kept that was added? */
static inline bool
spool_is_whole(const struct spool *spool)
{
	return !spool->is_dropped;
}

/*
 * Add `count` segments that are not numbered yet, see transmission.h.  Beyond
 * SPOOL_MAX, or without memory, all are dropped.
 */
void spool_add(struct spool *, const struct transmission *, unsigned count);

/* No more are added: begin to read. */
void spool_rewind(struct spool *);

/* Take up to `max` segments out; 0: that was all. */
unsigned spool_take(struct spool *, struct transmission *ret, unsigned max);

#endif
