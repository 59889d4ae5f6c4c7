/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * More than 600 lines: queues, fates, the referee and matching are steps of one
 * walk over two queues, which are private.
 */
#include "config.h"

#include "compare/lane.h"

#include <assert.h>
#include <stddef.h>

#include "base/err.h"
#include "base/nstime.h"
#include "base/pool.h"
#include "base/compiler.h"
#include "base/seq.h"
#include "compare/rewrites.h"
#include "decode/segment.h"
#include "tcp/judged.h"

/* A round trip, for ACKs that a later one covers. */
#define ACK_WINDOW_NS	(200 * NS_PER_MS)
/* What two views of one segment agree in; ECN and PSH may change. */
#define FLAGS_KEPT	(TCP_SYN | TCP_FIN | TCP_RST | TCP_ACK)

void
lane_init(struct lane *lane, enum point upstream, const struct lane *back)
{
	static_assert(REWRITE_COUNT <= 16, "lane.rewrites has a bit for each");
	static_assert(2 * LANE_RECENT <= 8, "so has lane.recent_marks");

	*lane = (struct lane){
	    .upstream = (uint8_t)(upstream & 1U),
	    .back = back,
	    .keeps_ip_id = true,
	};
}

void
lane_context_init(struct lane_context *ctx)
{
	pool_init(&ctx->rings, LANE_RING * sizeof(struct transmission));
	pool_init(&ctx->notes, sizeof(struct lane_notes));
}

void
lane_context_fini(struct lane_context *ctx)
{
	pool_fini(&ctx->rings);
	pool_fini(&ctx->notes);
}

static struct lane_notes *
notes_of(struct lane *lane, struct lane_context *ctx)
{
	if (lane->notes == NULL)
		lane->notes = pool_take(&ctx->notes);
	if (lane->notes != NULL)
		return lane->notes;
	ctx->is_out_of_memory = true;
	return &ctx->spare;
}

struct lane_counts
lane_counts(const struct lane *lane)
{
	struct lane_counts counts = { .matched = 0 };

	if (lane->notes != NULL)
		counts = lane->notes->counts;
	counts.sent[POINT_A] = lane->sent[POINT_A];
	counts.sent[POINT_B] = lane->sent[POINT_B];
	counts.matched = lane->matched;
	return counts;
}

static enum point
downstream(const struct lane *lane)
{
	return point_other((enum point)lane->upstream);
}

static uint32_t
queue_size(const struct lane_queue *q)
{
	return q->entries == NULL ? 0 : (uint32_t)LANE_RING << q->doublings;
}

static void
give_ring(struct lane_context *ctx, struct lane_queue *q)
{
	if (q->doublings == 0)
		pool_give(&ctx->rings, q->entries);
	else
		mem_free(q->entries);
	q->entries = NULL;
	q->doublings = 0;
	q->head = 0;
	q->cursor = 0;
	q->gone = 0;
	q->repeats = 0;
}

void
lane_fini(struct lane *lane, struct lane_context *ctx)
{
	for (unsigned p = 0; p < POINT_COUNT; p++)
		if (lane->queue[p].entries != NULL)
			give_ring(ctx, &lane->queue[p]);
	delays_fini(&lane->delays);
}

static bool
has_bit(const struct transmission *t, enum judged what)
{
	return (t->judged >> what & 1) != 0;
}

/* The capture of its point lacked these bytes: a fact, no judgement. */
static bool
fills_gap(const struct transmission *t)
{
	return has_bit(t, JUDGED_LOSS_BEFORE) ||
	    has_bit(t, JUDGED_OUT_OF_ORDER) ||
	    has_bit(t, JUDGED_UNKNOWN_ORDER);
}

/* ---- a queue ---- */

/* Only with a ring. */
static uint32_t
queue_mask(const struct lane_queue *q)
{
	return ((uint32_t)LANE_RING << q->doublings) - 1;
}

static struct transmission *
entry(const struct lane_queue *q, uint32_t at)
{
	return &q->entries[(q->head + at) & queue_mask(q)];
}

static void
pop_front(struct lane_queue *q)
{
	const struct transmission *t = entry(q, 0);

	q->gone -= t->is_gone;
	q->repeats -= t->is_repeat;
	q->head = (uint16_t)((q->head + 1) & queue_mask(q));
	q->count--;
	if (q->cursor > 0)
		q->cursor--;
}

static void
set_gone(struct lane_queue *q, struct transmission *t)
{
	t->is_gone = true;
	q->gone++;
}

/* Up to this many matched entries may stay behind a lost one. */
#define GONE_MIN	16

static void
remove_gone(struct lane_queue *q)
{
	uint16_t kept = 0, cursor = 0;

	q->repeats = 0;
	for (uint32_t i = 0; i < q->count; i++) {
		const struct transmission *t = entry(q, i);

		if (i == q->cursor)
			cursor = kept;
		if (t->is_gone)
			continue;
		q->repeats += t->is_repeat;
		*entry(q, kept++) = *t;
	}
	q->cursor = q->cursor < q->count ? cursor : kept;
	q->count = kept;
	q->gone = 0;
}

/* Once its direction closes, an empty queue needs no ring any more. */
static void
pop_gone(struct lane_context *ctx, struct lane_queue *q)
{
	while (q->count > 0 && entry(q, 0)->is_gone)
		pop_front(q);
	if (q->gone > GONE_MIN && q->gone > q->count / 2)
		remove_gone(q);
	if (q->count == 0 && q->entries != NULL && q->is_closing)
		give_ring(ctx, q);
}

