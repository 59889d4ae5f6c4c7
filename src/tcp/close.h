/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a connection ended, from its record: our own word for it, and Zeek's
 * code for the same question asked by Zeek's rules.
 */
#ifndef TCPSTATES_TCP_CLOSE_H
#define TCPSTATES_TCP_CLOSE_H

#include <stdbool.h>
#include <stdint.h>

struct conn;

enum end {
#define END(name, key, words, sentence) END_##name,
#include "tcp/ends.def"
#undef END
	END_COUNT
};

/* Why the connection ended.  The connection is not packed (see tcp/pack.h). */
enum end close_end(const struct conn *);

/* The originator sent SYNs and nothing else, and the responder nothing. */
bool close_is_unanswered(const struct conn *);

/*
 * Payload that `side` has sent and its peer has not acknowledged at the end;
 * -1 where its peer was not captured.  Needs conn->analysis.
 */
int64_t close_unacked(const struct conn *, unsigned side);

const char *end_key(enum end);
const char *end_words(enum end);
const char *end_sentence(enum end);

/* Zeek's conn_state ("S0", "SF", "RSTO"...); needs conn->analysis. */
const char *close_zeek_state(const struct conn *);

#endif
