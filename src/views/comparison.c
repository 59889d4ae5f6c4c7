/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "views/comparison.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/outbuf.h"
#include "base/put.h"
#include "compare/between.h"
#include "compare/result.h"
#include "compare/rewrites.h"
#include "diagnosis/text.h"
#include "flow/conn.h"
#include "print/addr.h"
#include "records/record.h"
#include "records/writer.h"

/* Bytes of a cell's text: a number, its unit and a NUL. */
#define CELL_MAX	(NSTIME_BUFSIZE + 4)
#define LABEL_WIDTH	32
#define CELL_WIDTH	20

static const char point_names[POINT_COUNT][2] = { "A", "B" };

/* ---- cells ---- */

static void
put_label(struct outbuf *out, const char *label)
{
	const uint64_t mark = outbuf_mark(out);

	outbuf_str(out, "  ");
	outbuf_str(out, label);
	outbuf_pad(out, mark, LABEL_WIDTH);
}

/* Flush right: most of a report of many pairs is cells. */
static void
put_cell(struct outbuf *out, const char *text, size_t len)
{
	static const char blanks[CELL_WIDTH + 1] = "                    ";

	if (len < CELL_WIDTH)
		outbuf_mem(out, blanks, CELL_WIDTH - len);
	outbuf_mem(out, text, len);
}

static void
put_cells(struct outbuf *out, const char *label, const char *orig,
    const char *resp)
{
	put_label(out, label);
	put_cell(out, orig, strlen(orig));
	put_cell(out, resp, strlen(resp));
	outbuf_char(out, '\n');
}

static void
put_count(struct outbuf *out, uint64_t count)
{
	char cell[PUT_DIGITS_MAX];

	put_cell(out, cell, (size_t)(put_u64(cell, count) - cell));
}

static void
put_counts(struct outbuf *out, const char *label, uint64_t orig,
    uint64_t resp)
{
	put_label(out, label);
	put_count(out, orig);
	put_count(out, resp);
	outbuf_char(out, '\n');
}

/* A row that says something only where there is something. */
static void
put_some(struct outbuf *out, const char *label, uint64_t orig, uint64_t resp)
{
	if (orig != 0 || resp != 0)
		put_counts(out, label, orig, resp);
}

static void
format_ms(char buf[CELL_MAX], int64_t ns, bool is_known)
{
	size_t len;

	if (!is_known) {
		memcpy(buf, "n/a", sizeof("n/a"));
		return;
	}
	len = nstime_format_ratio(buf, ns, NS_PER_MS, 3);
	memcpy(buf + len, " ms", sizeof(" ms"));
}

static void
put_times(struct outbuf *out, const char *label, const struct lane *orig,
    const struct lane *resp, int64_t (*of)(const struct delays *))
{
	char cells[2][CELL_MAX];

	format_ms(cells[0], of(&orig->delays), orig->delays.count > 0);
	format_ms(cells[1], of(&resp->delays), resp->delays.count > 0);
	put_cells(out, label, cells[0], cells[1]);
}

static int64_t
delay_min(const struct delays *delays)
{
	return delays->min;
}

static int64_t
delay_p50(const struct delays *delays)
{
	return delays_quantile(delays, 500);
}

static int64_t
delay_p95(const struct delays *delays)
{
	return delays_quantile(delays, 950);
}

static int64_t
delay_p99(const struct delays *delays)
{
	return delays_quantile(delays, 990);
}

static int64_t
delay_max(const struct delays *delays)
{
	return delays->max;
}

static int64_t
delay_variation(const struct delays *delays)
{
	return delays_quantile(delays, 990) - delays->min;
}

/* ---- one pair ---- */

static void
put_endpoints(struct outbuf *out, const struct conn *conn, unsigned from)
{
	char text[ADDR_ENDPOINT_BUFSIZE];

	(void)addr_format_endpoint(text, conn, from);
	outbuf_str(out, text);
	outbuf_str(out, " -> ");
	(void)addr_format_endpoint(text, conn, !from);
	outbuf_str(out, text);
}

