/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals, turned into flags that a loop can look at.
 *
 *	SIGINT, SIGTERM		stop: drain, report.  A second SIGINT: exit at
 *				once, with status 130
 *	SIGUSR1, SIGINFO	print a line of counters
 *	SIGUSR2			print an interim report
 *	SIGHUP			stop like SIGTERM, or open the output again;
 *				ignored under nohup(1), as it was
 *	SIGPIPE			ignored: the write fails with EPIPE
 *
 * The handlers set a flag and wake the loop; everything else happens there.
 * A process has one set of signals, so these are globals.
 */
#ifndef TCPSTATES_CAPTURE_SIGS_H
#define TCPSTATES_CAPTURE_SIGS_H

#include <stdbool.h>

/* In the order in which several requests are handled. */
enum sigs_request {
	SIGS_COUNTERS = 1 << 0,
	SIGS_REPORT = 1 << 1,
	SIGS_REOPEN = 1 << 2,
	SIGS_REPORT_AFTER = 1 << 3	/* SIGUSR2 came after the SIGHUP */
};

/* Exit status of the second SIGINT: that of a shell for death by SIGINT. */
#define SIGS_EXIT_AT_ONCE	130

/* Install the handlers.  Return 0 or an errno value. */
int sigs_open(void);
/*
 * For an output that SIGHUP opens again: ignore SIGHUP while the output is not
 * open yet, as it will be a new file in any case; then have it ask for
 * SIGS_REOPEN.
 */
void sigs_ignore_hangup(void);
void sigs_catch_hangup(void);
/* Restore the default actions. */
void sigs_close(void);

/* Has a signal asked to stop? */
bool sigs_stopped(void);
/* Return the other requests, a set of enum sigs_request, and clear them. */
unsigned sigs_take(void);

/*
 * A descriptor for poll(2) that becomes readable when a signal comes; -1
 * before sigs_open().  sigs_drain() reads it empty.
 */
int sigs_fd(void);
void sigs_drain(void);

/* For handlers elsewhere: make that descriptor readable. */
void sigs_wake(void);
/*
 * Call this function, which must be async-signal-safe, before a second SIGINT
 * exits at once; NULL: none.
 */
void sigs_before_exit(void (*)(void));

/* Was SIGPIPE ignored when the program started? */
bool sigs_pipe_was_ignored(void);

#endif
