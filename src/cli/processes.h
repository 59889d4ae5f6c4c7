/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --processes: carries questions from the table of owners (records/owners.h) to
 * the process that finds them (capture/finder.h), and its answers back.
 */
#ifndef TCPSTATES_CLI_PROCESSES_H
#define TCPSTATES_CLI_PROCESSES_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/finder.h"

struct account;
struct deferred;
struct options;
struct owners;

struct processes {
	struct finder finder;
	struct owners *owners;	/* NULL: nothing is asked */
	uint64_t unanswered;	/* questions */
	int64_t credit;		/* questions that may be asked now... */
	int64_t credit_ns;	/* ...at this time of the monotonic clock */
};

#define PROCESSES_NONE	{ .finder = { .fd = -1 } }

/*
 * Start the finder, if the options want one; before an interface is opened.  If
 * that fails, a message says so, and nothing is asked.
 */
void processes_start(struct processes *, const struct options *,
    const struct account *);
/* The table of owners; NULL: there is none. */
void processes_attach(struct processes *, struct owners *);
/*
 * Ask and take answers, without blocking.  Return NULL, or once a sentence: the
 * finder has ended.
 */
const char *processes_tick(struct processes *);
/*
 * At the end: ask for the last figures and wait a moment for the answers; add
 * what was missed to the messages, NULL: to none.
 */
void processes_finish(struct processes *, struct deferred *);
void processes_stop(struct processes *);

#endif
