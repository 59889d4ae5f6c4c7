/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two endpoints below the decoders: a test says which of them sends what, in
 * numbers relative to the ISNs, and the tracker takes it in.  (Whole frames
 * and whole scenarios are the segment scripts' business, see seg.h.)
 */
#ifndef TCPSTATES_TESTS_TALK_H
#define TCPSTATES_TESTS_TALK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/nstime.h"
#include "decode/segment.h"
#include "flow/conn.h"
#include "tcp/analysis.h"
#include "tcp/judgement.h"
#include "tcp/pack.h"
#include "tcp/pipeline.h"
#include "tcp/tracker.h"

#define A	0	/* 10.0.0.1:1000, the lower endpoint */
#define B	1	/* 10.0.0.2:80 */

#define TALK_MS(n)	((n) * NS_PER_MS)

struct talk {
	struct tracker tracker;
	struct conn conn;
	struct pack_room room;	/* for its analysis, once it is packed */
	uint32_t isn[2];	/* what the numbers below are relative to */
	int64_t now_ns;		/* a test adds to it between segments */
	uint64_t frame;		/* of the last segment */
	struct segment with;	/* what the next segment has besides */
	struct judgement judged;	/* of the last segment */
	unsigned told;		/* segments reported */
	unsigned transitions;	/* reported */
	struct transition transition;	/* the last */
};

/* `keep`: as tracker_init(). */
void talk_begin(struct talk *, bool keep);
void talk_end(struct talk *);

/*
 * The segment that `side` would send now: flags, relative sequence number,
 * bytes of data, relative ACK (with TCP_ACK in flags), and what is in
 * talk->with (window, options, depth...), which is back at its default after
 * that: no options, a window of 10000.
 */
struct segment talk_segment(struct talk *, unsigned side, unsigned flags,
    int64_t seq, uint32_t len, int64_t ack);

/* And the tracker takes it; returns what it returned. */
int talk_say(struct talk *, unsigned side, unsigned flags, int64_t seq,
    uint32_t len, int64_t ack);

/* A opens: SYN, SYN-ACK 20 ms later, ACK 10 ms later. */
void talk_open(struct talk *);

struct analysis *talk_analysis(struct talk *);
struct endpoint_track *talk_side(struct talk *, unsigned side);
struct endpoint_stats *talk_figures(struct talk *, unsigned side);
bool talk_is(const struct talk *, enum judged);

#endif
