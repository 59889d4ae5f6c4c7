/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Drives the state of both endpoints: says which events of tcp/state.h a
 * segment means, for its sender and for its receiver, and in which order.
 */
#ifndef TCPSTATES_TCP_MACHINE_H
#define TCPSTATES_TCP_MACHINE_H

struct step;

/* The pipeline's step. */
void machine_run(struct step *);

#endif
