/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Properties of the engine that hold whatever the capture: run over samples.
 * What each segment means is the business of the segment scripts.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/pool.h"
#include "check_main.h"
#include "flow/key.h"
#include "hold.h"
#include "leaks.h"
#include "packet.h"
#include "tcp/analysis.h"
#include "tcp/close.h"
#include "tcp/pack.h"
#include "engine/engine.h"
#include "trace.h"
#include "xorshift.h"

static const struct tcpstates_options keeping = { .keep_analysis = true };
static const struct tcpstates_options dropping = { .keep_analysis = false };
static const struct tcpstates_options other_secret = {
	.keep_analysis = true,
	.hash_key = { UINT64_C(0x9e3779b97f4a7c15),
	    UINT64_C(0xbf58476d1ce4e5b9) },
};
static const struct tcpstates_options in_batches = {
	.keep_analysis = true,
	.is_batched = true,
};
static const struct tcpstates_options the_long_way = {
	.keep_analysis = true,
	.no_fastpath = true,
};
static struct trace trace;
static bool is_there;

/* In each case: the sample, or nothing and a case that has nothing to say. */
static bool
load(int i)
{
	const char *path = trace_sample((unsigned)i);

	is_there = path != NULL && trace_read(&trace, path);
	return is_there;
}

static void
teardown(void)
{
	if (is_there)
		trace_free(&trace);
}

/* ---- the same connection in two engines ---- */

enum compare {
	COMPARE_REPORT,		/* what A to D print */
	COMPARE_ALL		/* all that was found out */
};

static void
same_endpoint_of_report(const struct endpoint *a, const struct endpoint *b)
{
	HOLD(a->pkts == b->pkts);
	HOLD(a->bytes == b->bytes);
	HOLD(a->ip_bytes == b->ip_bytes);
	HOLD(a->rst_count == b->rst_count);
}

static void
same_lifecycles(const struct lifecycle *a, const struct lifecycle *b)
{
	HOLD(a->syn_count == b->syn_count);
	HOLD(a->fin_count == b->fin_count);
}

static void
same_figures(const struct conn *a, const struct conn *b)
{
	const struct report_stats *x = &a->report;
	const struct report_stats *y = &b->report;

	HOLD(x->win_count == y->win_count);
	HOLD(x->win_sum == y->win_sum);
	HOLD(x->win_min == y->win_min);
	HOLD(x->win_max == y->win_max);
	HOLD(x->rtt_count == y->rtt_count);
	HOLD(x->rtt_sum == y->rtt_sum);
	if (x->rtt_count == 0)
		return;
	HOLD(x->rtt_min == y->rtt_min);
	HOLD(x->rtt_max == y->rtt_max);
}

static void
same_flags(const struct conn *a, const struct conn *b)
{
	HOLD(a->is_closed == b->is_closed);
	HOLD(a->is_midstream == b->is_midstream);
	HOLD(a->data_after_fin == b->data_after_fin);
	HOLD(a->copies_elsewhere == b->copies_elsewhere);
	HOLD(a->copies_altered == b->copies_altered);
	HOLD(a->copies_here == b->copies_here);
	HOLD(a->report.duplicates == b->report.duplicates);
	HOLD(conn_is_complete(a) == conn_is_complete(b));
	HOLD(conn_is_reset(a) == conn_is_reset(b));
	HOLD(conn_is_open(a) == conn_is_open(b));
	HOLD(a->first_ns == b->first_ns);
	HOLD(a->last_ns == b->last_ns);
	HOLD(a->first_frame == b->first_frame);
	HOLD(a->last_frame == b->last_frame);
}

static void
same_series(const struct series *a, const struct series *b)
{
	HOLD(a->count == b->count);
	HOLD(a->sum == b->sum);
	HOLD(a->min == b->min);
	HOLD(a->max == b->max);
	HOLD((a->hist == NULL) == (b->hist == NULL));
	HOLD(a->hist == NULL ||
	    memcmp(a->hist, b->hist, sizeof(*a->hist)) == 0);
}

static void
same_side(const struct endpoint_track *a, const struct endpoint_track *b)
{
	HOLD(a->inflight_count == b->inflight_count);
	HOLD(a->holes_count == b->holes_count);
	HOLD(a->forgotten == b->forgotten);
	HOLD(a->srtt == b->srtt);
	HOLD(a->rttvar == b->rttvar);
	HOLD(a->has_rtt == b->has_rtt);
	HOLD(a->has_min_rtt == b->has_min_rtt);
	HOLD(a->rtt_min == b->rtt_min);
}

static void
same_side_figures(
    const struct endpoint_stats *a, const struct endpoint_stats *b)
{
	HOLD(memcmp(&a->counts, &b->counts, sizeof(a->counts)) == 0);
	HOLD(a->unique_bytes == b->unique_bytes);
	HOLD(a->retrans_bytes == b->retrans_bytes);
	HOLD(a->repeated_bytes == b->repeated_bytes);
	HOLD(a->timeouts == b->timeouts);
	HOLD(a->missed_bytes == b->missed_bytes);
	HOLD(a->max_flight == b->max_flight);
	HOLD(a->zero_ns == b->zero_ns);
	HOLD(a->limited_ns == b->limited_ns);
	HOLD(a->win_sum == b->win_sum);
	HOLD(a->win_count == b->win_count);
	same_series(&a->rtt, &b->rtt);
	same_series(&a->ts_rtt, &b->ts_rtt);
}

/* The side in `b` that is side `i` in `a`. */
static unsigned
side_in(const struct conn *a, const struct conn *b, unsigned i)
{
	return a->orig == b->orig ? i : !i;
}

