/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several threads that track, each a part of the connections.
 *
 *	first thread	decode -> key -> duplicate filter, in order of frames
 *	                   |  by key_bucket()
 *	                   +--> ring -> part 0: table, tracker, diagnosis
 *	                   +--> ring -> part 1
 *	                   ...
 *
 * A part is an engine without decoder and duplicate filter.  All segments, and
 * all ICMP errors, of two endpoints go to one part, in the order of the
 * capture, and no rule behind the duplicate filter looks beyond two endpoints:
 * so each connection is what it would be in one table.  The lists of the parts
 * are merged by first frame before anything is read from them.
 *
 * Limits need the order of all connections, so they use one part.
 */
#ifndef TCPSTATES_ENGINE_PARTS_H
#define TCPSTATES_ENGINE_PARTS_H

#include <stdbool.h>

#include "base/compiler.h"
#include "engine/engine.h"

struct batch;
struct conn;
struct parts;
struct track_findings;

/* NULL: out of memory, or a thread could not be started. */
struct parts *parts_start(const struct tcpstates_options *,
    unsigned count) MUST_CHECK;
/* Stop the threads, and leave all memory to process exit. */
void parts_leave(struct parts *);
/* Stop the threads and free everything.  NULL is allowed. */
void parts_free(struct parts *);

/* Pass each segment of a batch to its part.  False: a part lacks memory. */
bool parts_pass_on(struct parts *, struct batch *);

/*
 * Process everything passed on, and add the counts to the totals.  0, or
 * -ERR_NOMEM.
 */
int parts_flush(struct parts *, struct tcpstates_totals *);

/*
 * Merge the lists of connections, and number the connections.  Flush first.
 * More segments may follow.
 */
void parts_unite(struct parts *);
/* The first of the merged list. */
struct conn *parts_first(const struct parts *);

/* What the trackers found in all parts, and the segments with a cut header. */
struct track_findings parts_findings(struct parts *);
uint64_t parts_cut(const struct parts *);

#endif
