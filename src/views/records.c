/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records, in any format.  Without other options all records are written at
 * the end; with --interval, records of intervals come before; with --stream,
 * the record of a connection is written when the connection has closed, and
 * again if later segments have changed it.
 */
#include "config.h"

#include "base/compiler.h"
#include "base/outbuf.h"
#include "engine/engine.h"
#include "records/record.h"
#include "records/select.h"
#include "records/select_walk.h"
#include "records/writer.h"
#include "views/display.h"
#include "views/print_threads.h"
#include "views/triage_collect.h"

#define USUAL_LEN	3500	/* bytes of a record in NDJSON */

/* ---- parts ---- */

/* A writer and the record `capture`, with which every output begins. */
static void
begin_records(struct display *display, struct writer *writer)
{
	const struct display_context *context = display->context;
	struct record_capture capture = context->capture.record;

	writer_init(writer, context->options->format, display->out,
	    context->time.digits, context->wants_heading);
	writer->choice = &context->options->columns;
	capture.is_nanosecond = writer->digits > 6;
	record_capture(writer, &capture);
}

/* Was the record, as it is now, written at the close? */
static bool
is_written(const struct conn *conn)
{
	return conn->is_reported && !conn->is_revised;
}

static void
print_conn(const void *arg, struct outbuf *out, const struct conn *conn)
{
	struct writer writer = *(const struct writer *)arg;

	if (is_written(conn))
		return;
	writer.out = out;
	record_conn_and_findings(&writer, conn);
}

/* The records of selected connections in the list of the engine. */
static int
put_conns(const struct display_context *context, struct writer *writer,
    const struct conn *first)
{
	const struct printers_job job = {
		.print = print_conn,
		.arg = writer,
		.usual_len = USUAL_LEN,
	};
	struct select_walk walk;
	const int error = select_walk_begin(&walk, &context->options->select,
	    first);
	const struct conn *conn = select_walk_next(&walk);

	while (conn != NULL && is_written(conn))
		conn = select_walk_next(&walk);
	if (conn != NULL) {
		/* Only the first record may write a header. */
		record_conn_and_findings(writer, conn);
		printers_print(context->printers, writer->out, &walk, &job);
	}
	select_walk_end(&walk);
	return error;
}

static void
put_summary_record(const struct display_context *context, struct writer *writer,
    const struct tcpstates *ts)
{
	writer->is_interim = context->is_interim;
	record_summary(writer, tcpstates_first(ts), tcpstates_totals(ts),
	    context->capture.has_kernel ? &context->capture.kernel : NULL);
}

static int
put_rest(const struct display_context *context, struct writer *writer,
    const struct tcpstates *ts)
{
	const int error = put_conns(context, writer, tcpstates_first(ts));

	put_summary_record(context, writer, ts);
	writer_finish(writer);
	return error;
}

/* ---- all at the end ---- */

static bool
wants_segments(const struct display_options *options)
{
	return (options->chosen & UINT32_C(1) << DISPLAY_SEGMENTS) != 0;
}

static bool
wants_triage(const struct display_options *options)
{
	return (options->chosen & UINT32_C(1) << DISPLAY_DIAGNOSE) != 0;
}

static bool
records_are_implied(const struct display_options *options)
{
	return options->format != NULL && !options->stream &&
	    options->interval_ns == 0 && !wants_segments(options) &&
	    !wants_triage(options) && options->by == GROUPING_NONE;
}

static int
records_finish(struct display *display, const struct tcpstates *ts)
{
	struct writer writer;

	begin_records(display, &writer);
	return put_rest(display->context, &writer, ts);
}

const struct display_type records_display = {
	.place = DISPLAY_ALONE,
	.writes_records = true,
	.has_columns = true,
	.needs = DISPLAY_NEEDS_ANALYSIS | DISPLAY_NEEDS_DIAGNOSIS,
	.is_implied = records_are_implied,
	.finish = records_finish,
};

/* ---- the same with the triage ---- */

static bool
triage_records_are_implied(const struct display_options *options)
{
	return options->format != NULL && wants_triage(options) &&
	    !wants_segments(options);
}

