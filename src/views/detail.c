/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The figures of one connection for a reader who wants to know why, in
 * blocks of lines: a label, the originator's figure, the responder's, and
 * what they amount to.
 *
 *	  Handshake                        originator       responder
 *	    MSS                                  1460            1460
 *	    window scale                       2 (x4)        7 (x128)  in force
 *
 * A block prints its heading with its first line, so that a block with
 * nothing to say is not there.  Zero is a figure; "-" is the lack of one.
 */
#include "config.h"

#include "views/detail.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/outbuf.h"
#include "engine/engine.h"
#include "flow/conn.h"
#include "print/ink.h"
#include "print/time.h"
#include "tcp/analysis.h"
#include "tcp/close.h"
#include "tcp/pack.h"
#include "tcp/rtt.h"
#include "tcp/state.h"
#include "tcp/window.h"
#include "views/balance.h"
#include "views/display.h"

#define LABEL_COLUMNS	36
#define FIGURE_COLUMNS	15
#define CELL_MAX	64
#define TEXT_MAX	128

/* One block, and all that its lines are made from. */
struct block {
	struct outbuf *out;
	const struct time_style *view;
	const struct conn *conn;
	const char *title;
	bool has_sides;		/* heads for the two columns */
	bool is_begun;
};

/* What both sides say in one line. */
struct pair {
	char orig[CELL_MAX];
	char resp[CELL_MAX];
};

static const struct endpoint_stats *
stats_of(const struct block *block, bool is_resp)
{
	const struct conn *conn = block->conn;

	return &conn->analysis->stats[is_resp ? !conn->orig : conn->orig];
}

/* ---- lines ---- */

static void
begin(struct block *block)
{
	const bool colour = block->view->colour;

	if (block->is_begun)
		return;
	block->is_begun = true;
	outbuf_str(block->out, "  ");
	ink_cell(block->out, colour, INK_HEADING, block->title,
	    block->has_sides ? LABEL_COLUMNS - 2 : 0);
	if (block->has_sides) {
		ink_cell(block->out, colour, INK_ORIG, "originator",
		    -FIGURE_COLUMNS);
		ink_cell(block->out, colour, INK_RESP, "responder",
		    -FIGURE_COLUMNS);
	}
	outbuf_char(block->out, '\n');
}

/* A figure of each side; `remark` may be NULL. */
static void
put_pair(struct block *block, const char *label, const struct pair *pair,
    const char *remark)
{
	struct outbuf *out = block->out;

	begin(block);
	outbuf_str(out, "    ");
	ink_cell(out, false, INK_PLAIN, label, LABEL_COLUMNS - 4);
	ink_cell(out, false, INK_PLAIN, pair->orig, -FIGURE_COLUMNS);
	ink_cell(out, false, INK_PLAIN, pair->resp, -FIGURE_COLUMNS);
	if (remark != NULL) {
		outbuf_str(out, "  ");
		outbuf_str(out, remark);
	}
	outbuf_char(out, '\n');
}

/* Something said of the connection as a whole. */
static void
put_whole(struct block *block, const char *label, const char *text)
{
	begin(block);
	outbuf_str(block->out, "    ");
	ink_cell(block->out, false, INK_PLAIN, label, LABEL_COLUMNS - 4);
	outbuf_str(block->out, "  ");
	outbuf_str(block->out, text);
	outbuf_char(block->out, '\n');
}

/* Left out when it is zero on both sides. */
static void
put_counts(struct block *block, const char *label, uint64_t orig,
    uint64_t resp)
{
	struct pair pair;

	if (orig == 0 && resp == 0)
		return;
	(void)snprintf(pair.orig, sizeof(pair.orig), "%" PRIu64, orig);
	(void)snprintf(pair.resp, sizeof(pair.resp), "%" PRIu64, resp);
	put_pair(block, label, &pair, NULL);
}

