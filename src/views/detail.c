/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * More than 600 lines: the blocks are one list, and each is a few rows.
 */
#include "config.h"

#include "views/detail.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/put.h"
#include "diagnosis/ledger.h"
#include "flow/conn.h"
#include "print/addr.h"
#include "tcp/analysis.h"
#include "tcp/close.h"
#include "tcp/history.h"
#include "tcp/loss.h"
#include "tcp/pack.h"
#include "tcp/probe.h"
#include "tcp/rtt.h"
#include "tcp/machine.h"
#include "tcp/state.h"
#include "tcp/window.h"
#include "views/detail_rows.h"

const char *const detail_endpoints[2] = { "originator", "responder" };

/* ---- counts of the analysis ---- */

struct count_row {
	const char *label;
	size_t member;	/* offset of a uint32_t in struct endpoint_stats */
	unsigned level;
};

#define COUNT(label, member)						\
	{ label, offsetof(struct endpoint_stats, counts.member), 0 }
#define JUDGED(label, what)						\
	{ label, offsetof(struct endpoint_stats, judged[JUDGED_##what]), 0 }
/* A part of the judgement above. */
#define PART(label, what)						\
	{ label, offsetof(struct endpoint_stats, judged[JUDGED_##what]), 1 }

static uint32_t
count_at(const struct endpoint_stats *stats, size_t member)
{
	uint32_t count;

	memcpy(&count, (const char *)stats + member, sizeof(count));
	return count;
}

static void
add_count_rows(const struct detail_source *from, const struct count_row *rows,
    size_t count)
{
	const struct endpoint_stats *orig = detail_stats(from, DETAIL_ORIG);
	const struct endpoint_stats *resp = detail_stats(from, DETAIL_RESP);

	for (size_t i = 0; i < count; i++)
		detail_add_counts(from, rows[i].level, rows[i].label,
		    count_at(orig, rows[i].member),
		    count_at(resp, rows[i].member));
}

/* ---- handshake ---- */

/* An option is in use if both SYNs offered it, and not if either did not. */
static const char *
use_words(const struct detail_source *from, bool orig, bool resp)
{
	const bool knows_orig = detail_endpoint(from, DETAIL_ORIG)->has_options;
	const bool knows_resp = detail_endpoint(from, DETAIL_RESP)->has_options;

	if ((knows_orig && !orig) || (knows_resp && !resp))
		return "not in use";
	return knows_orig && knows_resp ? "in use" : "unknown";
}

static const char *
make_mss(const struct detail_source *from, const struct endpoint *end)
{
	if (!end->has_options)
		return "-";
	return end->has_mss ? detail_count(from, end->mss) : "none";
}

/* "7 (x128)" */
static const char *
make_scale(const struct detail_source *from, const struct endpoint *end)
{
	char *at;

	if (!end->has_options)
		return "-";
	if (!end->has_wscale)
		return "none";
	at = detail_room(from->detail, DETAIL_TEXT_MAX);
	at = put_str(put_u64(at, end->wscale), " (x");
	at = put_str(put_u64(at, UINT64_C(1) << conn_shift(end)), ")");
	return detail_took(from->detail, at);
}

static const char *
offer_words(const struct endpoint *end, bool is_offered)
{
	return !end->has_options ? "-" : is_offered ? "offered" : "none";
}

static void
add_offers(const struct detail_source *from)
{
	const struct endpoint *orig = detail_endpoint(from, DETAIL_ORIG);
	const struct endpoint *resp = detail_endpoint(from, DETAIL_RESP);

	if (!orig->has_isn && !resp->has_isn)
		return;
	detail_add_pair(from, 0, "MSS", make_mss(from, orig),
	    make_mss(from, resp))->unit = "bytes";
	detail_add_pair(from, 0, "window scale", make_scale(from, orig),
	    make_scale(from, resp))->remark =
	    use_words(from, orig->has_wscale, resp->has_wscale);
	detail_add_pair(from, 0, "SACK-permitted",
	    offer_words(orig, orig->has_sack_permitted),
	    offer_words(resp, resp->has_sack_permitted))->remark =
	    use_words(from, orig->has_sack_permitted,
	    resp->has_sack_permitted);
	detail_add_pair(from, 0, "timestamps",
	    offer_words(orig, orig->has_timestamps),
	    offer_words(resp, resp->has_timestamps))->remark =
	    use_words(from, orig->has_timestamps, resp->has_timestamps);
}

static void
add_half(const struct detail_source *from, const char *label, int64_t ns,
    const char *remark)
{
	struct detail_row *row = detail_add_whole(from, label, "-");

	if (ns < 0)
		return;
	row->text = detail_duration(from, ns);
	row->unit = "s";
	row->remark = remark;
}

static void
add_halves(const struct detail_source *from)
{
	const struct analysis *analysis = from->conn->analysis;
	const uint32_t syns =
	    from->conn->lifecycle[from->side[DETAIL_ORIG]].syn_count;

	/* Without a SYN, neither half can have been measured. */
	if (!detail_endpoint(from, DETAIL_ORIG)->has_isn &&
	    !detail_endpoint(from, DETAIL_RESP)->has_isn)
		return;
	add_half(from, "RTT, SYN to SYN-ACK", analysis->rtt_syn,
	    "capture point to responder");
	add_half(from, "RTT, SYN-ACK to ACK", analysis->rtt_ack,
	    "capture point to originator");
	add_half(from, "initial RTT", analysis->rtt_initial, "sum of both");
	if (syns > 1)
		detail_add_whole_count(from, "SYNs of the originator", syns,
		    "");
}

static void
add_extensions(const struct detail_source *from)
{
	const struct analysis *analysis = from->conn->analysis;

	if (analysis->ecn == ECN_ACCURATE)
		detail_add_whole(from, "ECN", "accurate (RFC 9768), in use");
	else if (analysis->ecn == ECN_CLASSIC)
		detail_add_whole(from, "ECN", "classic (RFC 3168), in use");
	else if (analysis->ecn_offered)
		detail_add_whole(from, "ECN", "offered, not accepted");
	if (analysis->tfo_data)
		detail_add_whole(from, "TFO", analysis->tfo_cookie ?
		    "cookie, and data in the SYN" : "data in the SYN");
	else if (analysis->tfo_cookie)
		detail_add_whole(from, "TFO", "cookie");
	if (analysis->mptcp)
		detail_add_whole(from, "MPTCP", "seen");
}

static void
describe_handshake(const struct detail_source *from)
{
	add_offers(from);
	add_halves(from);
	add_extensions(from);
}

/* ---- final state ---- */

/* "31: SYN, SYN-ACK, ..." */
static const char *
make_completeness(const struct detail_source *from, unsigned bits)
{
	static const char *const words[] = {
		"SYN", "SYN-ACK", "ACK", "data", "FIN", "RST"
	};
	char *at = detail_room(from->detail, DETAIL_TEXT_MAX);
	const char *before = ": ";

	at = put_u64(at, bits);
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if ((bits & (1U << i)) == 0)
			continue;
		at = put_str(put_str(at, before), words[i]);
		before = ", ";
	}
	return detail_took(from->detail, at);
}

static void
add_states(const struct detail_source *from)
{
	const struct endpoint *orig = detail_endpoint(from, DETAIL_ORIG);
	const struct endpoint *resp = detail_endpoint(from, DETAIL_RESP);

	if (from->conn->analysis != NULL)
		detail_add_pair(from, 0, "state (RFC 9293)",
		    state_name(machine_state(from->conn,
		    from->side[DETAIL_ORIG])),
		    state_name(machine_state(from->conn,
		    from->side[DETAIL_RESP])));
	detail_add_counts(from, 0, "RST sent", orig->rst_count,
	    resp->rst_count);
}

static void
add_unacked(const struct detail_source *from)
{
	const struct conn *conn = from->conn;
	const int64_t orig = close_unacked(conn, conn->orig);
	const int64_t resp = close_unacked(conn, !conn->orig);

	detail_add_counts(from, 0, "unacknowledged bytes",
	    orig > 0 ? (uint64_t)orig : 0, resp > 0 ? (uint64_t)resp : 0);
}

static void
add_first_error(const struct detail_source *from,
    const struct icmp_error *error)
{
	const char *words = icmp_error_words(error);
	char addr[ADDR_BUFSIZE];

	if (error->frame == 0)
		return;
	(void)addr_format(addr, error->from, error->ip_version);
	detail_add_whole(from, "first of them", words == NULL ?
	    detail_text(from, "No. %" PRIu64 " from %s: type %u, code %u",
		error->frame, addr, error->type, error->code) :
	    detail_text(from, "No. %" PRIu64 " from %s: %s", error->frame,
		addr, words));
}

/* "SF, history ShADadFf" */
static const char *
make_zeek_state(const struct detail_source *from)
{
	const struct analysis *analysis = from->conn->analysis;
	char *at = detail_room(from->detail, DETAIL_TEXT_MAX);

	at = put_str(at, close_zeek_state(from->conn));
	at = put_str(at, ", history ");
	at = put_str(at, analysis->history_len > 0 ? analysis->history : "-");
	at = put_str(at, analysis->history_full ? "..." : "");
	return detail_took(from->detail, at);
}

/* A port that is open and was used needs no words. */
static void
add_port(const struct detail_source *from)
{
	static const char *const probes[] = {
		[PROBE_NONE] = "",
		[PROBE_SYN] = "SYN scan",
		[PROBE_CONNECT] = "connect scan or health check",
		[PROBE_ACK] = "ACK scan",
		[PROBE_FIN] = "FIN scan",
		[PROBE_NULL] = "NULL scan",
		[PROBE_XMAS] = "Xmas scan",
	};
	const enum probe probe = probe_kind(from->conn);
	const enum port_state state = probe_port(from->conn);
	const char *name = probe_port_name(state);

	if (probe != PROBE_NONE)
		detail_add_whole(from, "responder's port", name == NULL ?
		    probes[probe] :
		    detail_text(from, "%s (%s)", name, probes[probe]));
	else if (name != NULL && state != PORT_OPEN)
		detail_add_whole(from, "responder's port", name);
}

static void
describe_final_state(const struct detail_source *from)
{
	const struct conn *conn = from->conn;
	const struct analysis *analysis = conn->analysis;

	add_states(from);
	if (analysis == NULL)
		return;
	add_unacked(from);
	detail_add_whole(from, "close reason", end_words(close_end(conn)));
	add_port(from);
	detail_add_whole(from, "Zeek conn_state", make_zeek_state(from));
	detail_add_whole(from, "Wireshark completeness",
	    make_completeness(from, history_completeness(conn, analysis)));
	detail_add_whole_count(from, "capture duplicates",
	    conn->report.duplicates, "segments");
	detail_add_whole_count(from, "ICMP errors", analysis->unreachable,
	    "packets");
	add_first_error(from, &analysis->first_error);
	detail_add_whole_count(from, "path MTU (ICMP)", analysis->path_mtu,
	    "bytes");
}

/* ---- traffic and loss ---- */

/* The share of retransmitted bytes in all bytes of payload. */
static const char *
make_share(const struct detail_source *from, const struct endpoint_stats *stats)
{
	const uint64_t all = stats->unique_bytes + stats->repeated_bytes;
	char *at;

	if (all == 0 || all > INT64_MAX ||
	    stats->retrans_bytes > INT64_MAX / 100)
		return "-";
	at = detail_room(from->detail, DETAIL_TEXT_MAX);
	at += nstime_format_ratio(at, (int64_t)stats->retrans_bytes * 100,
	    (int64_t)all, 2);
	return detail_took(from->detail, put_str(at, " %"));
}

static void
add_bytes(const struct detail_source *from)
{
	const struct endpoint_stats *orig = detail_stats(from, DETAIL_ORIG);
	const struct endpoint_stats *resp = detail_stats(from, DETAIL_RESP);
	struct detail_row *largest;

	detail_add_counts(from, 0, "unique bytes", orig->unique_bytes,
	    resp->unique_bytes);
	if (detail_add_counts(from, 0, "retransmitted bytes",
	    orig->retrans_bytes, resp->retrans_bytes) != NULL)
		detail_add_pair(from, 1, "retransmission rate",
		    make_share(from, orig), make_share(from, resp));
	detail_add_counts(from, 0, "bytes ACKed, not captured",
	    orig->missed_bytes, resp->missed_bytes);
	largest = detail_add_counts(from, 0, "largest payload",
	    detail_track(from, DETAIL_ORIG)->max_payload,
	    detail_track(from, DETAIL_RESP)->max_payload);
	if (largest != NULL)
		largest->unit = "bytes";
}

static uint32_t
unknown_cause(const struct endpoint_stats *stats)
{
	const uint32_t *judged = stats->judged;
	const uint32_t known = judged[JUDGED_FAST] + judged[JUDGED_TIMEOUT] +
	    judged[JUDGED_TAIL_PROBE];

	return judged[JUDGED_RETRANSMISSION] > known ?
	    judged[JUDGED_RETRANSMISSION] - known : 0;
}

static enum loss_pattern
pattern_of(const struct detail_source *from, unsigned which)
{
	return loss_pattern(detail_stats(from, which),
	    detail_track(from, which));
}

static const char *
pattern_words(enum loss_pattern pattern)
{
	return pattern == LOSS_PATTERN_NONE ? "-" : loss_pattern_name(pattern);
}

/*
 * A queue that overflows drops many in a row, a bad link here and there.  The
 * loss of a single segment has no pattern.
 */
static void
add_loss_runs(const struct detail_source *from)
{
	const struct endpoint_stats *orig = detail_stats(from, DETAIL_ORIG);
	const struct endpoint_stats *resp = detail_stats(from, DETAIL_RESP);

	const enum loss_pattern patterns[2] = {
		pattern_of(from, DETAIL_ORIG), pattern_of(from, DETAIL_RESP)
	};

	if (patterns[0] < LOSS_PATTERN_SPOTTY &&
	    patterns[1] < LOSS_PATTERN_SPOTTY)
		return;
	detail_add_counts(from, 1, "runs of lost segments", orig->loss_runs,
	    resp->loss_runs);
	detail_add_counts(from, 1, "longest run, in segments",
	    loss_longest_run(orig, detail_track(from, DETAIL_ORIG)),
	    loss_longest_run(resp, detail_track(from, DETAIL_RESP)));
	detail_add_pair(from, 1, "loss pattern",
	    pattern_words(patterns[0]), pattern_words(patterns[1]));
}

static void
add_retransmissions(const struct detail_source *from)
{
	static const struct count_row causes[] = {
		JUDGED("retransmissions", RETRANSMISSION),
		PART("fast", FAST),
		PART("RTO", TIMEOUT),
		PART("tail loss probes", TAIL_PROBE),
	};
	static const struct count_row places[] = {
		PART("spurious", SPURIOUS),
		PART("lost upstream of capture point", LOSS_BEFORE),
		PART("lost downstream of capture point", LOSS_BEHIND),
		PART("refused or already there", REFUSED),
		PART("unanswered", UNANSWERED),
	};

	add_count_rows(from, causes, ARRAY_LEN(causes));
	detail_add_counts(from, 1, "other (SYN, FIN, unclassified)",
	    unknown_cause(detail_stats(from, DETAIL_ORIG)),
	    unknown_cause(detail_stats(from, DETAIL_RESP)));
	add_count_rows(from, places, ARRAY_LEN(places));
	add_loss_runs(from);
}

static void
describe_traffic(const struct detail_source *from)
{
	static const struct count_row rows[] = {
		JUDGED("out of order", OUT_OF_ORDER),
		JUDGED("out of order or retransmitted", UNKNOWN_ORDER),
		JUDGED("previous segment not captured", LOST_SEGMENT),
		JUDGED("ACKs of unseen segments", ACK_LOST_SEGMENT),
		JUDGED("duplicate ACKs", DUP_ACK),
		COUNT("segments with SACK", sack),
		JUDGED("DSACKs", DSACK),
		JUDGED("old timestamps (PAWS)", OLD_TIMESTAMP),
		COUNT("urgent segments", urgent),
		COUNT("CE marks", ce),
		COUNT("ECE", ece),
		COUNT("CWR", cwr),
		COUNT("unknown options", unknown_options),
		COUNT("malformed options", malformed_options),
		COUNT("capture time went backwards", clock_back),
	};

	add_bytes(from);
	add_retransmissions(from);
	add_count_rows(from, rows, ARRAY_LEN(rows));
	detail_add_counts(from, 0, "ranges evicted at a limit",
	    detail_track(from, DETAIL_ORIG)->forgotten,
	    detail_track(from, DETAIL_RESP)->forgotten);
}

/* ---- windows ---- */

static void
add_window(const struct detail_source *from, const char *label,
    const char *const figure[2])
{
	detail_add_pair(from, 0, label, figure[DETAIL_ORIG],
	    figure[DETAIL_RESP])->unit = "bytes";
}

static void
add_advertised(const struct detail_source *from)
{
	const char *min[2], *mean[2], *max[2];

	for (unsigned i = DETAIL_ORIG; i <= DETAIL_RESP; i++) {
		const struct endpoint_stats *stats = detail_stats(from, i);

		min[i] = mean[i] = max[i] = "-";
		if (stats->win_count == 0)
			continue;
		min[i] = detail_count(from, stats->win_min);
		mean[i] = detail_ratio(from, (int64_t)stats->win_sum,
		    (int64_t)stats->win_count, 0);
		max[i] = detail_count(from, stats->win_max);
	}
	add_window(from, "advertised, minimum", min);
	add_window(from, "advertised, mean", mean);
	add_window(from, "advertised, maximum", max);
}

/* As its sender saw it, if the connection was diagnosed. */
static void
add_limited(const struct detail_source *from)
{
	const struct conn *conn = from->conn;
	struct ledger ledger;
	int64_t ns[2];
	const bool has_ledger = ledger_read(conn, &ledger);

	for (unsigned i = 0; i < 2; i++)
		ns[i] = has_ledger ? ledger_limited_ns(&ledger, i) :
		    window_limited_ns(conn, conn->analysis, i);
	detail_add_durations(from, "receive-window limited",
	    ns[from->side[DETAIL_ORIG]], ns[from->side[DETAIL_RESP]]);
}

static void
describe_windows(const struct detail_source *from)
{
	static const struct count_row before[] = {
		JUDGED("zero windows", ZERO_WINDOW),
	};
	static const struct count_row after[] = {
		JUDGED("window updates", WINDOW_UPDATE),
		JUDGED("zero-window probes", WINDOW_PROBE),
		JUDGED("zero-window-probe ACKs", WINDOW_PROBE_ACK),
		JUDGED("keep-alives", KEEP_ALIVE),
		JUDGED("keep-alive ACKs", KEEP_ALIVE_ACK),
		JUDGED("Window Full events", WINDOW_FULL),
	};
	const struct conn *conn = from->conn;
	const struct analysis *analysis = conn->analysis;
	const int64_t flight[2] = {
		detail_stats(from, DETAIL_ORIG)->max_flight,
		detail_stats(from, DETAIL_RESP)->max_flight
	};

	add_advertised(from);
	add_count_rows(from, before, ARRAY_LEN(before));
	detail_add_durations(from, "total zero-window time",
	    window_zero_ns(conn, analysis, from->side[DETAIL_ORIG]),
	    window_zero_ns(conn, analysis, from->side[DETAIL_RESP]));
	add_count_rows(from, after, ARRAY_LEN(after));
	add_limited(from);
	detail_add_counts(from, 0, "maximum bytes in flight",
	    flight[DETAIL_ORIG] > 0 ? (uint64_t)flight[DETAIL_ORIG] : 0,
	    flight[DETAIL_RESP] > 0 ? (uint64_t)flight[DETAIL_RESP] : 0);
}

/* ---- round-trip times ---- */

static const char *const rtt_heads[] = {
	"n", "min", "mean", "p50", "p95", "p99", "max"
};

static_assert(ARRAY_LEN(rtt_heads) == DETAIL_CELLS, "the widest block");

static void
add_series(const struct detail_source *from, const char *label,
    const struct series *series)
{
	struct detail_row *row;

	if (series->count == 0)
		return;
	row = detail_add(from, 0, label);
	row->cells = ARRAY_LEN(rtt_heads);
	row->cell[0] = detail_count(from, series->count);
	row->cell[1] = detail_ms(from, series->min);
	row->cell[2] = detail_ms(from, nstime_mean(series->sum,
	    (int64_t)series->count));
	row->cell[3] = detail_ms(from, series_quantile(series, 500));
	row->cell[4] = detail_ms(from, series_quantile(series, 950));
	row->cell[5] = detail_ms(from, series_quantile(series, 990));
	row->cell[6] = detail_ms(from, series->max);
}

/*
 * A row per series, named by the endpoint at the far end: segments of the
 * originator measure the RTT between capture point and responder.
 */
static void
describe_rtt(const struct detail_source *from)
{
	const struct endpoint_stats *orig = detail_stats(from, DETAIL_ORIG);
	const struct endpoint_stats *resp = detail_stats(from, DETAIL_RESP);

	add_series(from, "responder, ACK", &orig->rtt);
	add_series(from, "responder, TS", &orig->ts_rtt);
	add_series(from, "originator, ACK", &resp->rtt);
	add_series(from, "originator, TS", &resp->ts_rtt);
}

/* ---- all blocks ---- */

static const struct {
	const char *title;
	const char *const *heads;
	unsigned head_count;
	bool needs_analysis;
	void (*describe)(const struct detail_source *);
} blocks[] = {
	{ "Handshake", detail_endpoints, 2, true, describe_handshake },
	{ "Final state", detail_endpoints, 2, false, describe_final_state },
	{ "Traffic and loss analysis", detail_endpoints, 2, true,
	    describe_traffic },
	{ "Windows", detail_endpoints, 2, true, describe_windows },
	{ "RTT in ms, to", rtt_heads, ARRAY_LEN(rtt_heads), true,
	    describe_rtt },
};

static_assert(ARRAY_LEN(blocks) <= DETAIL_BLOCKS, "a detail holds all blocks");

void
detail_describe(struct detail *detail, const struct conn *given,
    unsigned digits)
{
	struct pack_room room;
	const struct conn *conn = pack_read(given, &room);
	const struct detail_source from = {
		.detail = detail,
		.conn = conn,
		.side = { conn->orig, !conn->orig },
		.digits = digits,
	};

	detail->block_count = detail->row_count = detail->arena_len = 0;
	for (size_t i = 0; i < ARRAY_LEN(blocks); i++) {
		struct detail_block *block =
		    &detail->block[detail->block_count];

		if (conn->analysis == NULL && blocks[i].needs_analysis)
			continue;
		*block = (struct detail_block){
			.title = blocks[i].title,
			.heads = blocks[i].heads,
			.head_count = blocks[i].head_count,
			.first_row = detail->row_count,
		};
		blocks[i].describe(&from);
		block->row_count = detail->row_count - block->first_row;
		detail->block_count += block->row_count > 0;
	}
}