static const char *
triage_records_refuse(const struct display_options *options)
{
	if (options->stream || options->interval_ns != 0)
		return "--diagnose with records does not go with --stream or "
		    "--interval: its records are written at the end";
	return NULL;
}

static void
triage_records_ended(struct display *display, const struct conn *conn)
{
	triage_collect_ended(display->state, conn);
}

static int
put_triage_records(struct display *display, struct writer *writer,
    const struct tcpstates *ts)
{
	struct triage_row row[TRIAGE_ROWS];
	struct triage_rest rest;
	struct triage triage;
	const int error = triage_collect_all(display->state,
	    &display->context->options->select, tcpstates_first(ts), &triage);
	const unsigned count = triage_rows(&triage, row, &rest);

	for (unsigned i = 0; i < count; i++)
		record_triage(writer, &row[i], i + 1);
	triage_fini(&triage);
	return error;
}

/* Of formats with one type of record: the triage alone. */
static int
triage_records_finish(struct display *display, const struct tcpstates *ts)
{
	struct writer writer;
	int error = 0;

	begin_records(display, &writer);
	writer.has_triage = writer.format->has_only_conns;
	if (!writer.has_triage)
		error = put_conns(display->context, &writer,
		    tcpstates_first(ts));
	if (error == 0)
		error = put_triage_records(display, &writer, ts);
	put_summary_record(display->context, &writer, ts);
	writer_finish(&writer);
	return error;
}

static void
triage_records_fini(struct display *display)
{
	triage_collect_fini(display->state);
}

const struct display_type triage_records_display = {
	.place = DISPLAY_ALONE,
	.writes_records = true,
	.needs = DISPLAY_NEEDS_ANALYSIS | DISPLAY_NEEDS_DIAGNOSIS,
	.state_size = sizeof(struct triage_collect),
	.is_implied = triage_records_are_implied,
	.refuse = triage_records_refuse,
	.ended = triage_records_ended,
	.finish = triage_records_finish,
	.fini = triage_records_fini,
};

/* ---- intervals, then the rest ---- */

static bool
interval_records_are_implied(const struct display_options *options)
{
	return options->format != NULL && !options->stream &&
	    options->interval_ns != 0 && !wants_segments(options) &&
	    !wants_triage(options) && options->by == GROUPING_NONE;
}

/* Also of a stream. */
static const char *
interval_records_refuse(const struct display_options *options)
{
	if (options->interval_ns != 0 && options->format->has_only_conns)
		return "--interval does not go with --csv: a row of CSV is a "
		    "connection, not an interval; use -J or the report";
	return NULL;
}

static void
gradual_begin(struct display *display)
{
	begin_records(display, display->state);
}

static void
gradual_interval(struct display *display, const struct interval *interval)
{
	record_interval(display->state, interval);
}

static int
gradual_finish(struct display *display, const struct tcpstates *ts)
{
	return put_rest(display->context, display->state, ts);
}

const struct display_type interval_records_display = {
	.place = DISPLAY_ALONE,
	.writes_records = true,
	.has_columns = true,
	.needs = DISPLAY_NEEDS_ANALYSIS | DISPLAY_NEEDS_DIAGNOSIS,
	.state_size = sizeof(struct writer),
	.is_implied = interval_records_are_implied,
	.refuse = interval_records_refuse,
	.begin = gradual_begin,
	.interval = gradual_interval,
	.finish = gradual_finish,
};

/* ---- each segment ---- */

static bool
segment_records_are_implied(const struct display_options *options)
{
	return options->format != NULL && wants_segments(options);
}

static void
segment_records_begin(struct display *display)
{
	struct writer *writer = display->state;

	begin_records(display, writer);
	writer->has_segments = true;
}

static void
segment_records_segment(struct display *display, const struct conn *conn,
    const struct segment *segment, const struct judgement *judgement)
{
	record_segment(display->state, conn, segment, judgement);
}

static int
segment_records_finish(struct display *display, const struct tcpstates *ts)
{
	put_summary_record(display->context, display->state, ts);
	writer_finish(display->state);
	return 0;
}

