/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What segments leave behind which end no wait: how far an endpoint was
 * acknowledged, how far its window reached, and when the endpoint can have
 * known.
 *
 * A segment of an endpoint passes the capture point after it was sent, and a
 * segment to the endpoint passes before it arrives.  R is the time from the
 * capture point to the endpoint and back: when the endpoint sent a segment
 * which passes at t, the endpoint knew what had passed towards it before t - R,
 * and nothing else.
 */
#ifndef TCPSTATES_DIAGNOSIS_MARKS_H
#define TCPSTATES_DIAGNOSIS_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/nstime.h"
#include "diagnosis/ack_ring.h"
#include "diagnosis/policer.h"
#include "diagnosis/rounds.h"
#include "tcp/follow.h"

struct pool;
struct sender;

#define NEVER		INT64_MIN
#define ROOM_UNKNOWN	UINT32_MAX

/* Of one endpoint. */
struct marks {
	/* Since its last data; NEVER: not yet. */
	int64_t first_ack_ns;	/* first advancing ACK, 2 ms later or more */
	int64_t all_ns;		/* when all its data was acknowledged */
	int64_t open_ns;	/* when its peer's window took a full segment */

	/* At its last data, as the endpoint knew then. */
	uint32_t room;		/* bytes left in the peer's window */
	uint32_t window;	/* the whole of it */
	uint32_t flight;	/* bytes not acknowledged, with the last data */
	uint32_t len;		/* bytes of the last data */
	uint32_t tsecr;		/* if has_tsecr */

	/* R, as measured last: ns, at most DELAY_MAX. */
	uint32_t delay;		/* by the newest sample, if has_delay */
	uint32_t delay_mean;
	uint32_t delay_dev;	/* mean deviation: jitter */

	/* Time with data in flight, without the path: see busy_time(). */
	int64_t busy_ns;
	int64_t busy_from_ns;	/* the current period, if is_busy */

	struct ack_ring *acks;	/* of a far endpoint, or NULL */
	struct sender *sender;	/* NULL until SENDER_EARNED */

	uint32_t busy_periods;	/* over, or going on */
	uint16_t data_count;	/* data segments, saturating */
	bool saw_zero;		/* its peer's window was zero since */
	bool is_busy : 1;
	bool has_tsecr : 1;
	bool has_delay : 1;
	bool has_mean : 1;
	bool full_acked : 1;	/* an ACK took a full segment or more */
};

#define DELAY_MAX	UINT32_MAX

/* A bulk sender has sent SENDER_EARNED data segments, or lost one. */
#define SENDER_EARNED	8

enum recovery {
	RECOVERY_NONE,
	RECOVERY_FAST,		/* begun by duplicate ACKs or SACK */
	RECOVERY_TIMER		/* a timer or a tail-loss probe did */
};

struct sender {
	struct rounds rounds;
	struct policer_log *passes;	/* since its first loss, or NULL */
	struct policer policer;	/* found in the passes, once freed */
	int64_t recovery_point;	/* offset: acknowledged, recovery ends */
	uint64_t ack_frame;	/* newest ACK that gave an RTT sample */
	/*
	 * R of its peer, by the newest ACK that the peer cannot have delayed;
	 * 0 none.
	 */
	uint32_t prompt;
	int64_t recovered_ns;	/* when the last one ended, see recovered_from */
	/* Since its peer last acknowledged anything. */
	int64_t fruitless_ns;	/* booked to its recovery */
	uint32_t fruitless;	/* retransmissions */
	int64_t late_ns;	/* waits in which the path delayed data */
	int64_t tail_ns;	/* booked to timers which repaired a tail */
	uint32_t tails;		/* episodes of such */
	uint32_t max_flight;	/* largest flight since the last loss */
	uint32_t loss_flight;	/* flight at the loss, 0 none */
	/*
	 * From a timestamp of the peer to the first data with its echo, where
	 * the data followed an acknowledgment: R with the queues on the path.
	 */
	uint32_t echo;		/* newest; 0 none */
	uint32_t echo_min;
	uint32_t echo_max;
	/* The longest with a queue, of ACKs and of echoes. */
	uint32_t queued_ack;
	uint32_t queued_echo;
	/* Of a near sender with more to send: how late it reacts to ACKs. */
	int64_t ack_ns;		/* last ACK with a new timestamp; 0 none */
	uint32_t ack_tsval;
	uint32_t reaction;	/* smoothed, ns */
	uint32_t reaction_dev;	/* mean deviation, ns */
	/*
	 * Its timestamp clock: how much later a segment passed than the least
	 * delayed one, in whose time the difference is (see wait_lateness()).
	 */
	int64_t clock_ns;	/* when a segment passed... */
	int64_t clock_first_ns;	/* when the first segment passed */
	uint32_t clock_tsval;	/* ... and its timestamp */
	uint32_t clock_first;	/* and its timestamp */
	uint32_t tick_ns;	/* 0 unknown */
	/* Its peer's window. */
	uint32_t window_first;	/* 0 unknown */
	uint32_t window_max;
	uint16_t raw_max;	/* largest window field, whatever its scale */
	uint32_t filled;	/* flight that filled it, the longest time */
	uint32_t filled_of;	/* largest window until then */
	int64_t filled_ns;	/* that time */
	int64_t window_early_ns;	/* booked before the largest */
	uint32_t unscaled_fills;	/* flights of the window field, unscaled */
	uint32_t bad_sacks;	/* ACKs with SACK of what was never sent */
	uint32_t extra_rounds;	/* partial ACKs of recoveries without SACK */
	uint32_t large_resent;	/* large segments while none had arrived */
	uint32_t unseen;	/* segments sent and never captured, by IP ID */
	uint32_t timeouts;	/* episodes begun by a timer, or left to one */
	uint32_t episodes;	/* fast ones */
	uint16_t ip_id;		/* of its last segment, if id_known */
	uint16_t id_steps;	/* expected for the next: 1, or a superframe's */
	uint8_t id_pairs;	/* successive segments compared, saturating */
	uint8_t id_counts;	/* of which the ID grew as expected */
	uint8_t recovery;	/* enum recovery */
	uint8_t recovered_from;	/* the last one: enum recovery */
	bool in_queue : 1;	/* its last data was behind a queue */
	bool is_tail : 1;	/* nothing above what was lost arrived */
	bool beyond_unscaled : 1;	/* more was in flight than unscaled_fills */
	bool id_known : 1;
	bool has_clock : 1;
};

