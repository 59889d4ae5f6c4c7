/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --by: one line, or one record, for each group of connections.
 */
#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/nstime.h"
#include "base/outbuf.h"
#include "diagnosis/grouping.h"
#include "engine/engine.h"
#include "flow/conn.h"
#include "print/ink.h"
#include "print/names.h"
#include "records/group_name.h"
#include "records/record.h"
#include "records/select.h"
#include "records/select_walk.h"
#include "records/writer.h"
#include "tcp/pack.h"
#include "views/display.h"
#include "views/fit.h"
#include "views/short.h"
#include "views/text.h"

/* ---- the groups ---- */

static void
add_conn(struct grouping *grouping, const struct conn *packed)
{
	struct pack_room room;

	grouping_add(grouping, pack_read(packed, &room));
}

/* A connection retires: its record may be dropped. */
static void
groups_ended(struct display *display, const struct conn *conn)
{
	struct grouping *grouping = display->state;

	grouping->by = display->context->options->by;
	add_conn(grouping, conn);
}

/* All of the capture so far; call grouping_fini(). */
static int
collect_groups(const struct display *display, const struct tcpstates *ts,
    struct grouping *ret_grouping)
{
	const struct display_options *options = display->context->options;
	struct select_rules rules = options->select;
	struct select_walk walk;
	const struct conn *conn;
	int error;

	rules.has_limit = false;	/* of groups, not of connections */
	grouping_init(ret_grouping, options->by);
	grouping_merge(ret_grouping, display->state);
	error = select_walk_begin(&walk, &rules, tcpstates_first(ts));
	while ((conn = select_walk_next(&walk)) != NULL)
		if (conn->retired == 0)
			add_conn(ret_grouping, conn);
	select_walk_end(&walk);
	grouping_sort(ret_grouping);
	return ret_grouping->is_incomplete ? -ERR_NOMEM : error;
}

static uint32_t
count_shown(const struct display *display, const struct grouping *grouping)
{
	const struct select_rules *select =
	    &display->context->options->select;

	return select->has_limit && select->limit < grouping->count ?
	    (uint32_t)select->limit : grouping->count;
}

static void
groups_fini(struct display *display)
{
	grouping_fini(display->state);
}

/* ---- lines ---- */

#define CELL_SIZE	NAMES_ENDPOINT_SIZE
static_assert(CELL_SIZE >= GROUP_NAME_BUFSIZE, "a name fits");
static_assert(CELL_SIZE >= SHORT_SIZE, "a figure fits");

struct groups_column {
	const char *heading;
	/* 0: always shown; others while the terminal has room, in this order. */
	unsigned rank;
	void (*make)(char cell[CELL_SIZE], const struct grouped *);
};

static void
make_count(char cell[CELL_SIZE], uint64_t count)
{
	(void)short_amount(cell, count);
}

static void
make_time(char cell[CELL_SIZE], int64_t ns)
{
	if (ns < 0)
		(void)snprintf(cell, CELL_SIZE, "-");
	else
		(void)short_duration(cell, ns);
}

#define CELL(name, expression)						\
	static void							\
	make_##name(char cell[CELL_SIZE], const struct grouped *group)	\
	{								\
		expression;						\
	}

CELL(conns, make_count(cell, group->conns))
CELL(refused, make_count(cell, group->end[END_REFUSED]))
CELL(no_answer, make_count(cell, group->end[END_NO_ANSWER]))
CELL(unreachable, make_count(cell, group->end[END_UNREACHABLE]))
CELL(resets, make_count(cell, grouped_resets(group)))
CELL(rtt_p50, make_time(cell, spans_quantile(&group->rtt, 500)))
CELL(rtt_p99, make_time(cell, spans_quantile(&group->rtt, 990)))
CELL(first_p50, make_time(cell, spans_quantile(&group->first, 500)))
CELL(first_p95, make_time(cell, spans_quantile(&group->first, 950)))
CELL(first_max, make_time(cell, group->first.count > 0 ?
    group->first.max : -1))
CELL(zero_window, make_time(cell, group->zero_window_ns))
CELL(bytes, make_count(cell, group->bytes))

