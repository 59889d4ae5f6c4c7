/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments whose numbers do not fit their connection.  They may be
 *
 *	- forged, or of another connection: they stay rejected;
 *	- a run: the capture has missed more than a window allows, or the beginning
 *	  of another connection, so the numbers of the run count (accept.h);
 *	- copies: a firewall replaces sequence numbers, and both of its sides are
 *	  captured.  All numbers of one direction then differ by a constant.
 *
 * Where the SYNs were captured, flow/shifts.h knows the constant.  Here it is
 * learned in mid-connection, from two views of one segment:
 *
 *	before	ID 7, TTL 64, 1001:2001 ack 1 ->
 *	behind	ID 7, TTL 63, 900001001:900002001 ack 1 ->
 *
 * One pair of views proves the constant by the IP ID or, if only the numbers of
 * the peer are replaced, by the place of its data; else two pairs prove it that
 * differ by the same constant.  From then on numbers are converted to those of
 * the connection, and the second view of a segment is a capture duplicate.
 *
 * Memory: none until the first segment is rejected, then STRAYS_BYTES for the
 * connection, out of the budget of analyses; freed once no segment was
 * rejected or converted for a while.
 */
#ifndef TCPSTATES_TCP_STRAYS_H
#define TCPSTATES_TCP_STRAYS_H

#include <stdbool.h>

/* Memory of a connection with strays, at most. */
#define STRAYS_BYTES	3584

struct analysis;
struct budget;
struct conn;
struct segment;
struct step;

/*
 * Before the test of acceptability, if the connection has strays: convert the
 * numbers of the step's segment.  True: it is a copy of an earlier segment.
 */
bool strays_take(struct step *);

/*
 * The segment was rejected for its numbers.  True: it is a copy of an earlier
 * segment, with a constant that was learned now.
 */
bool strays_reject(struct step *);

/* The segment was accepted, if the connection has strays. */
void strays_accept(struct step *);

/* Is a rejected segment the last of a run, so that its numbers count? */
bool strays_ends_run(struct step *);
/* An accepted segment of this side ends its run. */
void strays_end_run(struct step *);

/*
 * Does this segment acknowledge exactly the run of its receiver, of which one
 * segment was accepted?  Then that one was damaged or forged, and the run ends.
 */
bool strays_confirm_run(struct step *);

/*
 * Was the last segment of `side` rejected, and is this one a copy of it with
 * another ACK?
 */
bool strays_has_copy(const struct analysis *, unsigned side,
    const struct segment *);

/* Do views of the connection differ by a known constant? */
bool strays_has_shift(const struct analysis *);

void strays_free(struct analysis *, struct conn *, struct budget *);

#endif
