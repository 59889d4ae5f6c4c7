/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The layout is a contract: users compare these lines with the output of other
 * programs.  Only the single blank lines between connections and sections are
 * free.
 */
#include "config.h"

#include "views/text.h"

#include <assert.h>

#include "base/outbuf.h"
#include "engine/engine.h"
#include "flow/conn.h"
#include "flow/summary.h"
#include "print/addr.h"
#include "views/print_threads.h"
#include "views/detail_text.h"
#include "views/diagnosis_text.h"
#include "views/display.h"
#include "records/record.h"
#include "records/select.h"
#include "records/select_walk.h"

#define DIGITS	6	/* decimals of everything in this report */

/* Bytes of a connection in section B, and with -v. */
#define USUAL_LEN	600
#define USUAL_DETAIL	4200

static void
put_rule(struct outbuf *out)
{
	static const char rule[] =
	    "______________________________________________"
	    "______________________________________________\n";

	static_assert(sizeof(rule) - 2 == 92, "as long as it always was");
	outbuf_mem(out, rule, sizeof(rule) - 1);
}

/*
 * Inline, because the lengths of literals are then known at compile time, and
 * most of a report is literals.
 */
static ALWAYS_INLINE void
put_words(struct outbuf *out, const char *words)
{
	outbuf_str(out, words);
	outbuf_mem(out, ": ", 2);
}

static ALWAYS_INLINE void
put_count(struct outbuf *out, const char *words, uint64_t count)
{
	put_words(out, words);
	outbuf_u64(out, count);
	outbuf_char(out, '\n');
}

static ALWAYS_INLINE void
put_addr(struct outbuf *out, const char *words, const struct conn *conn,
    unsigned side)
{
	char *at;

	put_words(out, words);
	at = outbuf_room(out, ADDR_BUFSIZE);
	outbuf_took(out, at + addr_format(at, conn->key.addr[side],
	    conn->key.ip_version));
	outbuf_char(out, '\n');
}

static void
put_status(struct outbuf *out, const struct conn *conn)
{
	char *at;

	put_words(out, "Status");
	at = outbuf_room(out, RECORD_COUNTS_BUFSIZE);
	outbuf_took(out, conn_is_reset(conn) ? put_mem(at, "R", 1) :
	    at + record_counts(at, conn));
	outbuf_char(out, '\n');
}

static ALWAYS_INLINE void
text_put_instant(struct outbuf *out, const char *words,
    const struct time_style *style, int64_t ns)
{
	char *at;

	put_words(out, words);
	at = outbuf_room(out, TIME_BUFSIZE);
	outbuf_took(out, at + time_format_instant(at, style, ns));
	outbuf_char(out, '\n');
}

static void
text_put_times(struct outbuf *out, const struct conn *conn,
    const struct time_style *style)
{
	char *at;

	put_words(out, "Duration");
	at = outbuf_room(out, NSTIME_BUFSIZE);
	outbuf_took(out, at + nstime_format_duration(at,
	    summary_duration(conn), DIGITS));
	outbuf_char(out, '\n');
	text_put_instant(out, "Start time", style, conn->first_ns);
	text_put_instant(out, "End Time", style, conn->last_ns);
}

static void
put_traffic(struct outbuf *out, const struct conn *conn)
{
	const struct endpoint *orig = conn_orig(conn);
	const struct endpoint *resp = conn_resp(conn);

	put_count(out, "Number of packets sent from Source to Destination",
	    orig->pkts);
	put_count(out, "Number of packets sent from Destination to Source",
	    resp->pkts);
	put_count(out, "Total number of packets", orig->pkts + resp->pkts);
	put_count(out, "Number of data bytes sent from Source to Destination",
	    orig->bytes);
	put_count(out, "Number of data bytes sent from Destination to Source",
	    resp->bytes);
	put_count(out, "Total number of data bytes",
	    orig->bytes + resp->bytes);
}

/* How section B prints a connection. */
struct conn_style {
	struct time_style time;
	bool detail;
};

static void
put_conn(const void *arg, struct outbuf *out, const struct conn *conn)
{
	const struct conn_style *style = arg;

	outbuf_mem(out, "\nConnection ", 12);
	outbuf_u64(out, conn->number);
	outbuf_mem(out, ":\n", 2);
	put_addr(out, "Source Address", conn, conn->orig);
	put_addr(out, "Destination address", conn, !conn->orig);
	put_count(out, "Source Port", conn->key.port[conn->orig]);
	put_count(out, "Destination Port", conn->key.port[!conn->orig]);
	put_status(out, conn);
	if (conn_is_complete(conn)) {
		text_put_times(out, conn, &style->time);
		put_traffic(out, conn);
	}
	if (style->detail) {
		detail_print(out, &style->time, conn);
		diagnosis_print_block(out, style->time.colour, conn);
	}
	outbuf_mem(out, "END\n", 4);
}

/* A: all connections, selected or not. */
static void
section_a(struct outbuf *out, const struct summary *summary)
{
	put_count(out, "A) Total number of connections", summary->total);
	put_rule(out);
}

void
text_dropped(struct outbuf *out, const struct report_options *options)
{
	if (options->dropped == NULL || options->dropped->total == 0)
		return;
	outbuf_char(out, '\n');
	put_count(out, "Connections that ended first, and are left out here",
	    options->dropped->total);
}

void
text_shown(struct outbuf *out, uint64_t shown, uint64_t all, const char *what)
{
	if (shown == all)
		return;
	outbuf_char(out, '\n');
	outbuf_u64(out, shown);
	outbuf_str(out, " of ");
	outbuf_u64(out, all);
	outbuf_char(out, ' ');
	outbuf_str(out, what);
	outbuf_char(out, '\n');
}

