/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "engine/batch.h"

#include "base/err.h"
#include "base/pool.h"
#include "base/worker.h"
#include "engine/internal.h"
#include "engine/parts.h"
#include "engine/readers.h"
#include "engine/take.h"
#include "flow/duplicates.h"
#include "flow/fingerprint.h"
#include "flow/queues.h"
#include "tcp/prefetch.h"

/*
 * The ring between two threads is large enough that a batch has left the
 * producer's cache before the consumer reads it: cache-to-cache transfers are
 * slow.  One thread alone has one batch.
 */
#define BATCHES		32
/* Prefetch distances, in segments: the table's entry, then its connection. */
#define AHEAD_FAR	8
#define AHEAD_NEAR	4
#define AHEAD_NEXT	2

/*
 * Copies are recognised before identity is decided: the copy of a SYN would
 * otherwise look like its retransmission.
 */
static void
recognise_copies(struct tcpstates *ts, struct batch *batch,
    struct fingerprint *prints)
{
	for (unsigned i = 0; i < batch->count; i++) {
		struct queued_segment *queued = &batch->queue[i];
		const unsigned ahead = i + AHEAD_NEAR;

		if (ahead < batch->count && !batch->queue[ahead].is_quoted)
			duplicates_prefetch(ts->dupes, &prints[ahead]);
		if (!queued->is_quoted)
			duplicates_check(ts->dupes, &prints[i], &queued->seg,
			    &queued->like);
	}
}

