/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --html: one page says what happened, first in words, then in pictures.  The
 * page needs nothing from outside and no script.  Colours of pictures are
 * attributes, so that the page is right where styles are blocked.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/nstime.h"
#include "base/outbuf.h"
#include "base/pool.h"
#include "diagnosis/text.h"
#include "engine/engine.h"
#include "flow/conn.h"
#include "pictures/collect.h"
#include "pictures/ladder.h"
#include "pictures/markup.h"
#include "pictures/sheet.h"
#include "pictures/timeline.h"
#include "pictures/waits.h"
#include "print/addr.h"
#include "print/time.h"
#include "tcp/analysis.h"
#include "tcp/close.h"
#include "tcp/pack.h"
#include "views/diagnosis_model.h"
#include "views/display.h"
#include "views/drawn.h"
#include "views/html_frame.h"
#include "views/html_hosts.h"
#include "views/triage_text.h"

struct page {
	struct outbuf *out;
	const struct display_context *context;
	const struct tcpstates *ts;
	const struct collector *collector;
	struct drawn drawn;
	struct diagnosis_model model;	/* room for one connection's */
};

static const char *
plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

/* ---- head ---- */

static void
put_head(const struct page *page)
{
	char words[48];

	(void)snprintf(words, sizeof(words), "%" PRIu64 " TCP connection%s",
	    page->drawn.conns, plural(page->drawn.conns));
	html_begin(page->out, page->context->capture.record.input, words);
}

static void
put_title(const struct page *page)
{
	const struct tcpstates_totals *totals = tcpstates_totals(page->ts);
	const struct time_style utc = { .format = TIME_AS_UTC };
	char when[TIME_BUFSIZE], ns[TEXT_NUMBER];

	outbuf_str(page->out, "<header><h1>");
	markup_text(page->out, page->context->capture.record.input);
	outbuf_str(page->out, "</h1><p class=\"sub\">");
	if (totals->frames == 0) {
		outbuf_str(page->out, "no packets</p>\n");
		return;
	}
	(void)text_ns(ns, nstime_diff(totals->last_ns, totals->first_ns));
	(void)time_format_instant(when, &utc, totals->first_ns);
	outbuf_printf(page->out, "%" PRIu64 " frame%s in %s from %s UTC</p>\n",
	    totals->frames, plural(totals->frames), ns, when);
}

/* ---- findings ---- */

static const char *
grade_of(const struct triage_row *row)
{
	return row->is_failure ? "bad" : "warn";
}

/* "Connection 3" or "3 connections, worst 7", as links. */
static void
put_links(const struct page *page, const struct tally *tally)
{
	struct outbuf *out = page->out;

	if (tally->conns > 1)
		outbuf_printf(out, "%" PRIu64 " connections, most in ",
		    tally->conns);
	if (drawn_has_sheet(&page->drawn, tally->worst_conn))
		outbuf_printf(out, "<a href=\"#c%" PRIu64 "\">",
		    tally->worst_conn);
	outbuf_printf(out, "%sonnection %" PRIu64 "%s",
	    tally->conns > 1 ? "c" : "C", tally->worst_conn,
	    drawn_has_sheet(&page->drawn, tally->worst_conn) ? "</a>" : "");
	if (tally->worst.frame != 0)
		outbuf_printf(out, ", frame %" PRIu64, tally->worst.frame);
}

