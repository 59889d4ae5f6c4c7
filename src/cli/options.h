/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line: what the options of cli/rows.c and the operands ask
 * for.
 */
#ifndef TCPSTATES_CLI_OPTIONS_H
#define TCPSTATES_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/source.h"
#include "decode/decode_as.h"
#include "flow/limits.h"
#include "views/display.h"

struct optrow;

/* Exit status of the program. */
enum status {
	STATUS_OK = 0,		/* report complete */
	STATUS_FAILED = 1,	/* no report */
	STATUS_USAGE = 2,	/* usage or filter syntax */
	STATUS_INCOMPLETE = 3	/* report printed, input incomplete */
};

enum action {
	ACTION_REPORT,
	ACTION_COMPARE,
	ACTION_LIST_INTERFACES,
	ACTION_LIST_LINK_TYPES,
	ACTION_HELP,
	ACTION_VERSION
};

enum colour {
	COLOUR_AUTO,
	COLOUR_ALWAYS,
	COLOUR_NEVER
};

struct options {
	enum action action;
	struct source_request source;	/* what to read */

	bool vlan_key;
	bool no_tunnels;
	struct decode_as decode_as;

	struct display_options display;	/* what to show of it */
	struct limits limits;
	enum colour colour;
	const char *output;		/* -o, or NULL: standard output */
	bool append;			/* ... from its end */
	const char *save;		/* -w, or NULL */
	bool saves_to_stdout;		/* -w - */
	const char *account;		/* -Z, or NULL */
	bool one_thread;
	bool no_sandbox;

	/* --compare: the files before the first --with are of point A. */
	size_t compare_first;
	bool has_with;
	bool trusts_clocks;

	bool strict;
	bool deterministic;
	bool no_analysis;
	bool quiet;

	/* Owned, see options_fini(). */
	const char **files;
	char *input_names;		/* of the files, with commas */
	char *filter;

	/* Of the parser. */
	const char *filter_file;	/* -F */
	const char *filter_text;	/* -f */
	const struct optrow *live_only;	/* one that was given, or NULL */
	/* Given: no default. */
	bool has_max_conns, has_max_ended, has_max_pending;
	bool has_half_open, has_idle, has_linger;
	/*
	 * A word of the filter that names a file: the first thing to suspect
	 * when the filter is refused.  NULL when there is none.
	 */
	const char *suspect;
};

/*
 * Reads the command line, which is permuted.  False when it cannot be: what
 * is wrong was said, and *ret_status is the exit status.  options_fini() is
 * due in either case.
 */
bool options_parse(struct options *, int argc, char **argv,
    enum status *ret_status);
void options_fini(struct options *);
/* The filter was refused: say which word may be a file in the wrong place. */
void options_tell_suspect(const struct options *);

/* For the setters: one more -r, and --conn (or NULL, or what is wrong). */
void options_add_file(struct options *, const char *path);
const char *options_add_conn(struct options *, const char *numbers);
/* The option of a display, with its argument or NULL. */
const char *options_add_display(struct options *, enum display_id,
    const char *arg);

#endif
