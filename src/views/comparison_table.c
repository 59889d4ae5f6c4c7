/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line per pair.  Columns are as wide as their widest cell; a terminal
 * shows as many as it has room for, and a pipe all of them.
 */
#include "config.h"

#include "views/comparison.h"

#include <assert.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "base/outbuf.h"
#include "base/put.h"
#include "compare/result.h"
#include "flow/conn.h"
#include "print/addr.h"
#include "print/ink.h"
#include "views/fit.h"
#include "views/print_threads.h"

#define USUAL_ROW	100	/* bytes */
#define ENDPOINT_MIN	12	/* columns of a shortened endpoint */
#define ARROW		" -> "
#define ARROW_COLUMNS	(sizeof(ARROW) - 1)

enum cell {
	CELL_PAIR,
	CELL_A,
	CELL_B,
	CELL_SENT,
	CELL_MATCHED,
	CELL_LOST,
	CELL_INJECTED,
	CELL_REORDERED,
	CELL_DELAY_ORIG,
	CELL_DELAY_RESP,
	CELL_FIGURES
};

static const struct {
	const char *heading;
	unsigned rank;		/* as of struct fit_column */
} heads[CELL_FIGURES] = {
	[CELL_PAIR] = { "pair", 0 },
	[CELL_A] = { "A", 8 },
	[CELL_B] = { "B", 9 },
	[CELL_SENT] = { "sent", 5 },
	[CELL_MATCHED] = { "matched", 7 },
	[CELL_LOST] = { "lost", 1 },
	[CELL_INJECTED] = { "inj", 4 },
	[CELL_REORDERED] = { "reord", 6 },
	[CELL_DELAY_ORIG] = { "delay o", 2 },
	[CELL_DELAY_RESP] = { "delay r", 3 },
};

#define HEAD_OF_ENDPOINTS	"endpoints"

struct pair_table {
	const struct compare_result *result;
	struct fit_column fit[CELL_FIGURES + 1];	/* endpoints last */
	size_t endpoints_room;	/* columns of both endpoints and the arrow */
};

/* ---- cells ---- */

struct figure {
	char text[NSTIME_BUFSIZE];
};

struct row {
	struct figure figures[CELL_FIGURES];
	char orig[ADDR_ENDPOINT_BUFSIZE];
	char resp[ADDR_ENDPOINT_BUFSIZE];
	size_t orig_len, resp_len;
};

static_assert(NSTIME_BUFSIZE > PUT_DIGITS_MAX, "a number fits a cell");

static void
format_number(struct figure *figure, uint64_t number)
{
	*put_u64(figure->text, number) = '\0';
}

/* A count of segments, or "?" if the upstream point is unknown. */
static void
format_count(struct figure *figure, uint64_t count, bool is_unknown)
{
	if (is_unknown)
		memcpy(figure->text, "?", sizeof("?"));
	else
		format_number(figure, count);
}

static void
format_delay(struct figure *figure, const struct delays *delays)
{
	size_t len;

	if (delays->count == 0) {
		memcpy(figure->text, "n/a", sizeof("n/a"));
		return;
	}
	len = nstime_format_ratio(figure->text, delays->min, NS_PER_MS, 3);
	memcpy(figure->text + len, "ms", sizeof("ms"));
}

static void
make_figures(struct row *row, const struct compare_result *result, size_t at)
{
	const struct pair *pair = &result->pairs->pairs[at];
	const struct lane *o = compare_lane(result->compare, at,
	    DIRECTION_ORIG);
	const struct lane *r = compare_lane(result->compare, at,
	    DIRECTION_RESP);
	const struct lane_counts co = lane_counts(o);
	const struct lane_counts cr = lane_counts(r);
	const bool has_alone = result_has_alone(&co) || result_has_alone(&cr);

	format_number(&row->figures[CELL_PAIR], at + 1);
	format_number(&row->figures[CELL_A], pair->conn[POINT_A]);
	format_number(&row->figures[CELL_B], pair->conn[POINT_B]);
	format_count(&row->figures[CELL_SENT], co.sent[o->upstream] +
	    cr.sent[r->upstream], has_alone);
	format_number(&row->figures[CELL_MATCHED], co.matched + cr.matched);
	format_count(&row->figures[CELL_LOST], co.lost + cr.lost, has_alone);
	format_count(&row->figures[CELL_INJECTED], co.injected + cr.injected,
	    has_alone);
	format_number(&row->figures[CELL_REORDERED], co.reordered +
	    cr.reordered);
	format_delay(&row->figures[CELL_DELAY_ORIG], &o->delays);
	format_delay(&row->figures[CELL_DELAY_RESP], &r->delays);
}

