/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/reading.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "capture/feed.h"
#include "capture/sigs.h"
#include "capture/unzip.h"

const char *
reading_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

void
reading_report_end(const struct reading *reading, const char *how,
    const char *reason)
{
	struct feed *feed = reading->feed;
	const uint64_t number = feed->info.seen - reading->seen_before;

	feed->info.cut_files++;
	feed_report(feed, "%s: %s after packet %" PRIu64 "%s%s", reading->name,
	    how, number, reason[0] != '\0' ? ": " : "", reason);
}

void
reading_report_damage(const struct reading *reading, const char *reason)
{
	reading_report_end(reading, "damaged", reason);
	feed_report(reading->feed, "hint: Wireshark may read on; try: "
	    "editcap -F pcap %s out.pcap", reading->path);
}

bool
reading_report_packing(const struct reading *reading)
{
	const char *complaint = input_complaint(reading->input);

	if (complaint != NULL)
		reading_report_end(reading, input_is_cut(reading->input) ?
		    "cut short" : "damaged", complaint);
	return complaint != NULL;
}

/* The writer of a pipe has stopped, too. */
void
reading_report_rest(const struct reading *reading)
{
	if (!sigs_stopped() || input_is_pipe(reading->input))
		return;
	feed_report(reading->feed, "%s: stopped after packet %" PRIu64 "; the "
	    "rest was not read", reading->name,
	    reading->feed->info.seen - reading->seen_before);
}

enum source_end
reading_report_errno(struct feed *feed, const char *path, int error)
{
	const char *name = reading_name(path);

	if (error == ENOENT || error == ENOTDIR)
		feed_report(feed, "%s: no such file", name);
	else if (error == EACCES || error == EPERM)
		feed_report(feed, "%s: permission denied; make it readable for "
		    "you, or use sudo", name);
	else if (error == EMFILE)
		feed_report(feed, "%s: too many files at once; join some "
		    "(mergecap), or allow more (ulimit -n)", name);
	else
		feed_report(feed, "%s: cannot be read: %s", name,
		    strerror(error));
	return SOURCE_FAILED;
}

enum source_end
reading_report_memory(const struct reading *reading)
{
	return reading_report_errno(reading->feed, reading->path, ENOMEM);
}