/* Of all payload; a retransmission never looks like none. */
static void
make_retrans(char cell[CELL_SIZE], const struct grouped *group)
{
	char percent[NSTIME_BUFSIZE];

	if (group->bytes == 0) {
		(void)snprintf(cell, CELL_SIZE, "-");
		return;
	}
	(void)nstime_format_ratio(percent, (int64_t)group->retrans_bytes * 100,
	    (int64_t)group->bytes, 1);
	(void)snprintf(cell, CELL_SIZE, "%s", group->retrans_bytes > 0 &&
	    strcmp(percent, "0.0") == 0 ? "<0.1" : percent);
}

static const struct groups_column columns[] = {
	{ "CONNS", 0, make_conns },
	{ "REFUSED", 1, make_refused },
	{ "NO-ANSW", 2, make_no_answer },
	{ "UNREACH", 9, make_unreachable },
	{ "RESET", 3, make_resets },
	{ "RTT50", 6, make_rtt_p50 },
	{ "RTT99", 10, make_rtt_p99 },
	{ "RESP50", 5, make_first_p50 },
	{ "RESP95", 4, make_first_p95 },
	{ "MAX", 11, make_first_max },
	{ "RTX%", 7, make_retrans },
	{ "ZEROWIN", 12, make_zero_window },
	{ "BYTES", 8, make_bytes },
};

struct groups_table {
	const struct grouping *grouping;
	const struct names *names;
	uint32_t shown;
	struct fit_column fit[1 + ARRAY_LEN(columns)];	/* the name first */
	bool colour;
};

static const char *
heading_of_name(enum grouping_by by)
{
	static const char *const headings[GROUPING_COUNT] = {
		[GROUPING_SERVER] = "SERVER",
		[GROUPING_CLIENT] = "CLIENT",
		[GROUPING_PORT] = "PORT",
		[GROUPING_SUBNET] = "SUBNET",
		[GROUPING_VLAN] = "VLAN",
	};

	return headings[by];
}

static void
format_group(const struct groups_table *table, char name[CELL_SIZE],
    const struct grouped *group)
{
	const enum grouping_by by = table->grouping->by;
	const struct group_key *key = &group->key;

	if (group == &table->grouping->other)
		(void)snprintf(name, CELL_SIZE, "(others)");
	else if (by == GROUPING_SERVER)
		names_format_endpoint(table->names, name, key->addr,
		    key->ip_version, key->port, true);
	else if (by == GROUPING_CLIENT)
		names_format_host(table->names, name, key->addr,
		    key->ip_version);
	else if (by == GROUPING_PORT)
		names_format_port(table->names, name, key->port);
	else
		group_format_name(name, key, by);
}

static void
measure_group(struct groups_table *table, const struct grouped *group)
{
	char cell[CELL_SIZE];

	format_group(table, cell, group);
	fit_widen(&table->fit[0], strlen(cell));
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		columns[i].make(cell, group);
		fit_widen(&table->fit[1 + i], 1 + strlen(cell));
	}
}

/* Call a function for each group that has a line. */
#define EACH_GROUP(table, ...)						\
	do {								\
		const struct grouping *all = (table)->grouping;		\
		const struct grouped *group = all->group;		\
									\
		for (uint32_t n = 0; n < (table)->shown; n++, group++)	\
			__VA_ARGS__;					\
		group = &all->other;					\
		if (group->conns > 0 && (table)->shown == all->count)	\
			__VA_ARGS__;					\
	} while (0)

static void
put_group(const struct groups_table *table, struct outbuf *out,
    const struct grouped *group)
{
	char cell[CELL_SIZE];

	format_group(table, cell, group);
	ink_cell(out, false, INK_PLAIN, cell, (int)table->fit[0].width);
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		const struct fit_column *fit = &table->fit[1 + i];

		if (fit->is_hidden)
			continue;
		columns[i].make(cell, group);
		ink_cell(out, false, INK_PLAIN, cell, -(int)fit->width);
	}
	outbuf_char(out, '\n');
}

