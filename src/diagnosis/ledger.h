/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ledger: every nanosecond between the first and the last segment of a
 * connection is booked to exactly one account (causes.def).
 *
 * A cut point is a segment that ends a wait: a segment of the handshake, new
 * data, a retransmission, the first FIN, an RST, the acknowledgment that
 * completes a recovery.  What ends a wait says what was waited for; the marks
 * that other segments left meanwhile (marks.h) say why it had not come
 * earlier.  A wait is split at instants that are clamped to it, so that the
 * parts add up whatever the instants are.
 */
#ifndef TCPSTATES_DIAGNOSIS_LEDGER_H
#define TCPSTATES_DIAGNOSIS_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "diagnosis/causes.h"

struct conn;
struct diagnoser;
struct diagnosis;
struct followed;

/* Book what a segment has ended. */
void ledger_segment(struct diagnoser *, struct diagnosis *,
    const struct followed *);

/*
 * A segment brought nothing new: note it as part of a storm, if others are
 * near.  Unacceptable segments end no wait, and reach the ledger here only.
 */
void ledger_barren(struct diagnosis *, const struct followed *);

/*
 * The first data segment: the diagnosis begins, and what was before is booked.
 */
void ledger_begin(struct diagnosis *, const struct followed *);

#define ROLES_UNKNOWN	2

/*
 * The side that has to be the client by the ports of both, or ROLES_UNKNOWN.
 */
unsigned ledger_client_by_port(const struct conn *);

/* A connection's time by account; together its duration, see below. */
struct ledger {
	int64_t ns[BOOK_COUNT];
};

/*
 * The ledger of a connection whose analysis can be read, as if it had ended
 * with its last segment.  False: there is no analysis, and no ledger.
 */
bool ledger_read(const struct conn *, struct ledger *ret_ledger);

/* Is the sum of all accounts the duration of the connection? */
bool ledger_is_balanced(const struct conn *, const struct ledger *);

/*
 * Time that the window of its peer, closed or too small, held up what an
 * endpoint had to send: as its sender saw it, wherever the capture was made.
 */
int64_t ledger_limited_ns(const struct ledger *, unsigned side);

/* Time with data of an endpoint in flight: ns; -1 without diagnosis. */
int64_t ledger_busy_ns(const struct conn *, unsigned side);

#endif
