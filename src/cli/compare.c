/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/compare.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/outbuf.h"
#include "capture/account.h"
#include "capture/sandbox.h"
#include "capture/source.h"
#include "cli/deferred.h"
#include "cli/files.h"
#include "cli/messages.h"
#include "cli/output.h"
#include "cli/privileges.h"
#include "cli/rows.h"
#include "cli/run.h"
#include "compare/compare.h"
#include "compare/result.h"
#include "compare/trail.h"
#include "records/writer.h"
#include "views/comparison.h"
#include "views/print_threads.h"

enum { PASS_SURVEY, PASS_MATCH, PASS_COUNT };

/* Of --html: pairs that are drawn, and steps of each: 64 MiB at most. */
#define PAGE_PAIRS	20
#define PAGE_STEPS	32768

struct comparing;

/* One point: its files, opened once for each pass. */
struct reader {
	struct comparing *comparing;
	enum point point;
	struct source_request request;
	struct source *source[PASS_COUNT];
	enum source_end end;
	pthread_t thread;
	sem_t go;		/* posted for each pass */
	sem_t done;
};

struct comparing {
	const struct options *options;
	struct account account;
	struct output output;
	unsigned width;		/* of the terminal; 0: there is none */
	struct output page;	/* of --html; no buf without */
	struct deferred problems;
	pthread_mutex_t lock;	/* of problems */
	struct reader readers[POINT_COUNT];
	struct survey surveys[POINT_COUNT];
	struct pairs pairs;
	struct compare *compare;
	struct trail trail;	/* with --segments */
	struct trail drawn[PAGE_PAIRS];	/* with --html: the first pairs */
	struct printers *printers;
	unsigned pass;
	bool is_over;
	bool is_out_of_memory;
};

static bool
is_chosen(const struct options *options, enum display_id id)
{
	return (options->display.chosen & UINT32_C(1) << id) != 0;
}

/* ---- what a source reports, in the thread of its point ---- */

static bool
on_frame(void *arg, const struct frame *frame)
{
	struct reader *reader = arg;
	struct comparing *c = reader->comparing;
	const bool is_taken = c->pass == PASS_SURVEY ?
	    survey_frame(&c->surveys[reader->point], frame) :
	    compare_frame(c->compare, reader->point, frame);

	if (!is_taken)
		c->is_out_of_memory = true;
	return is_taken;
}

static bool
on_tick(void *arg)
{
	const struct reader *reader = arg;

	return !reader->comparing->is_out_of_memory;
}

/* Both passes meet the same problems: once is enough. */
static void
on_problem(void *arg, const char *sentence)
{
	struct reader *reader = arg;
	struct comparing *c = reader->comparing;

	if (c->pass != PASS_SURVEY)
		return;
	pthread_mutex_lock(&c->lock);
	deferred_add(&c->problems, "%s", sentence);
	pthread_mutex_unlock(&c->lock);
}

static void
survey_point(struct reader *reader)
{
	struct comparing *c = reader->comparing;

	reader->end = source_run(reader->source[PASS_SURVEY]);
	if (survey_finish(&c->surveys[reader->point]) != 0)
		c->is_out_of_memory = true;
}

/* The capture is read again only if its survey could not keep it. */
static void
match_point(struct reader *reader)
{
	struct comparing *c = reader->comparing;

	if (compare_needs_frames(c->compare, reader->point))
		reader->end = source_run(reader->source[PASS_MATCH]);
	compare_end(c->compare, reader->point);
}

static void *
read_point(void *arg)
{
	struct reader *reader = arg;
	struct comparing *c = reader->comparing;

	sem_post(&reader->done);
	for (;;) {
		while (sem_wait(&reader->go) != 0)
			continue;
		if (c->is_over)
			return NULL;
		if (c->pass == PASS_SURVEY)
			survey_point(reader);
		else
			match_point(reader);
		sem_post(&reader->done);
	}
}

/* ---- options ---- */

/* Say so; false. */
static bool
refuse(const char *option)
{
	message("%s does not go with --compare: a comparison is a report, "
	    "--table, --segments=N, records (-J, --csv) or --html", option);
	return false;
}

