/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sandbox, entered when everything is open and before the first packet is
 * decoded.  Code that runs there through a bug in a decoder can compute, read
 * what is open and write to what is open for output.  It cannot open a file
 * or a socket, send a packet, or execute a program.  One file per operating
 * system.
 *
 * A system call that is not needed fails with EPERM; it does not kill the
 * process.  C libraries try calls that do not matter, and which ones differs
 * from version to version: a capture of a week must not end for one of them,
 * and an attacker gains nothing by the difference.
 */
#ifndef TCPSTATES_CAPTURE_SANDBOX_H
#define TCPSTATES_CAPTURE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#define SANDBOX_REASON_SIZE	128

enum sandbox_result {
	SANDBOX_ENTERED,
	SANDBOX_NONE,		/* not compiled in: see sandbox_describe() */
	SANDBOX_MISSING,	/* the kernel supports no sandbox */
	SANDBOX_FAILED		/* the kernel does, and refused this one */
};

#define SANDBOX_OPENERS	5

struct sandbox_needs {
	/*
	 * The sockets that capture.  Packets can be received from them and none
	 * can be sent.  Their numbers stay unwritable when they are closed.
	 */
	const int *capture_fds;
	size_t capture_count;
	/* The sockets of openers (opener.h); -1 for one that is not there. */
	int opener_fd[SANDBOX_OPENERS];
	/*
	 * A terminal whose modes are changed, or -1.  Input cannot be pushed
	 * into it (TIOCSTI).
	 */
	int terminal_fd;
	/*
	 * Called at the point where threads can still be started and will be
	 * inside; it returns when they run.  Not called if that point is not
	 * reached.  NULL: there are no threads.
	 */
	void (*start_threads)(void *arg);
	void *arg;
};

/*
 * Drop all capabilities, unless `keep`, and for good the right to gain
 * privileges by executing a program.  Return 0 or an errno value.
 */
int sandbox_renounce(bool keep);

/*
 * Enter the sandbox after sandbox_renounce(); there is no way out.
 * SANDBOX_MISSING and SANDBOX_FAILED come with a reason, as a phrase.
 */
enum sandbox_result sandbox_enter(const struct sandbox_needs *,
    char ret_reason[SANDBOX_REASON_SIZE]);

/*
 * The same for the opener, which has nothing to decode: it can read, send
 * descriptors over `socket`, and create files or append to them in
 * `directory`, by openat(2) with O_WRONLY | O_CREAT | O_APPEND.  If it
 * `replaces` a file, it can create files with O_WRONLY | O_CREAT | O_EXCL
 * instead, and rename or remove files within the directory.
 */
enum sandbox_result sandbox_enter_opener(int directory, int socket,
    bool replaces, char ret_reason[SANDBOX_REASON_SIZE]);

/*
 * Enter the finder's sandbox: it can open files to read them, list
 * directories, read links, write to what is open, and send and receive on its
 * sockets; -1 for one that is not there.  Without Landlock, which would hide
 * other processes.
 */
#define SANDBOX_SOCKETS	3

enum sandbox_result sandbox_enter_finder(const int sockets[SANDBOX_SOCKETS],
    char ret_reason[SANDBOX_REASON_SIZE]);

/* For --version: "seccomp (libseccomp 2.5.4), Landlock (ABI 7)". */
void sandbox_describe(char *buf, size_t size);

#endif
