/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Evidence from other connections of the capture: a server which drops the
 * handshakes of several clients, an option used elsewhere by a host, the TTL
 * of a host whose port was refused.
 *
 * Connections are learned first, in order of their first frames, and then
 * marked: the evidence is a few bits beside conn->first_frame, so the
 * diagnosis of one connection needs no other. Memory is bounded: of
 * RELATED_ENTRIES hosts, servers and pairs the least recently used are evicted,
 * and connections of evicted ones are marked less.
 */
#ifndef TCPSTATES_DIAGNOSIS_RELATED_H
#define TCPSTATES_DIAGNOSIS_RELATED_H

#include <stdbool.h>

#include "base/compiler.h"
#include "flow/conn.h"

#define RELATED_ENTRIES	8192

/* Bits of conn->related. */
enum relation {
	/* The server's host dropped handshakes of other connections as well. */
	RELATION_QUEUE_FULL,
	/* Earlier SYN-ACKs of the server had the missing options. */
	RELATION_COOKIE,
	/* An endpoint lacks window scaling here, and not elsewhere. */
	RELATION_SCALES,
	/* One of many connections, left half open by many sources. */
	RELATION_FLOOD,
	/* Other connections of the pair were waiting at the same time. */
	RELATION_POOLED,
	/* The endpoint has a larger MSS elsewhere: 0 and 1. */
	RELATION_CLAMPED_0,
	RELATION_CLAMPED_1
};

static inline bool
conn_is_related(const struct conn *conn, enum relation relation)
{
	return (conn->related >> relation & 1) != 0;
}

struct related;

/* NULL: out of memory. */
struct related *related_new(void) MUST_CHECK;
/* NULL is allowed. */
void related_free(struct related *);

/*
 * Learn a connection at its close or retirement, and mark the connection by
 * what was learned so far, before it is reported. Its analysis may be packed.
 * Call once for each.
 */
void related_report(struct related *, struct conn *);

/*
 * Learn and mark all connections of the list but the reported ones; `reported`
 * is what was learned from reported ones, or NULL. Later calls mark again.
 * False: out of memory, and nothing is marked.
 */
bool related_mark_all(const struct related *reported, struct conn *first);

#endif
