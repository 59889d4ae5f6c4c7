/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --resolve and --services: fills the table of names (print/names.h).  Names of
 * ports are read before the sandbox is entered; those of hosts are asked for
 * when a file has been read, by a process of its own (capture/resolver.h), and
 * for a bounded time.
 */
#ifndef TCPSTATES_CLI_NAMING_H
#define TCPSTATES_CLI_NAMING_H

#include "capture/resolver.h"

struct account;
struct deferred;
struct names;
struct options;
struct tcpstates;

struct naming {
	struct names *names;	/* NULL: numbers are shown */
	struct resolver resolver;
};

#define NAMING_NONE	{ .resolver = { .fd = -1 } }

/*
 * Read the names of ports, and start the resolver, if the options want that.
 * If one fails, a message says so, and numbers are shown.
 */
void naming_start(struct naming *, const struct options *,
    const struct account *);
/*
 * Ask for the names of the hosts that will be shown, and wait for the answers;
 * add what was not answered to the messages, NULL: to none.
 */
void naming_resolve(struct naming *, const struct options *,
    const struct tcpstates *, struct deferred *);
void naming_stop(struct naming *);

#endif