static void
same_analysis(const struct conn *a, const struct conn *b)
{
	const struct analysis *x = a->analysis;
	const struct analysis *y = b->analysis;

	HOLD((x == NULL) == (y == NULL));
	if (x == NULL)
		return;
	for (unsigned i = 0; i < 2; i++) {
		same_side(&x->track[i], &y->track[side_in(a, b, i)]);
		same_side_figures(&x->stats[i],
		    &y->stats[side_in(a, b, i)]);
	}
	HOLD(x->rtt_syn == y->rtt_syn);
	HOLD(x->rtt_ack == y->rtt_ack);
	HOLD(x->history_len == y->history_len);
	HOLD(memcmp(x->history, y->history, x->history_len) == 0);
	HOLD(x->completeness == y->completeness);
	HOLD(x->ecn == y->ecn);
	HOLD(x->unreachable == y->unreachable);
	HOLD((x->reset_by == 0) == (y->reset_by == 0));
	HOLD(x->reset_by == 0 ||
	    side_in(a, b, x->reset_by - 1U) == y->reset_by - 1U);
	HOLD((x->first_fin_by == 0) == (y->first_fin_by == 0));
	HOLD(x->first_fin_by == 0 ||
	    side_in(a, b, x->first_fin_by - 1U) == y->first_fin_by - 1U);
	HOLD(close_end(a) == close_end(b));
	HOLD(strcmp(close_zeek_state(a), close_zeek_state(b)) == 0);
}

static void
same_conn(const struct conn *given_a, const struct conn *given_b,
    enum compare what)
{
	struct pack_room room_a, room_b;
	const struct conn *a = pack_read(given_a, &room_a);
	const struct conn *b = pack_read(given_b, &room_b);

	same_flags(a, b);
	same_figures(a, b);
	same_endpoint_of_report(conn_orig(a), conn_orig(b));
	same_endpoint_of_report(conn_resp(a), conn_resp(b));
	same_lifecycles(&a->lifecycle[a->orig], &b->lifecycle[b->orig]);
	same_lifecycles(&a->lifecycle[!a->orig], &b->lifecycle[!b->orig]);
	if (what == COMPARE_REPORT)
		return;
	HOLD(conn_orig(a)->state == conn_orig(b)->state);
	HOLD(conn_resp(a)->state == conn_resp(b)->state);
	HOLD(conn_orig(a)->isn == conn_orig(b)->isn);
	HOLD(conn_resp(a)->isn == conn_resp(b)->isn);
	HOLD(conn_orig(a)->nxt == conn_orig(b)->nxt);
	HOLD(conn_resp(a)->nxt == conn_resp(b)->nxt);
	HOLD(conn_orig(a)->una == conn_orig(b)->una);
	HOLD(conn_resp(a)->una == conn_resp(b)->una);
	same_analysis(a, b);
}

static void
same_report(const struct tcpstates *a, const struct tcpstates *b,
    enum compare what)
{
	const struct conn *x = tcpstates_first(a);
	const struct conn *y = tcpstates_first(b);

	HOLD(memcmp(tcpstates_totals(a), tcpstates_totals(b),
	    offsetof(struct tcpstates_totals, forgotten)) == 0);
	for (; x != NULL && y != NULL; x = x->next, y = y->next) {
		HOLD(x->number == y->number);
		same_conn(x, y, what);
	}
	HOLD(x == y);
}

/* The default report, with all kept until the end and with as little. */
static void
keeping_changes_nothing(void)
{
	struct tcpstates *a = trace_run(&trace, &keeping);
	struct tcpstates *b = trace_run(&trace, &dropping);

	same_report(a, b, COMPARE_REPORT);
	tcpstates_free(a);
	tcpstates_free(b);
}

/* All that is found out, whichever way it is found out. */
static void
ways_change_nothing(void)
{
	struct tcpstates *a = trace_run(&trace, &keeping);
	struct tcpstates *b = trace_run(&trace, &in_batches);
	struct tcpstates *c = trace_run(&trace, &the_long_way);

	same_report(a, b, COMPARE_ALL);
	same_report(a, c, COMPARE_ALL);
	tcpstates_free(a);
	tcpstates_free(b);
	tcpstates_free(c);
}

/* ---- the books ---- */

/* All that must hold of any engine at its end. */
static void
books_balance(const struct tcpstates *ts)
{
	const struct tcpstates_totals *totals = tcpstates_totals(ts);
	const struct conn *conn;
	uint64_t sum = 0;
	uint64_t conns = 0, pkts = 0, duplicates = 0;

	for (unsigned i = 0; i < VERDICT_COUNT; i++)
		sum += totals->verdicts[i];
	HOLD(sum == totals->frames);
	for (conn = tcpstates_first(ts); conn != NULL; conn = conn->next) {
		HOLD(conn->number == ++conns);
		HOLD(conn->first_ns <= conn->last_ns);
		HOLD(conn->first_frame <= conn->last_frame);
		pkts += conn->endpoint[0].pkts + conn->endpoint[1].pkts;
		duplicates += conn->report.duplicates;
	}
	HOLD(conns == totals->conns);
	HOLD(pkts == totals->verdicts[VERDICT_SEGMENT]);
	HOLD(duplicates == totals->verdicts[VERDICT_DUPLICATE]);
}

/* What the counts of a side say of each other. */
static void
counts_agree(const struct endpoint *e, const struct endpoint_track *s,
    const struct endpoint_stats *f)
{
	const uint32_t *c = f->judged;

	HOLD(c[JUDGED_RETRANSMISSION] <= e->pkts);
	HOLD(c[JUDGED_FAST] + c[JUDGED_TIMEOUT] + c[JUDGED_TAIL_PROBE] <= c[JUDGED_RETRANSMISSION]);
	HOLD(c[JUDGED_LOSS_BEFORE] + c[JUDGED_LOSS_BEHIND] + c[JUDGED_REFUSED] +
	    c[JUDGED_UNANSWERED] == c[JUDGED_RETRANSMISSION]);
	HOLD(c[JUDGED_OUT_OF_ORDER] + c[JUDGED_UNKNOWN_ORDER] + c[JUDGED_RETRANSMISSION] <= e->pkts);
	HOLD(c[JUDGED_DUP_ACK] + c[JUDGED_WINDOW_UPDATE] + c[JUDGED_KEEP_ALIVE] +
	    c[JUDGED_KEEP_ALIVE_ACK] + c[JUDGED_WINDOW_PROBE] +
	    c[JUDGED_WINDOW_PROBE_ACK] <= e->pkts);
	HOLD(f->win_count <= e->pkts);
	HOLD(s->inflight_count <= INFLIGHT_MAX);
	HOLD(s->holes_count <= HOLES_MAX);
	HOLD(f->zero_ns >= 0);
	HOLD(f->limited_ns >= 0);
}

