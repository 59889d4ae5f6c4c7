/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/compiler.h"

/* Descriptors that the parent may have when it starts a process. */
#define INHERITED_MAX	256

void
helper_close_others(int socket)
{
	for (int fd = STDERR_FILENO + 1; fd < INHERITED_MAX; fd++)
		if (fd != socket)
			close(fd);
}

void
helper_detach(void)
{
	static const int signals[] = {
		SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE, SIGTSTP,
	};
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		signal(signals[i], SIG_IGN);
	for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
}

static enum helper_result
result_of(ssize_t len, size_t wanted)
{
	if (len == (ssize_t)wanted)
		return HELPER_DONE;
	return len < 0 && (errno == EAGAIN || errno == EINTR ||
	    errno == ENOBUFS) ? HELPER_BUSY : HELPER_GONE;
}

enum helper_result
helper_ask(int socket, const void *question, size_t size)
{
	return result_of(write(socket, question, size), size);
}

enum helper_result
helper_read(int socket, void *ret_answer, size_t size)
{
	return result_of(read(socket, ret_answer, size), size);
}

void
helper_stop(int *socket)
{
	if (*socket >= 0)
		close(*socket);
	*socket = -1;
}
