/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Print a table of the manual, in mdoc, from the tables of the source, so that
 * the two cannot differ.  man/fill puts the tables into the pages, and
 * tests/man.sh compares.
 *
 *	tables NAME	of tcpstates(1): states, ends, judged, table,
 *			verdicts or tunnels; of
 *			tcpstates-formats(5): linktypes or encapsulations; of
 *			tcpstates-records(5): columns, capture, interval or
 *						summary
 *
 * Others belong to the schemas of databases in data/, in SQL: clickhouse,
 * clickhouse_finding, clickhouse_triage, duckdb and sqlite.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "compare/lane.h"
#include "compare/rewrites.h"
#include "decode/encapsulation.h"
#include "decode/frame.h"
#include "decode/linktype.h"
#include "diagnosis/causes.h"
#include "diagnosis/findings.h"
#include "records/record.h"
#include "views/table.h"
#include "tcp/close.h"
#include "tcp/judgement.h"
#include "tcp/pipeline.h"
#include "tcp/state.h"

enum { LINE_MAX_LEN = 78 };	/* bytes of a line of a page */

/* Bytes of the word that begins here, with the blank or the end behind it. */
static size_t
word_len(const char *text)
{
	return strcspn(text, " ") + 1;
}

/*
 * Text as roff takes it, on lines as an editor likes them: a line that begins
 * with a dot or an apostrophe would be a macro.  A full stop ends it, once.
 */
static void
put_sentence(const char *sentence)
{
	size_t column = 0;
	char last = '\0';

	for (const char *at = sentence; *at != '\0'; at++) {
		if (*at == ' ' && column + word_len(at + 1) >= LINE_MAX_LEN) {
			putchar('\n');
			column = 0;
			continue;
		}
		if (column == 0 && (*at == '.' || *at == '\''))
			fputs("\\&", stdout);
		if (*at == '\\')
			fputs("\\e", stdout);
		else
			putchar(*at);
		column++;
		last = *at;
	}
	puts(last == '.' ? "" : ".");
}

static void
put_item(const char *name, const char *sentence)
{
	printf(".It %s\n", name);
	put_sentence(sentence);
}

static void
begin_list(void)
{
	puts(".Bl -tag -width Ds -compact");
}

static void
end_list(void)
{
	puts(".El");
}

static void
put_states(void)
{
	begin_list();
	for (unsigned i = 0; i < STATE_COUNT; i++)
		put_item(state_name((enum state)i),
		    state_sentence((enum state)i));
	end_list();
}

static void
put_ends(void)
{
	char sentence[200];

	begin_list();
	for (unsigned i = 0; i < END_COUNT; i++) {
		printf(".It Cm %s\n", end_key((enum end)i));
		(void)snprintf(sentence, sizeof(sentence), "%s: %s",
		    end_words((enum end)i), end_sentence((enum end)i));
		put_sentence(sentence);
	}
	end_list();
}

static void
put_judged(void)
{
	begin_list();
	for (unsigned i = 0; i < JUDGED_COUNT; i++)
		put_item(judged_words((enum judged)i),
		    judged_sentence((enum judged)i));
	end_list();
}

static void
put_verdicts(void)
{
	begin_list();
	for (unsigned i = 0; i < VERDICT_COUNT; i++)
		put_item(verdict_words((enum verdict)i),
		    verdict_sentence((enum verdict)i));
	end_list();
}

/* What tcpstates-records(5) explains under "Types". */
static const char *const type_words[] = {
	[VALUE_NUMBER] = "integer",
	[VALUE_INSTANT] = "time",
	[VALUE_DURATION] = "decimal",
	[VALUE_RATIO] = "decimal",
	[VALUE_FLAG] = "boolean",
	[VALUE_TEXT] = "string",
	[VALUE_ADDR] = "address",
};

static void
put_type(unsigned type, const char *unit)
{
	printf(" Pq %s", type_words[type]);
	if (unit[0] != '\0')
		printf(", %s", unit);
	putchar('\n');
}

