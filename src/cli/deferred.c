/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/deferred.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/messages.h"

#define SENTENCE_SIZE	4096	/* bytes of the longest sentence */

void
deferred_add(struct deferred *deferred, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	deferred_vadd(deferred, fmt, args);
	va_end(args);
}

void
deferred_vadd(struct deferred *deferred, const char *fmt, va_list args)
{
	char sentence[SENTENCE_SIZE];
	char *copy = NULL;

	vsnprintf(sentence, sizeof(sentence), fmt, args);
	if (deferred->count < DEFERRED_MAX)
		copy = strdup(sentence);
	if (copy == NULL)
		message("%s", sentence);
	else
		deferred->kept[deferred->count++] = copy;
}

void
deferred_print(struct deferred *deferred)
{
	for (size_t i = 0; i < deferred->count; i++) {
		message("%s", deferred->kept[i]);
		free(deferred->kept[i]);
	}
	deferred->count = 0;
}
