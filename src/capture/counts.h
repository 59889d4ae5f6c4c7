/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Totals of 32-bit counters, which wrap every 71 minutes at a million packets a
 * second.
 */
#ifndef TCPSTATES_CAPTURE_COUNTS_H
#define TCPSTATES_CAPTURE_COUNTS_H

#include <stdint.h>

/* Add the counter's growth; right if it is read at least once per wrap. */

static inline void
counts_widen(uint64_t *total, uint32_t now)
{
	*total += (uint32_t)(now - (uint32_t)*total);
}

#endif
