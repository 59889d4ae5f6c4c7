/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections that have closed, in order of their close: the event `closed`
 * reports each of them CLOSINGS_NS later, when the segments of the close have
 * come, although the connection is still followed to match late segments.
 *
 * The queue holds CLOSINGS_MAX connections; if more close within that time,
 * the oldest are reported earlier.
 */
#ifndef TCPSTATES_ENGINE_CLOSINGS_H
#define TCPSTATES_ENGINE_CLOSINGS_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "flow/conn.h"

#define CLOSINGS_NS	(NS_PER_SEC / 2)
#define CLOSINGS_MAX	(1U << 18)

struct tcpstates;

struct closing {
	struct conn *conn;	/* may have retired: see tcpstates_follows() */
	uint64_t number;
	uint64_t closed_ns;	/* of the clock of limits */
};

/* A ring; empty when zeroed. */
struct closings {
	struct closing *ring;
	uint32_t size;		/* a power of two */
	uint32_t first;
	uint32_t count;
};

void closings_fini(struct closings *);

/* The connection has closed, and events.closed is wanted. */
void closings_add(struct tcpstates *, struct conn *);

/* Report connections whose time has come. */
void closings_report_due(struct tcpstates *, struct closings *);

/* Something of the connection comes after its record was reported. */
static ALWAYS_INLINE void
closings_note_late(struct conn *conn)
{
	conn->is_revised |= conn->is_reported;
}

#endif
