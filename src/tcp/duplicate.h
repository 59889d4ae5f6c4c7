/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a segment a second copy of one that was captured already?  The filter of
 * flow/duplicates.h knows what it looks like; this module knows its connection.
 */
#ifndef TCPSTATES_TCP_DUPLICATE_H
#define TCPSTATES_TCP_DUPLICATE_H

#include <stdbool.h>

#include "flow/duplicates.h"

struct conn;
struct segment;

/*
 * Decide, given what the filter found.  On weak evidence the connection
 * decides: a segment is a copy when copies were recognised for certain before,
 * or when no sender could have had a reason to send it again so soon.
 */
bool duplicate_is_copy(const struct conn *, unsigned side,
    const struct segment *, enum dupe);

#endif
