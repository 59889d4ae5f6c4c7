/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The capture file of -w, compressed if its name asks for that; or with
 * --rotate, -C or -G a series of such files, one after the other.  Each is
 * complete, and can be read, as soon as the next has begun; the last one, too,
 * but for what came within the last second.
 *
 * A new file begins with the frame that no longer belongs to the old one: at
 * whole multiples of the time, by the timestamps of frames, or when the file is
 * as large as wanted.  Times only go forward here, so that no file of a run is
 * overwritten when the clock goes back.
 */
#ifndef TCPSTATES_CLI_SAVER_H
#define TCPSTATES_CLI_SAVER_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "capture/opener.h"
#include "capture/save.h"
#include "capture/timed_name.h"
#include "cli/options.h"
#include "cli/output.h"

struct account;
struct frame;
struct source_info;

#define SAVER_SENTENCE_SIZE	(PATH_MAX + 128)

struct saver {
	const struct options *options;
	struct output output;
	struct opener opener;		/* of a series; .fd is -1: none */
	struct save save;
	struct series_place place;	/* of the file that is open */
	const char *pattern;		/* its name in the directory */
	char name[NAME_MAX + 1];	/* of the last file; "" */
	int64_t begun_ns;		/* latest time of a first frame */
	int64_t due_ns;			/* of frames for the next file */
	int64_t retry_ns;		/* monotonic: no new file before */
	int64_t written_ns;		/* last write, monotonic clock */
	uint64_t measured;		/* bytes saved at the last look */
	bool is_regular;
	bool is_refused;		/* frames, for their link type */
	bool has_failed;
	bool has_news;			/* the sentence is to be reported */
	char sentence[SAVER_SENTENCE_SIZE];
};

/* A saver of nothing. */
#define SAVER_NONE	{ .opener.fd = -1 }

/*
 * Start what opens the files of a series.  Call this before an interface is
 * opened; without -w it does nothing.  False: an error was printed.
 */
bool saver_start(struct saver *, const struct options *,
    const struct account *);
/* Open the only file.  Anything but STATUS_OK was reported. */
enum status saver_open(struct saver *, const struct account *);
/* Is there a file, or a series, to write to?  Asked for each frame. */
static inline bool
saver_is_on(const struct saver *saver)
{
	return saver->output.buf != NULL;
}

void saver_frame(struct saver *, const struct source_info *,
    const struct frame *);
/*
 * Write what is buffered: at once, if `now` or if a reader may wait for it,
 * else once a second.  Return a sentence to be reported, or NULL.
 */
const char *saver_tick(struct saver *, bool now);
/* Complete the file.  False: packets were not saved, which was reported. */
bool saver_close(struct saver *, const struct source_info *);
void saver_stop(struct saver *);

#endif
