/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clocks of pcapng interfaces: times in units of if_tsresol, counted from
 * 1970 plus if_tsoffset (draft-ietf-opsawg-pcapng, 4.2).
 */
#ifndef TCPSTATES_CAPTURE_TICKS_H
#define TCPSTATES_CAPTURE_TICKS_H

#include <stdbool.h>
#include <stdint.h>

#define TICKS_DEFAULT	6	/* the resolution where none is given */

/*
 * Nanoseconds since 1970; saturates.  `resolution` is that of the option: units
 * of 10^-n seconds, or of 2^-n with the highest bit set; `offset` in seconds.
 *
 * Ticks are unsigned, but those that a signed reading makes negative are after
 * 2262 in the finest usual unit.  Where they occur, a program has written times
 * before 1970, and they are read so.
 */
int64_t ticks_to_ns(uint64_t ticks, uint8_t resolution, int64_t offset);

/* Are the units finer than microseconds? */
bool ticks_are_fine(uint8_t resolution);

#endif
