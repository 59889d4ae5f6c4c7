/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What makes the figures less than they seem: a line each.
 */
#ifndef TCPSTATES_CLI_WARNINGS_H
#define TCPSTATES_CLI_WARNINGS_H

#include <stdbool.h>
#include <stdint.h>

struct deferred;
struct source_info;
struct tcpstates;

/*
 * Everything that there is to say at the end (`notes` NULL: nothing is said).
 * True when any of it makes the figures doubtful, which is for --strict; what
 * was recognised and is in the right place does not.  `leaps`: of the clock, see
 * moment.h; `streams`: records were
 * written when connections ended, and none is missed.
 */
bool warnings_add(struct deferred *, const struct tcpstates *,
    const struct source_info *, uint64_t leaps, bool streams);

#endif
