/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow/conn.h"

uint64_t
conn_syn_count(const struct conn *conn)
{
	return (uint64_t)conn->endpoint[0].syn_count +
	    conn->endpoint[1].syn_count;
}

uint64_t
conn_fin_count(const struct conn *conn)
{
	return (uint64_t)conn->endpoint[0].fin_count +
	    conn->endpoint[1].fin_count;
}

bool
conn_is_complete(const struct conn *conn)
{
	return conn_syn_count(conn) > 0 && conn_fin_count(conn) > 0;
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

bool
conn_is_half_open(const struct conn *conn)
{
	return !conn->is_closed && !conn->endpoint[0].sent_other &&
	    !conn->endpoint[1].sent_other && conn_syn_count(conn) > 0;
}
