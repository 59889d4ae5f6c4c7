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
#ifndef TCPSTATES_ENGINE_ENGINE_H
#define TCPSTATES_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "decode/frame.h"
#include "flow/conn.h"
#include "flow/limits.h"
#include "flow/summary.h"
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
	/*
	 * A limit ended a connection, or it had closed and lingered: its
	 * record will not change any more.  Those that no limit ends are not
	 * told; they are in the list at the end.
	 */
	void (*ended)(void *arg, const struct conn *);
	void *arg;
};

struct tcpstates_options {
	uint64_t hash_key[2];	/* random, or fixed for repeatable memory use */
	bool vlan_key;		/* the VLAN is part of the identity */
	bool no_tunnels;	/* look at the outer packets only */
	/*
	 * Frames may wait for some after them, without which much of the time
	 * goes into waiting for memory: until tcpstates_flush() or
	 * tcpstates_finish(), segments lack in totals and connections, and no
	 * events come of them.  Events have no payload then.
	 */
	bool is_batched;
	bool no_fastpath;	/* no shortcut for the usual: for tests */
	bool no_analysis;	/* default report without RTT: for benchmarks */
	/*
	 * Keep what the analysis found until the end: records and views want
	 * it.  Without, a connection that closed keeps only what the default
	 * report prints, and the figures of an analysis mean nothing.
	 */
	bool keep_analysis;
	bool tally;		/* count what totals.tally is of */
	/*
	 * How many connections are followed, and for how long: by the time
	 * of the frames, and of tcpstates_expire().  Under limits, a
	 * connection that was silent for too long is another one when it
	 * speaks again.
	 */
	struct limits limits;
	struct tcpstates_events events;
};

/* For reports of what happens meanwhile. */
struct tcpstates_tally {
	uint64_t open;		/* connections followed and not closed */
	uint64_t closed;	/* connections that closed: FINs, or an RST */
	uint64_t reset;		/* connections with an RST */
	uint64_t retrans;	/* segments judged to be retransmissions */
};

struct tcpstates_totals {
	uint64_t frames;		/* frames given */
	uint64_t octets;		/* their lengths on the wire */
	uint64_t verdicts[VERDICT_COUNT];	/* they add up to frames */
	uint64_t conns;			/* connections */
	uint64_t clock_back;		/* frames earlier than the one before */
	uint64_t clock_clamped;		/* frames beyond 1970 +- 146 years */
	/* See tcpstates_sum_up(). */
	uint64_t forgotten;		/* ranges forgotten at a bound */
	uint64_t merged;		/* connections with segments above MSS */
	uint64_t unquantified;		/* connections that lack quantiles */
	uint64_t cut;			/* segments whose header was cut */
	uint64_t wire_len_wrong;	/* segments: see struct segment */
	uint64_t fragments_evicted;	/* datagrams forced out incomplete */
	uint64_t evicted;		/* connections ended for want of room */
	uint64_t idle;			/* and for their silence */
	uint64_t returned;		/* that spoke again after either */
	uint64_t retired[RETIRED_COUNT];	/* all that ended early, by cause */
	int64_t first_ns;		/* of the first frame */
	int64_t last_ns;		/* the latest time of any frame */
	struct tcpstates_tally tally;	/* if it was asked for */
	/*
	 * The figures of connections that are not in the list any more: with
	 * those in it they add up to all that there were.
	 */
	struct summary left_out;
};

/* NULL when out of memory. */
struct tcpstates *tcpstates_new(const struct tcpstates_options *) MUST_CHECK;
void tcpstates_free(struct tcpstates *);
/*
 * For a process that is about to end: whatever else there is ends, and memory
 * is left to the system, which takes it back in less time than any walk over
 * the connections would.
 */
void tcpstates_leave(struct tcpstates *);

/*
 * From here on a second thread takes in what waits while this one decodes:
 * the results are the same, sooner, and cost more time of processors.  Before
 * the first frame, of an engine in batches, and only without limits, tally and
 * events.  False: it does not, and nothing is changed.
 */
bool tcpstates_split(struct tcpstates *);

/*
 * One frame.  0, or -ERR_NOMEM: this one, or one that waited, is then counted
 * in its verdict but its connection may lack it; go on or finish, both are
 * safe.
 */
int tcpstates_frame(struct tcpstates *, const struct frame *);

/*
 * Take in what waits.  0, or -ERR_NOMEM for any of what was taken in since
 * the last time.
 */
int tcpstates_flush(struct tcpstates *);

/*
 * Time goes on without frames: it is now `now_ns` by their clock.  What the
 * limits say is over, ends.  No frames are to wait: tcpstates_flush() first.
 */
void tcpstates_expire(struct tcpstates *, int64_t now_ns);

/*
 * Brings those of the totals up to date that are not kept for each frame:
 * before a report while it goes on.
 */
void tcpstates_sum_up(struct tcpstates *);

/* No more frames: close the books.  Further frames are not allowed. */
void tcpstates_finish(struct tcpstates *);

/* The connections in order of number, but for those left out by a limit. */
const struct conn *tcpstates_first(const struct tcpstates *);
const struct tcpstates_totals *tcpstates_totals(const struct tcpstates *);
const struct decoder_stats *tcpstates_decoder_stats(const struct tcpstates *);
/* Protocol names, as decoder_last_protocol(), of the frame just given. */
const char *tcpstates_last_protocol(const struct tcpstates *);

#endif
