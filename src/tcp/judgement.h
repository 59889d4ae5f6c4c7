/* SPDX-License-Identifier: BSD-2-Clause */
/* The judgement of one segment: the tracker returns it, the views print it. */
#ifndef TCPSTATES_TCP_JUDGEMENT_H
#define TCPSTATES_TCP_JUDGEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/segment.h"
#include "tcp/endpoint.h"
#include "tcp/judged.h"

/* On what evidence a segment that fills a hole or repeats was judged. */
enum evidence {
#define EVIDENCE(name, words) EVIDENCE_##name,
#include "tcp/evidence.def"
#undef EVIDENCE
	EVIDENCE_COUNT
};

const char *evidence_words(enum evidence);

struct judgement {
	uint32_t bits;		/* set of 1 << enum judged */
	enum cause cause;	/* of a retransmission */
	enum evidence evidence;
	unsigned side;		/* the sender: index of conn->endpoint[] */

	/* Offsets; valid when has_offset (the sender's base is known). */
	int64_t start;		/* of its first byte of sequence space */
	int64_t end;		/* after its last */
	int64_t expected;	/* next expected of this side before it */
	int64_t ack;		/* what it acknowledges, in the peer's space */
	bool has_offset;
	bool has_ack;

	/* What its ACK newly covers: segments of the peer. */
	uint64_t covers_first;	/* frame of the first segment covered, 0 none */
	uint64_t covers_last;	/* and of the last */
	uint32_t covers_count;
	int64_t covers_rtt;	/* ns since the last was first sent, -1 none */

	uint64_t repeats_frame;	/* frame that first carried these bytes, 0 */
	int64_t repeats_ns;	/* ns since the frame above, if there is one */
	int64_t resent_ns;	/* ns since its first byte was last sent */
	/* Of a DSACK: the retransmission that it proves needless. */
	uint64_t needless_frame;	/* 0 none */
	uint64_t arrived_frame;	/* what that one repeated, 0 unknown */
	int64_t window;		/* advertised, scaled; -1 unknown */
	int64_t in_flight;	/* sender's bytes in flight after it; -1 */
	int64_t window_left;	/* bytes the sender may add; -1 unknown */
	int64_t delta_ns;	/* since the connection's segment before it */

	/* Of an RST: what the segments of its sender have; 0 unknown. */
	uint16_t sender_ip_id;	/* of the last one, if they count upwards */
	uint8_t sender_ttl;
};

/* One endpoint's change of state. */
struct transition {
	int64_t time_ns;
	uint64_t frame;
	unsigned side;		/* index of conn->endpoint[] */
	uint8_t from;		/* enum state */
	uint8_t to;
	int64_t since_ns;	/* since this side's last change; -1 the first */
};

#endif
