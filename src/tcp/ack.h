/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a segment acknowledges of what its receiver had sent: the cumulative
 * ACK, SACK (RFC 2018) and DSACK (RFC 2883).
 */
#ifndef TCPSTATES_TCP_ACK_H
#define TCPSTATES_TCP_ACK_H

#include <stdint.h>

struct endpoint_parts;
struct step;

/* The pipeline's steps, in this order. */
void ack_cumulative(struct step *);
void ack_selective(struct step *);

/*
 * An ACK beyond all that was sent is contradicted: of what the endpoint sent,
 * no more than `una` is acknowledged.
 */
void ack_retract(struct endpoint_parts *, int64_t una);

/* Where there is no analysis: what of the cumulative ACK identity needs. */
void ack_follow(struct step *);

#endif
