/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An output of the program: standard output, or a file.
 */
#ifndef TCPSTATES_CLI_OUTPUT_H
#define TCPSTATES_CLI_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

struct account;
struct opener;
struct outbuf;
struct packer;

struct output {
	struct outbuf *buf;
	int fd;
	int terminal_fd;	/* what a reader sees: a pager may be between */
	const char *name;	/* for messages */
	bool has_failed;	/* its error was reported */
	struct packer *packer;	/* NULL: it is not compressed */
	int64_t synced_ns;	/* last packer_sync(), monotonic clock */
};

/*
 * Open a file (see account_create()), which is compressed if its name ends in
 * .gz or .zst, or standard output if `path` is NULL,
 * which needs no account.  False: an error was printed, which names `option`
 * as the one that gave the path.
 */
bool output_open(struct output *, const char *option, const char *path,
    bool append, const struct account *);
/*
 * The same for a file that is open, or -1: output_switch() comes before the
 * first flush then.  The descriptor stays the caller's on failure.
 */
bool output_prepare(struct output *, const char *option, const char *path,
    int fd);
/*
 * Write to a pager, whose input this is, before standard output; or to standard
 * output again.
 */
void output_divert(struct output *, int fd);
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
/* The bytes of the file, as far as they were flushed; 0: it is no file. */
uint64_t output_size(const struct output *);
/* Is it an empty file, as after reopening? */
bool output_is_empty(const struct output *);
/*
 * Write what is buffered; or complete the file, whose compressed data end
 * here.  Return 0 or an errno value, and report nothing.
 */
int output_write(struct output *);
int output_complete(struct output *);
/*
 * Close the file, if one is open, and continue in another.  Return 0 or an
 * errno value.
 */
int output_switch(struct output *, int fd);
/* Write what is buffered.  False: that failed, which is reported once. */
bool output_flush(struct output *);
/*
 * Flush and close.  False when anything failed.  If the reader of a pipe has
 * closed it, end the program quietly, as SIGPIPE does.
 */
bool output_close(struct output *);
/* Free the buffer without flushing; no file is closed. */
void output_free(struct output *);
/* Has the reader of a pipe closed it? */
bool output_is_broken(const struct output *);

#endif
