/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connections that a limit dropped lately, so that a continuation is not
 * taken for a new connection after its record is gone: a fixed array of hashes
 * of keys, in which a newer hash overwrites an older one.
 */
#ifndef TCPSTATES_FLOW_EVICTED_H
#define TCPSTATES_FLOW_EVICTED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

#define EVICTED_MAX	65536	/* hashes; a power of two */

struct evicted_set;

/* NULL when out of memory. */
struct evicted_set *evicted_new(void) MUST_CHECK;
/* NULL is allowed. */
void evicted_free(struct evicted_set *);

/* `hash` is key_hash(): never 0. */
void evicted_add(struct evicted_set *, uint64_t hash);
/* Remove a hash; false if it was not in the set. */
bool evicted_take(struct evicted_set *, uint64_t hash);

#endif
