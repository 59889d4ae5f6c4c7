/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the SYNs establish: where the sequence space of each endpoint begins,
 * and the options that each endpoint offers.
 *
 * A SYN may be answered by several SYN-ACKs with different ISNs: by two
 * servers behind one address, or by one that has forgotten its first answer.
 * The one that the opener acknowledges counts (RFC 9293, 3.10.7.3); until
 * then the first is used and the latest other one is kept as its rival.
 */
#ifndef TCPSTATES_TCP_NEGOTIATE_H
#define TCPSTATES_TCP_NEGOTIATE_H

struct endpoint_parts;
struct step;

/*
 * The pipeline's steps.  negotiate_choose() puts a rival SYN in the place of
 * the one used so far, if the segment belongs to the rival's numbers.  It
 * comes before acceptance is tested.
 */
void negotiate_choose(struct step *);

/*
 * Find offset 0: from the SYN; else from the SYN-ACK that answers the SYN; else
 * so that the first captured segment starts at offset 1.
 */
void negotiate_base(struct step *);

/* Forget where a sequence space begins, or both: other ones are in use. */
void negotiate_forget_base(struct step *, struct endpoint_parts *);
void negotiate_forget_bases(struct step *);

/* Options of a SYN (MSS, window scale...), ECN, TFO, MPTCP. */
void negotiate_options(struct step *);

#endif