/* Move the entries to a ring of twice the size. */
static int
double_queue(struct lane_context *ctx, struct lane_queue *q)
{
	const struct lane_queue old = *q;
	struct transmission *grown = mem_zalloc(2 * queue_size(q) *
	    sizeof(*grown));

	if (grown == NULL)
		return -ERR_NOMEM;
	for (uint32_t i = 0; i < q->count; i++)
		grown[i] = *entry(q, i);
	give_ring(ctx, q);
	q->entries = grown;
	q->doublings = old.doublings + 1;
	q->cursor = old.cursor;
	q->gone = old.gone;
	q->repeats = old.repeats;
	return 0;
}

static int
grow_queue(struct lane_context *ctx, struct lane_queue *q)
{
	if (q->entries != NULL)
		return double_queue(ctx, q);
	q->entries = pool_take(&ctx->rings);
	return q->entries != NULL ? 0 : -ERR_NOMEM;
}

/* ---- without a partner ---- */

static bool
is_pure_ack(const struct transmission *t)
{
	return t->len == 0 && (t->flags & (TCP_SYN | TCP_FIN |
	    TCP_RST)) == 0 && (t->flags & TCP_ACK) != 0;
}

/*
 * The longest that a transmission was on its way.  If that is unknown, the
 * latest of both directions took half of a round trip, or, by clocks that are
 * guessed from one of them, a part of it.
 */
static int64_t
most_delay(const struct lane *lane)
{
	const int64_t here = lane->latest_ns, back = lane->back->latest_ns;

	return lane->delays.count > 0 ? lane->delays.max :
	    nstime_times(here > back ? here : back, 2);
}

/* Was the other point not captured when the transmission had to pass there? */
static bool
is_outside(const struct lane *lane, const struct lane_context *ctx,
    enum point point, const struct transmission *t)
{
	const enum point other = point_other(point);
	const int64_t least = lane->delays.min;
	const int64_t most = most_delay(lane);

	if (point == lane->upstream)
		return nstime_diff(ctx->start[other], t->ns) > least ||
		    nstime_diff(ctx->end[other], t->ns) < most;
	return nstime_diff(t->ns, ctx->start[other]) < most ||
	    nstime_diff(t->ns, ctx->end[other]) > least;
}

/*
 * The receiver acknowledged bytes, but its capture lacks them.  Of bytes that
 * had passed before, the receiver may mean the earlier ones.
 */
static bool
is_uncaptured(const struct lane *lane, const struct transmission *t)
{
	const struct lane_queue *acks = &lane->back->queue[downstream(lane)];

	return t->len > 0 && !t->is_repaired && !t->is_repeat &&
	    acks->has_ack &&
	    seq_leq((uint32_t)transmission_end(t), acks->ack);
}

/*
 * A capture without any segment of this direction was filtered, or the
 * direction takes another path: if an ACK in that capture covers bytes of `t`,
 * or bytes that follow, the direction did pass, and all segments with it.
 */
static bool
is_one_sided(struct lane *lane, enum point lacking,
    const struct transmission *t)
{
	const struct lane_queue *acks = &lane->back->queue[lacking];

	if (lane->sent[lacking] > 0)
		return false;
	if (acks->has_ack && (t->len > 0 ?
	    seq_leq((uint32_t)transmission_end(t), acks->ack) :
	    seq_lt((uint32_t)t->start, acks->ack)))
		lane->lacks_direction = true;
	return lane->lacks_direction;
}

static enum fate
fate_upstream(struct lane *lane, struct lane_context *ctx,
    const struct transmission *t)
{
	if (is_outside(lane, ctx, (enum point)lane->upstream, t))
		return FATE_OUTSIDE;
	if (is_one_sided(lane, downstream(lane), t))
		return FATE_UNCAPTURED;
	if (is_pure_ack(t) && t->is_explained)
		return FATE_THINNED;
	if (is_uncaptured(lane, t))
		return FATE_UNCAPTURED;
	return lane->is_upstream_assumed ? FATE_ALONE : FATE_LOST;
}

/* The mark of a transmission, as of recent matches. */
static enum lane_mark
mark_of(const struct transmission *t, uint32_t *ret_mark)
{
	*ret_mark = t->ip_id != 0 ? t->ip_id : t->tsval;
	if (t->ip_id != 0)
		return MARK_IP_ID;
	return (t->options & OPT_TIMESTAMP) != 0 ? MARK_TSVAL : MARK_NONE;
}

static bool
is_copy(const struct lane *lane, const struct transmission *t)
{
	uint32_t mark;
	const enum lane_mark kind = mark_of(t, &mark);

	if (t->len == 0 || kind == MARK_NONE)
		return false;
	for (unsigned i = 0; i < LANE_RECENT; i++) {
		const struct recent_match *r = &lane->recent[i];

		if (r->start == (uint32_t)t->start && r->len == t->len &&
		    (lane->recent_marks >> 2 * i & 3U) == kind &&
		    r->mark == mark)
			return true;
	}
	return false;
}

/* Does the upstream capture lack these bytes, and have later ones? */
static bool
is_in_gap(const struct lane *lane, const struct transmission *t)
{
	const struct lane_gap *gaps;

	if (lane->notes == NULL || t->len == 0)
		return false;
	gaps = lane->notes->gaps;
	for (unsigned i = 0; i < LANE_GAPS; i++)
		if (gaps[i].start <= t->start &&
		    transmission_end(t) <= gaps[i].end)
			return true;
	return false;
}

