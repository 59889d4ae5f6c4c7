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

struct booking;
struct icmp_error;
struct tcpstates;

/* Callbacks; the pointers are valid during the call only. */
struct tcpstates_events {
	/* A segment was judged (capture duplicates are not). */
	void (*segment)(void *arg, const struct conn *,
	    const struct segment *, const struct judgement *);
	/*
	 * A segment of `side` was processed: every one, the fast path included,
	 * with the set of its judgements (1 << enum judged).  Cheaper than
	 * `segment` for callers that need no more.
	 */
	void (*processed)(void *arg, const struct conn *,
	    const struct segment *, unsigned side, uint32_t judged);
	/* An endpoint changed its state. */
	void (*transition)(void *arg, const struct conn *,
	    const struct transition *);
	/* An ICMP error quotes a connection. */
	void (*icmp_error)(void *arg, const struct conn *,
	    const struct icmp_error *);
	/*
	 * A limit retired a connection, or the linger time after its close
	 * has passed: its record will not change any more.  Connections not
	 * retired by a limit are not reported here; walk tcpstates_first() at
	 * the end.
	 */
	void (*ended)(void *arg, const struct conn *);
	/*
	 * A connection closed a moment ago.  It is still followed, under
	 * limits: conn->is_revised at `ended`, or at the end, says that later
	 * segments have changed its record.
	 */
	void (*closed)(void *arg, const struct conn *);
	/*
	 * The packed analysis of a connection that `closed` or `ended` has
	 * reported is about to be unpacked or freed. Until then, copies of the
	 * connection can be read, by other threads as well, if the connection
	 * was packed when it was reported.
	 */
	void (*reclaim)(void *arg, const struct conn *);
	/*
	 * The ledger has booked a wait, which the segment reported next has
	 * ended.  Only with options.diagnose.
	 */
	void (*booked)(void *arg, const struct booking *);
	void *arg;
};

struct tcpstates_options {
	uint64_t hash_key[2];	/* random, or fixed for repeatable memory use */
	bool vlan_key;		/* the VLAN is part of the identity */
	/*
	 * Take only the connections of one of `count` shards (0: all), by the
	 * fingerprint of the key; and of the frames without a connection every
	 * `count`-th.  All other frames are left out as by a filter.
	 */
	struct shard shard;
	bool no_tunnels;	/* look at the outer packets only */
	struct decode_as decode_as;	/* tunnels on other ports */
	/*
	 * Process frames in batches to hide memory latency.  Until
	 * tcpstates_flush() or tcpstates_finish(), queued segments do not
	 * appear in totals, connections or events.  Events have no payload.
	 */
	bool is_batched;
	bool no_fastpath;	/* every segment through all steps: for tests */
	bool no_analysis;	/* count only: no RTT, no judgement */
	/*
	 * Keep analyses until the end: records and views need them.  Without,
	 * a closed connection keeps only what the default report prints, and
	 * its analysis means nothing.
	 */
	bool keep_analysis;
	bool tally;		/* count totals.tally */
	/*
	 * Keep a ledger of each connection's time (diagnosis/ledger.h).  Only
	 * with keep_analysis.
	 */
	bool diagnose;
	/*
	 * How many connections are followed, and for how long, by the time of
	 * the frames and of tcpstates_expire().  Under limits a connection
	 * that was silent for too long is a new one when it sends again.
	 */
	struct limits limits;
	struct tcpstates_events events;
};

/* For reports while the capture goes on. */
struct tcpstates_tally {
	uint64_t open;		/* connections followed and not closed */
	uint64_t closed;	/* connections that closed: FINs, or an RST */
	uint64_t reset;		/* connections with an RST */
	uint64_t retrans;	/* segments judged to be retransmissions... */
	uint64_t lost_upstream;	/* ...of which the original was lost there */
	uint64_t lost_downstream;
};

struct tcpstates_totals {
	uint64_t frames;		/* frames given */
	uint64_t bytes;		/* bytes: their lengths on the wire */
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
	uint64_t copies_forgotten;	/* see duplicates_forgotten() */
	uint64_t copies_unknown;	/* segments: see no_analysis */
	uint64_t twins;			/* connections captured with and without
					   the VNI of their tunnel */
	uint64_t evicted;		/* connections dropped for lack of room */
	uint64_t idle;			/* connections expired by an idle limit */
	uint64_t returned;		/* continuations of either */
	uint64_t retired[RETIRED_COUNT];	/* all retired, by cause */
	int64_t first_ns;		/* of the first frame */
	int64_t last_ns;		/* the latest time of any frame */
	struct tcpstates_tally tally;	/* with options.tally */
	bool no_analysis;		/* as in the options: some are unknown */
	/*
	 * Connections whose record was dropped from the list: with those in
	 * the list they add up to all.
	 */
	struct summary left_out;
	uint64_t unreported;	/* of these, not passed to events.ended */
};

/* NULL when out of memory. */
struct tcpstates *tcpstates_new(const struct tcpstates_options *) MUST_CHECK;
void tcpstates_free(struct tcpstates *);
/*
 * Stop the worker and leave all memory to process exit, which is faster than
 * freeing it.
 */
void tcpstates_leave(struct tcpstates *);

/*
 * Start threads that track queued segments while the caller decodes: one, or
 * `workers` that share the connections (engine/parts.h), up to KEY_BUCKETS.
 * Results are the same, sooner, at more processor time.  Call before the first
 * frame, for a batched engine without limits, tally and events; several
 * workers need frame numbers that increase.  False: nothing has changed.
 */
