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
struct printers;

struct compare_result {
	const struct pairs *pairs;
	const struct compare *compare;
	const char *names[POINT_COUNT];	/* of the captures, from outside */
	struct printers *printers;	/* for views; NULL: one thread prints */
	/* Of all directions of all pairs, see result_sum_up(). */
	struct lane_counts sum;
};

/* Fill in `sum`. */
void result_sum_up(struct compare_result *);

/* Were segments captured at one point only, while upstream is unknown? */
static inline bool
result_has_alone(const struct lane_counts *counts)
{
	return counts->alone[POINT_A] + counts->alone[POINT_B] > 0;
}

/* Connections of a point without a partner, for this reason. */
uint64_t result_unpaired(const struct compare_result *, enum point,
    enum unpaired);

/* Connections of a point without a partner, for any reason. */
uint64_t result_only(const struct compare_result *, enum point);

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
 * The same for text, which has rows of their own for the TTL and for marks that
 * a queue has set: neither is rewritten, unless a TTL rises.
 */
uint32_t result_shown_rewrites(const struct compare_result *, size_t at,
    enum direction);

#define RESULT_CHANGE_BUFSIZE	32

/* "3", "3 to 4 (varies)", "-191 (rewritten)"; "n/a" without a match. */
void result_format_ttl(char buf[RESULT_CHANGE_BUFSIZE],
    const struct compare_result *, size_t at, enum direction);
/* The first change, "46 to 0"; "-" without any. */
void result_format_dscp(char buf[RESULT_CHANGE_BUFSIZE], const struct lane *);

/* Segments of an endpoint that a point captured, of pair `at`. */
uint64_t result_sent(const struct compare_result *, size_t at, enum point,
    enum direction sender);

/*
 * Round-trip time between a point and an endpoint of pair `at`, in ns; -1
 * unknown.  To the originator that of the handshake, to the responder the
 * minimum.
 */
int64_t result_rtt_to(const struct compare_result *, size_t at, enum point,
    enum direction sender);

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
