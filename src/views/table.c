/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cell shows one key of the records, or a few, from records/columns.def.
 * --columns chooses other keys; that of --sort is always shown.  Without a
 * choice, the width of a terminal decides how many columns there are.
 *
 * The cells of all rows are made first, which measures the columns, and kept
 * as text until the widths are known: the table is as narrow as its content
 * allows, and a connection is unpacked and diagnosed once.  Counts, bytes and
 * times have about three digits, and states are abbreviated: the report and the
 * records have exact figures.
 */
#include "config.h"

#include "views/table.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/nstime.h"
#include "base/outbuf.h"
#include "base/pool.h"
#include "base/put.h"
#include "engine/engine.h"
#include "flow/conn.h"
#include "print/names.h"
#include "print/ink.h"
#include "print/wrap.h"
#include "records/choice.h"
#include "records/getters.h"
#include "records/record.h"
#include "records/select.h"
#include "records/select_walk.h"
#include "records/writer.h"
#include "tcp/state.h"
#include "views/display.h"
#include "views/fit.h"
#include "views/print_threads.h"
#include "views/short.h"
#include "views/text.h"

#define CELL_SIZE	96	/* widest cell and its NUL */
#define ROW_LEN		140	/* bytes of most rows */
#define SHOWN_MAX	512	/* columns at most */
#define ENDPOINT_MIN	12	/* columns of a shortened endpoint */
#define LEGEND_COLUMNS	80	/* where there is no terminal */

static_assert(SHOWN_MAX > KEY_COUNT + 2 * TABLE_COLUMNS, "all of them fit");

static_assert(CELL_SIZE >= TIME_BUFSIZE, "an instant fits");
static_assert(CELL_SIZE >= NAMES_ENDPOINT_SIZE, "an endpoint fits");

/* Text of a cell, which grows to the right and is cut at CELL_SIZE. */
struct cell {
	size_t len;
	char text[CELL_SIZE];
};

static void
add_text(struct cell *cell, const char *text)
{
	const size_t left = CELL_SIZE - 1 - cell->len;
	size_t len = strlen(text);

	if (len > left)
		len = left;
	memcpy(cell->text + cell->len, text, len);
	cell->len += len;
	cell->text[cell->len] = '\0';
}

static void
add_number(struct cell *cell, uint64_t n)
{
	char buf[PUT_DIGITS_MAX + 1];

	*put_u64(buf, n) = '\0';
	add_text(cell, buf);
}

static void
add_amount(struct cell *cell, uint64_t n)
{
	char buf[SHORT_SIZE];

	short_amount(buf, n);
	add_text(cell, buf);
}

static void
add_duration(struct cell *cell, int64_t ns)
{
	char buf[SHORT_SIZE];

	short_duration(buf, ns);
	add_text(cell, buf);
}

/*
 * Cells.
 */

struct table;

struct table_column {
	const char *heading;
	/*
	 * 0: always shown; others on a terminal in this order, as far as its
	 * width allows.
	 */
	unsigned char rank;
	bool is_right;		/* numbers stand at the right */
	enum ink ink;
	void (*make)(struct table *, struct cell *, const struct value *);
	const char *keys[TABLE_KEYS];	/* of the records */
};

/* A column of this table. */
struct shown {
	struct table_column as;
	/* The keys of its cells; NULL after the last. */
	const struct column *keys[TABLE_KEYS];
	bool is_hidden;
	_Atomic size_t width;	/* both threads measure: it only grows */
};

struct table {
	struct time_style style;
	const struct names *names;
	int64_t base_ns;	/* start of the first connection */
	size_t count;
	size_t last;		/* the last column that is not hidden */
	struct shown shown[SHOWN_MAX];
	atomic_uint states;	/* printed: set of 1 << enum state */
};

static void
add_endpoint(const struct table *table, struct cell *cell,
    const struct value value[TABLE_KEYS], bool is_server)
{
	char buf[NAMES_ENDPOINT_SIZE];

	names_format_endpoint(table->names, buf, value[0].u.addr.bytes,
	    value[0].u.addr.ip_version, (unsigned)value[1].u.number,
	    is_server);
	add_text(cell, buf);
}

