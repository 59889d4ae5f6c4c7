/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One TCP endpoint.  Its state stands in four structures, hottest first, so
 * that a segment in mid-connection touches as few cache lines as it can:
 *
 *	part		declared in	read and written
 *	endpoint	flow/conn.h	by every segment: one cache line
 *	lifecycle	flow/conn.h	by SYN and FIN only
 *	endpoint_track	here		by the judgement of segments: the first
 *					line by every one, the next three by
 *					data and the ACK of data
 *	endpoint_stats	here		written for records and views, which
 *					alone read them; no judgement does
 *
 * The first two stand in the connection, the other two in its analysis; the
 * pipeline writes all of them (tcp/pipeline.h), and struct endpoint_parts is
 * the handle by which a step reaches each.
 *
 * Bounded whatever the input: the arrays that an endpoint grows stop at the
 * constants below, and what is then forgotten is counted (see HACKING.md,
 * "Memory").
 */
#ifndef TCPSTATES_TCP_ENDPOINT_H
#define TCPSTATES_TCP_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/series.h"
#include "decode/segment.h"
#include "flow/conn.h"
#include "tcp/judged.h"

/* Unacknowledged segments remembered per side; beyond, neighbours merge. */
#define INFLIGHT_MAX	4096
/* Holes in the sequence space remembered per side; beyond, lowest forgotten. */
#define HOLES_MAX	256
/*
 * Retransmissions remembered per side, for DSACKs to come: see recents.h. Both
 * are powers of two.
 */
#define RECENT_FEW	8
#define RECENT_MAX	1024
/* TSvals waiting for their echo per side; beyond, a sample is not taken. */
#define TSVALS_MAX	8
/* Letters of the history string, its NUL included. */
#define HISTORY_MAX	48

/* Why a retransmission was sent. */
enum cause {
	CAUSE_NONE,
	CAUSE_FAST,		/* duplicate ACKs or SACK, RFC 5681, 6675, 8985 */
	CAUSE_TIMEOUT,		/* silence for the RTO, RFC 6298 */
	CAUSE_TAIL_PROBE,	/* tail-loss probe, RFC 8985, 7.3 */
	CAUSE_SYN_AGAIN,	/* a SYN-ACK: the peer's SYN came again */
	CAUSE_SYN_DATA,		/* data of the SYN were not taken, RFC 7413 */
	CAUSE_UNKNOWN
};

/* Oddities of headers, and of the order of capture. */
struct header_counts {
	uint32_t sack;			/* segments that carry SACK blocks */
	uint32_t clock_back;		/* captured earlier than the one before */
	uint32_t unknown_options;	/* options of unknown kind */
	uint32_t malformed_options;	/* segments with an impossible option */
	uint32_t urgent;		/* segments with URG */
	uint32_t ece;			/* segments with ECE, SYNs excluded */
	uint32_t cwr;			/* segments with CWR, SYNs excluded */
	uint32_t ce;			/* packets marked CE on the path */
	uint32_t odd_events;		/* see struct state_cell */
};

/* Bytes of the peer that a side has selectively acknowledged: offsets. */
struct sack_block {
	int64_t start;
	int64_t end;
};

/* A segment (or merged neighbours) sent and not yet acknowledged. */
struct inflight {
	int64_t start;		/* offset of the first byte */
	int64_t end;		/* offset after the last */
	int64_t first_ns;	/* first sent */
	int64_t last_ns;	/* last sent */
	/* First sent in this frame: see inflight_frame(). */
	uint32_t frame_low;
	uint16_t frame_high;
	uint16_t open : 13;	/* retransmissions not yet judged: see loss.h */
	uint16_t is_resent : 1;	/* sent more than once, as far as known */
	uint16_t is_partly_acked : 1;	/* into the middle of a superframe */
	uint16_t is_merged : 1;	/* several segments: times are of the newest */
};

/* At a million frames a second it takes nine years to come this far. */
#define FRAME_MASK	((UINT64_C(1) << 48) - 1)
#define OPEN_MAX	((1 << 13) - 1)

/* Bytes passed over: not captured when those above them were. */
struct hole {
	int64_t start;
	int64_t end;
	int64_t seen_ns;	/* when a segment above it appeared */
	uint32_t asked_us;	/* from then until its receiver asked for it */
	uint32_t tsval;		/* of that segment, if has_tsval */
	uint32_t ack;		/* of that segment, if has_ack */
	uint16_t ip_id;		/* of that segment, 0 if none */
	bool has_tsval : 1;
	bool has_ack : 1;
	bool is_asked : 1;	/* asked_us is valid */
	bool is_older : 1;	/* than the capture, which began at seen_ns */
};

