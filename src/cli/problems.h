/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line after the report of a file, on a terminal: the number of problems,
 * and the command that shows them.
 */
#ifndef TCPSTATES_CLI_PROBLEMS_H
#define TCPSTATES_CLI_PROBLEMS_H

#include <stdbool.h>

struct deferred;
struct displays;
struct options;
struct tcpstates;

/*
 * Is the line wanted?  Then the engine has to diagnose, which costs time: only
 * where somebody looks on, and only of files that take moments to read.
 */
bool problems_are_wanted(const struct options *, const struct displays *);

/* Add the line, if there are problems. */
void problems_add(struct deferred *, const struct options *,
    const struct tcpstates *);

#endif
