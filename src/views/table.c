/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cell shows one key of the records, or a few, from records/columns.def.
 *
 * Every cell is formatted twice: once to measure its column, once to print.
 * So the table is as narrow as its content allows, and no row is stored.
 * Counts, bytes and times have about three digits, and states are abbreviated:
 * the report and the records have exact figures.
 */
#include "config.h"

#include "views/table.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "base/compiler.h"
#include "base/outbuf.h"
#include "engine/engine.h"
#include "flow/conn.h"
#include "print/addr.h"
#include "print/ink.h"
#include "records/record.h"
#include "records/select.h"
#include "records/select_walk.h"
#include "tcp/pack.h"
#include "tcp/state.h"
#include "views/display.h"
#include "views/print_threads.h"
#include "views/text.h"

#define CELL_SIZE	96	/* widest cell and its NUL */
#define ROW_LEN		140	/* bytes of most rows */

static_assert(CELL_SIZE >= TIME_BUFSIZE, "an instant fits");
static_assert(CELL_SIZE >= ADDR_ENDPOINT_BUFSIZE, "an endpoint fits");

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

/* num / den, rounded to `digits` decimals. */
static void
add_ratio(struct cell *cell, uint64_t num, uint64_t den, unsigned digits)
{
	char buf[NSTIME_BUFSIZE];

	nstime_format_mixed(buf, num / den, num % den, den, digits);
	add_text(cell, buf);
}

/* Is num / den, rounded to a whole number, `limit` or more? */
static bool
rounds_to(uint64_t num, uint64_t den, uint64_t limit)
{
	const uint64_t rest = num % den;

	return num / den + (rest >= den - rest) >= limit;
}

/*
 * 987, 9.9k, 99k, 999k, 9.9M: at most four columns, rounded, with decimal
 * prefixes.  `unit` is a multiple of 1000, so 9.95 units are a whole number.
 */
static void
add_amount(struct cell *cell, uint64_t n)
{
	static const char *const prefixes[] = {
		"", "k", "M", "G", "T", "P", "E"
	};
	uint64_t unit = 1;
	size_t at = 0;

	while (at + 1 < ARRAY_LEN(prefixes) && rounds_to(n, unit, 1000)) {
		unit *= 1000;
		at++;
	}
	add_ratio(cell, n, unit, at > 0 && n < unit / 100 * 995 ? 1 : 0);
	add_text(cell, prefixes[at]);
}

/* 7m05s, 3h20m, 12d: two units if the larger has one digit. */
static void
add_clock(struct cell *cell, uint64_t whole, uint64_t rest,
    const char *large, const char *small)
{
	add_ratio(cell, whole, 1, 0);
	add_text(cell, large);
	if (whole >= 10)
		return;
	add_text(cell, rest < 10 ? "0" : "");
	add_ratio(cell, rest, 1, 0);
	add_text(cell, small);
}

/* 250us, 4.5ms, 45ms, 4.5s, 45s, then minutes, hours, days. */
static void
add_duration(struct cell *cell, int64_t duration_ns)
{
	const uint64_t ns = duration_ns > 0 ? (uint64_t)duration_ns : 0;
	const uint64_t sec = ns / (uint64_t)NS_PER_SEC;
	static const struct {
		uint64_t unit;
		const char *name;
	} units[] = {
		{ (uint64_t)NS_PER_US, "us" },
		{ (uint64_t)NS_PER_MS, "ms" },
		{ (uint64_t)NS_PER_SEC, "s" }
	};
	size_t at = 0;

	if (sec >= 86400) {
		add_clock(cell, sec / 86400, sec % 86400 / 3600, "d", "h");
	} else if (sec >= 3600) {
		add_clock(cell, sec / 3600, sec % 3600 / 60, "h", "m");
	} else if (sec >= 60) {
		add_clock(cell, sec / 60, sec % 60, "m", "s");
	} else {
		while (at + 1 < ARRAY_LEN(units) &&
		    rounds_to(ns, units[at].unit, 1000))
			at++;
		add_ratio(cell, ns, units[at].unit,
		    at > 0 && ns < units[at].unit / 100 * 995);
		add_text(cell, units[at].name);
	}
}

