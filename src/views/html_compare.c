/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --html of --compare: what two captures of the same traffic prove together,
 * in words first; then each pair with its counts, its one-way delays and a
 * ladder through both points.
 */
#include "config.h"

#include "views/comparison.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/nstime.h"
#include "base/outbuf.h"
#include "compare/between.h"
#include "compare/result.h"
#include "compare/rewrites.h"
#include "compare/trail.h"
#include "diagnosis/text.h"
#include "flow/conn.h"
#include "pictures/markup.h"
#include "print/addr.h"
#include "views/html_frame.h"
#include "views/pair_pictures.h"

#define FINDINGS_SHOWN	10	/* at the head of the page */
#define OPEN_PAIRS	2

struct page {
	struct outbuf *out;
	const struct compare_result *result;
	size_t trail_count;	/* pairs with a section */
};

static const char point_names[POINT_COUNT][2] = { "A", "B" };

static const char *
plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

/* ---- head ---- */

static void
put_clocks(const struct page *page)
{
	const struct clock_fit *clock = &page->result->pairs->clock;
	const struct clock_part *part = &clock->parts[0];
	char offset[TEXT_NUMBER], around[TEXT_NUMBER];

	if (clock->count == 0) {
		outbuf_str(page->out, "The clocks cannot be compared, so "
		    "delays are not known: too few segments identify both "
		    "points.");
		return;
	}
	if (clock->is_trusted) {
		outbuf_str(page->out, "The clocks are taken as synchronised.");
		return;
	}
	(void)text_ns(offset, part->clock_ns < 0 ? -part->clock_ns :
	    part->clock_ns);
	(void)text_ns(around, part->uncertainty_ns);
	outbuf_printf(page->out, "The clock of B is %s %s that of A, within "
	    "%s%s.", offset, part->clock_ns < 0 ? "behind" : "ahead of",
	    around, clock->count > 1 ? ", until a clock was set" : "");
}

static void
put_title(const struct page *page)
{
	const struct compare_result *result = page->result;
	char common[TEXT_NUMBER];

	(void)text_ns(common, pairs_common_ns(result->pairs));
	outbuf_str(page->out, "<header><h1>");
	for (unsigned point = 0; point < POINT_COUNT; point++) {
		outbuf_printf(page->out, "%s%s: ", point > 0 ? "<br>" : "",
		    point_names[point]);
		markup_text(page->out, result->names[point]);
	}
	outbuf_printf(page->out, "</h1><p class=\"sub\">Two points, %s in "
	    "common. ", common);
	put_clocks(page);
	outbuf_str(page->out, "</p>\n");
}

/* ---- findings ---- */

static void
put_finding(const struct page *page, const struct between *between,
    size_t pair)
{
	const struct finding *f = &between->finding;
	struct outbuf *out = page->out;
	char text[TEXT_SIZE];

	(void)text_finding(text, f);
	outbuf_str(out, "<li class=\"warn\"><b>");
	markup_text(out, finding_meaning(f->id));
	outbuf_printf(out, "</b> %s: ", f->id == FINDING_PROXY_BETWEEN ?
	    "In both directions" : between->direction == DIRECTION_ORIG ?
	    "From the originator" : "From the responder");
	markup_text(out, text);
	outbuf_str(out, ". <span class=\"m\">");
	markup_text(out, finding_advice(f->id));
	outbuf_char(out, ' ');
	if (pair < page->trail_count)
		outbuf_printf(out, "<a href=\"#p%zu\">", pair + 1);
	outbuf_printf(out, "Connection %zu%s, frame %" PRIu64 " at %s</span>"
	    "</li>\n", pair + 1, pair < page->trail_count ? "</a>" : "",
	    f->frame, point_names[between->point]);
}

