/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Joins the layers: a frame is decoded, its segment finds its connection,
 * and the tracker takes it in.  Keeps the books of frames and verdicts, and
 * lets connections go when limits say so.
 */
#include "config.h"

#include "engine/engine.h"

#include <stdatomic.h>
#include <string.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/worker.h"
#include "flow/conntab.h"
#include "flow/duplicates.h"
#include "flow/identity.h"
#include "flow/key.h"
#include "flow/evicted.h"
#include "tcp/analysis.h"
#include "tcp/duplicate.h"
#include "tcp/pipeline.h"
#include "tcp/prefetch.h"
#include "tcp/tracker.h"

/*
 * Instants are kept within half of what 64 bits hold (1970 +- 146 years), so
 * that no difference of two of them overflows.  The unsigned seconds of a
 * classic capture end in 2106.
 */
#define TIME_LIMIT_NS	(INT64_MAX / 2)
/*
 * Frames of several queues or files are out of order by less than this; a
 * clock that goes back by more was set.
 */
#define CLOCK_SET_NS	(10 * NS_PER_SEC)
/* A segment ends so many connections at most; many may be due at once. */
#define ENDS_A_SEGMENT	8

/* What limits need besides; not touched without them. */
struct bounds {
	bool is_on;
	struct limits limits;
	struct queues queues;
	struct evicted_set *returns;
	/*
	 * Time as limits know it: the steps of the frames' clock, except
	 * those back.  It wraps, and only differences mean something.
	 */
	uint64_t now_ns;
	int64_t clock_ns;	/* where the frames' clock stood at that */
	/* From then on, for so long, nobody is due: no need to look. */
	uint64_t looked_ns;
	uint64_t quiet_ns;
};

/*
 * Frames are decoded until a batch is full; then it is taken in.  That way
 * what a segment is about to look into can be fetched from memory while those
 * before it are worked on, or waiting for memory would be most of the work;
 * and a second thread can do the one while the first does the other.
 */
#define BATCH_MAX	128	/* segments */
/*
 * Between two threads; one alone has one.  With 1 MiB, what one of them comes
 * back to has mostly left the other's cache, out of which it is dear to take.
 */
#define BATCHES		32
/* So many segments ahead a connection is fetched, and what hangs off it. */
#define AHEAD_FAR	8
#define AHEAD_NEAR	4

/*
 * A segment to be taken in, or what an ICMP error quotes of one: in four
 * cache lines, of which most segments need three.
 */
struct waiting {
	_Alignas(LINE_BYTES) struct lookup lookup;
	uint8_t side;
	uint8_t dupe;		/* enum dupe, of a copy */
	bool is_quoted;		/* and nothing but lookup is set */
	uint16_t path_mtu;	/* then: of "fragmentation needed", or 0 */
	struct segment seg;
};

struct batch {
	struct waiting waiting[BATCH_MAX];
	unsigned count;
};

/* What is counted when a segment is taken in, by whichever thread does it. */
struct taken {
	uint64_t segments;
	uint64_t duplicates;
	uint64_t conns;
	atomic_bool is_out_of_memory;
};

/*
 * In three parts, each on lines of its own: what one thread writes, the other
 * would wait for whenever it looks at anything beside it.
 */
struct tcpstates {
	/* Written by nobody once frames come. */
	_Alignas(LINE_BYTES) struct key_rules key_rules;
	struct decoder *decoder;
	struct conntab *conns;
	struct duplicates *dupes;
	struct tcpstates_events events;
	bool wants_tally;
	bool keeps_analysis;
	bool is_batched;
	struct batch *batches;
	struct worker *worker;	/* that takes them in, or NULL */

	/* By who takes segments in. */
	_Alignas(LINE_BYTES) struct tracker tracker;
	struct bounds bounds;
	struct taken taken;	/* since the last flush */

