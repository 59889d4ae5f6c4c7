/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/warnings.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/nstime.h"
#include "capture/source.h"
#include "cli/notes.h"
#include "tcpstates.h"

#define MEBI		(UINT64_C(1) << 20)
#define RING_MOST	(UINT64_C(1) << 30)	/* octets worth advising */

static const char *
plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static void
warn_kernel(struct notes *notes, const struct source_info *info)
{
	char percent[NSTIME_BUFSIZE];
	uint64_t larger = 4 * info->ring_size;

	if (!info->has_kernel)
		return;
	if (larger > RING_MOST)
		larger = RING_MOST;
	if (info->dropped > 0) {
		nstime_format_ratio(percent, (int64_t)info->dropped * 100,
		    (int64_t)info->received, 1);
		notes_add(notes, "kernel dropped %" PRIu64 " of %" PRIu64
		    " packets (%s%%): counts and losses are not trustworthy; "
		    "try -B %" PRIu64 "M or a filter", info->dropped,
		    info->received, percent,
		    larger < MEBI ? 1 : larger / MEBI);
	}
	if (info->if_dropped > 0)
		notes_add(notes, "interface dropped %" PRIu64 " packet%s: "
		    "counts and losses are not trustworthy",
		    info->if_dropped, plural(info->if_dropped));
}

static void
warn_link_type(struct notes *notes, const struct source_info *info)
{
	char name[DLT_NAME_BUFSIZE];

	if (info->unknown_frames == 0)
		return;
	dlt_describe(name, info->unknown_dlt);
	if (info->unknown_frames == info->frames)
		notes_add(notes, "link type %s is not supported: none of the "
		    "%" PRIu64 " packet%s could be analysed", name,
		    info->frames, plural(info->frames));
	else
		notes_add(notes, "link type %s is not supported: %" PRIu64
		    " of %" PRIu64 " packets could not be analysed", name,
		    info->unknown_frames, info->frames);
}

static void
warn_snaplen(struct notes *notes, const struct tcpstates_totals *totals)
{
	const uint64_t cut = totals->verdicts[VERDICT_SHORT];

	if (cut > 0)
		notes_add(notes, "%" PRIu64 " of %" PRIu64 " packet%s "
		    "captured too short for the TCP ports: capture with a "
		    "larger -s", cut, totals->frames,
		    totals->frames == 1 ? " was" : "s were");
}

/* Nothing to report on: why? */
static void
warn_nothing(struct notes *notes, const struct tcpstates_totals *totals,
    const struct source_info *info)
{
	if (info->frames == 0 && info->seen > 0)
		notes_add(notes, "the filter matched none of %" PRIu64
		    " packet%s", info->seen, plural(info->seen));
	else if (info->frames > 0 && info->unknown_frames < info->frames &&
	    totals->verdicts[VERDICT_SEGMENT] == 0)
		notes_add(notes, "none of %" PRIu64 " packet%s was a TCP "
		    "segment; -v tells what they were", info->frames,
		    plural(info->frames));
}

static void
warn_engine(struct notes *notes, const struct tcpstates *ts)
{
	const struct tcpstates_totals *totals = tcpstates_totals(ts);
	const struct decoder_stats *stats = tcpstates_decoder_stats(ts);

	if (totals->clock_back > 0)
		notes_add(notes, "time went back before %" PRIu64 " packet%s: "
		    "durations and RTTs around them may be wrong",
		    totals->clock_back, plural(totals->clock_back));
	if (totals->clock_clamped > 0)
		notes_add(notes, "%" PRIu64 " packet%s before 1824 or after "
		    "2115: taken for the nearest time between",
		    totals->clock_clamped,
		    totals->clock_clamped == 1 ? " is" : "s are");
	if (stats->wire_len_wrong > 0)
		notes_add(notes, "%" PRIu64 " packet%s on record as shorter "
		    "than the IP header says: the IP header is believed",
		    stats->wire_len_wrong,
		    stats->wire_len_wrong == 1 ? " is" : "s are");
	if (stats->fragments_evicted > 0)
		notes_add(notes, "%" PRIu64 " fragmented packet%s left "
		    "incomplete for want of room",
		    stats->fragments_evicted,
		    stats->fragments_evicted == 1 ? " was" : "s were");
	if (totals->evicted > 0)
		notes_add(notes, "%" PRIu64 " connection%s ended by a limit, "
		    "not by the endpoints", totals->evicted,
		    totals->evicted == 1 ? " was" : "s were");
	if (totals->forgotten > 0)
		notes_add(notes, "%" PRIu64 " range%s of sequence numbers "
		    "had to be forgotten at a limit: some judgements are "
		    "less sure", totals->forgotten,
		    totals->forgotten == 1 ? "" : "s");
}

static void
warn_one_sided(struct notes *notes, const struct tcpstates *ts)
{
	struct summary summary = tcpstates_totals(ts)->left_out;

	summary_add_all(&summary, tcpstates_first(ts));
	if (summary.one_sided == summary.total && summary.one_sided_talks > 0)
		notes_add(notes, "only one direction was captured of %s: "
		    "RTT, losses and how they ended are not known",
		    summary.total == 1 ? "the connection" :
		    "every connection");
}

void
warnings_add(struct notes *notes, const struct tcpstates *ts,
    const struct source_info *info)
{
	const struct tcpstates_totals *totals = tcpstates_totals(ts);

	warn_kernel(notes, info);
	warn_link_type(notes, info);
	warn_snaplen(notes, totals);
	warn_nothing(notes, totals, info);
	warn_engine(notes, ts);
	warn_one_sided(notes, ts);
}
