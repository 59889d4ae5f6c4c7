/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One direction of a connection between two points: which transmission at one
 * is which at the other, and what became of those without a partner.
 *
 * Transmissions come in order of time, by the clock of point A.  One that has
 * no partner yet waits in a queue; the queues hold what is in flight between
 * the points, and what was lost there until LANE_PATIENCE_NS have passed.
 */
#ifndef TCPSTATES_COMPARE_LANE_H
#define TCPSTATES_COMPARE_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/pool.h"
#include "compare/delays.h"
#include "compare/point.h"
#include "compare/transmission.h"

/* Unmatched transmissions that wait at one point; beyond, the oldest goes. */
#define LANE_QUEUE_MAX	4096
/* No queue on a path holds a packet for longer. */
#define LANE_PATIENCE_NS	(10 * NS_PER_SEC)
/*
 * Once the clocks are known, what reaches the second point has passed the
 * first, and waits only for what the estimate may be wrong by.
 */
#define LANE_LATENESS_NS	NS_PER_SEC
/* Matched transmissions remembered, to recognise the network's copies. */
#define LANE_RECENT	4
/* Entries of the ring that a queue begins with, from a pool. */
#define LANE_RING	4

/* What became of a transmission. */
enum fate {
	FATE_MATCHED,
	FATE_LOST,		/* upstream only */
	FATE_INJECTED,		/* downstream only */
	FATE_ALONE,		/* either: which point is upstream is unknown */
	FATE_THINNED,		/* a pure ACK, replaced by one of more bytes */
	FATE_DUPLICATED,	/* a copy that the network made */
	FATE_UNCAPTURED,	/* passed, but the capture lacks it */
	FATE_OUTSIDE		/* the other capture does not cover its time */
};

/* A transmission on its way from the upstream point to the other. */
struct passage {
	enum fate fate;
	const struct transmission *up;	/* NULL: not seen there */
	const struct transmission *down;
	uint32_t rewrites;	/* set of 1 << enum rewrite */
	bool is_late;		/* overtaken between the points */
};

struct lane_queue {
	struct transmission *entries;	/* a ring of lane_queue_size() */
	int64_t highest;	/* end of all bytes seen at this point */
	uint32_t ack;		/* the highest that the lane carried past */
	uint16_t head;
	uint16_t count;
	uint16_t cursor;	/* where the next match is likely, from head */
	uint16_t gone;		/* entries matched, and not removed yet */
	uint16_t repeats;	/* entries whose bytes had passed before */
	uint8_t doublings;	/* of the ring, from LANE_RING */
	bool has_ack : 1;
	bool is_closing : 1;	/* a FIN or RST has passed */
};

struct lane_counts {
	uint64_t sent[POINT_COUNT];	/* transmissions captured */
	uint64_t matched;	/* transmissions at the upstream point */
	uint64_t lost;
	uint64_t lost_bytes;
	uint64_t injected;
	uint64_t alone[POINT_COUNT];	/* at that point: FATE_ALONE */
	uint64_t thinned;
	uint64_t duplicated;
	uint64_t reordered;	/* RFC 4737, 3 */
	uint64_t bleached;	/* the ECN field was cleared */
	uint64_t ce_set;	/* Congestion Experienced, of ECT */
	uint64_t ce_erased;
	uint64_t dscp_changed;
	uint64_t resegmented;
	uint64_t uncaptured;
	/*
	 * Signs that the capture of this point dropped packets: uncaptured
	 * ones, unless all of the direction was filtered, and injected ones
	 * such as the endpoint itself sends.
	 */
	uint64_t dropped[POINT_COUNT];
	uint64_t repaired;	/* lost ones whose bytes came later */
	uint64_t outside;
	uint64_t evicted;	/* at LANE_QUEUE_MAX, and judged then */
	uint64_t lost_before;	/* upstream of the first point, inferred */
	uint64_t lost_behind;	/* downstream of the second, inferred */
	/* Retransmissions whose place of loss one capture alone judged. */
	uint64_t judged_right[POINT_COUNT];
	uint64_t judged_wrong[POINT_COUNT];
};

/* Frames to look at first; 0: none. */
struct lane_first {
	uint64_t lost;		/* at the upstream point */
	uint64_t injected;	/* these at the downstream one */
	uint64_t bleached;
	uint64_t syn;		/* the latest that was rewritten */
	uint8_t dscp[POINT_COUNT];	/* that was changed */
	uint8_t injected_ttl;
	bool has_injected_reset;
};

