/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An output of the program: standard output, or a file.
 */
#ifndef TCPSTATES_CLI_OUTPUT_H
#define TCPSTATES_CLI_OUTPUT_H

#include <stdbool.h>

struct account;
struct opener;
struct outbuf;

struct output {
	struct outbuf *buf;
	int fd;
	const char *name;	/* for messages */
	bool has_failed;	/* its error was reported */
};

/*
 * Open a file (see account_create()), or standard output if `path` is NULL,
 * which needs no account.  False: an error was printed, which names `option`
 * as the one that gave the path.
 */
bool output_open(struct output *, const char *option, const char *path,
    bool append, const struct account *);
/* Is it a terminal that shows colours? */
bool output_has_colour(const struct output *);
/* The columns of a terminal; 0: it is none. */
unsigned output_width(const struct output *);
/*
 * Flush to the file, which was moved away, and continue in a new one that the
 * opener creates under the same name.
 */
bool output_reopen(struct output *, const struct opener *);
/* Is it a regular file, not a pipe or a device? */
bool output_is_regular(const struct output *);
/* Is it an empty file, as after reopening? */
bool output_is_empty(const struct output *);
/* Write what is buffered.  False: that failed, which is reported once. */
bool output_flush(struct output *);
/*
 * Flush and close.  False when anything failed.  If the reader of a pipe has
 * closed it, end the program quietly, as SIGPIPE does.
 */
bool output_close(struct output *);
/* Has the reader of a pipe closed it? */
bool output_is_broken(const struct output *);

#endif
