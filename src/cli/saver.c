/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/saver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/nstime.h"
#include "base/outbuf.h"
#include "capture/account.h"
#include "capture/clock.h"
#include "capture/source.h"
#include "cli/messages.h"
#include "cli/packer.h"
#include "decode/frame.h"

#define WRITE_NS	NS_PER_SEC	/* between writes to a regular file */
#define RETRY_NS	NS_PER_SEC	/* until a file is tried again */
#define MEASURE_BYTES	65536	/* between looks at the size of packed data */

/* Keep the first error to report; a full disk fails every write. */
static void
note_error(struct saver *saver, int error)
{
	if (error == 0)
		return;
	if (!saver->has_failed)
		(void)snprintf(saver->sentence, sizeof(saver->sentence),
		    "-w: %s: %s", saver->output.name, strerror(error));
	saver->has_news |= !saver->has_failed;
	saver->has_failed = true;
}

/* ---- a series of files ---- */

static bool
is_series(const struct saver *saver)
{
	return saver->opener.fd >= 0;
}

static uint32_t
count_digits(uint32_t most)
{
	uint32_t digits = 1;

	for (; most > 9; most /= 10)
		digits++;
	return digits;
}

/* The end of the whole multiple of the interval in which the time lies. */
static int64_t
end_of_interval(int64_t time_ns, int64_t every_ns)
{
	const int64_t rest = time_ns % every_ns;

	if (time_ns > INT64_MAX - every_ns)
		return INT64_MAX;
	return time_ns + every_ns - (rest < 0 ? rest + every_ns : rest);
}

/*
 * Choose the next place, and its name.  Two files that begin in the same second
 * differ in their numbers.
 */
static bool
choose_place(const struct saver *saver, int64_t time_ns,
    struct series_place *ret_place, char name[NAME_MAX + 1])
{
	const uint32_t most = saver->options->rotate_count;
	struct series_place place = {
		.when = time_ns / NS_PER_SEC - (time_ns % NS_PER_SEC < 0),
		.digits = most > 0 ? count_digits(most - 1) : 1,
		.is_numbered = most > 0,
	};
	const char *suffix = packer_suffix(saver->pattern);
	struct series_place plain = saver->place;
	char earlier[NAME_MAX + 1];
	bool is_named;

	if (saver->name[0] != '\0' && most > 0)
		place.number = (saver->place.number + 1) % most;
	is_named = series_name(name, NAME_MAX + 1, saver->pattern, suffix,
	    &place);
	*ret_place = place;
	if (!is_named || saver->name[0] == '\0' || most > 0)
		return is_named;
	plain.is_numbered = false;
	if (!series_name(earlier, sizeof(earlier), saver->pattern, suffix,
	    &plain) || strcmp(earlier, name) != 0)
		return true;
	ret_place->is_numbered = true;
	ret_place->number = saver->place.number + 1;
	return series_name(name, NAME_MAX + 1, saver->pattern, suffix,
	    ret_place);
}

static void
report_no_file(struct saver *saver, const char *name, int error)
{
	saver->retry_ns = clock_now() + RETRY_NS;
	(void)snprintf(saver->sentence, sizeof(saver->sentence),
	    "-w: %s: cannot be created%s: %s", name,
	    saver->output.fd >= 0 ?
	    "; continuing to write to the file before" : "",
	    error == EEXIST ? "it is an input" : strerror(error));
	saver->has_news = true;
	saver->has_failed |= saver->output.fd < 0;
}

/*
 * Begin the next file; if that fails, the file before goes on.  After a step
 * back of the clock, names keep the last time: an earlier time could be in the
 * name of a file of this run, which would be overwritten.
 */
static void
begin_file(struct saver *saver, const struct source_info *info,
    int64_t time_ns)
{
	struct series_place place;
	char name[NAME_MAX + 1] = "";
	int fd = -1;

	if (saver->name[0] != '\0' && time_ns < saver->begun_ns)
		time_ns = saver->begun_ns;
	errno = ENAMETOOLONG;
	if (choose_place(saver, time_ns, &place, name))
		fd = opener_series(&saver->opener, &place);
	if (fd < 0) {
		report_no_file(saver, name, errno);
		return;
	}
	note_error(saver, output_complete(&saver->output));
	note_error(saver, output_switch(&saver->output, fd));
	saver->place = place;
	saver->begun_ns = time_ns;
	memcpy(saver->name, name, sizeof(saver->name));
	saver->is_regular = output_is_regular(&saver->output);
	saver->measured = 0;
	saver->due_ns = saver->options->rotate_ns > 0 ?
	    end_of_interval(time_ns, saver->options->rotate_ns) : INT64_MAX;
	save_begin(&saver->save, info);
}

