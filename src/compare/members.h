/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the segments of one point need of the pairs of their connections: which
 * lane they are of, and from which numbers and by which clock the pair counts.
 */
#ifndef TCPSTATES_COMPARE_MEMBERS_H
#define TCPSTATES_COMPARE_MEMBERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "compare/pairs.h"
#include "compare/point.h"
#include "compare/transmission.h"

/*
 * Pairs are matched in parts, each by one thread at a time with nothing in
 * common with the others: every PARTS-th pair.
 */
#define PARTS		2

static inline unsigned
part_of_lane(size_t lane)
{
	return (unsigned)(lane / DIRECTION_COUNT % PARTS);
}

/* A connection of the point that is matched: half a cache line. */
struct member {
	int64_t near[DIRECTION_COUNT];	/* offsets last seen */
	uint32_t base[DIRECTION_COUNT];
	uint32_t ts_shift[DIRECTION_COUNT];	/* from those of A */
};

struct members {
	const struct pairs *pairs;
	enum point point;
	/* By 2 * connection number + side: 1 + its lane, or 0: not matched. */
	uint32_t *lanes;
	/* By index of the pair / PARTS; no cache line is of two parts. */
	struct member *parts[PARTS];
};

/* 0, or -ERR_NOMEM; members_fini() in either case. */
int members_init(struct members *, const struct pairs *, enum point)
    MUST_CHECK;
void members_fini(struct members *);

/*
 * 1 + the lane of what a side of a connection sends, which is 2 * the index of
 * the pair + the direction; 0: it is not to be matched.  `from`: 2 * the number
 * of the connection + the side.
 */
static inline uint32_t
members_lane(const struct members *members, uint32_t from)
{
	return from / 2 < members->pairs->conn_count[members->point] ?
	    members->lanes[from] : 0;
}

static inline struct member *
members_at(const struct members *members, uint32_t lane)
{
	return &members->parts[part_of_lane(lane)][lane / DIRECTION_COUNT /
	    PARTS];
}

/* A time at the point, by the clock of A. */
int64_t members_time(const struct members *, int64_t ns);

/*
 * Number a transmission of a lane: its offsets count from the base of the pair,
 * the same at both points.  Call this in the order of the capture.
 */
void members_number(struct members *, uint32_t lane, struct transmission *);

#endif
