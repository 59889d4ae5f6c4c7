/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections across the networks of VXLAN and Geneve.
 *
 * A network identifier (VNI) separates address spaces, so it is part of the
 * key.  But logical routers use another VNI in each direction, and a host that
 * ends a tunnel captures each segment with and without its VNI.  A segment
 * whose key leads to no connection may therefore belong to one of the same
 * endpoints in another network: it is the first of its direction, and its
 * numbers fit; or it is a copy.  Numbers decide, so that two tenants with equal
 * four-tuples stay two connections.
 *
 * What was found out is kept as an alias: endpoints, network and direction lead
 * to the key under which the connection is known.  Aliases hold for later
 * connections of the same endpoints, too; they are dropped when no connection
 * is left.
 */
#ifndef TCPSTATES_FLOW_OVERLAY_H
#define TCPSTATES_FLOW_OVERLAY_H

#include <stdbool.h>

#include "flow/conntab.h"

struct overlay;
struct segment;

/* NULL when out of memory. */
struct overlay *overlay_new(void) MUST_CHECK;
/* NULL is allowed. */
void overlay_free(struct overlay *);

/*
 * Change a segment's key to that of the connection it belongs to, if this is
 * in another network.  Returns true when the key was changed.
 */
bool overlay_resolve(struct overlay *, struct conntab *, struct lookup *,
    unsigned side, const struct segment *);

/* The same by aliases alone, for what adds nothing to a connection. */
bool overlay_resolve_known(const struct overlay *, const struct conntab *,
    struct lookup *, unsigned side);

/* Remember a new connection that has a VNI, so that others can join it. */
void overlay_note(struct overlay *, const struct conntab *, struct conn *);

/*
 * Connections of the same endpoints in other networks, of which a segment may
 * be a copy: that whose segments are captured without a VNI for a segment that
 * has one, and the reverse.
 *
 *	struct overlay_twins twins;
 *	overlay_twins(&twins, overlay, conntab, lookup);
 *	for (unsigned i = 0; i < twins.count; i++)
 *		...
 */
#define OVERLAY_WAYS	8	/* connections in a set of the table */

struct overlay_twins {
	struct conn *conns[OVERLAY_WAYS];
	unsigned count;
};

void overlay_twins(struct overlay_twins *, const struct overlay *,
    struct conntab *, const struct lookup *);

/*
 * From now on segments like this one belong to that connection.  Changes the
 * key as overlay_resolve() does.  False when out of memory.
 */
bool overlay_join(struct overlay *, struct conntab *, struct lookup *,
    unsigned side, const struct conn *);

#endif