static void
put_finding(const struct page *page, const struct triage_row *row)
{
	char where[TRIAGE_WHERE_SIZE], text[TEXT_SIZE], cost[TEXT_NUMBER];
	const char *doubt = finding_is_doubtful(&row->tally.worst) ?
	    "Suspected: " : "";
	struct outbuf *out = page->out;

	triage_where(where, row);
	(void)text_finding(text, &row->tally.worst);
	outbuf_printf(out, "<li class=\"%s\"><b>%s", grade_of(row), doubt);
	markup_text(out, finding_meaning(row->id));
	outbuf_str(out, "</b> ");
	markup_text(out, diagnosis_side(row->side));
	if (row->group != GROUP_MANY) {
		outbuf_str(out, row->side == SIDE_NOBODY ? "" : ", ");
		markup_text(out, where);
	}
	outbuf_printf(out, ": %s", row->tally.conns > 1 ? "the worst, " : "");
	markup_text(out, text);
	outbuf_str(out, ".");
	if (row->tally.conns > 1 && row->tally.cost_ns >= NS_PER_MS) {
		(void)text_ns(cost, row->tally.cost_ns);
		outbuf_printf(out, " Together %s.", cost);
	}
	outbuf_str(out, " <span class=\"m\">");
	markup_text(out, finding_advice(row->id));
	outbuf_char(out, ' ');
	put_links(page, &row->tally);
	outbuf_str(out, "</span></li>\n");
}

/* Print missing segments first: these limit every other statement. */
static void
put_capture_loss(const struct page *page)
{
	const uint64_t count = triage_count(&page->drawn.triage,
	    FINDING_CAPTURE_LOSS);

	if (count > 0)
		outbuf_printf(page->out, "<li><b>The capture is not "
		    "complete.</b> Segments are missing in %" PRIu64
		    " connection%s: they were acknowledged but never captured."
		    "</li>\n", count, plural(count));
}

/* No answer can be late where none was captured. */
static void
put_one_sided(const struct page *page)
{
	const uint64_t count = page->drawn.triage.one_sided;

	if (count > 0)
		outbuf_printf(page->out, "<li><b>One direction only was "
		    "captured of %" PRIu64 " connection%s.</b> The other "
		    "takes another path, or a filter left it out: waits "
		    "cannot be judged.</li>\n", count, plural(count));
}

static void
put_findings(const struct page *page)
{
	const struct triage *triage = &page->drawn.triage;
	struct triage_row rows[TRIAGE_ROWS];
	struct triage_rest rest;
	const unsigned count = triage_rows(triage, rows, &rest);

	outbuf_str(page->out, "<ul class=\"f\">\n");
	put_capture_loss(page);
	put_one_sided(page);
	for (unsigned i = 0; i < count; i++)
		put_finding(page, &rows[i]);
	if (rest.rows > 0)
		outbuf_printf(page->out, "<li>%" PRIu64 " more finding%s of "
		    "less weight</li>\n", rest.rows, plural(rest.rows));
	if (count == 0 && triage->outcome[OUTCOME_HEALTHY] > 0)
		outbuf_printf(page->out, "<li class=\"ok\"><b>No problem "
		    "found.</b> %" PRIu64 " of %" PRIu64 " connection%s could "
		    "be judged healthy.</li>\n",
		    triage->outcome[OUTCOME_HEALTHY], page->drawn.conns,
		    plural(page->drawn.conns));
	else if (count == 0)
		outbuf_str(page->out, "<li><b>No verdict.</b> The capture "
		    "does not show enough to judge a connection.</li>\n");
	outbuf_str(page->out, "</ul>\n");
}

/* ---- figures ---- */

static void
put_figures(const struct page *page)
{
	const struct drawn *drawn = &page->drawn;
	const struct html_figure figures[] = {
		{ "connections", drawn->conns },
		{ "complete", drawn->complete },
		{ "reset", drawn->reset },
		{ "still open", drawn->open },
		{ "no answer", drawn->unanswered },
		{ "segments", drawn->segments },
		{ "retransmitted", drawn->retransmitted },
	};
	char bytes[TEXT_NUMBER];

	(void)text_bytes(bytes, drawn->bytes);
	html_put_figures(page->out, figures, ARRAY_LEN(figures), "payload",
	    bytes);
}

/* ---- timeline ---- */

