/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Drives the state of both endpoints: says which events of tcp/state.h a
 * segment means, for its sender and for its receiver, and in which order.
 *
 * An RST closes both endpoints if its number is exact.  It may be forged, or
 * be lost behind the capture point, so the states that the endpoints would
 * have without it are followed beneath.  An endpoint is taken back to its
 * state beneath when it goes on: the supposed sender of the RST when it sends
 * new bytes or acknowledges bytes sent since; its receiver when it is
 * acknowledged, or acknowledges bytes sent since.
 */
#ifndef TCPSTATES_TCP_MACHINE_H
#define TCPSTATES_TCP_MACHINE_H

struct conn;
struct step;

/* The pipeline's step. */
void machine_run(struct step *);

/*
 * enum state of an endpoint, so far.  An RST in the window, but not exact,
 * closes it if nothing follows: the receiver would challenge such an RST (RFC
 * 5961, 3.2), and the true sender would answer with an exact one.
 */
unsigned machine_state(const struct conn *, unsigned side);

#endif
