/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/warnings.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "capture/source.h"
#include "cli/deferred.h"
#include "engine/engine.h"

#define MEBI		(UINT64_C(1) << 20)
#define RING_MOST	(UINT64_C(1) << 30)	/* bytes: the largest advice */

struct warnings {
	struct deferred *deferred;	/* or NULL */
	bool is_doubtful;
};

/* Figures may be wrong, which --strict turns into an exit status. */
static void PRINTF_LIKE(2, 3)
warn(struct warnings *warnings, const char *fmt, ...)
{
	va_list args;

	warnings->is_doubtful = true;
	if (warnings->deferred == NULL)
		return;
	va_start(args, fmt);
	deferred_vadd(warnings->deferred, fmt, args);
	va_end(args);
}

/* Figures are right, but may be misread. */
static void PRINTF_LIKE(2, 3)
hint(struct warnings *warnings, const char *fmt, ...)
{
	va_list args;

	if (warnings->deferred == NULL)
		return;
	va_start(args, fmt);
	deferred_vadd(warnings->deferred, fmt, args);
	va_end(args);
}

static const char *
plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static const char *
is_are(uint64_t count)
{
	return count == 1 ? " is" : "s are";
}

static const char *
was_were(uint64_t count)
{
	return count == 1 ? " was" : "s were";
}

static void
format_percent(char buf[NSTIME_BUFSIZE], uint64_t part, uint64_t whole)
{
	nstime_format_ratio(buf, (int64_t)part * 100, (int64_t)whole, 1);
}

static void
warn_kernel(struct warnings *w, const struct source_info *info)
{
	char percent[NSTIME_BUFSIZE];
	uint64_t larger = 4 * info->ring_size;

	if (!info->has_kernel)
		return;
	if (larger > RING_MOST)
		larger = RING_MOST;
	if (info->dropped > 0) {
		format_percent(percent, info->dropped, info->received);
		warn(w, "kernel dropped %" PRIu64 " of %" PRIu64
		    " packets (%s%%): counts and losses are not trustworthy; "
		    "try -B %" PRIu64 "M or a filter", info->dropped,
		    info->received, percent,
		    larger < MEBI ? 1 : larger / MEBI);
	}
	if (info->if_dropped > 0) {
		format_percent(percent, info->if_dropped, info->received +
		    info->if_dropped);
		warn(w, "interface dropped %" PRIu64 " of %" PRIu64
		    " packets (%s%%): counts and losses are not trustworthy; "
		    "check its statistics (ethtool -S) and try a larger ring "
		    "(ethtool -G)", info->if_dropped,
		    info->received + info->if_dropped, percent);
	}
}

static void
warn_unordered(struct warnings *w, uint64_t count)
{
	if (count > 0)
		warn(w, "%" PRIu64 " packet%s processed out of order: the "
		    "clocks of the sockets of several --workers are far "
		    "apart", count, was_were(count));
}

static void
warn_link_type(struct warnings *w, const struct source_info *info)
{
	char name[DLT_NAME_BUFSIZE];

	if (info->unknown_frames == 0)
		return;
	dlt_describe(name, info->unknown_dlt);
	if (info->unknown_frames == info->frames)
		warn(w, "link type %s is not supported: none of the "
		    "%" PRIu64 " packet%s could be analysed", name,
		    info->frames, plural(info->frames));
	else
		warn(w, "link type %s is not supported: %" PRIu64
		    " of %" PRIu64 " packets could not be analysed", name,
		    info->unknown_frames, info->frames);
}

#define REASONS_SIZE	512	/* bytes, for all that has a row of its own */

/* "ESP 10, MACsec 2"; returns the sum. */
static uint64_t
list_unsupported(const struct unsupported *entry, char text[REASONS_SIZE])
{
	uint64_t sum = 0;
	size_t len = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < UNSUPPORTED_MAX && entry[i].frames > 0; i++) {
		sum += entry[i].frames;
		if (len < REASONS_SIZE)
			len += (size_t)snprintf(text + len, REASONS_SIZE - len,
			    "%s%s %" PRIu64, i > 0 ? ", " : "",
			    entry[i].words, entry[i].frames);
	}
	return sum;
}

