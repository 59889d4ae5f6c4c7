/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The front door: opens and closes the engine, decodes frames, and keeps the
 * counts of frames and verdicts.
 */
#include "config.h"

#include "engine/engine.h"

#include <string.h>

#include "base/err.h"
#include "base/nstime.h"
#include "base/pool.h"
#include "base/worker.h"
#include "diagnosis/related.h"
#include "engine/batch.h"
#include "engine/internal.h"
#include "engine/parts.h"
#include "engine/retire.h"
#include "engine/readers.h"
#include "engine/team.h"
#include "flow/duplicates.h"
#include "flow/evicted.h"
#include "flow/overlay.h"
#include "flow/queues.h"

/* ---- tally ---- */

static bool
is_judged(const struct judgement *judgement, enum judged what)
{
	return (judgement->bits & UINT32_C(1) << what) != 0;
}

static void
tally_segment(void *arg, const struct conn *conn, const struct segment *seg,
    const struct judgement *judgement)
{
	struct tcpstates *ts = arg;
	struct tcpstates_tally *tally = &ts->totals.tally;
	const uint32_t resets = conn->endpoint[0].rst_count +
	    conn->endpoint[1].rst_count;

	tally->retrans += is_judged(judgement, JUDGED_RETRANSMISSION);
	tally->lost_upstream += is_judged(judgement, JUDGED_LOSS_BEFORE);
	tally->lost_downstream += is_judged(judgement, JUDGED_LOSS_BEHIND);
	tally->reset += resets == 1 &&
	    seg->depth >= DEPTH_FLAGS && segment_has(seg, TCP_RST);
	if (ts->events.segment != NULL)
		ts->events.segment(ts->events.arg, conn, seg, judgement);
}

static void
report_transition(void *arg, const struct conn *conn,
    const struct transition *transition)
{
	struct tcpstates *ts = arg;

	ts->events.transition(ts->events.arg, conn, transition);
}

static void
report_icmp_error(void *arg, const struct conn *conn,
    const struct icmp_error *error)
{
	struct tcpstates *ts = arg;

	ts->events.icmp_error(ts->events.arg, conn, error);
}

/* ---- beginning and end ---- */

static bool
is_diagnosing(const struct tcpstates_options *options)
{
	return options->diagnose && options->keep_analysis;
}

static void
init_tracker(struct tcpstates *ts, const struct tcpstates_options *options)
{
	struct track_events events = {
	    .segment = options->events.segment,
	    .transition = options->events.transition,
	    .icmp_error = options->events.icmp_error,
	    .arg = options->events.arg,
	};

	if (options->tally) {
		events.segment = tally_segment;
		events.skips_fastpath = options->events.segment == NULL;
		events.transition = options->events.transition != NULL ?
		    report_transition : NULL;
		events.icmp_error = options->events.icmp_error != NULL ?
		    report_icmp_error : NULL;
		events.arg = ts;
	}
	tracker_init(&ts->tracker, &events, options->no_analysis,
	    options->keep_analysis);
	ts->totals.no_analysis = options->no_analysis;
	ts->tracker.has_fastpath &= !options->no_fastpath;
	ts->tracker.reader = (struct pack_reader){
	    options->events.reclaim, options->events.arg,
	};
	diagnoser_init(&ts->diagnoser);
	ts->diagnoser.booked = options->events.booked;
	ts->diagnoser.arg = options->events.arg;
	if (is_diagnosing(options))
		ts->tracker.follower = &ts->diagnoser.follower;
	ts->tracker.budget.most = options->limits.max_pending;
}

/* False: out of memory. */
static bool
init_expiry(struct tcpstates *ts, const struct tcpstates_options *options)
{
	ts->events = options->events;
	ts->wants_tally = options->tally;
	ts->is_batched = options->is_batched;
	ts->keeps_analysis = options->keep_analysis;
	ts->expiry.limits = options->limits;
	ts->expiry.is_on = limits_any(&options->limits);
	ts->is_quiet = !ts->expiry.is_on && options->events.processed == NULL &&
	    options->events.closed == NULL;
	if (!ts->expiry.is_on)
		return true;
	ts->expiry.evicted = evicted_new();
	if (is_diagnosing(options))
		ts->related = related_new();
	return ts->expiry.evicted != NULL &&
	    (ts->related != NULL || !is_diagnosing(options));
}

