/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copy a file of completions (data/completions/) from standard input to
 * standard output, with tables of options in place of the lines that name one
 * ("@zsh-options@").  `make' runs this, and `make install' then replaces
 * @program@ with the name that the program is installed under.
 *
 * The row of an option says what may follow it: the name of its argument
 * (FILE, IFACE, KEY), or its choices.
 */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "cli/options.h"
#include "cli/rows.h"
#include "records/record.h"

enum what {
	WHAT_ANYTHING,		/* a number, an expression... */
	WHAT_FILE,
	WHAT_INTERFACE,
	WHAT_USER,
	WHAT_KEY,		/* of a record */
	WHAT_LIST,		/* several words, with commas */
	WHAT_WORD,		/* one word */
	WHAT_COUNT
};

/* What the argument is. */
static enum what
what_follows(const struct optrow *row)
{
	static const struct {
		const char *arg;
		enum what what;
	} names[] = {
		{ "FILE", WHAT_FILE },
		{ "DIR", WHAT_FILE },
		{ "IFACE", WHAT_INTERFACE },
		{ "USER", WHAT_USER },
		{ "KEY", WHAT_KEY },
		{ "KEY[,...]", WHAT_KEY },
	};

	/* DIR is a directory of --svg, but a direction of -Q. */
	if (row->choices != NULL)
		return optrow_takes_list(row) ? WHAT_LIST : WHAT_WORD;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(row->arg, names[i].arg) == 0)
			return names[i].what;
	return WHAT_ANYTHING;
}

/* "in out inout"; nothing if the argument is no word. */
static void
put_choices(const struct optrow *row)
{
	for (size_t i = 0; row->choices != NULL && row->choices[i] != NULL;
	    i++)
		printf("%s%s", i == 0 ? "" : " ", row->choices[i]);
}

/* The length up to the first semicolon: the rest is for --help only. */
static size_t
summary_len(const struct optrow *row)
{
	return strcspn(row->help, ";");
}

/*
 * The keys of a record, and for a pair of figures, which can be added, the name
 * of both together.
 */
static void
put_keys(void)
{
	for (size_t i = 0; i < record_column_count(); i++) {
		const struct column *column = record_column(i);

		if (column->side == COLUMN_ORIG && column->type != VALUE_TEXT)
			puts(column->key + strlen("orig_"));
		puts(column->key);
	}
}

/*
 * bash
 */

/* "	-w|--write) _tcpstates_files "$3" ;;" */
static void
put_bash_case(const struct optrow *row)
{
	static const char *const actions[WHAT_COUNT] = {
		[WHAT_FILE] = " _tcpstates_files \"$3\"",
		[WHAT_INTERFACE] = " _tcpstates_interfaces \"$3\" \"$1\"",
		[WHAT_USER] = " _tcpstates_users \"$3\"",
		[WHAT_KEY] = " _tcpstates_keys \"$3\"",
		[WHAT_LIST] = " _tcpstates_list \"$3\"",
		[WHAT_WORD] = " _tcpstates_words \"$3\"",
		[WHAT_ANYTHING] = "",
	};
	const enum what what = what_follows(row);

	putchar('\t');
	if (row->letter != 0)
		printf("-%c|", row->letter);
	printf("--%s)%s", row->name, actions[what]);
	if (row->choices != NULL) {
		fputs(" '", stdout);
		put_choices(row);
		putchar('\'');
	}
	puts(" ;;");
}

static void
put_bash_needed(void)
{
	for (size_t i = 0; i < optrow_count(); i++) {
		const struct optrow *row = optrow_at(i);

		if (row->arg != NULL && !optrow_is_optional(row))
			put_bash_case(row);
	}
}

static void
put_bash_optional(void)
{
	for (size_t i = 0; i < optrow_count(); i++)
		if (optrow_is_optional(optrow_at(i)))
			put_bash_case(optrow_at(i));
}

static void
put_bash_options(void)
{
	for (size_t i = 0; i < optrow_count(); i++) {
		const struct optrow *row = optrow_at(i);

		if (row->letter != 0)
			printf("-%c ", row->letter);
		printf("--%s%s\n", row->name,
		    row->arg != NULL && !optrow_is_optional(row) ? "=" : "");
	}
}

/*
 * zsh
 */

/* Quotes, brackets and colons have a meaning inside '...[here]...'. */
static void
put_zsh_summary(const struct optrow *row)
{
	const size_t len = summary_len(row);

	for (size_t i = 0; i < len; i++) {
		const char c = row->help[i];

		if (c == '\'')
			fputs("'\\'", stdout);
		else if (strchr("[]:\\", c) != NULL)
			putchar('\\');
		putchar(c);
	}
}

