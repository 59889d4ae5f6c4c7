/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The changes that a path can make between two points (rewrites.def), as a set
 * for each segment: bit 1 << enum rewrite.
 */
#ifndef TCPSTATES_COMPARE_REWRITES_H
#define TCPSTATES_COMPARE_REWRITES_H

#include <stdbool.h>
#include <stdint.h>

struct transmission;

enum rewrite {
#define REWRITE(name, word, sentence)	REWRITE_##name,
#include "compare/rewrites.def"
#undef REWRITE
	REWRITE_COUNT
};

const char *rewrite_word(enum rewrite);
const char *rewrite_sentence(enum rewrite);

static inline bool
rewrites_have(uint32_t set, enum rewrite rewrite)
{
	return (set >> rewrite & 1) != 0;
}

#define REWRITES_BUFSIZE	192

/* The words of a set, joined by commas; "" for none. */
void rewrites_format(char buf[REWRITES_BUFSIZE], uint32_t set);

/* A mark of congestion (CE) that became any other ECN field. */
bool rewrites_erase_mark(const struct transmission *up,
    const struct transmission *down);

/* Options of a SYN without a name in rewrites.def, as enum tcpopt_bit. */
unsigned rewrites_others_stripped(const struct transmission *up,
    const struct transmission *down);

/*
 * What one segment shows at both points, but for its addresses, ports, numbers
 * and TTL: their changes are known from the pair, or from many segments.
 */
uint32_t rewrites_find(const struct transmission *up,
    const struct transmission *down);

#endif
