/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/options.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "cli/again.h"
#include "capture/timed_name.h"
#include "cli/display_filter.h"
#include "cli/messages.h"
#include "cli/rows.h"
#include "cli/suggest.h"
#include "cli/workers.h"
#include "records/select_options.h"

#define SNAPLEN_DEFAULT	256	/* bytes: all headers with their options */
#define RING_DEFAULT	(UINT64_C(16) << 20)	/* bytes */
/* Longest time without a tick for --top and --processes. */
#define TOP_NS		(NS_PER_SEC / 10)

/* Live, or with --stream: see choose_limits(). */
#define MAX_CONNS	1000000
#define MAX_ENDED	250000
#define MAX_PENDING	(UINT64_C(256) << 20)	/* bytes */
#define HALF_OPEN_NS	(130 * NS_PER_SEC)	/* Linux retries for 127 s */
#define IDLE_NS		(3600 * NS_PER_SEC)
#define LINGER_NS	(120 * NS_PER_SEC)	/* twice Linux's TIME-WAIT */
#define FIRST_LONG	0x100	/* values of options without a letter */
#define ROWS_MAX	128
#define CHOICES_SIZE	256	/* of a phrase that lists words */
#define FILTER_MAX	(1 << 20)	/* bytes of a filter in a file */

static int
value_of(size_t row)
{
	const int letter = optrow_at(row)->letter;

	return letter != 0 ? letter : FIRST_LONG + (int)row;
}

static int
has_arg(const struct optrow *row)
{
	if (row->arg == NULL)
		return no_argument;
	return optrow_is_optional(row) ? optional_argument :
	    required_argument;
}

/* The two tables of getopt_long(3), made from that of rows.c. */
struct getopt_tables {
	struct option longs[ROWS_MAX + 1];
	char letters[2 * ROWS_MAX + 2];
};

static void
make_tables(struct getopt_tables *tables)
{
	size_t at = 0;

	assert(optrow_count() <= ROWS_MAX);
	memset(tables, 0, sizeof(*tables));
	tables->letters[at++] = ':';	/* report missing arguments as ':' */
	for (size_t i = 0; i < optrow_count(); i++) {
		const struct optrow *row = optrow_at(i);

		tables->longs[i].name = row->name;
		tables->longs[i].has_arg = has_arg(row);
		tables->longs[i].val = value_of(i);
		if (row->letter == 0)
			continue;
		tables->letters[at++] = (char)row->letter;
		if (row->arg != NULL)
			tables->letters[at++] = ':';
	}
}

static const struct optrow *
row_of(int value)
{
	for (size_t i = 0; i < optrow_count(); i++)
		if (value_of(i) == value)
			return optrow_at(i);
	return NULL;
}

static bool
misuse(enum status *ret_status)
{
	*ret_status = STATUS_USAGE;
	return false;
}

/* Report what getopt_long() refused. */
static bool
report_bad_option(int result, char **argv, enum status *ret_status)
{
	const struct optrow *row = row_of(optopt);
	char meant[SUGGEST_SIZE];

	suggest_option(meant, argv[optind - 1]);
	if (result == ':' && row != NULL && row->letter != 0 &&
	    argv[optind - 1][1] != '-')
		message("-%c needs its argument %s (see --help)",
		    row->letter, row->arg);
	else if (result == ':')
		message("%s needs its argument (see --help)",
		    argv[optind - 1]);
	else if (optopt != 0 && row == NULL)
		message("unknown option '-%c' (see --help)", optopt);
	else if (row != NULL)
		message("'%s' takes no argument (see --help)",
		    argv[optind - 1]);
	else
		message("unknown option '%s'%s (see --help)",
		    argv[optind - 1], meant);
	return misuse(ret_status);
}

/* "is not one of e, r, ad and ud" */
static void
format_choices(char buf[CHOICES_SIZE], const char *const *choices)
{
	size_t len = (size_t)snprintf(buf, CHOICES_SIZE, "is not one of ");

	for (size_t i = 0; choices[i] != NULL && len < CHOICES_SIZE; i++)
		len += (size_t)snprintf(buf + len, CHOICES_SIZE - len, "%s%s",
		    i == 0 ? "" : choices[i + 1] == NULL ? " and " : ", ",
		    choices[i]);
}

static bool
apply(struct options *o, const struct optrow *row, const char *arg,
    enum status *ret_status)
{
	const char *wrong = row->set(o, arg);
	char choices[CHOICES_SIZE];