static void
put_durations(struct block *block, const char *label, int64_t orig,
    int64_t resp)
{
	const unsigned digits = block->view->digits;
	struct pair pair;

	if (orig == 0 && resp == 0)
		return;
	(void)nstime_format_duration(pair.orig, orig, digits);
	(void)nstime_format_duration(pair.resp, resp, digits);
	put_pair(block, label, &pair, "seconds");
}

/* ---- handshake ---- */

static void
put_half(struct block *block, const char *label, int64_t ns,
    const char *remark)
{
	char text[TEXT_MAX] = "-";

	if (ns >= 0) {
		(void)nstime_format_duration(text, ns, block->view->digits);
		const size_t len = strlen(text);
		(void)snprintf(text + len, sizeof(text) - len, "  %s",
		    remark);
	}
	put_whole(block, label, text);
}

static void
put_halves(struct block *block)
{
	const struct analysis *analysis = block->conn->analysis;
	const int64_t syn = analysis->rtt_syn;
	const int64_t ack = analysis->rtt_ack;
	char text[CELL_MAX];

	/* Without a SYN there is nothing that could have been measured. */
	if (!conn_orig(block->conn)->has_isn &&
	    !conn_resp(block->conn)->has_isn)
		return;
	put_half(block, "SYN to SYN-ACK", syn, "to the responder and back");
	put_half(block, "SYN-ACK to ACK", ack, "to the originator and back");
	put_half(block, "initial RTT", analysis->rtt_initial, "both halves");
	if (block->conn->lifecycle[block->conn->orig].syn_count > 1) {
		(void)snprintf(text, sizeof(text), "%" PRIu32,
		    block->conn->lifecycle[block->conn->orig].syn_count);
		put_whole(block, "SYNs of the originator", text);
	}
}

/* An option is in force when both SYNs offered it; one without is enough. */
static const char *
in_force(const struct conn *conn, bool orig, bool resp)
{
	const bool knows_orig = conn_orig(conn)->has_options;
	const bool knows_resp = conn_resp(conn)->has_options;

	if ((knows_orig && !orig) || (knows_resp && !resp))
		return "not in force";
	return knows_orig && knows_resp ? "in force" : "unknown";
}

static void
format_mss(char buf[CELL_MAX], const struct endpoint *end)
{
	if (!end->has_options)
		(void)snprintf(buf, CELL_MAX, "-");
	else if (!end->has_mss)
		(void)snprintf(buf, CELL_MAX, "none");
	else
		(void)snprintf(buf, CELL_MAX, "%u", end->mss);
}

static void
format_scale(char buf[CELL_MAX], const struct endpoint *end)
{
	if (!end->has_options)
		(void)snprintf(buf, CELL_MAX, "-");
	else if (!end->has_wscale)
		(void)snprintf(buf, CELL_MAX, "none");
	else
		(void)snprintf(buf, CELL_MAX, "%u (x%u)", end->wscale,
		    1U << conn_shift(end));
}

static void
format_offer(char buf[CELL_MAX], const struct endpoint *end, bool is_offered)
{
	(void)snprintf(buf, CELL_MAX, "%s", !end->has_options ? "-" :
	    is_offered ? "offered" : "none");
}

static void
put_offers(struct block *block)
{
	const struct conn *conn = block->conn;
	const struct endpoint *orig = conn_orig(conn);
	const struct endpoint *resp = conn_resp(conn);
	struct pair pair;

	if (!orig->has_isn && !resp->has_isn)
		return;
	format_mss(pair.orig, orig);
	format_mss(pair.resp, resp);
	put_pair(block, "MSS", &pair, "octets");
	format_scale(pair.orig, orig);
	format_scale(pair.resp, resp);
	put_pair(block, "window scale", &pair,
	    in_force(conn, orig->has_wscale, resp->has_wscale));
	format_offer(pair.orig, orig, orig->has_sack_permitted);
	format_offer(pair.resp, resp, resp->has_sack_permitted);
	put_pair(block, "SACK-permitted", &pair, in_force(conn,
	    orig->has_sack_permitted, resp->has_sack_permitted));
	format_offer(pair.orig, orig, orig->has_timestamps);
	format_offer(pair.resp, resp, resp->has_timestamps);
	put_pair(block, "timestamps", &pair,
	    in_force(conn, orig->has_timestamps, resp->has_timestamps));
}

