/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --states: a line for each change of state of either endpoint.
 *
 *	states_heading(out, &view);
 *	for each transition that the engine reports
 *		states_line(out, &view, conn, transition);
 *
 * The caller flushes lines during live capture.  The engine must keep its
 * analysis to the end, which has the time of the previous change.
 */
#ifndef TCPSTATES_VIEWS_STATES_H
#define TCPSTATES_VIEWS_STATES_H

struct conn;
struct outbuf;
struct transition;
struct time_style;

/* The names of the columns. */
void states_heading(struct outbuf *, const struct time_style *);

/* One transition of one endpoint of the connection. */
void states_line(struct outbuf *, const struct time_style *,
    const struct conn *, const struct transition *);

#endif