/* What an endpoint knew when sending a segment. */
struct view {
	int64_t ack;		/* offset acknowledged */
	int64_t advance_ns;	/* when the ACK passed; NEVER */
	uint32_t window;	/* bytes from there, or WINDOW_UNKNOWN */
	bool is_approximate;	/* the ring had dropped what was needed */
};

static inline void
marks_init(struct marks *m)
{
	m->first_ack_ns = NEVER;
	m->all_ns = NEVER;
	m->open_ns = NEVER;
	m->room = ROOM_UNKNOWN;
	m->window = WINDOW_UNKNOWN;
}

/* With the pool of rings. */
void marks_fini(struct marks *, struct pool *);

/* No more data is expected. */
void marks_forget_acks(struct marks *, struct pool *);

static inline uint32_t
marks_clamp_delay(int64_t ns)
{
	if (ns < 0)
		return 0;
	return ns > DELAY_MAX ? DELAY_MAX : (uint32_t)ns;
}

/* RFC 6298, 2.3, with a gain of 1/4 for both. */
static inline void
marks_smooth_delay(struct marks *m, uint32_t delay)
{
	int64_t error;

	if (!m->has_mean) {
		m->has_mean = true;
		m->delay_mean = delay;
		return;
	}
	error = (int64_t)delay - m->delay_mean;
	m->delay_dev = (uint32_t)(m->delay_dev +
	    ((error < 0 ? -error : error) - (int64_t)m->delay_dev) / 4);
	m->delay_mean = (uint32_t)(m->delay_mean + error / 4);
}

/* Add a sample, of an ACK, to the delays of an endpoint. */
static inline void
marks_add_delay(struct marks *m, int64_t ns)
{
	m->delay = marks_clamp_delay(ns);
	m->has_delay = true;
	marks_smooth_delay(m, m->delay);
}

/*
 * The same of the echo of a timestamp by data of a bulk sender: any echo can
 * be the shortest one, only echoes by data released by an acknowledgment
 * measure the path of the moment.
 */
void marks_add_least_echo(struct marks *, int64_t ns);
void marks_add_echo(struct marks *, int64_t ns);

/* Add the time in which a near bulk sender reacted to an ACK. */
void marks_add_reaction(struct sender *, int64_t ns);

/* Jitter, 0 until there are two samples. */
static inline int64_t
marks_jitter(const struct marks *m)
{
	return m->delay_dev;
}

/* Its state as a bulk sender, made if need be; NULL: out of memory. */
struct sender *marks_sender(struct marks *);

/*
 * Time with its data in flight until `now_ns`, FIN left out; `delay_ns` is R.
 * Each period is as much longer as data travels to the capture point and its
 * acknowledgment back to the endpoint.
 */
int64_t marks_busy_time(const struct marks *, int64_t delay_ns,
    int64_t now_ns);

/*
 * Data is sent at `now_ns`.  `was_held`: there has been some to send since the
 * last period, which then goes on, as a sender's own clock does.
 */
static inline void
marks_begin_busy(struct marks *m, int64_t delay_ns, int64_t now_ns,
    bool was_held)
{
	if (m->is_busy)
		return;
	m->is_busy = true;
	if (m->busy_periods > 0 && m->all_ns != NEVER) {
		/* With the path to it, the two periods touch. */
		if (was_held || now_ns - m->all_ns <= delay_ns)
			return;
		m->busy_ns += m->all_ns - m->busy_from_ns;
	}
	m->busy_periods++;
	m->busy_from_ns = now_ns;
}

/* All its data is acknowledged. */
static inline void
marks_end_busy(struct marks *m, int64_t now_ns)
{
	m->is_busy = false;
	m->all_ns = now_ns;
}

#endif
