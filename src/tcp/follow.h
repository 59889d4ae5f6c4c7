/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The follower: a layer above that receives every judged segment of connections
 * with an analysis, on the fast path as in the pipeline. The follower keeps its
 * state of a connection in analysis->notes, which this layer never reads.
 */
#ifndef TCPSTATES_TCP_FOLLOW_H
#define TCPSTATES_TCP_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "tcp/endpoint.h"

struct analysis;
struct conn;
struct segment;
struct step;

/* A segment, after the pipeline has judged it and updated its connection. */
struct followed {
	const struct conn *conn;
	struct analysis *an;
	const struct segment *seg;
	unsigned side;		/* the sender: index of conn->endpoint[] */
	uint32_t judged;	/* set of 1 << enum judged */
	enum cause cause;	/* of a retransmission */

	/* Offsets, valid when has_offset. */
	int64_t start;		/* of its first byte of sequence space */
	int64_t end;		/* after its last */
	int64_t expected;	/* highest offset sent before it */
	bool has_offset;
	bool ack_advances;	/* it acknowledges something new: */
	int64_t acked;		/* as many bytes, 0 unknown */
	int64_t window;		/* advertised, scaled; -1 unknown */
	int64_t rtt_ns;		/* RTT sample its ACK gives (Karn); -1 none */
	int64_t resent_ns;	/* since its first byte was last sent; 0 never */
};

/* The most that a follower keeps of a connection beside the notes. */
#define FOLLOWED_BYTES	360

struct follower {
	/* A segment was processed. */
	void (*segment)(struct follower *, const struct followed *);
	/* The connection is final: give back what only more data would need. */
	void (*settle)(struct follower *, const struct conn *);
	/* The analysis is about to be freed: free what its state has grown. */
	void (*end)(struct follower *, struct analysis *);
	/*
	 * Of notes.diagnosis, FOLLOWED_BYTES each: packed, unpacked and given
	 * back with the analysis.
	 */
	struct pool states;
};

static inline bool
followed_is(const struct followed *f, enum judged what)
{
	return (f->judged >> what & 1) != 0;
}

/* The pipeline's step: show the segment to the follower, if there is one. */
void follow_segment(struct step *);

#endif