	if (row->is_live && o->live_only == NULL)
		o->live_only = row;
	if (!optrow_is_compared(row) && o->not_compared == NULL)
		o->not_compared = row;
	if (wrong == NULL)
		return true;
	if (row->choices != NULL) {
		format_choices(choices, row->choices);
		wrong = choices;
	}
	if (row->letter != 0)
		message("-%c: '%s' %s", row->letter, arg, wrong);
	else
		message("--%s: '%s' %s", row->name, arg, wrong);
	return misuse(ret_status);
}

/*
 * getopt_long(3) takes an optional argument only after "=".  As --conn 3 is
 * right, --segments 3 is, too, unless a file is called 3.
 */
static const char *
take_number(const struct optrow *row, int argc, char **argv)
{
	struct stat st;
	const char *word = optind < argc ? argv[optind] : "";

	if (optarg != NULL || row->arg == NULL || row->arg[0] != '[' ||
	    row->arg[1] != 'N' || word[0] < '1' || word[0] > '9' ||
	    word[strspn(word, "0123456789,-")] != '\0' ||
	    stat(word, &st) == 0)
		return optarg;
	optind++;
	return word;
}

/*
 * A -t before another option, a file or the end of the line is that of
 * tcpdump: no times.  False: it has an argument.
 */
static bool
is_bare_time(int value, char **argv)
{
	struct stat st;

	if (value == ':')
		return optopt == 't';
	if (value != 't' || optarg != argv[optind - 1] ||
	    (optarg[0] != '-' && stat(optarg, &st) != 0))
		return false;
	optind--;	/* the word is not its argument */
	return true;
}

static bool
parse_options(struct options *o, int argc, char **argv,
    enum status *ret_status)
{
	struct getopt_tables tables;
	const struct optrow *row;
	char no_time[] = "";
	int value;

	make_tables(&tables);
	opterr = 0;
	while ((value = getopt_long(argc, argv, tables.letters, tables.longs,
	    NULL)) != -1) {
		if (is_bare_time(value, argv)) {
			value = 't';
			optarg = no_time;
		}
		if (value == '?' || value == ':')
			return report_bad_option(value, argv, ret_status);
		row = row_of(value);
		if (!apply(o, row, take_number(row, argc, argv), ret_status))
			return false;
	}
	return true;
}

/*
 * Operands without -r and -i: words are input files while files of that name
 * exist; the first other word begins the filter.  Only the first word may name
 * a directory, so that a directory called "tcp" is not taken for an input.
 */
static bool
is_file(const char *word, bool is_first)
{
	struct stat st;

	if (strcmp(word, "-") == 0)
		return true;
	if (stat(word, &st) != 0)
		return false;
	return is_first || !S_ISDIR(st.st_mode);
}

static int
take_files(struct options *o, int argc, char **argv)
{
	int at = optind;

	if (o->source.file_count > 0 || o->source.interface != NULL)
		return at;
	while (at < argc && is_file(argv[at], at == optind))
		options_add_file(o, argv[at++]);
	return at;
}

/* Can the word be nothing but the name of a file? */
static bool
looks_like_file(const char *word)
{
	return strchr(word, '/') != NULL || strchr(word, '.') != NULL;
}

/* No filter begins with such a word. */
static bool
is_name_of_capture(const char *word)
{
	static const char *const suffixes[] = {
		".pcap", ".pcapng", ".cap", ".dmp", ".gz", ".zst",
	};
	const size_t len = strlen(word);

	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		const size_t suffix_len = strlen(suffixes[i]);

		if (len > suffix_len &&
		    strcmp(word + len - suffix_len, suffixes[i]) == 0)
			return true;
	}
	return false;
}

/* Refuse a display filter of Wireshark, and say what to type instead. */
static bool
check_filter(const char *filter, enum status *ret_status)
{
	char instead[DISPLAY_FILTER_SIZE];

	if (filter == NULL || !display_filter_is(filter, instead))
		return true;
	message("'%s' is a display filter of Wireshark, not a capture "
	    "filter%s%s (see pcap-filter(7))", filter,
	    instead[0] != '\0' ? "; here: " : "", instead);
	return misuse(ret_status);
}

static bool
report_no_file(const char *word, enum status *ret_status)
{
	message("%s: no such file", word);
	*ret_status = STATUS_FAILED;
	return false;
}

static bool
report_no_input(const char *word, enum status *ret_status)
{
	if (word == NULL) {
		message("no capture given");
		message("usage: %s [OPTIONS] -r FILE... [FILTER...]",
		    message_prefix());
		message("   or: %s [OPTIONS] -i IFACE [FILTER...]   "
		    "(see --help)", message_prefix());
	} else if (!check_filter(word, ret_status)) {
		return false;
	} else if (looks_like_file(word)) {
		return report_no_file(word, ret_status);
	} else {
		message("no input: '%s' is not a file, and there is no -r or "
		    "-i", word);
	}
	return misuse(ret_status);
}

