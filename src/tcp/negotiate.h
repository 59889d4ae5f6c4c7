/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the SYNs establish: where each side's sequence space begins, and the
 * options that each offers.
 */
#ifndef TCPSTATES_TCP_NEGOTIATE_H
#define TCPSTATES_TCP_NEGOTIATE_H

struct step;

/*
 * Where offset 0 is: from the SYN; else from the SYN-ACK that answers it;
 * else so that the first segment captured starts at offset 1.
 */
void negotiate_base(struct step *);

/* Options of a SYN (MSS, window scale...), ECN, TFO, MPTCP. */
void negotiate_options(struct step *);

#endif
