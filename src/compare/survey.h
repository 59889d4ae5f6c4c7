/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first pass over one capture: its connections, the segments of their
 * handshakes, and a sample of all segments.  Both surveys together say which
 * connections belong together and how the two clocks differ.  A survey also
 * keeps all segments, as far as the spool has room, so that the capture need
 * not be read again.
 */
#ifndef TCPSTATES_COMPARE_SURVEY_H
#define TCPSTATES_COMPARE_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "compare/sightings.h"
#include "compare/sketch.h"
#include "compare/spool.h"
#include "compare/timeline.h"
#include "engine/engine.h"

/* By what a SYN or SYN-ACK can be recognised at another point. */
struct syn_view {
	uint32_t tsval;
	uint16_t ip_id;
	uint8_t ttl;
};

/* The handshake of a connection, as one point saw it. */
struct handshake {
	int64_t ns[3];		/* of the first SYN, SYN-ACK, and ACK of that */
	uint32_t tsecr[3];	/* their timestamp echoes */
	struct syn_view syn[2];		/* of the same */
	struct syn_view latest[2];	/* of the last SYN, and SYN-ACK */
	uint16_t options[2];	/* set of enum tcpopt_bit, and OPTIONS_CUT */
	uint8_t wscale[2];
	bool has[3];
};

enum { HANDSHAKE_SYN, HANDSHAKE_SYNACK, HANDSHAKE_ACK };

struct survey {
	struct tcpstates *engine;
	struct timeline timeline;
	struct sketch sketch;
	struct sightings batch;	/* on their way into the spool */
	struct spool spool;
	/* By connection number; conns[0] is not used. */
	const struct conn **conns;
	struct handshake *handshakes;
	size_t conn_count;	/* entries in use, 1 included */
	size_t handshake_room;
	int64_t first_ns;	/* of the first and the last frame */
	int64_t last_ns;
	bool is_out_of_memory;
};

/* What both points are read with. */
struct survey_options {
	uint64_t hash_key[2];
	bool vlan_key;
	bool no_tunnels;
	struct decode_as decode_as;
};

/* The engine's options for a pass over a capture, but for its events. */
struct tcpstates_options survey_engine(const struct survey_options *);

/* 0, or -ERR_NOMEM. */
int survey_init(struct survey *, const struct survey_options *) MUST_CHECK;
void survey_fini(struct survey *);

/* One frame.  False: out of memory. */
bool survey_frame(struct survey *, const struct frame *);

/* No more frames: sort the sample, index the connections.  0, or -ERR_NOMEM. */
int survey_finish(struct survey *) MUST_CHECK;

/*
 * Once the pairs are known: free what only finding them has needed.  Without a
 * whole spool that is all, and the capture has to be read again.
 */
void survey_reduce(struct survey *);

#endif
