/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The segments of one capture in a compact form, in the order of the capture:
 * pass one writes them, and pass two, once the pairs and the clocks are known,
 * reads them instead of the capture.
 *
 * Of each segment, the fields are stored that differ from what the segment
 * before it in its direction predicts: 10 to 20 bytes in most captures.  A
 * capture that needs more than SPOOL_MAX bytes is not kept.
 *
 * Several threads may read at the same time, each all segments of some of the
 * directions: to skip a segment costs a fifth of what it costs to decode it.
 *
 *	spool_reader_init(&reader, &spool), of all readers before the first scan
 *	while ((count = spool_scan(&reader, spooled, max)) > 0)
 *		for each of them that is wanted
 *			spool_decode(&reader, &spooled[i], &transmission);
 *	spool_reader_fini(&reader);
 */
#ifndef TCPSTATES_COMPARE_SPOOL_H
#define TCPSTATES_COMPARE_SPOOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct transmission;

/* Small enough that malloc() keeps freed blocks, which lanes then use. */
#define SPOOL_BLOCK	((size_t)64 << 10)
#define SPOOL_BLOCKS	1024
#define SPOOL_MAX	(SPOOL_BLOCK * SPOOL_BLOCKS)	/* 64 MiB */
/* Directions whose latest segment predicts the next; a power of two. */
#define SPOOL_GUESSES	16384

struct spool_guess;

/* Where a segment belongs. */
struct spool_place {
	int64_t ns;
	uint64_t frame;
	uint32_t from;		/* 2 * number of its connection + side */
};

struct spool {
	uint8_t *blocks[SPOOL_BLOCKS];
	size_t used[SPOOL_BLOCKS];	/* bytes in each */
	atomic_uint left[SPOOL_BLOCKS];	/* readers that have read it */
	unsigned count;		/* blocks with something in them */
	unsigned readers;
	struct spool_guess *guesses;	/* of the writer */
	struct spool_place last;	/* likewise */
	bool is_dropped;
};

struct spool_reader {
	struct spool *spool;
	unsigned at;		/* the block read next, and where */
	size_t offset;
	struct spool_place last;
	struct spool_guess *guesses;
};

/* A segment that may be decoded; only its place is public. */
struct spooled {
	struct spool_place place;
	const uint8_t *fields;
	uint32_t head;
	uint32_t rare;
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

/* Free what only spool_add() needs; nothing is added after this. */
void spool_end(struct spool *);

/*
 * 0, or -ERR_NOMEM.  The spool frees what all of its readers have read, and
 * outlives them.
 */
int spool_reader_init(struct spool_reader *, struct spool *) MUST_CHECK;
void spool_reader_fini(struct spool_reader *);

/*
 * The next segments, up to `max`; 0: there are no more.  They are valid until
 * the next call.
 */
unsigned spool_scan(struct spool_reader *, struct spooled *ret, unsigned max);

/* Prefetch what decoding needs. */
void spool_prepare(const struct spool_reader *, const struct spooled *);

/*
 * Decode a segment.  Of a direction, a reader decodes either all segments, in
 * order, or none.
 */
void spool_decode(struct spool_reader *, const struct spooled *,
    struct transmission *ret);

#endif
