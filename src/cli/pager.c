/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/pager.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/files.h"
#include "cli/options.h"

#define PAGER_DEFAULT	"less"

/* Is the program in a directory of $PATH? */
static bool
is_in_path(const char *program)
{
	const char *path = getenv("PATH");
	char name[PATH_MAX];

	while (path != NULL && *path != '\0') {
		const size_t len = strcspn(path, ":");

		if ((size_t)snprintf(name, sizeof(name), "%.*s/%s", (int)len,
		    path, program) < sizeof(name) && access(name, X_OK) == 0)
			return true;
		path += len + (path[len] == ':');
	}
	return false;
}

/* The command of the pager, or NULL for none. */
static const char *
find_command(void)
{
	const char *command = getenv("PAGER");
	const char *term = getenv("TERM");

	if (term == NULL || strcmp(term, "dumb") == 0)
		return NULL;
	if (command == NULL)
		return is_in_path(PAGER_DEFAULT) ? PAGER_DEFAULT : NULL;
	return command[0] == '\0' || strcmp(command, "cat") == 0 ? NULL :
	    command;
}

/* Output that comes while the live screen is shown would start the pager. */
static bool
is_wanted(const struct options *options)
{
	return !options->no_pager &&
	    !(options->top && display_is_gradual(&options->display)) &&
	    options->output == NULL && !options->saves_to_stdout &&
	    isatty(STDOUT_FILENO) && !files_are_endless(options);
}

/*
 * Until there is something to show, the terminal belongs to the live screen, or
 * to messages.  ^C is for the screen, too.  False: nothing comes.
 */
static bool
await_output(int input)
{
	struct pollfd ready = { .fd = input, .events = POLLIN };

	(void)signal(SIGINT, SIG_IGN);
	while (poll(&ready, 1, -1) < 0 && errno == EINTR)
		continue;
	(void)signal(SIGINT, SIG_DFL);
	return (ready.revents & POLLIN) != 0;
}

/* In the new process: become the pager. */
static _Noreturn void
exec_pager(const char *command, int input)
{
	if (!await_output(input))
		_exit(0);
	if (dup2(input, STDIN_FILENO) >= 0) {
		(void)setenv("LESS", "FRX", 0);
		(void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	}
	_exit(127);
}

static bool
make_pipe(int fds[2])
{
	if (pipe(fds) != 0)
		return false;
	(void)fcntl(fds[0], F_SETFD, FD_CLOEXEC);
	(void)fcntl(fds[1], F_SETFD, FD_CLOEXEC);
	return true;
}

static void
close_both(const int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

/* The pager alone keeps alive[1], which ends with it. */
static pid_t
start_process(const char *command, const int input[2], const int alive[2])
{
	const pid_t pid = fork();

	if (pid == 0) {
		(void)fcntl(alive[1], F_SETFD, 0);
		exec_pager(command, input[0]);
	}
	close(input[0]);
	close(alive[1]);
	if (pid < 0) {
		close(input[1]);
		close(alive[0]);
	}
	return pid;
}

void
pager_start(struct pager *pager, const struct options *options)
{
	const char *command = is_wanted(options) ? find_command() : NULL;
	int input[2], alive[2];

	if (command == NULL || !make_pipe(input))
		return;
	if (!make_pipe(alive)) {
		close_both(input);
		return;
	}
	if (start_process(command, input, alive) < 0)
		return;
	pager->fd = input[1];
	pager->alive_fd = alive[0];
}

void
pager_wait(struct pager *pager)
{
	char byte;

	if (pager->fd < 0)
		return;
	/* ^C is for the pager. */
	signal(SIGINT, SIG_IGN);
	close(pager->fd);
	while (read(pager->alive_fd, &byte, 1) < 0 && errno == EINTR)
		continue;
	close(pager->alive_fd);
	*pager = (struct pager)PAGER_NONE;
}
