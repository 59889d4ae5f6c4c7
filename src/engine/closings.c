/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "engine/closings.h"

#include "base/pool.h"
#include "engine/internal.h"

#define SIZE_FIRST	64	/* connections */

void
closings_fini(struct closings *closings)
{
	mem_free(closings->ring);
}

static struct closing *
closing_at(const struct closings *closings, uint32_t at)
{
	return &closings->ring[(closings->first + at) & (closings->size - 1)];
}

/* False: it is as large as it may be, or there is no memory. */
static bool
grow_ring(struct closings *closings)
{
	const uint32_t size = closings->size == 0 ? SIZE_FIRST :
	    2 * closings->size;
	struct closing *ring = size > CLOSINGS_MAX ? NULL :
	    mem_zalloc(size * sizeof(*ring));

	if (ring == NULL)
		return false;
	for (uint32_t i = 0; i < closings->count; i++)
		ring[i] = *closing_at(closings, i);
	mem_free(closings->ring);
	closings->ring = ring;
	closings->size = size;
	closings->first = 0;
	return true;
}

/* A connection that has opened again since has no final record yet. */
static void
report_closed(struct tcpstates *ts, const struct closing *closing)
{
	struct conn *conn = closing->conn;

	if (!tcpstates_follows(conn, closing->number) || !conn->is_closed ||
	    conn->is_reported)
		return;
	conn->is_reported = true;
	engine_report(ts, conn, true, ts->events.closed);
}

static void
report_oldest(struct tcpstates *ts, struct closings *closings)
{
	const struct closing oldest = *closing_at(closings, 0);

	closings->first++;
	closings->count--;
	report_closed(ts, &oldest);
}

void
closings_add(struct tcpstates *ts, struct conn *conn)
{
	struct closings *closings = &ts->expiry.closings;
	const struct closing closing = {
		.conn = conn,
		.number = conn->number,
		.closed_ns = ts->expiry.now_ns,
	};

	if (closings->count == closings->size && !grow_ring(closings)) {
		if (closings->count == 0) {
			report_closed(ts, &closing);
			return;
		}
		report_oldest(ts, closings);
	}
	*closing_at(closings, closings->count++) = closing;
}

void
closings_report_due(struct tcpstates *ts, struct closings *closings)
{
	while (closings->count > 0 && ts->expiry.now_ns -
	    closing_at(closings, 0)->closed_ns > CLOSINGS_NS)
		report_oldest(ts, closings);
}
