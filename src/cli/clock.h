/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What time it is by the clock of a live capture: that of its last frame,
 * and as much later as has gone by since.  The clock of the machine is asked
 * only until the first frame comes: an interface may have one of its own.
 *
 * When it is asked, the frames' clock should have gone on as far as the one
 * that nobody can set; more is a leap.  (Frames may come late, so less is
 * nothing; that time went back is seen by the frames themselves.)
 */
#ifndef TCPSTATES_CLI_CLOCK_H
#define TCPSTATES_CLI_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct capture_clock {
	int64_t frame_ns;	/* of the last frame */
	bool is_new;		/* it came after the last question */
	bool has_frame;		/* there was one at all */
	int64_t base_ns;	/* its time, when that was asked... */
	int64_t asked_ns;	/* ...by the clock that goes forward only */
	bool has_lead;
	int64_t lead_ns;	/* most that the frames' was ahead of that */
	uint64_t leaps;		/* it was set ahead, or the machine slept */
};

/* No frame so far. */
void moment_init(struct capture_clock *);

/* A frame of this time. */
static inline void
moment_note(struct capture_clock *moment, int64_t frame_ns)
{
	moment->frame_ns = frame_ns;
	moment->is_new = true;
	moment->has_frame = true;
}

int64_t moment_now(struct capture_clock *);
/* The same when it is `now_ns` by the clock that goes forward only. */
int64_t moment_at(struct capture_clock *, int64_t now_ns);

#endif
