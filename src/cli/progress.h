/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line on a terminal while a long file is read: how far, how fast, how
 * long still.  Nothing for files that are read within a second, nothing when
 * standard error is no terminal.
 */
#ifndef TCPSTATES_CLI_PROGRESS_H
#define TCPSTATES_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct source_info;

struct progress {
	bool is_on;
	bool is_shown;		/* there is a line to wipe */
	int64_t next_ns;	/* when to show the next */
	int64_t start_ns;	/* of the present file */
	const char *name;	/* of the present file */
	uint64_t seen_before;	/* frames of the files before */
};

/* `wanted`: unless there is no terminal for it. */
void progress_init(struct progress *, bool wanted);
/* Is it time for a line?  Cheap. */
bool progress_is_due(const struct progress *);
void progress_show(struct progress *, const struct source_info *);
/* Before anything else is written to the terminal. */
void progress_wipe(struct progress *);

/* The line, for tests: NUL-terminated, cut to fit. */
#define PROGRESS_SIZE	128
void progress_line(char buf[PROGRESS_SIZE], const struct source_info *,
    uint64_t frames, int64_t elapsed_ns);

#endif