static void
warn_untimed(struct warnings *w, const struct source_info *info)
{
	if (info->untimed > 0)
		warn(w, "%" PRIu64 " of %" PRIu64 " packet%s no time in the "
		    "file (simple packet blocks of pcapng): durations, RTTs "
		    "and what is judged by time are not known",
		    info->untimed, info->seen,
		    info->seen == 1 ? " has" : "s have");
}

/* The connections reported are right, but there may be more. */
static void
warn_encapsulation(struct warnings *w, const struct tcpstates *ts)
{
	char reasons[REASONS_SIZE];
	const uint64_t count = list_unsupported(
	    tcpstates_decoder_stats(ts)->unsupported, reasons);

	if (count > 0)
		hint(w, "%" PRIu64 " of %" PRIu64 " packet%s not analysed: "
		    "encrypted, or in an encapsulation that is not supported "
		    "(%s)", count, tcpstates_totals(ts)->frames,
		    was_were(tcpstates_totals(ts)->frames), reasons);
}

static void
warn_snaplen(struct warnings *w, const struct tcpstates_totals *totals)
{
	const uint64_t cut = totals->verdicts[VERDICT_SHORT];

	if (cut > 0)
		warn(w, "%" PRIu64 " of %" PRIu64 " packet%s "
		    "captured too short for the TCP ports: capture with a "
		    "larger -s", cut, totals->frames,
		    was_were(totals->frames));
	if (totals->cut > 0)
		warn(w, "%" PRIu64 " of %" PRIu64 " packet%s captured too "
		    "short for the whole TCP header: capture with a larger "
		    "-s", totals->cut, totals->frames,
		    was_were(totals->frames));
}

/* Say why there is nothing to report on. */
static void
warn_nothing(struct warnings *w, const struct tcpstates_totals *totals,
    const struct source_info *info)
{
	if (info->frames == 0 && info->seen > 0)
		hint(w, "the filter matched none of %" PRIu64
		    " packet%s", info->seen, plural(info->seen));
	else if (info->frames > 0 && info->unknown_frames < info->frames &&
	    totals->frames == info->frames &&	/* no shard of them */
	    totals->verdicts[VERDICT_SEGMENT] == 0)
		hint(w, "none of %" PRIu64 " packet%s was a TCP "
		    "segment; -v prints what they were", info->frames,
		    plural(info->frames));
}

static void
warn_clock(struct warnings *w, const struct tcpstates_totals *totals,
    uint64_t leaps)
{
	if (leaps > 0)
		warn(w, "the clock jumped ahead %" PRIu64 " time%s (set, or "
		    "machine suspended): durations and RTTs across a jump "
		    "may be too long", leaps, plural(leaps));
	if (totals->clock_back > 0)
		warn(w, "time went back at %" PRIu64 " packet%s: "
		    "durations and RTTs nearby may be wrong",
		    totals->clock_back, plural(totals->clock_back));
	if (totals->clock_clamped > 0)
		warn(w, "%" PRIu64 " packet%s dated before 1824 or after "
		    "2115: the nearest time in between is used",
		    totals->clock_clamped, is_are(totals->clock_clamped));
}

static void
warn_copies(struct warnings *w, const struct tcpstates_totals *totals)
{
	const uint64_t copies = totals->verdicts[VERDICT_DUPLICATE];

	if (copies > 0)
		hint(w, "%" PRIu64 " packet%s captured more than once: the "
		    "copies are excluded from all counters except "
		    "capture_duplicates", copies, was_were(copies));
	if (totals->twins > 0)
		hint(w, "%" PRIu64 " connection%s captured inside and "
		    "outside of VXLAN or Geneve: each counts once",
		    totals->twins, was_were(totals->twins));
	if (copies > 0 && totals->copies_forgotten > 0)
		warn(w, "%" PRIu64 " segment%s forgotten within 50 ms, at "
		    "more than 1.3 million per second: their copies count as "
		    "retransmissions", totals->copies_forgotten,
		    was_were(totals->copies_forgotten));
	if (totals->copies_unknown > 0)
		warn(w, "%" PRIu64 " packet%s like an earlier one: "
		    "--no-analysis cannot tell capture duplicates from "
		    "retransmissions here, and counts them",
		    totals->copies_unknown, is_are(totals->copies_unknown));
}