static void
put_key(const struct page *page)
{
	struct outbuf *out = page->out;

	outbuf_str(out, "<ul class=\"key\">");
	for (enum wait_kind kind = 0; kind < WAIT_KINDS; kind++) {
		const bool is_thin = wait_is_thin(kind);

		outbuf_str(out, "<li><svg width=\"16\" height=\"12\" "
		    "aria-hidden=\"true\">");
		svg_rect(out, &(struct rect){
		    .y = is_thin ? 45 : 10, .width = 16 * PX,
		    .height = is_thin ? 30 : 10 * PX,
		    .paint = wait_paint(kind),
		});
		/* The space is for browsers without style. */
		outbuf_printf(out, "</svg> %s</li>", wait_words(kind));
	}
	outbuf_str(out, "<li>\xe2\x94\x82 FIN</li><li>\xc3\x97 RST</li>"
	    "<li>\xe2\x80\xba open at the end</li><li>\xe2\x97\x8b no answer"
	    "</li></ul>\n");
}

/* "80 % of the segments lie in 120 ms, from 3.1 s on:" */
static void
put_busy_part(const struct page *page, struct timeline timeline)
{
	const struct conn *conn[TIMELINE_ROWS];
	char ns[TEXT_NUMBER], from[TEXT_NUMBER];
	struct busy_part part;

	if (!timeline_busy_part(&timeline, &part))
		return;
	(void)text_ns(ns, part.to_ns - part.from_ns);
	(void)text_ns(from, part.from_ns - timeline.zero_ns);
	outbuf_printf(page->out, "<p class=\"m\">%" PRIu64 " %% of the "
	    "segments lie in %s, from %s on:</p><figure>\n",
	    part.segments * 100 / part.all, ns, from);
	timeline.id = "tb";
	timeline_zoom(&timeline, &part, conn);
	timeline_put(page->out, &timeline);
	outbuf_str(page->out, "</figure>\n");
}

static void
put_timeline(const struct page *page)
{
	const struct tcpstates_totals *totals = tcpstates_totals(page->ts);
	struct timeline timeline = {
		.id = "tl",
		.conn = page->drawn.row,
		.count = page->drawn.row_count,
		.left_out = page->drawn.conns - page->drawn.row_count,
		.linked = page->drawn.sheet,
		.linked_count = page->drawn.sheet_count,
		.collector = page->collector,
		.zero_ns = totals->first_ns,
	};

	if (timeline.count == 0)
		return;
	drawn_extent(&page->drawn, &timeline.first_ns, &timeline.last_ns);
	outbuf_str(page->out, "<section><h2 id=\"timeline\">Timeline</h2>"
	    "<figure>\n");
	timeline_put(page->out, &timeline);
	outbuf_str(page->out, "</figure>\n");
	put_busy_part(page, timeline);
	put_key(page);
	outbuf_str(page->out, "</section>\n");
}

/* ---- a connection ---- */

static bool
is_first_open(const struct page *page, const struct conn *conn)
{
	for (size_t i = 0; i < page->drawn.open_count; i++)
		if (page->drawn.first_open[i] == conn)
			return true;
	return false;
}

static uint64_t
retransmitted(const struct conn *conn)
{
	const struct analysis *analysis = conn->analysis;

	return analysis == NULL || analysis->stats == NULL ? 0 :
	    (uint64_t)analysis->stats[0].judged[JUDGED_RETRANSMISSION] +
	    analysis->stats[1].judged[JUDGED_RETRANSMISSION];
}

