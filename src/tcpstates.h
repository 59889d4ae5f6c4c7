/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The library's front door: frames go in, connections come out.
 *
 *	struct tcpstates *ts = tcpstates_new(&options, &err);
 *	for each frame of the capture
 *		err = tcpstates_frame(ts, &frame, &verdict);
 *	tcpstates_finish(ts);
 *	for (conn = tcpstates_first(ts); conn != NULL; conn = conn->next)
 *		...
 *	tcpstates_free(ts);
 *
 * Opens nothing, prints nothing, asks no clock: time is what the frames say.
 */
#ifndef TCPSTATES_H
#define TCPSTATES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "decode/frame.h"
#include "flow/conn.h"
#include "tcp/judgement.h"

struct tcpstates;

/* Told as things happen; the pointers are valid during the call only. */
struct tcpstates_events {
	/* A segment was judged (capture duplicates are not told). */
	void (*segment)(void *arg, const struct conn *,
	    const struct segment *, const struct judgement *);
	/* An endpoint changed its state. */
	void (*transition)(void *arg, const struct conn *,
	    const struct transition *);
	void *arg;
};

struct tcpstates_options {
	uint64_t hash_key[2];	/* random, or fixed for repeatable memory use */
	bool vlan_key;		/* the VLAN is part of the identity */
	bool no_tunnels;	/* look at the outer packets only */
	bool no_analysis;	/* default report without RTT: for benchmarks */
	/*
	 * Keep what the analysis found until the end: records and views want
	 * it.  Without, a connection that closed keeps only what the default
	 * report prints.
	 */
	bool keep_analysis;
	struct tcpstates_events events;
};

struct tcpstates_totals {
	uint64_t frames;		/* frames given */
	uint64_t octets;		/* their lengths on the wire */
	uint64_t verdicts[VERDICT_COUNT];	/* they add up to frames */
	uint64_t conns;			/* connections */
	uint64_t clock_back;		/* frames earlier than the one before */
	uint64_t clock_clamped;		/* frames beyond 1970 +- 146 years */
	uint64_t forgotten;		/* ranges forgotten at a bound */
	uint64_t evicted;		/* connections ended by a limit */
	int64_t first_ns;		/* of the first frame */
	int64_t last_ns;		/* the latest time of any frame */
};

/* NULL when out of memory. */
struct tcpstates *tcpstates_new(const struct tcpstates_options *) MUST_CHECK;
void tcpstates_free(struct tcpstates *);

/*
 * One frame.  0, or -ERR_NOMEM: the frame is then counted in its verdict but
 * its connection may lack it; go on or finish, both are safe.
 */
int tcpstates_frame(struct tcpstates *, const struct frame *);

/* No more frames: close the books.  Further frames are not allowed. */
void tcpstates_finish(struct tcpstates *);

const struct conn *tcpstates_first(const struct tcpstates *);
const struct tcpstates_totals *tcpstates_totals(const struct tcpstates *);
const struct decoder_stats *tcpstates_decoder_stats(const struct tcpstates *);
/* Protocol names, as decoder_last_protocol(), of the frame just given. */
const char *tcpstates_last_protocol(const struct tcpstates *);

#endif