void
comparison_heading(struct outbuf *out, const struct compare_result *result,
    size_t at)
{
	const struct pair *pair = &result->pairs->pairs[at];
	const struct conn *a = result_conn(result, at, POINT_A);
	const struct conn *b = result_conn(result, at, POINT_B);

	outbuf_printf(out, "Pair %zu  ", at + 1);
	put_endpoints(out, a, pair->side[DIRECTION_ORIG][POINT_A]);
	outbuf_printf(out, "  (#%" PRIu32 " at A, #%" PRIu32 " at B)\n",
	    pair->conn[POINT_A], pair->conn[POINT_B]);
	if (!key_equal(&a->key, &b->key)) {
		outbuf_str(out, "  at B: ");
		put_endpoints(out, b, pair->side[DIRECTION_ORIG][POINT_B]);
		outbuf_char(out, '\n');
	}
	if (pair->kind == PAIR_MATCHED && pair->has_near)
		outbuf_printf(out, "  %s is nearer to the originator\n",
		    point_names[pair->near_orig]);
}

static void
put_loss(struct outbuf *out, const struct lane_counts *o,
    const struct lane_counts *r)
{
	put_counts(out, "captured at A", o->sent[POINT_A], r->sent[POINT_A]);
	put_counts(out, "captured at B", o->sent[POINT_B], r->sent[POINT_B]);
	put_counts(out, "matched", o->matched, r->matched);
	put_counts(out, "lost between", o->lost, r->lost);
	put_some(out, "injected between", o->injected, r->injected);
	put_some(out, "ACKs thinned", o->thinned, r->thinned);
	put_some(out, "duplicated between", o->duplicated, r->duplicated);
	put_some(out, "reordered between", o->reordered, r->reordered);
	put_some(out, "resegmented", o->resegmented, r->resegmented);
	put_some(out, "passed, but not captured", o->uncaptured,
	    r->uncaptured);
	put_some(out, "outside the common time", o->outside, r->outside);
	put_some(out, "lost before the first point", o->lost_before,
	    r->lost_before);
	put_some(out, "lost behind the second point", o->lost_behind,
	    r->lost_behind);
}

static void
put_rewrites(struct outbuf *out, const struct compare_result *result,
    size_t at)
{
	char text[REWRITES_BUFSIZE];

	rewrites_format(text,
	    result_rewrites(result, at, DIRECTION_ORIG) |
	    result_rewrites(result, at, DIRECTION_RESP));
	if (text[0] != '\0') {
		put_label(out, "rewritten between");
		outbuf_printf(out, "%s\n", text);
	}
}

static void
put_rtts(struct outbuf *out, const struct compare_result *result, size_t at)
{
	const struct {
		const char *label;
		int64_t ns;
	} parts[] = {
		{ "RTT behind A", result_rtt_behind(result, at, POINT_A) },
		{ "RTT between", result_rtt_between(result, at) },
		{ "RTT behind B", result_rtt_behind(result, at, POINT_B) },
	};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		char text[CELL_MAX];

		format_ms(text, parts[i].ns, parts[i].ns >= 0);
		put_label(out, parts[i].label);
		put_cell(out, text, strlen(text));
		outbuf_char(out, '\n');
	}
}

static void
put_finding(struct outbuf *out, const struct between *between)
{
	const struct finding *f = &between->finding;
	char text[TEXT_SIZE];

	(void)text_finding(text, f);
	outbuf_printf(out, "  %s (%s, %s), %s, frame %" PRIu64 " at %s:\n"
	    "    %s\n", finding_name(f->id), finding_side_words(f),
	    confidence_words(f->confidence),
	    between->direction == DIRECTION_ORIG ? "from the originator" :
	    "from the responder", f->frame, point_names[between->point], text);
}

static void
put_findings(struct outbuf *out, const struct compare_result *result,
    size_t at)
{
	struct between found[BETWEEN_MAX];
	const unsigned count = between_find(found, result, at);

	for (unsigned i = 0; i < count; i++)
		put_finding(out, &found[i]);
}

