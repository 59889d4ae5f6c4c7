/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a segment was sent again: fast (RFC 5681, 6675, 8985), after a timeout
 * (RFC 6298), or as a probe of the tail (RFC 8985, 7.3).
 */
#ifndef TCPSTATES_TCP_CAUSE_H
#define TCPSTATES_TCP_CAUSE_H

#include <stdbool.h>
#include <stdint.h>

struct step;

/*
 * Has the receiver asked for what this segment carries: by duplicate ACKs
 * at or below it, or by SACK of what lies above it?
 */
bool cause_fast_retransmit_requested(const struct step *);

/* Has the receiver reported anything above this segment by SACK? */
bool cause_is_sacked_above(const struct step *);

/*
 * In a recovery that has not come to its end (RFC 6582, 6675, or after a
 * timeout): an ACK short of it asks for what follows.
 */
bool cause_in_recovery(const struct step *);

/* The same, and it began with a fast retransmission. */
bool cause_in_fast_recovery(const struct step *);

/*
 * Has it asked so often that any sender sends again at once: a third
 * duplicate ACK (RFC 5681, 3.2), or more than two segments reported above
 * (RFC 6675, 4)?
 */
bool cause_fast_retransmit_due(const struct step *);

/*
 * Finds the cause of a retransmission, judges and counts it, and keeps track
 * of the recovery it belongs to.  `was_seen`: its bytes were seen before.
 */
void cause_find(struct step *, bool was_seen);

/* When the bytes were last sent before this, as far as is known. */
int64_t cause_last_sent(const struct step *, bool was_seen);

#endif
