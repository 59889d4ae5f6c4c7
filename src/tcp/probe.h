/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a connection shows of the responder's port, and whether it asked for
 * no more than that: scans, and health checks, which look the same.
 */
#ifndef TCPSTATES_TCP_PROBE_H
#define TCPSTATES_TCP_PROBE_H

struct conn;

enum port_state {
	PORT_UNKNOWN,
	PORT_OPEN,	/* a SYN-ACK answered */
	PORT_CLOSED,	/* an RST, and nothing else (RFC 9293, 3.10.7.1) */
	PORT_FILTERED	/* nothing, for two SYNs or more, or an ICMP error */
};

/* By the segments that the originator sent. */
enum probe {
	PROBE_NONE,
	PROBE_SYN,	/* SYN, and RST after the SYN-ACK */
	PROBE_CONNECT,	/* a handshake, and a close without data */
	PROBE_ACK,	/* an ACK of no connection */
	PROBE_FIN,	/* a FIN without ACK */
	PROBE_NULL,	/* no flag at all */
	PROBE_XMAS	/* FIN, PSH and URG */
};

/* Both need conn->analysis, kept and not packed (see tcp/pack.h). */
enum port_state probe_port(const struct conn *);
enum probe probe_kind(const struct conn *);

/* "open"; NULL for PORT_UNKNOWN. */
const char *probe_port_name(enum port_state);

/* "syn"; NULL for PROBE_NONE. */
const char *probe_name(enum probe);

#endif
