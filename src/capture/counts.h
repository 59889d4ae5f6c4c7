/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters of 32 bits that run over, and what they have counted in all: at a
 * million packets a second they do every 71 minutes.
 */
#ifndef TCPSTATES_CAPTURE_COUNTS_H
#define TCPSTATES_CAPTURE_COUNTS_H

#include <stdint.h>

/*
 * The counter says `now`.  Right as long as it was asked at least once on its
 * way round.
 */
static inline void
counts_widen(uint64_t *total, uint32_t now)
{
	*total += (uint32_t)(now - (uint32_t)*total);
}

#endif
