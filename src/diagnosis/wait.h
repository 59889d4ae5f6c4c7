/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wait which a segment may end, for the files that book: ledger.c (cut
 * points), speaker.c (new data), recovery.c (retransmissions).
 */
#ifndef TCPSTATES_DIAGNOSIS_WAIT_H
#define TCPSTATES_DIAGNOSIS_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/segment.h"
#include "diagnosis/diagnosis.h"
#include "tcp/analysis.h"

/*
 * No timer in use fires sooner: the RTO of Linux and Windows is 200 ms or more,
 * less the time by which the capture point saw the cause of the timer late.
 */
#define TIMER_FLOOR_NS	(180 * NS_PER_MS)

/* A segment, and the wait which is running then. */
struct wait {
	struct diagnoser *diagnoser;
	struct diagnosis *d;
	const struct followed *f;
	const struct conn *conn;
	unsigned side;		/* X: the sender of the segment */
	struct marks *snd;	/* of X */
	struct marks *rcv;	/* of Y, its peer */
	int64_t now;		/* never before an earlier segment's */
	int64_t at;		/* booked up to here */
	int64_t delay[2];	/* R of each endpoint, ns; -1 unknown */
	int64_t rtt;		/* of both together, ns; -1 unknown */
	/*
	 * Of each endpoint, the largest payload of a segment: the lower MSS,
	 * without the options that a data segment carries (RFC 6691).
	 */
	uint32_t mss[2];
	struct view view;	/* what X knew when it sent, if it sent data */
	int64_t echo;		/* see wait_echo(); -1 none */
	uint32_t unseen;	/* earlier segments of X, never captured */
	int64_t waited;		/* booked to X's own wait */
	int64_t paused;		/* and to its pause */
	bool was_blocked;	/* Y's window held X up */
	int64_t lateness;	/* of the segment: see wait_take_clock() */
	bool was_held;		/* X had data to send all the time */
};

/* Book the time up to `until`, clamped to the wait, and go on from there. */
void wait_book(struct wait *, enum book, int64_t until);

/*
 * Since when bytes of an endpoint have been missing, of which its peer has not
 * acknowledged any: the bytes were lost upstream. NEVER: none are missing.
 */
int64_t wait_missing_since(const struct conn *, unsigned side);

static inline int64_t
wait_length(const struct wait *w)
{
	return w->now - w->at;
}

static inline const struct endpoint *
wait_sender(const struct wait *w)
{
	return &w->conn->endpoint[w->side];
}

/* What is known of the sender of the segment, and of its peer. */
static inline const struct endpoint_track *
wait_track(const struct wait *w, unsigned side)
{
	return &w->f->an->track[side];
}

/* Set `mss`. */
void wait_take_mss(struct wait *);

/*
 * Is the endpoint so far from the capture point that what it knew has to be
 * looked up?
 */
static inline bool
wait_is_far(const struct wait *w, unsigned side)
{
	const int64_t least = w->rtt / 8 > NS_PER_MS ? w->rtt / 8 : NS_PER_MS;

	return w->delay[side] > least;
}

/*
 * Take the echo of a timestamp by data of a far X: set `echo` to the time since
 * that timestamp passed, if this is its first echo, and correct R.
 */
void wait_take_echo(struct wait *);

/*
 * Take the segment's timestamp: set `lateness` to the time that it spent in
 * queues on its path to the capture point, 0 where that is not known.  X is no
 * slower to react for it.
 */
void wait_take_clock(struct wait *);

/* Set `view`, after the echo was taken. */
void wait_take_view(struct wait *);

/* ---- recovery.c ---- */

/* The account of an endpoint's running recovery; BOOK_COUNT: none. */
enum book recovery_book(const struct marks *);

/*
 * X got the acknowledgment that completed its recovery a while after it passed
 * the capture point: book what X sent before to the recovery.
 */
void recovery_book_rest(struct wait *);

/* X retransmits: enter or extend its recovery, and book the wait. */
void recovery_retransmit(struct wait *);

/* X acknowledges: book the recovery of Y, if complete. */
bool recovery_complete(struct wait *);

/* ---- speaker.c ---- */

/* X sends new data, or overtaken data: book the wait. */
void speaker_book(struct wait *);

/* X closes, with or without an answer to what Y sent last: book the wait. */
void speaker_book_close(struct wait *);

#endif