/* If an ACK of the bytes passed the upstream point, so did the bytes. */
static bool
is_missed_upstream(const struct lane *lane, const struct transmission *t)
{
	const struct lane_queue *acks = &lane->back->queue[lane->upstream];

	return acks->has_ack && seq_leq((uint32_t)transmission_end(t),
	    acks->ack) && (t->is_explained || is_in_gap(lane, t));
}

static enum fate
fate_downstream(struct lane *lane, struct lane_context *ctx,
    const struct transmission *t)
{
	if (is_copy(lane, t))
		return FATE_DUPLICATED;
	if (is_outside(lane, ctx, downstream(lane), t))
		return FATE_OUTSIDE;
	if (is_one_sided(lane, (enum point)lane->upstream, t) ||
	    is_missed_upstream(lane, t))
		return FATE_UNCAPTURED;
	return lane->is_upstream_assumed ? FATE_ALONE : FATE_INJECTED;
}

static void
count_fate(struct lane_counts *counts, const struct lane *lane,
    const struct passage *passage)
{
	switch (passage->fate) {
	case FATE_MATCHED:
		break;		/* lane.matched */
	case FATE_LOST:
		counts->lost++;
		break;
	case FATE_INJECTED:
		counts->injected++;
		break;
	case FATE_ALONE:
		counts->alone[passage->up != NULL ? lane->upstream :
		    downstream(lane)]++;
		break;
	case FATE_THINNED:
		counts->thinned++;
		break;
	case FATE_DUPLICATED:
		counts->duplicated++;
		break;
	case FATE_UNCAPTURED:
		counts->uncaptured++;
		if (!lane->lacks_direction)
			counts->dropped[passage->up != NULL ?
			    downstream(lane) : lane->upstream]++;
		break;
	case FATE_OUTSIDE:
		counts->outside++;
		break;
	}
}

static void
report_passage(struct lane *lane, struct lane_context *ctx,
    const struct passage *passage)
{
	if (passage->fate == FATE_MATCHED)
		lane->matched++;
	else
		count_fate(&notes_of(lane, ctx)->counts, lane, passage);
	if (ctx->passed != NULL)
		ctx->passed(ctx->arg, lane, passage);
}

static void
note_lost(struct lane_notes *notes, const struct transmission *t)
{
	const uint32_t bytes = transmission_payload(t);

	if (notes->first.lost == 0)
		notes->first.lost = t->frame;
	notes->counts.repaired += t->is_repaired;
	/* Of a superframe, the part not seen downstream. */
	if (bytes > t->covered)
		notes->counts.lost_bytes += bytes - t->covered;
}

/* No RST, and with the TTL of the endpoint's segments. */
static bool
is_like_endpoint(const struct lane *lane, const struct transmission *t)
{
	return (t->flags & TCP_RST) == 0 && lane->has_match &&
	    t->ttl == lane->ttl;
}

static void
note_injected(const struct lane *lane, struct lane_notes *notes,
    const struct transmission *t)
{
	struct lane_first *first = &notes->first;
	const bool is_reset = (t->flags & TCP_RST) != 0;

	if (is_like_endpoint(lane, t))
		notes->counts.dropped[lane->upstream]++;
	/* An RST says more than anything else that was injected. */
	if (first->injected == 0 || (is_reset && !first->has_injected_reset)) {
		first->injected = t->frame;
		first->injected_ttl = t->ttl;
		first->has_injected_reset = is_reset;
	}
}

/* A transmission has no partner. */
static void
give_up(struct lane *lane, struct lane_context *ctx, enum point point,
    const struct transmission *t)
{
	const bool is_upstream = point == lane->upstream;
	const struct passage passage = {
	    .fate = is_upstream ? fate_upstream(lane, ctx, t) :
		fate_downstream(lane, ctx, t),
	    .up = is_upstream ? t : NULL,
	    .down = is_upstream ? NULL : t,
	};

	if (passage.fate == FATE_LOST ||
	    (passage.fate == FATE_ALONE && is_upstream))
		note_lost(notes_of(lane, ctx), t);
	else if (passage.fate == FATE_INJECTED || passage.fate == FATE_ALONE)
		note_injected(lane, notes_of(lane, ctx), t);
	report_passage(lane, ctx, &passage);
}

/* The oldest entry of a queue has waited long enough. */
static void
give_up_front(struct lane *lane, struct lane_context *ctx,
    enum point point)
{
	struct lane_queue *q = &lane->queue[point];
	const struct transmission *t = entry(q, 0);

	/* A superframe matched in part counts upstream only, as lost. */
	if (!t->is_gone && (t->covered == 0 || point == lane->upstream))
		give_up(lane, ctx, point, t);
	pop_front(q);
	pop_gone(ctx, q);
}

static void
give_up_old(struct lane *lane, struct lane_context *ctx, int64_t now)
{
	for (unsigned p = 0; p < POINT_COUNT; p++) {
		struct lane_queue *q = &lane->queue[p];
		const int64_t patience = p == lane->upstream ||
		    !ctx->has_clock ? LANE_PATIENCE_NS : LANE_LATENESS_NS;

		while (q->count > 0 && now - entry(q, 0)->ns > patience)
			give_up_front(lane, ctx, (enum point)p);
	}
}

void
lane_finish(struct lane *lane, struct lane_context *ctx)
{
	for (unsigned p = 0; p < POINT_COUNT; p++)
		while (lane->queue[p].count > 0)
			give_up_front(lane, ctx, (enum point)p);
}

/* ---- two views of one segment ---- */