#define CELL(name)							\
	static void							\
	make_##name(UNUSED struct table *table, struct cell *cell,	\
	    const struct value value[TABLE_KEYS])

CELL(number)
{
	add_number(cell, value[0].u.number);
}

CELL(orig)
{
	add_endpoint(table, cell, value, false);
}

CELL(resp)
{
	add_endpoint(table, cell, value, true);
}

CELL(text)
{
	add_text(cell, value[0].u.text);
}

static void
add_state(struct table *table, struct cell *cell, const struct value *value)
{
	unsigned state = 0;

	if (value_is_null(value)) {	/* without analysis */
		add_text(cell, "-");
		return;
	}
	while (strcmp(value->u.text, state_name(state)) != 0)
		state++;
	if ((atomic_load_explicit(&table->states, memory_order_relaxed) &
	    1U << state) == 0)
		atomic_fetch_or(&table->states, 1U << state);
	add_text(cell, short_state(state));
}

CELL(states)
{
	add_state(table, cell, &value[0]);
	add_text(cell, "/");
	add_state(table, cell, &value[1]);
}

/* An epoch takes half the screen: seconds since the first connection do. */
CELL(start)
{
	char buf[TIME_BUFSIZE];

	if (table->style.format == TIME_AS_EPOCH)
		nstime_format_duration(buf,
		    nstime_diff(value[0].u.ns, table->base_ns), 3);
	else
		time_format_instant(buf, &table->style, value[0].u.ns);
	add_text(cell, buf);
}

CELL(duration)
{
	add_duration(cell, value[0].u.ns);
}

CELL(amount)
{
	add_amount(cell, value[0].u.number);
}

CELL(both)
{
	if (value[0].type == VALUE_NULL || value[1].type == VALUE_NULL)
		add_text(cell, "-");
	else
		add_amount(cell, value[0].u.number + value[1].u.number);
}

/*
 * Of the whole path: both halves of the handshake, or else the least of
 * both sides' samples.
 */
CELL(rtt)
{
	if (value[0].type != VALUE_NULL)
		add_duration(cell, value[0].u.ns);
	else if (value[1].type != VALUE_NULL && value[2].type != VALUE_NULL)
		add_duration(cell, nstime_add(value[1].u.ns,
		    value[2].u.ns));
	else
		add_text(cell, "-");
}

/* Zero windows of both sides, and the like. */
CELL(both_times)
{
	if (value_is_null(&value[0]) || value_is_null(&value[1]))
		add_text(cell, "-");
	else
		add_duration(cell, nstime_add(value[0].u.ns,
		    value[1].u.ns));
}

/* Any key, as --columns and --sort name it. */
CELL(any)
{
	char buf[WRITER_ROOM + 1];

	if (value_is_null(&value[0])) {
		add_text(cell, "-");
	} else if (value[0].type == VALUE_DURATION) {
		add_duration(cell, value[0].u.ns);
	} else if (value[0].type == VALUE_INSTANT) {
		make_start(table, cell, value);
	} else if (value[0].type == VALUE_FLAG) {
		add_text(cell, value[0].u.flag ? "yes" : "no");
	} else {
		*writer_put(buf, value[0].type, &value[0],
		    table->style.digits) = '\0';
		add_text(cell, buf);
	}
}

/* With a question mark where the side is only suspected: "filtered?". */
CELL(verdict)
{
	const struct value *side = &value[1];

	if (value_is_null(&value[0])) {
		add_text(cell, "-");
		return;
	}
	add_text(cell, value[0].u.text);
	if (!value_is_null(side) && strchr(side->u.text, '?') != NULL)
		add_text(cell, "?");
}

static void
add_process(struct cell *cell, const struct value *name,
    const struct value *pid)
{
	add_text(cell, name->u.text);
	add_text(cell, "/");
	add_number(cell, pid->u.number);
}

