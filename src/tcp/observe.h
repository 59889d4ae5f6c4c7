/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a segment leaves behind in the analysis of its sender: the first and
 * the last of each kind, with which later segments are compared, and the
 * oddities of headers, which are counted.
 */
#ifndef TCPSTATES_TCP_OBSERVE_H
#define TCPSTATES_TCP_OBSERVE_H

struct step;

/* The pipeline's steps. */
void observe_first(struct step *);
void observe_header(struct step *);
void observe_old_timestamp(struct step *);
void observe_in_flight(struct step *);
void observe_last(struct step *);

#endif
