/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters in the text format of Prometheus, for the textfile collector of
 * node_exporter.  No label names a connection or an address: the number of
 * series is fixed, whatever the traffic.
 *
 * Segments are counted as they are processed; what only the whole connection
 * shows (its close reason, duration, round-trip time, zero-window time) when
 * the connection leaves the table, or at the end of the capture.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/outbuf.h"
#include "engine/engine.h"
#include "flow/conn.h"
#include "flow/limits.h"
#include "records/record.h"
#include "tcp/close.h"
#include "tcp/judged.h"
#include "tcp/state.h"
#include "views/display.h"

/* Upper bounds of buckets: powers of two, from 131 us to 69 s. */
#define BUCKET_FIRST	17	/* 2^17 ns */
#define BUCKET_LAST	36
#define BUCKETS		(BUCKET_LAST - BUCKET_FIRST + 1)
#define LABELS_SIZE	96	/* of one sample, without the interface */

/* A histogram; bucket i counts values up to 2^(BUCKET_FIRST + i) ns. */
struct durations {
	uint64_t bucket[BUCKETS];
	uint64_t count;
	uint64_t sum_ns;
};

struct metrics {
	uint64_t segments[2];		/* by sender */
	uint64_t payload[2];		/* bytes, by sender */
	uint64_t judged[2][JUDGED_COUNT];
	uint64_t endpoints[STATE_COUNT];	/* of followed connections */
	uint64_t ended[END_COUNT];
	uint64_t zero_window_ns[2];	/* advertised by the side */
	struct durations duration;
	struct durations rtt[2];	/* of handshakes: orig, resp */
};

static const char *const side_names[2] = { "originator", "responder" };

/* ---- counting ---- */

static void
durations_add(struct durations *durations, int64_t duration_ns)
{
	const uint64_t ns = duration_ns > 0 ? (uint64_t)duration_ns : 0;

	durations->count++;
	durations->sum_ns += ns;
	for (unsigned i = 0; i < BUCKETS; i++) {
		if (ns <= UINT64_C(1) << (BUCKET_FIRST + i)) {
			durations->bucket[i]++;
			return;
		}
	}
}

/* The value of a column in nanoseconds.  False if there is none. */
static bool
get_duration(const struct conn *conn, enum record_key key, int64_t *ret_ns)
{
	struct value value = { .type = VALUE_NULL };

	record_get(record_column(key), conn, &value);
	if (value.type != VALUE_DURATION)
		return false;
	*ret_ns = value.u.ns;
	return true;
}

/* By its word, as the analysis of the connection may be packed. */
static void
count_reason(struct metrics *metrics, const struct conn *conn)
{
	struct value value = { .type = VALUE_NULL };

	record_get(record_column(KEY_end_reason), conn, &value);
	for (enum end end = 0; end < END_COUNT; end++)
		if (value.type == VALUE_TEXT && value.u.text == end_key(end))
			metrics->ended[end]++;
}

static void
count_end(struct metrics *metrics, const struct conn *conn)
{
	int64_t ns;

	count_reason(metrics, conn);
	if (get_duration(conn, KEY_duration, &ns))
		durations_add(&metrics->duration, ns);
	if (get_duration(conn, KEY_rtt_ack, &ns))
		durations_add(&metrics->rtt[0], ns);
	if (get_duration(conn, KEY_rtt_syn, &ns))
		durations_add(&metrics->rtt[1], ns);
	if (get_duration(conn, KEY_orig_zero_window_secs, &ns))
		metrics->zero_window_ns[0] += (uint64_t)ns;
	if (get_duration(conn, KEY_resp_zero_window_secs, &ns))
		metrics->zero_window_ns[1] += (uint64_t)ns;
}

static void
metrics_processed(struct display *display, const struct conn *conn,
    const struct segment *segment, unsigned side, uint32_t judged)
{
	struct metrics *metrics = display->state;
	const unsigned from = side != conn->orig;

	metrics->segments[from]++;
	metrics->payload[from] += segment->payload_len;
	for (unsigned i = 0; judged != 0; i++, judged >>= 1)
		metrics->judged[from][i] += judged & 1;
}

/* Nothing is counted of an endpoint before its first change of state. */
static void
leave_state(struct metrics *metrics, unsigned state)
{
	uint64_t *count = &metrics->endpoints[state];

	*count -= *count > 0;
}

static void
metrics_transition(struct display *display, UNUSED const struct conn *conn,
    const struct transition *transition)
{
	struct metrics *metrics = display->state;

	if (transition->since_ns >= 0)
		leave_state(metrics, transition->from);
	metrics->endpoints[transition->to]++;
}

static void
metrics_ended(struct display *display, const struct conn *conn)
{
	struct metrics *metrics = display->state;

	for (unsigned side = 0; side < 2; side++)
		leave_state(metrics, conn->endpoint[side].state);
	count_end(metrics, conn);
}