static void
put_summary(const struct page *page, const struct conn *conn)
{
	const uint64_t again = retransmitted(conn);
	char orig[ADDR_ENDPOINT_BUFSIZE], resp[ADDR_ENDPOINT_BUFSIZE];
	char ns[TEXT_NUMBER], bytes[TEXT_NUMBER];

	(void)addr_format_endpoint(orig, conn, conn->orig);
	(void)addr_format_endpoint(resp, conn, !conn->orig);
	(void)text_ns(ns, nstime_diff(conn->last_ns, conn->first_ns));
	(void)text_bytes(bytes, conn->endpoint[0].bytes +
	    conn->endpoint[1].bytes);
	outbuf_printf(page->out, "<summary><h3>%" PRIu64 ": %s \xe2\x86\x92 "
	    "%s</h3> <span class=\"m\">%s, %s, %" PRIu64 "+%" PRIu64
	    " segments, %s", conn->number, orig, resp,
	    end_words(close_end(conn)), ns, conn_orig(conn)->pkts,
	    conn_resp(conn)->pkts, bytes);
	if (again > 0)
		outbuf_printf(page->out, ", <b>%" PRIu64
		    " retransmitted</b>", again);
	outbuf_str(page->out, "</span></summary>\n");
}

static void
put_line(const struct page *page, const struct diagnosis_line *line)
{
	struct outbuf *out = page->out;

	if (line->kind == DIAGNOSIS_VERDICT)
		outbuf_str(out, "<b>");
	if (line->frame != 0 && line->last_frame > line->frame)
		outbuf_printf(out, "frames %" PRIu64 " to %" PRIu64 ": ",
		    line->frame, line->last_frame);
	else if (line->frame != 0)
		outbuf_printf(out, "frame %" PRIu64 ": ", line->frame);
	for (const char *at = line->text; *at != '\0';) {
		char part[MARKUP_TEXT_MAX + 1];
		const size_t len = strnlen(at, MARKUP_TEXT_MAX);

		memcpy(part, at, len);
		part[len] = '\0';
		markup_text(out, part);
		at += len;
	}
	if (line->kind == DIAGNOSIS_VERDICT)
		outbuf_str(out, "</b>");
}

static void
put_diagnosis(const struct page *page)
{
	const struct diagnosis_model *model = &page->model;
	unsigned i = 0;

	if (model->line_count == 0)
		return;
	outbuf_str(page->out, "<p>");
	put_line(page, &model->line[i++]);
	outbuf_str(page->out, "</p>");
	if (i == model->line_count)
		return;
	outbuf_str(page->out, "<ul class=\"e\">");
	for (; i < model->line_count; i++) {
		outbuf_str(page->out, "<li>");
		put_line(page, &model->line[i]);
		outbuf_str(page->out, "</li>");
	}
	outbuf_str(page->out, "</ul>\n");
}

/* "Where the time went: server wait 1.2 s (80 %), path 12 ms (1 %)" */
static void
put_parts(const struct page *page)
{
	const struct diagnosis_model *model = &page->model;
	char ns[TEXT_NUMBER];

	for (unsigned i = 0; i < model->part_count; i++) {
		(void)text_ns(ns, model->part[i].ns);
		outbuf_printf(page->out, "%s%s %s", i == 0 ?
		    "<p class=\"m\">Where the time went: " : ", ",
		    model->part[i].words, ns);
		if (model->part[i].permille >= 5)
			outbuf_printf(page->out, " (%u %%)",
			    (model->part[i].permille + 5) / 10);
	}
	if (model->part_count > 0)
		outbuf_str(page->out, ".</p>\n");
}

static void
put_moments(const struct page *page, const struct conn *conn,
    const struct picture *picture)
{
	struct moment moments[MOMENTS_MAX];
	const unsigned count = sheet_moments(conn, picture, moments);
	char id[32], from[TEXT_NUMBER], cost[TEXT_NUMBER];

	for (unsigned i = 0; i < count; i++) {
		(void)text_ns(from, moments[i].wait_ns - conn->first_ns);
		(void)text_ns(cost, moments[i].cost_ns);
		outbuf_printf(page->out, "<p class=\"m\"><b>%u</b> A wait of "
		    "%s, %s after the beginning:</p><figure>\n", i + 1, cost,
		    from);
		(void)snprintf(id, sizeof(id), "s%" PRIu64 "m%u",
		    conn->number, i);
		sheet_put(page->out, conn, picture, &(struct sheet_options){
		    .id = id, .moment = &moments[i],
		});
		outbuf_str(page->out, "</figure>\n");
	}
}