static bool
refuse_row(const struct optrow *row)
{
	char name[64];

	if (row->letter != 0)
		snprintf(name, sizeof(name), "-%c", row->letter);
	else
		snprintf(name, sizeof(name), "--%s", row->name);
	return refuse(name);
}

static bool
check_options(const struct options *o)
{
	const struct display_options *d = &o->display;

	if (o->not_compared != NULL)
		return refuse_row(o->not_compared);
	if (is_chosen(o, DISPLAY_SEGMENTS) && d->format != NULL)
		return refuse("--segments with --format");
	if (is_chosen(o, DISPLAY_SEGMENTS) && is_chosen(o, DISPLAY_TABLE))
		return refuse("--segments with --table");
	if (d->select.ranges != NULL && !is_chosen(o, DISPLAY_SEGMENTS))
		return refuse("--conn");
	return true;
}

/* ---- opening ---- */

/* Files before --with are of point A; without it, each point has one. */
static bool
choose_files(struct comparing *c)
{
	const struct source_request *all = &c->options->source;
	size_t of_a = c->options->compare_first;

	if (of_a == 0 && all->file_count == 2)
		of_a = 1;
	if (of_a == 0 || of_a >= all->file_count) {
		message("--compare needs two captures: tcpstates --compare "
		    "A.pcap B.pcap, or -r A1 -r A2 --with B1 --with B2");
		return false;
	}
	for (size_t i = 0; i < all->file_count; i++)
		if (strcmp(all->files[i], "-") == 0) {
			message("--compare may read a capture twice: standard "
			    "input cannot be one of them");
			return false;
		}
	for (unsigned p = 0; p < POINT_COUNT; p++)
		c->readers[p].request = *all;
	c->readers[POINT_A].request.file_count = of_a;
	c->readers[POINT_B].request.files += of_a;
	c->readers[POINT_B].request.file_count -= of_a;
	return true;
}

static enum status
open_reader(struct reader *reader)
{
	const struct source_events events = {
		.frame = on_frame,
		.tick = on_tick,
		.problem = on_problem,
		.arg = reader,
	};

	for (unsigned pass = 0; pass < PASS_COUNT; pass++) {
		enum source_end end;

		reader->source[pass] = source_new(&reader->request, &events);
		if (reader->source[pass] == NULL) {
			message("out of memory");
			return STATUS_FAILED;
		}
		reader->comparing->pass = pass;
		end = source_open(reader->source[pass]);
		if (end != SOURCE_COMPLETE)
			return run_status(end);
	}
	return STATUS_OK;
}

static enum status
open_all(struct comparing *c)
{
	enum status status = STATUS_OK;

	if (!check_options(c->options) || !choose_files(c))
		return STATUS_USAGE;
	for (unsigned p = 0; p < POINT_COUNT && status == STATUS_OK; p++) {
		c->readers[p].comparing = c;
		c->readers[p].point = p;
		status = open_reader(&c->readers[p]);
	}
	if (status == STATUS_OK)
		status = files_check_outputs(c->options);
	if (status != STATUS_OK)
		return status;
	if (!privileges_choose(c->options, &c->account) ||
	    !output_open(&c->output, "-o", c->options->output,
	    c->options->append, &c->account))
		return STATUS_FAILED;
	c->width = output_width(&c->output);
	if (is_chosen(c->options, DISPLAY_HTML) && !output_open(&c->page,
	    "--html", options_file(c->options->display.argument[
	    DISPLAY_HTML]), false, &c->account))
		return STATUS_FAILED;
	return STATUS_OK;
}

/*
 * Threads start, and have done all that the C library does for a new one,
 * before the sandbox closes.
 */
static void
start_readers(void *arg)
{
	struct comparing *c = arg;

	for (unsigned p = 0; p < POINT_COUNT; p++) {
		struct reader *reader = &c->readers[p];

		if (pthread_create(&reader->thread, NULL, read_point,
		    reader) != 0) {
			c->is_over = true;
			continue;
		}
		while (sem_wait(&reader->done) != 0)
			continue;
	}
	c->printers = printers_start();
}

/* ---- two passes ---- */