/* A retransmission that a DSACK may yet prove needless. */
struct recent {
	int64_t start;		/* offset of what no DSACK has reported of it */
	int64_t sent_ns;
	uint32_t len : 21;	/* bytes that no DSACK has reported */
	uint32_t behind : 11;	/* frames since the original, 0 unknown */
	uint32_t frame : 24;	/* lower bits of its number */
	uint32_t loss : 6;	/* enum judged: as it is counted, see loss.h */
	uint32_t is_spurious : 1;	/* counted as such */
	uint32_t was_known : 1;	/* to be so when it was sent */
};

#define RECENT_LEN_MASK		0x1fffff
#define RECENT_BEHIND_MAX	0x7ff
#define RECENT_FRAME_MASK	0xffffff
#define RECENT_LOSS_MASK	0x3f

/*
 * A SYN or SYN-ACK with an ISN other than the one in use: the ISN counts if the
 * peer acknowledges it. See negotiate.h.
 */
struct rival_syn {
	int64_t sent_ns;
	uint32_t isn;
	uint32_t tsval;
	uint32_t frame;		/* 0 if it has more digits */
	uint16_t mss;
	uint8_t wscale;
	bool is_whole : 1;	/* its options were captured whole */
	bool has_ack : 1;	/* it is a SYN-ACK */
	bool has_mss : 1;
	bool has_wscale : 1;
	bool has_sack_permitted : 1;
	bool has_timestamps : 1;
};

/* What an endpoint needs only if something it sends is lost or refused. */
struct sackboard {
	struct sack_block sacks[SACK_BLOCKS_MAX];	/* of its last report */
	/* The endpoint's last retransmissions: see recents.h. */
	struct recent *recents;		/* ring of recents_size entries */
	uint16_t recents_size;		/* a power of two, or 0 */
	uint16_t recents_count;
	uint16_t recents_next;		/* index of the next one */
	bool has_open_tsval;
	bool has_closed;
	bool has_timeout;
	struct recent recents_few[RECENT_FEW];
	int64_t run_start;	/* the last run of lost sequence numbers, */
	int64_t run_end;	/* and their end, if loss_runs > 0 */
	int64_t open_end;	/* no byte above is open, if has_open */
	int64_t closed_ns;	/* its peer's last zero window, if has_closed */
	int64_t timeout_ns;	/* its timer fired last, if has_timeout */
	uint32_t open_tsval;	/* of the first open one, if has_open_tsval */
};

/* Kinds of segments that prove something by being an endpoint's last. */
enum last_kind {
	LAST_OTHER,
	LAST_SYN,		/* without an ACK */
	LAST_SYN_ACK,
	LAST_RST
};

/*
 * Segments in flight that fit in the endpoint itself: most connections have no
 * more at a time. A power of two.
 */
#define INFLIGHT_FEW	2

/*
 * The state by which an endpoint's segments and their answers are judged.
 * Ordered by frequency of use, cache line by cache line, because cache misses
 * dominate the cost: every segment uses the first line, new data and their ACKs
 * the next three. Whole cache lines, so that the other endpoint's begin on a
 * new one; tcp/prefetch.c prefetches them.
 */
struct endpoint_track {
	_Alignas(LINE_BYTES)
	int64_t last_ns;		/* its last segment */
	int64_t last_data_ns;		/* its last segment with data */
	int64_t ack_progress_ns;	/* last time the peer's ACK of it advanced */
	/* What was sent and is not yet acknowledged: see inflight.h. */
	struct inflight *inflight;	/* ring of inflight_size entries */
	uint16_t inflight_size;		/* a power of two, or 0 */
	uint16_t inflight_head;
	uint16_t inflight_count;
	uint16_t holes_count;
	uint16_t holes_size;
	uint16_t max_payload;		/* largest payload sent, saturating */
	uint16_t last_ip_id;		/* of its last segment, 0 if none */
	uint8_t ip_id_run;		/* small steps upwards in a row */
	uint8_t tsvals_count;
	int32_t last_window;		/* last advertised, scaled; -1 unknown */
	uint32_t ack;			/* last ACK it sent, if has_ack */
	uint32_t dup_run;		/* duplicate ACKs it sent in a row */
	uint8_t sacks_count;
	uint8_t recovery_cause;		/* enum cause that began the recovery */