static void
put_pictures(const struct page *page, const struct conn *conn)
{
	const struct picture *picture = collector_find(page->collector,
	    conn->number);
	char id[32];

	if (picture == NULL || picture->count == 0) {
		outbuf_str(page->out, "<p class=\"m\">No picture: there was "
		    "no room for its segments.</p>\n");
		return;
	}
	outbuf_str(page->out, "<figure>\n");
	(void)snprintf(id, sizeof(id), "s%" PRIu64, conn->number);
	sheet_put(page->out, conn, picture,
	    &(struct sheet_options){ .id = id });
	outbuf_str(page->out, "</figure>\n");
	if (picture->is_thinned)
		outbuf_printf(page->out, "<p class=\"m\">Drawn from %" PRIu32
		    " of %" PRIu64 " segments: the highest and lowest of each "
		    "stretch of time.</p>\n", picture->count,
		    picture->segments);
	put_moments(page, conn, picture);
	outbuf_printf(page->out, "<details%s><summary>Ladder</summary><figure>"
	    "\n", conn->endpoint[0].bytes + conn->endpoint[1].bytes == 0 ?
	    " open" : "");
	(void)snprintf(id, sizeof(id), "l%" PRIu64, conn->number);
	ladder_put(page->out, conn, picture,
	    &(struct ladder_options){ .id = id });
	outbuf_str(page->out, "</figure></details>\n");
}

static void
put_connection(struct page *page, const struct conn *packed)
{
	struct pack_room room;
	const struct conn *conn = pack_read(packed, &room);

	diagnosis_describe(&page->model, packed);
	outbuf_printf(page->out, "<details id=\"c%" PRIu64 "\"%s>",
	    conn->number, is_first_open(page, packed) ? " open" : "");
	put_summary(page, conn);
	put_diagnosis(page);
	put_parts(page);
	put_pictures(page, conn);
	outbuf_str(page->out, "</details>\n");
}

static void
put_connections(struct page *page)
{
	const struct drawn *drawn = &page->drawn;

	if (drawn->sheet_count == 0)
		return;
	outbuf_str(page->out, "<section><h2 id=\"connections\">Connections"
	    "</h2>\n");
	if (drawn->sheet_count < drawn->conns)
		outbuf_printf(page->out, "<p class=\"m\">The %zu of %" PRIu64
		    " with most to see; --conn=N draws others.</p>\n",
		    drawn->sheet_count, drawn->conns);
	for (size_t i = 0; i < drawn->sheet_count; i++)
		put_connection(page, drawn->sheet[i]);
	outbuf_str(page->out, "</section>\n");
}

/* ---- the page ---- */

static void
put_page(struct page *page)
{
	put_head(page);
	put_title(page);
	put_findings(page);
	put_figures(page);
	put_timeline(page);
	html_put_hosts(page->out, &page->context->options->select,
	    tcpstates_first(page->ts));
	put_connections(page);
	outbuf_str(page->out, "</main>");
	html_end(page->out, "Times are those of the capture point.");
}

static int
html_finish(struct display *display, const struct tcpstates *ts)
{
	struct page *page = mem_zalloc(sizeof(*page));
	int error;

	if (page == NULL)
		return -ERR_NOMEM;
	page->out = display->out;
	page->context = display->context;
	page->ts = ts;
	page->collector = display->context->collector;
	error = drawn_choose(&page->drawn, display->context, ts);
	put_page(page);
	drawn_fini(&page->drawn);
	mem_free(page);
	return error;
}

const struct display_type html_display = {
	.place = DISPLAY_FILE,
	.is_enough = true,
	.argument = DISPLAY_ARG_FILE,
	.needs = DISPLAY_NEEDS_ANALYSIS | DISPLAY_NEEDS_DIAGNOSIS |
	    DISPLAY_NEEDS_PICTURES,
	.finish = html_finish,
};
