/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/compare.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/pool.h"
#include "compare/members.h"
#include "compare/replay.h"
#include "compare/rounds.h"
#include "compare/sightings.h"
#include "compare/spool.h"
#include "compare/timeline.h"
#include "decode/frame.h"
#include "decode/segment.h"
#include "flow/conn.h"

/* What the thread of one point owns. */
struct side {
	struct compare *compare;
	enum point point;
	struct tcpstates *engine;	/* NULL: the survey's, see `spool` */
	struct timeline timeline;
	struct spool *spool;	/* NULL: frames come again */
	/* Likewise, once it has ended. */
	const struct conn *const *conns;
	const struct conn **own_conns;	/* that array, if the engine is own */
	struct sightings batch;
};

/* The place of a transmission among those of all parts. */
struct order {
	int64_t ns;		/* see replay_order() */
	enum point point;
	uint64_t frame;
};

struct part {
	struct compare *compare;
	unsigned number;
	struct lane_context context;
	struct replay *replay;	/* NULL: transmissions come in rounds */
	int64_t latest_ns[POINT_COUNT];	/* of rounds, so far */
	struct order order;	/* of the transmission that is matched */
	/* The first misjudgements, and the transmissions they came with. */
	struct misjudged misjudged[COMPARE_MISJUDGED_MAX];
	struct order orders[COMPARE_MISJUDGED_MAX];
	size_t misjudged_count;
};

struct compare {
	const struct pairs *pairs;
	struct compare_options options;
	struct side sides[POINT_COUNT];
	struct members members[POINT_COUNT];
	/* Of pair N, 2 * N and the next: by enum direction. */
	struct lane *lanes;
	char *lanes_block;	/* what they are a part of */
	/*
	 * By pair: its lanes have begun.  Apart from them, so that the first
	 * access to a new page is one that writes.
	 */
	bool *has_begun;
	struct rounds rounds;
	struct part parts[PARTS];
	struct misjudged misjudged[COMPARE_MISJUDGED_MAX];
	size_t misjudged_count;
	atomic_bool is_out_of_memory;
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
	const struct part *part = arg;
	const struct compare *compare = part->compare;

	compare->options.passed(compare->options.arg,
	    pair_of_lane(compare, lane), direction_of_lane(compare, lane),
	    (enum point)lane->upstream, passage);
}

static void
on_misjudged(void *arg, const struct lane *lane, enum point point,
    const struct transmission *t, const char *truth)
{
	struct part *part = arg;
	const struct compare *compare = part->compare;

	if (part->misjudged_count == COMPARE_MISJUDGED_MAX)
		return;
	part->orders[part->misjudged_count] = part->order;
	part->misjudged[part->misjudged_count++] = (struct misjudged){
	    .point = point,
	    .frame = t->frame,
	    .pair = pair_of_lane(compare, lane),
	    .direction = direction_of_lane(compare, lane),
	    .judged = t->judged,
	    .truth = truth,
	};
}

/* ---- one part ---- */

static bool
is_of_part(const struct part *part, const struct transmission *t)
{
	return part_of_lane(t->lane) == part->number;
}

static void
begin_lanes(struct compare *compare, size_t pair)
{
	struct lane *lanes = &compare->lanes[pair * DIRECTION_COUNT];
	const struct pair *of = &compare->pairs->pairs[pair];
	const enum point near = of->near_orig;

	compare->has_begun[pair] = true;
	lane_init(&lanes[DIRECTION_ORIG], near, &lanes[DIRECTION_RESP]);
	lane_init(&lanes[DIRECTION_RESP], point_other(near),
	    &lanes[DIRECTION_ORIG]);
	for (unsigned d = 0; d < DIRECTION_COUNT; d++)
		lanes[d].is_upstream_assumed = !of->has_near;
}

/* The lane of a transmission: those of a pair begin with its first one. */
static struct lane *
lane_of(struct compare *compare, const struct transmission *t)
{
	const size_t pair = t->lane / DIRECTION_COUNT;

	if (UNLIKELY(!compare->has_begun[pair]))
		begin_lanes(compare, pair);
	return &compare->lanes[t->lane];
}

