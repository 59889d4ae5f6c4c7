/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/between.h"

#include "base/compiler.h"
#include "base/nstime.h"
#include "compare/result.h"
#include "compare/rewrites.h"
#include "flow/conn.h"

/*
 * A queue in one direction: its delays spread by QUEUE_MIN_NS at least, by
 * QUEUE_TIMES as much as those of the other direction, and by more than the
 * error of a percentile (a 16th of the delay, see base/hist.h).
 */
#define QUEUE_MIN_NS	(20 * NS_PER_MS)
#define QUEUE_TIMES	3
#define QUEUE_PART	8
#define QUEUE_PERMILLE	950
#define QUEUE_SAMPLES	20
/* A queue keeps the order: if more than a 20th is overtaken, there is none. */
#define ORDER_PART	20

/* A pair under examination. */
struct scan {
	const struct lane *lane[DIRECTION_COUNT];
	struct between *found;
	unsigned count;
};

static struct finding *
add(struct scan *scan, enum finding_id id, enum finding_side side,
    enum direction direction, enum point point)
{
	struct between *between = &scan->found[scan->count++];

	*between = (struct between){
	    .direction = direction,
	    .point = point,
	    .finding = { .id = id, .side = side, .cost_ns = -1,
		.confidence = CONFIDENCE_SHOWN, .typical_ns = -1,
		.p95_ns = -1, .longest_ns = -1, .rtt_ns = -1, .delay_ns = -1 },
	};
	return &between->finding;
}

static enum point
downstream(const struct lane *lane)
{
	return point_other(lane->upstream);
}

static void
find_lost(struct scan *scan, enum direction direction)
{
	const struct lane *lane = scan->lane[direction];
	struct finding *f;

	if (lane->counts.lost == 0)
		return;
	f = add(scan, FINDING_LOST_BETWEEN, SIDE_NETWORK, direction,
	    lane->upstream);
	f->count = lane->counts.lost;
	f->bytes = lane->counts.lost_bytes;
	f->frame = lane->first.lost;
}

/*
 * A capture that misses packets makes packets of the other capture look
 * injected, so the finding is only possible.
 */
static void
find_injected(struct scan *scan, enum direction direction)
{
	const struct lane *lane = scan->lane[direction];
	struct finding *f;

	if (lane->counts.injected == 0)
		return;
	f = add(scan, FINDING_INJECTED_BETWEEN, SIDE_MIDDLEBOX, direction,
	    downstream(lane));
	f->count = lane->counts.injected;
	f->ttl = lane->first.injected_ttl;
	f->has_reset = lane->first.has_injected_reset;
	f->frame = lane->first.injected;
	if (scan->lane[DIRECTION_ORIG]->counts.uncaptured +
	    scan->lane[DIRECTION_RESP]->counts.uncaptured > 0)
		f->confidence = CONFIDENCE_POSSIBLE;
}

static void
find_stripped(struct scan *scan, enum direction direction)
{
	static const struct {
		enum rewrite rewrite;
		const char *what;
	} options[] = {
		{ REWRITE_WSCALE_STRIPPED, "window scale" },
		{ REWRITE_SACK_STRIPPED, "SACK-permitted" },
		{ REWRITE_TIMESTAMPS_STRIPPED, "timestamps" },
		{ REWRITE_OPTION_STRIPPED, "another option" },
	};
	const struct lane *lane = scan->lane[direction];

	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		struct finding *f;

		if (!rewrites_have(lane->rewrites, options[i].rewrite))
			continue;
		f = add(scan, FINDING_OPTION_STRIPPED, SIDE_MIDDLEBOX,
		    direction, downstream(lane));
		f->what = options[i].what;
		f->frame = lane->first.syn;
	}
}

static void
find_bleached(struct scan *scan, enum direction direction)
{
	const struct lane *lane = scan->lane[direction];
	struct finding *f;

	if (lane->counts.bleached == 0)
		return;
	f = add(scan, FINDING_ECN_BLEACHED, SIDE_MIDDLEBOX, direction,
	    downstream(lane));
	f->count = lane->counts.bleached;
	f->frame = lane->first.bleached;
}

static int64_t
spread(const struct lane *lane)
{
	return delays_quantile(&lane->delays, QUEUE_PERMILLE) -
	    lane->delays.min;
}

static void
find_queue(struct scan *scan, enum direction direction)
{
	const struct lane *lane = scan->lane[direction];
	const struct lane *other = scan->lane[!direction];
	struct finding *f;

	if (lane->delays.count < QUEUE_SAMPLES ||
	    other->delays.count < QUEUE_SAMPLES ||
	    lane->counts.reordered > lane->counts.matched / ORDER_PART ||
	    spread(lane) < QUEUE_MIN_NS ||
	    spread(lane) < QUEUE_TIMES * spread(other) ||
	    spread(lane) < lane->delays.min / QUEUE_PART)
		return;
	f = add(scan, FINDING_ONE_WAY_QUEUE, SIDE_NETWORK, direction,
	    downstream(lane));
	f->count = lane->delays.count;
	f->delay_ns = spread(lane);
	f->longest_ns = lane->delays.max - lane->delays.min;
	f->frame = lane->first.slowest;
}

unsigned
between_find(struct between ret_found[BETWEEN_MAX],
    const struct compare_result *result, size_t pair)
{
	static void (*const rules[])(struct scan *, enum direction) = {
		find_lost, find_injected, find_stripped, find_bleached,
		find_queue,
	};
	struct scan scan = { .found = ret_found };

	if (result->pairs->pairs[pair].kind == PAIR_TERMINATED)
		add(&scan, FINDING_PROXY_BETWEEN, SIDE_MIDDLEBOX,
		    DIRECTION_ORIG, POINT_B)->frame =
		    result_conn(result, pair, POINT_B)->first_frame;
	for (unsigned d = 0; d < DIRECTION_COUNT; d++)
		scan.lane[d] = compare_lane(result->compare, pair, d);
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		for (unsigned d = 0; d < DIRECTION_COUNT; d++)
			rules[i](&scan, (enum direction)d);
	return scan.count;
}