static void
put_extensions(struct block *block)
{
	const struct analysis *analysis = block->conn->analysis;

	if (analysis->ecn == ECN_ACCURATE)
		put_whole(block, "ECN", "accurate (RFC 9768), in force");
	else if (analysis->ecn == ECN_CLASSIC)
		put_whole(block, "ECN", "classic (RFC 3168), in force");
	else if (analysis->ecn_offered)
		put_whole(block, "ECN", "offered, not accepted");
	if (analysis->tfo_data)
		put_whole(block, "TFO", analysis->tfo_cookie ?
		    "cookie, and data in the SYN" : "data in the SYN");
	else if (analysis->tfo_cookie)
		put_whole(block, "TFO", "cookie");
	if (analysis->mptcp)
		put_whole(block, "MPTCP", "seen");
}

static void
put_handshake(struct block *block)
{
	put_offers(block);
	put_halves(block);
	put_extensions(block);
}

/* ---- end ---- */

/* Wireshark's tcp.completeness, bit by bit. */
static void
format_completeness(char buf[TEXT_MAX], unsigned bits)
{
	static const char *const words[] = {
		"SYN", "SYN-ACK", "ACK", "data", "FIN", "RST"
	};
	int len = snprintf(buf, TEXT_MAX, "%u", bits);

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if ((bits & (1U << i)) != 0)
			len += snprintf(buf + len, TEXT_MAX - (size_t)len,
			    "%s%s", strchr(buf, ':') == NULL ? ": " : ", ",
			    words[i]);
	}
}

static void
put_states(struct block *block)
{
	const struct conn *conn = block->conn;
	struct pair pair;

	(void)snprintf(pair.orig, sizeof(pair.orig), "%s",
	    state_name(conn_orig(conn)->state));
	(void)snprintf(pair.resp, sizeof(pair.resp), "%s",
	    state_name(conn_resp(conn)->state));
	put_pair(block, "state (RFC 9293)", &pair, NULL);
	put_counts(block, "RST sent", conn_orig(conn)->rst_count,
	    conn_resp(conn)->rst_count);
}

static void
put_whole_count(struct block *block, const char *label, uint64_t count,
    const char *unit)
{
	char text[TEXT_MAX];

	if (count == 0)
		return;
	(void)snprintf(text, sizeof(text), "%" PRIu64 " %s", count, unit);
	put_whole(block, label, text);
}

/* What came beside its own segments. */
static void
put_asides(struct block *block)
{
	const struct conn *conn = block->conn;

	put_whole_count(block, "captured twice, left out", conn->report.duplicates,
	    "segments");
	put_whole_count(block, "ICMP errors about it",
	    conn->analysis->unreachable, "packets");
	put_whole_count(block, "path MTU, by ICMP", conn->analysis->path_mtu,
	    "octets");
}

static void
put_end(struct block *block)
{
	const struct conn *conn = block->conn;
	const struct analysis *analysis = conn->analysis;
	char text[TEXT_MAX];

	put_states(block);
	if (analysis == NULL)
		return;
	put_whole(block, "how it ended", end_key(close_end(conn)));
	(void)snprintf(text, sizeof(text), "%s, history %s%s",
	    close_zeek_state(conn),
	    analysis->history_len > 0 ? analysis->history : "-",
	    analysis->history_full ? "..." : "");
	put_whole(block, "Zeek conn_state", text);
	format_completeness(text, analysis->completeness);
	put_whole(block, "Wireshark completeness", text);
	put_asides(block);
}

/* ---- what was sent, and judged ---- */

struct count_line {
	const char *label;
	size_t member;	/* offset of a uint32_t in struct endpoint_stats */
};

#define COUNT(label, member)						\
	{ label, offsetof(struct endpoint_stats, counts.member) }