static void
match_one(struct part *part, enum point point, struct transmission *t)
{
	struct compare *compare = part->compare;

	if (UNLIKELY(lane_add(lane_of(compare, t), &part->context, point,
	    t) != 0))
		atomic_store(&compare->is_out_of_memory, true);
}

/*
 * Transmissions ahead whose lanes are fetched, and then the queues of these:
 * cache misses are most of the work.
 */
#define AHEAD_LANE	16
#define AHEAD_QUEUE	8

static void
fetch_replayed(struct part *part, enum point point)
{
	struct compare *compare = part->compare;
	const struct transmission *t = replay_ahead(part->replay, point,
	    AHEAD_LANE);

	if (t == NULL)
		return;
	lane_prefetch(&compare->lanes[t->lane]);
	t = replay_ahead(part->replay, point, AHEAD_QUEUE);
	lane_prefetch_entries(lane_of(compare, t), point);
}

static void
match_replayed(struct part *part)
{
	struct replay *replay = part->replay;
	enum point point;

	for (; replay_has_next(replay, &point);
	    replay_advance(replay, point)) {
		struct transmission *t = replay_ahead(replay, point, 0);

		fetch_replayed(part, point);
		part->order = (struct order){ replay_order(replay, point),
		    point, t->frame };
		match_one(part, point, t);
	}
}

/* ---- a part of a round, in order of time ---- */

/*
 * Do as fetch_replayed() in rings that all parts share.  The entries themselves
 * come first, from the cache of the thread that has put them in.
 */
#define AHEAD_ENTRY	48

static void
fetch_ahead(const struct part *part, const struct walk *walk,
    enum point point)
{
	struct compare *compare = part->compare;
	const struct transmission *t = walk_at(walk, point, AHEAD_ENTRY);

	if (t != NULL)
		PREFETCH(t);
	t = walk_at(walk, point, PARTS * AHEAD_LANE);
	if (t == NULL)
		return;
	if (is_of_part(part, t))
		lane_prefetch(&compare->lanes[t->lane]);
	t = walk_at(walk, point, PARTS * AHEAD_QUEUE);
	if (is_of_part(part, t))
		lane_prefetch_entries(lane_of(compare, t), point);
}

/* The ring stays as it is: the other part's thread reads it, too. */
static void
match_part(void *arg, unsigned number, struct walk *walk)
{
	struct compare *compare = arg;
	struct part *part = &compare->parts[number];
	enum point point;

	for (; walk_has_next(walk, &point); walk_advance(walk, point)) {
		struct transmission t = *walk_at(walk, point, 0);
		int64_t *latest = &part->latest_ns[point];

		fetch_ahead(part, walk, point);
		if (t.ns > *latest)
			*latest = t.ns;
		part->order = (struct order){ *latest, point, t.frame };
		if (is_of_part(part, &t))
			match_one(part, point, &t);
	}
}

/* Keep a transmission whose connection has a partner. */
static void
resolve(struct side *side, const struct transmission *fresh)
{
	struct compare *compare = side->compare;
	struct members *members = &compare->members[side->point];
	const uint32_t lane = members_lane(members, 2 * fresh->conn +
	    fresh->side);
	struct transmission *t;

	if (lane == 0)
		return;
	t = rounds_slot(&compare->rounds, side->point);
	*t = *fresh;
	members_number(members, lane - 1, t);
	t->ns = members_time(members, t->ns);
	rounds_put(&compare->rounds, side->point);
}

static void
resolve_batch(struct side *side, const struct transmission *fresh,
    unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		resolve(side, &fresh[i]);
}

static void
on_processed(void *arg, const struct conn *conn, const struct segment *seg,
    unsigned from, uint32_t judged)
{
	struct side *side = arg;

	if (seg->depth >= DEPTH_FLAGS &&
	    sightings_add(&side->batch, conn, seg, from, judged))
		resolve_batch(side, side->batch.items,
		    sightings_flush(&side->batch));
}

/* ---- beginning and end ---- */

/* Frames come again, to an engine of its own. */
static bool
init_engine(struct side *side)
{
	struct tcpstates_options engine =
	    survey_engine(&side->compare->options.engine);

	engine.events.processed = on_processed;
	engine.events.arg = side;
	side->engine = tcpstates_new(&engine);
	return side->engine != NULL;
}

