/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bulk sender, round trip by round trip.  Two things show over rounds only:
 *
 * A standing queue.  Round trips vary, but the shortest one of a round comes
 * back to that of the path unless a queue never empties (the idea of CoDel,
 * RFC 8289, 3.1).  Two rounds in a row make sure.
 *
 * A plateau.  A sender that has the same amount in flight round after round,
 * with room in the window, without loss and without queue, is limited by its
 * send buffer or by a fixed congestion window.
 */
#ifndef TCPSTATES_DIAGNOSIS_ROUNDS_H
#define TCPSTATES_DIAGNOSIS_ROUNDS_H

#include <stdbool.h>
#include <stdint.h>

struct wait;

/* Zeroed: no round has begun. */
struct rounds {
	int64_t begin_ns;	/* of the round that goes on, if has_begun */
	int64_t path_ns;	/* booked to the path when it began */
	int64_t run_path_ns;	/* of the plateau's rounds, not moved yet */
	int64_t run_ns;		/* when the plateau began... */
	uint64_t run_frame;	/* ... and in which frame */
	uint32_t delay_min;	/* least delay in this round, 0 none */
	uint32_t delay_before;	/* lesser of the two rounds before, 0 unknown */
	uint32_t delay_last;	/* in the last round, 0 unknown */
	uint32_t flight_max;	/* largest flight in this round */
	uint32_t run_flight;	/* and in the plateau's first round */
	uint16_t delays;	/* samples in this round, saturating */
	uint16_t run;		/* rounds of the plateau, saturating */
	bool has_begun : 1;
	bool is_broken : 1;	/* this round belongs to no plateau */
	bool has_gap : 1;	/* nothing came for a quarter of this round */
	bool is_even : 1;	/* a plateau had a round without such a gap */
};

/* X, a bulk sender, sends new data, which was booked: add it to its round. */
void rounds_data(struct wait *);

/* The delay of both halves of the path as it is now, ns. */
void rounds_delay(struct rounds *, int64_t ns);

/* Does a queue stand on a path whose own delay is `least_ns`? */
bool rounds_have_queue(const struct rounds *, int64_t least_ns);

#endif
