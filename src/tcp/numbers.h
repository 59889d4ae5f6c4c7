/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A segment's place in the sequence spaces of its connection: offsets for the
 * steps that judge it, and what identity needs of every connection, analysed
 * or not (flow/identity.h): the next numbers, the FINs, the last header.
 */
#ifndef TCPSTATES_TCP_NUMBERS_H
#define TCPSTATES_TCP_NUMBERS_H

#include <stdint.h>

struct conn;
struct judgement;
struct segment;
struct step;

/* The pipeline's steps. */
void numbers_locate(struct step *);
void numbers_follow(struct step *);
void numbers_close(struct step *);
void numbers_remember(struct step *);

/*
 * For output: the sequence number of a segment and its ACK number, relative to
 * the ISN or to the first number of a connection older than the capture. -1
 * where the number is unknown, or below this base.
 */
int64_t numbers_rel_seq(const struct conn *, const struct segment *,
    const struct judgement *);
int64_t numbers_rel_ack(const struct conn *, const struct segment *,
    const struct judgement *);

#endif
