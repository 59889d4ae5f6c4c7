/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sample of the segments of one capture that two captures of the same
 * traffic choose alike, whatever their clocks and whatever else they hold: the
 * SKETCH_MAX segments whose hash is lowest (a bottom-k sketch).  The hash
 * covers what no address translator changes, so that the samples of two points
 * can be intersected before any connection of theirs has been matched.
 */
#ifndef TCPSTATES_COMPARE_SKETCH_H
#define TCPSTATES_COMPARE_SKETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct segment;

#define SKETCH_MAX	16384	/* samples kept: 512 KiB, and as much to sort */

struct sample {
	uint64_t hash;
	int64_t ns;		/* by the clock of its capture */
	uint32_t conn;		/* number of its connection there */
	uint32_t seq;
	uint32_t ack;		/* if has_ack */
	uint8_t side;		/* that sent it there */
	bool has_ack;
	bool has_data;
	uint8_t ttl;
};

struct sketch {
	struct sample *samples;	/* sorted by hash once finished */
	size_t count;
	uint64_t limit;		/* higher hashes are not wanted any more */
};

/* 0, or -ERR_NOMEM. */
int sketch_init(struct sketch *) MUST_CHECK;
void sketch_fini(struct sketch *);

/*
 * Hash of sequence and acknowledgment number, of SYN, RST, ACK, and of whether
 * there is data: not of its length, so that a superframe has the hash of its
 * first piece.
 */
uint64_t sketch_hash(const struct segment *);

/* A hash of a number: each bit depends on all. */
uint64_t sketch_mix(uint64_t);

/* Is a segment of this hash wanted? */
static inline bool
sketch_wants(const struct sketch *sketch, uint64_t hash)
{
	return hash <= sketch->limit;
}

void sketch_add(struct sketch *, const struct sample *);

/*
 * Sort, and drop every hash that occurs twice: which of two equal segments is
 * which is unknown to the other capture.
 */
void sketch_finish(struct sketch *);

#endif