static void
put_pair(struct outbuf *out, const struct compare_result *result, size_t at)
{
	const struct pair *pair = &result->pairs->pairs[at];
	const struct lane *o = compare_lane(result->compare, at,
	    DIRECTION_ORIG);
	const struct lane *r = compare_lane(result->compare, at,
	    DIRECTION_RESP);

	outbuf_char(out, '\n');
	comparison_heading(out, result, at);
	put_findings(out, result, at);
	if (pair->kind != PAIR_MATCHED)
		return;
	put_cells(out, "", "originator", "responder");
	put_loss(out, &o->counts, &r->counts);
	put_times(out, "one-way delay, minimum", o, r, delay_min);
	put_times(out, "  median", o, r, delay_p50);
	put_times(out, "  95th percentile", o, r, delay_p95);
	put_times(out, "  99th percentile", o, r, delay_p99);
	put_times(out, "  maximum", o, r, delay_max);
	put_times(out, "  variation (p99 - minimum)", o, r, delay_variation);
	put_rewrites(out, result, at);
	put_rtts(out, result, at);
}

/* ---- the summary ---- */

static void
put_common(struct outbuf *out, const struct compare_result *result,
    const struct time_style *time)
{
	const struct pairs *pairs = result->pairs;
	char from[TIME_BUFSIZE], secs[NSTIME_BUFSIZE];

	(void)time_format_instant(from, time, pairs->common_start);
	(void)nstime_format_duration(secs, pairs->common_end -
	    pairs->common_start, 6);
	put_label(out, "common time");
	outbuf_printf(out, "%s s from %s\n", secs, from);
}

static void
put_clock_part(struct outbuf *out, const struct clock_part *part)
{
	char offset[CELL_MAX], around[CELL_MAX], ppm[NSTIME_BUFSIZE];

	format_ms(offset, part->offset_ns < 0 ? -part->offset_ns :
	    part->offset_ns, true);
	format_ms(around, part->uncertainty_ns, true);
	(void)nstime_format_ratio(ppm, part->drift_ppb, 1000, 3);
	outbuf_printf(out, "B is %s %s A, drift %s ppm, uncertainty %s\n",
	    offset, part->offset_ns < 0 ? "behind" : "ahead of", ppm, around);
}

static void
put_clocks(struct outbuf *out, const struct compare_result *result,
    const struct time_style *time)
{
	const struct clock_fit *clock = &result->pairs->clock;

	put_label(out, "clocks");
	if (clock->count == 0) {
		outbuf_str(out, "unknown: fewer than 10 matched segments in "
		    "one direction; delays are not available\n");
		return;
	}
	put_clock_part(out, &clock->parts[0]);
	for (unsigned i = 1; i < clock->count; i++) {
		char when[TIME_BUFSIZE];

		(void)time_format_instant(when, time,
		    clock->parts[i].from_ns);
		put_label(out, "");
		outbuf_printf(out, "a clock was set; from %s: ", when);
		put_clock_part(out, &clock->parts[i]);
	}
}

static void
put_unpaired(struct outbuf *out, const struct compare_result *result,
    enum point point)
{
	static const char *const words[] = {
		[UNPAIRED_OUTSIDE] = "not within the common time",
		[UNPAIRED_BLOCKED] = "SYNs without an answer: blocked?",
		[UNPAIRED_UNKNOWN] = "no partner: a filter, or another path",
		[UNPAIRED_AMBIGUOUS] = "several may be its partner",
	};

	for (unsigned why = UNPAIRED_OUTSIDE; why <= UNPAIRED_AMBIGUOUS;
	    why++) {
		const uint64_t count = result_unpaired(result, point, why);

		if (count == 0)
			continue;
		put_label(out, "");
		outbuf_printf(out, "%" PRIu64 " only at %s (%s)\n", count,
		    point_names[point], words[why]);
	}
}

static void
put_connections(struct outbuf *out, const struct compare_result *result)
{
	const uint64_t terminated = result_pairs(result, PAIR_TERMINATED);

	put_label(out, "connections");
	outbuf_printf(out, "%" PRIu64 " at both points\n",
	    result_pairs(result, PAIR_MATCHED));
	if (terminated > 0) {
		put_label(out, "");
		outbuf_printf(out, "%" PRIu64 " terminated between\n",
		    terminated);
	}
	put_unpaired(out, result, POINT_A);
	put_unpaired(out, result, POINT_B);
}

