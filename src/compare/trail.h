/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trail of a pair: each segment of both directions, with both times and
 * what became of it on the way, for --segments of a comparison.
 *
 * Fates become known late (what was lost, after LANE_PATIENCE_NS), so steps
 * are kept until the end and sorted then, by the time at the first point.
 */
#ifndef TCPSTATES_COMPARE_TRAIL_H
#define TCPSTATES_COMPARE_TRAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "compare/lane.h"

/* Steps kept of a pair: 64 MiB.  Further ones are counted. */
#define TRAIL_MAX	((size_t)1 << 20)

struct step_seen {
	int64_t ns;		/* by the clock of A */
	uint64_t frame;		/* 0: not seen at this point */
};

struct trail_step {
	struct step_seen at[POINT_COUNT];
	int64_t start;		/* relative, from the initial number */
	uint32_t payload_len;
	uint32_t ack;		/* relative, too */
	uint32_t rewrites;	/* set of 1 << enum rewrite */
	uint16_t flags;
	uint8_t upstream;	/* enum point */
	uint8_t fate;		/* enum fate */
	bool is_late;		/* overtaken on the way */
	bool is_piece;		/* of a larger segment at the other point */
};

struct trail {
	size_t pair;		/* index of the pair */
	struct trail_step *steps;
	size_t count;
	size_t room;
	uint64_t left_out;	/* steps beyond TRAIL_MAX, or without memory */
};

/* Zeroed but for `pair`, a trail is empty. */
void trail_fini(struct trail *);

void trail_add(struct trail *, enum point upstream, const struct passage *);

/* Sort by the time at the point that saw a segment first. */
void trail_sort(struct trail *);

#endif