/* "curl/4711 > nginx/99"; of one of them if the other is elsewhere. */
CELL(processes)
{
	const bool has_orig = !value_is_null(&value[0]);
	const bool has_resp = !value_is_null(&value[2]);

	if (!has_orig && !has_resp) {
		add_text(cell, "-");
		return;
	}
	if (has_orig)
		add_process(cell, &value[0], &value[1]);
	add_text(cell, has_orig ? " >" : ">");
	if (!has_resp)
		return;
	add_text(cell, " ");
	add_process(cell, &value[2], &value[3]);
}

/* Of the local endpoints: to stand beside RTX. */
CELL(known_sum)
{
	uint64_t sum = 0;

	if (value_is_null(&value[0]) && value_is_null(&value[1])) {
		add_text(cell, "-");
		return;
	}
	for (unsigned i = 0; i < 2; i++)
		sum += value_is_null(&value[i]) ? 0 : value[i].u.number;
	add_amount(cell, sum);
}

/* With --processes, at the end. */
static const struct table_column owner_columns[] = {
	{ "KERNEL-RTX", 0, true, INK_PLAIN, make_known_sum,
	    { "orig_kernel_retrans", "resp_kernel_retrans" } },
	{ "PROCESS", 0, false, INK_PLAIN, make_processes,
	    { "orig_process", "orig_pid", "resp_process", "resp_pid" } },
};

static const struct table_column columns[] = {
	{ "#", 0, true, INK_PLAIN, make_number, { "conn" } },
	{ "ORIGINATOR", 0, false, INK_ORIG, make_orig,
	    { "orig_h", "orig_p" } },
	{ "RESPONDER", 0, false, INK_RESP, make_resp,
	    { "resp_h", "resp_p" } },
	{ "STAT", 1, false, INK_PLAIN, make_text, { "status" } },
	{ "STATES", 10, false, INK_PLAIN, make_states,
	    { "orig_state", "resp_state" } },
	{ "START", 11, true, INK_PLAIN, make_start, { "ts" } },
	{ "TIME", 5, true, INK_PLAIN, make_duration, { "duration" } },
	{ "PKT>", 8, true, INK_ORIG, make_amount, { "orig_pkts" } },
	{ "<PKT", 9, true, INK_RESP, make_amount, { "resp_pkts" } },
	{ "BYT>", 6, true, INK_ORIG, make_amount, { "orig_bytes" } },
	{ "<BYT", 7, true, INK_RESP, make_amount, { "resp_bytes" } },
	{ "RTX", 2, true, INK_PLAIN, make_both,
	    { "orig_retrans", "resp_retrans" } },
	{ "RTT", 4, true, INK_PLAIN, make_rtt,
	    { "rtt_initial", "orig_rtt_min", "resp_rtt_min" } },
	{ "VERDICT", 3, false, INK_PLAIN, make_verdict,
	    { "verdict", "verdict_side" } },
	/* On a wide terminal. */
	{ "CLOSE", 12, false, INK_PLAIN, make_any, { "end_reason" } },
	{ "LOST-UP", 13, true, INK_PLAIN, make_both,
	    { "orig_loss_before", "resp_loss_before" } },
	{ "LOST-DN", 14, true, INK_PLAIN, make_both,
	    { "orig_loss_behind", "resp_loss_behind" } },
	{ "ZEROWIN", 15, true, INK_PLAIN, make_both_times,
	    { "orig_zero_window_secs", "resp_zero_window_secs" } },
	{ "WINLIM", 16, true, INK_PLAIN, make_both_times,
	    { "orig_window_limited_secs", "resp_window_limited_secs" } },
	{ "RTT>", 17, true, INK_ORIG, make_any, { "orig_rtt_min" } },
	{ "<RTT", 18, true, INK_RESP, make_any, { "resp_rtt_min" } },
	{ "RESPONSE", 19, true, INK_PLAIN, make_any, { "first_p50" } }
};

static_assert(ARRAY_LEN(columns) == TABLE_ALL_COLUMNS, "as the header says");

const char *
table_heading(size_t at)
{
	return columns[at].heading;
}

const struct column *
table_shown(size_t at, size_t key)
{
	const char *name = columns[at].keys[key];

	return name != NULL ? record_find(name) : NULL;
}

