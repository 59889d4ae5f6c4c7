/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tracker: what the connections of one engine share while their segments
 * go through the pipeline (pipeline.h).
 */
#ifndef TCPSTATES_TCP_TRACKER_H
#define TCPSTATES_TCP_TRACKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/budget.h"
#include "base/pool.h"
#include "tcp/analysis.h"
#include "tcp/events.h"

struct conn;
struct follower;

/* What the analyses of connections found that concerns the whole capture. */
struct track_findings {
	uint64_t forgotten;	/* ranges forgotten at a bound */
	uint64_t merged;	/* connections with segments above their MSS */
	uint64_t unquantified;	/* connections without memory for quantiles */
};

/* One connection whose segments are all reported, whatever the events are. */
struct watcher {
	const struct conn *conn;	/* NULL: none */
	void (*segment)(void *arg, const struct conn *,
	    const struct segment *, const struct judgement *);
	void *arg;
};

/* A reader of packed analyses that goes on beside the tracker. */
struct pack_reader {
	/* Before such an analysis is unpacked or freed. */
	void (*reclaim)(void *arg, const struct conn *);	/* or NULL */
	void *arg;
};

struct tracker {
	struct pool analyses;
	uint64_t packs;		/* packed analyses: see pack.h */
	struct budget budget;	/* of what analyses grow; `most' is the user's */
	/*
	 * Scratch statistics, shared by connections without statistics of their
	 * own.
	 */
	struct endpoint_stats discard_stats[2];
	struct track_events events;
	struct watcher watcher;
	struct pack_reader reader;
	struct follower *follower;	/* or NULL; only with `keep` */
	bool none;		/* no analysis: counts only */
	bool keep;		/* keep analyses until the end */
	bool has_fastpath;	/* no event needs the judgement of each segment */
	uint64_t cut;		/* segments with a truncated fixed header */
	uint32_t judged;	/* judgements of the last segment: bits */
	struct track_findings gone;	/* of analyses that were freed or packed */
};

void tracker_init(struct tracker *, const struct track_events *, bool none,
    bool keep);

/* Free the analyses of all connections in the list that begins with `first`. */
void tracker_fini(struct tracker *, struct conn *first);

/*
 * Statistics of all connections from `first` on, and of the connections freed.
 */
struct track_findings tracker_findings(const struct tracker *,
    const struct conn *first);

/* Count what the analysis of a connection found as gone, or take that back. */
void tracker_findings_keep(struct tracker *, const struct conn *);
void tracker_findings_drop(struct tracker *, const struct conn *);

#endif
