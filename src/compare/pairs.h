/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which connection at point A is which at point B.
 *
 * Addresses and ports need not agree (NAT).  In this order: the two initial
 * sequence numbers of a handshake; segments that the samples of both points
 * share; the same four-tuple, with sequence numbers in one range, or that were
 * rewritten, or of a connection that was terminated between the points.
 */
#ifndef TCPSTATES_COMPARE_PAIRS_H
#define TCPSTATES_COMPARE_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "compare/clockfit.h"
#include "compare/point.h"
#include "compare/survey.h"

enum pair_kind {
	PAIR_MATCHED,
	PAIR_TERMINATED	/* same four-tuple, two connections: a proxy between */
};

/* A direction of a connection. */
enum direction {
	DIRECTION_ORIG,	/* what the originator sends */
	DIRECTION_RESP,
	DIRECTION_COUNT
};

struct pair {
	enum pair_kind kind;
	uint32_t conn[POINT_COUNT];	/* numbers */
	/* Index of conn->endpoint[] of the sender. */
	uint8_t side[DIRECTION_COUNT][POINT_COUNT];
	/* The sequence number from which offsets count, at each point. */
	uint32_t base[DIRECTION_COUNT][POINT_COUNT];
	/* Timestamps at B less those at A: a middlebox shifts them. */
	uint32_t ts_shift[DIRECTION_COUNT];
	bool is_seq_rewritten;	/* sequence numbers differ by a constant */
	/*
	 * Of PAIR_TERMINATED: the handshakes differ by more than a firewall
	 * changes that rewrites numbers and strips options.
	 */
	bool is_proxy_shown;
	bool has_near;		/* near_orig is known */
	enum point near_orig;	/* the point nearer to the originator */
	/* Round trip of the handshake, each point to the originator; or -1. */
	int64_t rtt_orig_ns[POINT_COUNT];
	/* Round trip between the points, of samples; or -1. */
	int64_t rtt_between_ns;
};

/* Why a connection has no partner. */
enum unpaired {
	UNPAIRED_NONE,		/* it has one */
	UNPAIRED_OUTSIDE,	/* not within the time both captures cover */
	UNPAIRED_BLOCKED,	/* UNPAIRED_UNANSWERED, nearer to originators */
	UNPAIRED_UNANSWERED,	/* SYNs without an answer */
	UNPAIRED_UNKNOWN,	/* a filter, another path, or it never passed */
	UNPAIRED_AMBIGUOUS	/* several may be its partner */
};

struct pairs {
	struct pair *pairs;
	size_t count;
	/* By connection number: 1 + index in pairs[], or 0. */
	uint32_t *of[POINT_COUNT];
	uint8_t *unpaired[POINT_COUNT];	/* enum unpaired */
	size_t conn_count[POINT_COUNT];
	struct clock_fit clock;
	int64_t start[POINT_COUNT];	/* of each capture, by the clock of A */
	int64_t end[POINT_COUNT];
	int64_t common_start;	/* what both captures cover, likewise */
	int64_t common_end;	/* before the start: nothing */
};

/*
 * The surveys may be freed afterwards.  `trusts_clocks`: the clocks of both
 * points are synchronised, unless the segments show that they are not.  0, or
 * -ERR_NOMEM with nothing to free.
 */
int pairs_find(struct pairs *, const struct survey surveys[POINT_COUNT],
    bool trusts_clocks) MUST_CHECK;
void pairs_fini(struct pairs *);

/* How long both captures cover; 0: they do not overlap. */
static inline int64_t
pairs_common_ns(const struct pairs *pairs)
{
	return pairs->common_end > pairs->common_start ?
	    pairs->common_end - pairs->common_start : 0;
}

/* The pair of a connection, or NULL. */
static inline struct pair *
pairs_of(const struct pairs *pairs, enum point point, uint64_t conn)
{
	const uint32_t at = conn < pairs->conn_count[point] ?
	    pairs->of[point][conn] : 0;

	return at != 0 ? &pairs->pairs[at - 1] : NULL;
}

#endif
