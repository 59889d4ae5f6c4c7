/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Superframes and pieces: a segment whose bytes were captured before, cut
 * differently.
 *
 *	before		|-- whole ----------|-- whole ----------|
 *	now		|-- piece --|-- piece --|-- piece --|	...
 *
 * A walk visits the earlier segments that cover the range of the new one, in
 * order.  The rest of the last of them becomes an entry of its own, with which
 * the walk of the next piece begins.
 *
 * Private to duplicates.c.
 */
#ifndef TCPSTATES_FLOW_COVER_H
#define TCPSTATES_FLOW_COVER_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/likeness.h"

struct cover {
	const struct entry *last;	/* the entry visited last */
	uint32_t begin;		/* where it begins in the segment, in bytes */
	uint32_t end;		/* where it ends */
	unsigned bits;		/* set of enum likeness_bit */
	uint16_t apart_us;	/* time since the oldest entry */
};

/*
 * Walk from `first` on, an entry that begins where the segment does.  True: the
 * first cover->end bytes of the segment, or all, were captured before.  False:
 * the segment is another transmission.
 */
bool cover_walk(struct search *, struct cover *, const struct entry *first);

/* Report the walk, and remember the rest of the last entry. */
void cover_take(const struct search *, const struct cover *,
    struct likeness *ret_like);

#endif
