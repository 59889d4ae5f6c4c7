/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/clock.h"

#include <time.h>

#include "base/nstime.h"
#include "capture/clock.h"

/* Two clocks that nobody sets do not part by so much between two frames. */
#define LEAP_NS		(2 * NS_PER_SEC)

void
moment_init(struct capture_clock *moment)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	*moment = (struct capture_clock){
		.frame_ns = nstime_from(now.tv_sec, now.tv_nsec),
		.is_new = true,
	};
}

static void
note_lead(struct capture_clock *moment, int64_t lead_ns)
{
	if (moment->has_lead &&
	    nstime_diff(lead_ns, moment->lead_ns) > LEAP_NS)
		moment->leaps++;
	if (!moment->has_lead || lead_ns > moment->lead_ns)
		moment->lead_ns = lead_ns;
	moment->has_lead = true;
}

int64_t
moment_at(struct capture_clock *moment, int64_t now_ns)
{
	if (moment->is_new) {
		if (moment->has_frame)
			note_lead(moment, nstime_diff(moment->frame_ns,
			    now_ns));
		moment->base_ns = moment->frame_ns;
		moment->asked_ns = now_ns;
		moment->is_new = false;
	}
	return moment->base_ns > INT64_MAX - (now_ns - moment->asked_ns) ?
	    INT64_MAX : moment->base_ns + (now_ns - moment->asked_ns);
}

int64_t
moment_now(struct capture_clock *moment)
{
	return moment_at(moment, clock_now());
}