/*
 * Join words into one text, which the caller frees.  NULL: out of memory,
 * which was reported.
 */
static char *
join(const char *const *words, size_t count, const char *separator)
{
	const size_t gap = strlen(separator);
	size_t size = 1;
	char *text, *at;

	for (size_t i = 0; i < count; i++)
		size += strlen(words[i]) + gap;
	text = at = malloc(size);
	if (text == NULL) {
		message("out of memory");
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		const size_t len = strlen(words[i]);

		if (i > 0) {
			memcpy(at, separator, gap);
			at += gap;
		}
		memcpy(at, words[i], len);
		at += len;
	}
	*at = '\0';
	return text;
}

static char *
read_all(FILE *stream)
{
	char *text = malloc(FILTER_MAX + 1);
	size_t count;

	if (text == NULL)
		return NULL;
	count = fread(text, 1, FILTER_MAX, stream);
	text[count] = '\0';
	return text;
}

/* Read the filter of -F; lines that begin with # are comments. */
static bool
load_filter(struct options *o, enum status *ret_status)
{
	FILE *stream = fopen(o->filter_file, "r");
	bool at_start = true;
	bool in_comment = false;

	if (stream != NULL)
		o->filter = read_all(stream);
	if (stream == NULL || o->filter == NULL || ferror(stream)) {
		message("-F: %s: %s", o->filter_file, strerror(errno));
		if (stream != NULL)
			fclose(stream);
		*ret_status = STATUS_FAILED;
		return false;
	}
	fclose(stream);
	for (char *c = o->filter; *c != '\0'; c++) {
		in_comment = *c != '\n' && (in_comment ||
		    (at_start && *c == '#'));
		at_start = *c == '\n';
		if (in_comment || *c == '\n')
			*c = ' ';
	}
	return true;
}

/*
 * Look for a word of the filter that is the name of a file.  If it is the first
 * word and has a dot or a slash, it was meant as a file; refuse it before
 * libpcap asks the network for a host of that name.  The same if the first word
 * can only be the name of a capture, and there is none of that name.
 */
static bool
find_suspect(struct options *o, char **words, int count,
    enum status *ret_status)
{
	struct stat st;

	for (int i = 0; i < count && o->suspect == NULL; i++)
		if (stat(words[i], &st) == 0 && !S_ISDIR(st.st_mode))
			o->suspect = words[i];
	if (count > 0 && o->suspect != words[0] &&
	    is_name_of_capture(words[0]))
		return report_no_file(words[0], ret_status);
	if (o->suspect == NULL || o->suspect != words[0] ||
	    !looks_like_file(words[0]))
		return true;
	options_report_suspect(o);
	return misuse(ret_status);
}

static bool
choose_filter(struct options *o, int count, char **words,
    enum status *ret_status)
{
	const int ways = (count > 0) + (o->filter_text != NULL) +
	    (o->filter_file != NULL);

	if (ways > 1) {
		message("the filter is given twice: -f, -F and trailing words "
		    "are mutually exclusive");
		return misuse(ret_status);
	}
	if (!find_suspect(o, words, count, ret_status))
		return false;
	if (o->filter_file != NULL) {
		if (!load_filter(o, ret_status))
			return false;
	} else if (count > 0) {
		o->filter = join((const char *const *)words, (size_t)count,
		    " ");
		if (o->filter == NULL) {
			*ret_status = STATUS_FAILED;
			return false;
		}
	}
	o->source.filter = o->filter_text != NULL ? o->filter_text :
	    o->filter;
	/* A filter of blanks is none. */
	if (o->source.filter != NULL && o->source.filter[
	    strspn(o->source.filter, " \t\r\n")] == '\0')
		o->source.filter = NULL;
	return check_filter(o->source.filter, ret_status);
}

/* Only the last part of the path can have a time in it. */
static bool
is_timed(const char *path)
{
	const char *name = name_of_path(path);
	char expanded[NAME_MAX + 1];

	return timed_name(expanded, sizeof(expanded), name, 0) &&
	    memchr(path, '%', (size_t)(name - path)) == NULL;
}

static bool
has_rotation(const struct options *o)
{
	return o->rotate_ns > 0 || o->rotate_size > 0;
}

