/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A first reading of the files, for displays that want to know beforehand what
 * will be found.  Files are opened twice, before the sandbox closes; standard
 * input, pipes and interfaces are read once, and nothing is foreseen.
 */
#ifndef TCPSTATES_CLI_FORESEE_H
#define TCPSTATES_CLI_FORESEE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/progress.h"
#include "views/foresight.h"

struct options;
struct show;
struct source;
struct tcpstates;
struct tcpstates_options;

/* Zeroed: nothing is to be read twice. */
struct foresee {
	struct source *source;
	struct tcpstates *engine;
	struct foresight foresight;
	struct progress *progress;
	bool is_out_of_memory;
	bool is_read;		/* to the end; then: */
	uint64_t frames;
	uint64_t bytes;
	uint64_t conns;
	int64_t last_ns;
	char problem[256];	/* the last one, cut; empty if there was none */
};

/*
 * Open the files and prepare an engine with these options, if all files can be
 * read twice.  False: that failed, for want of memory or because a file has
 * gone since it was opened first; `problem` is empty where memory was missing.
 */
bool foresee_open(struct foresee *, const struct options *,
    struct tcpstates_options *);

/*
 * Read, and have the displays know what was found.  NULL, or why nothing is
 * foreseen.
 */
const char *foresee_run(struct foresee *, struct show *, struct progress *);

/* Did the second reading, by this engine, find the same packets? */
bool foresee_matches(const struct foresee *, const struct tcpstates *);

void foresee_close(struct foresee *);

#endif
