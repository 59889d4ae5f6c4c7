/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the report goes: standard output, or the file of -o.
 */
#ifndef TCPSTATES_CLI_OUTPUT_H
#define TCPSTATES_CLI_OUTPUT_H

#include <stdbool.h>

struct account;
struct outbuf;

struct output {
	struct outbuf *buf;
	int fd;
	int directory;		/* where it can be opened again, or -1 */
	const char *name;	/* for messages */
	bool is_told;		/* its error was said */
};

/*
 * `path` NULL is standard output, and needs no account; else see
 * account_create().  False: an error was printed, which names the option that
 * gave the path.
 */
bool output_open(struct output *, const char *option, const char *path,
    bool append, const struct account *);
/* Does it go to a terminal that shows colours? */
bool output_has_colour(const struct output *);
/*
 * Write out what is held into the old file and go on in a new one of the same
 * name: it was moved away.  Not for standard output.  Works in a sandbox that
 * was told of the directory.
 */
bool output_reopen(struct output *);
/* Is it a file with nothing in it, as after reopening? */
bool output_is_empty(const struct output *);
/* Write out what is held.  False when that failed, which is said once. */
bool output_flush(struct output *);
/*
 * Write out, close.  False when anything failed.  A reader who has left ends
 * the program quietly, as by SIGPIPE.
 */
bool output_close(struct output *);
/* Did the reader of a pipe leave? */
bool output_is_broken(const struct output *);

#endif