static bool
init_side(struct compare *compare, enum point point, struct survey *survey)
{
	struct side *side = &compare->sides[point];

	side->compare = compare;
	side->point = point;
	if (members_init(&compare->members[point], compare->pairs, point) != 0)
		return false;
	if (survey->engine == NULL)
		return init_engine(side);
	side->spool = &survey->spool;
	side->conns = survey->conns;
	return true;
}

static void
init_part(struct compare *compare, unsigned number)
{
	const struct pairs *pairs = compare->pairs;
	struct part *part = &compare->parts[number];

	part->compare = compare;
	part->number = number;
	part->context = (struct lane_context){
	    .passed = compare->options.passed != NULL ? on_passed : NULL,
	    .misjudged = on_misjudged,
	    .arg = part,
	    .start = { pairs->start[POINT_A], pairs->start[POINT_B] },
	    .end = { pairs->end[POINT_A], pairs->end[POINT_B] },
	    .has_clock = pairs->clock.count > 0,
	};
	lane_context_init(&part->context);
	for (unsigned p = 0; p < POINT_COUNT; p++)
		part->latest_ns[p] = INT64_MIN;
}

/* Replay the spools if both are whole; otherwise segments come in rounds. */
static bool
init_replays(struct compare *compare)
{
	struct spool *spools[] = { compare->sides[POINT_A].spool,
	    compare->sides[POINT_B].spool };
	bool is_made = true;

	for (unsigned i = 0; i < PARTS && is_made &&
	    spools[POINT_A] != NULL && spools[POINT_B] != NULL; i++) {
		struct part *part = &compare->parts[i];

		part->replay = mem_zalloc(sizeof(*part->replay));
		is_made = part->replay != NULL && replay_init(part->replay, i,
		    compare->members, spools) == 0;
	}
	return is_made;
}

/* From a line on, but not as mem_zalloc_lines() does, which writes to pages. */
static bool
init_lanes(struct compare *compare)
{
	const size_t count = compare->pairs->count;
	size_t before;

	static_assert(sizeof(struct lane) % LINE_BYTES == 0 ||
	    sizeof(void *) < 8, "lanes begin where lines do");
	compare->has_begun = mem_zalloc(count + 1);
	compare->lanes_block = mem_zalloc(count * DIRECTION_COUNT *
	    sizeof(struct lane) + LINE_BYTES);
	if (compare->has_begun == NULL || compare->lanes_block == NULL)
		return false;
	before = LINE_BYTES - (uintptr_t)compare->lanes_block % LINE_BYTES;
	compare->lanes = (void *)(compare->lanes_block + before);
	return true;
}

struct compare *
compare_new(const struct pairs *pairs, struct survey surveys[POINT_COUNT],
    const struct compare_options *options)
{
	struct compare *compare = mem_zalloc(sizeof(*compare));
	bool is_made;

	if (compare == NULL)
		return NULL;
	compare->pairs = pairs;
	compare->options = *options;
	for (unsigned i = 0; i < PARTS; i++)
		init_part(compare, i);
	is_made = rounds_init(&compare->rounds, match_part, compare) == 0 &&
	    init_lanes(compare);
	for (unsigned p = 0; p < POINT_COUNT && is_made; p++)
		is_made = init_side(compare, (enum point)p, &surveys[p]);
	if (is_made && init_replays(compare))
		return compare;
	compare_free(compare);
	return NULL;
}

static struct lane_context *
context_of(struct compare *compare, size_t lane)
{
	return &compare->parts[part_of_lane(lane)].context;
}

void
compare_free(struct compare *compare)
{
	if (compare == NULL)
		return;
	for (size_t i = 0; compare->lanes != NULL &&
	    i < compare->pairs->count * DIRECTION_COUNT; i++)
		if (compare->has_begun[i / DIRECTION_COUNT])
			lane_fini(&compare->lanes[i],
			    context_of(compare, i));
	for (unsigned p = 0; p < POINT_COUNT; p++) {
		tcpstates_free(compare->sides[p].engine);
		members_fini(&compare->members[p]);
		mem_free(compare->sides[p].own_conns);
	}
	for (unsigned i = 0; i < PARTS; i++) {
		lane_context_fini(&compare->parts[i].context);
		if (compare->parts[i].replay != NULL)
			replay_fini(compare->parts[i].replay);
		mem_free(compare->parts[i].replay);
	}
	rounds_fini(&compare->rounds);
	mem_free(compare->lanes_block);
	mem_free(compare->has_begun);
	mem_free(compare);
}