bool tcpstates_split(struct tcpstates *, unsigned workers);

/*
 * Several threads that read, each from a source of its own, such as a socket of
 * an interface: they share the connections (engine/readers.h).  Instead of
 * calling tcpstates_frame(), the caller has all threads
 *
 *	tcpstates_gather(ts);		read(arg, worker) on each thread
 *	while (tcpstates_next(ts, &ns))
 *		tcpstates_settle(ts, ns + second, &last_ns);
 *
 * and between these calls uses the engine as if there was one thread.
 */
struct tcpstates_reader {
	/*
	 * Read at most tcpstates_room() frames, and pass each of them to
	 * tcpstates_read() with the number of the worker.  The result is the
	 * time up to which all frames were read; later calls may read earlier
	 * ones all the same.
	 */
	int64_t (*read)(void *arg, unsigned worker);
	void *arg;
};

struct tcpstates_sharing {
	uint64_t handed;	/* segments read by one thread for another one */
	uint64_t unordered;	/* frames that were not ordered by time */
};

/* Can the engine be shared?  Not with events of segments, or of one shard. */
bool tcpstates_is_shareable(const struct tcpstates *);
/*
 * Start the threads: the caller's is the first of `workers`, up to KEY_BUCKETS.
 * Call before the first frame, for a batched engine.  Events come from all
 * threads, one at a time.  Limits are divided by the number of workers.
 * False: out of memory, and nothing has changed.
 */
bool tcpstates_share(struct tcpstates *, unsigned workers,
    const struct tcpstates_reader *);
unsigned tcpstates_room(const struct tcpstates *, unsigned worker);
void tcpstates_read(struct tcpstates *, unsigned worker,
    const struct frame *);
/* Let all threads read.  Returns the number of frames that were read. */
uint64_t tcpstates_gather(struct tcpstates *);
/* The time of the next frame to be processed.  False: there is none yet. */
bool tcpstates_next(const struct tcpstates *, int64_t *ret_ns);
/*
 * Process frames in order of time, as long as they are before `before_ns`.
 * Returns how many, and the time of the last one.
 */
uint64_t tcpstates_settle(struct tcpstates *, int64_t before_ns,
    int64_t *ret_last_ns);
/*
 * Do frames wait for earlier ones of other threads?  If none were read or
 * processed in a round, sleep 2 ms before the next one.
 */
bool tcpstates_has_pending(const struct tcpstates *);
/* Nothing more will be read: frames wait for nothing. */
void tcpstates_end_reading(struct tcpstates *);
struct tcpstates_sharing tcpstates_sharing(const struct tcpstates *);

/*
 * Process one frame.  0, or -ERR_NOMEM: this frame, or a queued one, is counted
 * in its verdict but may be missing from its connection; to go on and to
 * finish are both safe.
 */
int tcpstates_frame(struct tcpstates *, const struct frame *);
/*
 * Whether a capture of the shard needs the last frame: all frames of its
 * connections, and those that are counted for this shard.  A fragment is needed
 * by all shards, because only the last one of a datagram shows the connection.
 */
bool tcpstates_is_of_shard(const struct tcpstates *);

/* Process queued segments.  0, or -ERR_NOMEM for any since the last flush. */
int tcpstates_flush(struct tcpstates *);

/*
 * Advance the clock without a frame and expire idle connections.  Flush first.
 */
void tcpstates_expire(struct tcpstates *, int64_t now_ns);

/*
 * Bring those totals up to date that are not kept frame by frame: before an
 * interim report.
 */
void tcpstates_sum_up(struct tcpstates *);

/*
 * For a live screen: the connections whose last segments are the latest, at
 * most `each` that are half-open, then as many active and closed ones, latest
 * first.  `ret_conns` has room for three times as many; returns how many there
 * are.  Engines without limits return none.
 */
unsigned tcpstates_recent(const struct tcpstates *,
    const struct conn **ret_conns, unsigned each);
/*
 * For a live screen: report every segment of one connection, which loses the
 * fast path meanwhile; NULL: of none.  Memory of connections is used again, so
 * the callback compares the number; it may call this function.
 */
void tcpstates_watch(struct tcpstates *, const struct conn *,
    void (*segment)(void *arg, const struct conn *, const struct segment *,
    const struct judgement *), void *arg);
/* Connections followed and not closed, under limits; else 0. */
uint64_t tcpstates_open(const struct tcpstates *);
/* Connections with SYNs only, under limits; else 0. */
uint64_t tcpstates_half_open(const struct tcpstates *);
/*
 * Is it the connection with this number, and still followed?  The pointer may
 * be one that an engine has returned at any time: memory of connections is used
 * again, and never given back before tcpstates_free().
 */
bool tcpstates_follows(const struct conn *, uint64_t number);

/* No more frames: complete the totals.  Further frames are not allowed. */
void tcpstates_finish(struct tcpstates *);

/*
 * The connections in order of first segment, without those dropped by a limit;
 * of an engine with several workers only after tcpstates_flush().
 */
const struct conn *tcpstates_first(const struct tcpstates *);
const struct tcpstates_totals *tcpstates_totals(const struct tcpstates *);
const struct decoder_stats *tcpstates_decoder_stats(const struct tcpstates *);
/* Protocol names, as decoder_last_protocol(), of the frame just given. */
const char *tcpstates_last_protocol(const struct tcpstates *);

#endif
