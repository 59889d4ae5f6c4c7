/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The directory of --svg or --xpl: files are created there, one after the
 * other, when the sandbox has closed.
 */
#ifndef TCPSTATES_CLI_FOLDER_H
#define TCPSTATES_CLI_FOLDER_H

#include <stdbool.h>

#include "cli/creator.h"
#include "views/display.h"

struct account;

struct folder {
	struct display_folder base;	/* first: the two share an address */
	struct creator creator;	/* of nothing: there is no directory */
	const char *option;	/* for messages, as is the path */
	const char *path;
	bool has_failed;	/* which was reported */
};

/*
 * Start what creates files in `path`, which is made if it is missing; NULL:
 * there is none.  Call this before an interface is opened.  False: an error
 * was printed.
 */
bool folder_start(struct folder *, const char *option, const char *path,
    const struct account *, bool no_sandbox);
/* False: a file could not be written, which was reported. */
bool folder_stop(struct folder *);

#endif
