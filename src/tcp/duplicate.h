/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a segment a copy of an earlier one?  flow/duplicates.h compares segments;
 * this module decides, by the state of the connection.
 *
 *	evidence				a copy
 *	same IP ID, or 802.11 retry		always
 *	equal, another place			unless the receiver asked for a
 *						retransmission, in time
 *	equal, same place			if sooner than any possible
 *						retransmission; a pure ACK, if
 *						other segments have such copies
 *	altered, or another IP ID		from another place only, and as
 *						soon, or if other segments have
 *						such copies; a pure ACK only then
 */
#ifndef TCPSTATES_TCP_DUPLICATE_H
#define TCPSTATES_TCP_DUPLICATE_H

#include <stdbool.h>

#include "base/seq.h"
#include "decode/segment.h"
#include "flow/conn.h"
#include "flow/duplicates.h"

/*
 * Decide, given the result of duplicates_check(), and count a copy.  If fewer
 * bytes than the payload are `covered`, the rest of the segment is new.
 */
bool duplicate_take(struct conn *, unsigned side, const struct segment *,
    const struct likeness *);
/* Decide only. */
bool duplicate_is_copy(const struct conn *, unsigned side,
    const struct segment *, const struct likeness *);

/* Does a segment carry data, but no new byte? */
static inline bool
duplicate_is_old(
    const struct conn *conn, unsigned side, const struct segment *seg)
{
	const struct endpoint *snd = &conn->endpoint[side];

	return seg->payload_len > 0 && snd->has_base && !seq_lt(
	    seq_at(snd->isn, snd->nxt), seg->seq + seg->payload_len);
}

/*
 * Is such a segment a piece of a superframe that was captured too recently for
 * a retransmission?  If so, count a copy.  The filter recognises pieces in
 * order only.
 */
bool duplicate_take_piece(struct conn *, unsigned side,
    const struct segment *);

#endif
