/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A progress line on a terminal while a long file is read: percentage, rate,
 * time left.  There is none for files that are read within a second, and none
 * if standard error is not a terminal.
 */
#ifndef TCPSTATES_CLI_PROGRESS_H
#define TCPSTATES_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct source_info;

struct progress {
	bool is_on;
	bool is_shown;		/* there is a line to erase */
	int64_t next_ns;	/* time of the next line */
	int64_t start_ns;	/* when the current file was begun */
	const char *name;	/* of the current file */
	uint64_t seen_before;	/* frames of earlier files */
};

/* Progress is shown if `wanted` and if there is a terminal for it. */
void progress_init(struct progress *, bool wanted);
/* Is the next line due?  Cheap. */
bool progress_is_due(const struct progress *);
void progress_show(struct progress *, const struct source_info *);
/* Erase the line before something else is written to the terminal. */
void progress_erase(struct progress *);

/* Format the line, truncated to fit: for tests. */
#define PROGRESS_SIZE	128
void progress_line(char buf[PROGRESS_SIZE], const struct source_info *,
    uint64_t frames, int64_t elapsed_ns);

#endif
