/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decide which segments may change their connection, by the test of
 * flow/acceptable.h.
 */
#ifndef TCPSTATES_TCP_ACCEPT_H
#define TCPSTATES_TCP_ACCEPT_H

#include <stdint.h>

#include "tcp/analysis.h"

struct step;

/*
 * Segments in a row, sent by `side`, that were not acceptable: the number of the
 * next one is stray_next of that side.
 */
static inline unsigned
accept_stray_run(const struct analysis *an, unsigned side)
{
	return an->stray_runs >> 4 * side & 0xf;
}

/* The pipeline's step: later steps that change anything depend on it. */
void accept_segment(struct step *);

#endif
