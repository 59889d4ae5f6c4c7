/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a segment was retransmitted: fast (RFC 5681, 6675, 8985), after a timeout
 * (RFC 6298), or as a tail loss probe (RFC 8985, 7.3).
 */
#ifndef TCPSTATES_TCP_CAUSE_H
#define TCPSTATES_TCP_CAUSE_H

#include <stdbool.h>
#include <stdint.h>

struct step;

/*
 * Has the receiver requested the bytes of the segment, by duplicate ACKs at or
 * below the segment or by SACK of bytes above?
 */
bool cause_fast_retransmit_requested(const struct step *);

/* Has the receiver reported anything above this segment by SACK? */
bool cause_is_sacked_above(const struct step *);

/*
 * In an unfinished recovery (RFC 6582, 6675, or after a timeout), an ACK short
 * of the recovery point requests the next segment.
 */
bool cause_in_recovery(const struct step *);

/* The same, and it began with a fast retransmission. */
bool cause_in_fast_recovery(const struct step *);

/*
 * Has the receiver requested the bytes so often that any sender retransmits at
 * once: by a third duplicate ACK (RFC 5681, 3.2), or by reporting more than two
 * segments above (RFC 6675, 4)?
 */
bool cause_fast_retransmit_due(const struct step *);

/*
 * Find the cause of a retransmission, judge and count it, and follow its
 * recovery. `was_seen`: the bytes were captured before.
 */
void cause_find(struct step *, bool was_seen);

/* Return when the bytes were last sent before, as far as is known. */
int64_t cause_last_sent(const struct step *, bool was_seen);

#endif