/* Bytes that the upstream capture lacked when later ones passed. */
struct lane_gap {
	int64_t start;
	int64_t end;
};

/* Gaps remembered, to recognise what the upstream capture missed. */
#define LANE_GAPS	16

/* What most lanes never need, because all of their transmissions match. */
struct lane_notes {
	struct lane_counts counts;	/* but `sent` and `matched` */
	struct lane_first first;
	struct lane_gap gaps[LANE_GAPS];
	uint16_t stripped;	/* see rewrites_others_stripped() */
	uint8_t gap_at;
};

/* The lowest bits of a number are enough: matches lie close together. */
struct recent_match {
	uint32_t start;
	uint32_t len;
	uint32_t mark;		/* by which a copy is recognised */
};

/* What struct recent_match.mark holds. */
enum lane_mark {
	MARK_NONE,
	MARK_IP_ID,
	MARK_TSVAL
};

/*
 * Four cache lines, because a capture has two lanes per connection, and most
 * of the work is to wait for them.
 */
struct lane {
	struct lane_queue queue[POINT_COUNT];
	const struct lane *back;	/* the other direction */
	int64_t latest_ns;	/* apparent delay of the latest match, unsigned */
	uint64_t sent[POINT_COUNT];	/* transmissions captured */
	uint64_t matched;	/* transmissions at the upstream point */
	struct delays delays;	/* of matched transmissions */
	struct recent_match recent[LANE_RECENT];
	uint64_t slowest;	/* frame that had the maximum delay */
	struct lane_notes *notes;	/* NULL: nothing to note so far */
	uint32_t max_serial;	/* upstream serial of the latest match */
	uint16_t rewrites;	/* set of 1 << enum rewrite */
	int16_t ttl_min;	/* decrements seen */
	int16_t ttl_max;
	uint8_t recent_at;
	uint8_t recent_marks;	/* enum lane_mark of each, in two bits */
	uint8_t ttl;		/* of the latest match, downstream; 0 none */
	uint8_t upstream : 1;	/* enum point */
	bool has_match : 1;
	bool keeps_ip_id : 1;	/* as far as the latest match shows */
	bool lacks_direction : 1;	/* a capture does, though all passed there */
	bool is_upstream_assumed : 1;	/* nothing shows which point it is */
	bool is_apart : 1;	/* a match had different times at the points */
};

/*
 * What all lanes share.  The callbacks may be NULL.  A larger segment whose
 * pieces are at the other point passes once with each of them.
 */
struct lane_context {
	struct pool rings;	/* of LANE_RING transmissions */
	struct pool notes;
	struct lane_notes spare;	/* written when there is no memory */
	bool is_out_of_memory;
	void (*passed)(void *arg, const struct lane *,
	    const struct passage *);
	/* The capture of `point` alone misjudged a retransmission. */
	void (*misjudged)(void *arg, const struct lane *, enum point point,
	    const struct transmission *, const char *truth);
	void *arg;
	int64_t start[POINT_COUNT];	/* of each capture, by the clock of A */
	int64_t end[POINT_COUNT];
	bool has_clock;		/* delays mean something */
};

/* Set the pools up; all else is filled in by the caller. */
void lane_context_init(struct lane_context *);
/* After lane_fini() of all lanes. */
void lane_context_fini(struct lane_context *);

/* `back` is the other direction, whose ACKs say what has arrived. */
void lane_init(struct lane *, enum point upstream, const struct lane *back);
void lane_fini(struct lane *, struct lane_context *);

/*
 * A transmission at `point`; in order of `ns`.  0, or -ERR_NOMEM; also when
 * context.is_out_of_memory is set, counts are wrong.
 */
int lane_add(struct lane *, struct lane_context *, enum point point,
    struct transmission *) MUST_CHECK;

/* A transmission of the lane comes soon: first the one, then the other. */
void lane_prefetch(const struct lane *);
void lane_prefetch_entries(const struct lane *, enum point);

/* No more transmissions: what waits has no partner. */
void lane_finish(struct lane *, struct lane_context *);

/* What became of all transmissions. */
struct lane_counts lane_counts(const struct lane *);

#endif
