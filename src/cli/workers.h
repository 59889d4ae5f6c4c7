/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --workers: how many threads, and of which other options several threads of an
 * interface cannot be part.
 */
#ifndef TCPSTATES_CLI_WORKERS_H
#define TCPSTATES_CLI_WORKERS_H

struct options;

/*
 * Threads that analyse: of an interface 1, unless the user wants more; of a
 * file as many as there are processors.
 */
unsigned workers_choose(const struct options *);

/*
 * An option that needs all segments or packets in one thread, if several
 * workers of an interface are wanted; or NULL.
 */
const char *workers_refused_by(const struct options *);

#endif
