/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line: the options of cli/rows.c, and the operands.
 */
#ifndef TCPSTATES_CLI_OPTIONS_H
#define TCPSTATES_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/source.h"
#include "cli/suggest.h"
#include "decode/decode_as.h"
#include "flow/key.h"
#include "flow/limits.h"
#include "views/display.h"

struct optrow;

/* The exit status of the program. */
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
	ACTION_USAGE,
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
	struct source_request source;	/* the input */

	bool vlan_key;
	struct shard shard;		/* --shard; its count is 0: all */
	bool no_tunnels;
	struct decode_as decode_as;

	struct display_options display;	/* the displays */
	struct limits limits;
	bool top;			/* --top */
	/*
	 * --sort, if it is an order of --top; is_top_sort: of no other display.
	 */
	const char *top_sort;
	bool is_top_sort;
	bool all;			/* --all */
	bool no_pager;			/* --no-pager */
	bool numeric;			/* -n */
	enum colour colour;
	const char *output;		/* -o, or NULL: standard output */
	bool append;			/* to the file of -o */
	int64_t rotate_ns;		/* --rotate, -G; 0: not by time */
	uint64_t rotate_size;		/* --rotate, -C: in bytes; 0: never */
	uint32_t rotate_count;		/* -W; 0: without limit */
	const char *save;		/* -w, or NULL */
	bool saves_to_stdout;		/* -w - */
	const char *account;		/* -Z, or NULL */
	bool one_thread;
	unsigned workers;		/* --workers, 0: not given */
	bool no_sandbox;

	/* --compare: the files before the first --with are of point A. */
	size_t compare_first;
	bool has_with;
	bool trusts_clocks;
	bool has_clocks;		/* --clocks was given */

	bool strict;
	bool deterministic;
	bool quiet;

	/* Owned, see options_fini(). */
	const char **files;
	char *input_names;		/* joined by commas */
	char *again;			/* see cli/again.h; or NULL */
	char *filter;

	/* State of the parser. */
	const char *filter_file;	/* -F */
	const char *filter_text;	/* -f */
	const struct optrow *live_only;	/* a given option that needs -i */
	const struct optrow *not_compared;	/* that --compare refuses */
	char save_only;			/* the letter of one that needs -w */
	/* Given by the user: the default does not apply. */
	bool has_max_conns, has_max_ended, has_max_pending;
	bool has_half_open, has_idle, has_linger;
	/*
	 * A word of the filter that is the name of a file, the likely cause
	 * if the filter is refused; or NULL.
	 */
	const char *suspect;
	char phrase[2 * SUGGEST_SIZE];	/* returned by a setter */
};

/*
 * Parse the command line, which is permuted.  False: an error was printed, and
 * *ret_status is the exit status.  Call options_fini() in either case.
 */
bool options_parse(struct options *, int argc, char **argv,
    enum status *ret_status);
void options_fini(struct options *);
/* Is -o, or -w, written to one file after the other? */
bool options_rotate(const struct options *);
bool options_rotate_saves(const struct options *);
/* The filter was refused: name the word that may be a file, if any. */
void options_report_suspect(const struct options *);

/*
 * For the setters of rows.c: add an input file; add the numbers of --conn.
 * Return what such a setter returns.
 */
void options_add_file(struct options *, const char *path);
const char *options_add_conn(struct options *, const char *numbers);
/* The file of a display's argument; NULL: standard output, "-". */
const char *options_file(const char *argument);
/* Choose a display by its option; `arg` is its argument, or NULL. */
const char *options_add_display(struct options *, enum display_id,
    const char *arg);

#endif
