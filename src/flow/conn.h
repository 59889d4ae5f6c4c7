/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection: what every figure of the default report needs, and no
 * more, for a busy day has millions of connections.  The state that the
 * analysis of segments needs besides is in `analysis` and belongs to tcp/.
 *
 * The two endpoints are in the order of the key.  Which of them opened the
 * connection is a separate bit, so that learning it late costs nothing.
 */
#ifndef TCPSTATES_FLOW_CONN_H
#define TCPSTATES_FLOW_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "flow/key.h"

struct analysis;
struct packed;

/*
 * What one endpoint sent.  Offsets are from its ISN, see base/seq.h.  One line
 * of the cache, as nearly every segment needs most of it; what the handshake
 * and the close alone write is in struct lifecycle.
 */
struct endpoint {
	int64_t nxt;		/* offset after the highest byte sent */
	int64_t una;		/* highest offset that the peer acknowledged */
	uint64_t pkts;		/* segments */
	uint64_t bytes;		/* bytes of payload, repeats included */
	uint64_t ip_bytes;	/* bytes of IP packets */
	uint32_t isn;		/* where offset 0 is, if has_base or has_una */
	uint32_t ts_recent;	/* latest TSval, if has_ts */
	uint32_t rst_count;	/* segments with RST */
	uint16_t window;	/* last advertised window, raw field */
	uint16_t first_ip_id;	/* IP ID of its first segment, 0 if none */
	uint16_t mss;		/* bytes offered, if has_mss */
	uint8_t wscale;		/* shift offered, if has_wscale: see conn_shift() */
	uint8_t state;		/* enum state, see tcp/state.h */

	bool has_base : 1;	/* offsets mean something */
	bool has_isn : 1;	/* a SYN of this side was seen: isn is its own */
	bool has_options : 1;	/* and its options were captured whole */
	bool has_una : 1;	/* una is known; the ACK's raw number until has_base */
	bool has_ts : 1;	/* a timestamp was seen */
	bool has_window : 1;	/* a segment with a window was seen */
	bool has_mss : 1;
	bool has_wscale : 1;
	bool has_sack_permitted : 1;
	bool has_timestamps : 1;	/* offered on its SYN */
	bool has_fin : 1;	/* its FIN was seen, just below fin_end */
	bool fin_acked : 1;	/* and acknowledged by the peer */
	bool fin_delivered : 1;	/* and nothing is missing before it */
	bool sent_non_syn : 1;	/* has sent anything but SYN and SYN-ACK */
	bool sent_data : 1;
	bool sent_synack : 1;
	bool ip_id_varies : 1;	/* has not always sent first_ip_id */
	bool has_own_vni : 1;	/* sends with another VNI than that of key */
	/*
	 * An RST closed the endpoint, which may prove to have ignored it:
	 * see tcp/machine.h.
	 */
	bool sent_reset : 1;	/* the RST has its address, at least */
	bool went_on : 1;	/* has sent new bytes since */
	uint8_t beneath : 4;	/* 1 + enum state without that RST, 0 none */
	uint8_t ttl;		/* of its last segment without RST */
};

/* How what one endpoint sent begins and ends. */
struct lifecycle {
	int64_t fin_end;	/* offset after its FIN, if has_fin */
	uint32_t syn_count;	/* segments with SYN */
	uint32_t fin_count;	/* segments with FIN */
};

/*
 * Figures of section D, pooled over both directions: see the rules of the
 * report (a sample of RTT is of what the originator sent).
 */
struct report_stats {
	uint64_t win_sum;	/* bytes */
	uint64_t win_count;	/* segments whose window is in win_sum */
	uint32_t win_min;	/* bytes */
	uint32_t win_max;	/* bytes */
	int64_t rtt_sum;	/* ns */
	int64_t rtt_min;	/* ns */
	int64_t rtt_max;	/* ns */
	uint32_t rtt_count;	/* samples */
	uint32_t duplicates;	/* capture duplicates left out */
};

/*
 * The order is that of lines of the cache: a segment in mid-connection needs
 * all but the last.  conn.c has it checked.
 */
struct conn {
	struct key key;
	uint8_t orig;		/* side that opened it: index of endpoint[] */
	bool is_closed : 1;	/* reset, or FIN both ways */
	bool is_midstream : 1;	/* its first segment has no SYN */
	bool data_after_fin : 1;	/* data seen after the first FIN */
	bool is_returned : 1;	/* continues one that a limit ended */
	bool is_reported : 1;	/* at its close: see engine/closings.h */
	bool is_revised : 1;	/* and has changed since */
	bool copies_elsewhere : 1;	/* its segments have copies elsewhere, */
	bool copies_altered : 1;	/* some of which were altered on the way */
	bool is_final : 1;	/* closed, nothing in flight: see tcp/tracker.h */
	bool fin_seen : 1;	/* a FIN was seen, as in lifecycle[] */
	bool handshake_done : 1;	/* as far as the analysis goes */
	bool is_packed : 1;	/* and so is its analysis: see tcp/pack.h */
	bool rst_pending : 1;	/* an RST in the window, and nothing since */
	bool has_twin : 1;	/* captured with and without a VNI */
	bool has_older : 1;	/* a connection had its key before */
	bool is_challenged : 1;	/* an ACK of another connection met its SYN */
	bool has_strays : 1;	/* segments were rejected lately: tcp/strays.h, */
	bool has_stray_run : 1;	/* and those of a side follow one another */
	uint8_t retired : 3;	/* enum retired, see flow/limits.h */
	uint8_t copies_here : 3;	/* copies of each from the same place */
	union {
		struct analysis *analysis;	/* NULL: there is none (any more) */
		struct packed *packed;	/* if is_packed */
	};
	uint64_t last_frame;

