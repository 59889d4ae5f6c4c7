/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/outbuf.h"
#include "capture/account.h"
#include "capture/sigs.h"
#include "cli/messages.h"

/* A directory that is to be named, not listed: that takes fewer rights. */
#if defined(O_SEARCH)
#define OPEN_TO_SEARCH	O_SEARCH
#elif defined(O_PATH)
#define OPEN_TO_SEARCH	O_PATH
#else
#define OPEN_TO_SEARCH	O_RDONLY
#endif

/* The last part of a path, which is no directory. */
static const char *
last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* The rest of the path.  -1 when it is too long, or cannot be opened. */
static int
open_directory(const char *path)
{
	const size_t len = (size_t)(last_part(path) - path);
	char name[PATH_MAX] = ".";

	if (len >= sizeof(name))
		return -1;
	if (len > 0)
		memcpy(name, path, len);
	name[len > 0 ? len : 1] = '\0';
	return open(name, OPEN_TO_SEARCH | O_DIRECTORY | O_CLOEXEC);
}

bool
output_open(struct output *output, const char *option, const char *path,
    bool append, const struct account *account)
{
	*output = (struct output){
		.fd = STDOUT_FILENO,
		.directory = -1,
		.name = path != NULL ? path : "standard output",
	};
	if (path != NULL) {
		output->fd = account_create(account, path, append);
		output->directory = open_directory(path);
	}
	if (output->fd < 0) {
		message("%s: %s: %s", option, path, strerror(errno));
		return false;
	}
	output->buf = outbuf_new(outbuf_sink_fd, &output->fd);
	if (output->buf != NULL)
		return true;
	message("out of memory");
	if (path != NULL)
		close(output->fd);
	if (output->directory >= 0)
		close(output->directory);
	return false;
}

bool
output_has_colour(const struct output *output)
{
	const char *refused = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(output->fd) && (refused == NULL || refused[0] == '\0') &&
	    (term == NULL || strcmp(term, "dumb") != 0);
}

bool
output_is_broken(const struct output *output)
{
	return outbuf_error(output->buf) == EPIPE &&
	    !sigs_pipe_was_ignored();
}

static bool
tell(struct output *output, int error)
{
	if (error == 0)
		return true;
	if (!output->is_told && !output_is_broken(output))
		message("cannot write to %s: %s", output->name,
		    strerror(error));
	output->is_told = true;
	return false;
}

bool
output_flush(struct output *output)
{
	return tell(output, outbuf_flush(output->buf));
}

bool
output_reopen(struct output *output)
{
	const bool good = output_flush(output);
	/* Where it was not moved away after all, nothing is lost. */
	const int fd = openat(output->directory, last_part(output->name),
	    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	if (fd < 0) {
		message("-o: %s: cannot be opened again, so the old file is "
		    "written on: %s", output->name, strerror(errno));
		return good;
	}
	close(output->fd);
	output->fd = fd;
	return good;
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
	bool good = output_flush(output);

	/* NFS and quotas tell of a full disk as late as here. */
	if (close(output->fd) != 0 && good)
		good = tell(output, errno);
	if (output_is_broken(output)) {
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	if (output->directory >= 0)
		close(output->directory);
	outbuf_free(output->buf);
	output->buf = NULL;
	return good;
}
