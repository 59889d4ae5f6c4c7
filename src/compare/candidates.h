/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections, or samples, of two points that may belong together because
 * their keys are equal.
 */
#ifndef TCPSTATES_COMPARE_CANDIDATES_H
#define TCPSTATES_COMPARE_CANDIDATES_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct candidate {
	uint64_t key;
	int64_t first_ns;	/* time at A, as far as the clocks are known */
	uint32_t item;		/* number of a connection, index of a sample */
	uint8_t point;
};

/*
 * Copy `count` candidates so that those of equal keys are neighbours, in order
 * of time.  The groups themselves are in no order, which takes a tenth of the
 * time of a sort.  0, or -ERR_NOMEM.
 */
int candidates_group(struct candidate *into, const struct candidate *from,
    size_t count) MUST_CHECK;

/* The end of the group that begins at `at`. */
static inline size_t
candidates_group_end(const struct candidate *c, size_t count, size_t at)
{
	size_t end = at + 1;

	while (end < count && c[end].key == c[at].key)
		end++;
	return end;
}

#endif
