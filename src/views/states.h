/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --states: a line for each change of state of either endpoint.
 *
 *	states_heading(out, &view);
 *	for each transition that the engine tells
 *		states_line(out, &view, conn, transition);
 *
 * Flushing a line while watching is the caller's.  Let the engine keep its
 * analysis: it knows when a side's state changed last.
 */
#ifndef TCPSTATES_VIEWS_STATES_H
#define TCPSTATES_VIEWS_STATES_H

struct conn;
struct outbuf;
struct transition;
struct time_style;

/* The line that names the columns. */
void states_heading(struct outbuf *, const struct time_style *);

/* One transition of one endpoint of the connection. */
void states_line(struct outbuf *, const struct time_style *,
    const struct conn *, const struct transition *);

#endif