static enum status
run_pass(struct comparing *c, unsigned pass)
{
	enum status status = STATUS_OK;

	c->pass = pass;
	for (unsigned p = 0; p < POINT_COUNT; p++)
		sem_post(&c->readers[p].go);
	for (unsigned p = 0; p < POINT_COUNT; p++) {
		enum status one;

		while (sem_wait(&c->readers[p].done) != 0)
			continue;
		one = run_status(c->readers[p].end);
		if (one > status)
			status = one;
	}
	if (c->is_out_of_memory) {
		message("out of memory");
		return STATUS_FAILED;
	}
	return status;
}

static bool
start_surveys(struct comparing *c, const struct survey_options *options)
{
	for (unsigned p = 0; p < POINT_COUNT; p++)
		if (survey_init(&c->surveys[p], options) != 0)
			return false;
	return true;
}

/* Tell the user that the segments refute --clocks=synchronised. */
static void
note_clocks(struct comparing *c)
{
	char ms[NSTIME_BUFSIZE];

	if (c->pairs.clock.refuted_ns == 0)
		return;
	(void)nstime_format_ratio(ms, c->pairs.clock.refuted_ns, NS_PER_MS, 3);
	deferred_add(&c->problems, "the clocks differ by at least %s ms: "
	    "--clocks=synchronised is ignored", ms);
}

static bool
find_pairs(struct comparing *c)
{
	if (pairs_find(&c->pairs, c->surveys, c->options->trusts_clocks) != 0)
		return false;
	note_clocks(c);
	for (unsigned p = 0; p < POINT_COUNT; p++)
		survey_reduce(&c->surveys[p]);
	return true;
}

static bool
has_ambiguous(const struct pairs *pairs)
{
	for (size_t i = 1; i < pairs->conn_count[POINT_A]; i++)
		if (pairs->unpaired[POINT_A][i] == UNPAIRED_AMBIGUOUS)
			return true;
	return false;
}

static bool
has_partners(const struct comparing *c)
{
	if (c->pairs.count > 0)
		return true;
	if (has_ambiguous(&c->pairs))
		message("no connection in common is certain: several may be "
		    "each other's partner");
	else if (c->pairs.common_end < c->pairs.common_start)
		message("the two captures do not overlap in time, and have no "
		    "connection in common");
	else
		message("the two captures have no connection in common");
	return false;
}

static void
on_passed(void *arg, size_t pair, enum direction direction UNUSED,
    enum point upstream, const struct passage *passage)
{
	struct comparing *c = arg;

	if (is_chosen(c->options, DISPLAY_SEGMENTS) && pair == c->trail.pair)
		trail_add(&c->trail, upstream, passage);
	if (c->page.buf == NULL || pair >= PAGE_PAIRS)
		return;
	if (c->drawn[pair].count < PAGE_STEPS)
		trail_add(&c->drawn[pair], upstream, passage);
	else
		c->drawn[pair].left_out++;
}

/* The pair of --segments=N; without N, the only one. */
static bool
choose_trail(struct comparing *c, struct compare_options *options)
{
	const struct select_rules *rules = &c->options->display.select;
	const struct select_range *range = rules->ranges;
	const size_t count = c->pairs.count;

	if (!is_chosen(c->options, DISPLAY_SEGMENTS))
		return true;
	if ((range == NULL && count > 1) || (range != NULL &&
	    (rules->range_count > 1 || range->first != range->last))) {
		message("--compare --segments shows one of %zu pairs: add its "
		    "number, as in --segments=1", count);
		return false;
	}
	if (range != NULL && (range->first == 0 || range->first > count)) {
		message("there is no pair %" PRIu64 ": the captures have %zu",
		    range->first, count);
		return false;
	}
	c->trail.pair = range == NULL ? 0 : (size_t)range->first - 1;
	if (c->pairs.pairs[c->trail.pair].kind == PAIR_TERMINATED) {
		message("pair %zu is terminated between the points: its "
		    "segments cannot be matched", c->trail.pair + 1);
		return false;
	}
	options->passed = on_passed;
	return true;
}