/* Segments are written at once, so that nothing is stored for them. */
const struct display_type segment_records_display = {
	.place = DISPLAY_ALONE,
	.has_frames = true,
	.writes_records = true,
	.needs = DISPLAY_NEEDS_ANALYSIS | DISPLAY_NEEDS_DIAGNOSIS,
	.excludes = DISPLAY_WITH_ONLY | DISPLAY_WITH_SORT |
	    DISPLAY_WITH_LIMIT | DISPLAY_WITH_INTERVAL,
	.because = "writes each segment as it comes; --conn is possible",
	.state_size = sizeof(struct writer),
	.is_implied = segment_records_are_implied,
	.begin = segment_records_begin,
	.segment = segment_records_segment,
	.finish = segment_records_finish,
};

/* ---- each connection when it has ended ---- */

static bool
stream_is_implied(const struct display_options *options)
{
	return options->stream && !wants_triage(options) &&
	    options->by == GROUPING_NONE;
}

static const char *
stream_refuse(const struct display_options *options)
{
	if (options->format == NULL)
		return "--stream writes records: add -J or --csv";
	return interval_records_refuse(options);
}

struct stream {
	struct writer writer;
	struct printers_job job;
	bool has_heading;	/* a record was written, after the heading */
};

static void
print_ended(const void *arg, struct outbuf *out, const struct conn *conn)
{
	struct writer writer = *(const struct writer *)arg;

	writer.out = out;
	record_conn_and_findings(&writer, conn);
}

static void
stream_begin(struct display *display)
{
	struct stream *stream = display->state;

	begin_records(display, &stream->writer);
	stream->has_heading = false;
	stream->job = (struct printers_job){
		.print = print_ended,
		.arg = &stream->writer,
		.usual_len = USUAL_LEN,
	};
}

/* Write all records of connections that are not written yet. */
static void
stream_settle(struct display *display)
{
	printers_settle(display->context->printers, display->out);
}

static void
stream_reclaim(struct display *display, const struct conn *conn)
{
	if (printers_have(display->context->printers, conn))
		stream_settle(display);
}

/*
 * A record that does not change is written by another thread, while this one
 * tracks; an analysis that is not packed may change any time.
 */
static void
stream_closed(struct display *display, const struct conn *conn)
{
	struct stream *stream = display->state;

	if (stream->has_heading && (conn->is_packed ||
	    conn->analysis == NULL)) {
		printers_add(display->context->printers, display->out, conn,
		    &stream->job);
		return;
	}
	stream_settle(display);
	record_conn_and_findings(&stream->writer, conn);
	stream->has_heading = true;
}

static void
stream_ended(struct display *display, const struct conn *conn)
{
	if (!is_written(conn))
		stream_closed(display, conn);
}

static void
stream_interval(struct display *display, const struct interval *interval)
{
	struct stream *stream = display->state;

	stream_settle(display);
	record_interval(&stream->writer, interval);
}

/* No record is held back for longer than a second. */
static void
stream_tick(struct display *display, const struct tcpstates *ts UNUSED)
{
	stream_settle(display);
}

static int
stream_finish(struct display *display, const struct tcpstates *ts)
{
	struct stream *stream = display->state;

	stream_settle(display);
	return put_rest(display->context, &stream->writer, ts);
}

/*
 * Ended connections are written already and open ones will be: the summary is
 * all that an interim report adds.
 */
static int
stream_interim(struct display *display, const struct tcpstates *ts)
{
	struct stream *stream = display->state;

	stream_settle(display);
	put_summary_record(display->context, &stream->writer, ts);
	return 0;
}

const struct display_type stream_display = {
	.place = DISPLAY_ALONE,
	.writes_records = true,
	.has_columns = true,
	.needs = DISPLAY_NEEDS_ANALYSIS | DISPLAY_NEEDS_DIAGNOSIS,
	.excludes = DISPLAY_WITH_SORT | DISPLAY_WITH_LIMIT,
	.because = "writes each record when its connection has ended; "
	    "--only and --conn are possible",
	.state_size = sizeof(struct stream),
	.is_implied = stream_is_implied,
	.refuse = stream_refuse,
	.begin = stream_begin,
	.closed = stream_closed,
	.ended = stream_ended,
	.reclaim = stream_reclaim,
	.interval = stream_interval,
	.tick = stream_tick,
	.finish = stream_finish,
	.interim = stream_interim,
};
