/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A second thread that works on loads in the order in which they were given.
 *
 * The loads are the caller's, numbered from 0 and used in turn: while the
 * worker is at some of them, the caller fills another.  Whoever holds a load
 * has it alone; what one thread wrote before it let go, the other sees.
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

/*
 * NULL when there cannot be one, or when it would be of no use because there
 * is but one processor: then the caller works himself.  work(arg, load) is
 * called for each load given.  Signals stay with the other threads.  The
 * thread is there on return, with all that C libraries do for a new one: a
 * sandbox need not allow that.
 */
struct worker *worker_start(unsigned loads,
    void (*work)(void *arg, unsigned load), void *arg) MUST_CHECK;
/* Drains, and ends the thread.  NULL is allowed. */
void worker_stop(struct worker *);

/* Would worker_next() answer at once? */
bool worker_is_ready(struct worker *);
/* The load that is to be filled next; waits until the worker is done with it. */
unsigned worker_next(struct worker *);
/* That load is full. */
void worker_give(struct worker *);
/* Waits until all that was given is done. */
void worker_drain(struct worker *);

#endif
