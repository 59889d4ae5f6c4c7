/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine's state, for the files of this directory: engine.c (the front
 * door), batch.c (queue, prefetch, worker thread), take.c (a segment into its
 * connection), retire.c (limits).
 */
#ifndef TCPSTATES_ENGINE_INTERNAL_H
#define TCPSTATES_ENGINE_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "decode/segment.h"
#include "diagnosis/diagnosis.h"
#include "engine/closings.h"
#include "engine/engine.h"
#include "flow/conntab.h"
#include "flow/duplicates.h"
#include "flow/key.h"
#include "flow/limits.h"
#include "tcp/tracker.h"

struct evicted_set;
struct parts;
struct related;
struct readers;
struct team;

/* State used only when limits are enabled. */
struct expiry {
	bool is_on;
	struct limits limits;
	struct queues queues;
	struct evicted_set *evicted;
	/*
	 * The clock of limits: the sum of the steps of the frames' clock,
	 * except steps back.  It wraps; only differences mean something.
	 */
	uint64_t now_ns;
	int64_t clock_ns;	/* the frames' clock at now_ns */
	/* No connection is due from looked_ns on for quiet_ns. */
	uint64_t looked_ns;
	uint64_t quiet_ns;
	struct closings closings;	/* with events.closed */
};

#define BATCH_MAX	128	/* segments */

/*
 * A segment to be processed, or an ICMP error that quotes one: in four cache
 * lines, of which most segments need three.
 */
struct queued_segment {
	_Alignas(LINE_BYTES) struct lookup lookup;
	uint8_t side;
	bool is_quoted;
	bool is_run;		/* as in the entry before, the fingerprint */
	struct likeness like;	/* to earlier segments, unless is_quoted */
	union {
		struct segment seg;
		struct icmp_error error;	/* if is_quoted */
	};
};

struct batch {
	struct queued_segment queue[BATCH_MAX];
	unsigned count;
};

/* Counted by the thread that processes segments, added up by a flush. */
struct batch_counts {
	uint64_t segments;
	uint64_t duplicates;
	uint64_t conns;
	uint64_t twins;
	uint64_t copies_unknown;
	atomic_bool is_out_of_memory;
};

/*
 * In three parts, on separate cache lines to avoid false sharing between the
 * two threads.
 */
struct tcpstates {
	/* Read-only once frames come. */
	_Alignas(LINE_BYTES) struct key_rules key_rules;
	struct decoder *decoder;
	struct conntab *conns;
	struct duplicates *dupes;
	struct tcpstates_events events;
	bool wants_tally;
	bool keeps_analysis;
	bool is_batched;
	bool is_quiet;		/* no limit and no event concerns each segment */
	struct batch *batches;
	struct worker *worker;	/* tracks queued segments, or NULL */
	struct parts *parts;	/* take the frames, or NULL */
	struct readers *readers;	/* take the frames, or NULL */
	struct team *team;	/* the engines of either, or NULL */
	struct readers *member_of;	/* of which this is an engine, or NULL */
	struct tcpstates_options options;

	/* Written by the thread that processes segments. */
	_Alignas(LINE_BYTES) struct tracker tracker;
	struct diagnoser diagnoser;	/* with options.diagnose */
	struct related *related;	/* of reported connections, or NULL */
	struct expiry expiry;
	struct batch_counts counts;	/* since the last flush */
	struct overlay *overlay;	/* NULL until a segment has a VNI */

	/* Written by the thread that decodes frames. */
	_Alignas(LINE_BYTES) struct tcpstates_totals totals;
	int64_t last_frame_ns;
	struct batch *batch;	/* being filled */
	bool is_of_other_shard;	/* the last frame */
};

/* One of several engines that share the buckets of keys. */
struct share {
	unsigned index;
	unsigned count;		/* of engines, up to KEY_BUCKETS */
};

/* The index of the engine that has the connections of a key. */
static inline unsigned
share_owner(const struct share *share, uint64_t fingerprint)
{
	return key_bucket(fingerprint) * share->count / KEY_BUCKETS;
}

/*
 * An engine without a duplicate filter: one is lent to it.  NULL when out of
 * memory.
 */
struct tcpstates *engine_new_part(const struct tcpstates_options *) MUST_CHECK;
/* Without its filter.  NULL is allowed. */
void engine_free_part(struct tcpstates *);
struct decoder *engine_new_decoder(const struct tcpstates_options *) MUST_CHECK;

/*
 * Instants are kept within half of what 64 bits hold (1970 +- 146 years), so
 * that no difference of two of them overflows.  The unsigned seconds of a
 * classic capture end in 2106.
 */
#define TIME_LIMIT_NS	(INT64_MAX / 2)

static inline int64_t
engine_clamp_time(int64_t ns)
{
	if (ns > TIME_LIMIT_NS)
		return TIME_LIMIT_NS;
	return ns < -TIME_LIMIT_NS ? -TIME_LIMIT_NS : ns;
}

/* Count a frame by its time and its length on the wire. */
void engine_count_frame(struct tcpstates *, const struct frame *);

/*
 * Decode a frame into an entry of a queue.  The result is a segment between the
 * two endpoints of the connection that the entry belongs to: the one of the
 * entry, or, of an ICMP error that quotes a segment, in *scratch.  NULL: the
 * frame has neither.
 */
const struct segment *engine_decode(struct tcpstates *, const struct frame *,
    struct queued_segment *, enum verdict *ret_verdict,
    struct segment *scratch);

/*
 * Report a connection to one of the events `closed` and `ended`, or to none
 * (NULL).  If it `is_new`, related connections learn from it before.
 */
void engine_report(struct tcpstates *, struct conn *, bool is_new,
    void (*event)(void *arg, const struct conn *));

/* Decode a frame and queue its segment.  0, or -ERR_NOMEM. */
int engine_take(struct tcpstates *, const struct frame *);
/*
 * The same of a frame that all engines decode, each with a decoder for such
 * frames: only the owner of a segment takes the segment, and only the first
 * engine counts the frame if it has none.
 */
int engine_take_shared(struct tcpstates *, struct decoder *,
    const struct share *, const struct frame *);

/* A connection has closed; or has not, as a later segment of it proves. */
static inline void
tally_close(struct tcpstates *ts, bool is_closed)
{
	struct tcpstates_tally *tally = &ts->totals.tally;

	if (is_closed) {
		tally->open--;
		tally->closed++;
	} else {
		tally->open++;
		tally->closed--;
	}
}

#endif