static void
compare_ttl(struct lane *lane, const struct transmission *up,
    const struct transmission *down)
{
	const int16_t fall = (int16_t)(up->ttl - down->ttl);

	if (!lane->has_match || fall < lane->ttl_min)
		lane->ttl_min = fall;
	if (!lane->has_match || fall > lane->ttl_max)
		lane->ttl_max = fall;
	if (lane->ttl_min != lane->ttl_max)
		lane->rewrites |= 1U << REWRITE_TTL;
	lane->ttl = down->ttl;
}

static void
note_dscp(struct lane *lane, struct lane_notes *notes,
    const struct transmission *up, const struct transmission *down)
{
	if (notes->counts.dscp_changed++ > 0)
		return;
	notes->first.dscp[lane->upstream] = up->dscp;
	notes->first.dscp[downstream(lane)] = down->dscp;
}

static void
note_rewrites(struct lane *lane, struct lane_context *ctx, uint32_t set,
    const struct transmission *up, const struct transmission *down)
{
	struct lane_notes *notes = notes_of(lane, ctx);

	if ((down->flags & TCP_SYN) != 0) {
		notes->first.syn = down->frame;
		notes->stripped |= (uint16_t)rewrites_others_stripped(up,
		    down);
	}
	if (rewrites_have(set, REWRITE_ECN_BLEACHED) &&
	    notes->counts.bleached++ == 0)
		notes->first.bleached = down->frame;
	notes->counts.ce_set += rewrites_have(set, REWRITE_ECN_MARKED);
	notes->counts.ce_erased += rewrites_erase_mark(up, down);
	if (rewrites_have(set, REWRITE_DSCP))
		note_dscp(lane, notes, up, down);
	lane->rewrites |= (uint16_t)set;
}

static void
remember_match(struct lane *lane, const struct transmission *down)
{
	const unsigned at = lane->recent_at++ % LANE_RECENT;
	struct recent_match *r = &lane->recent[at];
	const unsigned kind = mark_of(down, &r->mark);

	r->start = (uint32_t)down->start;
	r->len = down->len;
	lane->recent_marks = (uint8_t)((lane->recent_marks &
	    ~(3U << 2 * at)) | kind << 2 * at);
}

