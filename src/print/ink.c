/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control sequences of ECMA-48 that all terminals support: the eight colours of
 * the user's palette, bold and faint.  There is no background colour, so that
 * text is readable on light and dark terminals.
 */
#include "config.h"

#include "print/ink.h"

#include <string.h>

#include "base/outbuf.h"

static const char *const sequence[INK_COUNT] = {
	[INK_PLAIN] = "",
	[INK_HEADING] = "\033[1m",
	[INK_FAINT] = "\033[2m",
	[INK_ORIG] = "\033[36m",
	[INK_RESP] = "\033[35m",
	[INK_GOOD] = "\033[32m",
	[INK_NOTE] = "\033[33m",
	[INK_BAD] = "\033[1;31m",
};

void
ink_cell_mem(struct outbuf *out, bool colour, enum ink ink, const char *text,
    size_t len, int width)
{
	const size_t columns = (size_t)(width < 0 ? -width : width);
	const size_t spaces = columns > len ? columns - len : 0;
	const bool is_inked = colour && ink != INK_PLAIN && len > 0;

	if (width < 0)
		outbuf_spaces(out, spaces);
	if (is_inked)
		outbuf_str(out, sequence[ink]);
	outbuf_mem(out, text, len);
	if (is_inked)
		outbuf_str(out, "\033[0m");
	if (width > 0)
		outbuf_spaces(out, spaces);
}

void
ink_cell(struct outbuf *out, bool colour, enum ink ink, const char *text,
    int width)
{
	ink_cell_mem(out, colour, ink, text, strlen(text), width);
}
