/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of options.  The parser, --help, the completions of shells and the
 * test of the manual are made from it; no option is named anywhere else.
 */
#ifndef TCPSTATES_CLI_ROWS_H
#define TCPSTATES_CLI_ROWS_H

#include <stdbool.h>
#include <stddef.h>

struct options;

enum optrow_group {
	GROUP_INPUT,
	GROUP_CAPTURE,
	GROUP_VIEW,
	GROUP_SELECT,
	GROUP_LIMITS,
	GROUP_DISPLAY,
	GROUP_META,
	GROUP_COUNT
};

/*
 * Apply the option.  Return NULL, or what is wrong with the argument, as a
 * phrase ("is not a number").
 */
typedef const char *optrow_setter(struct options *, const char *arg);

struct optrow {
	int letter;		/* or 0 */
	const char *name;	/* long */
	const char *arg;	/* its argument in capitals, in brackets if it
				   is optional, with a comma if it is a list;
				   or NULL */
	/*
	 * The words that the argument can be, NULL after the last; or NULL if
	 * it is something else.  Where there are words, they take the place
	 * of the setter's phrase.
	 */
	const char *const *choices;
	enum optrow_group group;
	bool is_live;		/* needs -i */
	optrow_setter *set;
	const char *help;
};

size_t optrow_count(void);
const struct optrow *optrow_at(size_t at);
bool optrow_is_compared(const struct optrow *);	/* goes with --compare */
bool optrow_is_optional(const struct optrow *);	/* its argument */
bool optrow_takes_list(const struct optrow *);
/* "Input" */
const char *optrow_group_name(enum optrow_group);

#endif
