/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/show.h"

#include <pcap/pcap.h>

#include "base/outbuf.h"
#include "capture/source.h"
#include "cli/options.h"
#include "print/interval.h"
#include "records/record.h"
#include "records/select.h"
#include "views/states.h"
#include "views/table.h"
#include "views/text.h"
#include "records/writer.h"
#include "engine/engine.h"

static void
on_transition(void *arg, const struct conn *conn,
    const struct transition *transition)
{
	struct show *show = arg;

	if (!select_matches(&show->options->select, conn))
		return;
	if (show->options->look == LOOK_SEGMENTS)
		segments_transition(show->out, &show->view, conn, transition);
	else
		states_line(show->out, &show->view.view, conn, transition);
}

static void
on_segment(void *arg, const struct conn *conn, const struct segment *segment,
    const struct judgement *judgement)
{
	struct show *show = arg;

	if (select_matches(&show->options->select, conn))
		segments_line(show->out, &show->view, conn, segment,
		    judgement);
}

static void
on_ended(void *arg, const struct conn *conn)
{
	struct show *show = arg;

	if (select_matches(&show->options->select, conn))
		record_conn(&show->writer, conn);
}

void
show_init(struct show *show, const struct options *options,
    struct outbuf *out, bool colour, bool is_headed)
{
	*show = (struct show){
		.options = options,
		.out = out,
		.view = {
			.view = {
				.time = options->time,
				.digits = 6,
				.colour = colour,
			},
			.many = !options->is_one_conn,
		},
		.is_headed = options->no_header || is_headed,
		.is_continuous = options->format != FORMAT_REPORT &&
		    (options->stream || options->interval_ns != 0),
	};
}

void
show_prepare(struct show *show, struct tcpstates_options *engine)
{
	const struct options *options = show->options;

	engine->keep_analysis = options->format != FORMAT_REPORT ||
	    options->look != LOOK_REPORT || options->verbose ||
	    options->select.sort != NULL || options->interval_ns != 0;
	engine->tally = options->interval_ns != 0;
	engine->limits = options->limits;
	engine->events.arg = show;
	if (options->stream)
		engine->events.ended = on_ended;
	if (options->look == LOOK_STATES || options->look == LOOK_SEGMENTS)
		engine->events.transition = on_transition;
	if (options->look == LOOK_SEGMENTS)
		engine->events.segment = on_segment;
}

/* ---- what output begins with ---- */

static void
make_writer(const struct show *show, struct writer *writer, unsigned digits)
{
	if (show->options->format == FORMAT_CSV)
		csv_writer(writer, show->out, digits, show->is_headed);
	else
		json_writer(writer, show->out, digits);
}

static void
put_capture(const struct show *show, struct writer *writer,
    const struct source_info *info)
{
	record_capture(writer, &(struct record_capture){
		.version = PACKAGE_VERSION,
		.input = info->is_live ? info->name :
		    show->options->input_names,
		.linktype = info->dlt >= 0 ?
		    pcap_datalink_val_to_name(info->dlt) : NULL,
		.filter = show->options->source.filter,
		.snaplen = info->snaplen,
		.is_live = info->is_live,
		.is_nanosecond = writer->digits > 6,
	});
}

static void
put_headings(struct show *show)
{
	const struct time_style *view = &show->view.view;

	if (show->is_headed)
		return;
	if (show->options->look == LOOK_STATES)
		states_heading(show->out, view);
	else if (show->options->look == LOOK_SEGMENTS)
		segments_legend(show->out, &show->view);
	else if (show->options->interval_ns != 0 &&
	    show->options->format == FORMAT_REPORT)
		interval_heading(show->out, view);
}

/* Before the first frame, somebody may want a report of nothing. */
static void
put_beginning(struct show *show, const struct source_info *info)
{
	if (show->has_begun)
		return;
	show->has_begun = true;
	show->view.view.digits = info->digits;
	if (show->is_continuous) {
		make_writer(show, &show->writer, info->digits);
		put_capture(show, &show->writer, info);
	}
	put_headings(show);
}

