/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "compare/result.h"

#include <stdio.h>
#include <string.h>

#include "base/put.h"
#include "compare/rewrites.h"
#include "flow/conn.h"

static void
add_counts(struct lane_counts *sum, const struct lane_counts *counts)
{
	for (unsigned p = 0; p < POINT_COUNT; p++) {
		sum->sent[p] += counts->sent[p];
		sum->alone[p] += counts->alone[p];
		sum->dropped[p] += counts->dropped[p];
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
	sum->ce_set += counts->ce_set;
	sum->ce_erased += counts->ce_erased;
	sum->dscp_changed += counts->dscp_changed;
	sum->resegmented += counts->resegmented;
	sum->uncaptured += counts->uncaptured;
	sum->repaired += counts->repaired;
	sum->outside += counts->outside;
	sum->evicted += counts->evicted;
	sum->lost_before += counts->lost_before;
	sum->lost_behind += counts->lost_behind;
}

void
result_sum_up(struct compare_result *result)
{
	result->sum = (struct lane_counts){ .matched = 0 };
	for (size_t i = 0; i < result->pairs->count; i++)
		for (unsigned d = 0; d < DIRECTION_COUNT; d++) {
			const struct lane_counts counts = lane_counts(
			    compare_lane(result->compare, i,
			    (enum direction)d));

			add_counts(&result->sum, &counts);
		}
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
result_only(const struct compare_result *result, enum point point)
{
	uint64_t count = 0;

	for (size_t i = 1; i < result->pairs->conn_count[point]; i++)
		count += result->pairs->unpaired[point][i] != UNPAIRED_NONE;
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
	const struct clock_fit *clock = &result->pairs->clock;

	/* A guess of the clocks may make different times of few segments equal. */
	if (sum->matched == 0 || sum->matched != sum->sent[POINT_A] ||
	    sum->matched != sum->sent[POINT_B] ||
	    (clock->count == 0 && clock->rough_ns != 0) ||
	    result_pairs(result, PAIR_TERMINATED) > 0 ||
	    result_only(result, POINT_A) + result_only(result, POINT_B) > 0)
		return false;
	for (size_t i = 0; i < result->pairs->count; i++)
		for (unsigned d = 0; d < DIRECTION_COUNT; d++) {
			const struct lane *lane = compare_lane(
			    result->compare, i, (enum direction)d);

			if (lane->is_apart || lane->ttl_max != 0 ||
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

/*
 * No router raises a TTL.  If the order of the points is unknown, a rise may be
 * a fall the other way.
 */
static bool
has_raised_ttl(const struct compare_result *result, size_t at,
    enum direction direction)
{
	return result->pairs->pairs[at].has_near &&
	    compare_lane(result->compare, at, direction)->ttl_min < 0;
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

	if (has_raised_ttl(result, at, direction))
		rewrites |= 1U << REWRITE_TTL;
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

uint32_t
result_shown_rewrites(const struct compare_result *result, size_t at,
    enum direction direction)
{
	uint32_t shown = result_rewrites(result, at, direction) &
	    ~(1U << REWRITE_ECN_MARKED);

	if (!has_raised_ttl(result, at, direction))
		shown &= ~(1U << REWRITE_TTL);
	return shown;
}

static char *
put_int(char *at, int number)
{
	if (number >= 0)
		return put_u64(at, (uint64_t)number);
	*at = '-';
	return put_u64(at + 1, (uint64_t)-number);
}

void
result_format_ttl(char buf[RESULT_CHANGE_BUFSIZE],
    const struct compare_result *result, size_t at, enum direction direction)
{
	const struct lane *lane = compare_lane(result->compare, at, direction);
	const bool varies = lane->ttl_min != lane->ttl_max;
	const char *remark = has_raised_ttl(result, at, direction) ?
	    " (rewritten)" : varies ? " (varies)" : "";
	char *end = buf;

	if (lane->has_match) {
		end = put_int(end, lane->ttl_min);
		if (varies)
			end = put_int(put_str(end, " to "), lane->ttl_max);
		end = put_str(end, remark);
	} else {
		end = put_str(end, "n/a");
	}
	*end = '\0';
}

void
result_format_dscp(char buf[RESULT_CHANGE_BUFSIZE], const struct lane *lane)
{
	const struct lane_notes *notes = lane->notes;

	if (notes == NULL || notes->counts.dscp_changed == 0)
		(void)snprintf(buf, RESULT_CHANGE_BUFSIZE, "-");
	else
		(void)snprintf(buf, RESULT_CHANGE_BUFSIZE, "%u to %u",
		    notes->first.dscp[lane->upstream],
		    notes->first.dscp[point_other(lane->upstream)]);
}

uint64_t
result_sent(const struct compare_result *result, size_t at, enum point point,
    enum direction sender)
{
	const struct pair *pair = &result->pairs->pairs[at];

	if (pair->kind == PAIR_MATCHED)
		return compare_lane(result->compare, at, sender)->sent[point];
	return result_conn(result, at, point)->endpoint[
	    pair->side[sender][point]].pkts;
}

int64_t
result_rtt_to(const struct compare_result *result, size_t at,
    enum point point, enum direction sender)
{
	const struct report_stats *report =
	    &result_conn(result, at, point)->report;

	if (sender == DIRECTION_ORIG)
		return result->pairs->pairs[at].rtt_orig_ns[point];
	return report->rtt_count > 0 ? report->rtt_min : -1;
}

int64_t
result_rtt_behind(const struct compare_result *result, size_t at,
    enum point point)
{
	const struct pair *pair = &result->pairs->pairs[at];

	if (!pair->has_near)
		return -1;
	return result_rtt_to(result, at, point, pair->near_orig == point ?
	    DIRECTION_ORIG : DIRECTION_RESP);
}

int64_t
result_rtt_between(const struct compare_result *result, size_t at)
{
	const struct delays *orig = &compare_lane(result->compare, at,
	    DIRECTION_ORIG)->delays;
	const struct delays *resp = &compare_lane(result->compare, at,
	    DIRECTION_RESP)->delays;

	return orig->count > 0 && resp->count > 0 ? orig->min + resp->min :
	    result->pairs->pairs[at].rtt_between_ns;
}
