/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See sigs.h.  A signal that comes between the look at its flag and the sleep
 * would be noticed too late, so the handler also writes a byte into a pipe
 * that poll(2) watches.
 */
#include "config.h"

#include "capture/sigs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/compiler.h"

static volatile sig_atomic_t stop_wanted;
static volatile sig_atomic_t counters_wanted;
static volatile sig_atomic_t report_wanted;
static volatile sig_atomic_t reopen_wanted;
static volatile sig_atomic_t report_follows;	/* after the reopening */
static int wake_pipe[2] = { -1, -1 };
static bool pipe_was_ignored;
static void (*before_exit)(void);

void
sigs_wake(void)
{
	const int kept = errno;
	/* A full pipe wakes the loop as well as one more byte would. */
	const ssize_t sent UNUSED = write(wake_pipe[1], "", 1);

	errno = kept;
}

static void
on_stop(int signo)
{
	if (stop_wanted && signo == SIGINT) {
		if (before_exit != NULL)
			before_exit();
		_exit(SIGS_EXIT_AT_ONCE);
	}
	stop_wanted = 1;
	sigs_wake();
}

static void
on_counters(int signo UNUSED)
{
	counters_wanted = 1;
	sigs_wake();
}

static void
on_report(int signo UNUSED)
{
	if (reopen_wanted)
		report_follows = 1;
	else
		report_wanted = 1;
	sigs_wake();
}

static void
on_hangup(int signo UNUSED)
{
	reopen_wanted = 1;
	sigs_wake();
}

static const struct {
	int signo;
	void (*handler)(int);
} handled[] = {
	{ SIGINT, on_stop },
	{ SIGTERM, on_stop },
	{ SIGUSR1, on_counters },
#ifdef SIGINFO
	{ SIGINFO, on_counters },
#endif
	{ SIGUSR2, on_report },
};

static int
open_pipe(void)
{
	if (pipe(wake_pipe) != 0)
		return errno;
	for (int i = 0; i < 2; i++) {
		const int flags = fcntl(wake_pipe[i], F_GETFL);

		if (fcntl(wake_pipe[i], F_SETFL, flags | O_NONBLOCK) != 0 ||
		    fcntl(wake_pipe[i], F_SETFD, FD_CLOEXEC) != 0)
			return errno;
	}
	return 0;
}

static void
set_hangup(void (*handler)(int))
{
	struct sigaction action = { .sa_flags = 0 };

	action.sa_handler = handler;
	sigfillset(&action.sa_mask);
	sigaction(SIGHUP, &action, NULL);
}

int
sigs_open(void)
{
	struct sigaction action = { .sa_flags = 0 };
	struct sigaction before;
	const int err = open_pipe();

	if (err != 0)
		return err;
	/* One handler at a time: they read each other's flags. */
	sigfillset(&action.sa_mask);
	/* No SA_RESTART: a read(2) blocked on a pipe must return. */
	for (size_t i = 0; i < ARRAY_LEN(handled); i++) {
		action.sa_handler = handled[i].handler;
		if (sigaction(handled[i].signo, &action, NULL) != 0)
			return errno;
	}
	action.sa_handler = SIG_IGN;
	if (sigaction(SIGPIPE, &action, &before) != 0)
		return errno;
	pipe_was_ignored = before.sa_handler == SIG_IGN;
	if (sigaction(SIGHUP, NULL, &before) != 0)
		return errno;
	if (before.sa_handler != SIG_IGN)
		set_hangup(on_stop);
	return 0;
}

void
sigs_ignore_hangup(void)
{
	set_hangup(SIG_IGN);
}

void
sigs_catch_hangup(void)
{
	set_hangup(on_hangup);
}

void
sigs_close(void)
{
	for (size_t i = 0; i < ARRAY_LEN(handled); i++)
		signal(handled[i].signo, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	for (int i = 0; i < 2; i++) {
		if (wake_pipe[i] >= 0)
			close(wake_pipe[i]);
		wake_pipe[i] = -1;
	}
}

bool
sigs_stopped(void)
{
	return stop_wanted != 0;
}

static unsigned
take(volatile sig_atomic_t *wanted, enum sigs_request request)
{
	const bool is_wanted = *wanted != 0;

	*wanted = 0;
	return is_wanted ? request : 0;
}

unsigned
sigs_take(void)
{
	unsigned asked = 0;
	sigset_t all, before;

	if (!counters_wanted && !report_wanted && !reopen_wanted)
		return 0;
	/* A signal between two of these would break their order. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	asked |= take(&counters_wanted, SIGS_COUNTERS);
	asked |= take(&report_wanted, SIGS_REPORT);
	asked |= take(&reopen_wanted, SIGS_REOPEN);
	asked |= take(&report_follows, SIGS_REPORT_AFTER);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return asked;
}

int
sigs_fd(void)
{
	return wake_pipe[0];
}

void
sigs_drain(void)
{
	char bytes[64];

	while (read(wake_pipe[0], bytes, sizeof(bytes)) > 0)
		continue;
}

void
sigs_before_exit(void (*function)(void))
{
	before_exit = function;
}

bool
sigs_pipe_was_ignored(void)
{
	return pipe_was_ignored;
}
