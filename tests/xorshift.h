/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers that look random and are the same in every run (Marsaglia's
 * xorshift64, 2003), so that a failure comes back when it is looked for.
 */
#ifndef TCPSTATES_TESTS_XORSHIFT_H
#define TCPSTATES_TESTS_XORSHIFT_H

#include <stdint.h>

struct xorshift {
	uint64_t state;		/* not 0 */
};

static inline uint64_t
xorshift_next(struct xorshift *x)
{
	x->state ^= x->state << 13;
	x->state ^= x->state >> 7;
	x->state ^= x->state << 17;
	return x->state;
}

/* Below `bound`, which is small: the bias does not matter here. */
static inline uint32_t
xorshift_below(struct xorshift *x, uint32_t bound)
{
	return (uint32_t)(xorshift_next(x) >> 16) % bound;
}

#endif
