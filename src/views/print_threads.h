/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections printed by two threads: each prints some, and what they print is
 * put together in the order of the connections.  The octets are those that one
 * thread prints.
 */
#ifndef TCPSTATES_VIEWS_PRINT_THREADS_H
#define TCPSTATES_VIEWS_PRINT_THREADS_H

#include <stddef.h>

#include "base/compiler.h"

struct conn;
struct printers;
struct outbuf;
struct select_walk;

/*
 * The second thread, which waits until there is something to print.  NULL when
 * there cannot be one, see base/worker.h: everything below does without.
 */
struct printers *printers_start(void) MUST_CHECK;
void printers_stop(struct printers *);

/* How one is printed; two threads call it at a time. */
struct printers_job {
	void (*print)(const void *arg, struct outbuf *, const struct conn *);
	const void *arg;
	size_t usual_len;	/* octets that most of them take */
};

/* All that are left of the walk, in its order. */
void printers_print(struct printers *, struct outbuf *, struct select_walk *,
    const struct printers_job *);

#endif
