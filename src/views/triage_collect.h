/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Collects the connections of a triage: retired ones when they retire, as their
 * records may be dropped, all others when the triage is wanted.
 */
#ifndef TCPSTATES_VIEWS_TRIAGE_COLLECT_H
#define TCPSTATES_VIEWS_TRIAGE_COLLECT_H

#include <stdbool.h>

#include "diagnosis/triage.h"

struct conn;
struct select_rules;

/* Zeroed is empty. */
struct triage_collect {
	struct triage retired;
	bool has_begun;
};

/* A selected connection retires. */
void triage_collect_ended(struct triage_collect *, const struct conn *);

/*
 * All of the capture so far, with the list from `first` on; call triage_fini().
 * Returns 0, or -ERR_NOMEM when connections could not be sorted.
 */
int triage_collect_all(struct triage_collect *, const struct select_rules *,
    const struct conn *first, struct triage *ret_triage);

void triage_collect_fini(struct triage_collect *);

#endif
