/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Identity of a connection in time: does a segment belong to the connection
 * that its four-tuple leads to, or does it open the next one?
 */
#ifndef TCPSTATES_FLOW_IDENTITY_H
#define TCPSTATES_FLOW_IDENTITY_H

#include <stdbool.h>

struct conn;
struct segment;

/*
 * The incarnation of a four-tuple that a segment belongs to: the one that its
 * numbers fit best, of these the newest, and the newest if they fit none.
 */
struct conn *identity_of(struct conn *newest, struct conn *const *older,
    unsigned count, unsigned side, const struct segment *);

/*
 * May the segment, which has the numbers of another connection, be a challenge
 * ACK to the SYN of this one (RFC 5961, 4.2), or the RST that the opener answers
 * it with?  It then shows that the SYN has arrived.
 */
bool identity_is_challenge(const struct conn *, unsigned side,
    const struct segment *);

/*
 * Does `seg`, sent by side `side`, open a new connection on the four-tuple of
 * `conn`?  `is_ts_later`: its timestamp is later than the last that this side
 * sent in `conn` (false when there is none to compare).
 */
bool identity_opens_new(const struct conn *conn, unsigned side,
    const struct segment *seg, bool is_ts_later);

/* Is the timestamp later than the last of that side? (RFC 6191) */
bool identity_is_ts_later(const struct conn *, unsigned side,
    const struct segment *);

#endif
