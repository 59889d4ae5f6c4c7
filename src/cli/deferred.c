/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/deferred.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/messages.h"

#define NOTE_SIZE	4096	/* octets of the longest sentence */

void
deferred_add(struct deferred *notes, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	deferred_vadd(notes, fmt, args);
	va_end(args);
}

void
deferred_vadd(struct deferred *notes, const char *fmt, va_list args)
{
	char sentence[NOTE_SIZE];
	char *copy = NULL;

	vsnprintf(sentence, sizeof(sentence), fmt, args);
	if (notes->count < NOTES_MAX)
		copy = strdup(sentence);
	if (copy == NULL)
		message("%s", sentence);
	else
		notes->kept[notes->count++] = copy;
}

void
deferred_say(struct deferred *notes)
{
	for (size_t i = 0; i < notes->count; i++) {
		message("%s", notes->kept[i]);
		free(notes->kept[i]);
	}
	notes->count = 0;
}
