/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a segment acknowledges of what its receiver had sent: the cumulative
 * ACK, SACK (RFC 2018) and DSACK (RFC 2883).
 */
#ifndef TCPSTATES_TCP_ACK_H
#define TCPSTATES_TCP_ACK_H

struct step;

/* The pipeline's steps, in this order. */
void ack_cumulative(struct step *);
void ack_selective(struct step *);

/* Where there is no analysis: what of the cumulative ACK identity needs. */
void ack_follow(struct step *);

#endif
