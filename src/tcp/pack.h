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

struct packed;

/*
 * Pack `kept`, which must not be used afterwards: the attached arrays belong to
 * the pack. NULL when out of memory; only dead fields have changed then.
 */
struct packed *pack_make(struct kept_analysis *kept) MUST_CHECK;

/* Unpack; ownership of the attached arrays moves to *ret_kept. */
void pack_open(const struct packed *, struct kept_analysis *ret_kept);

/* Is any array attached? */
bool pack_owns(const struct packed *);

/* Free the pack; the attached arrays stay. */
void pack_free(struct packed *);

/* Prefetch distance: covers most packs. */
#define PACK_TYPICAL_BYTES	704

static ALWAYS_INLINE void
pack_fetch(const struct conn *conn)
{
	if (!conn->is_packed)
		return;
	for (size_t i = 0; i < PACK_TYPICAL_BYTES; i += LINE_BYTES)
		PREFETCH((const char *)conn->packed + i);
}

/* What the follower keeps of a packed connection, or NULL. */
const struct diagnosis *pack_diagnosis(const struct conn *);

/* A readable connection: the connection itself, or a copy with its analysis. */
struct pack_room {
	struct conn conn;
	struct kept_analysis kept;
};

/*
 * Return a connection that may be packed in readable form, with its analysis if
 * there is one. Valid as long as the room and the connection.
 */
const struct conn *pack_read(const struct conn *, struct pack_room *);
/* The same in less time, without the statistics of a packed connection. */
const struct conn *pack_read_bare(const struct conn *, struct pack_room *);

#endif
