/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connection in other tools' words: Zeek's history letters and
 * Wireshark's completeness bits, each by its own rules.
 */
#ifndef TCPSTATES_TCP_HISTORY_H
#define TCPSTATES_TCP_HISTORY_H

#include <stdbool.h>

#include "decode/segment.h"
#include "tcp/analysis.h"

struct conn;
struct step;

/* A letter for each kind of thing: its bit in history_seen of the figures. */
enum letter {
	LETTER_SYN,
	LETTER_SYNACK,
	LETTER_ACK,
	LETTER_DATA,
	LETTER_FIN,
	LETTER_RST,
	LETTER_FIN_RST,
	LETTER_ODD_SYN,
	LETTER_ZERO_WINDOW,
	LETTER_AGAIN,
	LETTER_GAP
};

/* Wireshark's tcp.completeness: what was seen, of either endpoint. */
enum completeness {
	COMPLETENESS_SYN = 1,
	COMPLETENESS_SYNACK = 2,
	COMPLETENESS_ACK = 4,
	COMPLETENESS_DATA = 8,
	COMPLETENESS_FIN = 16,
	COMPLETENESS_RST = 32
};

/* The pipeline's step. */
void history_note(struct step *);

/*
 * Return the bits of a connection as Wireshark shows them in its last segment
 * when it reads a capture twice (tshark -2).  There what the first segment has
 * beyond a SYN and its data counts from the second segment on.
 */
unsigned history_completeness(const struct conn *,
    const struct analysis *);

/*
 * Has everything been noted that a segment in order without SYN, FIN and RST
 * could add, because its sender has sent one of its kind before?
 */
static inline bool
history_is_noted(const struct analysis *an, const struct endpoint_stats *from,
    const struct segment *seg)
{
	return seg->payload_len > 0 ?
	    (from->history_seen >> LETTER_DATA & 1) != 0 &&
	    (an->completeness & COMPLETENESS_DATA) != 0 :
	    (from->history_seen >> LETTER_ACK & 1) != 0 &&
	    (an->completeness & COMPLETENESS_ACK) != 0;
}

#endif