static int
section_b(struct outbuf *out, const struct conn *first,
    const struct report_options *options)
{
	struct conn_style style = {
		.time = options->style,
		.detail = options->detail,
	};
	const struct printers_job job = {
		.print = put_conn,
		.arg = &style,
		.usual_len = options->detail ? USUAL_DETAIL : USUAL_LEN,
	};
	struct select_walk walk;
	const int error = select_walk_begin(&walk, options->select, first);

	style.time.digits = DIGITS;
	outbuf_str(out, "\nB) Connections' details:\n");
	printers_print(options->printers, out, &walk, &job);
	select_walk_end(&walk);
	text_dropped(out, options);
	put_rule(out);
	return error;
}

static void
section_c(struct outbuf *out, const struct summary *summary)
{
	outbuf_str(out, "\nC) General\n");
	put_count(out, "The total number of complete TCP connections",
	    summary->complete);
	put_count(out, "The number of reset TCP connections",
	    summary->reset);
	put_count(out, "The number of TCP connections that were still open "
	    "when the trace capture ended", summary->open);
	put_count(out, "The number of TCP connections established before the "
	    "capture started", summary->midstream);
	put_rule(out);
}

/* How a spread of section D is worded. */
struct wording {
	const char *what;	/* after Minimum, Mean, Maximum */
	const char *unit;	/* after a figure other than n/a */
	bool is_time;		/* ns, printed as seconds */
};

static void
put_figure(struct outbuf *out, const char *which,
    const struct wording *wording, const char *figure)
{
	outbuf_str(out, which);
	outbuf_char(out, ' ');
	outbuf_str(out, wording->what);
	outbuf_mem(out, ": ", 2);
	outbuf_str(out, figure != NULL ? figure : "n/a");
	if (figure != NULL)
		outbuf_str(out, wording->unit);
	outbuf_char(out, '\n');
}

/* The minimum or maximum of a spread, exact. */
static void
put_extreme(struct outbuf *out, const char *which,
    const struct wording *wording, uint64_t value)
{
	char buf[NSTIME_BUFSIZE];

	if (wording->is_time)
		nstime_format_duration(buf, (int64_t)value, DIGITS);
	else
		nstime_format_mixed(buf, value, 0, 1, 0);
	put_figure(out, which, wording, buf);
}

static void
put_spread(struct outbuf *out, const struct wording *wording,
    const struct spread *spread)
{
	char mean[NSTIME_BUFSIZE];

	if (spread->count == 0) {
		put_figure(out, "Minimum", wording, NULL);
		put_figure(out, "Mean", wording, NULL);
		put_figure(out, "Maximum", wording, NULL);
		return;
	}
	sum_format_ratio(mean, &spread->sum, spread->count *
	    (wording->is_time ? (uint64_t)NS_PER_SEC : 1), DIGITS);
	put_extreme(out, "Minimum", wording, spread->min);
	put_figure(out, "Mean", wording, mean);
	put_extreme(out, "Maximum", wording, spread->max);
}

static void
section_d(struct outbuf *out, const struct summary *summary)
{
	static const struct wording duration = {
		"time duration", " seconds", true
	}, rtt = {
		"RTT value", "", true
	}, packets = {
		"number of packets including both send/received", "", false
	}, window = {
		"receive window size including both send/received", "", false
	};

	outbuf_str(out, "\nD) Complete TCP connections:\n");
	put_spread(out, &duration, &summary->duration);
	put_spread(out, &rtt, &summary->rtt);
	put_spread(out, &packets, &summary->packets);
	put_spread(out, &window, &summary->window);
	put_rule(out);
}

int
text_report(struct outbuf *out, const struct conn *first,
    const struct report_options *options)
{
	struct summary summary = { .total = 0 };
	int error;

	if (options->dropped != NULL)
		summary = *options->dropped;
	summary_add_all(&summary, first);
	section_a(out, &summary);
	error = section_b(out, first, options);
	section_c(out, &summary);
	section_d(out, &summary);
	return error;
}

void
text_report_totals(struct outbuf *out, const struct conn *first,
    const struct report_options *options)
{
	struct summary summary = { .total = 0 };

	if (options->dropped != NULL)
		summary = *options->dropped;
	summary_add_all(&summary, first);
	section_a(out, &summary);
	section_c(out, &summary);
	section_d(out, &summary);
}

/* ---- the display ---- */

/* The report has the times of its files, wherever it is shown. */
static enum time_format
report_time(const struct display_context *context)
{
	const struct display_options *options = context->options;

	return !options->has_time || options->time == TIME_AS_DELTA ||
	    options->time == TIME_AS_NONE ? TIME_AS_EPOCH : options->time;
}

struct report_options
report_options_of(const struct display_context *context,
    const struct tcpstates *ts)
{
	struct time_style style = context->time;

	style.format = report_time(context);
	return (struct report_options){
		.select = &context->options->select,
		.columns = &context->options->columns,
		.width = context->width,
		.style = style,
		.detail = display_shows(context, DISPLAY_DETAIL),
		.processes = context->options->processes,
		.no_header = context->options->no_header,
		.names = context->names,
		.dropped = &tcpstates_totals(ts)->left_out,
		.printers = context->printers,
	};
}

static int
report_finish(struct display *display, const struct tcpstates *ts)
{
	const struct report_options options = report_options_of(
	    display->context, ts);

	return text_report(display->out, tcpstates_first(ts), &options);
}

const struct display_type report_display = {
	.place = DISPLAY_ALONE,
	.finish = report_finish,
};
