/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several threads, each with a part of the connections.
 *
 *	first thread	a look at the headers -> bucket of the key
 *	                   |
 *	                   +--> ring -> part 0: decode, duplicate filter,
 *	                   |            table, tracker, diagnosis
 *	                   +--> ring -> part 1
 *	                   ...
 *
 * Nearly all frames show in one look which part has their connection
 * (frame_peek()): the first thread copies their headers into the ring of this
 * part.  Each part decodes all other frames, such as tunnels, fragments and ICMP
 * errors, and takes those whose connections it has; so all parts know the same
 * fragments.
 *
 * All segments, and all ICMP errors, of two endpoints go to one part, in the
 * order of the capture, and no rule looks beyond the bucket of two endpoints:
 * so each connection is what it would be in one table.  The lists of the parts
 * are merged by first frame before anything is read from them.
 *
 * Limits need the order of all connections, so they use one part.
 */
#ifndef TCPSTATES_ENGINE_PARTS_H
#define TCPSTATES_ENGINE_PARTS_H

#include "base/compiler.h"
#include "engine/engine.h"

struct duplicates;
struct parts;
struct team;

/*
 * The filter stays the caller's.  NULL: out of memory, or a thread could not be
 * started.
 */
struct parts *parts_start(const struct tcpstates_options *,
    struct duplicates *, unsigned count) MUST_CHECK;
/* Stop the threads, and leave all memory to process exit. */
void parts_leave(struct parts *);
/* Stop the threads and free everything.  NULL is allowed. */
void parts_free(struct parts *);

/* Pass a frame on to its part, or to all.  0, or -ERR_NOMEM of any before. */
int parts_deal(struct parts *, const struct frame *);

/*
 * Process everything passed on, and add the counts to the totals.  0, or
 * -ERR_NOMEM.
 */
int parts_flush(struct parts *, struct tcpstates_totals *);

/* Their engines; flush before anything is read from them. */
struct team *parts_team(struct parts *);

#endif