static void
make_row(struct row *row, const struct compare_result *result, size_t at)
{
	const struct conn *conn = result_conn(result, at, POINT_A);
	const unsigned from =
	    result->pairs->pairs[at].side[DIRECTION_ORIG][POINT_A];

	make_figures(row, result, at);
	row->orig_len = addr_format_endpoint(row->orig, conn, from);
	row->resp_len = addr_format_endpoint(row->resp, conn, !from);
}

/* ---- widths ---- */

static void
measure(struct pair_table *table)
{
	struct row row;

	for (size_t i = 0; i < CELL_FIGURES; i++)
		table->fit[i] = (struct fit_column){
			.rank = heads[i].rank,
			.width = (i > 0) + strlen(heads[i].heading),
		};
	table->fit[CELL_FIGURES] = (struct fit_column){
		.width = 1 + strlen(HEAD_OF_ENDPOINTS),
	};
	for (size_t at = 0; at < table->result->pairs->count; at++) {
		make_row(&row, table->result, at);
		for (size_t i = 0; i < CELL_FIGURES; i++)
			fit_widen(&table->fit[i], (i > 0) +
			    strlen(row.figures[i].text));
		fit_widen(&table->fit[CELL_FIGURES], 1 + row.orig_len +
		    ARROW_COLUMNS + row.resp_len);
	}
}

/* Endpoints lose their middle where no other column is left to hide. */
static void
fit(struct pair_table *table, size_t room)
{
	const size_t used = fit_columns(table->fit, ARRAY_LEN(table->fit),
	    room);
	const size_t least = ARROW_COLUMNS + 2 * ENDPOINT_MIN;
	size_t endpoints = table->fit[CELL_FIGURES].width - 1;

	if (room > 0 && used > room)
		endpoints = endpoints > least + used - room ?
		    endpoints - (used - room) : least;
	table->endpoints_room = endpoints;
}

static void
shorten_endpoints(struct row *row, size_t room)
{
	const size_t both = room - ARROW_COLUMNS;
	size_t orig = both / 2;

	if (row->orig_len + row->resp_len <= both)
		return;
	if (row->orig_len < orig)
		orig = row->orig_len;
	else if (row->resp_len < both - orig)
		orig = both - row->resp_len;
	row->orig_len = fit_text(row->orig, row->orig_len, orig);
	row->resp_len = fit_text(row->resp, row->resp_len, both - orig);
}

/* ---- lines ---- */

static void
put_row(const void *arg, struct outbuf *out, size_t at)
{
	const struct pair_table *table = arg;
	struct row row;

	make_row(&row, table->result, at);
	shorten_endpoints(&row, table->endpoints_room);
	for (size_t i = 0; i < CELL_FIGURES; i++)
		if (!table->fit[i].is_hidden)
			ink_cell(out, false, INK_PLAIN, row.figures[i].text,
			    -(int)table->fit[i].width);
	outbuf_char(out, ' ');
	outbuf_mem(out, row.orig, row.orig_len);
	outbuf_str(out, ARROW);
	outbuf_mem(out, row.resp, row.resp_len);
	outbuf_char(out, '\n');
}

static void
put_heads(struct outbuf *out, const struct pair_table *table)
{
	for (size_t i = 0; i < CELL_FIGURES; i++)
		if (!table->fit[i].is_hidden)
			ink_cell(out, false, INK_PLAIN, heads[i].heading,
			    -(int)table->fit[i].width);
	outbuf_str(out, " " HEAD_OF_ENDPOINTS "\n");
}

void
comparison_table(struct outbuf *out, const struct compare_result *result,
    unsigned columns)
{
	struct pair_table table = { .result = result };

	measure(&table);
	fit(&table, columns);
	put_heads(out, &table);
	comparison_print_pairs(out, result, 0, &(struct printers_job){
	    .arg = &table, .print_number = put_row, .usual_len = USUAL_ROW });
}