static void
warn_lengths(struct warnings *w, const struct tcpstates_totals *totals)
{
	if (totals->merged > 0)
		hint(w, "%" PRIu64 " connection%s segments larger than "
		    "the MSS: merged by offloading (GSO, GRO, LRO), and "
		    "counted as one segment each", totals->merged,
		    totals->merged == 1 ? " has" : "s have");
	if (totals->wire_len_wrong > 0)
		hint(w, "%" PRIu64 " packet%s recorded as shorter than the "
		    "IP header says: the IP header is used",
		    totals->wire_len_wrong, is_are(totals->wire_len_wrong));
}

static void
warn_bounds(struct warnings *w, const struct tcpstates_totals *totals)
{
	if (totals->fragments_evicted > 0)
		warn(w, "%" PRIu64 " fragmented packet%s not reassembled: "
		    "too many were incomplete at once",
		    totals->fragments_evicted,
		    was_were(totals->fragments_evicted));
	if (totals->forgotten > 0)
		warn(w, "a memory limit dropped %" PRIu64 " range%s of "
		    "sequence numbers: some segments may be misjudged",
		    totals->forgotten, plural(totals->forgotten));
	if (totals->unquantified > 0)
		warn(w, "out of memory for the percentiles of %" PRIu64
		    " connection%s", totals->unquantified,
		    plural(totals->unquantified));
}

static void
warn_timeouts(struct warnings *w, const struct tcpstates_totals *totals)
{
	if (totals->idle > 0)
		hint(w, "%" PRIu64 " connection%s dropped from the table by "
		    "an idle timeout (%" PRIu64 " half-open, %" PRIu64
		    " established)", totals->idle, was_were(totals->idle),
		    totals->retired[RETIRED_HALF_OPEN],
		    totals->retired[RETIRED_IDLE]);
	if (totals->returned > 0)
		warn(w, "%" PRIu64 " connection%s continued after being "
		    "dropped from the table, and counted as new",
		    totals->returned, plural(totals->returned));
}

static void
warn_limits(struct warnings *w, const struct tcpstates_totals *totals)
{
	const uint64_t closed = totals->retired[RETIRED_EVICTED_CLOSED];

	if (totals->evicted > 0)
		warn(w, "%" PRIu64 " connection%s dropped from the full "
		    "table (%" PRIu64 " half-open, %" PRIu64
		    " established): they may have continued; --max-conns "
		    "raises the limit", totals->evicted,
		    was_were(totals->evicted),
		    totals->retired[RETIRED_EVICTED_HALF_OPEN],
		    totals->retired[RETIRED_EVICTED_IDLE]);
	if (closed > 0)
		hint(w, "%" PRIu64 " closed connection%s dropped from the "
		    "full table before --linger", closed, was_were(closed));
	warn_timeouts(w, totals);
	if (totals->unreported > 0)
		hint(w, "the details omit %" PRIu64 " connection%s that "
		    "ended first: --max-ended keeps more, --stream writes "
		    "all", totals->unreported, plural(totals->unreported));
}

static void
warn_one_sided(struct warnings *w, const struct tcpstates *ts)
{
	struct summary summary = tcpstates_totals(ts)->left_out;

	/* Stop at the first connection with both directions. */
	for (const struct conn *conn = tcpstates_first(ts); conn != NULL &&
	    summary.one_sided == summary.total; conn = conn->next)
		summary_add(&summary, conn);
	if (summary.one_sided == summary.total && summary.one_sided_talks > 0)
		warn(w, "only one direction of %s was captured: RTT, losses "
		    "and close reasons are unknown", summary.total == 1 ?
		    "the connection" : "every connection");
}

bool
warnings_add(struct deferred *deferred, const struct tcpstates *ts,
    const struct source_info *info, uint64_t leaps)
{
	const struct tcpstates_totals *totals = tcpstates_totals(ts);
	struct warnings w = { .deferred = deferred };

	warn_kernel(&w, info);
	warn_unordered(&w, tcpstates_sharing(ts).unordered);
	warn_link_type(&w, info);
	warn_encapsulation(&w, ts);
	warn_untimed(&w, info);
	warn_snaplen(&w, totals);
	warn_nothing(&w, totals, info);
	warn_clock(&w, totals, leaps);
	warn_copies(&w, totals);
	warn_lengths(&w, totals);
	warn_bounds(&w, totals);
	warn_limits(&w, totals);
	warn_one_sided(&w, ts);
	return w.is_doubtful;
}
