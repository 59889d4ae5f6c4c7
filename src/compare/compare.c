/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/compare.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/seq.h"
#include "decode/segment.h"
#include "flow/conn.h"

/*
 * Transmissions of one capture that wait for the other capture to reach their
 * time: the thread that is ahead blocks at this number.
 */
#define BACKLOG_MAX	8192
/*
 * Handed over at once, so that the lock is taken rarely.  While the other
 * thread has the lock, which is while it matches, this one decodes on, until
 * its batch is full.
 */
#define HANDOVER	256
#define BATCH_MAX	(4 * HANDOVER)

struct arrival {
	uint32_t pair;
	uint8_t direction;
	struct transmission t;
};

/* What the thread of one point owns, and its backlog under the lock. */
struct side {
	struct compare *compare;
	enum point point;
	struct tcpstates *engine;
	struct member *members;	/* by connection number */
	struct arrival batch[BATCH_MAX];
	unsigned batch_count;

	struct arrival *backlog;	/* a ring of BACKLOG_MAX */
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

/* The lanes of a pair. */
struct paired {
	struct lane lane[DIRECTION_COUNT];
};

struct compare {
	const struct pairs *pairs;
	struct compare_options options;
	struct side sides[POINT_COUNT];
	struct paired *paired;
	struct lane_context context;
	size_t at_pair;		/* that is being matched, for callbacks */
	enum direction at_direction;
	struct misjudged misjudged[COMPARE_MISJUDGED_MAX];
	size_t misjudged_count;
	atomic_bool is_out_of_memory;
	pthread_mutex_t lock;
	pthread_cond_t moved;
};

/* ---- what lanes report ---- */

static void
on_passed(void *arg, const struct lane *lane, const struct passage *passage)
{
	const struct compare *compare = arg;

	compare->options.passed(compare->options.arg, compare->at_pair,
	    compare->at_direction, lane->upstream, passage);
}

static void
on_misjudged(void *arg, const struct lane *lane, enum point point,
    const struct transmission *t, const char *truth)
{
	struct compare *compare = arg;

	(void)lane;
	if (compare->misjudged_count == COMPARE_MISJUDGED_MAX)
		return;
	compare->misjudged[compare->misjudged_count++] = (struct misjudged){
	    .point = point,
	    .frame = t->frame,
	    .pair = compare->at_pair,
	    .direction = compare->at_direction,
	    .judged = t->judged,
	    .truth = truth,
	};
}

/* ---- in order of time ---- */

static void
match_arrival(struct compare *compare, enum point point,
    struct arrival *arrival)
{
	struct paired *paired = &compare->paired[arrival->pair];
	struct transmission *t = &arrival->t;