#define JUDGED(label, what)						\
	{ label, offsetof(struct endpoint_stats, judged[JUDGED_##what]) }

static uint32_t
count_at(const struct endpoint_stats *side, size_t member)
{
	uint32_t count;

	memcpy(&count, (const char *)side + member, sizeof(count));
	return count;
}

static void
put_count_lines(struct block *block, const struct count_line *lines,
    size_t line_count)
{
	const struct endpoint_stats *orig = stats_of(block, false);
	const struct endpoint_stats *resp = stats_of(block, true);

	for (size_t i = 0; i < line_count; i++)
		put_counts(block, lines[i].label,
		    count_at(orig, lines[i].member),
		    count_at(resp, lines[i].member));
}

static void
format_share(char buf[CELL_MAX], const struct endpoint_stats *side)
{
	const uint64_t all = side->unique_bytes + side->retrans_bytes;
	char text[NSTIME_BUFSIZE];

	(void)snprintf(buf, CELL_MAX, "-");
	if (all == 0 || all > INT64_MAX ||
	    side->retrans_bytes > INT64_MAX / 100)
		return;
	(void)nstime_format_ratio(text, (int64_t)side->retrans_bytes * 100,
	    (int64_t)all, 2);
	(void)snprintf(buf, CELL_MAX, "%s %%", text);
}

/* How much of what a side sent it had sent before. */
static void
put_share(struct block *block, const char *label,
    const struct endpoint_stats *orig, const struct endpoint_stats *resp)
{
	struct pair pair;

	if (orig->retrans_bytes == 0 && resp->retrans_bytes == 0)
		return;
	format_share(pair.orig, orig);
	format_share(pair.resp, resp);
	put_pair(block, label, &pair, NULL);
}

static void
put_octets(struct block *block)
{
	const struct endpoint_stats *orig = stats_of(block, false);
	const struct endpoint_stats *resp = stats_of(block, true);
	const struct conn *conn = block->conn;
	const struct endpoint_track *sides = conn->analysis->track;

	put_counts(block, "octets, each once", orig->unique_bytes,
	    resp->unique_bytes);
	put_counts(block, "octets sent again", orig->retrans_bytes,
	    resp->retrans_bytes);
	put_share(block, "  of all its octets", orig, resp);
	put_counts(block, "octets ACKed, not captured", orig->missed_bytes,
	    resp->missed_bytes);
	put_counts(block, "largest payload of a segment",
	    sides[conn->orig].max_payload, sides[!conn->orig].max_payload);
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

static void
put_retransmissions(struct block *block)
{
	static const struct count_line causes[] = {
		JUDGED("retransmissions", RETRANSMISSION),
		JUDGED("  fast", FAST),
		JUDGED("  by timeout", TIMEOUT),
		JUDGED("  tail loss probes", TAIL_PROBE),
	};
	static const struct count_line places[] = {
		JUDGED("  spurious", SPURIOUS),
		JUDGED("  lost before the capture point", LOSS_BEFORE),
		JUDGED("  lost behind the capture point", LOSS_BEHIND),
	};

	put_count_lines(block, causes, ARRAY_LEN(causes));
	put_counts(block, "  other, or handshake, or FIN",
	    unknown_cause(stats_of(block, false)),
	    unknown_cause(stats_of(block, true)));
	put_count_lines(block, places, ARRAY_LEN(places));
}

static void
put_sequence(struct block *block)
{
	static const struct count_line lines[] = {
		JUDGED("out of order", OUT_OF_ORDER),
		JUDGED("out of order or sent again", UNKNOWN_ORDER),
		JUDGED("previous segment not captured", LOST_SEGMENT),
		JUDGED("ACKs of unseen segments", ACK_LOST_SEGMENT),
		JUDGED("duplicate ACKs", DUP_ACK),
		COUNT("segments with SACK", sack),
		JUDGED("DSACKs", DSACK),
		JUDGED("old timestamps (PAWS)", OLD_TIMESTAMP),
		COUNT("urgent", urgent),
		COUNT("CE marks", ce),
		COUNT("ECE", ece),
		COUNT("CWR", cwr),
		COUNT("unknown options", unknown_options),
		COUNT("malformed options", malformed_options),
		COUNT("captured before their time", clock_back),
	};
	const struct conn *conn = block->conn;
	const struct endpoint_track *sides = conn->analysis->track;

	put_octets(block);
	put_retransmissions(block);
	put_count_lines(block, lines, ARRAY_LEN(lines));
	put_counts(block, "forgotten at a bound", sides[conn->orig].forgotten,
	    sides[!conn->orig].forgotten);
}

/* ---- windows ---- */

static void
put_advertised(struct block *block)
{
	const struct endpoint_stats *sides[2] = {
		stats_of(block, false), stats_of(block, true)
	};
	struct pair min, mean, max;

	for (unsigned i = 0; i < 2; i++) {
		const struct endpoint_stats *side = sides[i];
		char *const cells[3] = {
			i == 0 ? min.orig : min.resp,
			i == 0 ? mean.orig : mean.resp,
			i == 0 ? max.orig : max.resp,
		};

		for (unsigned j = 0; j < 3; j++)
			(void)snprintf(cells[j], CELL_MAX, "-");
		if (side->win_count == 0)
			continue;
		(void)snprintf(cells[0], CELL_MAX, "%" PRIu32, side->win_min);
		(void)snprintf(cells[1], CELL_MAX, "%" PRId64,
		    nstime_mean((int64_t)side->win_sum,
		    (int64_t)side->win_count));
		(void)snprintf(cells[2], CELL_MAX, "%" PRIu32, side->win_max);
	}
	put_pair(block, "advertised, minimum", &min, "octets");
	put_pair(block, "advertised, mean", &mean, "octets");
	put_pair(block, "advertised, maximum", &max, "octets");
}

static void
put_windows(struct block *block)
{
	static const struct count_line before[] = {
		JUDGED("zero windows", ZERO_WINDOW),
	};
	static const struct count_line after[] = {
		JUDGED("window updates", WINDOW_UPDATE),
		JUDGED("zero window probes", WINDOW_PROBE),
		JUDGED("answers to them", WINDOW_PROBE_ACK),
		JUDGED("keep-alives", KEEP_ALIVE),
		JUDGED("answers to them", KEEP_ALIVE_ACK),
		JUDGED("peer's window filled", WINDOW_FULL),
	};
	const struct endpoint_stats *orig = stats_of(block, false);
	const struct endpoint_stats *resp = stats_of(block, true);
	const struct conn *conn = block->conn;

	put_advertised(block);
	put_count_lines(block, before, ARRAY_LEN(before));
	put_durations(block, "zero windows together",
	    window_zero_ns(conn, conn->analysis, conn->orig),
	    window_zero_ns(conn, conn->analysis, !conn->orig));
	put_count_lines(block, after, ARRAY_LEN(after));
	put_durations(block, "held back by peer's window",
	    window_limited_ns(conn, conn->analysis, conn->orig),
	    window_limited_ns(conn, conn->analysis, !conn->orig));
	put_counts(block, "most octets in flight",
	    orig->max_flight > 0 ? (uint64_t)orig->max_flight : 0,
	    resp->max_flight > 0 ? (uint64_t)resp->max_flight : 0);
}

/* ---- round trips ---- */

#define RTT_LABEL_COLUMNS	19
#define RTT_COUNT_COLUMNS	7
#define RTT_COLUMNS		9

static void
put_ms(struct outbuf *out, int64_t ns)
{
	char text[NSTIME_BUFSIZE];

	/* Ten seconds and more keep to the column with fewer decimals. */
	(void)nstime_format_ratio(text, ns, NS_PER_MS,
	    ns < 10 * NS_PER_SEC ? 3 : ns < 1000 * NS_PER_SEC ? 1 : 0);
	ink_cell(out, false, INK_PLAIN, text, -RTT_COLUMNS);
}

static void
put_quantile(struct outbuf *out, const struct series *series,
    unsigned permille)
{
	const int64_t ns = series_quantile(series, permille);

	if (ns < 0)
		ink_cell(out, false, INK_PLAIN, "-", -RTT_COLUMNS);
	else
		put_ms(out, ns);
}

static void
put_series(struct block *block, const char *label,
    const struct series *series)
{
	struct outbuf *out = block->out;
	char text[CELL_MAX];

	if (series->count == 0)
		return;
	(void)snprintf(text, sizeof(text), "%" PRIu64, series->count);
	outbuf_str(out, "    ");
	ink_cell(out, false, INK_PLAIN, label, RTT_LABEL_COLUMNS - 4);
	ink_cell(out, false, INK_PLAIN, text, -RTT_COUNT_COLUMNS);
	put_ms(out, series->min);
	put_ms(out, nstime_mean(series->sum, (int64_t)series->count));
	put_quantile(out, series, 500);
	put_quantile(out, series, 950);
	put_quantile(out, series, 990);
	put_ms(out, series->max);
	outbuf_char(out, '\n');
}

static void
put_rtt_heads(const struct block *block)
{
	static const char *const heads[] = {
		"min", "mean", "p50", "p95", "p99", "max"
	};
	const bool colour = block->view->colour;

	outbuf_str(block->out, "  ");
	ink_cell(block->out, colour, INK_HEADING, block->title,
	    RTT_LABEL_COLUMNS - 2);
	ink_cell(block->out, colour, INK_HEADING, "n", -RTT_COUNT_COLUMNS);
	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		ink_cell(block->out, colour, INK_HEADING, heads[i],
		    -RTT_COLUMNS);
	outbuf_char(block->out, '\n');
}

/*
 * A line a series.  The round trip of what the originator sent is from the
 * capture point to the responder and back, and the other way round: it is
 * named by where it leads, for neither is the round trip of the network.
 */
static void
put_round_trips(struct block *block)
{
	const struct endpoint_stats *orig = stats_of(block, false);
	const struct endpoint_stats *resp = stats_of(block, true);

	if (orig->rtt.count + orig->ts_rtt.count + resp->rtt.count +
	    resp->ts_rtt.count == 0)
		return;
	put_rtt_heads(block);
	put_series(block, "orig->resp, ACK", &orig->rtt);
	put_series(block, "orig->resp, TS", &orig->ts_rtt);
	put_series(block, "resp->orig, ACK", &resp->rtt);
	put_series(block, "resp->orig, TS", &resp->ts_rtt);
}

/* ---- all of it ---- */

void
report_detail(struct outbuf *out, const struct time_style *view,
    const struct conn *given)
{
	struct pack_room room;
	const struct conn *conn = pack_read(given, &room);
	static const struct {
		const char *title;
		bool has_sides;
		bool needs_analysis;
		void (*put)(struct block *);
	} blocks[] = {
		{ "Handshake", true, true, put_handshake },
		{ "At the end", true, false, put_end },
		{ "Sent, and how it was judged", true, true, put_sequence },
		{ "Windows", true, true, put_windows },
		{ "Round trips, ms", false, true, put_round_trips },
	};

	for (size_t i = 0; i < ARRAY_LEN(blocks); i++) {
		struct block block = {
			.out = out, .view = view, .conn = conn,
			.title = blocks[i].title,
			.has_sides = blocks[i].has_sides,
		};

		if (conn->analysis != NULL || !blocks[i].needs_analysis)
			blocks[i].put(&block);
	}
}

/* What -v adds below everything else; the blocks are printed by the report. */
static int
detail_finish(struct display *display, const struct tcpstates *ts)
{
	balance_print(display->out, tcpstates_totals(ts));
	return 0;
}

const struct display_type detail_display = {
	.place = DISPLAY_ADDED,
	.needs = DISPLAY_NEEDS_ANALYSIS,
	.finish = detail_finish,
};