	int64_t last_ns;	/* time of the last segment */
	struct report_stats report;

	struct endpoint endpoint[2];

	struct lifecycle lifecycle[2];	/* in the order of endpoint[] */
	struct conn *next;	/* in order of number */
	uint64_t number;	/* by first segment, from 1 */
	int64_t first_ns;	/* time of the first segment */
	uint64_t first_frame : 48;
	/* An ICMP error reported a smaller MTU: known in every mode. */
	uint64_t has_path_mtu : 1;
	/* Evidence from other connections: see diagnosis/related.h. */
	uint64_t related : 7;	/* set of enum relation */
	uint64_t usual_ttl : 8;	/* of the host that sent nothing but RSTs */
};

#define COPIES_HERE_MAX	7
#define RETIRED_MASK	7

/* Bytes of a connection that nearly every segment needs. */
#define CONN_HOT_BYTES	offsetof(struct conn, lifecycle)

/* Prefetch the whole connection. */
static ALWAYS_INLINE void
conn_fetch(const struct conn *conn)
{
	for (size_t i = 0; i < sizeof(*conn); i += LINE_BYTES)
		PREFETCH((const char *)conn + i);
}

/*
 * List walk: connections are adjacent in memory, in list order, unless some
 * were removed or several tables were united.
 */
#define CONNS_AHEAD	8

static ALWAYS_INLINE const struct conn *
conn_ahead(const struct conn *conn)
{
	const uintptr_t at = (uintptr_t)conn + CONNS_AHEAD * sizeof(*conn);

	/* NOLINTNEXTLINE(*-no-int-to-ptr): beyond what is pointed to */
	return (const struct conn *)at;
}

static ALWAYS_INLINE void
conn_fetch_ahead(const struct conn *conn)
{
	conn_fetch(conn_ahead(conn));
}

/* Prefetch what list walk and selection read. */
static ALWAYS_INLINE void
conn_fetch_links_ahead(const struct conn *conn)
{
	PREFETCH((const char *)conn_ahead(conn) + CONN_HOT_BYTES);
}

static inline const struct endpoint *
conn_orig(const struct conn *conn)
{
	return &conn->endpoint[conn->orig];
}

static inline const struct endpoint *
conn_resp(const struct conn *conn)
{
	return &conn->endpoint[!conn->orig];
}

/* The classes of the report; they overlap on purpose. */
bool conn_is_complete(const struct conn *);	/* a SYN and a FIN were seen */
bool conn_is_reset(const struct conn *);	/* an RST was seen */
bool conn_is_open(const struct conn *);	/* no FIN, or data after the first */

/* Did both SYNs offer window scaling, so that it is used? (RFC 7323, 2.2) */
static inline bool
conn_has_scaling(const struct conn *conn)
{
	return conn->endpoint[0].has_wscale && conn->endpoint[1].has_wscale;
}

/*
 * Is it known whether scaling is used?  Both SYNs were seen, or one that
 * does not offer it, which is enough to do without (RFC 7323, 2.2).
 */
static inline bool
conn_knows_scaling(const struct conn *conn)
{
	const struct endpoint *a = &conn->endpoint[0];
	const struct endpoint *b = &conn->endpoint[1];

	return (a->has_options && (b->has_options || !a->has_wscale)) ||
	    (b->has_options && !b->has_wscale);
}

/*
 * How far the windows of an endpoint are shifted while scaling is used:
 * what it offered, but 14 at most (RFC 7323, 2.3).
 */
#define CONN_SHIFT_MAX	14

static inline unsigned
conn_shift(const struct endpoint *e)
{
	return e->wscale < CONN_SHIFT_MAX ? e->wscale : CONN_SHIFT_MAX;
}

/* SYN and FIN segments of both sides. */
uint64_t conn_syn_count(const struct conn *);
uint64_t conn_fin_count(const struct conn *);

/* Has this side sent RSTs and nothing else? */
bool conn_sent_only_resets(const struct conn *, unsigned side);

/* Segments of both endpoints. */
static inline uint64_t
conn_segments(const struct conn *conn)
{
	return conn->endpoint[0].pkts + conn->endpoint[1].pkts;
}

/* Has an endpoint sent payload? */
static inline bool
conn_has_data(const struct conn *conn)
{
	return conn->endpoint[0].sent_data || conn->endpoint[1].sent_data;
}

static inline bool
conn_is_one_segment(const struct conn *conn)
{
	return conn_segments(conn) == 1;
}

/* Neither endpoint has sent more than SYN and SYN-ACK. */
static inline bool
conn_is_half_open(const struct conn *conn)
{
	return !conn->is_closed && !conn->endpoint[0].sent_non_syn &&
	    !conn->endpoint[1].sent_non_syn && conn_syn_count(conn) > 0;
}

/* Both endpoints have sent more than SYNs: the handshake is complete. */
static inline bool
conn_is_two_way(const struct conn *conn)
{
	return conn->endpoint[0].sent_non_syn && conn->endpoint[1].sent_non_syn;
}

#endif
