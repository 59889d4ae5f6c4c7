/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Long output on a terminal goes through $PAGER, or less(1), as git's does.
 */
#ifndef TCPSTATES_CLI_PAGER_H
#define TCPSTATES_CLI_PAGER_H

#include <stdbool.h>

struct options;

struct pager {
	int fd;			/* to write to; -1: there is no pager */
	int alive_fd;		/* readable when the pager has ended */
};

#define PAGER_NONE	{ -1, -1 }

/*
 * Prepare the pager, if the options write a finished text to a terminal: it
 * starts when there is something to show.  Call this before the sandbox is
 * entered, and before a thread is started.  Without a pager, the terminal shows
 * the text.
 */
void pager_start(struct pager *, const struct options *);

/* Close the pager's input, and wait until the user ends the pager. */
void pager_wait(struct pager *);

#endif