static void
put_group_heading(const struct groups_table *table, struct outbuf *out)
{
	ink_cell(out, table->colour, INK_HEADING,
	    heading_of_name(table->grouping->by), (int)table->fit[0].width);
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		const struct fit_column *fit = &table->fit[1 + i];

		if (fit->is_hidden)
			continue;
		outbuf_char(out, ' ');
		ink_cell(out, table->colour, INK_HEADING, columns[i].heading,
		    1 - (int)fit->width);
	}
	outbuf_char(out, '\n');
}

static int
groups_finish(struct display *display, const struct tcpstates *ts)
{
	const struct display_context *context = display->context;
	struct grouping grouping;
	const int error = collect_groups(display, ts, &grouping);
	struct groups_table table = {
		.grouping = &grouping,
		.names = context->names,
		.shown = count_shown(display, &grouping),
		.fit[0].width = strlen(heading_of_name(grouping.by)),
		.colour = context->time.colour,
	};

	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		table.fit[1 + i] = (struct fit_column){
			.rank = columns[i].rank,
			.width = 1 + strlen(columns[i].heading),
		};
	EACH_GROUP(&table, measure_group(&table, group));
	(void)fit_columns(table.fit, ARRAY_LEN(table.fit), context->width);
	if (!context->options->no_header)
		put_group_heading(&table, display->out);
	EACH_GROUP(&table, put_group(&table, display->out, group));
	if (!context->options->no_header)
		text_shown(display->out, table.shown, grouping.count,
		    "groups");
	grouping_fini(&grouping);
	return error;
}

static bool
groups_are_implied(const struct display_options *options)
{
	return options->by != GROUPING_NONE && options->format == NULL;
}

static const char *
groups_refuse(const struct display_options *options)
{
	return options->no_analysis ? "--by does not go with --no-analysis: "
	    "round-trip and response times need the analysis" : NULL;
}

const struct display_type groups_display = {
	.place = DISPLAY_ALONE,
	.needs = DISPLAY_NEEDS_ANALYSIS | DISPLAY_NEEDS_DIAGNOSIS,
	.excludes = DISPLAY_WITH_SORT,
	.because = "begins with the groups of most connections",
	.state_size = sizeof(struct grouping),
	.is_implied = groups_are_implied,
	.refuse = groups_refuse,
	.ended = groups_ended,
	.finish = groups_finish,
	.fini = groups_fini,
};

/* ---- records ---- */

static int
group_records_finish(struct display *display, const struct tcpstates *ts)
{
	const struct display_context *context = display->context;
	struct record_capture capture = context->capture.record;
	struct grouping grouping;
	const int error = collect_groups(display, ts, &grouping);
	struct groups_table table = {
		.grouping = &grouping,
		.shown = count_shown(display, &grouping),
	};
	struct writer writer;

	writer_init(&writer, context->options->format, display->out,
	    context->time.digits, context->wants_heading);
	writer.has_groups = true;
	capture.is_nanosecond = writer.digits > 6;
	record_capture(&writer, &capture);
	EACH_GROUP(&table, record_group(&writer, group,
	    group == &grouping.other ? GROUPING_NONE : grouping.by));
	writer.is_interim = context->is_interim;
	record_summary(&writer, tcpstates_first(ts), tcpstates_totals(ts),
	    context->capture.has_kernel ? &context->capture.kernel : NULL);
	writer_finish(&writer);
	grouping_fini(&grouping);
	return error;
}

static bool
group_records_are_implied(const struct display_options *options)
{
	return options->by != GROUPING_NONE && options->format != NULL;
}

static const char *
group_records_refuse(const struct display_options *options)
{
	if (options->stream || options->interval_ns != 0)
		return "--by with records does not go with --stream or "
		    "--interval: its records are written at the end";
	return groups_refuse(options);
}

const struct display_type group_records_display = {
	.place = DISPLAY_ALONE,
	.writes_records = true,
	.needs = DISPLAY_NEEDS_ANALYSIS | DISPLAY_NEEDS_DIAGNOSIS,
	.excludes = DISPLAY_WITH_SORT,
	.because = "begins with the groups of most connections",
	.state_size = sizeof(struct grouping),
	.is_implied = group_records_are_implied,
	.refuse = group_records_refuse,
	.ended = groups_ended,
	.finish = group_records_finish,
	.fini = groups_fini,
};
