/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoded segments are queued until a batch is full, and then processed.  So
 * the memory of a segment is prefetched while earlier segments are processed:
 * cache misses would be most of the work.  A second thread can process one
 * batch while the first fills the next.
 */
#ifndef TCPSTATES_ENGINE_BATCH_H
#define TCPSTATES_ENGINE_BATCH_H

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

/* Process what is queued, and add the counts.  0, or -ERR_NOMEM. */
int batch_flush(struct tcpstates *, struct tcpstates_totals *);

#endif
