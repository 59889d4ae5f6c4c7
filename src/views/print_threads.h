/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints connections, or whatever has a number, with two threads.  Each prints
 * a part of them, and the parts are put together in their order: the output is
 * the same as that of one thread.
 */
#ifndef TCPSTATES_VIEWS_PRINT_THREADS_H
#define TCPSTATES_VIEWS_PRINT_THREADS_H

#include <stdbool.h>
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
	/* In place of print(): for printers_print_numbers(). */
	void (*print_number)(const void *arg, struct outbuf *, size_t number);
};

/*
 * Print connections that are added one by one, in that order: connections wait
 * until there are some for the second thread, and the caller goes on. Connections
 * are copied, but their analyses are not: printers_settle() has to be called
 * before the analysis of a connection that printers_have() changes. The job
 * stays the same, and valid, until then.
 */
void printers_add(struct printers *, struct outbuf *, const struct conn *,
    const struct printers_job *);
/* May the connection not be printed yet? */
bool printers_have(const struct printers *, const struct conn *);
/* Print all that were added; NULL is allowed. */
void printers_settle(struct printers *, struct outbuf *);

/* Print the rest of the walk, in order. */
void printers_print(struct printers *, struct outbuf *, struct select_walk *,
    const struct printers_job *);

/* Print what has the numbers from `first` to the one before `end`, in order. */
void printers_print_numbers(struct printers *, struct outbuf *, size_t first,
    size_t end, const struct printers_job *);

#endif
