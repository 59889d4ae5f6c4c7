/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "base/say.h"

#include <stdarg.h>
#include <stdio.h>

void
say(struct text *text, const char *fmt, ...)
{
	const size_t room = text->size - text->len;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(text->bytes + text->len, room, fmt, args);
	va_end(args);
	if (len > 0)
		text->len += (size_t)len < room ? (size_t)len : room - 1;
}
