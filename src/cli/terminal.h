/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The terminal of a full-screen display.
 *
 * Output goes to an open file description of our own that does not block: a
 * terminal that does not read (^S, a dead ssh) must not stop the capture, and
 * the shell's descriptors stay as they are.  The terminal is restored on every
 * way out but SIGKILL: terminal_leave(), a second SIGINT, abort(3) and the
 * signals of crashes.  A process has one, so there are globals.
 */
#ifndef TCPSTATES_CLI_TERMINAL_H
#define TCPSTATES_CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* The most that is written at a time. */
#define TERMINAL_BUFFER	16384

enum terminal_event {
	TERMINAL_RESIZED = 1 << 0,
	TERMINAL_STOPPED = 1 << 1,	/* SIGTSTP asks to stop */
	TERMINAL_CONTINUED = 1 << 2	/* SIGCONT came */
};

struct terminal {
	bool is_utf8;
	bool has_colour;	/* unless NO_COLOR is set */
	char buf[TERMINAL_BUFFER];	/* written by the caller */
	size_t len;		/* bytes in it... */
	size_t at;		/* ...of which these are written */
};

/*
 * Open the terminal.  False: there is none that could show a screen, and
 * `*ret_why` is a phrase.
 */
bool terminal_open(struct terminal *, const char **ret_why);
int terminal_fd(void);

/* Begin the screen; also after terminal_leave().  False: errno is set. */
bool terminal_enter(struct terminal *);
/* Restore the terminal, if it is not. */
void terminal_leave(struct terminal *);
/* Leave, stop this process as SIGTSTP does, and enter when it continues. */
void terminal_stop(struct terminal *);
void terminal_close(struct terminal *);

/* What has happened since the last call: a set of enum terminal_event. */
unsigned terminal_events(void);
void terminal_size(unsigned *ret_lines, unsigned *ret_columns);

/* Bytes typed, at most `size`; 0: none.  -1: the terminal is gone. */
int terminal_read(unsigned char *bytes, size_t size);
/*
 * Write what buf[] holds, as far as the terminal takes it.  True: all is
 * written, and buf[] can be filled again.
 */
bool terminal_flush(struct terminal *);

#endif
