/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What pictures are drawn from: the segments, changes of state and booked
 * waits of each connection, as points.
 *
 *	struct collector *collector = collector_new();
 *
 *	collector_segment(collector, conn, seg, judged);	events of the
 *	collector_transition(collector, conn, change);		engine
 *	collector_booking(collector, booking);
 *	...
 *	picture = collector_find(collector, conn->number);
 *	for (uint32_t i = 0; picture != NULL && i < picture->count; i++)
 *		...picture->point[i]...
 *	collector_free(collector);
 *
 * Memory is bounded whatever the capture.  A picture with more than
 * PICTURE_POINTS is thinned: of each of THIN_COLUMNS stretches of its time the
 * first and last points, the highest and lowest of each kind, and the points
 * with trouble stay.  Beyond COLLECTOR_POINTS the largest pictures are thinned,
 * then those with the least trouble are dropped.
 */
#ifndef TCPSTATES_PICTURES_COLLECT_H
#define TCPSTATES_PICTURES_COLLECT_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/segment.h"
#include "diagnosis/causes.h"
#include "tcp/judgement.h"

struct booking;
struct collector;
struct conn;

#define PICTURE_POINTS		(UINT32_C(1) << 20)	/* of one picture */
#define COLLECTOR_POINTS	(UINT32_C(1) << 21)	/* of all */
#define COLLECTOR_PICTURES	(UINT32_C(1) << 16)
#define THIN_COLUMNS		2048
#define PICTURE_SPANS		4096
#define PICTURE_CHANGES		32

#define POINT_UNKNOWN		UINT32_MAX

/*
 * 64 bytes.
 *
 * A segment, or a SACK block of the segment that follows it: then `start` and
 * `len` are the bytes of the peer that the block covers.
 */
struct point {
	int64_t time_ns;
	int64_t start;		/* offset of its first byte; -1 unknown */
	int64_t ack;		/* offset in the peer's space; -1 none */
	int64_t rtt_ns;		/* sample of its ACK; -1 none */
	uint64_t frame : 48;
	uint64_t flags : 8;	/* TCP_SYN and others; the low eight */
	uint64_t side : 1;	/* sender: index of conn->endpoint[] */
	uint64_t is_sack : 1;
	uint64_t cause : 3;	/* enum cause, of a retransmission */
	uint32_t len;		/* bytes of data */
	uint32_t fresh;		/* of these, not captured before */
	uint32_t judged;	/* set of 1 << enum judged */
	uint32_t window;	/* advertised, scaled; or POINT_UNKNOWN */
	uint32_t flight;	/* sender's bytes in flight; or POINT_UNKNOWN */
	uint32_t dups;		/* duplicate ACKs of the sender in a row */
};

/* A stretch of time, booked by the ledger to one cause. */
struct span {
	int64_t from_ns;
	int64_t to_ns;
	uint64_t frame : 48;	/* where the wait ended */
	uint64_t book : 8;	/* enum book */
	uint64_t side : 2;	/* sender of the frame; 2: not known yet */
};

struct change {
	int64_t time_ns;
	uint8_t side;
	uint8_t from;		/* enum state */
	uint8_t to;
};

struct picture {
	uint64_t number;	/* of the connection */
	struct point *point;	/* in order of capture */
	uint32_t count;
	uint32_t size;
	struct span *span;
	uint32_t span_count;
	uint32_t span_size;
	uint64_t segments;	/* with the ones thinned out */
	uint64_t trouble;	/* segments with trouble */
	bool is_thinned;
	uint8_t change_count;
	struct change change[PICTURE_CHANGES];
};

/* NULL: out of memory. */
struct collector *collector_new(void);
void collector_free(struct collector *);

void collector_segment(struct collector *, const struct conn *,
    const struct segment *, const struct judgement *);
void collector_transition(struct collector *, const struct conn *,
    const struct transition *);
/* Before the segment that ends the wait, see diagnoser->booked. */
void collector_booking(struct collector *, const struct booking *);

/* The picture of a connection, or NULL: dropped, or never begun. */
const struct picture *collector_find(const struct collector *,
    uint64_t number);

/* Pictures dropped at a bound, or for lack of memory. */
uint64_t collector_dropped(const struct collector *);

static inline bool
point_is(const struct point *point, enum judged what)
{
	return (point->judged >> what & 1) != 0;
}

/* Sequence space that the segment takes. */
static inline int64_t
point_end(const struct point *point)
{
	return point->start + point->len +
	    ((point->flags & TCP_SYN) != 0) + ((point->flags & TCP_FIN) != 0);
}

#endif