bool
compare_needs_frames(const struct compare *compare, enum point point)
{
	return compare->sides[point].spool == NULL;
}

bool
compare_frame(struct compare *compare, enum point point,
    const struct frame *frame)
{
	struct side *side = &compare->sides[point];
	struct frame room;

	return tcpstates_frame(side->engine, timeline_straighten(
	    &side->timeline, frame, &room)) == 0 &&
	    !atomic_load(&compare->is_out_of_memory);
}

/* The other point is read again: what this one has kept is matched with it. */
static void
take_spool(struct side *side)
{
	struct spool_reader reader;
	struct spooled group[64];
	unsigned count;

	if (spool_reader_init(&reader, side->spool) != 0) {
		atomic_store(&side->compare->is_out_of_memory, true);
		return;
	}
	while ((count = spool_scan(&reader, group, ARRAY_LEN(group))) > 0)
		for (unsigned i = 0; i < count; i++) {
			struct transmission t;

			spool_decode(&reader, &group[i], &t);
			resolve(side, &t);
		}
	spool_reader_fini(&reader);
}

static void
end_engine(struct side *side)
{
	tcpstates_finish(side->engine);
	resolve_batch(side, side->batch.items, sightings_flush(&side->batch));
}

void
compare_end(struct compare *compare, enum point point)
{
	struct side *side = &compare->sides[point];

	static_assert(PARTS == POINT_COUNT, "one for the thread of each point");
	if (compare->parts[point].replay != NULL) {
		match_replayed(&compare->parts[point]);
		return;
	}
	if (side->spool != NULL)
		take_spool(side);
	else
		end_engine(side);
	rounds_end(&compare->rounds, point);
}

/* Numbers are those of the survey: both engines count alike. */
static int
index_conns(struct side *side)
{
	const size_t count = side->compare->pairs->conn_count[side->point];

	side->own_conns = mem_zalloc(count * sizeof(*side->own_conns));
	if (side->own_conns == NULL)
		return -ERR_NOMEM;
	for (const struct conn *conn = tcpstates_first(side->engine);
	    conn != NULL; conn = conn->next)
		if (conn->number < count)
			side->own_conns[conn->number] = conn;
	side->conns = side->own_conns;
	return 0;
}

static bool
is_earlier(const struct order *a, const struct order *b)
{
	if (a->ns != b->ns)
		return a->ns < b->ns;
	return a->point != b->point ? a->point < b->point :
	    a->frame < b->frame;
}

/* The first misjudgements of all, as one walk would have met them. */
static void
merge_misjudged(struct compare *compare)
{
	size_t at[PARTS] = { 0 };

	while (compare->misjudged_count < COMPARE_MISJUDGED_MAX) {
		const struct part *first = NULL;

		for (unsigned i = 0; i < PARTS; i++) {
			const struct part *part = &compare->parts[i];

			if (at[i] < part->misjudged_count && (first == NULL ||
			    is_earlier(&part->orders[at[i]],
			    &first->orders[at[first->number]])))
				first = part;
		}
		if (first == NULL)
			return;
		compare->misjudged[compare->misjudged_count++] =
		    first->misjudged[at[first->number]++];
	}
}

int
compare_finish(struct compare *compare)
{
	for (unsigned p = 0; p < POINT_COUNT; p++)
		if (compare->sides[p].engine != NULL &&
		    index_conns(&compare->sides[p]) != 0)
			return -ERR_NOMEM;
	for (size_t i = 0; i < compare->pairs->count * DIRECTION_COUNT; i++) {
		if (!compare->has_begun[i / DIRECTION_COUNT])
			begin_lanes(compare, i / DIRECTION_COUNT);
		lane_finish(&compare->lanes[i], context_of(compare, i));
	}
	merge_misjudged(compare);
	for (unsigned i = 0; i < PARTS; i++)
		if (compare->parts[i].context.is_out_of_memory)
			return -ERR_NOMEM;
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
