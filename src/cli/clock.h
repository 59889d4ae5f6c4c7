/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The current time by the clock of a live capture: the time of its last frame,
 * plus the time since then.  An interface may have its own clock, so the
 * machine's is used only until the first frame.
 *
 * Between two queries the capture's clock should advance as far as the
 * monotonic clock; if it advances farther, it jumped.  Frames may come late,
 * so less proves nothing, and the engine sees timestamps that go backwards.
 */
#ifndef TCPSTATES_CLI_CLOCK_H
#define TCPSTATES_CLI_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct capture_clock {
	int64_t frame_ns;	/* time of the last frame */
	bool is_new;		/* that frame came after the last query */
	bool has_frame;		/* there was a frame */
	int64_t base_ns;	/* capture time at the query... */
	int64_t asked_ns;	/* ...and monotonic time */
	bool has_lead;
	int64_t lead_ns;	/* maximum of capture time - monotonic time */
	uint64_t leaps;		/* jumps: clock set, or machine suspended */
};

/* Start without a frame. */
void capture_clock_init(struct capture_clock *);

/* Note a frame and its time. */
static inline void
capture_clock_note(struct capture_clock *clock, int64_t frame_ns)
{
	clock->frame_ns = frame_ns;
	clock->is_new = true;
	clock->has_frame = true;
}

int64_t capture_clock_now(struct capture_clock *);
/* The same at `now_ns` of the monotonic clock. */
int64_t capture_clock_at(struct capture_clock *, int64_t now_ns);

#endif
