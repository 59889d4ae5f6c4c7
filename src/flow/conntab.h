/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of connections: which one a segment belongs to.
 *
 * Open addressing over slots of {hash, place}, a power of two of them,
 * at most seven eighths full.  A key leads to the newest incarnation of its
 * connection, and from there to a few older ones; all stay in the list, which
 * is in order of first segment, so that no output ever depends on the hash.
 *
 * Connections live in a pool with stable addresses until the table dies, or
 * until they are removed; their memory is then used again.  Numbers never
 * are.
 */
#ifndef TCPSTATES_FLOW_CONNTAB_H
#define TCPSTATES_FLOW_CONNTAB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "flow/conn.h"

struct conntab;

/*
 * A key to look up.  The hash costs more than the rest of a lookup, so it is
 * computed on first use.
 */
struct lookup {
	struct key key;
	uint64_t fingerprint;	/* key_fingerprint() */
	uint64_t hash;		/* 0: not known yet */
	const struct conn *peeked;	/* has this key, and perhaps a newer one */
};

/* Prepare a lookup whose key is set. */
static inline void
lookup_begin(struct lookup *lookup)
{
	lookup->fingerprint = key_fingerprint(&lookup->key);
	lookup->hash = 0;
	lookup->peeked = NULL;
}

/*
 * NULL when out of memory.  `secret` keys the hash.  `is_tracked`: each
 * connection is a struct tracked (flow/queues.h), and can be removed.
 */
struct conntab *conntab_new(const struct siphash_key *secret,
    bool is_tracked) MUST_CHECK;
/* Free the connections, but not their analyses.  NULL is allowed. */
void conntab_free(struct conntab *);

/* The newest connection of a key, or NULL. */
struct conn *conntab_find(struct conntab *, struct lookup *);

/*
 * Software-pipelined lookup: each stage prefetches what the next one, and at
 * last conntab_find(), reads.  Stages can be left out.  conntab_peek() returns
 * the connection if finding it is cheap, so that its analysis can be
 * prefetched.
 *
 * conntab_hash_early() is for keys that are most likely new and need their hash
 * in any case.  It reads nothing that ever changes, so it may be called while
 * another thread uses the table.
 */
void conntab_hash_early(const struct conntab *, struct lookup *);
void conntab_prefetch_slot(const struct conntab *, const struct lookup *);
void conntab_prefetch_entry(const struct conntab *, const struct lookup *);
const struct conn *conntab_peek(const struct conntab *, struct lookup *);

/*
 * Most older incarnations that a key leads to.  Open connections are kept
 * rather than closed ones, and closed ones rather than single SYNs.
 */
#define CONNTAB_OLDER_MAX	4

/* Returns how many there are.  None unless conn->has_older. */
unsigned conntab_older(struct conntab *, struct lookup *,
    struct conn *ret_older[CONNTAB_OLDER_MAX]);

/*
 * A new connection with this key, numbered and last in the list; it becomes
 * what the key leads to.  NULL when out of memory, with nothing changed.
 */
struct conn *conntab_add(struct conntab *, struct lookup *) MUST_CHECK;

/*
 * Pre-fault memory for future connections, see pool_prepare().  May be called
 * from one other thread while it is idle.
 */
bool conntab_prepare(struct conntab *);

/* The hash by which the table knows a key. */
uint64_t conntab_hash(const struct conntab *, const struct key *);

/*
 * The key of a connection no longer leads to the connection, but to an older
 * one if there is any.  The connection stays in the list.
 */
void conntab_unlink(struct conntab *, const struct conn *);
/* Out of the list too, and its memory is given back. */
void conntab_remove(struct conntab *, struct conn *);

/*
 * Link the connections of several tables into one list in order of first_frame,
 * and return its first.  The tables must not be used until conntab_separate()
 * has given each its own list back.  Connections of tables without is_tracked
 * are numbered in the order of the list as long as they are in it.
 */
struct conn *conntab_unite(struct conntab *const tabs[], unsigned count);
void conntab_separate(struct conntab *);

/*
 * For several tables with is_tracked that have one sequence of numbers: from now
 * on the table gives its connections numbers from CONNTAB_LATER on, until
 * conntab_number() replaces the numbers of new connections, in order of
 * first_frame, by those that follow *last.  Call before the first connection.
 */
#define CONNTAB_LATER	(UINT64_C(1) << 63)

void conntab_number_later(struct conntab *);
void conntab_number(struct conntab *const tabs[], unsigned count,
    uint64_t *last);
/* The same for one connection, before the others. */
void conntab_number_early(struct conn *, uint64_t *last);

/* First of the list (then conn->next), and how many were ever added. */
struct conn *conntab_first(const struct conntab *);
uint64_t conntab_count(const struct conntab *);

#endif