/* Connections that no limit has retired end with the capture. */
static int
metrics_finish(struct display *display, const struct tcpstates *ts)
{
	for (const struct conn *conn = tcpstates_first(ts); conn != NULL;
	    conn = conn->next)
		if (conn->retired == RETIRED_NOT)
			count_end(display->state, conn);
	return 0;
}

/* ---- the page ---- */

/* A page that is being written. */
struct page {
	struct outbuf *out;
	const char *interface;		/* or files */
};

/* # HELP and # TYPE; the names of metrics begin alike. */
static void
put_family(const struct page *page, const char *name, const char *type,
    const char *help)
{
	outbuf_printf(page->out, "# HELP tcpstates_%s %s\n"
	    "# TYPE tcpstates_%s %s\n", name, help, name, type);
}

/* A label's value: a backslash before backslashes, quotes and newlines. */
static void
put_escaped(struct outbuf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\\' || *text == '"' || *text == '\n')
			outbuf_char(out, '\\');
		outbuf_char(out, *text == '\n' ? 'n' : *text);
	}
}

/* All of a sample but its value; `labels` is "" or ends with a comma. */
static void
put_name(const struct page *page, const char *name, const char *labels)
{
	outbuf_printf(page->out, "tcpstates_%s{%sinterface=\"", name, labels);
	put_escaped(page->out, page->interface);
	outbuf_str(page->out, "\"} ");
}

static void
put_number(const struct page *page, const char *name, const char *labels,
    uint64_t number)
{
	put_name(page, name, labels);
	outbuf_u64(page->out, number);
	outbuf_char(page->out, '\n');
}

static void
put_seconds(const struct page *page, const char *name, const char *labels,
    uint64_t ns)
{
	put_name(page, name, labels);
	outbuf_printf(page->out, "%" PRIu64 ".%09" PRIu64 "\n",
	    ns / NS_PER_SEC, ns % NS_PER_SEC);
}

/* One number of each side. */
static void
put_sides(const struct page *page, const char *name, const char *label,
    const uint64_t number[2])
{
	char labels[LABELS_SIZE];

	for (unsigned side = 0; side < 2; side++) {
		(void)snprintf(labels, sizeof(labels), "%s=\"%s\",", label,
		    side_names[side]);
		put_number(page, name, labels, number[side]);
	}
}

/* Frames by verdict, or others of which each has a word. */
static void
put_words(const struct page *page, const char *name, const char *label,
    const char *word, uint64_t number)
{
	char labels[LABELS_SIZE];

	(void)snprintf(labels, sizeof(labels), "%s=\"%s\",", label, word);
	put_number(page, name, labels, number);
}

static void
put_histogram(const struct page *page, const char *name, const char *labels,
    const struct durations *durations)
{
	char whole[64], with_bound[LABELS_SIZE];
	uint64_t below = 0;

	(void)snprintf(whole, sizeof(whole), "%s_bucket", name);
	for (unsigned i = 0; i < BUCKETS; i++) {
		const uint64_t ns = UINT64_C(1) << (BUCKET_FIRST + i);

		below += durations->bucket[i];
		(void)snprintf(with_bound, sizeof(with_bound),
		    "%sle=\"%" PRIu64 ".%09" PRIu64 "\",", labels,
		    ns / NS_PER_SEC, ns % NS_PER_SEC);
		put_number(page, whole, with_bound, below);
	}
	(void)snprintf(with_bound, sizeof(with_bound), "%sle=\"+Inf\",",
	    labels);
	put_number(page, whole, with_bound, durations->count);
	(void)snprintf(whole, sizeof(whole), "%s_sum", name);
	put_seconds(page, whole, labels, durations->sum_ns);
	(void)snprintf(whole, sizeof(whole), "%s_count", name);
	put_number(page, whole, labels, durations->count);
}

static void
put_frames(const struct page *page, const struct tcpstates_totals *totals)
{
	unsigned at = 0;

	put_family(page, "frames_total", "counter",
	    "Frames captured, by what became of them.");
#define VERDICT(name, key, words, sentence)				\
	put_words(page, "frames_total", "verdict", key,			\
	    totals->verdicts[at++]);
#include "decode/verdicts.def"
#undef VERDICT
	put_family(page, "frame_bytes_total", "counter",
	    "Length of all frames on the wire.");
	put_number(page, "frame_bytes_total", "", totals->bytes);
}

static void
put_kernel(const struct page *page, const struct record_kernel *kernel)
{
	put_family(page, "kernel_received_packets_total", "counter",
	    "Packets that the kernel received for this capture.");
	put_number(page, "kernel_received_packets_total", "",
	    kernel->received);
	put_family(page, "kernel_dropped_packets_total", "counter",
	    "Packets that the kernel dropped because the buffer was full.");
	put_number(page, "kernel_dropped_packets_total", "", kernel->dropped);
	put_family(page, "interface_dropped_packets_total", "counter",
	    "Packets that the interface dropped.");
	put_number(page, "interface_dropped_packets_total", "",
	    kernel->if_dropped);
}

