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
#include "print/wrap.h"
#include "records/record.h"
#include "records/writer.h"
#include "views/diagnosis_text.h"
#include "views/print_threads.h"

/* Bytes of a cell's text: a number, its unit and a NUL. */
#define CELL_MAX	(NSTIME_BUFSIZE + 4)
#define COLUMNS		80
#define HEADING_MAX	64	/* bytes of a piece of a heading */
#define LABEL_WIDTH	32
#define CELL_WIDTH	20

/* Bytes that most pairs take as text, and as records. */
#define USUAL_TEXT	1000
#define USUAL_RECORDS	2000

static const char point_names[POINT_COUNT][2] = { "A", "B" };

/* Fewer pairs are printed in less time than it takes to wake a thread up. */
#define MANY_PAIRS	64

void
comparison_print_pairs(struct outbuf *out, const struct compare_result *result,
    size_t first, const struct printers_job *job)
{
	if (first < result->pairs->count)
		printers_print_numbers(result->pairs->count < MANY_PAIRS ?
		    NULL : result->printers, out, first,
		    result->pairs->count, job);
}

/* ---- cells ---- */

static void
put_label(struct outbuf *out, const char *label)
{
	const size_t len = strlen(label) + 2;

	outbuf_str(out, "  ");
	outbuf_str(out, label);
	if (len < LABEL_WIDTH)
		outbuf_spaces(out, LABEL_WIDTH - len);
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

/* A row of delays, unless both directions are unknown. */
static void
put_times(struct outbuf *out, const char *label, const struct lane *orig,
    const struct lane *resp, int64_t (*of)(const struct delays *))
{
	char cells[2][CELL_MAX];

	if (orig->delays.count == 0 && resp->delays.count == 0)
		return;
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

static struct wrap_line
line_of(struct outbuf *out, size_t indent)
{
	return (struct wrap_line){
		.out = out,
		.room = COLUMNS,
		.indent = indent,
	};
}

void
comparison_heading(struct outbuf *out, const struct compare_result *result,
    size_t at)
{
	const struct pair *pair = &result->pairs->pairs[at];
	const struct conn *a = result_conn(result, at, POINT_A);
	const struct conn *b = result_conn(result, at, POINT_B);
	struct wrap_line line = line_of(out, 2);
	char text[HEADING_MAX], *end;

	/* There is a heading for each pair, and printf() takes its time. */
	end = put_u64(put_str(text, "Pair "), at + 1);
	*put_str(end, " ") = '\0';
	wrap_put(&line, INK_PLAIN, text);
	wrap_put_endpoints(&line, a, pair->side[DIRECTION_ORIG][POINT_A]);
	end = put_u64(put_str(text, "  (#"), pair->conn[POINT_A]);
	end = put_u64(put_str(end, " at A, #"), pair->conn[POINT_B]);
	*put_str(end, " at B)") = '\0';
	wrap_put(&line, INK_PLAIN, text);
	outbuf_char(out, '\n');
	if (!key_equal(&a->key, &b->key)) {
		line = line_of(out, 4);
		wrap_put(&line, INK_PLAIN, "  at B:");
		wrap_put_endpoints(&line, b,
		    pair->side[DIRECTION_ORIG][POINT_B]);
		outbuf_char(out, '\n');
	}
	if (pair->kind != PAIR_MATCHED)
		return;
	outbuf_str(out, !pair->has_near ?
	    "  the point nearer to the originator is unknown\n" :
	    pair->near_orig == POINT_A ?
	    "  A is nearer to the originator\n" :
	    "  B is nearer to the originator\n");
}

static void
put_loss(struct outbuf *out, const struct lane_counts *o,
    const struct lane_counts *r)
{
	put_counts(out, "captured at A", o->sent[POINT_A], r->sent[POINT_A]);
	put_counts(out, "captured at B", o->sent[POINT_B], r->sent[POINT_B]);
	put_counts(out, "matched", o->matched, r->matched);
	if (result_has_alone(o) || result_has_alone(r)) {
		put_counts(out, "lost or injected: at A only",
		    o->alone[POINT_A], r->alone[POINT_A]);
		put_counts(out, "lost or injected: at B only",
		    o->alone[POINT_B], r->alone[POINT_B]);
	} else {
		put_counts(out, "lost between", o->lost, r->lost);
	}
	put_some(out, "injected between", o->injected, r->injected);
	put_some(out, "ACKs thinned", o->thinned, r->thinned);
	put_some(out, "duplicated between", o->duplicated, r->duplicated);
	put_some(out, "reordered between", o->reordered, r->reordered);
	put_some(out, "resegmented", o->resegmented, r->resegmented);
	put_some(out, "passed, but not captured", o->uncaptured,
	    r->uncaptured);
	put_some(out, "outside the common time", o->outside, r->outside);
	put_some(out, "gave up early: queue full", o->evicted, r->evicted);
	put_some(out, "lost upstream of both points", o->lost_before,
	    r->lost_before);
	put_some(out, "lost downstream of both points", o->lost_behind,
	    r->lost_behind);
}

/* Rows of what the path changed in the IP header. */
static void
put_marks(struct outbuf *out, const struct compare_result *result, size_t at,
    const struct lane_counts *o, const struct lane_counts *r)
{
	char cells[2][RESULT_CHANGE_BUFSIZE];

	result_format_ttl(cells[0], result, at, DIRECTION_ORIG);
	result_format_ttl(cells[1], result, at, DIRECTION_RESP);
	put_cells(out, "TTL decrement", cells[0], cells[1]);
	put_some(out, "DSCP changed", o->dscp_changed, r->dscp_changed);
	if (o->dscp_changed + r->dscp_changed > 0) {
		result_format_dscp(cells[0], compare_lane(result->compare, at,
		    DIRECTION_ORIG));
		result_format_dscp(cells[1], compare_lane(result->compare, at,
		    DIRECTION_RESP));
		put_cells(out, "  the first of these", cells[0], cells[1]);
	}
	put_some(out, "CE set between", o->ce_set, r->ce_set);
	put_some(out, "CE erased between", o->ce_erased, r->ce_erased);
}

static void
put_words(struct outbuf *out, const char *label, uint32_t rewrites)
{
	char text[REWRITES_BUFSIZE];

	if (rewrites == 0)
		return;
	rewrites_format(text, rewrites);
	put_label(out, label);
	diagnosis_put_wrapped(out, text, LABEL_WIDTH, LABEL_WIDTH);
}

static void
put_rewrites(struct outbuf *out, const struct compare_result *result,
    size_t at)
{
	const uint32_t o = result_shown_rewrites(result, at, DIRECTION_ORIG);
	const uint32_t r = result_shown_rewrites(result, at, DIRECTION_RESP);

	if (o == r) {
		put_words(out, "rewritten between", o);
		return;
	}
	put_words(out, "rewritten, from originator", o);
	put_words(out, "rewritten, from responder", r);
}

static void
put_rtts(struct outbuf *out, const struct compare_result *result, size_t at)
{
	const struct {
		const char *label;
		int64_t ns;
	} parts[] = {
		{ "RTT endpoint to A", result_rtt_behind(result, at, POINT_A) },
		{ "RTT A to B", result_rtt_between(result, at) },
		{ "RTT B to endpoint", result_rtt_behind(result, at, POINT_B) },
	};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		char text[CELL_MAX];

		if (parts[i].ns < 0)
			continue;
		format_ms(text, parts[i].ns, true);
		put_label(out, parts[i].label);
		put_cell(out, text, strlen(text));
		outbuf_char(out, '\n');
	}
}

static void
put_finding(struct outbuf *out, const struct between *between)
{
	const struct finding *f = &between->finding;
	const char *direction = between->direction == DIRECTION_ORIG ?
	    ", from the originator" : ", from the responder";
	char text[TEXT_SIZE];

	/* A proxy is of both directions. */
	if (f->id == FINDING_PROXY_BETWEEN)
		direction = "";
	(void)text_finding(text, f);
	outbuf_printf(out, "  %s (%s, %s)%s, frame %" PRIu64 " at %s:\n"
	    "    ", finding_name(f->id), finding_side_words(f),
	    confidence_words(f->confidence), direction, f->frame,
	    point_names[between->point]);
	diagnosis_put_wrapped(out, text, 4, 4);
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

/* Of a terminated pair: each connection by itself, side by side. */
static void
put_apart(struct outbuf *out, const struct compare_result *result, size_t at)
{
	static const char *const labels[][DIRECTION_COUNT] = {
		{ "segments of the originator", "segments of the responder" },
		{ "RTT point to originator", "RTT point to responder" },
	};

	put_cells(out, "", "at A", "at B");
	for (unsigned d = 0; d < DIRECTION_COUNT; d++)
		put_counts(out, labels[0][d],
		    result_sent(result, at, POINT_A, d),
		    result_sent(result, at, POINT_B, d));
	for (unsigned d = 0; d < DIRECTION_COUNT; d++) {
		char cells[POINT_COUNT][CELL_MAX];
		bool has_any = false;

		for (unsigned p = 0; p < POINT_COUNT; p++) {
			const int64_t ns = result_rtt_to(result, at, p, d);

			format_ms(cells[p], ns, ns >= 0);
			has_any |= ns >= 0;
		}
		if (has_any)
			put_cells(out, labels[1][d], cells[POINT_A],
			    cells[POINT_B]);
	}
}

static void
put_pair(const void *arg, struct outbuf *out, size_t at)
{
	const struct compare_result *result = arg;
	const struct pair *pair = &result->pairs->pairs[at];
	const struct lane *o = compare_lane(result->compare, at,
	    DIRECTION_ORIG);
	const struct lane *r = compare_lane(result->compare, at,
	    DIRECTION_RESP);
	const struct lane_counts counts[] = { lane_counts(o), lane_counts(r) };

	outbuf_char(out, '\n');
	comparison_heading(out, result, at);
	put_findings(out, result, at);
	if (pair->kind != PAIR_MATCHED) {
		put_apart(out, result, at);
		return;
	}
	put_cells(out, "", "originator", "responder");
	put_loss(out, &counts[0], &counts[1]);
	put_times(out, "one-way delay, minimum", o, r, delay_min);
	put_times(out, "  median", o, r, delay_p50);
	put_times(out, "  95th percentile", o, r, delay_p95);
	put_times(out, "  99th percentile", o, r, delay_p99);
	put_times(out, "  maximum", o, r, delay_max);
	put_times(out, "  variation (p99 - minimum)", o, r, delay_variation);
	put_marks(out, result, at, &counts[0], &counts[1]);
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

	put_label(out, "common time");
	if (pairs->common_end < pairs->common_start) {
		outbuf_str(out, "none, by the clocks of the points\n");
		return;
	}
	(void)time_format_instant(from, time, pairs->common_start);
	(void)nstime_format_duration(secs, pairs_common_ns(pairs), 6);
	outbuf_printf(out, "%s s from %s\n", secs, from);
}

static void
put_drift(struct outbuf *out, const struct clock_part *part)
{
	char ppm[NSTIME_BUFSIZE];

	if (part->drift_error_ppb < 0) {
		outbuf_str(out, "drift not measured in so short a time");
		return;
	}
	(void)nstime_format_ratio(ppm, part->drift_ppb, 1000, 3);
	outbuf_printf(out, "drift %s", ppm);
	if (part->drift_error_ppb > 0) {
		(void)nstime_format_ratio(ppm, part->drift_error_ppb, 1000, 1);
		outbuf_printf(out, " +- %s", ppm);
	}
	outbuf_str(out, " ppm");
}

static void
put_clock_part(struct outbuf *out, const struct clock_part *part)
{
	char offset[CELL_MAX], around[CELL_MAX];

	format_ms(offset, part->clock_ns < 0 ? -part->clock_ns :
	    part->clock_ns, true);
	format_ms(around, part->uncertainty_ns, true);
	outbuf_printf(out, "B is %s %s A, uncertainty %s\n", offset,
	    part->clock_ns < 0 ? "behind" : "ahead of", around);
	put_label(out, "");
	put_drift(out, part);
	outbuf_char(out, '\n');
}

static void
put_clocks(struct outbuf *out, const struct compare_result *result,
    const struct time_style *time)
{
	const struct clock_fit *clock = &result->pairs->clock;

	put_label(out, "clocks");
	if (clock->count == 0) {
		outbuf_str(out, "unknown: too few segments identify both "
		    "points\n");
		return;
	}
	if (clock->is_trusted) {
		outbuf_str(out, "taken as synchronised (--clocks)\n");
		return;
	}
	put_clock_part(out, &clock->parts[0]);
	for (unsigned i = 1; i < clock->count; i++) {
		char when[TIME_BUFSIZE];

		(void)time_format_instant(when, time,
		    clockfit_of_a(clock, clock->parts[i].from_ns));
		put_label(out, "");
		outbuf_printf(out, "a clock was set; from %s:\n", when);
		put_label(out, "");
		put_clock_part(out, &clock->parts[i]);
	}
}

static const char *
unpaired_words(enum unpaired why)
{
	static const char *const words[] = {
		[UNPAIRED_OUTSIDE] = "not within the common time",
		[UNPAIRED_BLOCKED] = "unanswered SYNs: blocked between?",
		[UNPAIRED_UNANSWERED] = "unanswered SYNs",
		[UNPAIRED_UNKNOWN] = "a filter, or another path?",
		[UNPAIRED_AMBIGUOUS] = "several may be its partner",
	};

	return words[why];
}

static void
put_unpaired(struct outbuf *out, const struct compare_result *result,
    enum point point)
{
	for (unsigned why = UNPAIRED_OUTSIDE; why <= UNPAIRED_AMBIGUOUS;
	    why++) {
		const uint64_t count = result_unpaired(result, point, why);

		if (count == 0)
			continue;
		put_label(out, "");
		outbuf_printf(out, "%" PRIu64 " only at %s (%s)\n", count,
		    point_names[point], unpaired_words(why));
	}
}

static void
put_unpaired_conn(struct outbuf *out, const struct conn *conn, size_t number,
    enum unpaired why)
{
	struct wrap_line line = line_of(out, 4);
	char text[HEADING_MAX];

	(void)snprintf(text, sizeof(text), "  #%zu ", number);
	wrap_put(&line, INK_PLAIN, text);
	wrap_put_endpoints(&line, conn, conn->orig);
	(void)snprintf(text, sizeof(text), "  %s", unpaired_words(why));
	wrap_put(&line, INK_PLAIN, text);
	outbuf_char(out, '\n');
}

/* Connections listed per point; more are counted. */
#define LISTED_MAX	20

/* List the connections of one reason; the number of them that were left. */
static uint64_t
list_unpaired(struct outbuf *out, const struct compare_result *result,
    enum point point, enum unpaired why, unsigned *left)
{
	const uint8_t *reasons = result->pairs->unpaired[point];
	uint64_t more = 0;

	for (size_t i = 1; i < result->pairs->conn_count[point]; i++) {
		const struct conn *conn;

		if (reasons[i] != why)
			continue;
		if (*left == 0) {
			more++;
			continue;
		}
		(*left)--;
		conn = compare_conn(result->compare, point, (uint32_t)i);
		put_unpaired_conn(out, conn, i, why);
	}
	return more;
}

/* Connections without a partner, the likeliest faults first. */
static void
put_unpaired_list(struct outbuf *out, const struct compare_result *result,
    enum point point)
{
	static const enum unpaired reasons[] = { UNPAIRED_BLOCKED,
	    UNPAIRED_UNANSWERED, UNPAIRED_UNKNOWN, UNPAIRED_AMBIGUOUS,
	    UNPAIRED_OUTSIDE };
	unsigned left = LISTED_MAX;
	uint64_t more = 0;

	if (result_only(result, point) == 0)
		return;
	outbuf_printf(out, "\nOnly at %s\n", point_names[point]);
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		more += list_unpaired(out, result, point, reasons[i], &left);
	if (more > 0)
		outbuf_printf(out, "  and %" PRIu64 " more\n", more);
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
		put_label(out, p == POINT_A ? "A alone" : "B alone");
		outbuf_printf(out, "%" PRIu64 " of %" PRIu64
		    " losses located correctly\n", right, all);
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
	put_label(out, "segments (matched pairs)");
	outbuf_printf(out, "%" PRIu64 " at A, %" PRIu64 " at B, %" PRIu64
	    " matched\n", sum->sent[POINT_A], sum->sent[POINT_B],
	    sum->matched);
	put_label(out, "");
	outbuf_printf(out, "%" PRIu64 " lost between, %" PRIu64
	    " injected between\n", sum->lost, sum->injected);
	if (result_has_alone(sum)) {
		put_label(out, "");
		outbuf_printf(out, "%" PRIu64 " lost or injected: the nearer "
		    "point is unknown\n", sum->alone[POINT_A] +
		    sum->alone[POINT_B]);
	}
	if (result_is_one_point(result)) {
		put_label(out, "");
		outbuf_str(out, "both captures are the same: no loss,\n");
		put_label(out, "");
		outbuf_str(out, "no delay, nothing rewritten\n");
	}
	put_referee(out, sum);
	put_unpaired_list(out, result, POINT_A);
	put_unpaired_list(out, result, POINT_B);
	comparison_print_pairs(out, result, 0, &(struct printers_job){
	    .arg = result, .print_number = put_pair,
	    .usual_len = USUAL_TEXT });
	put_misjudged(out, result);
}

/* ---- records ---- */

/* What the threads share; each copies the writer. */
struct pair_records {
	const struct writer *writer;
	const struct compare_result *result;
};

static void
put_records(const void *arg, struct outbuf *out, size_t at)
{
	const struct pair_records *records = arg;
	struct writer writer = *records->writer;

	writer.out = out;
	record_pair(&writer, records->result, at);
}

/* Only the first record may write a header. */
void
comparison_records(struct writer *w, const struct compare_result *result)
{
	const struct pair_records records = { w, result };

	w->has_pairs = true;
	if (result->pairs->count > 0)
		record_pair(w, result, 0);
	comparison_print_pairs(w->out, result, 1, &(struct printers_job){
	    .arg = &records, .print_number = put_records,
	    .usual_len = USUAL_RECORDS });
	record_unpaired(w, result);
	record_compare(w, result);
	writer_finish(w);
}
