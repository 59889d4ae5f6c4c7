/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/between.h"

#include <stdbool.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "compare/result.h"
#include "compare/rewrites.h"
#include "decode/segment.h"
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
	const struct lane_counts *sum;	/* of all pairs */
	bool has_near;		/* which point is upstream is known */
	struct between *found;
	unsigned count;
};

/*
 * Unless the upstream point is known, lost and injected may be swapped, and so
 * may stripped and added.
 */
static struct finding *
add(struct scan *scan, enum finding_id id, enum finding_side side,
    enum direction direction, enum point point)
{
	struct between *between = &scan->found[scan->count++];

	*between = (struct between){
	    .direction = direction,
	    .point = point,
	    .finding = { .id = id, .side = side, .cost_ns = -1,
		.confidence = scan->has_near ? CONFIDENCE_SHOWN :
		    CONFIDENCE_POSSIBLE, .is_blind = !scan->has_near,
		.typical_ns = -1,
		.p95_ns = -1, .longest_ns = -1, .rtt_ns = -1, .delay_ns = -1 },
	};
	return &between->finding;
}

static enum point
downstream(const struct lane *lane)
{
	return point_other(lane->upstream);
}

/*
 * Packets that the downstream capture drops look lost, so the finding is only
 * possible then, unless more lost segments were retransmitted than were dropped.
 */
static void
find_lost(struct scan *scan, enum direction direction)
{
	const struct lane *lane = scan->lane[direction];
	const struct lane_notes *notes = lane->notes;
	const uint64_t lost = notes->counts.lost +
	    notes->counts.alone[lane->upstream];
	struct finding *f;

	if (lost == 0)
		return;
	f = add(scan, FINDING_LOST_BETWEEN, SIDE_NETWORK, direction,
	    lane->upstream);
	f->count = lost;
	f->bytes = notes->counts.lost_bytes;
	f->frame = notes->first.lost;
	if (scan->sum->dropped[downstream(lane)] > 0 &&
	    scan->sum->dropped[downstream(lane)] >= notes->counts.repaired)
		f->confidence = CONFIDENCE_POSSIBLE;
}

/*
 * A capture that drops packets makes packets of the other capture look
 * injected, so the finding is only possible.  Segments such as the endpoint
 * itself sends are a sign of that.
 */
static void
find_injected(struct scan *scan, enum direction direction)
{
	const struct lane *lane = scan->lane[direction];
	const struct lane_notes *notes = lane->notes;
	const uint64_t injected = notes->counts.injected +
	    notes->counts.alone[downstream(lane)];
	struct finding *f;

	if (injected == 0)
		return;
	f = add(scan, FINDING_INJECTED_BETWEEN, SIDE_MIDDLEBOX, direction,
	    downstream(lane));
	f->count = injected;
	f->ttl = notes->first.injected_ttl;
	f->usual_ttl = lane->ttl;
	f->has_reset = notes->first.has_injected_reset;
	f->frame = notes->first.injected;
	if (scan->sum->dropped[lane->upstream] > 0)
		f->confidence = CONFIDENCE_POSSIBLE;
}

static void
add_stripped(struct scan *scan, enum direction direction, const char *what)
{
	const struct lane *lane = scan->lane[direction];
	struct finding *f = add(scan, FINDING_OPTION_STRIPPED, SIDE_MIDDLEBOX,
	    direction, downstream(lane));

	f->what = what;
	f->frame = lane->notes->first.syn;
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
	};
	static const struct {
		unsigned bit;
		const char *what;
	} others[] = {
		{ OPT_MD5, "TCP MD5 signature" },
		{ OPT_AO, "TCP-AO" },
		{ OPT_MPTCP, "Multipath TCP" },
		{ OPT_TFO, "TCP Fast Open" },
		{ OPT_ACCECN, "AccECN" },
		{ OPT_UNKNOWN, "of an unknown kind" },
	};
	const struct lane *lane = scan->lane[direction];

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (rewrites_have(lane->rewrites, options[i].rewrite))
			add_stripped(scan, direction, options[i].what);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if ((lane->notes->stripped & others[i].bit) != 0)
			add_stripped(scan, direction, others[i].what);
}

static void
find_bleached(struct scan *scan, enum direction direction)
{
	const struct lane *lane = scan->lane[direction];
	const struct lane_notes *notes = lane->notes;
	struct finding *f;

	if (notes->counts.bleached == 0)
		return;
	f = add(scan, FINDING_ECN_BLEACHED, SIDE_MIDDLEBOX, direction,
	    downstream(lane));
	f->count = notes->counts.bleached;
	f->frame = notes->first.bleached;
}

static int64_t
spread(const struct lane *lane)
{
	return delays_quantile(&lane->delays, QUEUE_PERMILLE) -
	    lane->delays.min;
}

static bool
keeps_order(const struct lane *lane)
{
	return lane->notes == NULL || lane->notes->counts.reordered <=
	    lane->matched / ORDER_PART;
}

static void
find_queue(struct scan *scan, enum direction direction)
{
	const struct lane *lane = scan->lane[direction];
	const struct lane *other = scan->lane[!direction];
	struct finding *f;

	if (lane->delays.count < QUEUE_SAMPLES ||
	    other->delays.count < QUEUE_SAMPLES ||
	    !keeps_order(lane) ||
	    spread(lane) < QUEUE_MIN_NS ||
	    spread(lane) < QUEUE_TIMES * spread(other) ||
	    spread(lane) < lane->delays.min / QUEUE_PART)
		return;
	f = add(scan, FINDING_ONE_WAY_QUEUE, SIDE_NETWORK, direction,
	    downstream(lane));
	f->count = lane->delays.count;
	f->delay_ns = spread(lane);
	f->longest_ns = lane->delays.max - lane->delays.min;
	f->frame = lane->slowest;
}

static void
find_proxy(struct scan *scan, const struct compare_result *result, size_t pair)
{
	struct finding *f = add(scan, FINDING_PROXY_BETWEEN, SIDE_MIDDLEBOX,
	    DIRECTION_ORIG, POINT_B);

	f->frame = result_conn(result, pair, POINT_B)->first_frame;
	f->confidence = result->pairs->pairs[pair].is_proxy_shown ?
	    CONFIDENCE_SHOWN : CONFIDENCE_POSSIBLE;
}

unsigned
between_find(struct between ret_found[BETWEEN_MAX],
    const struct compare_result *result, size_t pair)
{
	/* From what a lane has noted. */
	static void (*const rules[])(struct scan *, enum direction) = {
		find_lost, find_injected, find_stripped, find_bleached,
	};
	struct scan scan = { .found = ret_found, .sum = &result->sum,
	    .has_near = result->pairs->pairs[pair].has_near };

	if (result->pairs->pairs[pair].kind == PAIR_TERMINATED)
		find_proxy(&scan, result, pair);
	for (unsigned d = 0; d < DIRECTION_COUNT; d++)
		scan.lane[d] = compare_lane(result->compare, pair,
		    (enum direction)d);
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		for (unsigned d = 0; d < DIRECTION_COUNT; d++)
			if (scan.lane[d]->notes != NULL)
				rules[i](&scan, (enum direction)d);
	for (unsigned d = 0; d < DIRECTION_COUNT; d++)
		find_queue(&scan, (enum direction)d);
	return scan.count;
}