	bool has_ack : 1;
	bool has_rtt : 1;		/* srtt and rttvar are known */
	bool has_min_rtt : 1;		/* rtt_min is known */
	bool has_ts_first : 1;
	bool in_zero_window : 1;	/* its advertised window is zero */
	bool window_limited : 1;	/* it has used up its peer's window */
	bool is_recovering : 1;		/* until recovery_end is ACKed */
	bool has_rival : 1;		/* `rival` is set: of one side at most */
	uint8_t last_kind : 2;		/* enum last_kind of its last segment */
	bool has_open : 1;		/* something in flight is open: loss.h */
	bool awaits_keep_alive_ack : 1;
	bool awaits_probe_ack : 1;
	bool probe_byte_pending : 1;	/* probed with a byte beyond nxt */
	bool ip_id_increments : 1;		/* its IP IDs count upwards */
	bool may_ask_unseen : 1;	/* ACKs of a hole lack their options */

	/* Round trips of what it sent, up to the peer and back to us: ns. */
	union {
		struct {
			int64_t srtt;	/* RFC 6298 */
			int64_t rttvar;	/* RFC 6298 */
			int64_t rtt_min;	/* by ACK or timestamps */
		};
		/* Before any of these is known, if has_rival. */
		struct rival_syn rival;
	};
	struct inflight inflight_few[INFLIGHT_FEW];	/* the first ring */

	int64_t lowest_seen;		/* lowest offset captured: see holes.h */
	struct sackboard *sackboard;	/* NULL until it is needed */
	uint32_t forgotten : 31;	/* ranges forgotten at a bound */
	bool lacks_quantiles : 1;	/* there was no memory for them */
	uint32_t ts_first;		/* TSval at first_ns, if has_ts_first */

	uint32_t tsvals[TSVALS_MAX];	/* waiting for their echo */
	int64_t tsvals_ns[TSVALS_MAX];	/* and since when */

	/* What most segments leave alone. */
	struct hole *holes;		/* sorted, disjoint; if holes_size > 0 */
	int64_t first_ns;		/* its last SYN, else its first segment */
	int64_t recovery_end;		/* if is_recovering */
	int64_t state_ns;		/* last change, if changes are reported */
};

/*
 * Output-only statistics, for records and views; no judgement reads them. If no
 * output needs them, no endpoint has its own: see struct tracker.
 */
struct endpoint_stats {
	_Alignas(LINE_BYTES)
	/* Windows it advertised: no RST; scaled, or none when unknown. */
	uint32_t win_min;
	uint32_t win_max;
	uint64_t win_sum;		/* bytes */
	uint64_t win_count;
	int64_t max_flight;		/* most bytes in flight */
	uint64_t unique_bytes;		/* bytes of payload, each once */
	uint16_t history_seen;		/* letters of the history it has put */
	uint32_t history_zero;		/* segments with a window of zero */
	uint64_t retrans_bytes;		/* payload that was retransmitted */
	uint64_t repeated_bytes;	/* payload that was seen before */
	uint64_t missed_bytes;		/* bytes ACKed but never captured */
	struct series rtt;		/* by ACK (Karn, first sent) */
	struct series ts_rtt;		/* by TSval and TSecr */
	uint32_t judged[JUDGED_COUNT];	/* segments, by judgement */
	uint32_t timeouts;		/* firings of its retransmission timer */
	uint32_t loss_runs;		/* runs of lost segments: see loss.h */
	uint64_t loss_run_max;		/* sequence numbers of the longest */
	struct header_counts counts;
	uint32_t history_again;		/* segments that did not advance */
	uint32_t fin_seq;		/* of its last FIN, for the history */
	uint32_t rst_seq;		/* of its last RST */
	int64_t zero_since_ns;		/* start of its zero window, if is_zero */
	int64_t zero_ns;		/* its zero windows together */
	int64_t full_since_ns;		/* peer's window used up since, if is_full */
	int64_t limited_ns;		/* time it could not send for the window */
};

/* The parts of one endpoint, by their plain names. */
struct endpoint_parts {
	struct endpoint *hot;
	struct lifecycle *life;
	struct endpoint_track *track;	/* NULL without an analysis */
	struct endpoint_stats *stats;	/* NULL without an analysis */
};

#endif
