/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/files.h"

#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/messages.h"

/* False: there is no such file. */
static bool
stat_input(const char *file, struct stat *ret_st)
{
	return (strcmp(file, "-") == 0 ? fstat(STDIN_FILENO, ret_st) :
	    stat(file, ret_st)) == 0;
}

/* The same for an output; NULL is standard output. */
static bool
stat_output(const char *file, struct stat *ret_st)
{
	return (file == NULL ? fstat(STDOUT_FILENO, ret_st) :
	    stat(file, ret_st)) == 0;
}

/* Terminals and /dev/null can be shared. */
static bool
is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	    !S_ISCHR(a->st_mode);
}

bool
files_are_endless(const struct options *options)
{
	struct stat st;

	for (size_t i = 0; i < options->source.file_count; i++)
		if (stat_input(options->source.files[i], &st) &&
		    !S_ISREG(st.st_mode))
			return true;
	return options->source.interface != NULL;
}

/* Is a file that exists one of the inputs? */
static bool
is_input(const struct options *options, const struct stat *out)
{
	struct stat in;

	for (size_t i = 0; i < options->source.file_count; i++)
		if (stat_input(options->source.files[i], &in) &&
		    is_same_file(out, &in))
			return true;
	return false;
}

/* The outputs of a run; NULL is standard output. */
struct outputs {
	const char *file[2 + DISPLAY_COUNT];
	size_t count;
};

static struct outputs
list_outputs(const struct options *options)
{
	struct outputs outputs = { .count = 0 };

	if (options->output != NULL || display_writes_output(&options->display))
		outputs.file[outputs.count++] = options->output;
	if (options->save != NULL)
		outputs.file[outputs.count++] = options->saves_to_stdout ?
		    NULL : options->save;
	for (unsigned i = 0; i < DISPLAY_COUNT; i++)
		if (options->display.argument[i] != NULL)
			outputs.file[outputs.count++] = options_file(
			    options->display.argument[i]);
	return outputs;
}

/* Is one of the outputs before number `at` the same file? */
static bool
is_earlier_output(const struct outputs *outputs, size_t at)
{
	const char *file = outputs->file[at];
	struct stat st, earlier;
	const bool exists = stat_output(file, &st);

	for (size_t i = 0; i < at; i++) {
		if (!exists && file != NULL && outputs->file[i] != NULL &&
		    strcmp(outputs->file[i], file) == 0)
			return true;
		if (exists && stat_output(outputs->file[i], &earlier) &&
		    is_same_file(&st, &earlier))
			return true;
	}
	return false;
}

/*
 * `--html *.pcap` names the first capture as the page to write.  Packets are
 * written over a capture on purpose (-w, --annotate), words are not.
 */
static bool
check_captures(const struct options *options)
{
	for (unsigned i = 0; i <= DISPLAY_COUNT; i++) {
		const char *file = i < DISPLAY_COUNT ?
		    options->display.argument[i] : options->output;
		struct stat st;

		if (i == DISPLAY_ANNOTATE || file == NULL ||
		    stat(file, &st) != 0 || !S_ISREG(st.st_mode) ||
		    !source_is_capture(file))
			continue;
		message("%s: is a capture, and %s would overwrite it; name "
		    "another file to write", file, i < DISPLAY_COUNT ?
		    display_words((enum display_id)i) : "-o");
		return false;
	}
	return true;
}

enum status
files_check_outputs(const struct options *options)
{
	const struct outputs outputs = list_outputs(options);

	for (size_t i = 0; i < outputs.count; i++) {
		const char *file = outputs.file[i];
		struct stat st;

		if (file != NULL && stat(file, &st) == 0 &&
		    S_ISREG(st.st_mode) && is_input(options, &st)) {
			message("%s: is also the input, and would be "
			    "overwritten", file);
			return STATUS_USAGE;
		}
		if (is_earlier_output(&outputs, i)) {
			message("%s: two outputs would overwrite each other "
			    "there; give each its own file",
			    file != NULL ? file : "standard output");
			return STATUS_USAGE;
		}
	}
	return check_captures(options) ? STATUS_OK : STATUS_USAGE;
}