/* Key and fingerprint of an entry, and the hash of a key that is likely new. */
static void
identify_one(struct tcpstates *ts, struct queued_segment *queued)
{
	if (LIKELY(!queued->is_quoted))
		queued->side = (uint8_t)key_of(&queued->seg, &ts->key_rules,
		    &queued->lookup.key);
	lookup_begin(&queued->lookup);
	if (!queued->is_quoted &&
	    (queued->seg.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
		conntab_hash_early(ts->conns, &queued->lookup);
}

/* Do for each segment what needs no look into the table. */
static void
identify(struct tcpstates *ts, struct batch *batch)
{
	struct fingerprint prints[BATCH_MAX];	/* none of quotations */
	uint64_t before = 0;

	for (unsigned i = 0; i < batch->count; i++) {
		struct queued_segment *queued = &batch->queue[i];

		identify_one(ts, queued);
		queued->is_run = queued->lookup.fingerprint == before;
		before = queued->lookup.fingerprint;
		if (LIKELY(!queued->is_quoted))
			duplicates_begin(ts->dupes, &queued->seg,
			    queued->lookup.fingerprint, queued->side,
			    &prints[i]);
	}
	recognise_copies(ts, batch, prints);
}

/* What the follower keeps. */
static inline void
fetch_followed(const struct tcpstates *ts, struct batch *batch, unsigned at)
{
	const struct conn *conn;

	if (ts->tracker.follower == NULL || at >= batch->count ||
	    batch->queue[at].is_run)
		return;
	conn = conntab_peek(ts->conns, &batch->queue[at].lookup);
	if (conn != NULL)
		prefetch_followed(conn);
}

/*
 * The connection as soon as its slot is in the cache; its analysis later.  Not
 * again what the entry before has fetched.
 */
static inline void
fetch_ahead(struct tcpstates *ts, struct batch *batch, unsigned at)
{
	struct queued_segment *queued = &batch->queue[at];
	const struct conn *conn;

	if (at + AHEAD_FAR < batch->count && !queued[AHEAD_FAR].is_run)
		conntab_prefetch_entry(ts->conns, &queued[AHEAD_FAR].lookup);
	fetch_followed(ts, batch, at + AHEAD_NEXT);
	if (at + AHEAD_NEAR >= batch->count || queued[AHEAD_NEAR].is_run)
		return;
	queued += AHEAD_NEAR;
	conn = conntab_peek(ts->conns, &queued->lookup);
	if (conn == NULL)
		return;
	prefetch_segment(&ts->tracker, conn, queued->side, &queued->seg);
	if (ts->expiry.is_on)
		queues_prefetch(conn);
}

static void
fetch_first(struct tcpstates *ts, const struct batch *batch)
{
	for (unsigned i = 0; i < batch->count; i++)
		conntab_prefetch_slot(ts->conns, &batch->queue[i].lookup);
	for (unsigned i = 0; i < AHEAD_FAR && i < batch->count; i++)
		conntab_prefetch_entry(ts->conns, &batch->queue[i].lookup);
}

static void
take_batch(struct tcpstates *ts, struct batch *batch)
{
	if (batch->count > 1)
		fetch_first(ts, batch);
	for (unsigned i = 0; i < batch->count; i++) {
		fetch_ahead(ts, batch, i);
		if (take_queued(ts, &batch->queue[i]) != 0)
			atomic_store(&ts->counts.is_out_of_memory, true);
	}
	if (UNLIKELY(ts->diagnoser.is_out_of_memory)) {
		ts->diagnoser.is_out_of_memory = false;
		atomic_store(&ts->counts.is_out_of_memory, true);
	}
	batch->count = 0;
}

static void
give_batch(struct tcpstates *ts)
{
	worker_give(ts->worker);
	/* While the ring is full, pre-fault pages for the tracker thread. */
	while (!worker_is_ready(ts->worker) && conntab_prepare(ts->conns))
		continue;
	ts->batch = &ts->batches[worker_next(ts->worker)];
}

/* Process the batch, or pass it on. */
static void
submit_batch(struct tcpstates *ts)
{
	identify(ts, ts->batch);
	if (ts->worker != NULL)
		give_batch(ts);
	else
		take_batch(ts, ts->batch);
}

/* Add the counts to the totals. */
static int
add_counts(struct tcpstates_totals *totals, struct batch_counts *counts)
{
	totals->verdicts[VERDICT_SEGMENT] += counts->segments;
	totals->verdicts[VERDICT_DUPLICATE] += counts->duplicates;
	totals->conns += counts->conns;
	totals->twins += counts->twins;
	totals->copies_unknown += counts->copies_unknown;
	counts->segments = 0;
	counts->duplicates = 0;
	counts->conns = 0;
	counts->twins = 0;
	counts->copies_unknown = 0;
	return atomic_exchange(&counts->is_out_of_memory, false) ?
	    -ERR_NOMEM : 0;
}

struct queued_segment *
batch_next(struct tcpstates *ts)
{
	return &ts->batch->queue[ts->batch->count];
}

int
batch_enqueue(struct tcpstates *ts)
{
	ts->batch->count++;
	if (!ts->is_batched)
		return tcpstates_flush(ts);
	if (ts->batch->count < BATCH_MAX)
		return 0;
	submit_batch(ts);
	return atomic_load(&ts->counts.is_out_of_memory) ? -ERR_NOMEM : 0;
}

int
batch_flush(struct tcpstates *ts, struct tcpstates_totals *totals)
{
	if (ts->batch->count > 0)
		submit_batch(ts);
	if (ts->worker != NULL)
		worker_drain(ts->worker);
	return add_counts(totals, &ts->counts);
}

int
tcpstates_flush(struct tcpstates *ts)
{
	if (ts->readers != NULL)
		return readers_flush(ts->readers);
	return ts->parts != NULL ? parts_flush(ts->parts, &ts->totals) :
	    batch_flush(ts, &ts->totals);
}

/* ---- threads that track ---- */

static void
work(void *arg, unsigned load)
{
	struct tcpstates *ts = arg;

	take_batch(ts, &ts->batches[load]);
}

/* Callbacks and expiry are not allowed on the worker thread. */
static bool
can_split(const struct tcpstates *ts)
{
	return ts->is_batched && ts->worker == NULL && ts->parts == NULL &&
	    !ts->expiry.is_on &&
	    !ts->wants_tally && ts->events.segment == NULL &&
	    ts->events.transition == NULL && ts->events.processed == NULL &&
	    ts->events.icmp_error == NULL;
}

static bool
start_worker(struct tcpstates *ts)
{
	struct batch *batches = mem_zalloc_lines(BATCHES * sizeof(*batches));

	if (batches == NULL)
		return false;
	ts->worker = worker_start(BATCHES, work, ts);
	if (ts->worker == NULL) {
		mem_free(batches);
		return false;
	}
	mem_free(ts->batches);
	ts->batches = batches;
	ts->batch = &batches[worker_next(ts->worker)];
	return true;
}

/*
 * A limit of memory is of all connections together.  Frames are chosen for a
 * shard by the thread that decodes them.
 */
static bool
can_share(const struct tcpstates *ts)
{
	return ts->options.limits.max_pending == 0 &&
	    ts->options.shard.count <= 1;
}

bool
tcpstates_split(struct tcpstates *ts, unsigned workers)
{
	if (!can_split(ts))
		return false;
	if (workers > 1 && can_share(ts))
		ts->parts = parts_start(&ts->options, ts->dupes, workers);
	if (ts->parts != NULL)
		ts->team = parts_team(ts->parts);
	return ts->parts != NULL || start_worker(ts);
}
