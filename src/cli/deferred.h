/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages that are printed after the report, because a long report would
 * scroll them out of sight.
 */
#ifndef TCPSTATES_CLI_DEFERRED_H
#define TCPSTATES_CLI_DEFERRED_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

#define DEFERRED_MAX	64	/* sentences; more are printed at once */

struct deferred {
	char *kept[DEFERRED_MAX];
	size_t count;
};

void deferred_add(struct deferred *, const char *fmt, ...) PRINTF_LIKE(2, 3);
void deferred_vadd(struct deferred *, const char *fmt, va_list)
    PRINTF_LIKE(2, 0);
/* Print the sentences and free them. */
void deferred_print(struct deferred *);

#endif
