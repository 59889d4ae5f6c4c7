/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wait which a segment may end, for the files that book: ledger.c (cut
 * points), speaker.c (new data), recovery.c (retransmissions).
 */
#ifndef TCPSTATES_DIAGNOSIS_WAIT_H
#define TCPSTATES_DIAGNOSIS_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "decode/segment.h"
#include "diagnosis/ack_ring.h"
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
	const struct endpoint *x;	/* X */
	const struct endpoint *y;	/* Y */
	const struct endpoint_track *x_track;
	const struct endpoint_track *y_track;
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
	int64_t waited;		/* booked to X's own wait */
	int64_t paused;		/* and to its pause */
	int64_t lateness;	/* of the segment: see wait_take_clock() */
	uint32_t unseen;	/* earlier segments of X, never captured */
	bool was_blocked;	/* Y's window held X up */
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

/* Without the MSS of both: by the largest payload that each endpoint sent. */
void wait_guess_mss(struct wait *);

#define TIMESTAMP_BYTES	12	/* of options, padding included (RFC 7323, A) */

/* Set `mss`. */
static inline void
wait_take_mss(struct wait *w)
{
	const struct endpoint *a = &w->conn->endpoint[0];
	const struct endpoint *b = &w->conn->endpoint[1];
	uint32_t mss;

	if (UNLIKELY(!a->has_mss || !b->has_mss)) {
		wait_guess_mss(w);
		return;
	}
	mss = a->mss < b->mss ? a->mss : b->mss;
	if (UNLIKELY(mss <= TIMESTAMP_BYTES))
		mss += mss == 0;
	else if (a->has_ts && b->has_ts)
		mss -= TIMESTAMP_BYTES;
	w->mss[0] = w->mss[1] = mss;
}

/*
 * Is the endpoint so far from the capture point that what it knew has to be
 * looked up?
 */
static inline bool
wait_is_far(const struct wait *w, unsigned side)
{
	return w->delay[side] > NS_PER_MS && w->delay[side] > w->rtt / 8;
}

/*
 * Take the echo of a timestamp by data of an X with a ring: set `echo` to the
 * time since that timestamp passed, if this is its first echo, and correct R.
 */
void wait_take_echo(struct wait *);

/*
 * Take the timestamp of a segment of a bulk sender: set `lateness` to the time
 * that the segment spent in queues on its path to the capture point, 0 where
 * that is not known.  X is no slower to react for it.
 */
void wait_take_clock(struct wait *);

/*
 * A queue stands, and an ACK of `side` in this frame came `ns` after its data:
 * note the longest.
 */
void wait_note_queue(const struct wait *, unsigned side, int64_t ns,
    uint64_t frame);

/* The same of data of X, and of what it has echoed. */
void wait_note_queues(const struct wait *);

/* The window of Y was full with the flight of X for `ns`: note the longest. */
void wait_note_filled(struct wait *, int64_t ns);

/* The newest delay of an endpoint, or what is known of it. */
int64_t wait_newest_delay(const struct wait *, unsigned side);

/* The current state is what a near endpoint knew. */
static inline void
wait_take_state(struct wait *w)
{
	const int32_t window = w->y_track->last_window;
	struct view *view = &w->view;

	view->ack = w->x->has_una ? w->x->una : 0;
	view->advance_ns = w->x->has_una ?
	    w->x_track->ack_progress_ns : NEVER;
	view->window = window < 0 ? WINDOW_UNKNOWN : (uint32_t)window;
	view->is_approximate = false;
}

/* What a far endpoint knew is in its ring. */
void wait_look_back(struct wait *);

/* Set `view`, after the echo was taken. */
static inline void
wait_take_view(struct wait *w)
{
	if (w->snd->acks != NULL && wait_is_far(w, w->side))
		wait_look_back(w);
	else
		wait_take_state(w);
}

/* ---- recovery.c ---- */

/* The account of a recovery; BOOK_COUNT: none. */
static inline enum book
recovery_account(uint8_t recovery)
{
	switch ((enum recovery)recovery) {
	case RECOVERY_NONE:
		break;
	case RECOVERY_FAST:
		return BOOK_LOSS_FAST;
	case RECOVERY_TIMER:
		return BOOK_LOSS_TIMEOUT;
	}
	return BOOK_COUNT;
}

static inline bool
recovery_is_running(const struct marks *m)
{
	return m->sender != NULL && m->sender->recovery != RECOVERY_NONE;
}

/* That of an endpoint's running recovery. */
static inline enum book
recovery_book(const struct marks *m)
{
	return m->sender == NULL ? BOOK_COUNT :
	    recovery_account(m->sender->recovery);
}

/*
 * X got the acknowledgment that completed its recovery a while after it passed
 * the capture point: book what X sent before to the recovery.
 */
void recovery_book_rest(struct wait *);

/* X retransmits: enter or extend its recovery, and book the wait. */
void recovery_retransmit(struct wait *);

/* X acknowledges: book the recovery of Y, a bulk sender, if complete. */
bool recovery_complete(struct wait *);

/* ---- speaker.c ---- */

/* X sends new data, or overtaken data: book the wait. */
void speaker_book(struct wait *);

/* X closes, with or without an answer to what Y sent last: book the wait. */
void speaker_book_close(struct wait *);

#endif
