/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/compare.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/seq.h"
#include "compare/residue.h"
#include "decode/segment.h"
#include "flow/conn.h"

/*
 * Transmissions of one capture that wait for the other capture to reach their
 * time: the thread that is ahead blocks at this number.
 */
#define BACKLOG_MAX	4096
/*
 * Handed over at once, so that the lock is taken rarely.  While the other
 * thread has the lock, which is while it matches, this one decodes on, until
 * its batch is full.
 */
#define HANDOVER	256
#define BATCH_MAX	(4 * HANDOVER)

/*
 * Where a transmission comes from, until its pair is looked up: a batch later,
 * when what the look-up reads has been fetched.
 */
struct origin {
	const struct conn *conn;
	uint32_t seq;
	uint32_t ack;
	uint8_t side;		/* index of conn->endpoint[] */
};

/* What the thread of one point owns, and its backlog under the lock. */
struct side {
	struct compare *compare;
	enum point point;
	struct tcpstates *engine;
	struct member *members;	/* by connection number */
	const struct conn **conns;	/* likewise, once it has ended */
	struct transmission batch[BATCH_MAX];
	unsigned batch_count;	/* without those in origins[] */
	struct origin origins[HANDOVER];	/* of the next in batch[] */
	unsigned origin_count;

	struct transmission *backlog;	/* a ring of BACKLOG_MAX */
	unsigned head;
	unsigned count;
	bool has_ended;
};

/* What a connection of one point needs of its pair. */
struct member {
	int64_t near[DIRECTION_COUNT];	/* offsets last seen */
	uint32_t base[DIRECTION_COUNT];
	uint32_t ts_shift[DIRECTION_COUNT];	/* from those of A */
	uint32_t pair;		/* 1 + its index, or 0: none */
	uint8_t orig_side;
};

struct compare {
	const struct pairs *pairs;
	struct compare_options options;
	struct side sides[POINT_COUNT];
	/* Of pair N, 2 * N and the next: by enum direction. */
	struct lane *lanes;
	struct lane_context context;
	struct misjudged misjudged[COMPARE_MISJUDGED_MAX];
	size_t misjudged_count;
	atomic_bool is_out_of_memory;
	pthread_mutex_t lock;
	pthread_cond_t moved;
};

/* ---- what lanes report ---- */

static size_t
pair_of_lane(const struct compare *compare, const struct lane *lane)
{
	return (size_t)(lane - compare->lanes) / DIRECTION_COUNT;
}

static enum direction
direction_of_lane(const struct compare *compare, const struct lane *lane)
{
	return (enum direction)((lane - compare->lanes) % DIRECTION_COUNT);
}

static void
on_passed(void *arg, const struct lane *lane, const struct passage *passage)
{
	const struct compare *compare = arg;

	compare->options.passed(compare->options.arg,
	    pair_of_lane(compare, lane), direction_of_lane(compare, lane),
	    (enum point)lane->upstream, passage);
}

static void
on_misjudged(void *arg, const struct lane *lane, enum point point,
    const struct transmission *t, const char *truth)
{
	struct compare *compare = arg;

	if (compare->misjudged_count == COMPARE_MISJUDGED_MAX)
		return;
	compare->misjudged[compare->misjudged_count++] = (struct misjudged){
	    .point = point,
	    .frame = t->frame,
	    .pair = pair_of_lane(compare, lane),
	    .direction = direction_of_lane(compare, lane),
	    .judged = t->judged,
	    .truth = truth,
	};
}

/* ---- in order of time ---- */

static void
match_one(struct compare *compare, enum point point, struct transmission *t)
{
	if (UNLIKELY(lane_add(&compare->lanes[t->lane], &compare->context,
	    point, t) != 0))
		atomic_store(&compare->is_out_of_memory, true);
}

