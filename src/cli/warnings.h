/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The warnings after a report, a line each: why figures may be wrong, and what
 * may be misread.
 */
#ifndef TCPSTATES_CLI_WARNINGS_H
#define TCPSTATES_CLI_WARNINGS_H

#include <stdbool.h>
#include <stdint.h>

struct deferred;
struct source_info;
struct tcpstates;

/*
 * Add all warnings (NULL: add none).  Return whether figures may be wrong,
 * which is for --strict; what was recognised and is counted where it belongs
 * is no reason.  `leaps`: jumps of the clock, see clock.h.
 */
bool warnings_add(struct deferred *, const struct tcpstates *,
    const struct source_info *, uint64_t leaps);

#endif