	/* By who is given frames. */
	_Alignas(LINE_BYTES) struct tcpstates_totals totals;
	int64_t last_frame_ns;
	struct batch *batch;	/* that is being filled */
};

/* ---- what happens meanwhile ---- */

/* A connection is not open any longer: once for each. */
static void
tally_end(struct tcpstates *ts, bool is_close)
{
	ts->totals.tally.open--;
	ts->totals.tally.closed += is_close;
}

static void
tally_segment(void *arg, const struct conn *conn, const struct segment *seg,
    const struct judgement *judgement)
{
	struct tcpstates *ts = arg;
	const uint32_t resets = conn->endpoint[0].rst_count +
	    conn->endpoint[1].rst_count;

	ts->totals.tally.retrans += (judgement->bits &
	    UINT32_C(1) << JUDGED_RETRANSMISSION) != 0;
	ts->totals.tally.reset += resets == 1 &&
	    seg->depth >= DEPTH_FLAGS && segment_has(seg, TCP_RST);
	if (ts->events.segment != NULL)
		ts->events.segment(ts->events.arg, conn, seg, judgement);
}

static void
tell_transition(void *arg, const struct conn *conn,
    const struct transition *transition)
{
	struct tcpstates *ts = arg;

	ts->events.transition(ts->events.arg, conn, transition);
}

/* ---- beginning and end ---- */

static void
init_tracker(struct tcpstates *ts, const struct tcpstates_options *options)
{
	struct track_events events = {
	    .segment = options->events.segment,
	    .transition = options->events.transition,
	    .arg = options->events.arg,
	};

	if (options->tally) {
		events.segment = tally_segment;
		events.skips_fastpath = options->events.segment == NULL;
		events.transition = options->events.transition != NULL ?
		    tell_transition : NULL;
		events.arg = ts;
	}
	tracker_init(&ts->tracker, &events, options->no_analysis,
	    options->keep_analysis);
	ts->tracker.no_fastpath = options->no_fastpath;
	ts->tracker.budget.most = options->limits.max_pending;
}

/* False: out of memory. */
static bool
init_bounds(struct tcpstates *ts, const struct tcpstates_options *options)
{
	ts->events = options->events;
	ts->wants_tally = options->tally;
	ts->is_batched = options->is_batched;
	ts->keeps_analysis = options->keep_analysis;
	ts->bounds.limits = options->limits;
	ts->bounds.is_on = limits_any(&options->limits);
	if (!ts->bounds.is_on)
		return true;
	ts->bounds.returns = evicted_new();
	return ts->bounds.returns != NULL;
}

struct tcpstates *
tcpstates_new(const struct tcpstates_options *options)
{
	const struct siphash_key secret = {
	    .word = { options->hash_key[0], options->hash_key[1] },
	};
	const struct decoder_options decoder_options = {
	    .no_tunnels = options->no_tunnels,
	    .no_fastpath = options->no_fastpath,
	};
	struct tcpstates *ts = mem_zalloc_lines(sizeof(*ts));

	if (ts == NULL)
		return NULL;
	init_tracker(ts, options);
	ts->key_rules.vlan = options->vlan_key;
	ts->decoder = decoder_new(&decoder_options, secret.word);
	ts->conns = conntab_new(&secret, limits_any(&options->limits));
	ts->dupes = duplicates_new();
	ts->batches = mem_zalloc_lines(sizeof(*ts->batches));
	ts->batch = ts->batches;
	if (!init_bounds(ts, options) || ts->decoder == NULL ||
	    ts->conns == NULL || ts->dupes == NULL || ts->batch == NULL) {
		tcpstates_free(ts);
		return NULL;
	}
	return ts;
}

void
tcpstates_free(struct tcpstates *ts)
{
	if (ts == NULL)
		return;
	worker_stop(ts->worker);
	mem_free(ts->batches);
	tracker_fini(&ts->tracker,
	    ts->conns != NULL ? conntab_first(ts->conns) : NULL);
	conntab_free(ts->conns);
	evicted_free(ts->bounds.returns);
	duplicates_free(ts->dupes);
	decoder_free(ts->decoder);
	mem_free(ts);
}