/*
 * The columns that are shown.
 */

static size_t
width_of(const struct shown *shown)
{
	return atomic_load_explicit(&shown->width, memory_order_relaxed);
}

static void
show_column(struct table *table, const struct table_column *column)
{
	struct shown *shown = &table->shown[table->count++];

	shown->as = *column;
	shown->is_hidden = false;
	atomic_init(&shown->width, strlen(column->heading));
	for (size_t i = 0; i < TABLE_KEYS; i++)
		shown->keys[i] = column->keys[i] != NULL ?
		    record_find(column->keys[i]) : NULL;
}

static void
show_key(struct table *table, const struct column *column)
{
	static const enum ink inks[] = {
		[COLUMN_WHOLE] = INK_PLAIN,
		[COLUMN_ORIG] = INK_ORIG,
		[COLUMN_RESP] = INK_RESP,
	};

	show_column(table, &(struct table_column){
		.heading = column->key,
		.is_right = column->type != VALUE_TEXT &&
		    column->type != VALUE_ADDR && column->type != VALUE_FLAG,
		.ink = inks[column->side],
		.make = make_any,
		.keys = { column->key },
	});
}

/* Show the key of --sort, unless a column does: it explains the order. */
static void
show_sort_key(struct table *table, const struct column *column)
{
	for (size_t i = 0; column != NULL && i < table->count; i++)
		for (size_t k = 0; k < TABLE_KEYS; k++)
			if (table->shown[i].keys[k] == column) {
				table->shown[i].as.rank = 0;
				return;
			}
	if (column != NULL)
		show_key(table, column);
}

static void
choose_columns(struct table *table, const struct report_options *options)
{
	const struct column_choice *choice = options->columns;
	const size_t usual = options->width > 0 ? ARRAY_LEN(columns) :
	    TABLE_COLUMNS;

	if (choice != NULL && choice->count > 0) {
		for (size_t i = 0; i < choice->count; i++)
			show_key(table, choice->columns[i]);
		return;
	}
	for (size_t i = 0; i < usual; i++)
		show_column(table, &columns[i]);
	for (size_t i = 0; options->processes && i < ARRAY_LEN(owner_columns);
	    i++)
		show_column(table, &owner_columns[i]);
	if (options->select != NULL) {
		show_sort_key(table, options->select->sort);
		show_sort_key(table, options->select->sort_too);
	}
}

/* The column to show next, or NULL. */
static struct shown *
next_by_rank(struct table *table, unsigned rank)
{
	struct shown *next = NULL;

	for (size_t i = 0; i < table->count; i++) {
		struct shown *shown = &table->shown[i];

		if (shown->as.rank > rank &&
		    (next == NULL || shown->as.rank < next->as.rank))
			next = shown;
	}
	return next;
}

/* Shorten endpoints by `excess` columns in all, as far as possible. */
static void
shorten_endpoints(struct table *table, size_t excess)
{
	for (size_t i = 0; i < table->count && excess > 0; i++) {
		struct shown *shown = &table->shown[i];
		const size_t width = width_of(shown);
		size_t cut = i == 1 ? (excess + 1) / 2 : excess;

		if ((shown->as.make != make_orig &&
		    shown->as.make != make_resp) || width <= ENDPOINT_MIN)
			continue;
		if (cut > width - ENDPOINT_MIN)
			cut = width - ENDPOINT_MIN;
		atomic_store(&shown->width, width - cut);
		excess -= cut;
	}
}

static void
find_last(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		if (!table->shown[i].is_hidden)
			table->last = i;
}

/* Hide what the terminal has no room for. */
static void
fit_table(struct table *table, size_t width)
{
	struct shown *shown;
	size_t used = 0;

	for (size_t i = 0; i < table->count; i++) {
		table->shown[i].is_hidden = table->shown[i].as.rank > 0;
		if (!table->shown[i].is_hidden)
			used += (used > 0) + width_of(&table->shown[i]);
	}
	if (used > width)
		shorten_endpoints(table, used - width);
	for (unsigned rank = 0; (shown = next_by_rank(table, rank)) != NULL;
	    rank = shown->as.rank) {
		used += 1 + width_of(shown);
		if (used > width)
			return;
		shown->is_hidden = false;
	}
}