/* The point whose next transmission is the earliest; false: neither can go. */
static bool
next_point(const struct compare *compare, enum point *ret_point)
{
	const struct side *a = &compare->sides[POINT_A];
	const struct side *b = &compare->sides[POINT_B];

	if ((a->count == 0 && !a->has_ended) ||
	    (b->count == 0 && !b->has_ended) || a->count + b->count == 0)
		return false;
	if (a->count == 0 || b->count == 0)
		*ret_point = a->count == 0 ? POINT_B : POINT_A;
	else
		*ret_point = b->backlog[b->head].ns <
		    a->backlog[a->head].ns ? POINT_B : POINT_A;
	return true;
}

/*
 * Transmissions ahead whose lanes, and then queues, are fetched: cache misses
 * are most of the work.
 */
#define AHEAD_LANE	12
#define AHEAD_QUEUE	6

static void
fetch_ahead(const struct compare *compare, const struct side *side)
{
	const struct transmission *t;

	if (side->count <= AHEAD_LANE)
		return;
	t = &side->backlog[(side->head + AHEAD_LANE) % BACKLOG_MAX];
	lane_prefetch(&compare->lanes[t->lane]);
	t = &side->backlog[(side->head + AHEAD_QUEUE) % BACKLOG_MAX];
	lane_prefetch_entries(&compare->lanes[t->lane], side->point);
}

static void
match_backlog(struct compare *compare)
{
	enum point point;

	while (next_point(compare, &point)) {
		struct side *side = &compare->sides[point];

		fetch_ahead(compare, side);
		match_one(compare, point, &side->backlog[side->head]);
		side->head = (side->head + 1) % BACKLOG_MAX;
		side->count--;
	}
}

/* With the lock held. */
static void
hand_over(struct side *side)
{
	struct compare *compare = side->compare;

	match_backlog(compare);
	while (side->count + side->batch_count > BACKLOG_MAX)
		pthread_cond_wait(&compare->moved, &compare->lock);
	for (unsigned i = 0; i < side->batch_count; i++)
		side->backlog[(side->head + side->count++) % BACKLOG_MAX] =
		    side->batch[i];
	side->batch_count = 0;
	match_backlog(compare);
	pthread_cond_signal(&compare->moved);
}

static void
hand_over_sometime(struct side *side)
{
	struct compare *compare = side->compare;

	if (side->batch_count > BATCH_MAX - HANDOVER)
		pthread_mutex_lock(&compare->lock);
	else if (pthread_mutex_trylock(&compare->lock) != 0)
		return;
	hand_over(side);
	pthread_mutex_unlock(&compare->lock);
}

/* ---- one segment ---- */

/* Offsets from the base of the pair, the same at both points. */
static void
number_transmission(struct transmission *t, const struct origin *from,
    struct member *member, enum direction direction)
{
	t->lane = (member->pair - 1) * DIRECTION_COUNT + direction;
	t->tsval -= member->ts_shift[direction];
	t->start = seq_offset(from->seq, member->base[direction],
	    member->near[direction]);
	if ((t->flags & TCP_RST) == 0)
		member->near[direction] = transmission_end(t);
	t->ack = (t->flags & TCP_ACK) != 0 ?
	    from->ack - member->base[!direction] : 0;
}

/* Keep a transmission whose connection has a partner. */
static void
resolve(struct side *side, const struct transmission *fresh,
    const struct origin *from)
{
	const struct pairs *pairs = side->compare->pairs;
	struct transmission *t = &side->batch[side->batch_count];
	struct member *member;

	if (from->conn->number >= pairs->conn_count[side->point])
		return;
	member = &side->members[from->conn->number];
	if (member->pair == 0)
		return;
	*t = *fresh;
	number_transmission(t, from, member, from->side == member->orig_side ?
	    DIRECTION_ORIG : DIRECTION_RESP);
	if (side->point == POINT_B)
		t->ns = clockfit_to_a(&pairs->clock, t->ns);
	side->batch_count++;
}

#define AHEAD_MEMBER	8

