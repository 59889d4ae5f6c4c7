/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits at work: which connections are dropped, and what is kept of them.
 * Under limits a connection retires: no segment finds it any more, the event
 * `ended` reports it, and its record is kept until there are too many.
 */
#ifndef TCPSTATES_ENGINE_RETIRE_H
#define TCPSTATES_ENGINE_RETIRE_H

#include <stdint.h>

#include "flow/limits.h"

struct conn;
struct lookup;
struct segment;
struct tcpstates;

void retire(struct tcpstates *, struct conn *, enum retired why);

/* Advance the expiry clock to a segment's time, and retire what is due. */
void retire_at(struct tcpstates *, int64_t now_ns);

/* The same without a segment, and without a bound on how many retire. */
void retire_all_due(struct tcpstates *, int64_t now_ns);

/* Make room for one more connection. */
void retire_for_room(struct tcpstates *);

/* The newest connection of a key, if it is not over; else NULL. */
struct conn *retire_find(struct tcpstates *, struct lookup *);

/*
 * A SYN opens a new connection on the four-tuple of `before`.  That may go on,
 * for the SYN may be a stray one; if there is no room for both, it retires.
 */
void retire_before(struct tcpstates *, struct conn *before);

/* Once a connection is established, older open ones of its key are over. */
void retire_older(struct tcpstates *, struct conn *);

/* Mark a new connection that continues one that a limit ended. */
void retire_note_return(struct tcpstates *, struct conn *,
    const struct segment *);

#endif