static void
all_counts_agree(const struct tcpstates *ts)
{
	struct pack_room room;

	for (const struct conn *at = tcpstates_first(ts); at != NULL;
	    at = at->next) {
		const struct conn *conn = pack_read(at, &room);

		for (unsigned i = 0; conn->analysis != NULL && i < 2; i++)
			counts_agree(&conn->endpoint[i],
			    &conn->analysis->track[i],
			    &conn->analysis->stats[i]);
	}
}

START_TEST(frames_in_are_the_sum_of_verdicts)
{
	struct tcpstates *ts;

	if (!load(_i))
		return;
	ts = trace_run(&trace, &keeping);
	HOLD(tcpstates_totals(ts)->frames == trace.count);
	books_balance(ts);
	all_counts_agree(ts);
	tcpstates_free(ts);
}
END_TEST

START_TEST(unique_and_repeated_bytes_are_all_bytes)
{
	struct pack_room room;
	struct tcpstates *ts;

	if (!load(_i))
		return;
	ts = trace_run(&trace, &keeping);
	for (const struct conn *at = tcpstates_first(ts); at != NULL;
	    at = at->next) {
		const struct conn *conn = pack_read(at, &room);

		for (unsigned i = 0; conn->analysis != NULL && i < 2; i++) {
			const struct endpoint *e = &conn->endpoint[i];
			const struct endpoint_stats *f =
			    &conn->analysis->stats[i];
			/*
			 * Probes and keep-alives carry a byte that is in
			 * neither unless it was accepted; so may an RST.
			 * Data that are not acceptable are in neither.
			 */
			const uint64_t slack = f->judged[JUDGED_KEEP_ALIVE] +
			    f->judged[JUDGED_WINDOW_PROBE];

			if (e->rst_count > 0)
				continue;
			HOLD(f->unique_bytes + f->repeated_bytes <= e->bytes);
			HOLD(f->unique_bytes + f->repeated_bytes + slack >=
			    e->bytes || f->judged[JUDGED_UNACCEPTABLE] > 0);
		}
	}
	tcpstates_free(ts);
}
END_TEST

START_TEST(report_is_the_same_with_and_without_keeping)
{
	if (load(_i))
		keeping_changes_nothing();
}
END_TEST

/* All but the round trips. */
START_TEST(report_without_analysis_lacks_round_trips_only)
{
	const struct tcpstates_options none = { .no_analysis = true };
	struct tcpstates *a, *b;
	const struct conn *x, *y;

	if (!load(_i))
		return;
	a = trace_run(&trace, &keeping);
	b = trace_run(&trace, &none);
	/* Weak evidence of copies needs the analysis. */
	if (tcpstates_totals(a)->verdicts[VERDICT_DUPLICATE] == 0) {
		x = tcpstates_first(a);
		y = tcpstates_first(b);
		for (; x != NULL && y != NULL; x = x->next, y = y->next) {
			same_endpoint_of_report(conn_orig(x), conn_orig(y));
			same_endpoint_of_report(conn_resp(x), conn_resp(y));
			HOLD(y->report.rtt_count == 0);
			HOLD(y->analysis == NULL);
			HOLD(x->report.win_sum == y->report.win_sum);
			HOLD(x->report.win_count == y->report.win_count);
		}
		HOLD(x == y);
	}
	tcpstates_free(a);
	tcpstates_free(b);
}
END_TEST

START_TEST(nothing_depends_on_the_secret_of_the_hash)
{
	struct tcpstates *a, *b;

	if (!load(_i))
		return;
	a = trace_run(&trace, &keeping);
	b = trace_run(&trace, &other_secret);
	same_report(a, b, COMPARE_ALL);
	tcpstates_free(a);
	tcpstates_free(b);
}
END_TEST

/* ---- however the frames are handed over ---- */

/* Each frame in a block of its own size, spoilt and freed after the call. */
static int
give_once(struct tcpstates *ts, const struct frame *frame)
{
	const size_t len = frame->captured_len;
	uint8_t *bytes = malloc(len > 0 ? len : 1);
	struct frame copy = *frame;
	int err;

	HOLD(bytes != NULL);
	memcpy(bytes, frame->bytes, len);
	copy.bytes = bytes;
	err = tcpstates_frame(ts, &copy);
	memset(bytes, 0xff, len);
	free(bytes);
	return err;
}

/* Interim reports: reading everything must change nothing. */
static void
look_at_all(const struct tcpstates *ts)
{
	struct pack_room room;

	for (const struct conn *at = tcpstates_first(ts); at != NULL;
	    at = at->next) {
		const struct conn *conn = pack_read(at, &room);

		(void)close_end(conn);
		if (conn->analysis != NULL)
			(void)close_zeek_state(conn);
	}
	books_balance(ts);
}

START_TEST(feeding_frame_by_frame_with_reports_between_is_the_same)
{
	struct tcpstates *a, *b;

	if (!load(_i))
		return;
	a = trace_run(&trace, &keeping);
	b = trace_engine(&keeping);
	for (size_t i = 0; i < trace.count; i++) {
		HOLD(give_once(b, &trace.frames[i]) == 0);
		if (i % 50 == 0)
			look_at_all(b);
	}
	tcpstates_finish(b);
	same_report(a, b, COMPARE_ALL);
	tcpstates_free(a);
	tcpstates_free(b);
}
END_TEST

