/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A budget of memory that many arrays share.  A request may take at most
 * 1/BUDGET_PART of what remains, so large consumers are refused first.
 */
#ifndef TCPSTATES_BASE_BUDGET_H
#define TCPSTATES_BASE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUDGET_PART	1024	/* of what is left, the most at a time */

struct budget {
	uint64_t most;		/* bytes; 0: no limit */
	uint64_t used;
};

/* Take `size` bytes if the budget allows.  NULL has no limit. */
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
