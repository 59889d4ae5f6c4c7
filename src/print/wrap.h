/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Texts longer than a line.
 */
#ifndef TCPSTATES_PRINT_WRAP_H
#define TCPSTATES_PRINT_WRAP_H

#include <stdbool.h>
#include <stddef.h>

#include "print/ink.h"

struct conn;
struct outbuf;

/*
 * The length of a line of at most `room` columns: whole words, and one word at
 * least.
 */
size_t wrap_at(const char *text, size_t room);

/*
 * A text of pieces.  A new line begins before a piece that the line has no room
 * for, without the blanks that the piece begins with.
 */
struct wrap_line {
	struct outbuf *out;
	bool colour;
	size_t room;		/* columns of a line */
	size_t indent;		/* of further lines */
	size_t at;		/* columns of this line so far */
	bool is_new;		/* a further line, and it has no piece yet */
};

/* Begin a new line, unless this one has room for `columns` more. */
void wrap_keep(struct wrap_line *, size_t columns);
/* Put a piece; the blanks that it begins with have no colour. */
void wrap_put(struct wrap_line *, enum ink, const char *piece);
/* Put " A -> B": the endpoints of a connection, that of side `from` first. */
void wrap_put_endpoints(struct wrap_line *, const struct conn *,
    unsigned from);

#endif