/* The size of compressed data is known when they are written. */
static bool
is_large(struct saver *saver)
{
	const uint64_t most = saver->options->rotate_size;

	if (most == 0 || saver->output.packer == NULL)
		return most > 0 && saver->save.bytes >= most;
	if (saver->save.bytes - saver->measured < MEASURE_BYTES)
		return false;
	saver->measured = saver->save.bytes;
	note_error(saver, outbuf_flush(saver->output.buf));
	return output_size(&saver->output) >= most;
}

/* False: no file could be created yet. */
static bool
choose_file(struct saver *saver, const struct source_info *info,
    int64_t time_ns)
{
	const bool has_file = saver->output.fd >= 0;

	if ((!has_file || time_ns >= saver->due_ns || is_large(saver)) &&
	    (saver->retry_ns == 0 || clock_now() >= saver->retry_ns))
		begin_file(saver, info, time_ns);
	return saver->output.fd >= 0;
}

/* ---- */

bool
saver_start(struct saver *saver, const struct options *options,
    const struct account *account)
{
	const struct opener_file file = {
		.path = options->save,
		.account = account,
		.no_sandbox = options->no_sandbox,
		.is_series = true,
		.suffix = options->save != NULL ?
		    packer_suffix(options->save) : "",
		.inputs = options->source.files,
		.input_count = options->source.file_count,
	};
	int error;

	saver->options = options;
	saver->output.fd = -1;
	if (options->save == NULL || !options_rotate_saves(options))
		return true;
	saver->pattern = name_of_path(options->save);
	error = opener_start(&saver->opener, &file);
	if (error == 0)
		error = saver->opener.refused;
	if (error == 0)
		return true;
	message("-w: %s: %s", file.path, strerror(error));
	if (error == EACCES && account->is_other)
		message("hint: '%s' must be able to create files in that "
		    "directory; or choose another user with -Z",
		    account->name);
	return false;
}

/* The descriptor of the only file, or -1 with errno set. */
static int
open_file(const struct saver *saver, const struct account *account)
{
	if (saver->options->saves_to_stdout)
		return fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC,
		    STDERR_FILENO + 1);
	return account_create(account, saver->options->save, false);
}

enum status
saver_open(struct saver *saver, const struct account *account)
{
	const struct options *options = saver->options;
	int fd = -1;

	if (options->save == NULL)
		return STATUS_OK;
	/* Packets may hold control sequences. */
	if (options->saves_to_stdout && isatty(STDOUT_FILENO)) {
		message("-w -: standard output is a terminal; redirect it to "
		    "a file or a program");
		return STATUS_USAGE;
	}
	if (!is_series(saver)) {
		fd = open_file(saver, account);
		if (fd < 0) {
			message("-w: %s: %s", options->save, strerror(errno));
			return STATUS_FAILED;
		}
	}
	if (!output_prepare(&saver->output, "-w", options->save, fd)) {
		if (fd >= 0)
			close(fd);
		return STATUS_FAILED;
	}
	saver->save.out = saver->output.buf;
	saver->is_regular = fd >= 0 && output_is_regular(&saver->output);
	return STATUS_OK;
}

void
saver_frame(struct saver *saver, const struct source_info *info,
    const struct frame *frame)
{
	if (is_series(saver) && !choose_file(saver, info, frame->time_ns))
		return;
	if (!save_frame(&saver->save, info, frame))
		saver->is_refused = true;
}

const char *
saver_tick(struct saver *saver, bool now)
{
	const int64_t now_ns = clock_now();

	if (saver->output.fd >= 0 && (now || !saver->is_regular ||
	    now_ns - saver->written_ns >= WRITE_NS)) {
		saver->written_ns = now_ns;
		note_error(saver, output_write(&saver->output));
	}
	if (!saver->has_news)
		return NULL;
	saver->has_news = false;
	return saver->sentence;
}

/* A capture without frames is a file with a header. */
static void
begin_without_frame(struct saver *saver, const struct source_info *info)
{
	if (saver->save.has_header)
		return;
	if (is_series(saver))
		begin_file(saver, info, (int64_t)time(NULL) * NS_PER_SEC);
	else
		save_begin(&saver->save, info);
}

bool
saver_close(struct saver *saver, const struct source_info *info)
{
	if (!saver_is_on(saver))
		return true;
	begin_without_frame(saver, info);
	note_error(saver, output_complete(&saver->output));
	note_error(saver, output_switch(&saver->output, -1));
	output_free(&saver->output);
	if (saver->has_news)
		message("%s", saver->sentence);
	if (saver->is_refused)
		message("-w: %s: a capture file holds one link type; packets "
		    "of others were not saved", saver->options->save);
	return !saver->has_failed && !saver->is_refused;
}

void
saver_stop(struct saver *saver)
{
	opener_stop(&saver->opener);
}