struct tcpstates *
engine_new_part(const struct tcpstates_options *options)
{
	const struct siphash_key secret = {
	    .word = { options->hash_key[0], options->hash_key[1] },
	};
	struct tcpstates *ts = mem_zalloc_lines(sizeof(*ts));

	if (ts == NULL)
		return NULL;
	ts->options = *options;
	init_tracker(ts, options);
	ts->key_rules.vlan = options->vlan_key;
	ts->conns = conntab_new(&secret, limits_any(&options->limits));
	ts->batches = mem_zalloc_lines(sizeof(*ts->batches));
	ts->batch = ts->batches;
	ts->decoder = engine_new_decoder(options);
	if (!init_expiry(ts, options) || ts->conns == NULL ||
	    ts->batch == NULL || ts->decoder == NULL) {
		engine_free_part(ts);
		return NULL;
	}
	return ts;
}

struct decoder *
engine_new_decoder(const struct tcpstates_options *options)
{
	const struct decoder_options decoder_options = {
	    .no_tunnels = options->no_tunnels,
	    .no_fastpath = options->no_fastpath,
	    .decode_as = options->decode_as,
	};

	return decoder_new(&decoder_options, options->hash_key);
}

struct tcpstates *
tcpstates_new(const struct tcpstates_options *options)
{
	struct tcpstates *ts = engine_new_part(options);

	if (ts == NULL)
		return NULL;
	ts->dupes = duplicates_new();
	if (ts->dupes == NULL) {
		tcpstates_free(ts);
		return NULL;
	}
	return ts;
}

void
engine_free_part(struct tcpstates *ts)
{
	if (ts == NULL)
		return;
	mem_free(ts->batches);
	tracker_fini(&ts->tracker,
	    ts->conns != NULL ? conntab_first(ts->conns) : NULL);
	diagnoser_fini(&ts->diagnoser);
	conntab_free(ts->conns);
	overlay_free(ts->overlay);
	related_free(ts->related);
	evicted_free(ts->expiry.evicted);
	closings_fini(&ts->expiry.closings);
	decoder_free(ts->decoder);
	mem_free(ts);
}

void
tcpstates_free(struct tcpstates *ts)
{
	if (ts == NULL)
		return;
	worker_stop(ts->worker);
	parts_free(ts->parts);
	readers_free(ts->readers);
	duplicates_free(ts->dupes);
	engine_free_part(ts);
}

void
tcpstates_leave(struct tcpstates *ts)
{
	worker_stop(ts->worker);
	ts->worker = NULL;
	if (ts->parts != NULL)
		parts_leave(ts->parts);
	if (ts->readers != NULL)
		readers_leave(ts->readers);
}

/* ---- frames ---- */

/* The first frame, or one with a time before the last one or impossible. */
static NOINLINE int64_t
note_odd_time(struct tcpstates *ts, int64_t time_ns)
{
	struct tcpstates_totals *totals = &ts->totals;
	const int64_t now = engine_clamp_time(time_ns);

	totals->clock_clamped += now != time_ns;
	if (totals->frames == 0) {
		totals->first_ns = now;
		totals->last_ns = now;
		ts->expiry.clock_ns = now;
	} else if (now < ts->last_frame_ns) {
		totals->clock_back++;
	}
	return now;
}

static ALWAYS_INLINE void
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
	totals->bytes += frame->wire_len;
}

void
engine_count_frame(struct tcpstates *ts, const struct frame *frame)
{
	count_frame(ts, frame);
}

/* The decoder has filled in the segment. */
static ALWAYS_INLINE void
complete_segment(const struct tcpstates *ts, struct queued_segment *queued)
{
	queued->is_quoted = false;
	queued->seg.time_ns = engine_clamp_time(queued->seg.time_ns);
	if (ts->is_batched) {
		/* The frame's bytes are gone by then. */
		queued->seg.payload = NULL;
		queued->seg.payload_captured = 0;
	}
}

static int
enqueue_segment(struct tcpstates *ts, struct queued_segment *queued)
{
	complete_segment(ts, queued);
	return batch_enqueue(ts);
}

static struct segment
ends_of_quoted(const struct quoted *quoted)
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
	return seg;
}

