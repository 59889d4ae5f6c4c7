/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/probe.h"

#include <stdbool.h>
#include <stddef.h>

#include "decode/segment.h"
#include "flow/conn.h"
#include "tcp/analysis.h"

/* A single SYN without an answer may be lost, or the last of the capture. */
#define SYNS_LEAST	2

/* More segments than that are a conversation, if a broken one. */
#define PROBE_PKTS_MAX	4

static bool
is_silent(const struct conn *conn)
{
	return conn->endpoint[0].bytes == 0 && conn->endpoint[1].bytes == 0;
}

static bool
began_with_syn(const struct conn *conn)
{
	return !conn->is_midstream &&
	    conn->lifecycle[conn->orig].syn_count > 0;
}

static enum port_state
port_by_syn(const struct conn *conn)
{
	const unsigned resp = !conn->orig;

	if (conn->lifecycle[resp].syn_count > 0)
		return PORT_OPEN;
	if (conn_sent_only_resets(conn, resp))
		return PORT_CLOSED;
	if (conn->endpoint[resp].pkts == 0 &&
	    (conn->analysis->unreachable > 0 ||
	    conn->lifecycle[conn->orig].syn_count >= SYNS_LEAST))
		return PORT_FILTERED;
	return PORT_UNKNOWN;
}

/* RFC 9293, 3.10.7.1 and 3.10.7.2: only a closed port answers these. */
static enum probe
probe_by_flags(unsigned flags)
{
	switch (flags) {
	case 0:
		return PROBE_NULL;
	case TCP_FIN:
		return PROBE_FIN;
	case TCP_FIN | TCP_PSH | TCP_URG:
		return PROBE_XMAS;
	default:
		return PROBE_NONE;
	}
}

static enum probe
probe_without_syn(const struct conn *conn)
{
	const struct endpoint *orig = &conn->endpoint[conn->orig];
	const bool is_answered = conn_sent_only_resets(conn, !conn->orig);

	if (!conn->is_midstream || orig->pkts > PROBE_PKTS_MAX ||
	    (!is_answered && conn->endpoint[!conn->orig].pkts > 0))
		return PROBE_NONE;
	/* An ACK without an answer may be of a connection seen one way. */
	if (conn->analysis->first_flags == TCP_ACK)
		return is_answered ? PROBE_ACK : PROBE_NONE;
	return probe_by_flags(conn->analysis->first_flags);
}

enum port_state
probe_port(const struct conn *conn)
{
	enum probe probe;

	if (began_with_syn(conn))
		return port_by_syn(conn);
	probe = is_silent(conn) ? probe_without_syn(conn) : PROBE_NONE;
	/* An open port answers an ACK of no connection by an RST, too. */
	if (probe == PROBE_NONE || probe == PROBE_ACK)
		return PORT_UNKNOWN;
	return conn_sent_only_resets(conn, !conn->orig) ? PORT_CLOSED :
	    PORT_UNKNOWN;
}

enum probe
probe_kind(const struct conn *conn)
{
	const struct endpoint *orig = &conn->endpoint[conn->orig];
	const struct lifecycle *life = &conn->lifecycle[conn->orig];

	if (!is_silent(conn))
		return PROBE_NONE;
	if (!began_with_syn(conn))
		return probe_without_syn(conn);
	if (port_by_syn(conn) != PORT_OPEN || !conn->is_closed)
		return PROBE_NONE;
	if (orig->rst_count > 0 &&
	    orig->pkts == (uint64_t)life->syn_count + orig->rst_count)
		return PROBE_SYN;
	return orig->sent_non_syn ? PROBE_CONNECT : PROBE_NONE;
}

const char *
probe_port_name(enum port_state state)
{
	static const char *const names[] = {
		[PORT_UNKNOWN] = NULL,
		[PORT_OPEN] = "open",
		[PORT_CLOSED] = "closed",
		[PORT_FILTERED] = "filtered",
	};

	return names[state];
}

const char *
probe_name(enum probe probe)
{
	static const char *const names[] = {
		[PROBE_NONE] = NULL,
		[PROBE_SYN] = "syn",
		[PROBE_CONNECT] = "connect",
		[PROBE_ACK] = "ack",
		[PROBE_FIN] = "fin",
		[PROBE_NULL] = "null",
		[PROBE_XMAS] = "xmas",
	};

	return names[probe];
}
