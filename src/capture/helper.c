/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "capture/helper.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
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