void
tcpstates_leave(struct tcpstates *ts)
{
	worker_stop(ts->worker);
	ts->worker = NULL;
}

/* ---- limits ---- */

/* The frames' clock is at `ns`; both times are within the limit of times. */
static void
advance(struct bounds *bounds, int64_t ns)
{
	const int64_t step = ns - bounds->clock_ns;

	if (step > 0)
		bounds->now_ns += (uint64_t)step;
	if (step > 0 || step < -CLOCK_SET_NS)
		bounds->clock_ns = ns;
}

/* The record goes; its figures stay. */
static void
leave_out(struct tcpstates *ts, struct conn *conn)
{
	summary_add(&ts->totals.left_out, conn);
	analysis_end(&ts->tracker, conn);
	queues_move(&ts->bounds.queues, conn, QUEUE_NONE, 0);
	conntab_remove(ts->conns, conn);
}

static void
keep_record(struct tcpstates *ts, struct conn *conn)
{
	const uint64_t most = ts->bounds.limits.max_ended;
	struct queues *queues = &ts->bounds.queues;

	if (ts->keeps_analysis)
		analysis_pack(&ts->tracker, conn);
	else
		analysis_end(&ts->tracker, conn);
	queues_move(queues, conn, QUEUE_ENDED, ts->bounds.now_ns);
	if (most != 0 && queues_count(queues, QUEUE_ENDED) > most)
		leave_out(ts, queues_oldest(queues, QUEUE_ENDED));
}

/* A connection is not followed any longer. */
static void
retire(struct tcpstates *ts, struct conn *conn, enum retired why)
{
	conn->retired = (uint8_t)why;
	conn->is_evicted = retired_is_evicted(why);
	conn->is_idle = retired_is_idle(why);
	ts->totals.retired[why]++;
	ts->totals.evicted += conn->is_evicted;
	ts->totals.idle += conn->is_idle;
	if (ts->wants_tally && !conn->is_closed)
		tally_end(ts, false);
	conntab_unlink(ts->conns, conn);
	if (why != RETIRED_REPLACED)
		evicted_add(ts->bounds.returns,
		    conntab_hash(ts->conns, &conn->key));
	if (ts->events.ended != NULL)
		ts->events.ended(ts->events.arg, conn);
	if (ts->bounds.limits.drop_ended)
		leave_out(ts, conn);
	else
		keep_record(ts, conn);
}

/* Nobody has been silent for too long. */
static bool
is_quiet(const struct bounds *bounds)
{
	return bounds->now_ns - bounds->looked_ns <= bounds->quiet_ns;
}

static void
retire_due(struct tcpstates *ts, uint64_t most)
{
	struct bounds *bounds = &ts->bounds;
	struct conn *conn;
	enum retired why;

	if (LIKELY(is_quiet(bounds)))
		return;
	while (most-- > 0) {
		conn = limits_due(&bounds->limits, &bounds->queues,
		    bounds->now_ns, &why);
		if (conn == NULL) {
			bounds->looked_ns = bounds->now_ns;
			bounds->quiet_ns = limits_quiet(&bounds->limits,
			    &bounds->queues, bounds->now_ns);
			return;
		}
		retire(ts, conn, why);
	}
}

/* A segment came: those who are silent are so for longer. */
static void
pass_time(struct tcpstates *ts, int64_t now_ns)
{
	advance(&ts->bounds, now_ns);
	retire_due(ts, ENDS_A_SEGMENT);
}

static void
make_room(struct tcpstates *ts)
{
	enum retired why;
	struct conn *conn = limits_victim(&ts->bounds.limits,
	    &ts->bounds.queues, &why);

	if (conn != NULL)
		retire(ts, conn, why);
}