static void
complete_quoted(const struct tcpstates *ts, const struct frame *frame,
    const struct quoted *quoted, struct queued_segment *queued)
{
	const struct segment ends = ends_of_quoted(quoted);

	queued->side = (uint8_t)key_of(&ends, &ts->key_rules,
	    &queued->lookup.key);
	queued->is_quoted = true;
	queued->error = (struct icmp_error){
		.time_ns = engine_clamp_time(frame->time_ns),
		.frame = frame->number,
		.seq = quoted->seq,
		.mtu = quoted->mtu,
		.ip_version = quoted->ip_version,
		.type = quoted->icmp_type,
		.code = quoted->icmp_code,
		.side = queued->side,
	};
	memcpy(queued->error.from, quoted->from, sizeof(quoted->from));
}

static int
enqueue_quoted(struct tcpstates *ts, const struct frame *frame,
    const struct quoted *quoted)
{
	complete_quoted(ts, frame, quoted, batch_next(ts));
	return batch_enqueue(ts);
}

/* The quotation of a frame that is no segment, but an ICMP error; or NULL. */
static const struct quoted *
quoted_by(const struct decoder *decoder, enum verdict verdict)
{
	return verdict == VERDICT_NOT_TCP ? decoder_last_quoted(decoder) :
	    NULL;
}

/* A frame was decoded into `queued`, the next entry of the batch. */
static ALWAYS_INLINE int
take_decoded(struct tcpstates *ts, const struct frame *frame,
    struct queued_segment *queued, enum verdict verdict)
{
	const struct quoted *quoted;

	if (LIKELY(verdict == VERDICT_SEGMENT))
		return enqueue_segment(ts, queued);
	ts->totals.verdicts[verdict]++;
	quoted = quoted_by(ts->decoder, verdict);
	return quoted == NULL ? 0 : enqueue_quoted(ts, frame, quoted);
}

int
engine_take(struct tcpstates *ts, const struct frame *frame)
{
	struct queued_segment *queued = batch_next(ts);

	return take_decoded(ts, frame, queued, frame_decode(ts->decoder, frame,
	    &queued->seg));
}

const struct segment *
engine_decode(struct tcpstates *ts, const struct frame *frame,
    struct queued_segment *queued, enum verdict *ret_verdict,
    struct segment *scratch)
{
	const struct quoted *quoted;

	*ret_verdict = frame_decode(ts->decoder, frame, &queued->seg);
	if (LIKELY(*ret_verdict == VERDICT_SEGMENT)) {
		complete_segment(ts, queued);
		return &queued->seg;
	}
	quoted = quoted_by(ts->decoder, *ret_verdict);
	if (quoted == NULL)
		return NULL;
	complete_quoted(ts, frame, quoted, queued);
	*scratch = ends_of_quoted(quoted);
	return scratch;
}

static bool
is_mine(const struct tcpstates *ts, const struct share *share,
    const struct segment *ends)
{
	struct key key;

	(void)key_of(ends, &ts->key_rules, &key);
	return share_owner(share, key_fingerprint(&key)) == share->index;
}

int
engine_take_shared(struct tcpstates *ts, struct decoder *decoder,
    const struct share *share, const struct frame *frame)
{
	struct queued_segment *queued = batch_next(ts);
	const enum verdict verdict = frame_decode(decoder, frame,
	    &queued->seg);
	const struct quoted *quoted;
	struct segment ends;

	if (verdict == VERDICT_SEGMENT)
		return is_mine(ts, share, &queued->seg) ?
		    enqueue_segment(ts, queued) : 0;
	ts->totals.verdicts[verdict] += share->index == 0;
	quoted = quoted_by(decoder, verdict);
	if (quoted == NULL)
		return 0;
	ends = ends_of_quoted(quoted);
	return is_mine(ts, share, &ends) ?
	    enqueue_quoted(ts, frame, quoted) : 0;
}

static bool
is_of_shard(const struct tcpstates *ts, const struct segment *ends)
{
	struct key key;

	(void)key_of(ends, &ts->key_rules, &key);
	return key_shard(key_fingerprint(&key), ts->options.shard.count) ==
	    ts->options.shard.index;
}

