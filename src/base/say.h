/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A text that grows to the right in a buffer and is cut at the buffer's end:
 *
 *	char buf[80];
 *	struct text text = text_in(buf, sizeof(buf));
 *
 *	say(&text, "%u frames", frames);
 *	say(&text, ", %u bytes", bytes);
 */
#ifndef TCPSTATES_BASE_SAY_H
#define TCPSTATES_BASE_SAY_H

#include <stddef.h>

#include "base/compiler.h"

struct text {
	char *bytes;		/* `size` of them, NUL-terminated */
	size_t size;
	size_t len;		/* less than `size` */
};

/* An empty text; `size` is not 0. */
static inline struct text
text_in(char *bytes, size_t size)
{
	bytes[0] = '\0';
	return (struct text){ .bytes = bytes, .size = size };
}

void say(struct text *, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
