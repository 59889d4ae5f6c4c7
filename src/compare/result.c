/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/result.h"

#include <stdio.h>
#include <string.h>

#include "compare/rewrites.h"
#include "flow/conn.h"

static void
add_counts(struct lane_counts *sum, const struct lane_counts *counts)
{
	for (unsigned p = 0; p < POINT_COUNT; p++) {
		sum->sent[p] += counts->sent[p];
		sum->judged_right[p] += counts->judged_right[p];
		sum->judged_wrong[p] += counts->judged_wrong[p];
	}
	sum->matched += counts->matched;
	sum->lost += counts->lost;
	sum->lost_bytes += counts->lost_bytes;
	sum->injected += counts->injected;
	sum->thinned += counts->thinned;
	sum->duplicated += counts->duplicated;
	sum->reordered += counts->reordered;
	sum->bleached += counts->bleached;
	sum->resegmented += counts->resegmented;
	sum->uncaptured += counts->uncaptured;
	sum->outside += counts->outside;
	sum->forgotten += counts->forgotten;
	sum->lost_before += counts->lost_before;
	sum->lost_behind += counts->lost_behind;
}

void
result_sum_up(struct compare_result *result)
{
	result->sum = (struct lane_counts){ .matched = 0 };
	for (size_t i = 0; i < result->pairs->count; i++)
		for (unsigned d = 0; d < DIRECTION_COUNT; d++)
			add_counts(&result->sum, &compare_lane(result->compare,
			    i, (enum direction)d)->counts);
}

uint64_t
result_unpaired(const struct compare_result *result, enum point point,
    enum unpaired why)
{
	uint64_t count = 0;

	for (size_t i = 1; i < result->pairs->conn_count[point]; i++)
		count += result->pairs->unpaired[point][i] == why;
	return count;
}

uint64_t
result_pairs(const struct compare_result *result, enum pair_kind kind)
{
	uint64_t count = 0;

	for (size_t i = 0; i < result->pairs->count; i++)
		count += result->pairs->pairs[i].kind == kind;
	return count;
}

bool
result_is_one_point(const struct compare_result *result)
{
	const struct lane_counts *sum = &result->sum;

	if (sum->matched != sum->sent[POINT_A] ||
	    sum->matched != sum->sent[POINT_B] ||
	    result->pairs->clock.count == 0)
		return false;
	for (size_t i = 0; i < result->pairs->count; i++)
		for (unsigned d = 0; d < DIRECTION_COUNT; d++) {
			const struct lane *lane = compare_lane(
			    result->compare, i, (enum direction)d);

			if (lane->delays.max != 0 || lane->delays.count <
			    lane->counts.matched ||
			    result_rewrites(result, i, d) != 0)
				return false;
		}
	return true;
}

const struct conn *
result_conn(const struct compare_result *result, size_t pair, enum point point)
{
	return compare_conn(result->compare, point,
	    result->pairs->pairs[pair].conn[point]);
}

uint32_t
result_rewrites(const struct compare_result *result, size_t at,
    enum direction direction)
{
	const struct pair *pair = &result->pairs->pairs[at];
	const struct conn *a = result_conn(result, at, POINT_A);
	const struct conn *b = result_conn(result, at, POINT_B);
	uint32_t rewrites = compare_lane(result->compare, at,
	    direction)->rewrites;

	if (pair->is_seq_rewritten)
		rewrites |= 1U << REWRITE_SEQ;
	if (pair->ts_shift[direction] != 0)
		rewrites |= 1U << REWRITE_TIMESTAMPS;
	for (unsigned d = 0; d < DIRECTION_COUNT; d++) {
		const unsigned x = pair->side[d][POINT_A];
		const unsigned y = pair->side[d][POINT_B];

		if (memcmp(a->key.addr[x], b->key.addr[y],
		    sizeof(a->key.addr[x])) != 0)
			rewrites |= 1U << REWRITE_ADDRESS;
		if (a->key.port[x] != b->key.port[y])
			rewrites |= 1U << REWRITE_PORT;
	}
	return rewrites;
}

int64_t
result_rtt_behind(const struct compare_result *result, size_t at,
    enum point point)
{
	const struct pair *pair = &result->pairs->pairs[at];
	const struct report_stats *report =
	    &result_conn(result, at, point)->report;

	if (!pair->has_near)
		return -1;
	if (pair->near_orig == point)
		return pair->rtt_orig_ns;
	return report->rtt_count > 0 ? report->rtt_min : -1;
}

int64_t
result_rtt_between(const struct compare_result *result, size_t at)
{
	const struct delays *orig = &compare_lane(result->compare, at,
	    DIRECTION_ORIG)->delays;
	const struct delays *resp = &compare_lane(result->compare, at,
	    DIRECTION_RESP)->delays;

	return orig->count > 0 && resp->count > 0 ? orig->min + resp->min :
	    -1;
}
