/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow/conn.h"

#include <assert.h>

#include "base/compiler.h"

/* Where pointers are wider or narrower the lines are others, and no harm. */
static_assert(sizeof(void *) != 8 || (sizeof(struct conn) == 5 * LINE_BYTES &&
    offsetof(struct conn, last_ns) == LINE_BYTES &&
    offsetof(struct conn, endpoint) == 2 * LINE_BYTES &&
    sizeof(struct endpoint) == LINE_BYTES), "struct conn is not on its lines");

uint64_t
conn_syn_count(const struct conn *conn)
{
	return (uint64_t)conn->lifecycle[0].syn_count +
	    conn->lifecycle[1].syn_count;
}

uint64_t
conn_fin_count(const struct conn *conn)
{
	return (uint64_t)conn->lifecycle[0].fin_count +
	    conn->lifecycle[1].fin_count;
}

bool
conn_is_complete(const struct conn *conn)
{
	return conn_syn_count(conn) > 0 && conn_fin_count(conn) > 0;
}

bool
conn_sent_only_resets(const struct conn *conn, unsigned side)
{
	const struct endpoint *endpoint = &conn->endpoint[side];

	return endpoint->rst_count > 0 &&
	    endpoint->pkts == endpoint->rst_count &&
	    conn->lifecycle[side].syn_count == 0 &&
	    conn->lifecycle[side].fin_count == 0;
}

bool
conn_is_reset(const struct conn *conn)
{
	return conn->endpoint[0].rst_count > 0 ||
	    conn->endpoint[1].rst_count > 0;
}

bool
conn_is_open(const struct conn *conn)
{
	return conn_fin_count(conn) == 0 || conn->data_after_fin;
}