/* ":FILE:_files", "::WHEN:(auto always never)" */
static void
put_zsh_argument(const struct optrow *row)
{
	static const char *const actions[WHAT_COUNT] = {
		[WHAT_FILE] = "_files",
		[WHAT_INTERFACE] = "_tcpstates_interfaces",
		[WHAT_USER] = "_users",
		[WHAT_KEY] = "_tcpstates_keys",
		[WHAT_LIST] = "_values -s , class ",
		[WHAT_WORD] = "(",
		[WHAT_ANYTHING] = " ",
	};
	const size_t arg_at = optrow_is_optional(row);
	const enum what what = what_follows(row);

	printf("%s:%.*s:%s", optrow_is_optional(row) ? ":" : "",
	    (int)strcspn(row->arg + arg_at, "[]"), row->arg + arg_at,
	    actions[what]);
	put_choices(row);
	if (what == WHAT_WORD)
		putchar(')');
}

/* May the option be repeated, to add to what was given before? */
static bool
is_repeatable(const struct optrow *row)
{
	return strcmp(row->name, "read") == 0 ||
	    strcmp(row->name, "conn") == 0 || strcmp(row->name, "only") == 0;
}

/* "	'(-w --write)'{-w+,--write=}'[save the packets]:FILE:_files' \" */
static void
put_zsh_option(const struct optrow *row)
{
	const bool takes = row->arg != NULL;

	fputs("\t'", stdout);
	if (is_repeatable(row))
		putchar('*');
	else if (row->letter != 0)
		printf("(-%c --%s)", row->letter, row->name);
	if (row->letter != 0)
		printf("'{-%c%s,", row->letter, takes ? "+" : "");
	printf("--%s%s%s", row->name, takes ? "=" : "",
	    optrow_is_optional(row) ? "-" : "");
	if (row->letter != 0)
		fputs("}'", stdout);
	putchar('[');
	put_zsh_summary(row);
	putchar(']');
	if (takes)
		put_zsh_argument(row);
	puts("' \\");
}

static void
put_zsh_options(void)
{
	for (size_t i = 0; i < optrow_count(); i++)
		put_zsh_option(optrow_at(i));
}

/*
 * fish
 */

static void
put_fish_summary(const struct optrow *row)
{
	const size_t len = summary_len(row);

	for (size_t i = 0; i < len; i++) {
		if (row->help[i] == '\'' || row->help[i] == '\\')
			putchar('\\');
		putchar(row->help[i]);
	}
}

/* " -x -a 'in out inout'" */
static void
put_fish_argument(const struct optrow *row)
{
	static const struct {
		const char *before;
		const char *after;
	} actions[WHAT_COUNT] = {
		[WHAT_FILE] = { "", "" },
		[WHAT_INTERFACE] = { " -a '(__tcpstates_interfaces)", "'" },
		[WHAT_USER] = { " -a '(__fish_complete_users)", "'" },
		[WHAT_KEY] = { " -a '(__tcpstates_keys)", "'" },
		[WHAT_LIST] = { " -a '(__tcpstates_list ", ")'" },
		[WHAT_WORD] = { " -a '", "'" },
		[WHAT_ANYTHING] = { "", "" },
	};
	const enum what what = what_follows(row);

	/* Without -r the argument is optional. */
	printf("%s%s%s", optrow_is_optional(row) ? "" : " -r",
	    what == WHAT_FILE ? " -F" : " -f", actions[what].before);
	put_choices(row);
	fputs(actions[what].after, stdout);
}

static void
put_fish_option(const struct optrow *row)
{
	printf("complete -c @program@");
	if (row->letter != 0)
		printf(" -s %c", row->letter);
	printf(" -l %s", row->name);
	if (row->arg != NULL)
		put_fish_argument(row);
	fputs(" -d '", stdout);
	put_fish_summary(row);
	puts("'");
}

static void
put_fish_options(void)
{
	for (size_t i = 0; i < optrow_count(); i++)
		put_fish_option(optrow_at(i));
}

/*
 * The tables.
 */

static const struct {
	const char *line;
	void (*put)(void);
} tables[] = {
	{ "@keys@\n", put_keys },
	{ "@bash-needed@\n", put_bash_needed },
	{ "@bash-optional@\n", put_bash_optional },
	{ "@bash-options@\n", put_bash_options },
	{ "@zsh-options@\n", put_zsh_options },
	{ "@fish-options@\n", put_fish_options },
};

static void
copy_line(const char *line)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		if (strcmp(line, tables[i].line) == 0) {
			tables[i].put();
			return;
		}
	fputs(line, stdout);
}

int
main(void)
{
	char line[256];

	while (fgets(line, sizeof(line), stdin) != NULL)
		copy_line(line);
	return ferror(stdin) == 0 && fflush(stdout) == 0 ? 0 : 1;
}
