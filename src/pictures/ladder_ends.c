/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "pictures/ladder_ends.h"

/* The last rows are a ring behind the first ones. */
static unsigned
place_of(uint64_t row)
{
	return row < LADDER_FIRST ? (unsigned)row :
	    LADDER_FIRST + (unsigned)((row - LADDER_FIRST) % LADDER_LAST);
}

unsigned
ladder_ends_add(struct ladder_ends *ends, uint32_t segments)
{
	const unsigned at = place_of(ends->count++);

	if (ladder_ends_has_more(ends))
		ends->left_out += ends->segments[at];
	ends->segments[at] = segments;
	return at;
}

unsigned
ladder_ends_at(const struct ladder_ends *ends, unsigned line)
{
	if (line < LADDER_FIRST || !ladder_ends_has_more(ends))
		return line;
	if (line == LADDER_FIRST)
		return LADDER_MORE;
	return place_of(ends->count - LADDER_LAST + line - LADDER_FIRST - 1);
}