/* False: an option is for a kind of input that is not given. */
static bool
check_input(const struct options *o)
{
	const struct optrow *live = o->live_only;

	if (o->source.file_count > 0 && o->source.interface != NULL) {
		message("-r and -i are mutually exclusive: read a file or "
		    "capture on an interface");
		return false;
	}
	if (o->display.resolve && o->source.interface != NULL) {
		message("--resolve is for files: on an interface it would "
		    "capture its own questions");
		return false;
	}
	if (o->has_clocks && o->action != ACTION_COMPARE) {
		message("--clocks is for --compare: add it");
		return false;
	}
	if (workers_refused_by(o) != NULL) {
		message("%s needs all packets in one thread: leave out "
		    "--workers=%u", workers_refused_by(o), o->workers);
		return false;
	}
	if (live == NULL || o->source.interface != NULL)
		return true;
	if (live->letter != 0)
		message("-%c is for live capture: it needs -i", live->letter);
	else
		message("--%s is for live capture: it needs -i", live->name);
	return false;
}

/* False: the files to rotate are missing, or cannot be named. */
static bool
check_rotation(const struct options *o)
{
	const bool rotates = has_rotation(o);

	if (o->save_only != 0 && !options_rotate_saves(o)) {
		message("-%c is for files of -w: add -w FILE%s", o->save_only,
		    rotates ? "" : ", and -C, -G or --rotate");
		return false;
	}
	if (o->rotate_count > 0 && is_timed(o->save)) {
		message("-W does not go with a time in the name of -w's "
		    "files: -W numbers them");
		return false;
	}
	if (rotates && !options_rotate_saves(o) && !options_rotate(o)) {
		message("--rotate needs a time in the name of -o's file, such "
		    "as conns-%%Y%%m%%dT%%H%%M%%SZ.ndjson");
		return false;
	}
	return true;
}

const char *
options_file(const char *argument)
{
	return strcmp(argument, "-") == 0 ? NULL : argument;
}

/* False: standard output would get a display and the report. */
static bool
check_piped(const struct options *o)
{
	for (enum display_id id = 0; id < DISPLAY_COUNT; id++) {
		const char *argument = o->display.argument[id];

		if (argument == NULL || options_file(argument) != NULL)
			continue;
		if (o->output == NULL && display_writes_output(&o->display)) {
			message("%s=- writes to standard output: add -o FILE "
			    "for the report", display_words(id));
			return false;
		}
		if (id == DISPLAY_ANNOTATE && isatty(STDOUT_FILENO)) {
			message("%s=-: standard output is a terminal; "
			    "redirect it to a file or a program",
			    display_words(id));
			return false;
		}
	}
	return true;
}

/* False: an option for output files would be ignored, or lacks one. */
static bool
check_output(const struct options *o)
{
	if (o->saves_to_stdout && o->output == NULL) {
		message("-w - writes the packets to standard output: add -o "
		    "FILE for the report");
		return false;
	}
	if (!check_piped(o))
		return false;
	if (o->append && o->output == NULL) {
		message("--append is for -o: add -o FILE");
		return false;
	}
	return check_rotation(o);
}

/* False: the displays and their options do not go together. */
static bool
check_displays(const struct options *o)
{
	char why[DISPLAY_WHY_SIZE];
	char similar[SUGGEST_SIZE];

	if (o->is_top_sort && !o->top) {
		suggest_key(similar, o->top_sort + (*o->top_sort == '-'));
		message("--sort=%s is an order of --top; '%s' %s",
		    o->top_sort, o->top_sort, similar);
		return false;
	}
	if (!display_check(&o->display, why)) {
		message("%s", why);
		return false;
	}
	if (options_rotate(o) && !display_is_gradual(&o->display)) {
		message("--rotate is for output that grows: add --stream, "
		    "--interval, --states or --segments");
		return false;
	}
	return true;
}

/*
 * Live capture and streams may go on for ever, so they have limits by default.
 * A file has none, so that a long silence does not split a connection.
 */
static void
choose_limits(struct options *o)
{
	struct limits *limits = &o->limits;
	const bool is_endless = o->source.interface != NULL ||
	    o->display.stream;

	limits->drop_ended = o->display.stream;
	if (!is_endless)
		return;
	if (!o->has_max_conns)
		limits->max_conns = MAX_CONNS;
	if (!o->has_max_ended)
		limits->max_ended = MAX_ENDED;
	if (!o->has_max_pending)
		limits->max_pending = MAX_PENDING;
	if (!o->has_half_open)
		limits->half_open_ns = HALF_OPEN_NS;
	if (!o->has_idle)
		limits->idle_ns = IDLE_NS;
	if (!o->has_linger)
		limits->linger_ns = LINGER_NS;
	/* The live screen finds connections in the queues of the limits. */
	if (o->top && !limits_any(limits))
		limits->max_conns = UINT64_MAX;
}

