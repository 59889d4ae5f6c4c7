/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/compare.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/pool.h"
#include "compare/lanes.h"
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
	struct lanes lanes;
	struct lane_context context;
	uint32_t lane;		/* which reports, see lanes_at() */
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
	struct rounds rounds;
	struct part parts[PARTS];
	struct misjudged misjudged[COMPARE_MISJUDGED_MAX];
	size_t misjudged_count;
	atomic_bool is_out_of_memory;
};

/* ---- what lanes report ---- */

static void
on_passed(void *arg, const struct lane *lane, const struct passage *passage)
{
	const struct part *part = arg;
	const struct compare *compare = part->compare;

	compare->options.passed(compare->options.arg,
	    part->lane / DIRECTION_COUNT,
	    (enum direction)(part->lane % DIRECTION_COUNT),
	    (enum point)lane->upstream, passage);
}

static void
on_misjudged(void *arg, const struct lane *lane UNUSED, enum point point,
    const struct transmission *t, const char *truth)
{
	struct part *part = arg;

	if (part->misjudged_count == COMPARE_MISJUDGED_MAX)
		return;
	part->orders[part->misjudged_count] = part->order;
	part->misjudged[part->misjudged_count++] = (struct misjudged){
	    .point = point,
	    .frame = t->frame,
	    .pair = part->lane / DIRECTION_COUNT,
	    .direction = (enum direction)(part->lane % DIRECTION_COUNT),
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
match_one(struct part *part, enum point point, struct transmission *t)
{
	struct lane *lane = lanes_get(&part->lanes, t->lane);

	part->lane = t->lane;
	if (UNLIKELY(lane == NULL || lane_add(lane, &part->context, point,
	    t) != 0))
		atomic_store(&part->compare->is_out_of_memory, true);
}

/*
 * Transmissions ahead whose lanes are fetched, and then the queues of these:
 * cache misses are most of the work.
 */
#define AHEAD_LANE	16
#define AHEAD_QUEUE	8

static void
fetch_queue(struct part *part, enum point point, const struct transmission *t)
{
	const struct lane *lane = lanes_get(&part->lanes, t->lane);

	if (lane != NULL)
		lane_prefetch_entries(lane, point);
}

static void
fetch_replayed(struct part *part, enum point point)
{
	const struct transmission *t = replay_ahead(part->replay, point,
	    AHEAD_LANE);

	if (t == NULL)
		return;
	lanes_prefetch(&part->lanes, t->lane);
	fetch_queue(part, point, replay_ahead(part->replay, point,
	    AHEAD_QUEUE));
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
fetch_ahead(struct part *part, const struct walk *walk, enum point point)
{
	const struct transmission *t = walk_at(walk, point, AHEAD_ENTRY);

	if (t != NULL)
		PREFETCH(t);
	t = walk_at(walk, point, PARTS * AHEAD_LANE);
	if (t == NULL)
		return;
	if (is_of_part(part, t))
		lanes_prefetch(&part->lanes, t->lane);
	t = walk_at(walk, point, PARTS * AHEAD_QUEUE);
	if (is_of_part(part, t))
		fetch_queue(part, point, t);
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

static bool
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
	return lanes_init(&part->lanes, pairs) == 0;
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
	is_made = rounds_init(&compare->rounds, match_part, compare) == 0;
	for (unsigned i = 0; i < PARTS; i++)
		is_made = init_part(compare, i) && is_made;
	for (unsigned p = 0; p < POINT_COUNT && is_made; p++)
		is_made = init_side(compare, (enum point)p, &surveys[p]);
	if (is_made && init_replays(compare))
		return compare;
	compare_free(compare);
	return NULL;
}

void
compare_free(struct compare *compare)
{
	if (compare == NULL)
		return;
	for (unsigned p = 0; p < POINT_COUNT; p++) {
		tcpstates_free(compare->sides[p].engine);
		members_fini(&compare->members[p]);
		mem_free(compare->sides[p].own_conns);
	}
	for (unsigned i = 0; i < PARTS; i++) {
		lanes_fini(&compare->parts[i].lanes,
		    &compare->parts[i].context);
		lane_context_fini(&compare->parts[i].context);
		if (compare->parts[i].replay != NULL)
			replay_fini(compare->parts[i].replay);
		mem_free(compare->parts[i].replay);
	}
	rounds_fini(&compare->rounds);
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

/* A pair without transmissions begins here.  False: out of memory. */
static bool
finish_lane(struct part *part, uint32_t at)
{
	struct lane *lane = lanes_get(&part->lanes, at);

	part->lane = at;
	if (lane != NULL)
		lane_finish(lane, &part->context);
	return lane != NULL;
}

int
compare_finish(struct compare *compare)
{
	for (unsigned p = 0; p < POINT_COUNT; p++)
		if (compare->sides[p].engine != NULL &&
		    index_conns(&compare->sides[p]) != 0)
			return -ERR_NOMEM;
	for (uint32_t i = 0; i < compare->pairs->count * DIRECTION_COUNT; i++)
		if (!finish_lane(&compare->parts[part_of_lane(i)], i))
			return -ERR_NOMEM;
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
	const uint32_t lane = (uint32_t)pair * DIRECTION_COUNT + direction;

	return lanes_at(&compare->parts[part_of_lane(lane)].lanes, lane);
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