/*
 * States, by the initials of their words and their number, if any: E
 * ESTABLISHED, FW2 FIN-WAIT-2.  CLOSING, the rarer of two with the same
 * initial, has two letters.
 */
static const char *
short_state(unsigned state)
{
	static const char *const names[STATE_COUNT] = {
		[STATE_UNSEEN] = "-",
		[STATE_CLOSED] = "C",
		[STATE_LISTEN] = "L",
		[STATE_SYN_SENT] = "SS",
		[STATE_SYN_RECEIVED] = "SR",
		[STATE_ESTABLISHED] = "E",
		[STATE_FIN_WAIT_1] = "FW1",
		[STATE_FIN_WAIT_2] = "FW2",
		[STATE_CLOSE_WAIT] = "CW",
		[STATE_CLOSING] = "CG",
		[STATE_LAST_ACK] = "LA",
		[STATE_TIME_WAIT] = "TW"
	};

	return names[state];
}

/*
 * Cells.
 */

struct table {
	struct time_style style;
	int64_t base_ns;	/* start of the first connection */
	/* The keys of each cell; NULL after the last. */
	const struct column *shown[TABLE_COLUMNS][TABLE_KEYS];
	/* Both threads measure: what follows only grows. */
	_Atomic size_t width[TABLE_COLUMNS];
	atomic_uint states;	/* printed: set of 1 << enum state */
};

#define CELL(name)							\
	static void							\
	make_##name(UNUSED struct table *table, struct cell *cell,	\
	    const struct value value[TABLE_KEYS])

CELL(number)
{
	add_ratio(cell, value[0].u.number, 1, 0);
}

CELL(endpoint)
{
	char buf[ADDR_ENDPOINT_BUFSIZE];

	addr_format_port(buf, value[0].u.addr.bytes,
	    value[0].u.addr.ip_version, (unsigned)value[1].u.number);
	add_text(cell, buf);
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
		add_duration(cell, value[1].u.ns + value[2].u.ns);
	else
		add_text(cell, "-");
}

static const struct {
	const char *heading;
	bool is_right;		/* numbers stand at the right */
	enum ink ink;
	void (*make)(struct table *, struct cell *, const struct value *);
	const char *keys[TABLE_KEYS];	/* of the records */
} columns[] = {
	{ "#", true, INK_PLAIN, make_number, { "conn" } },
	{ "ORIGINATOR", false, INK_ORIG, make_endpoint,
	    { "orig_h", "orig_p" } },
	{ "RESPONDER", false, INK_RESP, make_endpoint,
	    { "resp_h", "resp_p" } },
	{ "STAT", false, INK_PLAIN, make_text, { "status" } },
	{ "STATES", false, INK_PLAIN, make_states,
	    { "orig_state", "resp_state" } },
	{ "START", true, INK_PLAIN, make_start, { "ts" } },
	{ "TIME", true, INK_PLAIN, make_duration, { "duration" } },
	{ "PKT>", true, INK_ORIG, make_amount, { "orig_pkts" } },
	{ "<PKT", true, INK_RESP, make_amount, { "resp_pkts" } },
	{ "BYT>", true, INK_ORIG, make_amount, { "orig_bytes" } },
	{ "<BYT", true, INK_RESP, make_amount, { "resp_bytes" } },
	{ "RTX", true, INK_PLAIN, make_both,
	    { "orig_retrans", "resp_retrans" } },
	{ "RTT", true, INK_PLAIN, make_rtt,
	    { "rtt_initial", "orig_rtt_min", "resp_rtt_min" } }
};

static_assert(ARRAY_LEN(columns) == TABLE_COLUMNS, "as the header says");

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
 * The table.
 */

static size_t
width_of(const struct table *table, size_t at)
{
	return atomic_load_explicit(&table->width[at], memory_order_relaxed);
}

