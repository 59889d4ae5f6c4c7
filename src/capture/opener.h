/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process of its own that creates one file again whenever it is asked to:
 * how the output is opened after SIGHUP, and the file of --metrics replaced,
 * from inside the sandbox, which cannot open anything.  It never sees a packet.
 * All it is sent is a byte for the request, all it returns is the descriptor,
 * and it has a sandbox of its own, in which it can write beneath the directory
 * of that file and nothing else.
 */
#ifndef TCPSTATES_CAPTURE_OPENER_H
#define TCPSTATES_CAPTURE_OPENER_H

#include <stdbool.h>
#include <stddef.h>

struct account;
struct series_place;

struct opener {
	int fd;			/* of a socket; -1: there is no such process */
	int refused;		/* an errno value if the account cannot create
				   files in the directory, else 0 */
};

struct opener_file {
	const char *path;
	const struct account *account;	/* creates the file */
	bool no_sandbox;
	/* The last part of the path has a time in it: see timed_name.h. */
	bool is_timed;
	/*
	 * Each new file has another name ("PATH.tmp") until opener_replace(),
	 * so that a reader of PATH never sees half of it.  It is readable for
	 * everybody.
	 */
	bool is_replaced;
	/*
	 * The path is that of a directory, which is made if it is missing, and
	 * opener_create() names the files in it.
	 */
	bool is_directory;
	/*
	 * The path is the pattern of a series, whose numbers stand before the
	 * suffix: see series_name().  opener_series() names the files.
	 */
	bool is_series;
	const char *suffix;
	/* Files that the series must not overwrite. */
	const char *const *inputs;
	size_t input_count;
};

#define OPENER_NAME_SIZE	64	/* of a file of is_directory */

/*
 * Start the process.  Call this before an interface is opened: a child would
 * keep the socket and its ring open.  Return 0 or an errno value.
 */
int opener_start(struct opener *, const struct opener_file *);

/*
 * Open the file at its end, and create it if it is gone.  Return a descriptor
 * that can be written to, or -1 with errno.
 */
int opener_open(const struct opener *);

/*
 * is_replaced: give the file that was opened last the name of the path.
 * Return 0 or an errno value.
 */
int opener_replace(const struct opener *);

/*
 * is_directory: create a file, in the place of one with that name.  The name
 * has letters, digits, hyphens and dots.  Return a descriptor, or -1 with
 * errno.
 */
int opener_create(const struct opener *, const char *name);

/*
 * is_series: create the file at a place of the series, instead of one that has
 * its name.  Return a descriptor, or -1 with errno; EEXIST: one of the inputs
 * has the name.
 */
int opener_series(const struct opener *, const struct series_place *);

/* End the process; it ends with its parent, too. */
void opener_stop(struct opener *);

#endif
