/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fit the columns of a table to a terminal.
 */
#ifndef TCPSTATES_VIEWS_FIT_H
#define TCPSTATES_VIEWS_FIT_H

#include <stdbool.h>
#include <stddef.h>

struct fit_column {
	unsigned rank;		/* the highest is hidden first; 0: never */
	size_t width;		/* of the widest cell, and blanks before it */
	bool is_hidden;
};

/* Make the column wide enough for a cell of `width` columns. */
void fit_widen(struct fit_column *, size_t width);

/*
 * Hide the columns of highest rank, so that the others take at most `room`
 * columns; 0: hide none.  Returns the columns that they take.
 */
size_t fit_columns(struct fit_column *, size_t count, size_t room);

/*
 * Replace the middle of a text by two dots, if it is longer than `width`.
 * Returns the length.
 */
size_t fit_text(char *text, size_t len, size_t width);

#endif