static void
put_findings(const struct page *page)
{
	const struct lane_counts *sum = &page->result->sum;
	struct between found[BETWEEN_MAX];
	uint64_t left_out = 0;
	unsigned shown = 0;

	outbuf_str(page->out, "<ul class=\"f\">\n");
	for (size_t at = 0; at < page->result->pairs->count; at++) {
		const unsigned count = between_find(found, page->result, at);

		for (unsigned i = 0; i < count; i++)
			if (shown < FINDINGS_SHOWN) {
				put_finding(page, &found[i], at);
				shown++;
			} else
				left_out++;
	}
	if (left_out > 0)
		outbuf_printf(page->out, "<li>%" PRIu64 " more finding%s</li>"
		    "\n", left_out, plural(left_out));
	if (shown == 0 && sum->lost == 0 && sum->injected == 0 &&
	    !result_has_alone(sum))
		outbuf_printf(page->out, "<li class=\"ok\"><b>Nothing was "
		    "lost or injected between the points.</b> %" PRIu64
		    " segment%s passed both.</li>\n", sum->matched,
		    plural(sum->matched));
	outbuf_str(page->out, "</ul>\n");
}

static void
put_figures(const struct page *page)
{
	const struct lane_counts *sum = &page->result->sum;
	const struct html_figure figures[] = {
		{ "connections at both",
		    result_pairs(page->result, PAIR_MATCHED) },
		{ "only at A", result_only(page->result, POINT_A) },
		{ "only at B", result_only(page->result, POINT_B) },
		{ "segments at A", sum->sent[POINT_A] },
		{ "segments at B", sum->sent[POINT_B] },
		{ "matched", sum->matched },
		{ "lost between", sum->lost },
		{ "injected between", sum->injected },
		{ "lost or injected",
		    sum->alone[POINT_A] + sum->alone[POINT_B] },
		{ "reordered between", sum->reordered },
	};

	html_put_figures(page->out, figures, ARRAY_LEN(figures), NULL, NULL);
}

/* ---- a pair ---- */

static void
put_number(const struct page *page, uint64_t number, bool is_bad)
{
	if (number == 0)
		outbuf_str(page->out, "<td>\xe2\x80\x93</td>");
	else
		outbuf_printf(page->out, "<td%s>%" PRIu64 "</td>", is_bad ?
		    " class=\"x\"" : "", number);
}

/* Lost or injected segments; which of both they are may be unknown. */
static void
put_lost(const struct page *page, const struct lane_counts *counts,
    uint64_t number)
{
	if (result_has_alone(counts))
		outbuf_str(page->out, "<td class=\"x\">?</td>");
	else
		put_number(page, number, true);
}

/* Below zero: unknown. */
static void
put_duration(const struct page *page, int64_t duration_ns)
{
	char ns[TEXT_NUMBER];

	if (duration_ns < 0) {
		outbuf_str(page->out, "<td>\xe2\x80\x93</td>");
		return;
	}
	(void)text_ns(ns, duration_ns);
	outbuf_printf(page->out, "<td>%s</td>", ns);
}

static void
put_time(const struct page *page, const struct lane *lane, unsigned permille)
{
	put_duration(page, lane->delays.count == 0 ? -1 : permille == 0 ?
	    lane->delays.min : delays_quantile(&lane->delays, permille));
}

static void
put_lane(const struct page *page, const struct lane *lane, const char *name)
{
	const struct lane_counts counts = lane_counts(lane);

	outbuf_printf(page->out, "<tr><td>%s</td>", name);
	put_number(page, counts.sent[POINT_A], false);
	put_number(page, counts.sent[POINT_B], false);
	put_number(page, counts.matched, false);
	put_lost(page, &counts, counts.lost);
	put_lost(page, &counts, counts.injected);
	put_number(page, counts.reordered, false);
	put_time(page, lane, 0);
	put_time(page, lane, 500);
	put_time(page, lane, 990);
	outbuf_str(page->out, "</tr>\n");
}

/* "192.0.2.10:40001 -> 198.51.100.20:80", as a point has it. */
static void
put_endpoints(const struct page *page, size_t at, enum point point)
{
	const struct pair *pair = &page->result->pairs->pairs[at];
	const struct conn *conn = result_conn(page->result, at, point);
	const unsigned side = pair->side[DIRECTION_ORIG][point];
	char orig[ADDR_ENDPOINT_BUFSIZE], resp[ADDR_ENDPOINT_BUFSIZE];

	(void)addr_format_endpoint(orig, conn, side);
	(void)addr_format_endpoint(resp, conn, !side);
	outbuf_printf(page->out, "%s \xe2\x86\x92 %s", orig, resp);
}

