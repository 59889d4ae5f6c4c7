/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A segment's place in the sequence spaces of its connection: offsets for the
 * steps that judge it, and what identity needs of every connection, analysed
 * or not (flow/identity.h): the next numbers, the FINs, the last header.
 */
#ifndef TCPSTATES_TCP_NUMBERS_H
#define TCPSTATES_TCP_NUMBERS_H

struct step;

/* The pipeline's steps. */
void numbers_locate(struct step *);
void numbers_follow(struct step *);
void numbers_close(struct step *);
void numbers_remember(struct step *);

#endif
