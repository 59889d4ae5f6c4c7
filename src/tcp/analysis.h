/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the analysis of segments knows about a connection beyond the figures
 * of the default report: the analysed parts of both endpoints (endpoint.h), in
 * the order of the connection's endpoints, and what concerns both.
 */
#ifndef TCPSTATES_TCP_ANALYSIS_H
#define TCPSTATES_TCP_ANALYSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "tcp/endpoint.h"
#include "tcp/icmp_error.h"

struct diagnosis;
struct owned;
struct strays;

/*
 * What the follower keeps per connection with statistics, and where the rest
 * is: see tcp/follow.h.
 */
struct follow_notes {
	/* What every segment needs, in one cache line: see prefetch.c. */
	struct diagnosis *diagnosis;	/* NULL until data has flowed */
	uint32_t late_synacks;		/* after the handshake, without a SYN */
	uint8_t reset_ttl[2];		/* of each side's first RST, 0 none */
	uint8_t outlived : 2;		/* sides that sent data after their RST */
	bool has_second_synack : 1;	/* a late one that a SYN may explain */
	bool has_close : 1;
	bool is_shaken : 1;		/* the handshake is over */
	bool is_heard : 1;		/* the responder has sent more since */
	bool is_unanswered : 1;		/* a SYN had no answer when repeated */
	uint8_t ignored : 4;		/* retransmissions of data until then */

	int64_t handshake_ns;		/* from first_ns to its last segment */
	int64_t retry_ns;		/* of that: until segments were repeated */
	uint64_t handshake_frame;	/* that last segment; 0: the first */
	int64_t close_ns;		/* first FIN or RST, if has_close */
};

enum ecn_use {
	ECN_NONE,		/* not negotiated, or not seen to be */
	ECN_CLASSIC,		/* RFC 3168 */
	ECN_ACCURATE		/* RFC 9768 */
};

struct analysis {
	struct endpoint_track track[2];		/* as conn->endpoint[] */
	struct endpoint_stats *stats;	/* as conn->endpoint[] */

	bool has_synack : 1;		/* synack_ns is known */
	bool tfo_cookie : 1;		/* a TFO cookie was asked for or used */
	bool tfo_data : 1;		/* data in the SYN */
	bool mptcp : 1;			/* MP_CAPABLE or MP_JOIN seen */
	bool ecn_offered : 1;		/* by the SYN */
	bool ecn_offered_accurate : 1;
	bool history_full : 1;		/* letters were left out */
	bool is_followed : 1;		/* notes are kept */
	uint8_t ecn;			/* enum ecn_use */
	uint8_t reset_by;		/* 1 + side of the first RST, 0 none */
	uint8_t first_fin_by;		/* 1 + side of the first FIN, 0 none */
	uint8_t synack_side;		/* that sent the SYN-ACK */
	uint8_t syns_by;		/* 1 << side, per sender of a SYN */
	uint8_t completeness;		/* Wireshark's bits, if they are kept */
	uint16_t path_mtu;		/* from "fragmentation needed", 0 none */
	uint8_t history_len;		/* letters of the history */
	uint32_t unreachable;		/* ICMP errors quoting it */
	int64_t synack_ns;		/* last SYN-ACK */
	int64_t rtt_syn;		/* ns, -1 unknown: responder's half */
	int64_t rtt_ack;		/* ns, -1 unknown: originator's half */
	int64_t rtt_initial;		/* ns, -1 unknown: both */
	struct strays *strays;		/* NULL: none lately, see strays.h */

	/* Zeek's letters, for output only; no memory where they are not kept. */
	char history[HISTORY_MAX];
	struct follow_notes notes;	/* likewise, as is all that follows */
	struct owned *owned;		/* see records/owners.h; not read here */
	struct icmp_error first_error;	/* frame 0: none quotes it */
	int64_t unreachable_ns;		/* if was_unreachable: the last error */
	uint8_t unreachable_side : 1;	/* that this calls unreachable */
	bool was_unreachable : 1;
	uint16_t first_flags;		/* enum tcp_flag of the first segment */
};

/* The size of an analysis without statistics, in whole cache lines. */
#define ANALYSIS_BARE_BYTES	((offsetof(struct analysis, history) + \
				    LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES)

/* An analysis whose statistics are kept. */
struct kept_analysis {
	struct analysis analysis;	/* first: the two share an address */
	struct endpoint_stats stats[2];
};

struct conn;
struct step;
struct tracker;

/*
 * The pipeline's steps: allocate the analysis of a connection when first
 * needed; free or pack it once the connection is final, and pack it while there
 * is a single segment.
 */
void analysis_begin(struct step *);
void analysis_settle(struct step *);

/* Have a step reach the parts of both endpoints in `an`. */
void analysis_attach(struct step *, struct analysis *an);

/* Free the analysis of a connection, if it has one. */
void analysis_end(struct tracker *, struct conn *);

/*
 * Store the analysis of a connection from which no segment is expected in few
 * bytes (pack.h).  Those of final connections are packed already.
 */
void analysis_pack(struct tracker *, struct conn *);

/* 0, or -ERR_NOMEM: it stays packed. */
int analysis_unpack(struct tracker *, struct conn *);

#endif
