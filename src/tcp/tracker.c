/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tcp/tracker.h"

#include "flow/conn.h"

void
tracker_init(struct tracker *tracker, const struct track_events *events,
    bool none, bool keep)
{
	*tracker = (struct tracker){
	    .events = *events,
	    .none = none,
	    .keep = keep,
	    .has_fastpath = events->segment == NULL || events->skips_fastpath,
	};
	pool_init(&tracker->analyses, keep ? sizeof(struct kept_analysis) :
	    ANALYSIS_BARE_BYTES);
}

/* Stop at the last connection with an analysis: a flood of SYNs has none. */
void
tracker_fini(struct tracker *tracker, struct conn *first)
{
	for (struct conn *conn = first; conn != NULL &&
	    tracker->analyses.used + tracker->packs > 0; conn = conn->next) {
		conn_fetch_ahead(conn);
		analysis_end(tracker, conn);
	}
	pool_fini(&tracker->analyses);
}

/* ---- findings ---- */

/*
 * A receiver announces its largest segment (RFC 9293, 3.7.1): a larger one was
 * merged on its path to the capture, or captured at its sender before
 * segmentation.
 */
static bool
is_merged(const struct conn *conn, unsigned side)
{
	const struct endpoint *receiver = &conn->endpoint[!side];

	return receiver->has_mss &&
	    conn->analysis->track[side].max_payload > receiver->mss;
}

static struct track_findings
findings_of(const struct conn *conn)
{
	const struct analysis *an = conn->analysis;

	return (struct track_findings){
	    .forgotten = (uint64_t)an->track[0].forgotten +
		an->track[1].forgotten,
	    .merged = is_merged(conn, 0) || is_merged(conn, 1),
	    .unquantified = an->track[0].lacks_quantiles ||
		an->track[1].lacks_quantiles,
	};
}

static void
add_findings(struct track_findings *findings, const struct conn *conn)
{
	const struct track_findings found = findings_of(conn);

	findings->forgotten += found.forgotten;
	findings->merged += found.merged;
	findings->unquantified += found.unquantified;
}

void
tracker_findings_keep(struct tracker *tracker, const struct conn *conn)
{
	add_findings(&tracker->gone, conn);
}

void
tracker_findings_drop(struct tracker *tracker, const struct conn *conn)
{
	const struct track_findings found = findings_of(conn);

	tracker->gone.forgotten -= found.forgotten;
	tracker->gone.merged -= found.merged;
	tracker->gone.unquantified -= found.unquantified;
}

struct track_findings
tracker_findings(const struct tracker *tracker, const struct conn *first)
{
	struct track_findings findings = tracker->gone;
	uint64_t left = tracker->analyses.used;

	for (const struct conn *conn = first; conn != NULL && left > 0;
	    conn = conn->next) {
		conn_fetch_ahead(conn);
		if (conn->analysis == NULL || conn->is_packed)
			continue;
		add_findings(&findings, conn);
		left--;
	}
	return findings;
}
