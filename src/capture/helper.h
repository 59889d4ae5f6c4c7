/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What processes that are forked before the sandbox have in common: the opener,
 * the finder and the resolver.  Each answers requests of its parent over a
 * socket, and ends when the parent has closed the socket.
 */
#ifndef TCPSTATES_CAPTURE_HELPER_H
#define TCPSTATES_CAPTURE_HELPER_H

#include <stddef.h>

/* ---- in the process ---- */

/*
 * Ignore signals that a terminal or an operator sends to the process group:
 * they are for the parent, which may need one more answer after them, and
 * which would wait for the answer of a helper that ^Z has stopped.  The parent
 * alone holds the standard streams, so that a reader sees them end with the
 * report.
 */
void helper_detach(void);

/* Close all descriptors but this one and the standard streams. */
void helper_close_others(int socket);

/* ---- in the parent ---- */

enum helper_result {
	HELPER_DONE,
	HELPER_BUSY,		/* no room for a question, or no answer yet */
	HELPER_GONE		/* the process has ended */
};

/*
 * Send a question, or receive an answer: one message over a socket that keeps
 * their boundaries and does not block.
 */
enum helper_result helper_ask(int socket, const void *question, size_t size);
enum helper_result helper_read(int socket, void *ret_answer, size_t size);

/* Close the socket, unless it is -1, and set it to -1: the process ends. */
void helper_stop(int *socket);

#endif
