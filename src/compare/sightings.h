/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The segments that an engine reports, as transmissions whose pair is not
 * known yet, in batches: the number of a connection is read a batch later,
 * because it lies on a cache line that the engine has not fetched.
 */
#ifndef TCPSTATES_COMPARE_SIGHTINGS_H
#define TCPSTATES_COMPARE_SIGHTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "compare/transmission.h"

struct conn;
struct segment;

#define SIGHTINGS_MAX	256

/* Zeroed is empty. */
struct sightings {
	struct transmission items[SIGHTINGS_MAX];
	const struct conn *conns[SIGHTINGS_MAX];
	unsigned count;
};

/* A segment of `side`.  True: the batch is full. */
bool sightings_add(struct sightings *, const struct conn *,
    const struct segment *, unsigned side, uint32_t judged);

/* Empty the batch: `items` are the `count` transmissions returned. */
unsigned sightings_flush(struct sightings *);

#endif
