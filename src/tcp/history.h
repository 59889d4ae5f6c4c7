/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connection in other tools' words: Zeek's history letters and
 * Wireshark's completeness bits, each by its own rules.
 */
#ifndef TCPSTATES_TCP_HISTORY_H
#define TCPSTATES_TCP_HISTORY_H

struct step;

/* Wireshark's tcp.completeness: what was seen, whoever sent it. */
enum completeness {
	COMPLETENESS_SYN = 1,
	COMPLETENESS_SYNACK = 2,
	COMPLETENESS_ACK = 4,
	COMPLETENESS_DATA = 8,
	COMPLETENESS_FIN = 16,
	COMPLETENESS_RST = 32
};

/* The pipeline's steps. */
void history_letters(struct step *);
void history_completeness(struct step *);

#endif
