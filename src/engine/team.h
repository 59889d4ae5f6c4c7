/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several engines that have the connections of one capture between them: what
 * parts.h and readers.h have in common.
 */
#ifndef TCPSTATES_ENGINE_TEAM_H
#define TCPSTATES_ENGINE_TEAM_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/frame.h"
#include "flow/key.h"
#include "flow/queues.h"

struct conn;
struct tcpstates;
struct tcpstates_totals;
struct track_findings;

/* Empty when zeroed. */
struct team {
	unsigned count;		/* of engines, up to KEY_BUCKETS */
	struct tcpstates *engine[KEY_BUCKETS];
	/* Of frames that all engines decode, one decoder that counts; or NULL. */
	const struct decoder *shared;
	bool is_united;		/* the lists are merged */
	struct conn *first;	/* of the merged list */
	struct decoder_stats stats;
};

/*
 * The first connection of all, in order of first frame: merges the lists of the
 * engines, unless they are.  Connections without a number get one.
 */
struct conn *team_first(struct team *);
/* Give each engine its own list back: segments can be tracked again. */
void team_separate(struct team *);

/*
 * Of all engines: what the trackers found, the segments with a cut header, and
 * what the decoders counted.
 */
struct track_findings team_findings(struct team *);
uint64_t team_cut(const struct team *);
const struct decoder_stats *team_decoder_stats(struct team *);
/* See duplicates_forgotten(): of engines that have filters of their own. */
uint64_t team_copies_forgotten(const struct team *);
/* Connections in a queue of the limits. */
uint64_t team_count_queued(const struct team *, enum queue);

/* Add the totals of the engines, which are zero then. */
void team_move_totals(struct team *, struct tcpstates_totals *);
/* See conntab_number(). */
void team_number(struct team *, uint64_t *last);

#endif
