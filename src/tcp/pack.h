/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is kept of a connection that has ended, in as few bytes as it needs:
 * most of what an analysis could tell never happened.  Nothing is lost by it;
 * where a late segment comes, it is unpacked and goes on.
 *
 * While a connection is packed (conn->is_packed), conn->packed takes the
 * place of conn->analysis, and only analysis.c and the functions below
 * looks there.
 */
#ifndef TCPSTATES_TCP_PACK_H
#define TCPSTATES_TCP_PACK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "flow/conn.h"
#include "tcp/analysis.h"
#include "tcp/follow.h"

struct packed;

/*
 * Pack `kept` and what the follower keeps, neither of which must be used
 * afterwards: the attached arrays belong to the pack. NULL when out of memory;
 * only dead fields have changed then.
 */
struct packed *pack_make(struct kept_analysis *kept) MUST_CHECK;

/* Does the pack hold what the follower keeps of the connection? */
bool pack_is_followed(const struct packed *);

/*
 * Unpack to zeroed memory, which the attached arrays belong to from now on;
 * `followed` is where notes.diagnosis shall be, if the pack holds that.
 */
void pack_open(const struct packed *, struct kept_analysis *, void *followed);

/* Is any array attached? */
bool pack_owns(const struct packed *);

/* Free the pack; the attached arrays stay. */
void pack_free(struct packed *);

/* Prefetch distances: cover most packs, and most of a single segment. */
#define PACK_TYPICAL_BYTES	896
#define PACK_SINGLE_BYTES	256

static ALWAYS_INLINE void
pack_fetch(const struct conn *conn)
{
	const size_t bytes = conn_is_one_segment(conn) ? PACK_SINGLE_BYTES :
	    PACK_TYPICAL_BYTES;

	if (!conn->is_packed)
		return;
	for (size_t i = 0; i < bytes; i += LINE_BYTES)
		PREFETCH((const char *)conn->packed + i);
}

/*
 * The address that the follower keeps at this offset of its state for a packed
 * connection, or NULL: to prefetch what is there.
 */
const void *pack_followed_address(const struct conn *, size_t at);

/* A readable connection: the connection itself, or a copy with its analysis. */
struct pack_room {
	struct conn conn;
	struct kept_analysis kept;
	_Alignas(struct kept_analysis) uint8_t followed[FOLLOWED_BYTES];
};

/*
 * Return a connection that may be packed in readable form, with its analysis if
 * there is one. Valid as long as the room and the connection.
 */
const struct conn *pack_read(const struct conn *, struct pack_room *);
/* The same in less time, without the statistics of a packed connection. */
const struct conn *pack_read_bare(const struct conn *, struct pack_room *);

#endif
