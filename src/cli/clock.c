/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/clock.h"

#include <time.h>

#include "base/nstime.h"
#include "capture/clock.h"

/* Two clocks that are not set drift apart by less between two frames. */
#define LEAP_NS		(2 * NS_PER_SEC)

void
capture_clock_init(struct capture_clock *clock)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	*clock = (struct capture_clock){
		.frame_ns = nstime_from(now.tv_sec, now.tv_nsec),
		.is_new = true,
	};
}

static void
note_lead(struct capture_clock *clock, int64_t lead_ns)
{
	if (clock->has_lead &&
	    nstime_diff(lead_ns, clock->lead_ns) > LEAP_NS)
		clock->leaps++;
	if (!clock->has_lead || lead_ns > clock->lead_ns)
		clock->lead_ns = lead_ns;
	clock->has_lead = true;
}

int64_t
capture_clock_at(struct capture_clock *clock, int64_t now_ns)
{
	if (clock->is_new) {
		if (clock->has_frame)
			note_lead(clock, nstime_diff(clock->frame_ns,
			    now_ns));
		clock->base_ns = clock->frame_ns;
		clock->asked_ns = now_ns;
		clock->is_new = false;
	}
	return clock->base_ns > INT64_MAX - (now_ns - clock->asked_ns) ?
	    INT64_MAX : clock->base_ns + (now_ns - clock->asked_ns);
}

int64_t
capture_clock_now(struct capture_clock *clock)
{
	return capture_clock_at(clock, clock_now());
}