/* The newest connection of a key, if it was not silent for too long. */
static struct conn *
find_followed(struct tcpstates *ts, struct lookup *lookup)
{
	struct conn *conn = conntab_find(ts->conns, lookup);
	enum retired why;

	if (conn == NULL || !ts->bounds.is_on || LIKELY(is_quiet(&ts->bounds)))
		return conn;
	/* One of many that were due at once. */
	why = limits_is_over(&ts->bounds.limits, conn, ts->bounds.now_ns);
	if (why == RETIRED_NOT)
		return conn;
	retire(ts, conn, why);
	return NULL;
}

/*
 * Does it go on with what a limit ended?  A bare SYN begins anew, whatever
 * was before it.
 */
static void
note_return(struct tcpstates *ts, struct conn *conn,
    const struct segment *seg)
{
	const bool is_known = evicted_take(ts->bounds.returns,
	    conntab_hash(ts->conns, &conn->key));

	conn->is_returned = is_known && (seg->depth < DEPTH_FLAGS ||
	    !segment_has(seg, TCP_SYN) || segment_has(seg, TCP_ACK));
	ts->totals.returned += conn->is_returned;
}

/* ---- the way of a frame ---- */

static int64_t
clamp_time(int64_t ns)
{
	if (ns > TIME_LIMIT_NS)
		return TIME_LIMIT_NS;
	return ns < -TIME_LIMIT_NS ? -TIME_LIMIT_NS : ns;
}

/* The first one, or one whose time is earlier than the last or impossible. */
static NOINLINE int64_t
note_odd_time(struct tcpstates *ts, int64_t time_ns)
{
	struct tcpstates_totals *totals = &ts->totals;
	const int64_t now = clamp_time(time_ns);

	totals->clock_clamped += now != time_ns;
	if (totals->frames == 0) {
		totals->first_ns = now;
		totals->last_ns = now;
		ts->bounds.clock_ns = now;
	} else if (now < ts->last_frame_ns) {
		totals->clock_back++;
	}
	return now;
}

static void
count_frame(struct tcpstates *ts, const struct frame *frame)
{
	struct tcpstates_totals *totals = &ts->totals;
	int64_t now = frame->time_ns;

	if (UNLIKELY(now < ts->last_frame_ns || now > TIME_LIMIT_NS ||
	    totals->frames == 0))
		now = note_odd_time(ts, now);
	if (now > totals->last_ns)
		totals->last_ns = now;
	ts->last_frame_ns = now;
	totals->frames++;
	totals->octets += frame->wire_len;
}

static struct conn *
open_conn(struct tcpstates *ts, struct lookup *lookup,
    const struct segment *seg)
{
	struct conn *conn;

	if (ts->bounds.is_on)
		make_room(ts);
	conn = conntab_add(ts->conns, lookup);
	if (conn == NULL)
		return NULL;
	conn->first_ns = seg->time_ns;
	conn->last_ns = seg->time_ns;
	conn->first_frame = seg->frame;
	conn->last_frame = seg->frame;
	ts->taken.conns++;
	if (ts->wants_tally)
		ts->totals.tally.open++;
	if (ts->bounds.is_on)
		note_return(ts, conn, seg);
	return conn;
}

/* The connection that a segment belongs to, new if need be; NULL: no memory. */
static struct conn *
conn_of(struct tcpstates *ts, struct waiting *w, bool *ret_is_reuse)
{
	struct conn *conn = find_followed(ts, &w->lookup);

	*ret_is_reuse = false;
	if (conn != NULL && w->seg.depth >= DEPTH_FLAGS &&
	    segment_has(&w->seg, TCP_SYN) &&
	    identity_opens_new(conn, w->side, &w->seg,
	    identity_is_ts_later(conn, w->side, &w->seg))) {
		*ret_is_reuse = true;
		/* Its segments would come to the new one from now on. */
		if (ts->bounds.is_on)
			retire(ts, conn, RETIRED_REPLACED);
		conn = NULL;
	}
	return conn != NULL ? conn : open_conn(ts, &w->lookup, &w->seg);
}