/* A pair of columns, orig_x and resp_x, is one line of the manual. */
static void
put_columns(void)
{
	begin_list();
	for (size_t i = 0; i < record_column_count(); i++) {
		const struct column *column = record_column(i);

		if (column->side == COLUMN_RESP)
			continue;
		printf(".It Cm %s", column->key);
		if (column->side == COLUMN_ORIG)
			printf(" , resp_%s", column->key + strlen("orig_"));
		put_type(column->type, column->unit);
		put_sentence(column->sentence);
	}
	end_list();
}

static void
put_fields(enum record record)
{
	begin_list();
	for (size_t i = 0; i < record_field_count(record); i++) {
		const struct field *field = record_field(record, i);

		printf(".It Cm %s", field->key);
		put_type(field->type, field->unit);
		put_sentence(field->sentence);
	}
	end_list();
}

static void
put_capture(void)
{
	put_fields(RECORD_CAPTURE);
}

static void
put_interval(void)
{
	put_fields(RECORD_INTERVAL);
}

static void
put_summary(void)
{
	put_fields(RECORD_SUMMARY);
}

/*
 * The types that hold a column in a database, exactly: seconds have nine
 * decimals.  SQLite's REAL can hold a duration, but not an instant, and DuckDB
 * reads decimals of JSON as doubles.
 */
static const struct {
	const char *clickhouse;
	const char *sqlite;
	const char *duckdb;
} type_sql[] = {
	[VALUE_NUMBER] = { "UInt64", "INTEGER", "UBIGINT" },
	[VALUE_INSTANT] = { "Decimal(38, 9)", "TEXT", "VARCHAR" },
	[VALUE_DURATION] = { "Decimal(38, 9)", "REAL", "DECIMAL(38, 9)" },
	[VALUE_RATIO] = { "Float64", "REAL", "DOUBLE" },
	[VALUE_FLAG] = { "UInt8", "INTEGER", "BOOLEAN" },
	[VALUE_TEXT] = { "String", "TEXT", "VARCHAR" },
	[VALUE_ADDR] = { "String", "TEXT", "VARCHAR" },
};

/* What identifies a record has to be there. */
static bool
is_in_key(const struct column *column)
{
	return strcmp(column->key, "conn") == 0 ||
	    strcmp(column->key, "ts") == 0;
}

/* Names such as `group` are words of the language. */
static void
put_clickhouse_column(const char *key, const char *type, bool is_nullable,
    bool is_last)
{
	printf(is_nullable ? "    `%s` Nullable(%s)%s\n" : "    `%s` %s%s\n",
	    key, type, is_last ? "" : ",");
}

static void
put_clickhouse(void)
{
	const size_t count = record_column_count();

	for (size_t i = 0; i < count; i++) {
		const struct column *column = record_column(i);

		put_clickhouse_column(column->key,
		    type_sql[column->type].clickhouse, !is_in_key(column),
		    i + 1 == count);
	}
}

static void
put_clickhouse_fields(enum record record)
{
	const size_t count = record_field_count(record);

	for (size_t i = 0; i < count; i++) {
		const struct field *field = record_field(record, i);

		put_clickhouse_column(field->key,
		    type_sql[field->type].clickhouse, true, i + 1 == count);
	}
}

static void
put_clickhouse_finding(void)
{
	put_clickhouse_fields(RECORD_FINDING);
}

static void
put_clickhouse_triage(void)
{
	put_clickhouse_fields(RECORD_TRIAGE);
}

static void
put_sqlite(void)
{
	for (size_t i = 0; i < record_column_count(); i++) {
		const struct column *column = record_column(i);

		printf("    %s %s%s,\n", column->key,
		    type_sql[column->type].sqlite,
		    is_in_key(column) ? " NOT NULL" : "");
	}
}

static void
put_duckdb(void)
{
	const size_t count = record_column_count();

	for (size_t i = 0; i < count; i++) {
		const struct column *column = record_column(i);

		printf("    %s: '%s'%s\n", column->key,
		    type_sql[column->type].duckdb, i + 1 < count ? "," : "");
	}
}