/* A report that scrolls by for minutes helps nobody at a terminal. */
static void
choose_brief(struct options *o)
{
	const struct select_rules *select = &o->display.select;

	o->display.is_live = o->source.interface != NULL;
	o->display.is_brief = o->display.is_live && !o->all &&
	    !o->display.no_analysis && o->output == NULL &&
	    isatty(STDOUT_FILENO) && select->ranges == NULL &&
	    select->only == 0 && select->sort == NULL && !select->has_limit &&
	    (o->display.chosen & UINT32_C(1) << DISPLAY_DETAIL) == 0;
}

static bool
needs_input(const struct options *o)
{
	return o->action == ACTION_REPORT || o->action == ACTION_COMPARE ||
	    o->action == ACTION_LIST_LINK_TYPES;
}

bool
options_rotate(const struct options *o)
{
	return has_rotation(o) && o->output != NULL && is_timed(o->output);
}

bool
options_rotate_saves(const struct options *o)
{
	return has_rotation(o) && o->save != NULL && !o->saves_to_stdout;
}

void
options_add_file(struct options *o, const char *path)
{
	/* The array has room for as many files as there are arguments. */
	o->files[o->source.file_count++] = path;
}

void
options_report_suspect(const struct options *o)
{
	if (o->suspect != NULL)
		message("'%s' is not a filter; to read a file use -r %s",
		    o->suspect, o->suspect);
}

const char *
options_add_conn(struct options *o, const char *numbers)
{
	struct display_options *display = &o->display;
	const bool is_first = display->select.ranges == NULL;
	const char *wrong = select_parse_conn(&display->select, numbers);

	if (wrong == NULL)
		display->is_one_conn = is_first &&
		    strspn(numbers, "0123456789") == strlen(numbers);
	return wrong;
}

const char *
options_add_display(struct options *o, enum display_id id, const char *arg)
{
	o->display.chosen |= UINT32_C(1) << id;
	switch (display_argument(id)) {
	case DISPLAY_ARG_CONNS:
		return arg != NULL ? options_add_conn(o, arg) : NULL;
	case DISPLAY_ARG_FILE:
		if (options_file(arg) == NULL && !display_can_be_piped(id))
			return "is standard output: name a file or directory";
		o->display.argument[id] = arg;
		break;
	case DISPLAY_ARG_NONE:
		break;
	}
	return NULL;
}

bool
options_parse(struct options *o, int argc, char **argv,
    enum status *ret_status)
{
	int at;

	*o = (struct options){
		.source.program = message_prefix(),
		.source.snaplen = SNAPLEN_DEFAULT,
		.source.ring_size = RING_DEFAULT,
		.files = calloc((size_t)argc + 1, sizeof(*o->files)),
	};
	if (o->files == NULL) {
		message("out of memory");
		*ret_status = STATUS_FAILED;
		return false;
	}
	o->source.files = o->files;
	if (!parse_options(o, argc, argv, ret_status))
		return false;
	if (!needs_input(o))
		return true;
	if (o->numeric)
		o->display.resolve = o->display.services = false;
	at = take_files(o, argc, argv);
	if (!check_input(o) || !check_output(o) || !check_displays(o))
		return misuse(ret_status);
	choose_limits(o);
	choose_brief(o);
	if ((o->top || o->display.processes) &&
	    (o->source.tick_ns == 0 || o->source.tick_ns > TOP_NS))
		o->source.tick_ns = TOP_NS;
	if (o->source.interface != NULL)
		o->source.sockets = workers_choose(o);
	/* Sockets of short connections are gone soon. */
	o->source.is_prompt = o->display.processes;
	if (o->source.file_count == 0 && o->source.interface == NULL)
		return report_no_input(at < argc ? argv[at] : NULL, ret_status);
	o->input_names = join(o->files, o->source.file_count, ", ");
	if (o->input_names == NULL) {
		*ret_status = STATUS_FAILED;
		return false;
	}
	if (!choose_filter(o, argc - at, argv + at, ret_status))
		return false;
	o->again = again_words(o);
	return true;
}

void
options_fini(struct options *o)
{
	select_fini(&o->display.select);
	column_choice_fini(&o->display.columns);
	free(o->files);
	free(o->input_names);
	free(o->again);
	free(o->filter);
}