/* The connections of `a`, in the same order and with the same numbers. */
static void
same_order(const struct tcpstates *a, const struct tcpstates *b)
{
	const struct conn *x = tcpstates_first(a), *y = tcpstates_first(b);

	for (; x != NULL && y != NULL; x = x->next, y = y->next) {
		HOLD(x->number == y->number);
		HOLD(x->first_frame == y->first_frame);
		HOLD(key_equal(&x->key, &y->key));
	}
	HOLD(x == NULL && y == NULL);
}

/* With an interim report after each `every` frames, if not 0. */
static void
workers_change_nothing(const struct tcpstates *a, unsigned workers,
    size_t every)
{
	struct tcpstates *b = trace_engine(&in_batches);

	(void)tcpstates_split(b, workers);	/* not on a single processor */
	for (size_t i = 0; i < trace.count; i++) {
		HOLD(give_once(b, &trace.frames[i]) == 0);
		if (every == 0 || i % every != 0)
			continue;
		HOLD(tcpstates_flush(b) == 0);
		tcpstates_sum_up(b);
		look_at_all(b);
	}
	tcpstates_finish(b);
	same_order(a, b);
	same_report(a, b, COMPARE_ALL);
	HOLD(memcmp(tcpstates_totals(a), tcpstates_totals(b),
	    sizeof(struct tcpstates_totals)) == 0);
	tcpstates_free(b);
}

/* Nor does it matter how many threads process the batches. */
START_TEST(any_number_of_workers_changes_nothing)
{
	static const unsigned workers[] = { 1, 2, 3, 7, KEY_BUCKETS };
	struct tcpstates *a;

	if (!load(_i))
		return;
	a = trace_run(&trace, &keeping);
	for (size_t i = 0; i < ARRAY_LEN(workers); i++)
		workers_change_nothing(a, workers[i], 0);
	workers_change_nothing(a, 3, 50);
	tcpstates_free(a);
}
END_TEST

/* ---- threads that read ---- */

/*
 * Sources of frames, one for each thread: what one look explains comes from any
 * of them, and all other frames, such as fragments, come from one.
 */
struct sources {
	struct tcpstates *ts;
	unsigned count;
	unsigned *source_of;	/* each frame */
	size_t next[KEY_BUCKETS];	/* frame to look at */
	struct xorshift seed[KEY_BUCKETS];
};

static void
spread_frames(struct sources *sources, unsigned count)
{
	struct xorshift seed = { count };

	*sources = (struct sources){
		.count = count,
		.source_of = calloc(trace.count + 1, sizeof(unsigned)),
	};
	ck_assert_ptr_nonnull(sources->source_of);
	for (size_t i = 0; i < trace.count; i++) {
		struct frame_ends ends;

		sources->source_of[i] =
		    frame_peek(&trace.frames[i], &ends) == 0 ? count - 1 :
		    xorshift_below(&seed, count);
	}
	for (unsigned i = 0; i < count; i++)
		sources->seed[i].state = i + 1;
}

/* Some frames of a source: at times few, as of a slow one. */
static int64_t
read_some(void *arg, unsigned worker)
{
	struct sources *sources = arg;
	unsigned room = tcpstates_room(sources->ts, worker);
	size_t *next = &sources->next[worker];

	if (xorshift_below(&sources->seed[worker], 2) == 0)
		room /= 64;
	for (; *next < trace.count; ++*next) {
		if (sources->source_of[*next] != worker)
			continue;
		if (room-- == 0)
			return trace.frames[*next].time_ns - 1;
		tcpstates_read(sources->ts, worker, &trace.frames[*next]);
	}
	return INT64_MAX;
}

/* With an interim report after each `every` rounds, if not 0. */
static void
read_all(struct tcpstates *ts, unsigned workers, unsigned every)
{
	struct sources sources;
	const struct tcpstates_reader reader = {
		.read = read_some, .arg = &sources
	};
	int64_t ns, last_ns = 0;
	uint64_t frames = 0;

	spread_frames(&sources, workers);
	sources.ts = ts;
	ck_assert(tcpstates_is_shareable(ts));
	ck_assert(tcpstates_share(ts, workers, &reader));
	for (unsigned round = 1; frames < trace.count; round++) {
		(void)tcpstates_gather(ts);
		while (tcpstates_next(ts, &ns)) {
			frames += tcpstates_settle(ts, ns + NS_PER_SEC,
			    &last_ns);
			HOLD(last_ns >= ns && last_ns < ns + NS_PER_SEC);
		}
		HOLD(tcpstates_flush(ts) == 0);
		if (every == 0 || round % every != 0)
			continue;
		tcpstates_sum_up(ts);
		look_at_all(ts);
	}
	HOLD(!tcpstates_has_pending(ts));
	HOLD(tcpstates_sharing(ts).unordered == 0);
	free(sources.source_of);
}

/* All that is due ends: later frames of other connections advance the clock. */
static void
end_at_last(struct tcpstates *ts)
{
	tcpstates_expire(ts, tcpstates_totals(ts)->last_ns + 1);
	tcpstates_finish(ts);
}

/* Without frames of one time, whose order several sources do not have. */
static void
tell_times_apart(void)
{
	for (size_t i = 1; i < trace.count; i++)
		if (trace.frames[i].time_ns <= trace.frames[i - 1].time_ns)
			trace.frames[i].time_ns =
			    trace.frames[i - 1].time_ns + 1;
}

static void
readers_change_nothing(const struct tcpstates_options *options,
    unsigned workers, unsigned every)
{
	struct tcpstates *a = trace_engine(options);
	struct tcpstates *b = trace_engine(options);

	for (size_t i = 0; i < trace.count; i++)
		HOLD(give_once(a, &trace.frames[i]) == 0);
	HOLD(tcpstates_flush(a) == 0);
	end_at_last(a);
	read_all(b, workers, every);
	end_at_last(b);
	same_order(a, b);
	same_report(a, b, COMPARE_ALL);
	HOLD(memcmp(tcpstates_totals(a), tcpstates_totals(b),
	    sizeof(struct tcpstates_totals)) == 0);
	books_balance(b);
	tcpstates_free(a);
	tcpstates_free(b);
}

