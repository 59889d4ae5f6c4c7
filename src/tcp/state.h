/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of each endpoint (RFC 9293, 3.3.2), inferred from the segments that
 * it sent and was sent. One table, [state][event]; see state.c.
 */
#ifndef TCPSTATES_TCP_STATE_H
#define TCPSTATES_TCP_STATE_H

#include <stdbool.h>

enum state {
#define STATE(name, printed, sentence) STATE_##name,
#include "tcp/states.def"
#undef STATE
	STATE_COUNT
};

/* What happens to an endpoint, named from its side. */
enum event {
#define EVENT(name, printed, sentence) EVENT_##name,
#include "tcp/events.def"
#undef EVENT
	EVENT_COUNT
};

const char *state_name(enum state);	/* as RFC 9293 writes it */
const char *state_sentence(enum state);
const char *event_name(enum event);

/* A cell of the table. */
struct state_cell {
	unsigned char next;	/* enum state */
	bool is_odd;		/* should not happen: counted as an anomaly */
	const char *remark;	/* RFC section, or why; never NULL */
};

const struct state_cell *state_cell(enum state, enum event);

#endif
