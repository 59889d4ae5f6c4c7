/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decide which segments may change their connection, by the test of
 * flow/acceptable.h.
 */
#ifndef TCPSTATES_TCP_ACCEPT_H
#define TCPSTATES_TCP_ACCEPT_H

struct step;

/* The pipeline's step: later steps that change anything depend on it. */
void accept_segment(struct step *);

#endif