static void
resolve_all(struct side *side)
{
	const struct transmission *fresh = &side->batch[side->batch_count];

	for (unsigned i = 0; i < side->origin_count; i++) {
		if (i + AHEAD_MEMBER < side->origin_count)
			PREFETCH(&side->members[
			    side->origins[i + AHEAD_MEMBER].conn->number]);
		resolve(side, &fresh[i], &side->origins[i]);
	}
	side->origin_count = 0;
}

/* Everything but its lane and its numbers; time by the clock of its point. */
static void
fill_transmission(struct transmission *t, const struct segment *seg,
    uint32_t judged)
{
	*t = (struct transmission){
	    .ns = seg->time_ns,
	    .frame = seg->frame,
	    .len = segment_len(seg),
	    .tsval = seg->opt.tsval,
	    .judged = judged,
	    .window = seg->window,
	    .ip_id = seg->ip_id,
	    .options = seg->opt.present,
	    .mss = seg->opt.mss,
	    .flags = seg->flags,
	    .ttl = seg->ttl,
	    .dscp = seg->dscp,
	    .wscale = seg->opt.wscale,
	    .ecn = seg->ecn & 3U,
	};
	t->has_residue = residue_of(seg, &t->residue);
}

static void
on_processed(void *arg, const struct conn *conn, const struct segment *seg,
    unsigned from, uint32_t judged)
{
	struct side *side = arg;

	if (seg->depth < DEPTH_FLAGS)
		return;
	PREFETCH(&conn->number);
	fill_transmission(&side->batch[side->batch_count +
	    side->origin_count], seg, judged);
	side->origins[side->origin_count++] = (struct origin){
	    .conn = conn,
	    .seq = seg->seq,
	    .ack = seg->ack,
	    .side = (uint8_t)from,
	};
	if (side->origin_count < HANDOVER)
		return;
	resolve_all(side);
	hand_over_sometime(side);
}

/* ---- beginning and end ---- */

static bool
init_members(struct side *side)
{
	const struct pairs *pairs = side->compare->pairs;
	const enum point point = side->point;

	side->members = mem_zalloc(pairs->conn_count[point] *
	    sizeof(*side->members));
	for (size_t i = 0; side->members != NULL && i < pairs->count; i++) {
		const struct pair *pair = &pairs->pairs[i];
		struct member *member = &side->members[pair->conn[point]];

		if (pair->kind != PAIR_MATCHED)
			continue;
		member->pair = (uint32_t)(i + 1);
		member->orig_side = pair->side[DIRECTION_ORIG][point];
		for (unsigned d = 0; d < DIRECTION_COUNT; d++) {
			member->base[d] = pair->base[d][point];
			member->ts_shift[d] = point == POINT_A ? 0 :
			    pair->ts_shift[d];
		}
	}
	return side->members != NULL;
}

static bool
init_side(struct compare *compare, enum point point)
{
	struct side *side = &compare->sides[point];
	struct tcpstates_options engine =
	    survey_engine(&compare->options.engine);

	side->compare = compare;
	side->point = point;
	engine.events.processed = on_processed;
	engine.events.arg = side;
	side->engine = tcpstates_new(&engine);
	side->backlog = mem_zalloc_lines(BACKLOG_MAX * sizeof(*side->backlog));
	return side->engine != NULL && side->backlog != NULL &&
	    init_members(side);
}

static void
init_lanes(struct compare *compare)
{
	for (size_t i = 0; i < compare->pairs->count; i++) {
		const struct pair *pair = &compare->pairs->pairs[i];
		struct lane *lane = &compare->lanes[i * DIRECTION_COUNT];

		lane_init(&lane[DIRECTION_ORIG], pair->near_orig,
		    &lane[DIRECTION_RESP]);
		lane_init(&lane[DIRECTION_RESP], point_other(pair->near_orig),
		    &lane[DIRECTION_ORIG]);
	}
}

