/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waits worth naming: for each account that somebody can be blamed for, how
 * many there were and the longest with its frames.  A connection takes memory
 * for them with its first one.
 */
#ifndef TCPSTATES_DIAGNOSIS_LONG_WAITS_H
#define TCPSTATES_DIAGNOSIS_LONG_WAITS_H

#include <stdint.h>

#include "base/nstime.h"
#include "diagnosis/causes.h"

/* Shorter waits are not worth naming. */
#define LONG_WAIT_NS	(20 * NS_PER_MS)

struct longest {
	int64_t ns;
	int64_t end_ns;		/* when the longest ended */
	uint64_t from_frame;	/* in which the longest began */
	uint64_t frame;		/* in which the longest ended */
	uint32_t count;		/* waits of LONG_WAIT_NS or more */
	uint8_t book;		/* enum book */
};

struct long_waits {
	uint8_t count;
	uint8_t size;
	struct longest longest[];
};

/*
 * A wait of `ns` was booked, which ended at `end_ns`: note it. Out of memory
 * for another account, the wait is left out. The object may move.
 */
void long_waits_add(struct long_waits **, enum book, int64_t ns,
    int64_t end_ns, uint64_t from_frame, uint64_t frame);

/* The longest of an account, or NULL; so may `waits` be. */
const struct longest *long_waits_of(const struct long_waits *, enum book);

#endif
