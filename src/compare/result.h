/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a comparison found, for views and records.
 */
#ifndef TCPSTATES_COMPARE_RESULT_H
#define TCPSTATES_COMPARE_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compare/compare.h"

struct conn;

struct compare_result {
	const struct pairs *pairs;
	const struct compare *compare;
	const char *names[POINT_COUNT];	/* of the captures, from outside */
	/* Of all directions of all pairs, see result_sum_up(). */
	struct lane_counts sum;
};

/* Fill in `sum`. */
void result_sum_up(struct compare_result *);

/* Connections of a point without a partner, for this reason. */
uint64_t result_unpaired(const struct compare_result *, enum point,
    enum unpaired);

/* Pairs of this kind. */
uint64_t result_pairs(const struct compare_result *, enum pair_kind);

/*
 * Is each segment in both captures, at the same time and unchanged?  Then both
 * are of one point.
 */
bool result_is_one_point(const struct compare_result *);

/* The connection of a pair at a point. */
const struct conn *result_conn(const struct compare_result *, size_t pair,
    enum point);

/*
 * What was rewritten in one direction of pair `at`, as a set of 1 << enum
 * rewrite: what its segments show, and its addresses, ports and numbers.
 */
uint32_t result_rewrites(const struct compare_result *, size_t at,
    enum direction);

/*
 * A part of the round-trip time of pair `at`, in ns; -1 unknown.  Behind a
 * point is the part from there to the endpoint that is nearer to it: to the
 * responder by the ACKs of the originator's segments, to the originator by
 * the handshake.  Between is the sum of the least delays both ways.
 */
int64_t result_rtt_behind(const struct compare_result *, size_t at,
    enum point);
int64_t result_rtt_between(const struct compare_result *, size_t at);

#endif