/* A column of the table and the keys that it shows. */
static void
put_table(void)
{
	puts(".Bl -column ORIGINATOR -compact");
	for (size_t i = 0; i < TABLE_ALL_COLUMNS; i++) {
		const struct column *column;

		printf(".It %s Ta", table_heading(i));
		for (size_t k = 0; k < TABLE_KEYS; k++)
			if ((column = table_shown(i, k)) != NULL)
				printf("%s %s", k > 0 ? " ," : " Cm",
				    column->key);
		putchar('\n');
	}
	end_list();
}

static const struct {
	const char *name;	/* libpcap's, after DLT_; empty if it has none */
	enum linktype type;
} link_names[] = {
#define LINKNUMBER(number, name, type) { name, LINKTYPE_##type },
#include "decode/linknumbers.def"
#undef LINKNUMBER
};

static void
put_linktype(enum linktype type)
{
	static const char openbsd[] = "OpenBSD ";
	const char *name = linktype_name(type);
	const char *between = " Ta ";

	/* mandoc wants its macro for the name of the system. */
	if (strncmp(name, openbsd, sizeof(openbsd) - 1) == 0)
		printf(".It Ox %s", name + sizeof(openbsd) - 1);
	else
		printf(".It %s", name);
	for (size_t i = 0; i < ARRAY_LEN(link_names); i++) {
		if (link_names[i].type != type || link_names[i].name[0] == '\0')
			continue;
		printf("%s%s", between, link_names[i].name);
		between = ", ";
	}
	putchar('\n');
}

/* UNKNOWN is what all the others are not. */
static void
put_linktypes(void)
{
	puts(".Bl -column \"Apple PKTAP under a private number\" -compact");
	for (unsigned i = LINKTYPE_UNKNOWN + 1; i < LINKTYPE_COUNT; i++)
		put_linktype((enum linktype)i);
	end_list();
}

static void
put_encapsulations(void)
{
	static const struct {
		const char *words;
		int hex_digits;		/* 0: decimal */
	} kinds[NUMBER_KINDS] = {
		[NUMBER_ETHERTYPE] = { "Ethertype", 4 },
		[NUMBER_IP_PROTOCOL] = { "IP protocol", 0 },
		[NUMBER_PPP_PROTOCOL] = { "PPP protocol", 4 },
		[NUMBER_LLC_SAP] = { "LLC SAP", 2 },
		[NUMBER_FAMILY] = { "family", 0 },
		[NUMBER_UDP_PORT] = { "UDP port", 0 },
	};
	const struct encapsulation *row;
	char sentence[200];

	begin_list();
	for (unsigned i = 0; (row = encapsulation_row(i)) != NULL; i++) {
		printf(".It %s ", kinds[row->kind].words);
		if (kinds[row->kind].hex_digits > 0)
			printf("0x%0*x", kinds[row->kind].hex_digits,
			    (unsigned)row->number);
		else
			printf("%u", (unsigned)row->number);
		(void)snprintf(sentence, sizeof(sentence), "%s (%s)",
		    row->words, row->reference);
		putchar('\n');
		put_sentence(sentence);
	}
	end_list();
}

/* The names that --decode-as knows. */
static void
put_tunnels(void)
{
	begin_list();
	for (unsigned i = 0; i < TUNNEL_COUNT; i++) {
		printf(".It Cm %s\n", tunnel_name((enum tunnel)i));
		put_sentence(tunnel_words((enum tunnel)i));
	}
	end_list();
}

static void
put_pair(void)
{
	put_fields(RECORD_PAIR);
}

static void
put_unpaired(void)
{
	put_fields(RECORD_UNPAIRED);
}

static void
put_segment(void)
{
	put_fields(RECORD_SEGMENT);
}

static void
put_compare(void)
{
	put_fields(RECORD_COMPARE);
}

static void
put_triage(void)
{
	put_fields(RECORD_TRIAGE);
}

static void
put_group(void)
{
	put_fields(RECORD_GROUP);
}

static void
put_finding(void)
{
	put_fields(RECORD_FINDING);
}

