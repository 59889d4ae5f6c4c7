/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "print/wrap.h"

#include <string.h>

size_t
wrap_at(const char *text, size_t room)
{
	const size_t len = strlen(text);

	if (len <= room)
		return len;
	for (size_t at = room; at > 0; at--)
		if (text[at] == ' ')
			return at;
	return strcspn(text, " ");
}