/* Looks like a copy; the tracker, which knows the connection, decides. */
static bool
drop_duplicate(struct tcpstates *ts, struct waiting *w)
{
	struct conn *conn;

	if (LIKELY(w->dupe == DUPE_NO))
		return false;
	conn = conntab_find(ts->conns, &w->lookup);
	if (conn == NULL || !duplicate_is_copy(conn, w->side, &w->seg,
	    w->dupe))
		return false;
	conn->report.duplicates++;
	conn->has_duplicates = true;
	if (w->dupe == DUPE_SURE && w->seg.interface != 0)
		conn->copies_from_other_if = true;
	return true;
}

static int
track(struct tcpstates *ts, struct conn *conn, unsigned side,
    const struct segment *seg, bool is_reuse)
{
	const bool was_closed = conn->is_closed;
	const int err = pipeline_segment(&ts->tracker, conn, side, seg, is_reuse);

	if (ts->bounds.is_on)
		queues_move(&ts->bounds.queues, conn, queues_place(conn),
		    ts->bounds.now_ns);
	if (ts->wants_tally && !was_closed && conn->is_closed)
		tally_end(ts, true);
	return err;
}

static int
take_segment(struct tcpstates *ts, struct waiting *w)
{
	struct conn *conn;
	bool is_reuse;

	if (ts->bounds.is_on)
		pass_time(ts, w->seg.time_ns);
	if (drop_duplicate(ts, w)) {
		ts->taken.duplicates++;
		return 0;
	}
	ts->taken.segments++;
	conn = conn_of(ts, w, &is_reuse);
	if (conn == NULL)
		return -ERR_NOMEM;
	return track(ts, conn, w->side, &w->seg, is_reuse);
}

/* An ICMP error is evidence for the connection it quotes, and opens none. */
static void
take_quoted(struct tcpstates *ts, struct waiting *w)
{
	struct conn *conn = conntab_find(ts->conns, &w->lookup);

	if (conn != NULL)
		pipeline_quoted(&ts->tracker, conn, w->path_mtu);
}

static int
take_waiting(struct tcpstates *ts, struct waiting *w)
{
	if (LIKELY(!w->is_quoted))
		return take_segment(ts, w);
	take_quoted(ts, w);
	return 0;
}

/* ---- batches ---- */

/*
 * A copy is told before its identity: the copy of a SYN would otherwise look
 * like its retransmission.
 */
static void
recognise(struct tcpstates *ts, struct batch *batch, const uint64_t *prints)
{
	for (unsigned i = 0; i < batch->count; i++) {
		struct waiting *w = &batch->waiting[i];

		if (!w->is_quoted)
			w->dupe = (uint8_t)duplicates_check(
			    ts->dupes, prints[i], &w->seg);
	}
}

