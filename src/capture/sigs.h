/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals, turned into something a loop can look at.
 *
 *	SIGINT, SIGTERM		stop: drain, report.  SIGINT once more: out at
 *				once, with status 130
 *	SIGUSR1, SIGINFO	a line of counters
 *	SIGUSR2			an interim report
 *	SIGHUP			open the output again, if asked for
 *	SIGPIPE			ignored: the write says EPIPE
 *
 * The handlers set a flag and wake who waits; everything else happens in the
 * loop.  There is one set of signals in a process, so there is one of these.
 */
#ifndef TCPSTATES_CAPTURE_SIGS_H
#define TCPSTATES_CAPTURE_SIGS_H

#include <stdbool.h>

/* In the order in which they are to be done, if several are asked for. */
enum sigs_request {
	SIGS_COUNTERS = 1 << 0,
	SIGS_REPORT = 1 << 1,
	SIGS_REOPEN = 1 << 2,
	SIGS_REPORT_AFTER = 1 << 3	/* it came behind the SIGHUP */
};

/* Exit status of the second SIGINT: as shells tell of a death by signal. */
#define SIGS_EXIT_AT_ONCE	130

/* Install the handlers.  0 or an errno value. */
int sigs_open(void);
/*
 * SIGHUP kills, until it is to be ignored (the output is not open yet, and
 * will be a new one anyway), or to ask for SIGS_REOPEN.
 */
void sigs_ignore_hangup(void);
void sigs_catch_hangup(void);
/* Give the signals back to the system. */
void sigs_close(void);

/* Was there a SIGINT or SIGTERM? */
bool sigs_stopped(void);
/* Is anything else asked for?  A set of enum sigs_request, taken by asking. */
unsigned sigs_take(void);

/*
 * A descriptor that is readable when a signal came: for poll(2).  -1 before
 * sigs_open().  sigs_rest() reads it empty.
 */
int sigs_fd(void);
void sigs_rest(void);

/* Was SIGPIPE ignored before we came? */
bool sigs_pipe_was_ignored(void);

#endif
