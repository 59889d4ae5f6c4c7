/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pictures of a connection captured at two points: one-way delays over time,
 * and a ladder from one endpoint through both points to the other.
 */
#ifndef TCPSTATES_VIEWS_PAIR_PICTURES_H
#define TCPSTATES_VIEWS_PAIR_PICTURES_H

#include <stdbool.h>

struct compare_result;
struct outbuf;
struct trail;

/* Are there delays to draw? */
bool pair_has_delays(const struct compare_result *, const struct trail *);
void pair_put_delays(struct outbuf *, const struct compare_result *,
    const struct trail *);

/* The trail is sorted, and has a step. */
void pair_put_ladder(struct outbuf *, const struct compare_result *,
    const struct trail *);

#endif
