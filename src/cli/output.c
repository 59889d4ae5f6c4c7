/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/output.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/nstime.h"
#include "base/outbuf.h"
#include "capture/account.h"
#include "capture/clock.h"
#include "capture/opener.h"
#include "capture/sigs.h"
#include "cli/messages.h"
#include "cli/packer.h"
#include "cli/parse.h"

#define WIDTH_MAX	4096
#define WIDTH_UNKNOWN	80

/* False with errno. */
static bool
make_buffer(struct output *output, const char *path)
{
	if (path == NULL || packer_suffix(path)[0] == '\0') {
		output->buf = outbuf_new(outbuf_sink_fd, &output->fd);
	} else {
		output->packer = packer_new(path, &output->fd);
		if (output->packer == NULL)
			return false;
		output->buf = outbuf_new(packer_sink, output->packer);
	}
	if (output->buf != NULL)
		return true;
	packer_free(output->packer);
	output->packer = NULL;
	errno = ENOMEM;
	return false;
}

bool
output_prepare(struct output *output, const char *option, const char *path,
    int fd)
{
	*output = (struct output){
		.fd = fd,
		.terminal_fd = fd,
		.name = path != NULL ? path : "standard output",
	};
	if (make_buffer(output, path))
		return true;
	if (errno == ENOTSUP)
		message("%s: %s: compiled without the library that compresses",
		    option, path);
	else
		message("out of memory");
	return false;
}

bool
output_open(struct output *output, const char *option, const char *path,
    bool append, const struct account *account)
{
	const int fd = path == NULL ? STDOUT_FILENO :
	    account_create(account, path, append);

	if (fd < 0) {
		message("%s: %s: %s", option, path, strerror(errno));
		return false;
	}
	if (output_prepare(output, option, path, fd))
		return true;
	if (path != NULL)
		close(fd);
	return false;
}

void
output_divert(struct output *output, int fd)
{
	output->fd = fd;
}

bool
output_has_colour(const struct output *output)
{
	const char *refused = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(output->terminal_fd) &&
	    (refused == NULL || refused[0] == '\0') &&
	    (term == NULL || strcmp(term, "dumb") != 0);
}

unsigned
output_width(const struct output *output)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = { .ws_col = 0 };
	uint64_t number = 0;

	if (!isatty(output->terminal_fd))
		return 0;
	if (columns != NULL && parse_number(columns, WIDTH_MAX,
	    &number) == NULL && number > 0)
		return (unsigned)number;
	if (ioctl(output->terminal_fd, TIOCGWINSZ, &size) == 0 &&
	    size.ws_col > 0)
		return size.ws_col;
	return WIDTH_UNKNOWN;
}

bool
output_is_broken(const struct output *output)
{
	return outbuf_error(output->buf) == EPIPE &&
	    !sigs_pipe_was_ignored();
}

/* True if `error` is 0. */
static bool
check(struct output *output, int error)
{
	if (error == 0)
		return true;
	if (!output->has_failed && !output_is_broken(output))
		message("cannot write to %s: %s", output->name,
		    strerror(error));
	output->has_failed = true;
	return false;
}

/* Compressed data that can be read at any time take more room. */
static int
sync_packer(struct output *output)
{
	const int64_t now_ns = clock_now();

	if (now_ns - output->synced_ns < NS_PER_SEC)
		return 0;
	output->synced_ns = now_ns;
	return packer_sync(output->packer);
}

int
output_write(struct output *output)
{
	const int error = outbuf_flush(output->buf);

	return error == 0 && output->packer != NULL ? sync_packer(output) :
	    error;
}

bool
output_flush(struct output *output)
{
	return check(output, output_write(output));
}

int
output_complete(struct output *output)
{
	const int error = outbuf_flush(output->buf);
	const int late = output->packer != NULL ?
	    packer_finish(output->packer) : 0;

	return error != 0 ? error : late;
}

int
output_switch(struct output *output, int fd)
{
	/* NFS and quotas may report a full disk as late as here. */
	const int error = output->fd >= 0 && close(output->fd) != 0 ? errno :
	    0;

	output->fd = fd;
	/* Another file may have room. */
	if (fd >= 0)
		outbuf_clear(output->buf);
	return error;
}

bool
output_reopen(struct output *output, const struct opener *opener)
{
	const bool is_good = check(output, output_complete(output));
	const int fd = opener_open(opener);

	if (fd < 0) {
		message("-o: %s: cannot be opened again; continuing to write "
		    "to the old file: %s", output->name, strerror(errno));
		return is_good;
	}
	return check(output, output_switch(output, fd)) && is_good;
}

bool
output_is_regular(const struct output *output)
{
	struct stat st;

	return fstat(output->fd, &st) == 0 && S_ISREG(st.st_mode);
}

uint64_t
output_size(const struct output *output)
{
	struct stat st;

	return fstat(output->fd, &st) == 0 && S_ISREG(st.st_mode) ?
	    (uint64_t)st.st_size : 0;
}

bool
output_is_empty(const struct output *output)
{
	struct stat st;

	return fstat(output->fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size == 0;
}

bool
output_close(struct output *output)
{
	const int error = output_complete(output);
	const int late = output_switch(output, -1);
	const bool is_good = check(output, error != 0 ? error : late);

	if (output_is_broken(output)) {
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	output_free(output);
	return is_good;
}

void
output_free(struct output *output)
{
	if (output->buf != NULL)
		outbuf_free(output->buf);
	packer_free(output->packer);
	output->buf = NULL;
	output->packer = NULL;
}
