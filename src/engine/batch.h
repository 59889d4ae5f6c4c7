/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoded segments are queued until a batch is full, and then processed.  So
 * the memory of a segment is prefetched while earlier segments are processed:
 * cache misses would be most of the work.  A second thread can process one
 * batch while the first fills the next.
 */
#ifndef TCPSTATES_ENGINE_BATCH_H
#define TCPSTATES_ENGINE_BATCH_H

#include <stdbool.h>

struct queued_segment;
struct tcpstates;
struct tcpstates_totals;

/* The entry to fill next. */
struct queued_segment *batch_next(struct tcpstates *);

/*
 * The next entry has been filled: process the batch once it is full, or at
 * once where there are no batches.  0, or -ERR_NOMEM.
 */
int batch_enqueue(struct tcpstates *);

/* ---- a thread that tracks ---- */

/* Start it, with a ring of batches.  False: nothing has changed. */
bool batch_start_worker(struct tcpstates *);
/* Give it the batch just filled, and take the next one of the ring. */
void batch_give(struct tcpstates *);
/* Block until it has none left, and add its counts.  0, or -ERR_NOMEM. */
int batch_drain(struct tcpstates *, struct tcpstates_totals *);

#endif
