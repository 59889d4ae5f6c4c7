/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers as headers have them, the highest byte first. */
#ifndef TCPSTATES_TESTS_BIG_ENDIAN_H
#define TCPSTATES_TESTS_BIG_ENDIAN_H

#include <stdint.h>

static inline void
put16(uint8_t *at, uint32_t n)
{
	at[0] = (uint8_t)(n >> 8);
	at[1] = (uint8_t)n;
}

static inline void
put32(uint8_t *at, uint32_t n)
{
	put16(at, n >> 16);
	put16(at + 2, n);
}

#endif