/* Entries of the upstream queue sent before `up`. */
static uint32_t
count_older(const struct lane_queue *q, const struct transmission *up)
{
	uint32_t low = 0, high = q->count;

	/* In order, `up` is the oldest. */
	if (high == 0 || seq_leq(up->serial, entry(q, 0)->serial))
		return 0;
	while (low < high) {
		const uint32_t middle = (low + high) / 2;

		if (seq_lt(entry(q, middle)->serial, up->serial))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* ---- the referee ---- */

/*
 * `by` carries bytes of `t`, which was lost: note it.  Return whether another
 * transmission between the two had carried them already.  A SYN is carried as
 * a whole.
 */
static bool
repair(struct transmission *t, const struct transmission *by)
{
	const int64_t start = by->start - t->start;
	const int64_t end = transmission_end(by) - t->start;
	const int64_t needed = end < t->len ? end : t->len;
	const bool had = (t->options & OPT_MSS) != 0 ? t->is_repaired :
	    needed <= t->repaired;

	if ((t->options & OPT_MSS) == 0 && !had && start <= t->repaired)
		t->repaired = (uint16_t)(needed < UINT16_MAX ? needed :
		    UINT16_MAX);
	t->is_repaired = true;
	return had;
}

/* What became of the latest transmission before, of the same bytes. */
enum previous {
	PREVIOUS_PASSED,	/* or there is none */
	PREVIOUS_LOST,		/* between the points, and all before it */
	PREVIOUS_LOST_AGAIN	/* an earlier one had passed both points */
};

/*
 * Bytes that came through mark what was lost of them before.  If the first
 * that waits in the queue is a retransmission, the original is not there: it
 * passed.
 */
static enum previous
repair_older(struct lane *lane, const struct transmission *up)
{
	struct lane_queue *q = &lane->queue[lane->upstream];
	const uint32_t older = up->is_old ? count_older(q, up) : 0;
	bool is_lost = false, had_passed = false, is_first = true;

	for (uint32_t i = 0; i < older; i++) {
		struct transmission *t = entry(q, i);

		if (t->is_gone || t->start >= transmission_end(up) ||
		    transmission_end(t) <= up->start)
			continue;
		had_passed |= is_first && t->is_repeat;
		is_first = false;
		if (repair(t, up))
			had_passed = true;
		else
			is_lost = true;
	}
	if (!is_lost)
		return PREVIOUS_PASSED;
	return had_passed ? PREVIOUS_LOST_AGAIN : PREVIOUS_LOST;
}

static void
score(struct lane *lane, struct lane_context *ctx, enum point point,
    const struct transmission *t, bool is_right, const char *truth)
{
	struct lane_counts *counts = &notes_of(lane, ctx)->counts;

	if (is_right) {
		counts->judged_right[point]++;
		return;
	}
	counts->judged_wrong[point]++;
	if (ctx->misjudged != NULL)
		ctx->misjudged(ctx->arg, lane, point, t, truth);
}

static bool
is_judged(const struct transmission *t)
{
	return has_bit(t, JUDGED_RETRANSMISSION) ||
	    has_bit(t, JUDGED_LOSS_BEFORE) || has_bit(t, JUDGED_OUT_OF_ORDER);
}

/*
 * Each point alone has judged a segment that it did not see in order.  Both
 * together know: was it transmitted before, and did that one come through?
 * A capture that shows nothing unusual has claimed nothing, and is not scored.
 */
static void
referee(struct lane *lane, struct lane_context *ctx,
    const struct transmission *up, const struct transmission *down,
    enum previous previous)
{
	const enum point first = (enum point)lane->upstream;
	const enum point second = point_other(first);

	if (!up->is_repeat) {
		/* New at the first point: late, or lost before that, too. */
		if (is_judged(down) && !is_judged(up))
			score(lane, ctx, second, down,
			    has_bit(down, JUDGED_OUT_OF_ORDER),
			    "sent once: reordered between the points");
		return;
	}
	if (previous != PREVIOUS_PASSED) {
		if (is_judged(up))
			score(lane, ctx, first, up,
			    has_bit(up, JUDGED_LOSS_BEHIND) ||
			    has_bit(up, JUDGED_UNANSWERED),
			    "the one before was lost between the points");
		/* Of an earlier one that passed, the second point is right. */
		if (is_judged(down))
			score(lane, ctx, second, down,
			    has_bit(down, JUDGED_LOSS_BEFORE) ||
			    (previous == PREVIOUS_LOST_AGAIN &&
			    has_bit(down, JUDGED_RETRANSMISSION)),
			    "the one before was lost between the points");
		return;
	}
	if (is_judged(down))
		score(lane, ctx, second, down,
		    has_bit(down, JUDGED_RETRANSMISSION) &&
		    !has_bit(down, JUDGED_LOSS_BEFORE),
		    "the one before had passed this point");
}

/* ---- matching ---- */

/*
 * A duplicate ACK (RFC 5681, 2) says that a segment has arrived, and its SACK
 * blocks which one: no later ACK replaces it.
 */
static bool
is_replaceable_ack(const struct transmission *t)
{
	return is_pure_ack(t) && !has_bit(t, JUDGED_DUP_ACK) &&
	    (t->options & OPT_SACK) == 0;
}

/* ACKs shortly before a matched one of more bytes were thinned, not lost. */
static void
cover_acks(struct lane *lane, const struct transmission *up)
{
	struct lane_queue *q = &lane->queue[lane->upstream];

	if ((up->flags & TCP_ACK) == 0)
		return;
	for (uint32_t i = count_older(q, up); i-- > 0;) {
		struct transmission *t = entry(q, i);

		if (up->ns - t->ns > ACK_WINDOW_NS)
			break;
		if (!t->is_gone && seq_lt(t->ack, up->ack) &&
		    is_replaceable_ack(t))
			t->is_explained = true;
	}
}

static void
measure_delay(struct lane *lane, const struct transmission *up,
    const struct transmission *down)
{
	const int64_t delay = down->ns - up->ns;

	if (lane->delays.count == 0 || delay > lane->delays.max)
		lane->slowest = down->frame;
	(void)delays_add(&lane->delays, delay);
}

/* RFC 4737, 3: has a segment sent later arrived already? */
static bool
is_overtaken(struct lane *lane, const struct transmission *up)
{
	if (lane->has_match && seq_lt(up->serial, lane->max_serial))
		return true;
	lane->max_serial = up->serial;
	return false;
}

static void
join(struct lane *lane, struct lane_context *ctx,
    const struct transmission *up, const struct transmission *down)
{
	const enum previous previous = up->len > 0 ? repair_older(lane, up) :
	    PREVIOUS_PASSED;
	const struct passage passage = {
	    .fate = FATE_MATCHED,
	    .up = up,
	    .down = down,
	    .rewrites = rewrites_find(up, down),
	    .is_late = is_overtaken(lane, up),
	};

	if (passage.rewrites != 0)
		note_rewrites(lane, ctx, passage.rewrites, up, down);
	compare_ttl(lane, up, down);
	if (ctx->has_clock)
		measure_delay(lane, up, down);
	if (passage.is_late)
		notes_of(lane, ctx)->counts.reordered++;
	if (up->ip_id != 0)
		lane->keeps_ip_id = up->ip_id == down->ip_id;
	cover_acks(lane, up);
	remember_match(lane, down);
	lane->has_match = true;
	lane->is_apart |= up->ns != down->ns;
	lane->latest_ns = down->ns > up->ns ? down->ns - up->ns :
	    up->ns - down->ns;
	if (!lane->is_upstream_assumed)
		referee(lane, ctx, up, down, previous);
	report_passage(lane, ctx, &passage);
}

/* A path that keeps IP IDs tells a retransmission from its original. */
static bool
has_other_ip_id(const struct lane *lane, const struct transmission *a,
    const struct transmission *b)
{
	return lane->has_match && lane->keeps_ip_id &&
	    (a->is_old || b->is_old) && a->len > 0 &&
	    a->ip_id != 0 && b->ip_id != 0 && a->ip_id != b->ip_id;
}

static bool
is_same(const struct lane *lane, const struct transmission *a,
    const struct transmission *b)
{
	return a->start == b->start && a->len == b->len &&
	    ((a->flags ^ b->flags) & FLAGS_KEPT) == 0 &&
	    ((a->options & b->options & OPT_TIMESTAMP) == 0 ||
	    a->tsval == b->tsval) && (a->len > 0 || a->ack == b->ack) &&
	    !has_other_ip_id(lane, a, b);
}

/* Payload and SACK blocks differ, as far as checksums show. */
static bool
has_other_residue(const struct transmission *a, const struct transmission *b)
{
	return a->has_residue && b->has_residue && a->residue != b->residue;
}

/* All agrees but the IP ID, or that does. */
#define LIKENESS_FULL	6U

/* In how much two transmissions agree. */
static unsigned
likeness(const struct transmission *a, const struct transmission *b)
{
	return (a->ip_id != 0 && a->ip_id == b->ip_id ? 8U : 0U) +
	    (has_other_residue(a, b) ? 0U : 4U) +
	    (a->ack == b->ack ? 1U : 0U) + (a->window == b->window ? 1U : 0U);
}

/* Delays differing by less are alike. */
#define USUAL_NS	((uint64_t)NS_PER_MS)

/* How far the delays of this match and of the latest one differ, in ns. */
static uint64_t
strangeness(const struct lane *lane, const struct transmission *a,
    const struct transmission *b)
{
	const int64_t apart = a->ns > b->ns ? a->ns - b->ns : b->ns - a->ns;
	const int64_t usual = lane->latest_ns;

	return (uint64_t)(apart > usual ? apart - usual : usual - apart);
}

/*
 * Is it the same beyond doubt?  A retransmission would differ in its IP ID, as
 * long as the path keeps that, or else in its timestamp; and without a
 * retransmission in the queue, bytes are there once.
 */
static bool
is_certain(const struct lane *lane, const struct lane_queue *q,
    const struct transmission *a, const struct transmission *b)
{
	if (a->ip_id != 0 && a->ip_id == b->ip_id)
		return true;
	if (has_other_residue(a, b))
		return false;
	/* Of several ACKs that nothing tells apart, the next in line. */
	if (a->len == 0 && (a->ip_id == 0 || !lane->keeps_ip_id) &&
	    lane->has_match && strangeness(lane, a, b) < USUAL_NS)
		return true;
	if (a->len > 0 && q->repeats == 0 && !a->is_old && !b->is_old)
		return true;
	return !lane->keeps_ip_id &&
	    (a->options & b->options & OPT_TIMESTAMP) != 0;
}

/* The best entry so far. */
struct likely {
	struct transmission *entry;
	uint32_t at;
	unsigned likeness;
	uint64_t strangeness;
};

/* Of two equally alike, the usual delay decides, then the order. */
static bool
is_likelier(const struct likely *a, const struct likely *b)
{
	if (a->likeness != b->likeness)
		return a->likeness > b->likeness;
	if (a->strangeness / 2 > USUAL_NS || b->strangeness / 2 > USUAL_NS)
		return a->strangeness < b->strangeness;
	return a->at < b->at;
}

static void
weigh(struct likely *best, const struct lane *lane, struct transmission *c,
    uint32_t at, const struct transmission *t)
{
	const unsigned alike = likeness(c, t);
	const struct likely likely = { c, at, alike,
	    strangeness(lane, c, t) };

	if (best->entry == NULL || is_likelier(&likely, best))
		*best = likely;
}

/*
 * The best of all possible partners; of equals the one whose delay is
 * usual, and of several such ones the first.
 */
static struct transmission *
find_same(const struct lane *lane, struct lane_queue *q,
    const struct transmission *t)
{
	struct likely best = { .entry = NULL };
	const uint32_t first = q->cursor < q->count ? q->cursor : 0;

	for (uint32_t n = 0; n < q->count; n++) {
		const uint32_t at = first + n < q->count ? first + n :
		    first + n - q->count;
		struct transmission *c = entry(q, at);

		if (c->is_gone || c->covered > 0 || !is_same(lane, c, t))
			continue;
		weigh(&best, lane, c, at, t);
		/* Next in line: most are. */
		if (n == 0 && best.likeness >= LIKENESS_FULL &&
		    is_certain(lane, q, c, t))
			break;
	}
	if (best.entry != NULL)
		q->cursor = (uint16_t)(best.at + 1);
	return best.entry;
}

/*
 * Timestamps of a superframe and its pieces differ by this much at most: some
 * hardware takes the latest of those that it merges.
 */
#define MERGED_TICKS	1

/* A retransmission of a part is no piece of the original. */
static bool
is_of_one_time(const struct transmission *a, const struct transmission *b)
{
	return (a->options & b->options & OPT_TIMESTAMP) == 0 ||
	    a->tsval - b->tsval + MERGED_TICKS <= 2 * MERGED_TICKS;
}

/*
 * Pieces mostly come in order: what they hold is a stretch from the start of
 * the whole, of `covered` bytes, and `skipped` bytes in holes, where pieces were
 * lost or are late.  Exact for one hole; of several, a copy of a piece between
 * them is taken for a piece.
 */
static uint32_t
covered_end(const struct transmission *whole)
{
	return whole->covered > 0 ? whole->covered + whole->skipped : 0;
}

/* A range of bytes that two transmissions share. */
struct overlap {
	int64_t start;
	int64_t end;	/* not behind the start: none */
};

static struct overlap
overlap_of(const struct transmission *a, const struct transmission *b)
{
	const int64_t a_end = transmission_end(a), b_end = transmission_end(b);

	return (struct overlap){
	    .start = a->start > b->start ? a->start : b->start,
	    .end = a_end < b_end ? a_end : b_end,
	};
}

/* Does no piece hold bytes of the range yet? */
static bool
is_uncovered(const struct transmission *whole, const struct overlap *range)
{
	const int64_t start = range->start - whole->start;
	const int64_t end = range->end - whole->start;

	if (start >= covered_end(whole))
		return true;
	return end - start <= whole->skipped && start >= whole->holes_start &&
	    (end <= whole->holes_end || whole->holes_end == UINT16_MAX);
}

/* An offset in a superframe; few are larger. */
static uint16_t
offset16(int64_t offset)
{
	return (uint16_t)(offset < UINT16_MAX ? offset : UINT16_MAX);
}

/* Behind all pieces so far: what is between was lost, or is late. */
static void
skip_to(struct transmission *whole, int64_t start)
{
	const uint32_t held_end = covered_end(whole);

	if (whole->covered == 0)
		whole->skipped = 0;
	if (start <= held_end)
		return;
	if (whole->skipped == 0)
		whole->holes_start = offset16(held_end);
	whole->holes_end = offset16(start);
	whole->skipped = offset16(whole->skipped + start - held_end);
}

/* A piece holds these bytes, which are uncovered. */
static void
cover(struct transmission *whole, const struct overlap *range)
{
	const int64_t start = range->start - whole->start;
	const int64_t end = range->end - whole->start;

	if (start >= covered_end(whole)) {
		skip_to(whole, start);
	} else {
		whole->skipped -= (uint16_t)(end - start);
		if (start == whole->holes_start)
			whole->holes_start = offset16(end);
		else if (end == whole->holes_end)
			whole->holes_end = offset16(start);
	}
	whole->covered += (uint32_t)(end - start);
}

static bool
has_piece(const struct transmission *whole, const struct transmission *t)
{
	const struct overlap range = { t->start, transmission_end(t) };

	return !whole->is_gone && !t->is_gone && t->covered == 0 &&
	    t->len > 0 && t->len < whole->len &&
	    whole->start <= t->start && range.end <= transmission_end(whole) &&
	    is_uncovered(whole, &range) && is_of_one_time(whole, t);
}

/*
 * Where the cursor is, does the next piece of a larger one fit?  Not where
 * bytes were sent again, maybe in smaller segments.
 */
static struct transmission *
find_whole_next(const struct lane_queue *q, const struct transmission *t)
{
	struct transmission *c = entry(q, q->cursor);

	return q->cursor < q->count && q->repeats == 0 && !t->is_old &&
	    has_piece(c, t) && c->start + covered_end(c) == t->start ? c : NULL;
}

/* A larger one at the other point, of which this is a piece. */
static struct transmission *
find_whole(struct lane_queue *q, const struct transmission *t)
{
	for (uint32_t i = q->count; i-- > 0;)
		if (has_piece(entry(q, i), t)) {
			q->cursor = (uint16_t)i;
			return entry(q, i);
		}
	return NULL;
}

/*
 * A transmission at the upstream point counts as matched once.  Pieces there are
 * transmissions of their own, each of which may repair what was lost.
 */
static void
join_again(struct lane *lane, struct lane_context *ctx,
    const struct passage *passage, bool is_new_upstream)
{
	if (is_new_upstream) {
		(void)repair_older(lane, passage->up);
		report_passage(lane, ctx, passage);
	} else if (ctx->passed != NULL) {
		ctx->passed(ctx->arg, lane, passage);
	}
}

/* A flag that has passed is not lost with the rest. */
static void
leave_rest(struct transmission *t, uint16_t passed_flags)
{
	if (t->covered < t->len)
		t->flags &= (uint16_t)~(passed_flags & (TCP_SYN | TCP_FIN));
}

/* Two transmissions share bytes: one is a piece of the other, or both are. */
static void
join_part(struct lane *lane, struct lane_context *ctx,
    struct transmission *up, struct transmission *down)
{
	const struct overlap range = overlap_of(up, down);
	const bool is_new_upstream = up->covered == 0;
	const uint16_t flags = (uint16_t)(up->flags & down->flags);
	const struct passage passage = {
	    .fate = FATE_MATCHED,
	    .up = up,
	    .down = down,
	};

	if (is_new_upstream && down->covered == 0)
		join(lane, ctx, up, down);
	else
		join_again(lane, ctx, &passage, is_new_upstream);
	cover(up, &range);
	cover(down, &range);
	leave_rest(up, flags);
	leave_rest(down, flags);
	notes_of(lane, ctx)->counts.resegmented++;
}

static void
join_sides(struct lane *lane, struct lane_context *ctx,
    struct transmission *t, struct transmission *other, bool is_upstream)
{
	if (is_upstream)
		join_part(lane, ctx, t, other);
	else
		join_part(lane, ctx, other, t);
}

/* Does a segment in the queue retransmit some of these bytes? */
static bool
is_repeated(const struct lane_queue *q, const struct overlap *range)
{
	for (uint32_t i = 0; i < q->count && q->repeats > 0; i++) {
		const struct transmission *c = entry(q, i);

		if (c->is_repeat && c->start < range->end &&
		    transmission_end(c) > range->start)
			return true;
	}
	return false;
}

/*
 * Both points captured larger segments than the path carried, cut at different
 * places: the sender's card splits them, and the receiver's merges others.
 * Retransmitted bytes do not match this way: they may be in other pieces.
 */
static bool
is_part(const struct lane_queue *q, const struct transmission *c,
    const struct transmission *t)
{
	const struct overlap range = overlap_of(c, t);

	return range.start < range.end && !c->is_gone && !c->is_old &&
	    !t->is_old && is_of_one_time(c, t) && is_uncovered(c, &range) &&
	    is_uncovered(t, &range) && !is_repeated(q, &range);
}

/* Smaller ones at the other point, of which this is made, in a row. */
static bool
join_pieces(struct lane *lane, struct lane_context *ctx,
    struct lane_queue *q, struct transmission *whole, bool is_upstream)
{
	for (uint32_t i = 0; i < q->count; i++) {
		struct transmission *c = entry(q, i);

		if (!has_piece(whole, c) && !is_part(q, c, whole))
			continue;
		join_sides(lane, ctx, whole, c, is_upstream);
		if (c->covered >= c->len)
			set_gone(q, c);
		if (whole->covered >= whole->len)
			break;
	}
	return whole->covered >= whole->len;
}

static void
match_piece(struct lane *lane, struct lane_context *ctx,
    struct lane_queue *q, struct transmission *whole,
    struct transmission *t, bool is_upstream)
{
	join_sides(lane, ctx, t, whole, is_upstream);
	if (whole->covered >= whole->len)
		set_gone(q, whole);
}

/* True: the partner was found. */
static bool
match(struct lane *lane, struct lane_context *ctx, enum point point,
    struct transmission *t)
{
	struct lane_queue *q = &lane->queue[point_other(point)];
	const bool is_upstream = point == lane->upstream;
	struct transmission *other = find_whole_next(q, t);

	if (other == NULL && (other = find_same(lane, q, t)) != NULL) {
		set_gone(q, other);
		join(lane, ctx, is_upstream ? t : other,
		    is_upstream ? other : t);
		return true;
	}
	if (t->len == 0)
		return false;
	if (other == NULL)
		other = find_whole(q, t);
	if (other == NULL)
		return join_pieces(lane, ctx, q, t, is_upstream);
	match_piece(lane, ctx, q, other, t, is_upstream);
	return true;
}

static void
count_inferred(struct lane *lane, struct lane_context *ctx, enum point point,
    const struct transmission *t)
{
	if (point == lane->upstream && has_bit(t, JUDGED_LOSS_BEFORE))
		notes_of(lane, ctx)->counts.lost_before++;
	else if (point != lane->upstream && has_bit(t, JUDGED_LOSS_BEHIND))
		notes_of(lane, ctx)->counts.lost_behind++;
}

/* Have its bytes passed this point before? */
static bool
is_repeat(const struct transmission *t)
{
	return t->len > 0 && t->is_old && !fills_gap(t) &&
	    !has_bit(t, JUDGED_KEEP_ALIVE) && !has_bit(t, JUDGED_WINDOW_PROBE);
}

static void
note_gap(struct lane *lane, struct lane_context *ctx,
    const struct transmission *t)
{
	const int64_t highest = lane->queue[lane->upstream].highest;
	struct lane_notes *notes;

	if (t->start <= highest || lane->sent[lane->upstream] <= 1 ||
	    (t->flags & TCP_RST) != 0)
		return;
	notes = notes_of(lane, ctx);
	notes->gaps[notes->gap_at++ % LANE_GAPS] = (struct lane_gap){
	    highest, t->start };
}

static void
note_ack(struct lane_queue *q, uint32_t ack)
{
	if (q->has_ack && seq_leq(ack, q->ack))
		return;
	q->ack = ack;
	q->has_ack = true;
}

/* What its point knows of a transmission by those before. */
static void
place(struct lane *lane, struct lane_context *ctx, enum point point,
    struct transmission *t)
{
	struct lane_queue *q = &lane->queue[point];

	t->covered = 0;
	if ((t->options & OPT_MSS) == 0)
		t->repaired = 0;
	t->serial = (uint32_t)++lane->sent[point];
	t->is_old = t->start < q->highest;
	t->is_repeat = is_repeat(t);
	/* Of many gaps, the latest are remembered. */
	if (point == lane->upstream)
		note_gap(lane, ctx, t);
	else
		t->is_explained = is_in_gap(lane, t);
	if ((t->flags & TCP_ACK) != 0)
		note_ack(q, t->ack);
	q->is_closing |= (t->flags & (TCP_FIN | TCP_RST)) != 0;
	if (transmission_end(t) > q->highest)
		q->highest = transmission_end(t);
}

/* A copy at the end of the queue; NULL: out of memory. */
static struct transmission *
enqueue(struct lane *lane, struct lane_context *ctx, enum point point,
    const struct transmission *t)
{
	struct lane_queue *q = &lane->queue[point];
	struct transmission *copy;

	if (q->count == LANE_QUEUE_MAX) {
		notes_of(lane, ctx)->counts.evicted++;
		give_up_front(lane, ctx, point);
	}
	if (q->count == queue_size(q) && grow_queue(ctx, q) != 0)
		return NULL;
	copy = entry(q, q->count++);
	*copy = *t;
	return copy;
}

int
lane_add(struct lane *lane, struct lane_context *ctx,
    enum point point, struct transmission *t)
{
	struct lane_queue *other = &lane->queue[point_other(point)];

	give_up_old(lane, ctx, t->ns);
	if (UNLIKELY(t->judged != 0) && !lane->is_upstream_assumed)
		count_inferred(lane, ctx, point, t);
	/* After place() a copy would wait for the stores into these words. */
	if (other->count == 0) {
		t = enqueue(lane, ctx, point, t);
		if (t == NULL)
			return -ERR_NOMEM;
		place(lane, ctx, point, t);
	} else {
		place(lane, ctx, point, t);
		if (match(lane, ctx, point, t)) {
			pop_gone(ctx, other);
			return 0;
		}
		t = enqueue(lane, ctx, point, t);
		if (t == NULL)
			return -ERR_NOMEM;
	}
	lane->queue[point].repeats += t->is_repeat;
	return 0;
}

void
lane_prefetch(const struct lane *lane)
{
	for (size_t i = 0; i < sizeof(*lane); i += LINE_BYTES)
		PREFETCH((const char *)lane + i);
}

void
lane_prefetch_entries(const struct lane *lane, enum point point)
{
	const struct lane_queue *own = &lane->queue[point];
	const struct lane_queue *other = &lane->queue[point_other(point)];

	if (other->entries != NULL)
		PREFETCH(entry(other, other->cursor));
	else if (own->entries != NULL)
		PREFETCH(entry(own, own->count));
	delays_prefetch(&lane->delays);
}
