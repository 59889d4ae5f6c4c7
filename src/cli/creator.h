/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that are created when the sandbox has closed: an opener creates each,
 * and a buffer fills it.  The page of --metrics and the directories of --svg
 * and --xpl are each made of one.
 */
#ifndef TCPSTATES_CLI_CREATOR_H
#define TCPSTATES_CLI_CREATOR_H

#include <stdbool.h>

#include "capture/opener.h"

struct outbuf;

struct creator {
	struct opener opener;	/* .fd is -1: nothing is created */
	struct outbuf *buf;	/* writes to fd */
	int fd;			/* of the file being written, or -1 */
};

/* A creator of nothing. */
#define CREATOR_NONE	{ .opener.fd = -1, .fd = -1 }

/*
 * Start a creator of the files that `file` describes.  Call this before an
 * interface is opened; the creator keeps its address.  False: an error was
 * printed, which names `option`.
 */
bool creator_start(
    struct creator *, const struct opener_file *file, const char *option);
/* Finish the file being written.  Return 0 or an errno value. */
int creator_finish(struct creator *);
void creator_stop(struct creator *);

#endif
