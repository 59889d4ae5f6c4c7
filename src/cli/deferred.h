/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sentences for a person that are better said after the report than before
 * it, where a long report would push them out of sight.
 */
#ifndef TCPSTATES_CLI_DEFERRED_H
#define TCPSTATES_CLI_DEFERRED_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

#define NOTES_MAX	64	/* sentences kept; more are said at once */

struct deferred {
	char *kept[NOTES_MAX];
	size_t count;
};

void deferred_add(struct deferred *, const char *fmt, ...) PRINTF_LIKE(2, 3);
void deferred_vadd(struct deferred *, const char *fmt, va_list)
    PRINTF_LIKE(2, 0);
/* Say and forget them. */
void deferred_say(struct deferred *);

#endif
