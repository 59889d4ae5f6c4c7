/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waits and events worth naming: for each account that somebody can be blamed
 * for, the number of waits and the longest with its frames; and the frames of
 * what is no single wait but proves a finding.  A connection takes memory for
 * them with the first one.
 */
#ifndef TCPSTATES_DIAGNOSIS_LONG_WAITS_H
#define TCPSTATES_DIAGNOSIS_LONG_WAITS_H

#include <stdint.h>

#include "base/nstime.h"
#include "diagnosis/causes.h"

/* Shorter waits are not worth naming. */
#define LONG_WAIT_NS	(20 * NS_PER_MS)

/* What is no single wait.  Those of an endpoint are two, see sight_of(). */
enum sight {
	/* The longest stretch. */
	SIGHT_REDUCED,		/* a loss had reduced the congestion window */
	SIGHT_STORM,		/* ACKs without anything new */
	SIGHT_PLATEAU,		/* the endpoint had the same amount in flight */
	SIGHT_WINDOW = SIGHT_PLATEAU + 2,	/* its window: too small */
	/* The longest queue, as an ACK showed, or the echo of a timestamp. */
	SIGHT_QUEUE = SIGHT_WINDOW + 2,
	/* From the first to the last. */
	SIGHT_LARGE = SIGHT_QUEUE + 2,	/* its large segments, in vain */
	SIGHT_FILLED = SIGHT_LARGE + 2,	/* it filled the unscaled window */
	/* The first. */
	SIGHT_LOST = SIGHT_FILLED + 2,	/* its segment was lost */
	SIGHT_SPURIOUS = SIGHT_LOST + 2,	/* it retransmitted needlessly */
	SIGHT_OVERTAKEN = SIGHT_SPURIOUS + 2,	/* its segment was overtaken */
	SIGHT_BAD_SACK = SIGHT_OVERTAKEN + 2,	/* SACK of what it never sent */
	SIGHT_RESET = SIGHT_BAD_SACK + 2,	/* an RST with its address */
	SIGHT_LEAD = SIGHT_RESET + 2,	/* before the client's first data */
	SIGHT_MISSED,		/* acknowledged and never captured */
	SIGHT_KEEP_ALIVE,
	SIGHT_CLOCK,		/* the clock went back */
	SIGHT_MARKED,		/* ECN: congestion was experienced */
	SIGHT_MERGED,		/* larger than the MSS */
	/* Of each endpoint: sums of waits, and of pauses, maybe of the path. */
	SIGHT_UNSURE_WAIT,
	SIGHT_UNSURE_PAUSE = SIGHT_UNSURE_WAIT + 2,
	SIGHT_COUNT = SIGHT_UNSURE_PAUSE + 2
};

static inline enum sight
sight_of(enum sight sight, unsigned side)
{
	return (enum sight)(sight + side);
}

struct longest {
	int64_t ns;
	int64_t end_ns;		/* when the longest ended; of a queue: see below */
	uint64_t from_frame;	/* in which the longest began */
	uint64_t frame;		/* in which the longest ended */
	uint32_t count;		/* waits of LONG_WAIT_NS or more */
	uint8_t key;		/* see long_waits.c */
};

struct long_waits {
	uint8_t count;
	uint8_t size;
	struct longest longest[];
};

/*
 * A wait of `ns` was booked, which ended at `end_ns`: note it. Out of memory
 * for another account, the wait is left out. The object may move.
 */
void long_waits_add(struct long_waits **, enum book, int64_t ns,
    int64_t end_ns, uint64_t from_frame, uint64_t frame);

/*
 * The endpoint or path was in this state from `begin_ns` to `end_ns`, in these
 * frames.  A stretch goes on where less than `gap_ns` lies between two such
 * times; the longest is kept.
 */
struct seen {
	enum sight sight;
	uint64_t from_frame;
	uint64_t frame;
	int64_t begin_ns;
	int64_t end_ns;
};

void long_waits_stretch(struct long_waits **, const struct seen *,
    int64_t gap_ns);

/*
 * In this frame a round trip, or a half of one, took `whole_ns`, `ns` of these
 * in a queue.  The longest is kept, with `whole_ns` as its end.
 */
void long_waits_queue(struct long_waits **, enum sight, int64_t ns,
    int64_t whole_ns, uint64_t frame);

/* Add a wait to the sum of a SIGHT_UNSURE_. */
void long_waits_sum(struct long_waits **, enum sight, int64_t ns);

/* Keep the frames of the first. */
void long_waits_first(struct long_waits **, enum sight, uint64_t from_frame,
    uint64_t frame);

/* Keep the frames from the first to the last. */
void long_waits_span(struct long_waits **, enum sight, uint64_t from_frame,
    uint64_t frame);

/* The longest of an account, or NULL; so may `waits` be. */
const struct longest *long_waits_of(const struct long_waits *, enum book);

/*
 * Of a sight only the frames are valid, of a queue also the time, and of a
 * SIGHT_UNSURE_ only the time and the count.  NULL: there is none.
 */
const struct longest *long_waits_sight(const struct long_waits *, enum sight);

#endif