START_TEST(any_number_of_readers_changes_nothing)
{
	static const struct limits limits = {
		.max_conns = 1000000, .idle_ns = 3600 * NS_PER_SEC,
		.half_open_ns = 20 * NS_PER_SEC, .linger_ns = 5 * NS_PER_SEC,
	};
	struct tcpstates_options options = in_batches;

	if (!load(_i))
		return;
	tell_times_apart();
	options.diagnose = true;
	readers_change_nothing(&options, 1 + (unsigned)_i % 4, 0);
	options.tally = true;
	options.limits = limits;
	readers_change_nothing(&options, 2 + (unsigned)_i % 3, 7);
}
END_TEST

START_TEST(sharing_without_memory_changes_nothing)
{
	const struct tcpstates_reader reader = { .read = read_some };
	struct tcpstates *ts = trace_engine(&in_batches);
	bool is_shared = false;

	for (uint64_t nth = 1; !is_shared; nth++) {
		mem_fail_after(nth);
		is_shared = tcpstates_share(ts, 3, &reader);
		mem_fail_after(0);
		HOLD(is_shared || tcpstates_sharing(ts).handed == 0);
		HOLD(nth < 1000);
	}
	tcpstates_finish(ts);
	tcpstates_free(ts);
}
END_TEST

/* The frame with captured bytes behind it, more than a ring of frames takes. */
static void
give_large(struct tcpstates *ts, const struct frame *frame)
{
	static uint8_t bytes[70000];
	struct frame large = *frame;

	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, frame->bytes, frame->captured_len);
	large.bytes = bytes;
	large.captured_len = sizeof(bytes);
	if (large.wire_len < sizeof(bytes))
		large.wire_len = sizeof(bytes);
	HOLD(tcpstates_frame(ts, &large) == 0);
}

START_TEST(large_frames_of_workers_change_nothing)
{
	struct tcpstates *a, *b;

	if (!load(_i))
		return;
	a = trace_engine(&in_batches);
	b = trace_engine(&in_batches);
	(void)tcpstates_split(b, 3);
	for (size_t i = 0; i < trace.count; i++) {
		if (trace.frames[i].captured_len > 60000)
			continue;
		give_large(a, &trace.frames[i]);
		give_large(b, &trace.frames[i]);
	}
	tcpstates_finish(a);
	tcpstates_finish(b);
	same_order(a, b);
	same_report(a, b, COMPARE_ALL);
	tcpstates_free(a);
	tcpstates_free(b);
}
END_TEST

START_TEST(batches_and_the_short_way_change_nothing)
{
	if (load(_i))
		ways_change_nothing();
}
END_TEST

START_TEST(flushing_takes_in_what_waits)
{
	struct tcpstates *a, *b;

	if (!load(_i))
		return;
	a = trace_engine(&keeping);
	b = trace_engine(&in_batches);
	for (size_t i = 0; i < trace.count; i++) {
		HOLD(tcpstates_frame(a, &trace.frames[i]) == 0);
		HOLD(give_once(b, &trace.frames[i]) == 0);
		if (i % 37 != 0)
			continue;
		HOLD(tcpstates_flush(b) == 0);
		same_report(a, b, COMPARE_ALL);
	}
	tcpstates_free(a);
	tcpstates_free(b);
}
END_TEST

/* ---- addresses complemented: the canonical order is the other one ---- */

static bool
has_two_hosts(const struct conn *conn)
{
	return memcmp(conn->key.addr[0], conn->key.addr[1], 16) != 0;
}

START_TEST(swapping_the_addresses_mirrors_the_report)
{
	struct tcpstates *a, *b;
	const struct conn *x, *y;

	if (!load(_i))
		return;
	a = trace_run(&trace, &keeping);
	for (size_t i = 0; i < trace.count; i++)
		trace_mirror((uint8_t *)(uintptr_t)trace.frames[i].bytes,
		    trace.frames[i].captured_len, trace.frames[i].linktype);
	b = trace_run(&trace, &keeping);
	x = tcpstates_first(a);
	y = tcpstates_first(b);
	for (; x != NULL && y != NULL; x = x->next, y = y->next) {
		/* Tunnels and rare links are not mirrored by the test. */
		if (memcmp(x->key.addr, y->key.addr, 32) != 0 &&
		    has_two_hosts(x))
			HOLD(x->orig != y->orig);
		same_conn(x, y, COMPARE_ALL);
	}
	HOLD(x == y);
	tcpstates_free(a);
	tcpstates_free(b);
}
END_TEST

/* ---- connection by connection ---- */

/* What a frame belongs to: its key, or none. */
struct owned {
	struct frame frame;
	struct key key;
	size_t order;
};