static void
put_page(struct comparing *c, const struct compare_result *result)
{
	size_t count = c->pairs.count;

	if (count > PAGE_PAIRS)
		count = PAGE_PAIRS;
	for (size_t i = 0; i < count; i++) {
		c->drawn[i].pair = i;
		trail_sort(&c->drawn[i]);
	}
	comparison_page(c->page.buf, result, c->drawn, count);
}

static void
report(struct comparing *c)
{
	const struct display_options *display = &c->options->display;
	const struct time_style time = {
		.format = is_chosen(c->options, DISPLAY_SEGMENTS) ?
		    display_time_format(display, c->width) : display->time,
		.base_ns = c->pairs.start[POINT_A] < c->pairs.start[POINT_B] ?
		    c->pairs.start[POINT_A] : c->pairs.start[POINT_B],
		.digits = 6,
	};
	struct compare_result result = {
		.pairs = &c->pairs,
		.compare = c->compare,
		.printers = c->printers,
	};
	struct writer writer;

	for (unsigned p = 0; p < POINT_COUNT; p++)
		result.names[p] = c->readers[p].request.files[0];
	result_sum_up(&result);
	if (display->format != NULL) {
		writer_init(&writer, display->format, c->output.buf, 6,
		    !display->no_header);
		comparison_records(&writer, &result);
	} else if (is_chosen(c->options, DISPLAY_SEGMENTS)) {
		trail_sort(&c->trail);
		comparison_segments(c->output.buf, &result, &c->trail, &time,
		    c->width);
	} else if (is_chosen(c->options, DISPLAY_TABLE)) {
		comparison_table(c->output.buf, &result, c->width);
	} else if (c->page.buf == NULL || !display->is_quiet) {
		comparison_text(c->output.buf, &result, &time);
	}
	if (c->page.buf != NULL)
		put_page(c, &result);
}

static enum status
compare_points(struct comparing *c)
{
	struct compare_options options = { .arg = c };
	enum status status, second;

	run_choose_key(c->options, options.engine.hash_key);
	options.engine.vlan_key = c->options->vlan_key;
	options.engine.no_tunnels = c->options->no_tunnels;
	options.engine.decode_as = c->options->decode_as;
	if (!start_surveys(c, &options.engine)) {
		message("out of memory");
		return STATUS_FAILED;
	}
	status = run_pass(c, PASS_SURVEY);
	if (status != STATUS_OK && status != STATUS_INCOMPLETE)
		return status;
	if (c->page.buf != NULL)
		options.passed = on_passed;
	if (!find_pairs(c) || !has_partners(c) ||
	    !choose_trail(c, &options))
		return STATUS_FAILED;
	c->compare = compare_new(&c->pairs, c->surveys, &options);
	if (c->compare == NULL) {
		message("out of memory");
		return STATUS_FAILED;
	}
	second = run_pass(c, PASS_MATCH);
	if (second > status)
		status = second;
	if (compare_finish(c->compare) != 0) {
		message("out of memory");
		return STATUS_FAILED;
	}
	report(c);
	return status;
}

static enum status
run_opened(struct comparing *c)
{
	const struct sandbox_needs needs = {
		.opener_fd = { -1, -1, -1, -1 },
		.terminal_fd = -1,
		.start_threads = start_readers,
		.arg = c,
	};
	enum status status = STATUS_FAILED;

	if (!privileges_drop(c->options, &c->account) ||
	    !privileges_confine(c->options, &needs))
		return STATUS_FAILED;
	if (!c->is_over)
		status = compare_points(c);
	return status;
}

enum status
compare_run(const struct options *options)
{
	static struct comparing c;	/* left to process exit */
	enum status status;

	c.options = options;
	pthread_mutex_init(&c.lock, NULL);
	for (unsigned p = 0; p < POINT_COUNT; p++) {
		sem_init(&c.readers[p].go, 0, 0);
		sem_init(&c.readers[p].done, 0, 0);
	}
	status = open_all(&c);
	if (status == STATUS_OK)
		status = run_opened(&c);
	deferred_print(&c.problems);
	if (c.page.buf != NULL && !output_close(&c.page))
		status = STATUS_FAILED;
	if (c.output.buf != NULL && !output_close(&c.output))
		status = STATUS_FAILED;
	return status;
}
