/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The diagnosis of a connection: where its time went, and which side was slow.
 *
 *	ledger.h	books the time of each connection to causes
 *	turns.h		how long requests and answers took
 *	findings.h	what is wrong, and the verdict; text.h in words
 *
 * A struct diagnoser follows the segments of all connections of one engine.
 * A connection has a struct diagnosis from its first data segment on; what
 * there is to know of other connections is derived when a reader asks.
 */
#ifndef TCPSTATES_DIAGNOSIS_DIAGNOSIS_H
#define TCPSTATES_DIAGNOSIS_DIAGNOSIS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "diagnosis/account.h"
#include "diagnosis/marks.h"
#include "diagnosis/policer.h"
#include "diagnosis/turns.h"
#include "tcp/follow.h"
#include "tcp/rtt.h"

struct conn;
struct long_waits;

enum phase {
	PHASE_CONNECT,		/* data in the SYN: the handshake goes on */
	PHASE_OPEN,
	PHASE_CLOSING,		/* a FIN was seen */
	PHASE_RESET		/* an RST was seen */
};

#define SPEAKER_NONE	2

struct diagnosis {
	struct account account;
	struct marks marks[2];		/* as conn->endpoint[] */
	struct turn turn;		/* the last one */
	struct turns *turns;		/* those before it, or NULL */
	struct long_waits *waits;	/* worth naming, or NULL */
	int64_t begin_ns;		/* the ledger's beginning */
	int64_t cut_ns;			/* last cut point: the wait's beginning */
	int64_t lead_ns;		/* the client's wait before its first data */
	int64_t pipelined_ns;		/* the server's, between pipelined answers */
	uint32_t data_cuts;		/* cut points that new data made */
	uint32_t duplex_cuts;		/* with data of both in flight */
	uint64_t cut_frame : 48;	/* of that cut point */
	uint8_t speaker;		/* sent the last data: side, or SPEAKER_NONE */
	uint8_t phase : 2;		/* enum phase */
	uint8_t client : 1;		/* side: a guess without a SYN */
	uint8_t in_hole : 1;		/* the capture lost segments in this wait */
	uint8_t is_approximate : 1;	/* an ACK ring was too small */
};

/* A ledger was booked: for tests and pictures. */
struct booking {
	const struct conn *conn;
	enum book book;
	int64_t from_ns;
	int64_t to_ns;
	uint64_t frame;		/* that ended the wait */
};

struct diagnoser {
	struct follower follower;	/* first: the two share an address */
	struct pool rings;		/* of struct ack_ring, of the first size */
	struct pool turns;		/* of struct turns */
	void (*booked)(void *arg, const struct booking *);	/* or NULL */
	void *arg;
	bool is_out_of_memory;
};

void diagnoser_init(struct diagnoser *);
/* Every diagnosis must have been freed. */
void diagnoser_fini(struct diagnoser *);

/* Both had data in flight at three of ten cut points, of twenty or more. */
#define DUPLEX_CUTS	20

/* Do both endpoints send at once?  Then there are no turns. */
static inline bool
diagnosis_is_duplex(const struct diagnosis *d)
{
	return d->data_cuts >= DUPLEX_CUTS &&
	    (uint64_t)d->duplex_cuts * 10 > (uint64_t)d->data_cuts * 3;
}

/* RFC 9293, 3.4.1: no segment lives longer than two minutes, either way. */
#define DELAY_CEILING_NS	(240 * NS_PER_SEC)

/*
 * R: the shortest time from the capture point to an endpoint and back, ns; -1
 * unknown.  By acknowledgments, and by the echoes of timestamps, which of a
 * sender of much are the only samples after the handshake.  A jump of the clock
 * is no delay.  The diagnosis may be NULL.
 */
static inline int64_t
diagnosis_delay(const struct diagnosis *d, const struct conn *conn,
    unsigned side)
{
	const struct sender *sender = d != NULL ? d->marks[side].sender : NULL;
	int64_t delay = rtt_half(conn->analysis, conn, side);

	if (sender != NULL && sender->echo_min != 0 &&
	    (delay < 0 || delay >= sender->echo_min))
		delay = sender->echo_min;
	return delay <= DELAY_CEILING_NS ? delay : -1;
}

/*
 * Count the segments that were repeated before the handshake was complete at
 * both endpoints: SYNs, SYN-ACKs, and data that the responder ignored.
 */
uint32_t diagnosis_repeats(const struct conn *);

/*
 * Return the sum of the minimum round-trip times to both endpoints, in ns, or
 * -1 if one is unknown.  Unlike the time of a handshake with repeated SYNs, they
 * are not ambiguous (RFC 6298, 3).
 */
int64_t diagnosis_data_rtt(const struct conn *);

/*
 * Were the repeats of the handshake, which took `retry_ns`, due before an
 * answer could come?  If so, nothing was lost or dropped: each SYN has its
 * SYN-ACK.
 */
bool diagnosis_is_timer_early(const struct conn *, int64_t retry_ns);

/*
 * Was a SYN-ACK repeated although the ACK of the first one had passed?  A
 * second one that answers a second SYN, or that was due before the ACK could
 * arrive, does not count: on a long path nothing is wrong with either.
 */
bool diagnosis_has_late_synack(const struct conn *, int64_t retry_ns);

/* The policer that explains the losses of an endpoint's data, if one does. */
struct policer diagnosis_policer(const struct conn *, unsigned side);

/* The diagnosis of a connection whose analysis can be read, or NULL. */
const struct diagnosis *diagnosis_of(const struct conn *);

#endif
