/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies a file of completions (data/completions/) from standard input to
 * standard output, and puts tables of options in place of the lines that name
 * one ("@zsh-options@").  No part of the program: `make' runs it, and `make
 * install' then puts the program's name, as configure was told it, where
 * @program@ stands.
 *
 * What may follow an option is known by the name of its argument (FILE,
 * IFACE, KEY), and else by its setter, which says what it takes when it is
 * given something else ("is none of in, out and inout").
 */
#include "config.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "cli/options.h"
#include "cli/rows.h"
#include "records/record.h"

#define WORDS_SIZE	256	/* octets of words with blanks between them */

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

static bool
is_optional(const struct optrow *row)
{
	return row->arg != NULL && row->arg[0] == '[';
}

/* "in, out and inout" -> "in out inout" */
static void
take_words(char words[WORDS_SIZE], const char *sentence)
{
	const char *blank = "";
	size_t at = 0;

	words[0] = '\0';
	while (*sentence != '\0') {
		const size_t len = strcspn(sentence, ", ");

		if (len != strlen("and") || memcmp(sentence, "and", len) != 0) {
			at += (size_t)snprintf(words + at, WORDS_SIZE - at,
			    "%s%.*s", blank, (int)len, sentence);
			assert(at < WORDS_SIZE);
			blank = " ";
		}
		sentence += len + strspn(sentence + len, ", ");
	}
}

/* The words that a setter takes; false when it takes other things. */
static bool
ask_words(char words[WORDS_SIZE], const struct optrow *row)
{
	static const char is_none_of[] = "is none of ";
	struct options scratch = { .action = ACTION_REPORT };
	const char *wrong = row->set(&scratch, "?");
	const bool takes_words = wrong != NULL &&
	    strncmp(wrong, is_none_of, strlen(is_none_of)) == 0;

	if (takes_words)
		take_words(words, wrong + strlen(is_none_of));
	options_fini(&scratch);
	return takes_words;
}

/* What the argument is, and which words if it is words. */
static enum what
what_follows(const struct optrow *row, char words[WORDS_SIZE])
{
	static const struct {
		const char *arg;
		enum what what;
	} names[] = {
		{ "FILE", WHAT_FILE },
		{ "IFACE", WHAT_INTERFACE },
		{ "USER", WHAT_USER },
		{ "KEY", WHAT_KEY },
	};

	words[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(row->arg, names[i].arg) == 0)
			return names[i].what;
	if (!ask_words(words, row))
		return WHAT_ANYTHING;
	return strcmp(row->arg, "CLASS") == 0 ? WHAT_LIST : WHAT_WORD;
}

/* Up to the first semicolon: what is beyond it is for --help. */
static size_t
summary_len(const struct optrow *row)
{
	return strcspn(row->help, ";");
}

/* The keys of a record, and for a pair the name of both together. */
static void
put_keys(void)
{
	for (size_t i = 0; i < record_column_count(); i++) {
		const struct column *column = record_column(i);

		if (column->side == COLUMN_ORIG)
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
	char words[WORDS_SIZE];
	const enum what what = what_follows(row, words);

	putchar('\t');
	if (row->letter != 0)
		printf("-%c|", row->letter);
	printf("--%s)%s", row->name, actions[what]);
	if (words[0] != '\0')
		printf(" '%s'", words);
	puts(" ;;");
}

static void
put_bash_needed(void)
{
	for (size_t i = 0; i < optrow_count(); i++)
		if (optrow_at(i)->arg != NULL && !is_optional(optrow_at(i)))
			put_bash_case(optrow_at(i));
}

static void
put_bash_optional(void)
{
	for (size_t i = 0; i < optrow_count(); i++)
		if (is_optional(optrow_at(i)))
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
		    row->arg != NULL && !is_optional(row) ? "=" : "");
	}
}

/*
 * zsh
 */

/* Inside '...[here]...': quotes, brackets and colons mean something. */
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
	const size_t arg_at = is_optional(row);
	char words[WORDS_SIZE];
	const enum what what = what_follows(row, words);

	printf("%s:%.*s:%s%s%s", is_optional(row) ? ":" : "",
	    (int)strcspn(row->arg + arg_at, "[]"), row->arg + arg_at,
	    actions[what], words, what == WHAT_WORD ? ")" : "");
}

/* Those that may be given again, and add. */
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
	    is_optional(row) ? "-" : "");
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
	char words[WORDS_SIZE];
	const enum what what = what_follows(row, words);

	/* Without -r, it is one that need not follow. */
	printf("%s%s%s%s%s", is_optional(row) ? "" : " -r",
	    what == WHAT_FILE ? " -F" : " -f", actions[what].before, words,
	    actions[what].after);
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
