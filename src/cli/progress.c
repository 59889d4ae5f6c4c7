/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/nstime.h"
#include "capture/clock.h"
#include "capture/source.h"

#define FIRST_NS	NS_PER_SEC
#define EVERY_NS	(NS_PER_SEC / 4)
#define NAME_COLUMNS	24	/* of the name; of a longer one, its end */

void
progress_init(struct progress *progress, bool wanted)
{
	*progress = (struct progress){
		.is_on = wanted && isatty(STDERR_FILENO),
	};
}

bool
progress_is_due(const struct progress *progress)
{
	return progress->is_on && clock_now() >= progress->next_ns;
}

/* The last part of a name, without control sequences. */
static void
short_name(char buf[NAME_COLUMNS + 1], const char *name)
{
	const char *slash = strrchr(name, '/');
	size_t len;

	if (slash != NULL && slash[1] != '\0')
		name = slash + 1;
	len = strlen(name);
	if (len > NAME_COLUMNS)
		name += len - NAME_COLUMNS;
	snprintf(buf, NAME_COLUMNS + 1, "%s", name);
	for (char *c = buf; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

static uint64_t
per_second(uint64_t count, int64_t ns)
{
	const uint64_t ms = (uint64_t)(ns / NS_PER_MS);

	if (ms == 0)
		return 0;
	return count <= UINT64_MAX / 1000 ? count * 1000 / ms :
	    count / ms * 1000;
}

void
progress_line(char buf[PROGRESS_SIZE], const struct source_info *info,
    uint64_t frames, int64_t elapsed_ns)
{
	const uint64_t rate = per_second(info->at, elapsed_ns);
	char name[NAME_COLUMNS + 1];
	uint64_t left;

	short_name(name, info->name != NULL ? info->name : "");
	if (info->size == 0 || info->at > info->size || rate == 0) {
		snprintf(buf, PROGRESS_SIZE, "%s: %" PRIu64 " packets, %"
		    PRIu64 "/s", name, frames,
		    per_second(frames, elapsed_ns));
		return;
	}
	left = (info->size - info->at) / rate;
	snprintf(buf, PROGRESS_SIZE, "%s: %" PRIu64 "%%, %" PRIu64
	    " packets/s, %" PRIu64 ":%02" PRIu64 " left", name,
	    info->at * 100 / info->size, per_second(frames, elapsed_ns),
	    left / 60, left % 60);
}

void
progress_show(struct progress *progress, const struct source_info *info)
{
	const int64_t now = clock_now();
	char line[PROGRESS_SIZE];

	/* Before the header of a pipe there is nothing to show. */
	if (info->name == NULL)
		return;
	if (info->name != progress->name) {
		progress->name = info->name;
		progress->start_ns = now;
		progress->seen_before = info->seen;
		progress->next_ns = now + FIRST_NS;
		return;
	}
	progress->next_ns = now + EVERY_NS;
	progress_line(line, info, info->seen - progress->seen_before,
	    now - progress->start_ns);
	fprintf(stderr, "\r%s\033[K", line);
	fflush(stderr);
	progress->is_shown = true;
}

void
progress_erase(struct progress *progress)
{
	if (progress->is_shown)
		fprintf(stderr, "\r\033[K");
	progress->is_shown = false;
}
