/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The retransmissions that an endpoint sent last, until the DSACKs that may
 * prove them needless have come (RFC 2883): a ring in order of sending.
 *
 * A sender whose timer fired too soon may retransmit all bytes in flight before
 * the first DSACK arrives, so the ring grows while a DSACK may still report the
 * oldest entry: from RECENT_FEW entries inside the sackboard to RECENT_MAX, or
 * fewer if the budget is exhausted.  Beyond, the oldest entry is forgotten.
 */
#ifndef TCPSTATES_TCP_RECENTS_H
#define TCPSTATES_TCP_RECENTS_H

#include <stddef.h>
#include <stdint.h>

#include "tcp/endpoint.h"

struct budget;

/*
 * Remember a retransmission of the endpoint, which has a sackboard.  A DSACK
 * comes within `answer_ns` of the retransmission; entries that are overwritten
 * sooner are counted as forgotten.
 */
void recents_add(struct endpoint_track *, const struct recent *,
    int64_t answer_ns, struct budget *);

/*
 * Return the retransmission sent `before` entries before the newest, or NULL
 * if there are fewer.
 */
static inline struct recent *
recents_at(const struct sackboard *own, unsigned before)
{
	return before < own->recents_count ?
	    &own->recents[(own->recents_next - 1 - before) &
		(own->recents_size - 1U)] : NULL;
}

/* Keep the newest RECENT_FEW only: the connection is closed. */
void recents_settle(struct endpoint_track *, struct budget *);

/* Free the memory that the endpoint's ring has grown to. */
void recents_fini(struct endpoint_track *, struct budget *);

#endif
