/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "views/fit.h"

#include <stdint.h>
#include <string.h>

void
fit_widen(struct fit_column *column, size_t width)
{
	if (width > column->width)
		column->width = width;
}

/* The shown column to hide first, or NULL. */
static struct fit_column *
last_by_rank(struct fit_column *columns, size_t count)
{
	struct fit_column *last = NULL;

	for (size_t i = 0; i < count; i++)
		if (!columns[i].is_hidden && columns[i].rank > 0 &&
		    (last == NULL || columns[i].rank > last->rank))
			last = &columns[i];
	return last;
}

size_t
fit_columns(struct fit_column *columns, size_t count, size_t room)
{
	struct fit_column *last;
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		columns[i].is_hidden = false;
		used += columns[i].width;
	}
	while (room > 0 && used > room &&
	    (last = last_by_rank(columns, count)) != NULL) {
		last->is_hidden = true;
		used -= last->width;
	}
	return used;
}

size_t
fit_text(char *text, size_t len, size_t width)
{
	const size_t tail = (width - 2) / 2;

	if (len <= width || width < 3)
		return len;
	memcpy(text + width - tail - 2, "..", 2);
	memmove(text + width - tail, text + len - tail, tail);
	text[width] = '\0';
	return width;
}