/* A paragraph of a finding, unless there is nothing to say. */
static void
put_remark(const char *label, const char *text)
{
	if (*text == '\0')
		return;
	printf(".It %s\n", label);
	put_sentence(text);
}

static void
put_findings(enum finding_kind kind)
{
	for (unsigned i = 0; i < FINDING_COUNT; i++) {
		const enum finding_id id = (enum finding_id)i;

		if (finding_kind(id) != kind)
			continue;
		printf(".Ss %s\n", finding_name(id));
		put_sentence(finding_meaning(id));
		begin_list();
		put_remark("Evidence", finding_evidence(id));
		put_remark("Next", finding_advice(id));
		put_remark("May be mistaken for", finding_mistaken(id));
		end_list();
	}
}

static void
put_failures(void)
{
	put_findings(KIND_FAILURE);
}

static void
put_speed(void)
{
	put_findings(KIND_SPEED);
}

static void
put_notes(void)
{
	put_findings(KIND_NOTE);
}

static void
put_capture_faults(void)
{
	put_findings(KIND_CAPTURE);
}

static void
put_between(void)
{
	put_findings(KIND_BETWEEN);
}

/* The accounts of the ledger. */
static void
put_causes(void)
{
	begin_list();
	for (unsigned i = 0; i < BOOK_COUNT; i++) {
		const enum book book = (enum book)i;

		if (book_is_sided(book) && book_side(book) == 1)
			continue;
		if (book_is_sided(book))
			printf(".It Cm orig_t_%s , resp_t_%s\n", book_key(book),
			    book_key(book));
		else
			printf(".It Cm t_%s\n", book_key(book));
		put_sentence(book_sentence(book));
	}
	end_list();
}

static void
put_rewrites(void)
{
	begin_list();
	for (unsigned i = 0; i < REWRITE_COUNT; i++) {
		printf(".It Cm %s\n", rewrite_word(i));
		put_sentence(rewrite_sentence(i));
	}
	end_list();
}

/* A function stands in the file that its name begins with. */
static void
put_steps(void)
{
	const struct pipeline_step *step;

	puts("| Section | File | Function | Step |\n|---|---|---|---|");
	for (unsigned i = 0; (step = pipeline_step(i)) != NULL; i++)
		printf("| %s | `tcp/%.*s.c` | `%s()` | %s |\n", step->section,
		    (int)strcspn(step->name, "_"), step->name, step->name,
		    step->sentence);
}

static const struct {
	const char *name;
	void (*put)(void);
} tables[] = {
	{ "states", put_states },
	{ "ends", put_ends },
	{ "judged", put_judged },
	{ "table", put_table },
	{ "verdicts", put_verdicts },
	{ "columns", put_columns },
	{ "capture", put_capture },
	{ "interval", put_interval },
	{ "summary", put_summary },
	{ "pair", put_pair },
	{ "segment", put_segment },
	{ "unpaired", put_unpaired },
	{ "compare", put_compare },
	{ "finding", put_finding },
	{ "triage", put_triage },
	{ "group", put_group },
	{ "failures", put_failures },
	{ "speed", put_speed },
	{ "notes", put_notes },
	{ "capture_faults", put_capture_faults },
	{ "between", put_between },
	{ "causes", put_causes },
	{ "rewrites", put_rewrites },
	{ "clickhouse", put_clickhouse },
	{ "clickhouse_finding", put_clickhouse_finding },
	{ "clickhouse_triage", put_clickhouse_triage },
	{ "duckdb", put_duckdb },
	{ "sqlite", put_sqlite },
	{ "linktypes", put_linktypes },
	{ "encapsulations", put_encapsulations },
	{ "tunnels", put_tunnels },
	{ "steps", put_steps },
};

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < ARRAY_LEN(tables); i++)
		if (strcmp(argv[1], tables[i].name) == 0) {
			tables[i].put();
			return fflush(stdout) == 0 ? 0 : 1;
		}
	(void)fprintf(stderr, "usage: tables NAME\n");
	return 2;
}