static void
table_put_cell(const struct table *table, struct outbuf *out, size_t at,
    enum ink ink, const char *text)
{
	const int columns_wide = (int)width_of(table, at);

	if (at > 0)
		outbuf_char(out, ' ');
	if (at + 1 == ARRAY_LEN(columns) || columns[at].is_right)
		ink_cell(out, table->style.colour, ink, text,
		    columns[at].is_right ? -columns_wide : 0);
	else
		ink_cell(out, table->style.colour, ink, text, columns_wide);
}

static void
make_cell(struct table *table, struct cell *cell, size_t at,
    const struct conn *conn)
{
	struct value value[TABLE_KEYS];

	for (size_t i = 0; i < TABLE_KEYS; i++)
		if (table->shown[at][i] != NULL)
			record_get(table->shown[at][i], conn, &value[i]);
	cell->len = 0;
	cell->text[0] = '\0';
	columns[at].make(table, cell, value);
}

static void
widen(struct table *table, size_t at, size_t len)
{
	size_t width = width_of(table, at);

	while (len > width && !atomic_compare_exchange_weak(
	    &table->width[at], &width, len))
		continue;
}

/* The connection is unpacked once, not once for each key. */
static void
measure_row(const void *arg, UNUSED struct outbuf *out,
    const struct conn *packed)
{
	struct table *table = *(struct table *const *)arg;
	struct pack_room room;
	const struct conn *conn = pack_read(packed, &room);
	struct cell cell;

	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		make_cell(table, &cell, i, conn);
		widen(table, i, cell.len);
	}
}

static void
table_put_row(const void *arg, struct outbuf *out, const struct conn *packed)
{
	struct table *table = *(struct table *const *)arg;
	struct pack_room room;
	const struct conn *conn = pack_read(packed, &room);
	struct cell cell;

	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		make_cell(table, &cell, i, conn);
		table_put_cell(table, out, i, columns[i].ink, cell.text);
	}
	outbuf_char(out, '\n');
}

static void
table_put_heading(const struct table *table, struct outbuf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		table_put_cell(table, out, i, INK_HEADING,
		    columns[i].heading);
	outbuf_char(out, '\n');
}

/* The meaning of the abbreviations that were used. */
static void
put_legend(struct outbuf *out, unsigned states)
{
	const char *before = "\nStates: ";

	for (unsigned i = 0; i < STATE_COUNT; i++) {
		if ((states & 1U << i) == 0)
			continue;
		outbuf_str(out, before);
		outbuf_str(out, short_state(i));
		outbuf_char(out, ' ');
		outbuf_str(out, state_name(i));
		before = ", ";
	}
	if (states != 0)
		outbuf_char(out, '\n');
}

static void
table_init(struct table *table, const struct conn *first,
    const struct report_options *options)
{
	*table = (struct table){
		.style = options->style,
		.base_ns = first != NULL ? first->first_ns : 0
	};
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		atomic_init(&table->width[i], strlen(columns[i].heading));
		for (size_t k = 0; k < TABLE_KEYS; k++)
			table->shown[i][k] = table_shown(i, k);
	}
}

int
table_report(struct outbuf *out, const struct conn *first,
    const struct report_options *options)
{
	struct table table;
	struct table *const arg = &table;
	const struct printers_job measure = { measure_row, &arg, ROW_LEN };
	const struct printers_job print = { table_put_row, &arg, ROW_LEN };
	struct select_walk walk;
	int error;

	table_init(&table, first, options);
	error = select_walk_begin(&walk, options->select, first);
	printers_print(options->printers, out, &walk, &measure);
	select_walk_rewind(&walk, first);
	if (!options->no_header)
		table_put_heading(&table, out);
	printers_print(options->printers, out, &walk, &print);
	select_walk_end(&walk);
	if (options->no_header)
		return error;
	put_legend(out, atomic_load(&table.states));
	text_dropped(out, options);
	return error;
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
	.needs = DISPLAY_NEEDS_ANALYSIS,
	.finish = table_finish,
};
