/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Evidence from other connections of the capture: a server that drops the
 * handshakes of several clients, an option that a host uses elsewhere, the TTL
 * of a host whose port was refused.
 *
 * Connections are learned first, in order of their first frames, and then
 * marked: the evidence is a few bits beside conn->first_frame, so that the
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
	/* Earlier SYN-ACKs of the server had the options that are missing. */
	RELATION_COOKIE,
	/* An endpoint without window scaling uses it elsewhere. */
	RELATION_SCALES,
	/* One of many connections that many sources left half open. */
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
 * Learn a connection that closes or retires, and mark it by what was learned so
 * far, before it is reported. Its analysis may be packed. Call once for each.
 */
void related_report(struct related *, struct conn *);

/*
 * Learn and mark all connections of the list that were not reported; `reported`
 * is what was learned of those that were, or NULL. Later calls mark again.
 * False: out of memory, and nothing is marked.
 */
bool related_mark_all(const struct related *reported, struct conn *first);

#endif
