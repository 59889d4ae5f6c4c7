/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Judge a segment by its place in the sequence space: new, retransmitted,
 * out of order, a probe, a keep-alive, a duplicate ACK.
 *
 * The names are those of Wireshark, because users compare with it; the decision
 * follows evidence.  Bytes that were seen before and come again are a
 * retransmission, however soon.  Bytes that fill a hole were either reordered or
 * retransmitted, which the sender's clock (TSval) decides; failing that, whether
 * the sender could have known of the loss by then.
 */
#ifndef TCPSTATES_TCP_CLASSIFY_H
#define TCPSTATES_TCP_CLASSIFY_H

#include <stdbool.h>

struct step;

/* Keep-alives, probes, window updates, duplicate ACKs and their answers. */
void classify_signals(struct step *);

/* Is it a window probe or a keep-alive?  Needs no analysis. */
bool classify_is_question(const struct step *);

/* New data, holes, retransmissions, reordering: whatever occupies sequence space. */
void classify_sequence(struct step *);

#endif
