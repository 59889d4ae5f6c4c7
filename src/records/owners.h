/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The processes that own the local sockets of connections, as far as they are
 * known: a table, and the questions whose answers fill it.  It asks nobody
 * itself.
 *
 *	owners_transition(owners, conn, change);	event of the engine
 *	while (owners_question(owners, &question))	from time to time
 *		...
 *	owners_answer(owners, &answer);
 *	owner = owners_of(conn, side);			NULL: unknown
 *
 * Memory is bounded: OWNERS_MAX connections, of which the oldest, closed ones
 * first, lose their place to new ones; OWNERS_QUEUE questions.
 */
#ifndef TCPSTATES_RECORDS_OWNERS_H
#define TCPSTATES_RECORDS_OWNERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/owner.h"

struct conn;
struct owners;
struct transition;

#define OWNERS_MAX	32768
#define OWNERS_QUEUE	4096

struct owners_counts {
	uint64_t conns;		/* connections that were asked for */
	uint64_t local;		/* of which these have a socket here */
	uint64_t named;		/* of which these have a process */
	uint64_t missed;	/* questions that the queue had no room for */
};

/* NULL when out of memory. */
struct owners *owners_new(void);
void owners_free(struct owners *);

/* A connection opens, or is about to close: ask for its owners. */
void owners_transition(struct owners *, const struct conn *,
    const struct transition *);
/* Ask once more for all that are open: at the end, for the last figures. */
void owners_ask_open(struct owners *);

/* Take the next question.  False: there is none. */
bool owners_question(struct owners *, struct owner_question *);
/* The question could not be asked now: it is the next again. */
void owners_put_back(struct owners *);
/* Texts may be hostile; those that are kept are not. */
void owners_answer(struct owners *, const struct owner_answer *);

/*
 * What is known about an endpoint, an index of conn->endpoint[].  NULL: the
 * connection was not asked for, or its place was needed.
 */
const struct owner *owners_of(const struct conn *, unsigned side);

struct owners_counts owners_counts(const struct owners *);

#endif