/* What is known of each without looking into the table. */
static void
identify(struct tcpstates *ts, struct batch *batch)
{
	uint64_t prints[BATCH_MAX];	/* 0: of what is quoted */

	for (unsigned i = 0; i < batch->count; i++) {
		struct waiting *w = &batch->waiting[i];

		if (!w->is_quoted)
			w->side = (uint8_t)key_of(&w->seg, &ts->key_rules,
			    &w->lookup.key);
		lookup_begin(&w->lookup);
		prints[i] = 0;
		if (w->is_quoted)
			continue;
		if ((w->seg.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
			conntab_hash_early(ts->conns, &w->lookup);
		prints[i] = duplicates_fingerprint(
		    &w->seg, w->lookup.fingerprint, w->side);
		duplicates_prefetch(ts->dupes, prints[i]);
	}
	recognise(ts, batch, prints);
}

/* What the one before it has fetched already is not fetched again. */
static bool
is_worth_fetching(const struct batch *batch, unsigned at)
{
	return at < batch->count && batch->waiting[at].lookup.fingerprint !=
	    batch->waiting[at - 1].lookup.fingerprint;
}

/* The connection, as soon as its place is there; what hangs off it, later. */
static void
fetch_ahead(struct tcpstates *ts, struct batch *batch, unsigned at)
{
	struct waiting *w;
	const struct conn *conn;

	if (is_worth_fetching(batch, at + AHEAD_FAR))
		conntab_prefetch_entry(ts->conns,
		    &batch->waiting[at + AHEAD_FAR].lookup);
	if (!is_worth_fetching(batch, at + AHEAD_NEAR))
		return;
	w = &batch->waiting[at + AHEAD_NEAR];
	conn = conntab_peek(ts->conns, &w->lookup);
	if (conn == NULL)
		return;
	prefetch_segment(&ts->tracker, conn, w->side, &w->seg);
	if (ts->bounds.is_on)
		queues_prefetch(conn);
}

static void
fetch_first(struct tcpstates *ts, const struct batch *batch)
{
	for (unsigned i = 0; i < batch->count; i++)
		conntab_prefetch_slot(ts->conns, &batch->waiting[i].lookup);
	for (unsigned i = 0; i < AHEAD_FAR && i < batch->count; i++)
		conntab_prefetch_entry(ts->conns, &batch->waiting[i].lookup);
}

static void
take_batch(struct tcpstates *ts, struct batch *batch)
{
	if (batch->count > 1)
		fetch_first(ts, batch);
	for (unsigned i = 0; i < batch->count; i++) {
		fetch_ahead(ts, batch, i);
		if (take_waiting(ts, &batch->waiting[i]) != 0)
			atomic_store(&ts->taken.is_out_of_memory, true);
	}
	batch->count = 0;
}

static void
hand_over(struct tcpstates *ts)
{
	identify(ts, ts->batch);
	if (ts->worker == NULL) {
		take_batch(ts, ts->batch);
		return;
	}
	worker_give(ts->worker);
	/* Who would wait has time for some of what the other has to do. */
	while (!worker_is_ready(ts->worker) && conntab_prepare(ts->conns))
		continue;
	ts->batch = &ts->batches[worker_next(ts->worker)];
}

/* What was taken in goes into the books. */
static int
add_taken(struct tcpstates *ts)
{
	struct taken *taken = &ts->taken;

	ts->totals.verdicts[VERDICT_SEGMENT] += taken->segments;
	ts->totals.verdicts[VERDICT_DUPLICATE] += taken->duplicates;
	ts->totals.conns += taken->conns;
	taken->segments = 0;
	taken->duplicates = 0;
	taken->conns = 0;
	return atomic_exchange(&taken->is_out_of_memory, false) ?
	    -ERR_NOMEM : 0;
}

int
tcpstates_flush(struct tcpstates *ts)
{
	if (ts->batch->count > 0)
		hand_over(ts);
	if (ts->worker != NULL)
		worker_drain(ts->worker);
	return add_taken(ts);
}

/* ---- a second thread ---- */

static void
work(void *arg, unsigned load)
{
	struct tcpstates *ts = arg;

	take_batch(ts, &ts->batches[load]);
}

/* Nobody is told from another thread, and nothing ends between two frames. */
static bool
can_split(const struct tcpstates *ts)
{
	return ts->is_batched && ts->worker == NULL && !ts->bounds.is_on &&
	    !ts->wants_tally && ts->events.segment == NULL &&
	    ts->events.transition == NULL;
}

bool
tcpstates_split(struct tcpstates *ts)
{
	struct batch *batches = can_split(ts) ?
	    mem_zalloc_lines(BATCHES * sizeof(*batches)) : NULL;

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

/* ---- the way of a frame, as far as it goes alone ---- */

/* The next of the batch has been filled in. */
static int
let_wait(struct tcpstates *ts)
{
	ts->batch->count++;
	if (!ts->is_batched)
		return tcpstates_flush(ts);
	if (ts->batch->count < BATCH_MAX)
		return 0;
	hand_over(ts);
	return atomic_load(&ts->taken.is_out_of_memory) ? -ERR_NOMEM : 0;
}

static int
let_segment_wait(struct tcpstates *ts, struct waiting *w)
{
	w->is_quoted = false;
	w->seg.time_ns = ts->last_frame_ns;	/* its own, clamped */
	if (ts->is_batched) {
		/* The frame's octets are gone by then. */
		w->seg.payload = NULL;
		w->seg.payload_captured = 0;
	}
	return let_wait(ts);
}

static int
let_quoted_wait(struct tcpstates *ts, struct waiting *w,
    const struct quoted *quoted)
{
	struct segment seg = {
		.src_port = quoted->src_port,
		.dst_port = quoted->dst_port,
		.vni = quoted->vni,
		.vni_known = quoted->vni_known,
		.vlan = quoted->vlan,
		.ip_version = quoted->ip_version,
	};

	memcpy(seg.src, quoted->src, sizeof(seg.src));
	memcpy(seg.dst, quoted->dst, sizeof(seg.dst));
	key_of(&seg, &ts->key_rules, &w->lookup.key);
	w->is_quoted = true;
	w->path_mtu = quoted->mtu;
	return let_wait(ts);
}

/* A frame that is no segment; it may be evidence all the same. */
static int
take_other(struct tcpstates *ts, enum verdict verdict)
{
	const struct quoted *quoted;

	ts->totals.verdicts[verdict]++;
	if (verdict != VERDICT_NOT_TCP)
		return 0;
	quoted = decoder_last_quoted(ts->decoder);
	return quoted == NULL ? 0 : let_quoted_wait(ts,
	    &ts->batch->waiting[ts->batch->count], quoted);
}

int
tcpstates_frame(struct tcpstates *ts, const struct frame *frame)
{
	struct waiting *w = &ts->batch->waiting[ts->batch->count];
	enum verdict verdict;

	count_frame(ts, frame);
	verdict = frame_decode(ts->decoder, frame, &w->seg);
	return verdict == VERDICT_SEGMENT ? let_segment_wait(ts, w) :
	    take_other(ts, verdict);
}

void
tcpstates_expire(struct tcpstates *ts, int64_t now_ns)
{
	const int64_t now = clamp_time(now_ns);

	if (!ts->bounds.is_on || ts->totals.frames == 0 ||
	    now <= ts->bounds.clock_ns)
		return;
	advance(&ts->bounds, now);
	retire_due(ts, UINT64_MAX);
}

void
tcpstates_sum_up(struct tcpstates *ts)
{
	const struct decoder_stats *stats = decoder_stats(ts->decoder);
	const struct track_findings findings =
	    tracker_findings(&ts->tracker, conntab_first(ts->conns));
	struct tcpstates_totals *totals = &ts->totals;

	totals->forgotten = findings.forgotten;
	totals->merged = findings.merged;
	totals->unquantified = findings.unquantified;
	totals->cut = ts->tracker.cut;
	totals->wire_len_wrong = stats->wire_len_wrong;
	totals->fragments_evicted = stats->fragments_evicted;
}

void
tcpstates_finish(struct tcpstates *ts)
{
	/* Told by the last tcpstates_frame(), or not at all. */
	(void)tcpstates_flush(ts);
	tcpstates_sum_up(ts);
}

const struct conn *
tcpstates_first(const struct tcpstates *ts)
{
	return conntab_first(ts->conns);
}

const struct tcpstates_totals *
tcpstates_totals(const struct tcpstates *ts)
{
	return &ts->totals;
}

const struct decoder_stats *
tcpstates_decoder_stats(const struct tcpstates *ts)
{
	return decoder_stats(ts->decoder);
}

const char *
tcpstates_last_protocol(const struct tcpstates *ts)
{
	return decoder_last_protocol(ts->decoder);
}