static NOINLINE int
take_of_shard(struct tcpstates *ts, const struct frame *frame)
{
	const struct shard *shard = &ts->options.shard;
	struct queued_segment *queued = batch_next(ts);
	struct segment *seg = &queued->seg;
	const enum verdict verdict = frame_decode(ts->decoder, frame, seg);
	const struct quoted *quoted = quoted_by(ts->decoder, verdict);
	struct segment ends;
	bool is_taken;

	if (verdict == VERDICT_SEGMENT) {
		is_taken = is_of_shard(ts, seg);
	} else if (quoted != NULL) {
		ends = ends_of_quoted(quoted);
		is_taken = is_of_shard(ts, &ends);
	} else {
		is_taken = frame->number % shard->count == shard->index;
	}
	ts->is_of_other_shard = !is_taken && verdict != VERDICT_FRAGMENT;
	if (!is_taken)
		return 0;
	count_frame(ts, frame);
	return take_decoded(ts, frame, queued, verdict);
}

bool
tcpstates_is_of_shard(const struct tcpstates *ts)
{
	return !ts->is_of_other_shard;
}

int
tcpstates_frame(struct tcpstates *ts, const struct frame *frame)
{
	if (UNLIKELY(ts->options.shard.count > 1))
		return take_of_shard(ts, frame);
	count_frame(ts, frame);
	return ts->parts != NULL ? parts_deal(ts->parts, frame) :
	    engine_take(ts, frame);
}

void
engine_report(struct tcpstates *ts, struct conn *conn, bool is_new,
    void (*event)(void *arg, const struct conn *))
{
	if (ts->member_of != NULL)
		readers_enter(ts->member_of, conn);
	if (ts->related != NULL && is_new)
		related_report(ts->related, conn);
	if (event != NULL)
		event(ts->events.arg, conn);
	if (ts->member_of != NULL)
		readers_exit(ts->member_of);
}

void
tcpstates_watch(struct tcpstates *ts, const struct conn *conn,
    void (*segment)(void *arg, const struct conn *, const struct segment *,
    const struct judgement *), void *arg)
{
	ts->tracker.watcher = (struct watcher){ conn, segment, arg };
}

bool
tcpstates_follows(const struct conn *conn, uint64_t number)
{
	return conn->number == number && conn->retired == RETIRED_NOT;
}

static struct conn *
first_conn(const struct tcpstates *ts)
{
	return ts->team != NULL ? team_first(ts->team) :
	    conntab_first(ts->conns);
}

void
tcpstates_sum_up(struct tcpstates *ts)
{
	const struct decoder_stats *stats = tcpstates_decoder_stats(ts);
	const struct track_findings findings = ts->team != NULL ?
	    team_findings(ts->team) :
	    tracker_findings(&ts->tracker, conntab_first(ts->conns));
	struct tcpstates_totals *totals = &ts->totals;

	totals->forgotten = findings.forgotten;
	totals->merged = findings.merged;
	totals->unquantified = findings.unquantified;
	totals->cut = ts->team != NULL ? team_cut(ts->team) : ts->tracker.cut;
	totals->wire_len_wrong = stats->wire_len_wrong;
	totals->fragments_evicted = stats->fragments_evicted;
	totals->copies_forgotten = ts->readers != NULL ?
	    team_copies_forgotten(ts->team) :
	    duplicates_forgotten(ts->dupes);
	/* Out of memory, findings lack that evidence, and claim less. */
	if (is_diagnosing(&ts->options))
		(void)related_mark_all(ts->related, first_conn(ts));
}

void
tcpstates_finish(struct tcpstates *ts)
{
	/* An error was returned by a tcpstates_frame() before, or is lost. */
	(void)tcpstates_flush(ts);
	tcpstates_sum_up(ts);
}

const struct conn *
tcpstates_first(const struct tcpstates *ts)
{
	return first_conn(ts);
}

const struct tcpstates_totals *
tcpstates_totals(const struct tcpstates *ts)
{
	return &ts->totals;
}

const struct decoder_stats *
tcpstates_decoder_stats(const struct tcpstates *ts)
{
	return ts->team != NULL ? team_decoder_stats(ts->team) :
	    decoder_stats(ts->decoder);
}

const char *
tcpstates_last_protocol(const struct tcpstates *ts)
{
	return decoder_last_protocol(ts->decoder);
}