static int
compare_owned(const void *a, const void *b)
{
	const struct owned *x = a;
	const struct owned *y = b;
	const int order = memcmp(&x->key, &y->key, sizeof(x->key));

	if (order != 0)
		return order;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* The frames sorted by connection; others, and fragments, come last. */
static struct owned *
sort_by_conn(bool *ret_has_fragments)
{
	const uint64_t secret[2] = { 1, 1 };
	const struct key_rules rules = { .vlan = false };
	const struct decoder_options options = { .no_tunnels = false };
	struct decoder *decoder = decoder_new(&options, secret);
	struct owned *sorted = calloc(trace.count + 1, sizeof(*sorted));

	HOLD(decoder != NULL);
	HOLD(sorted != NULL);
	*ret_has_fragments = false;
	for (size_t i = 0; i < trace.count; i++) {
		struct segment seg;
		enum verdict verdict;

		sorted[i].frame = trace.frames[i];
		sorted[i].order = i;
		memset(&sorted[i].key, 0xff, sizeof(sorted[i].key));
		verdict = frame_decode(decoder, &trace.frames[i], &seg);
		if (verdict == VERDICT_SEGMENT)
			key_of(&seg, &rules, &sorted[i].key);
		else if (verdict == VERDICT_FRAGMENT)
			*ret_has_fragments = true;
	}
	decoder_free(decoder);
	qsort(sorted, trace.count, sizeof(*sorted), compare_owned);
	return sorted;
}

static const struct conn *
find_by_frame(const struct tcpstates *ts, uint64_t first_frame)
{
	const struct conn *conn = tcpstates_first(ts);

	while (conn != NULL && conn->first_frame != first_frame)
		conn = conn->next;
	return conn;
}

START_TEST(order_of_unrelated_connections_is_irrelevant)
{
	struct tcpstates *a, *b;
	struct owned *sorted;
	bool has_fragments;

	if (!load(_i))
		return;
	sorted = sort_by_conn(&has_fragments);
	a = trace_run(&trace, &keeping);
	b = trace_engine(&keeping);
	for (size_t i = 0; i < trace.count; i++)
		HOLD(tcpstates_frame(b, &sorted[i].frame) == 0);
	tcpstates_finish(b);
	HOLD(has_fragments ||
	    tcpstates_totals(a)->conns == tcpstates_totals(b)->conns);
	for (const struct conn *x = tcpstates_first(a);
	    x != NULL && !has_fragments; x = x->next) {
		const struct conn *y = find_by_frame(b, x->first_frame);

		HOLD(y != NULL);
		same_conn(x, y, COMPARE_ALL);
	}
	free(sorted);
	tcpstates_free(a);
	tcpstates_free(b);
}
END_TEST

/* ---- damaged captures ---- */

#define DAMAGED_MAX	2000	/* frames of a sample: larger take too long */
#define MUTATED_MAX	300	/* the same, where it is run many times */

/* A few bytes of a few frames are anything; times jump now and then. */
static void
damage(struct xorshift *x)
{
	for (size_t i = 0; i < trace.count; i++) {
		struct frame *frame = &trace.frames[i];
		uint8_t *bytes = (uint8_t *)(uintptr_t)frame->bytes;

		if (frame->captured_len == 0 || xorshift_below(x, 3) != 0)
			continue;
		for (unsigned k = xorshift_below(x, 4); k-- > 0;)
			bytes[xorshift_below(x, frame->captured_len)] =
			    (uint8_t)xorshift_next(x);
		if (xorshift_below(x, 20) == 0)
			frame->captured_len = xorshift_below(x,
			    frame->captured_len) + 1;
		if (xorshift_below(x, 50) == 0)
			frame->time_ns += (int64_t)xorshift_below(x, 2000) *
			    NS_PER_SEC - 1000 * NS_PER_SEC;
	}
}

START_TEST(books_balance_for_damaged_captures_too)
{
	struct xorshift x = { .state = (uint64_t)_i + 1 };

	if (!load(_i))
		return;
	for (unsigned round = 0; round < 5; round++) {
		struct tcpstates *ts = trace_engine(&keeping);

		damage(&x);
		for (size_t i = 0; i < trace.count; i++)
			HOLD(give_once(ts, &trace.frames[i]) == 0);
		tcpstates_finish(ts);
		HOLD(tcpstates_totals(ts)->frames == trace.count);
		books_balance(ts);
		look_at_all(ts);
		tcpstates_free(ts);
	}
}
END_TEST

START_TEST(damaged_capture_is_reported_alike_in_any_way)
{
	struct xorshift x = { .state = (uint64_t)_i + 1 };

	if (!load(_i) || trace.count > DAMAGED_MAX)
		return;
	for (unsigned round = 0; round < 3; round++) {
		damage(&x);
		keeping_changes_nothing();
		ways_change_nothing();
	}
}
END_TEST

START_TEST(damaged_capture_is_reported_alike_with_any_secret)
{
	struct xorshift x = { .state = (uint64_t)_i + 1 };
	struct tcpstates *a, *b;

	if (!load(_i) || trace.count > DAMAGED_MAX)
		return;
	damage(&x);
	a = trace_run(&trace, &keeping);
	b = trace_run(&trace, &other_secret);
	same_report(a, b, COMPARE_ALL);
	tcpstates_free(a);
	tcpstates_free(b);
}
END_TEST

/* ---- small changes to sound captures ---- */

#define MUTATIONS	60	/* of a sample */
#define HEADERS_LEN	100	/* most changes should meet a header */

/* All of the trace as it was read. */
struct pristine {
	struct frame *frames;
	uint8_t *bytes;
	size_t len;
};

static uint8_t *
octets_of(const struct frame *frame)
{
	return (uint8_t *)(uintptr_t)frame->bytes;
}

static void
keep_pristine(struct pristine *pristine)
{
	const struct frame *last = &trace.frames[trace.count - 1];
	const uint8_t *first = trace.frames[0].bytes;

	pristine->len = (size_t)(last->bytes - first) + last->captured_len;
	pristine->bytes = malloc(pristine->len + 1);
	pristine->frames = calloc(trace.count, sizeof(*pristine->frames));
	HOLD(pristine->bytes != NULL && pristine->frames != NULL);
	memcpy(pristine->bytes, first, pristine->len);
	memcpy(pristine->frames, trace.frames,
	    trace.count * sizeof(*trace.frames));
}

static void
restore(const struct pristine *pristine)
{
	memcpy(trace.frames, pristine->frames,
	    trace.count * sizeof(*trace.frames));
	memcpy(octets_of(&trace.frames[0]), pristine->bytes, pristine->len);
}

static void
change_octet(struct xorshift *x, struct frame *frame)
{
	const uint32_t len = frame->captured_len < HEADERS_LEN ?
	    frame->captured_len : HEADERS_LEN;
	uint8_t *octet;

	if (len == 0)
		return;
	octet = octets_of(frame) + xorshift_below(x, len);
	if (xorshift_below(x, 2) == 0)
		*octet ^= (uint8_t)(1U << xorshift_below(x, 8));
	else
		*octet = (uint8_t)xorshift_next(x);
}

/* Another frame comes at this time: a copy, or late. */
static void
change_frame(struct xorshift *x, struct frame *frame)
{
	const struct frame *other =
	    &trace.frames[xorshift_below(x, (uint32_t)trace.count)];
	const struct frame old = *frame;

	*frame = *other;
	frame->time_ns = old.time_ns;
	frame->number = old.number;
}

static void
mutate(struct xorshift *x)
{
	for (unsigned n = 1 + xorshift_below(x, 6); n > 0; n--) {
		struct frame *frame =
		    &trace.frames[xorshift_below(x, (uint32_t)trace.count)];

		switch (xorshift_below(x, 10)) {
		case 0:
			frame->time_ns += (int64_t)xorshift_below(x, 4000) *
			    NS_PER_MS - 2000 * NS_PER_MS;
			break;
		case 1:
		case 2:
			change_frame(x, frame);
			break;
		default:
			change_octet(x, frame);
			break;
		}
	}
}

START_TEST(changed_capture_is_reported_alike_in_any_way)
{
	struct xorshift x = { .state = (uint64_t)_i + 1 };
	struct pristine pristine;

	if (!load(_i) || trace.count > MUTATED_MAX || trace.count == 0)
		return;
	keep_pristine(&pristine);
	for (unsigned i = 0; i < MUTATIONS; i++) {
		mutate(&x);
		keeping_changes_nothing();
		ways_change_nothing();
		restore(&pristine);
	}
	free(pristine.bytes);
	free(pristine.frames);
}
END_TEST

START_TEST(any_octets_of_any_link_have_a_verdict)
{
	struct xorshift x = { .state = 4711 };
	struct tcpstates *ts = trace_engine(&keeping);
	uint8_t bytes[128];

	for (unsigned i = 0; i < 20000; i++) {
		const uint32_t len = xorshift_below(&x, sizeof(bytes) + 1);
		const struct frame frame = {
			.time_ns = (int64_t)i * 1000,
			.number = i + 1,
			.bytes = bytes,
			.captured_len = len,
			.wire_len = len + xorshift_below(&x, 3),
			.linktype = (enum linktype)xorshift_below(&x,
			    LINKTYPE_COUNT),
		};

		for (uint32_t k = 0; k < len; k++)
			bytes[k] = (uint8_t)xorshift_next(&x);
		HOLD(give_once(ts, &frame) == 0);
	}
	tcpstates_finish(ts);
	HOLD(tcpstates_totals(ts)->frames == 20000);
	books_balance(ts);
	tcpstates_free(ts);
}
END_TEST

/* ---- what a scan of ports leaves behind ---- */

#define PORTS		1000
#define SCAN_ISN	5000

/* Flags of what the scanner sends and of the answers, until one is 0. */
static const struct scan {
	const char *name;
	struct {
		bool is_answer;
		uint16_t flags;
		uint32_t seq;	/* from the sender's ISN, or as it stands */
	} said[4];
} scans[] = {
	{ "refused", { { false, TCP_SYN, 0 },
	    { true, TCP_RST | TCP_ACK, 0 } } },
	{ "refused twice", { { false, TCP_SYN, 0 },
	    { true, TCP_RST | TCP_ACK, 0 }, { false, TCP_SYN, 0 },
	    { true, TCP_RST | TCP_ACK, 0 } } },
	{ "half-open", { { false, TCP_SYN, 0 },
	    { true, TCP_SYN | TCP_ACK, 1 }, { false, TCP_RST, 1 } } },
	{ "filtered", { { false, TCP_SYN, 0 } } },
	{ "by FIN", { { false, TCP_FIN, 0 },
	    { true, TCP_RST | TCP_ACK, 0 } } },
	{ "by ACK", { { false, TCP_ACK, 0 },
	    { true, TCP_RST, SCAN_ISN + 1 } } },
};

static void
give_scan(struct tcpstates *ts, const struct scan *scan, unsigned port,
    unsigned i)
{
	const bool is_answer = scan->said[i].is_answer;
	const uint32_t scanner = UINT32_C(0x0a000001);
	const uint32_t scanned = UINT32_C(0x0a000002);
	struct packet p;

	packet_start(&p, LINKTYPE_ETHERNET);
	packet_ip4(&p, &(struct packet_ip4){
	    .src = is_answer ? scanned : scanner,
	    .dst = is_answer ? scanner : scanned,
	    .id = (uint16_t)(1 + i),
	});
	packet_tcp(&p, &(struct packet_tcp){
	    .src_port = (uint16_t)(is_answer ? port : 40000),
	    .dst_port = (uint16_t)(is_answer ? 40000 : port),
	    .seq = scan->said[i].seq + (is_answer ? 0 : SCAN_ISN),
	    .ack = scan->said[i].flags & TCP_ACK ? SCAN_ISN + 1 : 0,
	    .flags = scan->said[i].flags,
	    .window = 1024,
	});
	packet_finish(&p);
	HOLD(tcpstates_frame(ts, &(struct frame){
	    .time_ns = (int64_t)(port * 4 + i) * NS_PER_MS,
	    .number = port * 4 + i,
	    .bytes = p.bytes,
	    .captured_len = (uint32_t)p.len,
	    .wire_len = (uint32_t)p.len,
	    .linktype = LINKTYPE_ETHERNET,
	}) == 0);
}

/* Blocks of memory that the engine holds at the end of a scan. */
static uint64_t
scan_with(const struct tcpstates_options *options, const struct scan *scan)
{
	const uint64_t before = mem_outstanding();
	struct tcpstates *ts = trace_engine(options);
	uint64_t blocks;

	for (unsigned port = 1; port <= PORTS; port++)
		for (unsigned i = 0; i < ARRAY_LEN(scan->said) &&
		    scan->said[i].flags != 0; i++)
			give_scan(ts, scan, port, i);
	blocks = mem_outstanding() - before;
	tcpstates_finish(ts);
	HOLD(tcpstates_totals(ts)->conns == PORTS);
	for (const struct conn *conn = tcpstates_first(ts); conn != NULL;
	    conn = conn->next)
		HOLD((conn->analysis != NULL) == options->keep_analysis);
	books_balance(ts);
	tcpstates_free(ts);
	return blocks;
}

/* No more than a list of one slab, that each has used for a moment. */
START_TEST(scan_of_ports_leaves_no_analysis_behind)
{
	const struct tcpstates_options none = { .no_analysis = true };
	const struct scan *scan = &scans[_i];
	const uint64_t least = scan_with(&none, scan);
	const uint64_t most = scan_with(&keeping, scan);
	const uint64_t report = scan_with(&dropping, scan);

	ck_assert_msg(report <= least + 2 && least < most,
	    "%s: %ju blocks in report mode, %ju without analysis, %ju with",
	    scan->name, (uintmax_t)report, (uintmax_t)least, (uintmax_t)most);
}
END_TEST

enum { SHARDS = 3 };

/* Give a packet to each shard, and count the shards whose capture needs it. */
static unsigned
shards_of(const struct packet *packet)
{
	unsigned count = 0;

	for (unsigned i = 0; i < SHARDS; i++) {
		struct tcpstates *ts = trace_engine(&(struct tcpstates_options){
			.shard = { .index = i, .count = SHARDS },
		});

		HOLD(tcpstates_frame(ts, &(struct frame){
			.number = 1,
			.bytes = packet->bytes,
			.captured_len = (uint32_t)packet->len,
			.wire_len = (uint32_t)packet->len,
			.linktype = LINKTYPE_ETHERNET,
		}) == 0);
		count += tcpstates_is_of_shard(ts);
		tcpstates_finish(ts);
		tcpstates_free(ts);
	}
	return count;
}

/* The connection of a fragment is not known before the last one. */
START_TEST(frame_is_of_one_shard_and_fragment_of_all)
{
	struct packet whole, piece;

	packet_start(&whole, LINKTYPE_ETHERNET);
	packet_ip4(&whole, &(struct packet_ip4){ .id = 7 });
	packet_tcp(&whole, &(struct packet_tcp){ .flags = TCP_ACK });
	packet_payload(&whole, 100);
	packet_finish(&whole);
	ck_assert_uint_eq(shards_of(&whole), 1);
	packet_fragment(&piece, &whole, 7, 0, 64);
	ck_assert_uint_eq(shards_of(&piece), SHARDS);

	packet_start(&whole, LINKTYPE_ETHERNET);
	packet_ip4(&whole, &(struct packet_ip4){ .id = 8 });
	packet_udp(&whole, 1000, 53);
	packet_payload(&whole, 100);
	packet_finish(&whole);
	ck_assert_uint_eq(shards_of(&whole), 1);
}
END_TEST

START_TEST(no_frames_are_no_connections)
{
	struct tcpstates *ts = trace_engine(&keeping);

	tcpstates_finish(ts);
	ck_assert_ptr_null(tcpstates_first(ts));
	ck_assert_uint_eq(tcpstates_totals(ts)->frames, 0);
	ck_assert_uint_eq(tcpstates_totals(ts)->conns, 0);
	books_balance(ts);
	tcpstates_free(ts);
}
END_TEST

START_TEST(free_of_no_engine_is_allowed)
{
	tcpstates_free(NULL);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("engine");
	TCase *c = leaks_tcase(s, "engine");
	TCase *samples = leaks_tcase(s, "samples");
	const int n = (int)trace_sample_count();

	tcase_add_test(c, no_frames_are_no_connections);
	tcase_add_test(c, free_of_no_engine_is_allowed);
	tcase_add_test(c, sharing_without_memory_changes_nothing);
	tcase_add_test(c, frame_is_of_one_shard_and_fragment_of_all);
	tcase_add_loop_test(c, scan_of_ports_leaves_no_analysis_behind, 0,
	    ARRAY_LEN(scans));
	tcase_add_test(c, any_octets_of_any_link_have_a_verdict);
	tcase_add_checked_fixture(samples, NULL, teardown);
	tcase_set_timeout(samples, 60);
	tcase_add_loop_test(samples, frames_in_are_the_sum_of_verdicts, 0, n);
	tcase_add_loop_test(samples, unique_and_repeated_bytes_are_all_bytes,
	    0, n);
	tcase_add_loop_test(samples,
	    report_is_the_same_with_and_without_keeping, 0, n);
	tcase_add_loop_test(samples,
	    report_without_analysis_lacks_round_trips_only, 0, n);
	tcase_add_loop_test(samples, nothing_depends_on_the_secret_of_the_hash,
	    0, n);
	tcase_add_loop_test(samples,
	    feeding_frame_by_frame_with_reports_between_is_the_same, 0, n);
	tcase_add_loop_test(samples, batches_and_the_short_way_change_nothing, 0, n);
	tcase_add_loop_test(samples, large_frames_of_workers_change_nothing,
	    0, n);
	tcase_add_loop_test(samples, any_number_of_readers_changes_nothing,
	    0, n);
	tcase_add_loop_test(samples, any_number_of_workers_changes_nothing,
	    0, n);
	tcase_add_loop_test(samples, flushing_takes_in_what_waits, 0, n);
	tcase_add_loop_test(samples, swapping_the_addresses_mirrors_the_report,
	    0, n);
	tcase_add_loop_test(samples,
	    order_of_unrelated_connections_is_irrelevant, 0, n);
	tcase_add_loop_test(samples, books_balance_for_damaged_captures_too,
	    0, n);
	tcase_add_loop_test(samples,
	    damaged_capture_is_reported_alike_in_any_way, 0, n);
	tcase_add_loop_test(samples,
	    damaged_capture_is_reported_alike_with_any_secret, 0, n);
	tcase_add_loop_test(samples,
	    changed_capture_is_reported_alike_in_any_way, 0, n);
	return s;
}

int
main(void)
{
	return check_main(suite());
}
