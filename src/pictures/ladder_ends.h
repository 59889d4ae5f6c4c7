/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which rows of a ladder are drawn: the first ones and the last ones.  Of a long
 * ladder, one line in between says how many segments are left out.
 *
 *	struct row rows[LADDER_KEPT];
 *	for each row
 *		rows[ladder_ends_add(&ends, segments)] = row;
 *	for (i = 0; i < ladder_ends_drawn(&ends); i++)
 *		if ((at = ladder_ends_at(&ends, i)) == LADDER_MORE)
 *			say ends.left_out
 *		else
 *			draw rows[at]
 */
#ifndef TCPSTATES_PICTURES_LADDER_ENDS_H
#define TCPSTATES_PICTURES_LADDER_ENDS_H

#include <stdbool.h>
#include <stdint.h>

#define LADDER_FIRST	23
#define LADDER_LAST	11
#define LADDER_KEPT	(LADDER_FIRST + LADDER_LAST)
#define LADDER_MORE	LADDER_KEPT	/* the place of no row */

/* Zeroed is empty. */
struct ladder_ends {
	uint64_t count;		/* rows so far */
	uint64_t left_out;	/* segments of rows that are not drawn */
	uint32_t segments[LADDER_KEPT];	/* of each place */
};

/* Add a row of some segments; return its place, of an older row maybe. */
unsigned ladder_ends_add(struct ladder_ends *, uint32_t segments);

/* Are there more rows than those that are drawn? */
static inline bool
ladder_ends_has_more(const struct ladder_ends *ends)
{
	return ends->count > LADDER_KEPT;
}

/* Lines to draw. */
static inline unsigned
ladder_ends_drawn(const struct ladder_ends *ends)
{
	return ladder_ends_has_more(ends) ? LADDER_KEPT + 1 :
	    (unsigned)ends->count;
}

/* The place of the row of a line, or LADDER_MORE. */
unsigned ladder_ends_at(const struct ladder_ends *, unsigned line);

#endif
