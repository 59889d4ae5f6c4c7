/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Superframes and pieces: a segment whose bytes were captured before, cut in
 * another way.
 *
 *	before		|-- whole ----------|-- whole ----------|
 *	now		|-- piece --|-- piece --|-- piece --|	...
 *
 * A walk leads from one earlier segment to the next, over all that the one at
 * hand covers.  What that leaves of the last one is remembered as a segment of
 * its own, with which the walk of the next piece begins.
 *
 * Private to duplicates.c.
 */
#ifndef TCPSTATES_FLOW_COVER_H
#define TCPSTATES_FLOW_COVER_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/likeness.h"

struct cover {
	const struct entry *last;	/* the entry that the walk is at */
	uint32_t begin;		/* bytes of the segment before that entry */
	uint32_t end;		/* and before its end */
	unsigned bits;		/* set of enum likeness_bit */
	uint16_t apart_us;	/* time to the oldest of them */
};

/*
 * Walk from `first` on, which begins where the segment does.  False: they are
 * not of one transmission.  True: cover->end bytes were captured before, all
 * or some of those of the segment.
 */
bool cover_walk(struct search *, struct cover *, const struct entry *first);

/* Tell of it, and remember what is to be remembered. */
void cover_take(const struct search *, const struct cover *,
    struct likeness *ret_like);

#endif
