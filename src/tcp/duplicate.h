/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a segment a copy of one that was captured already?  The filter of
 * flow/duplicates.h says how the two are alike; this module knows what their
 * connection makes of that.
 *
 *	evidence				a copy
 *	same IP ID, or retry of one 802.11 frame	always
 *	equal but for the place			unless the receiver had time
 *						to ask for it
 *	equal, from the same place		if nobody can have sent again so
 *						soon; an ACK, if this connection
 *						has such copies
 *	altered, or other IP ID			only from another place, and
 *						as soon, or if this connection
 *						has such copies
 */
#ifndef TCPSTATES_TCP_DUPLICATE_H
#define TCPSTATES_TCP_DUPLICATE_H

#include <stdbool.h>

#include "base/seq.h"
#include "decode/segment.h"
#include "flow/conn.h"
#include "flow/duplicates.h"

/*
 * Decide, given what the filter found, and count it in the connection.  Of a
 * copy, the first `covered` bytes of payload were seen before; others than
 * these are new.
 */
bool duplicate_take(struct conn *, unsigned side, const struct segment *,
    const struct likeness *);
/* Decide, and count nothing. */
bool duplicate_is_copy(const struct conn *, unsigned side,
    const struct segment *, const struct likeness *);

/* Does a segment carry data, of which nothing is new? */
static inline bool
duplicate_is_old(
    const struct conn *conn, unsigned side, const struct segment *seg)
{
	const struct endpoint *snd = &conn->endpoint[side];

	return seg->payload_len > 0 && snd->has_base && !seq_lt(
	    seq_at(snd->isn, snd->nxt), seg->seq + seg->payload_len);
}

/*
 * Of such a segment: is it a piece of a larger one that was captured too short
 * a while ago to be sent again?  The filter does not find a piece that comes
 * before the one in front of it.  If so, count it.
 */
bool duplicate_take_piece(struct conn *, unsigned side,
    const struct segment *);

#endif
