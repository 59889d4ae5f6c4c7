/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Colour, as the meaning of a piece of text and never as the only carrier of
 * it: without colour nothing is lost.  Whether there is a terminal that shows
 * it is the caller's to know.
 */
#ifndef TCPSTATES_PRINT_INK_H
#define TCPSTATES_PRINT_INK_H

#include <stdbool.h>
#include <stddef.h>

struct outbuf;

enum ink {
	INK_PLAIN,
	INK_HEADING,	/* titles and heads of columns */
	INK_FAINT,	/* there for completeness */
	INK_ORIG,	/* of the originator */
	INK_RESP,	/* of the responder */
	INK_GOOD,	/* as it should be */
	INK_NOTE,	/* worth a look */
	INK_BAD,	/* worth worrying about */
	INK_COUNT
};

/*
 * `text` in `ink` when `colour`, as it is otherwise; padded with spaces to
 * `width` columns, at the right if `width` is positive and at the left if it
 * is negative.  The text is ours: it is not escaped.
 */
void ink_cell(struct outbuf *, bool colour, enum ink, const char *text,
    int width);

#endif
