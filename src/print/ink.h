/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Colour, by the meaning of a text.  Colour is never the only sign of a
 * meaning: without colour no information is lost.  The caller decides whether
 * the output shows colours.
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
	INK_GOOD,	/* normal */
	INK_NOTE,	/* worth a look */
	INK_BAD,	/* worth worrying about */
	INK_COUNT
};

/*
 * Put `text`, with the colour of `ink` if `colour`, padded with spaces to
 * `width` columns, on the right if `width` is positive, else on the left.
 * The text is not escaped: never use text from a capture.
 */
void ink_cell(struct outbuf *, bool colour, enum ink, const char *text,
    int width);
/* The same where the length of the text is known. */
void ink_cell_mem(struct outbuf *, bool colour, enum ink, const char *text,
    size_t len, int width);

#endif
