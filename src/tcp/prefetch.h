/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fetches into the cache what a segment is about to look into, some segments
 * ahead: cache misses are most of the cost of a segment.
 */
#ifndef TCPSTATES_TCP_PREFETCH_H
#define TCPSTATES_TCP_PREFETCH_H

struct conn;
struct segment;
struct tracker;

void prefetch_segment(const struct tracker *, const struct conn *,
    unsigned side, const struct segment *);

/* What a follower keeps of the connection, once prefetch_segment() was here. */
void prefetch_followed(const struct conn *);

#endif