/*
 * The table.
 */

static void
table_put_cell(const struct table *table, struct outbuf *out, size_t at,
    enum ink ink, const char *text, size_t len)
{
	const struct shown *shown = &table->shown[at];
	const int wide = (int)width_of(shown);
	const int padded = shown->as.is_right ? -wide :
	    at == table->last ? 0 : wide;

	if (at > 0)
		outbuf_char(out, ' ');
	ink_cell_mem(out, table->style.colour, ink, text, len, padded);
}

static void
make_cell(struct table *table, struct cell *cell, size_t at,
    const struct record_source *from)
{
	const struct shown *shown = &table->shown[at];
	struct value value[TABLE_KEYS];

	for (size_t i = 0; i < TABLE_KEYS; i++)
		if (shown->keys[i] != NULL)
			record_get_from(shown->keys[i], from, &value[i]);
	cell->len = 0;
	cell->text[0] = '\0';
	shown->as.make(table, cell, value);
}

static void
widen(struct shown *shown, size_t len)
{
	size_t width = width_of(shown);

	while (len > width && !atomic_compare_exchange_weak(&shown->width,
	    &width, len))
		continue;
}

/* A kept cell is its length in a byte, and its text. */
static_assert(CELL_SIZE <= UINT8_MAX, "the length of a cell fits a byte");

/* The connection is unpacked and diagnosed once, not once for each key. */
static void
make_row(const void *arg, struct outbuf *out, const struct conn *packed)
{
	struct table *table = *(struct table *const *)arg;
	struct record_room room;
	const struct record_source from = record_source_of(packed, &room);
	struct cell cell;

	for (size_t i = 0; i < table->count; i++) {
		make_cell(table, &cell, i, &from);
		widen(&table->shown[i], cell.len);
		outbuf_char(out, (char)cell.len);
		outbuf_mem(out, cell.text, cell.len);
	}
}

/* The cells of all rows, in order. */
struct kept_rows {
	char *text;
	size_t len;
	size_t room;
};

/* The sink of cells. The room is doubled, so that few bytes are moved. */
static int
rows_keep(void *arg, const char *bytes, size_t len)
{
	struct kept_rows *rows = arg;

	if (len > rows->room - rows->len) {
		const size_t room = 2 * rows->room + len;
		char *text = mem_realloc(rows->text, room);

		if (text == NULL)
			return ENOMEM;
		rows->text = text;
		rows->room = room;
	}
	memcpy(rows->text + rows->len, bytes, len);
	rows->len += len;
	return 0;
}

/* Make the cells of all rows, and measure the columns; without memory, none. */
static int
make_rows(struct table *table, const struct report_options *options,
    struct select_walk *walk, struct kept_rows *ret_rows)
{
	const struct printers_job job = { .print = make_row,
	    .arg = &table, .usual_len = ROW_LEN };
	struct outbuf *out = outbuf_new(rows_keep, ret_rows);
	int error;

	if (out == NULL)
		return -ERR_NOMEM;
	printers_print(options->printers, out, walk, &job);
	error = outbuf_flush(out);
	outbuf_free(out);
	if (error == 0)
		return 0;
	ret_rows->len = 0;
	return -ERR_NOMEM;
}

static void
put_kept_cell(const struct table *table, struct outbuf *out, size_t at,
    const char *text, size_t len)
{
	const struct shown *shown = &table->shown[at];
	const size_t width = width_of(shown);
	struct cell cell = { .len = len };

	if (LIKELY(len <= width)) {
		table_put_cell(table, out, at, shown->as.ink, text, len);
		return;
	}
	memcpy(cell.text, text, len);
	cell.len = fit_text(cell.text, len, width);
	table_put_cell(table, out, at, shown->as.ink, cell.text, cell.len);
}

