/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The door that closes when everything is open and before the first packet is
 * looked at.  Whoever finds a hole in a decoder is then in a process that can
 * compute, read and write what is open already, and nothing else: it opens no
 * file and no socket and executes nothing.  One file for each kind of system.
 *
 * A call that is not among those needed is refused with EPERM and does not
 * kill: C libraries try calls that do not matter, each its own and newer ones
 * others, and to end the watch of a week for one of them would serve nobody.
 * Whom the sandbox is for gains nothing by the difference.
 */
#ifndef TCPSTATES_CAPTURE_SANDBOX_H
#define TCPSTATES_CAPTURE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#define SANDBOX_REASON_SIZE	128

enum sandbox_result {
	SANDBOX_ENTERED,
	SANDBOX_NONE,		/* this program has none: sandbox_describe() */
	SANDBOX_MISSING,	/* the kernel has nothing to make one of */
	SANDBOX_FAILED		/* it has, and it did not work */
};

struct sandbox_needs {
	bool is_live;		/* asks an interface, and its kernel's counts */
	/*
	 * A directory, open, in which a file may still be created or opened
	 * with openat(2) and O_WRONLY | O_CREAT | O_APPEND; or -1.
	 */
	int directory;
	/*
	 * Called where threads can still be started and will be inside; they
	 * run when it returns.  Not at all if that point is not reached.
	 * NULL: there are none.
	 */
	void (*start_threads)(void *arg);
	void *arg;
};

/*
 * Give up capabilities, unless `keep`, and the right ever to gain privileges
 * by executing something.  0 or an errno value.
 */
int sandbox_renounce(bool keep);

/*
 * After sandbox_renounce(); there is no way out.  With SANDBOX_MISSING and
 * SANDBOX_FAILED the reason is a phrase.
 */
enum sandbox_result sandbox_enter(const struct sandbox_needs *,
    char ret_reason[SANDBOX_REASON_SIZE]);

/* For --version: "seccomp (libseccomp 2.5.4), Landlock (ABI 7)". */
void sandbox_describe(char *buf, size_t size);

#endif
