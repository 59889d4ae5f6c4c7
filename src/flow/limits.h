/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits on how many connections are followed and for how long, and which
 * connection is dropped next.
 *
 * Order of eviction: the oldest closed connection, which only waits for late
 * segments; then the oldest half-open one, so that a SYN flood evicts its own
 * SYNs; then the connection that was idle for longest.
 */
#ifndef TCPSTATES_FLOW_LIMITS_H
#define TCPSTATES_FLOW_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/queues.h"

/* Zero is no limit. */
struct limits {
	uint64_t max_conns;	/* connections followed at once */
	uint64_t max_ended;	/* records kept of ended connections */
	uint64_t max_pending;	/* bytes of buffered segment state */
	int64_t half_open_ns;	/* idle timeout of half-open connections */
	int64_t idle_ns;	/* idle timeout of established ones */
	int64_t linger_ns;	/* idle timeout of closed ones */
	bool drop_ended;	/* keep no record of ended connections */
};

/* Why a connection is no longer followed. */
enum retired {
	RETIRED_NOT,
#define RETIRED(name, word, key, sentence) RETIRED_##name,
#include "flow/retired.def"
#undef RETIRED
	RETIRED_COUNT
};

/* "idle", "ended_idle" and a sentence; NULL for RETIRED_NOT. */
const char *retired_word(enum retired);
const char *retired_key(enum retired);
const char *retired_sentence(enum retired);
/* Evicted before it closed?  Idle before it closed? */
bool retired_is_evicted(enum retired);
bool retired_is_idle(enum retired);

/* Is there any limit at all? */
bool limits_any(const struct limits *);

/* Why the idle timeout of a connection is over, or RETIRED_NOT. */
enum retired limits_is_over(const struct limits *, const struct conn *,
    uint64_t now_ns);
/* A connection whose timeout is over, or NULL. */
struct conn *limits_due(const struct limits *, const struct queues *,
    uint64_t now_ns, enum retired *ret_why);
/*
 * Nanoseconds for which limits_due() will return NULL, once it has.
 * Connections added or touched meanwhile cannot expire earlier.
 */
uint64_t limits_quiet(const struct limits *, const struct queues *,
    uint64_t now_ns);
/* Connection to evict for a new one; NULL if there is room. */
struct conn *limits_victim(const struct limits *, const struct queues *,
    enum retired *ret_why);

#endif