/* "Rewritten between the points: address, port." */
static void
put_words(const struct page *page, const char *whose, uint32_t rewrites)
{
	char words[REWRITES_BUFSIZE];

	if (rewrites == 0)
		return;
	rewrites_format(words, rewrites);
	outbuf_printf(page->out, "Rewritten between the points%s: ", whose);
	for (const char *c = words; *c != '\0'; c++) {
		outbuf_char(page->out, *c);
		if (*c == ',')
			outbuf_char(page->out, ' ');
	}
	outbuf_str(page->out, ". ");
}

static void
put_marks(const struct page *page, size_t at, enum direction direction,
    const char *whose)
{
	const struct lane *lane = compare_lane(page->result->compare, at,
	    direction);
	const struct lane_counts counts = lane_counts(lane);
	char change[RESULT_CHANGE_BUFSIZE];

	if (lane->has_match) {
		result_format_ttl(change, page->result, at, direction);
		outbuf_printf(page->out, "TTL decrement%s: %s. ", whose,
		    change);
	}
	if (counts.dscp_changed > 0) {
		result_format_dscp(change, lane);
		outbuf_printf(page->out, "DSCP changed%s: %" PRIu64
		    " segment%s, the first from %s. ", whose,
		    counts.dscp_changed, plural(counts.dscp_changed), change);
	}
	if (counts.ce_set > 0)
		outbuf_printf(page->out, "CE set%s: %" PRIu64 ". ", whose,
		    counts.ce_set);
	if (counts.ce_erased > 0)
		outbuf_printf(page->out, "CE erased%s: %" PRIu64 ". ", whose,
		    counts.ce_erased);
}

static void
put_rewrites(const struct page *page, size_t at)
{
	static const char *const whose[DIRECTION_COUNT] = {
		[DIRECTION_ORIG] = ", from the originator",
		[DIRECTION_RESP] = ", from the responder",
	};
	const struct compare_result *result = page->result;
	const uint32_t o = result_shown_rewrites(result, at, DIRECTION_ORIG);
	const uint32_t r = result_shown_rewrites(result, at, DIRECTION_RESP);

	outbuf_str(page->out, "<p class=\"m\">");
	for (unsigned d = 0; d < DIRECTION_COUNT; d++)
		put_marks(page, at, (enum direction)d, whose[d]);
	put_words(page, o == r ? "" : whose[DIRECTION_ORIG], o);
	if (o != r)
		put_words(page, whose[DIRECTION_RESP], r);
	if (!key_equal(&result_conn(result, at, POINT_A)->key,
	    &result_conn(result, at, POINT_B)->key)) {
		outbuf_str(page->out, "At B: ");
		put_endpoints(page, at, POINT_B);
		outbuf_char(page->out, '.');
	}
	outbuf_str(page->out, "</p>\n");
}

/* "RTT endpoint to A: 54 us. RTT A to B: 40 ms." */
static void
put_rtts(const struct page *page, size_t at)
{
	const struct compare_result *result = page->result;
	const struct {
		const char *label;
		int64_t ns;
	} parts[] = {
		{ "endpoint to A", result_rtt_behind(result, at, POINT_A) },
		{ "A to B", result_rtt_between(result, at) },
		{ "B to endpoint", result_rtt_behind(result, at, POINT_B) },
	};
	char ns[TEXT_NUMBER];
	unsigned known = 0;

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (parts[i].ns < 0)
			continue;
		(void)text_ns(ns, parts[i].ns);
		outbuf_printf(page->out, "%sRTT %s: %s. ",
		    known++ == 0 ? "<p class=\"m\">" : "", parts[i].label,
		    ns);
	}
	if (known > 0)
		outbuf_str(page->out, "</p>\n");
}

static void
put_counts(const struct page *page, size_t at)
{
	const struct compare *compare = page->result->compare;

	outbuf_str(page->out, "<div class=\"t\"><table><tr><th>from the</th>"
	    "<th>at A</th><th>at B</th><th>matched</th><th>lost</th>"
	    "<th>injected</th><th>reordered</th><th>delay, minimum</th>"
	    "<th>p50</th><th>p99</th></tr>\n");
	put_lane(page, compare_lane(compare, at, DIRECTION_ORIG),
	    "originator");
	put_lane(page, compare_lane(compare, at, DIRECTION_RESP),
	    "responder");
	outbuf_str(page->out, "</table></div>\n");
	put_rtts(page, at);
	put_rewrites(page, at);
}

