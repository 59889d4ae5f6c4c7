/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A second thread that works on loads in the order in which they were given.
 *
 * The loads belong to the caller, are numbered from 0 and used in turn: while
 * the worker processes some, the caller fills another.  Only one thread holds a
 * load at a time, and sees everything the other one wrote before.
 *
 *	for (;;) {
 *		fill(loads[worker_next(worker)]);
 *		worker_give(worker);
 *	}
 *	worker_drain(worker);		all of it is done
 *	worker_stop(worker);
 */
#ifndef TCPSTATES_BASE_WORKER_H
#define TCPSTATES_BASE_WORKER_H

#include <stdbool.h>

#include "base/compiler.h"

struct worker;

/* Processors that this process may use, not all there are; at least 1. */
unsigned worker_processors(void);

/*
 * NULL when no thread can be started, or when there is only one processor: the
 * caller then does the work.  work(arg, load) is called for each load given.
 * Signals stay with the other threads.  On return the thread runs, so that a
 * sandbox need not allow what C libraries do to start one.
 */
struct worker *worker_start(unsigned loads,
    void (*work)(void *arg, unsigned load), void *arg) MUST_CHECK;
/* Drains, and ends the thread.  NULL is allowed. */
void worker_stop(struct worker *);

/* Would worker_next() answer at once? */
bool worker_is_ready(struct worker *);
/* The load to fill next; blocks until the worker has finished it. */
unsigned worker_next(struct worker *);
/* That load is full. */
void worker_give(struct worker *);
/* Block until all given loads are done. */
void worker_drain(struct worker *);

#endif
