/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One segment at one point, as far as a comparison needs it: in a single cache
 * line, because each is copied on its way into a queue.
 *
 * Until its pair is known, a transmission is not numbered: `start` and `ack`
 * are the raw numbers, `ns` is by the clock of its own point, and `conn` and
 * `side` say where it belongs.
 */
#ifndef TCPSTATES_COMPARE_TRANSMISSION_H
#define TCPSTATES_COMPARE_TRANSMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/segment.h"

/* Connections of higher numbers have no partner. */
#define TRANSMISSION_CONN_MAX	(UINT32_MAX / 2)

/* Added to a set of enum tcpopt_bit: the packet was cut within its options. */
#define OPTIONS_CUT	(1U << 15)

struct transmission {
	int64_t ns;		/* by the clock of point A */
	uint64_t frame;		/* in the capture of its point */
	int64_t start;		/* offset of its first byte */
	uint32_t len;		/* sequence numbers: bytes, SYN and FIN */
	union {
		uint32_t conn;	/* number at its point, or 0 */
		uint32_t lane;	/* index, until the lane takes it */
		/* Bytes that pieces at the other point hold. */
		uint32_t covered;
	};
	uint32_t ack;		/* relative to the peer's base */
	uint32_t tsval;
	uint32_t judged;	/* set of 1 << enum judged, at its point */
	union {
		uint32_t side;	/* of the sender: index of conn->endpoint[] */
		uint32_t serial;	/* by order at its point; wraps */
	};
	/* With `covered`, they describe the bytes that no piece holds: lane.c. */
	union {
		uint16_t window;
		uint16_t skipped;	/* how many, before the last piece */
	};
	union {
		uint16_t ip_id;
		uint16_t holes_start;	/* where the first of them is */
	};
	uint16_t options;	/* set of enum tcpopt_bit, and OPTIONS_CUT */
	union {
		uint16_t mss;	/* with OPT_MSS */
		/* Else, of a lost one: bytes from its start that came later. */
		uint16_t repaired;
	};
	uint16_t flags;
	union {
		uint16_t residue;	/* see residue.h */
		uint16_t holes_end;
	};
	uint8_t ttl;
	uint8_t dscp;
	uint8_t wscale;
	unsigned ecn : 2;
	bool has_residue : 1;
	bool is_gone : 1;	/* matched, and still in the queue */
	bool is_old : 1;	/* starts below the highest byte of its point */
	bool is_repeat : 1;	/* its bytes had passed this point before */
	bool is_repaired : 1;	/* its bytes were matched later */
	/*
	 * Upstream: a later ACK covers it.  Downstream: the other capture has
	 * a gap where its bytes are.
	 */
	bool is_explained : 1;
};

/* The options that were captured of a segment. */
static inline uint16_t
transmission_options(const struct segment *seg)
{
	const unsigned cut = seg->depth < DEPTH_OPTIONS ? OPTIONS_CUT : 0;

	return (uint16_t)(seg->opt.present | cut);
}

/* Offset behind its last byte. */
static inline int64_t
transmission_end(const struct transmission *t)
{
	return t->start + t->len;
}

/* Its bytes, without the sequence numbers of SYN and FIN. */
static inline uint32_t
transmission_payload(const struct transmission *t)
{
	const uint32_t flags = ((t->flags & TCP_SYN) != 0) +
	    (uint32_t)((t->flags & TCP_FIN) != 0);

	return t->len > flags ? t->len - flags : 0;
}

#endif
