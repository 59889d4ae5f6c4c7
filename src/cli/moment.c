/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/moment.h"

#include <time.h>

#include "base/nstime.h"
#include "capture/clock.h"

void
moment_init(struct moment *moment)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	moment_note(moment, nstime_from(now.tv_sec, now.tv_nsec));
}

int64_t
moment_now(struct moment *moment)
{
	const int64_t now = clock_now();

	if (moment->is_new) {
		moment->base_ns = moment->frame_ns;
		moment->asked_ns = now;
		moment->is_new = false;
	}
	return nstime_add(moment->base_ns, now - moment->asked_ns);
}