struct compare *
compare_new(const struct pairs *pairs, const struct compare_options *options)
{
	struct compare *compare = mem_zalloc(sizeof(*compare));

	if (compare == NULL)
		return NULL;
	compare->pairs = pairs;
	compare->options = *options;
	pthread_mutex_init(&compare->lock, NULL);
	pthread_cond_init(&compare->moved, NULL);
	for (unsigned p = 0; p < POINT_COUNT; p++) {
		compare->context.start[p] = pairs->start[p];
		compare->context.end[p] = pairs->end[p];
	}
	compare->context.has_clock = pairs->clock.count > 0;
	compare->context.passed = options->passed != NULL ? on_passed : NULL;
	compare->context.misjudged = on_misjudged;
	compare->context.arg = compare;
	pool_init(&compare->context.rings,
	    LANE_RING * sizeof(struct transmission));
	compare->lanes = mem_zalloc_lines((pairs->count + 1) *
	    DIRECTION_COUNT * sizeof(*compare->lanes));
	if (compare->lanes == NULL || !init_side(compare, POINT_A) ||
	    !init_side(compare, POINT_B)) {
		compare_free(compare);
		return NULL;
	}
	init_lanes(compare);
	return compare;
}

void
compare_free(struct compare *compare)
{
	if (compare == NULL)
		return;
	for (size_t i = 0; compare->lanes != NULL &&
	    i < compare->pairs->count * DIRECTION_COUNT; i++)
		lane_fini(&compare->lanes[i], &compare->context);
	for (unsigned p = 0; p < POINT_COUNT; p++) {
		tcpstates_free(compare->sides[p].engine);
		mem_free(compare->sides[p].backlog);
		mem_free(compare->sides[p].members);
		mem_free(compare->sides[p].conns);
	}
	pool_fini(&compare->context.rings);
	pthread_cond_destroy(&compare->moved);
	pthread_mutex_destroy(&compare->lock);
	mem_free(compare->lanes);
	mem_free(compare);
}

bool
compare_frame(struct compare *compare, enum point point,
    const struct frame *frame)
{
	return tcpstates_frame(compare->sides[point].engine, frame) == 0 &&
	    !atomic_load(&compare->is_out_of_memory);
}

void
compare_end(struct compare *compare, enum point point)
{
	struct side *side = &compare->sides[point];

	tcpstates_finish(side->engine);
	resolve_all(side);
	pthread_mutex_lock(&compare->lock);
	hand_over(side);
	side->has_ended = true;
	match_backlog(compare);
	pthread_cond_signal(&compare->moved);
	pthread_mutex_unlock(&compare->lock);
}

/* Numbers are those of the survey: both engines count alike. */
static int
index_conns(struct side *side)
{
	const size_t count = side->compare->pairs->conn_count[side->point];

	side->conns = mem_zalloc(count * sizeof(*side->conns));
	if (side->conns == NULL)
		return -ERR_NOMEM;
	for (const struct conn *conn = tcpstates_first(side->engine);
	    conn != NULL; conn = conn->next)
		if (conn->number < count)
			side->conns[conn->number] = conn;
	return 0;
}

int
compare_finish(struct compare *compare)
{
	for (unsigned p = 0; p < POINT_COUNT; p++)
		if (index_conns(&compare->sides[p]) != 0)
			return -ERR_NOMEM;
	for (size_t i = 0; i < compare->pairs->count * DIRECTION_COUNT; i++)
		lane_finish(&compare->lanes[i], &compare->context);
	return atomic_load(&compare->is_out_of_memory) ? -ERR_NOMEM : 0;
}

const struct lane *
compare_lane(const struct compare *compare, size_t pair,
    enum direction direction)
{
	return &compare->lanes[pair * DIRECTION_COUNT + direction];
}

const struct conn *
compare_conn(const struct compare *compare, enum point point, uint32_t number)
{
	return compare->sides[point].conns[number];
}

const struct misjudged *
compare_misjudged(const struct compare *compare, size_t *ret_count)
{
	*ret_count = compare->misjudged_count;
	return compare->misjudged;
}