void
show_begin(struct show *show, const struct source_info *info,
    int64_t first_ns)
{
	if (show->has_base)
		return;
	show->has_base = true;
	show->view.view.base_ns = first_ns;
	show->view.view.digits = info->digits;
	put_beginning(show, info);
}

void
show_begin_again(struct show *show, const struct source_info *info)
{
	show->is_headed = show->options->no_header;
	if (!show->has_begun)
		return;
	if (show->is_continuous) {
		make_writer(show, &show->writer, show->writer.digits);
		put_capture(show, &show->writer, info);
	}
	put_headings(show);
}

void
show_interval(struct show *show, const struct interval *interval)
{
	if (show->options->format != FORMAT_REPORT)
		record_interval(&show->writer, interval);
	else
		interval_line(show->out, &show->view.view, interval);
}

/* ---- the report ---- */

/*
 * After section D, with -v: what became of every packet.  The lines add up
 * to the first.
 */
static void
put_balance(struct outbuf *out, const struct tcpstates *ts)
{
	const struct tcpstates_totals *totals = tcpstates_totals(ts);

	outbuf_str(out, "\nPackets read: ");
	outbuf_u64(out, totals->frames);
	outbuf_char(out, '\n');
	for (enum verdict v = 0; v < VERDICT_COUNT; v++) {
		outbuf_str(out, "  ");
		outbuf_str(out, verdict_words(v));
		outbuf_str(out, ": ");
		outbuf_u64(out, totals->verdicts[v]);
		outbuf_char(out, '\n');
	}
}

static bool
put_text(struct show *show, const struct tcpstates *ts)
{
	const struct report_options options = {
		.select = &show->options->select,
		.view = show->view.view,
		.detail = show->options->verbose,
		.no_header = show->options->no_header,
		.left_out = &tcpstates_totals(ts)->left_out,
		.crew = show->crew,
	};
	const struct conn *first = tcpstates_first(ts);
	int error = 0;

	if (show->options->interval_ns != 0)
		outbuf_char(show->out, '\n');	/* after the lines of those */
	switch (show->options->look) {
	case LOOK_REPORT:
		error = text_report(show->out, first, &options);
		break;
	case LOOK_TABLE:
		error = table_report(show->out, first, &options);
		break;
	case LOOK_STATES:
	case LOOK_SEGMENTS:
		break;	/* written as things happened */
	}
	if (show->options->verbose)
		put_balance(show->out, ts);
	return error == 0;
}

static void
put_summary(const struct show *show, struct writer *writer,
    const struct tcpstates *ts, const struct source_info *info)
{
	const struct record_kernel kernel = {
		.received = info->received,
		.dropped = info->dropped,
		.if_dropped = info->if_dropped,
		.clock_leaps = show->clock_leaps,
	};

	record_summary(writer, tcpstates_first(ts), tcpstates_totals(ts),
	    info->has_kernel ? &kernel : NULL);
}

static bool
put_records(struct show *show, const struct tcpstates *ts,
    const struct source_info *info)
{
	struct select_walk walk;
	struct writer writer = show->writer;
	int error;

	if (!show->is_continuous) {
		make_writer(show, &writer, info->digits);
		put_capture(show, &writer, info);
	}
	error = select_begin(&walk, &show->options->select,
	    tcpstates_first(ts));
	record_conns(&writer, show->crew, &walk);
	select_end(&walk);
	put_summary(show, &writer, ts, info);
	writer_finish(&writer);
	return error == 0;
}

bool
show_report(struct show *show, const struct tcpstates *ts,
    const struct source_info *info)
{
	put_beginning(show, info);
	show->view.view.digits = info->digits;
	if (show->options->format != FORMAT_REPORT)
		return put_records(show, ts, info);
	return put_text(show, ts);
}

bool
show_interim(struct show *show, const struct tcpstates *ts,
    const struct source_info *info)
{
	if (!show->options->stream)
		return show_report(show, ts, info);
	put_beginning(show, info);
	put_summary(show, &show->writer, ts, info);
	return true;
}
