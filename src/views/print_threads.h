/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints connections with two threads.  Each prints a part of the connections,
 * and the parts are put together in the order of the connections: the output
 * is the same as that of one thread.
 */
#ifndef TCPSTATES_VIEWS_PRINT_THREADS_H
#define TCPSTATES_VIEWS_PRINT_THREADS_H

#include <stddef.h>

#include "base/compiler.h"

struct conn;
struct outbuf;
struct printers;
struct select_walk;

/*
 * Start the second thread, which sleeps until there is something to print.
 * NULL if there is no second thread (base/worker.h); printers_print() then
 * prints with one.
 */
struct printers *printers_start(void) MUST_CHECK;
void printers_stop(struct printers *);

/* How to print a connection; both threads call print() at the same time. */
struct printers_job {
	void (*print)(const void *arg, struct outbuf *, const struct conn *);
	const void *arg;
	size_t usual_len;	/* bytes that most connections print */
};

/* Print the rest of the walk, in order. */
void printers_print(struct printers *, struct outbuf *, struct select_walk *,
    const struct printers_job *);

#endif