static void
put_referee(struct outbuf *out, const struct lane_counts *sum)
{
	for (unsigned p = 0; p < POINT_COUNT; p++) {
		const uint64_t right = sum->judged_right[p];
		const uint64_t all = right + sum->judged_wrong[p];

		if (all == 0)
			continue;
		put_label(out, p == POINT_A ? "judged by A alone" :
		    "judged by B alone");
		outbuf_printf(out, "%" PRIu64 " of %" PRIu64
		    " retransmissions placed right\n", right, all);
	}
}

static void
put_misjudged(struct outbuf *out, const struct compare_result *result)
{
	size_t count;
	const struct misjudged *m = compare_misjudged(result->compare, &count);

	if (count == 0)
		return;
	outbuf_str(out, "\nMisjudged by one capture alone\n");
	for (size_t i = 0; i < count; i++)
		outbuf_printf(out, "  frame %" PRIu64 " at %s (pair %zu): %s\n",
		    m[i].frame, point_names[m[i].point], m[i].pair + 1,
		    m[i].truth);
}

void
comparison_text(struct outbuf *out, const struct compare_result *result,
    const struct time_style *time)
{
	const struct lane_counts *sum = &result->sum;

	for (unsigned p = 0; p < POINT_COUNT; p++) {
		outbuf_printf(out, "%s = ", point_names[p]);
		outbuf_safe(out, result->names[p]);
		outbuf_char(out, '\n');
	}
	put_common(out, result, time);
	put_clocks(out, result, time);
	put_connections(out, result);
	put_label(out, "segments");
	outbuf_printf(out, "%" PRIu64 " at A, %" PRIu64 " at B, %" PRIu64
	    " matched, %" PRIu64 " lost between, %" PRIu64
	    " injected between\n", sum->sent[POINT_A], sum->sent[POINT_B],
	    sum->matched, sum->lost, sum->injected);
	if (result_is_one_point(result)) {
		put_label(out, "");
		outbuf_str(out, "both captures are the same: no loss, no "
		    "delay, nothing rewritten\n");
	}
	put_referee(out, sum);
	for (size_t i = 0; i < result->pairs->count; i++)
		put_pair(out, result, i);
	put_misjudged(out, result);
}

/* ---- one line per pair ---- */

void
comparison_table(struct outbuf *out, const struct compare_result *result)
{
	outbuf_printf(out, "%6s %6s %6s %8s %8s %8s %6s %6s %10s %10s  %s\n",
	    "pair", "A", "B", "sent", "matched", "lost", "inj", "reord",
	    "delay o", "delay r", "endpoints");
	for (size_t i = 0; i < result->pairs->count; i++) {
		const struct pair *pair = &result->pairs->pairs[i];
		const struct lane *o = compare_lane(result->compare, i,
		    DIRECTION_ORIG);
		const struct lane *r = compare_lane(result->compare, i,
		    DIRECTION_RESP);
		char delays[2][CELL_MAX];

		format_ms(delays[0], o->delays.min, o->delays.count > 0);
		format_ms(delays[1], r->delays.min, r->delays.count > 0);
		outbuf_printf(out, "%6zu %6" PRIu32 " %6" PRIu32 " %8" PRIu64
		    " %8" PRIu64 " %8" PRIu64 " %6" PRIu64 " %6" PRIu64
		    " %10s %10s  ", i + 1, pair->conn[POINT_A],
		    pair->conn[POINT_B], o->counts.sent[o->upstream] +
		    r->counts.sent[r->upstream],
		    o->counts.matched + r->counts.matched,
		    o->counts.lost + r->counts.lost,
		    o->counts.injected + r->counts.injected,
		    o->counts.reordered + r->counts.reordered,
		    delays[0], delays[1]);
		put_endpoints(out, result_conn(result, i, POINT_A),
		    pair->side[DIRECTION_ORIG][POINT_A]);
		outbuf_char(out, '\n');
	}
}

void
comparison_records(struct writer *w, const struct compare_result *result)
{
	w->has_pairs = true;
	for (size_t i = 0; i < result->pairs->count; i++)
		record_pair(w, result, i);
	record_compare(w, result);
	writer_finish(w);
}
