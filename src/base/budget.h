/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An amount of memory that many arrays have together.  Each may take a small
 * part of what is left: so who has much is refused first, and whoever takes
 * all he can leaves room for those who need little.
 */
#ifndef TCPSTATES_BASE_BUDGET_H
#define TCPSTATES_BASE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUDGET_PART	1024	/* of what is left, the most at a time */

struct budget {
	uint64_t most;		/* octets; 0: no limit */
	uint64_t used;
};

/* `size` more octets?  They are taken if so.  NULL has no limit. */
static inline bool
budget_take(struct budget *budget, size_t size)
{
	if (budget == NULL)
		return true;
	if (budget->most != 0 &&
	    size > (budget->most - budget->used) / BUDGET_PART)
		return false;
	budget->used += size;
	return true;
}

static inline void
budget_give(struct budget *budget, size_t size)
{
	if (budget != NULL)
		budget->used -= size;
}

#endif