static void
put_rows(const struct table *table, struct outbuf *out,
    const struct kept_rows *rows)
{
	size_t at = 0;

	while (at < rows->len) {
		for (size_t i = 0; i < table->count; i++) {
			const size_t len = (unsigned char)rows->text[at++];

			if (!table->shown[i].is_hidden)
				put_kept_cell(table, out, i,
				    &rows->text[at], len);
			at += len;
		}
		outbuf_char(out, '\n');
	}
}

static void
table_put_heading(const struct table *table, struct outbuf *out)
{
	for (size_t i = 0; i < table->count; i++)
		if (!table->shown[i].is_hidden)
			table_put_cell(table, out, i, INK_HEADING,
			    table->shown[i].as.heading,
			    strlen(table->shown[i].as.heading));
	outbuf_char(out, '\n');
}

/* The meaning of the abbreviations that were used. */
static void
put_legend(struct outbuf *out, unsigned states, size_t room)
{
	static const char heading[] = "States:";
	struct wrap_line line = {
		.out = out,
		.room = room,
		.indent = sizeof(heading),
	};

	if (states == 0)
		return;
	outbuf_char(out, '\n');
	wrap_put(&line, INK_PLAIN, heading);
	for (unsigned i = 0; i < STATE_COUNT; i++) {
		char text[CELL_SIZE];

		if ((states & 1U << i) == 0)
			continue;
		states &= ~(1U << i);
		(void)snprintf(text, sizeof(text), " %s %s%s", short_state(i),
		    state_name(i), states != 0 ? "," : "");
		wrap_put(&line, INK_PLAIN, text);
	}
	outbuf_char(out, '\n');
}

static bool
shows_states(const struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->shown[i].as.make == make_states &&
		    !table->shown[i].is_hidden)
			return true;
	return false;
}

static void
table_init(struct table *table, const struct conn *first,
    const struct report_options *options)
{
	table->style = options->style;
	table->names = options->names;
	table->base_ns = first != NULL ? first->first_ns : 0;
	table->count = 0;
	table->last = 0;
	atomic_init(&table->states, 0);
	choose_columns(table, options);
}

/* Below a table that --limit has shortened: of how many. */
static void
put_shown(struct outbuf *out, const struct conn *first,
    const struct select_rules *select)
{
	uint64_t count = 0;

	if (select == NULL || !select->has_limit)
		return;
	for (; first != NULL; first = first->next)
		count += select_matches(select, first);
	text_shown(out, count < select->limit ? count : select->limit, count,
	    "connections");
}

static void
table_print(struct table *table, struct outbuf *out,
    const struct report_options *options, const struct kept_rows *rows,
    const struct conn *first)
{
	if (options->width > 0 && (options->columns == NULL ||
	    options->columns->count == 0))
		fit_table(table, options->width);
	find_last(table);
	if (!options->no_header)
		table_put_heading(table, out);
	put_rows(table, out, rows);
	if (options->no_header)
		return;
	if (shows_states(table))
		put_legend(out, atomic_load(&table->states),
		    options->width > 0 ? options->width : LEGEND_COLUMNS);
	put_shown(out, first, options->select);
	text_dropped(out, options);
}

int
table_report(struct outbuf *out, const struct conn *first,
    const struct report_options *options)
{
	struct table table;
	struct kept_rows rows = { .text = NULL };
	struct select_walk walk;
	int error, kept_error;

	table_init(&table, first, options);
	error = select_walk_begin(&walk, options->select, first);
	kept_error = make_rows(&table, options, &walk, &rows);
	select_walk_end(&walk);
	table_print(&table, out, options, &rows, first);
	mem_free(rows.text);
	return error != 0 ? error : kept_error;
}

static int
table_finish(struct display *display, const struct tcpstates *ts)
{
	const struct report_options options = report_options_of(
	    display->context, ts);

	return table_report(display->out, tcpstates_first(ts), &options);
}

const struct display_type table_display = {
	.place = DISPLAY_ALONE,
	.has_columns = true,
	.needs = DISPLAY_NEEDS_ANALYSIS | DISPLAY_NEEDS_DIAGNOSIS,
	.finish = table_finish,
};