	compare->at_pair = arrival->pair;
	compare->at_direction = arrival->direction;
	if (t->flags & TCP_ACK)
		lane_note_ack(&paired->lane[!arrival->direction], point,
		    t->ack);
	if (lane_add(&paired->lane[arrival->direction], &compare->context,
	    point, t) != 0)
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
		*ret_point = b->backlog[b->head].t.ns <
		    a->backlog[a->head].t.ns ? POINT_B : POINT_A;
	return true;
}

/* Arrivals ahead whose lanes are fetched: cache misses are most of the work. */
#define AHEAD	6

static void
fetch_ahead(const struct compare *compare, const struct side *side)
{
	const struct arrival *arrival;

	if (side->count <= AHEAD)
		return;
	arrival = &side->backlog[(side->head + AHEAD) % BACKLOG_MAX];
	lane_prefetch(&compare->paired[arrival->pair].lane[
	    arrival->direction]);
}

static void
match_backlog(struct compare *compare)
{
	enum point point;

	while (next_point(compare, &point)) {
		struct side *side = &compare->sides[point];

		fetch_ahead(compare, side);
		match_arrival(compare, point, &side->backlog[side->head]);
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

	if (side->batch_count == BATCH_MAX)
		pthread_mutex_lock(&compare->lock);
	else if (pthread_mutex_trylock(&compare->lock) != 0)
		return;
	hand_over(side);
	pthread_mutex_unlock(&compare->lock);
}

/* ---- one segment ---- */

static void
fill_transmission(struct transmission *t, const struct segment *seg,
    uint32_t judged)
{
	t->own_ns = seg->time_ns;
	t->frame = seg->frame;
	t->covered = 0;
	t->serial = 0;
	t->tsval = seg->opt.tsval;
	t->judged = judged;
	t->window = seg->window;
	t->ip_id = seg->ip_id;
	t->options = seg->opt.present;
	t->mss = seg->opt.mss;
	t->flags = seg->flags;
	t->ttl = seg->ttl;
	t->ecn = seg->ecn;
	t->dscp = seg->dscp;
	t->wscale = seg->opt.wscale;
	t->is_gone = false;
	t->is_repeat = false;
	t->is_repaired = false;
	t->is_covered_ack = false;
}

static void
on_processed(void *arg, const struct conn *conn, const struct segment *seg,
    unsigned from, uint32_t judged)
{
	struct side *side = arg;
	const struct pairs *pairs = side->compare->pairs;
	struct arrival *arrival = &side->batch[side->batch_count];
	enum direction direction;
	struct member *member;

	if (conn->number >= pairs->conn_count[side->point] ||
	    seg->depth < DEPTH_FLAGS)
		return;
	member = &side->members[conn->number];
	if (member->pair == 0)
		return;
	direction = from == member->orig_side ? DIRECTION_ORIG :
	    DIRECTION_RESP;
	arrival->pair = member->pair - 1;
	arrival->direction = (uint8_t)direction;
	fill_transmission(&arrival->t, seg, judged);
	arrival->t.tsval -= member->ts_shift[direction];
	arrival->t.start = seq_offset(seg->seq, member->base[direction],
	    member->near[direction]);
	arrival->t.end = arrival->t.start + segment_len(seg);
	if (!segment_has(seg, TCP_RST))
		member->near[direction] = arrival->t.end;
	arrival->t.ack = segment_has(seg, TCP_ACK) ?
	    seg->ack - member->base[!direction] : 0;
	arrival->t.ns = side->point == POINT_A ? seg->time_ns :
	    clockfit_to_a(&pairs->clock, seg->time_ns);
	if (++side->batch_count % HANDOVER == 0)
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
	side->backlog = mem_zalloc(BACKLOG_MAX * sizeof(*side->backlog));
	return side->engine != NULL && side->backlog != NULL &&
	    init_members(side);
}

static void
init_lanes(struct compare *compare)
{
	for (size_t i = 0; i < compare->pairs->count; i++) {
		const struct pair *pair = &compare->pairs->pairs[i];
		struct lane *lane = compare->paired[i].lane;

		lane_init(&lane[DIRECTION_ORIG], pair->near_orig);
		lane_init(&lane[DIRECTION_RESP], point_other(pair->near_orig));
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
	compare->paired = mem_zalloc((pairs->count + 1) *
	    sizeof(*compare->paired));
	if (compare->paired == NULL || !init_side(compare, POINT_A) ||
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
	for (size_t i = 0; compare->paired != NULL &&
	    i < compare->pairs->count; i++)
		for (unsigned lane = 0; lane < DIRECTION_COUNT; lane++)
			lane_fini(&compare->paired[i].lane[lane],
			    &compare->context);
	for (unsigned p = 0; p < POINT_COUNT; p++) {
		tcpstates_free(compare->sides[p].engine);
		mem_free(compare->sides[p].backlog);
		mem_free(compare->sides[p].members);
	}
	pool_fini(&compare->context.rings);
	pthread_cond_destroy(&compare->moved);
	pthread_mutex_destroy(&compare->lock);
	mem_free(compare->paired);
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
	pthread_mutex_lock(&compare->lock);
	hand_over(side);
	side->has_ended = true;
	match_backlog(compare);
	pthread_cond_signal(&compare->moved);
	pthread_mutex_unlock(&compare->lock);
}

int
compare_finish(struct compare *compare)
{
	for (size_t i = 0; i < compare->pairs->count; i++)
		for (unsigned lane = 0; lane < DIRECTION_COUNT; lane++) {
			compare->at_pair = i;
			compare->at_direction = lane;
			lane_finish(&compare->paired[i].lane[lane],
			    &compare->context);
		}
	return atomic_load(&compare->is_out_of_memory) ? -ERR_NOMEM : 0;
}

const struct lane *
compare_lane(const struct compare *compare, size_t pair,
    enum direction direction)
{
	return &compare->paired[pair].lane[direction];
}

const struct tcpstates *
compare_engine(const struct compare *compare, enum point point)
{
	return compare->sides[point].engine;
}

const struct misjudged *
compare_misjudged(const struct compare *compare, size_t *ret_count)
{
	*ret_count = compare->misjudged_count;
	return compare->misjudged;
}
