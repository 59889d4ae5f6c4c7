/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits on how many connections are followed and for how long, and whose
 * turn it is to go.
 *
 * When there is no room: first one that has closed and only lingers, the
 * oldest; it has said all it had to say.  Then the oldest half-open one, so
 * that a flood of SYNs drives out itself.  Then the one silent for longest.
 */
#ifndef TCPSTATES_FLOW_LIMITS_H
#define TCPSTATES_FLOW_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/queues.h"

/* Zero is no limit. */
struct limits {
	uint64_t max_conns;	/* followed at once, ended ones not counted */
	uint64_t max_ended;	/* records kept of those that ended */
	uint64_t max_pending;	/* bytes for what segments leave to wait for */
	int64_t half_open_ns;	/* silence of one that is nothing but SYNs */
	int64_t idle_ns;	/* silence of an open one */
	int64_t linger_ns;	/* silence of a closed one */
	bool drop_ended;	/* keep no record of those that ended */
};

/* Why a connection is not followed any longer. */
enum retired {
	RETIRED_NOT,
#define RETIRED(name, word, key, sentence) RETIRED_##name,
#include "flow/retired.def"
#undef RETIRED
	RETIRED_COUNT
};

/* "idle", "ended_idle" and a sentence; NULL of RETIRED_NOT. */
const char *retired_word(enum retired);
const char *retired_key(enum retired);
const char *retired_sentence(enum retired);
/* Was it for want of room?  For its silence, though it had not closed? */
bool retired_is_evicted(enum retired);
bool retired_is_idle(enum retired);

/* Is there any limit at all? */
bool limits_any(const struct limits *);

/* Has this one been silent for too long?  Why, or RETIRED_NOT. */
enum retired limits_is_over(const struct limits *, const struct conn *,
    uint64_t now_ns);
/* One that has, and why; or NULL. */
struct conn *limits_due(const struct limits *, const struct queues *,
    uint64_t now_ns, enum retired *ret_why);
/*
 * When limits_due() has none: for so long, nanoseconds, it will have none.
 * Whoever comes or moves until then has all its time before it.
 */
uint64_t limits_quiet(const struct limits *, const struct queues *,
    uint64_t now_ns);
/* Who has to make room for one more; or NULL: there is some. */
struct conn *limits_victim(const struct limits *, const struct queues *,
    enum retired *ret_why);

#endif