static void
put_segments(const struct page *page, const struct metrics *metrics)
{
	char labels[LABELS_SIZE];

	put_family(page, "segments_total", "counter",
	    "TCP segments processed, by their sender.");
	put_sides(page, "segments_total", "from", metrics->segments);
	put_family(page, "payload_bytes_total", "counter",
	    "Payload of TCP segments, retransmissions included.");
	put_sides(page, "payload_bytes_total", "from", metrics->payload);
	put_family(page, "judged_segments_total", "counter",
	    "TCP segments by judgement; a segment can have several.");
	for (unsigned i = 0; i < JUDGED_COUNT; i++) {
		(void)snprintf(labels, sizeof(labels), "judgement=\"%s\",from",
		    judged_key(i));
		put_sides(page, "judged_segments_total", labels,
		    (const uint64_t[2]){ metrics->judged[0][i],
		    metrics->judged[1][i] });
	}
}

static void
put_conns(const struct page *page, const struct metrics *metrics,
    const struct tcpstates_totals *totals)
{
	put_family(page, "connections_total", "counter",
	    "TCP connections seen.");
	put_number(page, "connections_total", "", totals->conns);
	put_family(page, "connections_open", "gauge",
	    "TCP connections that are followed and have not closed.");
	put_number(page, "connections_open", "", totals->tally.open);
	put_family(page, "connections_ended_total", "counter",
	    "TCP connections that left the table, by close reason.");
	for (enum end end = 0; end < END_COUNT; end++)
		put_words(page, "connections_ended_total", "reason",
		    end_key(end), metrics->ended[end]);
	put_family(page, "connections_retired_total", "counter",
	    "TCP connections that left the table, by the limit applied.");
	for (enum retired why = RETIRED_NOT + 1; why < RETIRED_COUNT; why++)
		put_words(page, "connections_retired_total", "limit",
		    retired_word(why), totals->retired[why]);
}

static void
put_endpoints(const struct page *page, const struct metrics *metrics)
{
	put_family(page, "endpoints", "gauge",
	    "Endpoints of followed connections, by state (RFC 9293).");
	for (unsigned i = STATE_UNSEEN + 1; i < STATE_COUNT; i++)
		put_words(page, "endpoints", "state", state_name(i),
		    metrics->endpoints[i]);
}

static void
put_times(const struct page *page, const struct metrics *metrics)
{
	char labels[LABELS_SIZE];

	put_family(page, "zero_window_seconds_total", "counter",
	    "Time of zero windows, by the side that advertised them.");
	for (unsigned side = 0; side < 2; side++) {
		(void)snprintf(labels, sizeof(labels), "from=\"%s\",",
		    side_names[side]);
		put_seconds(page, "zero_window_seconds_total", labels,
		    metrics->zero_window_ns[side]);
	}
	put_family(page, "handshake_rtt_seconds", "histogram",
	    "Round-trip times of handshakes, capture point to side and back.");
	for (unsigned side = 0; side < 2; side++) {
		(void)snprintf(labels, sizeof(labels), "to=\"%s\",",
		    side_names[side]);
		put_histogram(page, "handshake_rtt_seconds", labels,
		    &metrics->rtt[side]);
	}
	put_family(page, "connection_duration_seconds", "histogram",
	    "Duration of connections that left the table.");
	put_histogram(page, "connection_duration_seconds", "",
	    &metrics->duration);
}

static void
metrics_replace(struct display *display, const struct tcpstates *ts)
{
	const struct display_capture *capture = &display->context->capture;
	const struct tcpstates_totals *totals = tcpstates_totals(ts);
	const struct page page = {
		.out = display->out,
		.interface = capture->record.input,
	};

	put_family(&page, "build_info", "gauge", "Version of tcpstates.");
	put_words(&page, "build_info", "version", capture->record.version, 1);
	put_frames(&page, totals);
	if (capture->has_kernel)
		put_kernel(&page, &capture->kernel);
	put_segments(&page, display->state);
	put_conns(&page, display->state, totals);
	put_endpoints(&page, display->state);
	put_times(&page, display->state);
}

static const char *
metrics_refuse(const struct display_options *options)
{
	if (options->no_analysis)
		return "--metrics does not go with --no-analysis: the "
		    "counters need the analysis";
	if (options->select.ranges != NULL)
		return "--conn does not go with --metrics: --metrics counts "
		    "all connections";
	return NULL;
}

const struct display_type metrics_display = {
	.place = DISPLAY_FILE,
	.argument = DISPLAY_ARG_FILE,
	.needs = DISPLAY_NEEDS_ANALYSIS | DISPLAY_NEEDS_TALLY,
	.excludes = DISPLAY_WITH_ONLY,
	.because = "counts all connections",
	.state_size = sizeof(struct metrics),
	.refuse = metrics_refuse,
	.replace = metrics_replace,
	.processed = metrics_processed,
	.transition = metrics_transition,
	.ended = metrics_ended,
	.finish = metrics_finish,
};
