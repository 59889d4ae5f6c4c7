/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of options: the parser, --help, the completions and the test of
 * the manual read it; nothing else knows an option.
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
	GROUP_LOOK,
	GROUP_META,
	GROUP_COUNT
};

/*
 * Does what the option says.  NULL, or what is wrong with the argument in a
 * phrase ("is not a number").
 */
typedef const char *optrow_setter(struct options *, const char *arg);

struct optrow {
	int letter;		/* or 0 */
	const char *name;	/* long */
	const char *arg;	/* its argument in capitals, in brackets when
				   it may be left out; or NULL */
	enum optrow_group group;
	bool is_live;		/* makes sense with -i only */
	optrow_setter *set;
	const char *help;
};

size_t optrow_count(void);
const struct optrow *optrow_at(size_t at);
/* "Input" */
const char *optrow_group_name(enum optrow_group);

#endif