/* Of a terminated pair: each connection by itself. */
static void
put_apart(const struct page *page, size_t at)
{
	static const char *const endpoints[DIRECTION_COUNT] = {
		[DIRECTION_ORIG] = "originator",
		[DIRECTION_RESP] = "responder",
	};

	outbuf_str(page->out, "<p>Terminated between the points: two "
	    "connections, whose segments cannot be matched.</p>\n"
	    "<div class=\"t\"><table><tr><th></th><th>at A</th>"
	    "<th>at B</th></tr>\n");
	for (unsigned d = 0; d < DIRECTION_COUNT; d++) {
		outbuf_printf(page->out, "<tr><td>segments of the %s</td>",
		    endpoints[d]);
		for (unsigned p = 0; p < POINT_COUNT; p++)
			put_number(page, result_sent(page->result, at, p, d),
			    false);
		outbuf_str(page->out, "</tr>\n");
	}
	for (unsigned d = 0; d < DIRECTION_COUNT; d++) {
		outbuf_printf(page->out, "<tr><td>RTT to the %s</td>",
		    endpoints[d]);
		for (unsigned p = 0; p < POINT_COUNT; p++)
			put_duration(page, result_rtt_to(page->result, at, p,
			    d));
		outbuf_str(page->out, "</tr>\n");
	}
	outbuf_str(page->out, "</table></div>\n");
}

static void
put_pictures(const struct page *page, const struct trail *trail)
{
	if (trail->count == 0)
		return;
	if (pair_has_delays(page->result, trail)) {
		outbuf_str(page->out, "<figure>\n");
		pair_put_delays(page->out, page->result, trail);
		outbuf_str(page->out, "</figure>\n");
	}
	outbuf_str(page->out, "<figure>\n");
	pair_put_ladder(page->out, page->result, trail);
	outbuf_str(page->out, "</figure>\n");
	if (trail->left_out > 0)
		outbuf_printf(page->out, "<p class=\"m\">%" PRIu64 " further "
		    "segments are not drawn: too many for one picture.</p>\n",
		    trail->left_out);
}

static void
put_pair(const struct page *page, const struct trail *trail)
{
	const size_t at = trail->pair;
	const struct pair *pair = &page->result->pairs->pairs[at];

	outbuf_printf(page->out, "<details id=\"p%zu\"%s><summary><h3>%zu: ",
	    at + 1, at < OPEN_PAIRS ? " open" : "", at + 1);
	put_endpoints(page, at, POINT_A);
	outbuf_printf(page->out, "</h3> <span class=\"m\">connection %" PRIu32
	    " at A, %" PRIu32 " at B</span></summary>\n",
	    pair->conn[POINT_A], pair->conn[POINT_B]);
	if (pair->kind == PAIR_TERMINATED)
		put_apart(page, at);
	else {
		put_counts(page, at);
		put_pictures(page, trail);
	}
	outbuf_str(page->out, "</details>\n");
}

void
comparison_page(struct outbuf *out, const struct compare_result *result,
    const struct trail *trail, size_t trail_count)
{
	const struct page page = {
		.out = out, .result = result, .trail_count = trail_count,
	};
	char words[64];

	(void)snprintf(words, sizeof(words), "two points, %zu connection%s",
	    result->pairs->count, plural(result->pairs->count));
	html_begin(out, result->names[POINT_A], words);
	put_title(&page);
	put_findings(&page);
	put_figures(&page);
	outbuf_str(out, "<section><h2 id=\"connections\">Connections</h2>\n");
	if (trail_count < result->pairs->count)
		outbuf_printf(out, "<p class=\"m\">The first %zu of %zu.</p>"
		    "\n", trail_count, result->pairs->count);
	for (size_t i = 0; i < trail_count; i++)
		put_pair(&page, &trail[i]);
	outbuf_str(out, "</section></main>");
	html_end(out, "Times are those of the clock of A.");
}
