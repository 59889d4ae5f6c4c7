/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which connections a limit ended lately, so that one that speaks again is
 * told from a stranger, also when its record is gone: a fixed array of the
 * hashes of their keys, where a newer one takes the place of an older.
 */
#ifndef TCPSTATES_FLOW_EVICTED_H
#define TCPSTATES_FLOW_EVICTED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

#define RETURNS_MAX	65536	/* remembered; a power of two */

struct evicted_set;

/* NULL when out of memory. */
struct evicted_set *evicted_new(void) MUST_CHECK;
/* NULL is allowed. */
void evicted_free(struct evicted_set *);

/* `hash` is key_hash(): never 0. */
void evicted_add(struct evicted_set *, uint64_t hash);
/* Is it among them?  It is not any more after that. */
bool evicted_take(struct evicted_set *, uint64_t hash);

#endif
