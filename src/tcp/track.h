/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tracker: what a segment means to its connection.
 *
 * The way of a segment is a pipeline of short steps, listed in order in
 * track.c: reading that array is reading the program.
 */
#ifndef TCPSTATES_TCP_TRACK_H
#define TCPSTATES_TCP_TRACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/budget.h"
#include "base/pool.h"
#include "flow/duplicates.h"
#include "tcp/analysis.h"
#include "tcp/judgement.h"

struct conn;
struct segment;

/* Whom to tell what; members may be NULL.  See tcpstates.h. */
struct track_events {
	void (*segment)(void *arg, const struct conn *,
	    const struct segment *, const struct judgement *);
	void (*transition)(void *arg, const struct conn *,
	    const struct transition *);
	void *arg;
	/* `segment` need not know of those that are judged to be nothing. */
	bool skips_fastpath;
};

/* What the analyses of connections found that concerns them all. */
struct track_findings {
	uint64_t forgotten;	/* ranges forgotten at a bound */
	uint64_t merged;	/* connections with segments above their MSS */
	uint64_t unquantified;	/* connections without memory for quantiles */
};

struct tracker {
	struct pool analyses;
	uint64_t packs;		/* of those that are packed: see pack.h */
	struct budget budget;	/* of what analyses grow; `most' is the user's */
	/* Of all whose figures nobody will ask for: written and never read. */
	struct endpoint_stats discard_stats[2];
	struct track_events events;
	bool none;		/* no analysis: counts only */
	bool keep;		/* keep what was found after the close */
	bool no_fastpath;	/* every segment through all steps: for tests */
	uint64_t cut;		/* segments whose fixed header was cut */
	struct track_findings gone;	/* of those whose analysis is gone */
};

void tracker_init(struct tracker *, const struct track_events *, bool none,
    bool keep);
/* Frees the analyses of all connections in the list that begins with `first`. */
void tracker_fini(struct tracker *, struct conn *first);

/*
 * Is `seg` a second copy, given what flow/duplicates.h found?  With weak evidence
 * the connection decides: it is when copies were seen for certain before, or
 * when no sender could have had a reason to send it again so soon.
 */
bool track_is_duplicate(const struct conn *, unsigned side,
    const struct segment *, enum dupe);

/* Is its timestamp later than the last of that side? (RFC 6191) */
bool track_is_ts_later(const struct conn *, unsigned side,
    const struct segment *);

/* This segment of it comes soon: fetch what it looks into. */
void track_prefetch(const struct tracker *, const struct conn *,
    unsigned side, const struct segment *);

/*
 * Take a segment of `side` into its connection.  `is_reuse`: it opened a new
 * connection on the four-tuple of an earlier one.  0, or -ERR_NOMEM: it is
 * then counted but not analysed.
 */
int track_segment(struct tracker *, struct conn *, unsigned side,
    const struct segment *, bool is_reuse);

/* Give back the analysis of a connection, if it has one. */
void track_end(struct tracker *, struct conn *);

/*
 * It is kept, and no segment is expected: in few octets, see pack.h.  Those
 * that settle are packed without being asked.
 */
void track_pack(struct tracker *, struct conn *);

/* An ICMP error quotes it; `mtu` is of "fragmentation needed", or 0. */
void track_quoted(struct tracker *, struct conn *, uint16_t mtu);

/* Of all connections from `first` on, and of those that are gone. */
struct track_findings track_findings(const struct tracker *,
    const struct conn *first);

#endif
