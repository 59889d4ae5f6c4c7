/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The diagnosis of a connection for people, in 80 columns:
 *
 *	SERVER (server-slow): The server had the request and took long to begin
 *	its answer.
 *	  18.2 s until the first byte of answers
 *	  frame 812  the wait ends, 18.2 s later
 *	  Look at the service and what it asks in turn, not at the network...
 */
#ifndef TCPSTATES_VIEWS_DIAGNOSIS_TEXT_H
#define TCPSTATES_VIEWS_DIAGNOSIS_TEXT_H

#include <stdbool.h>

struct conn;
struct outbuf;

struct diagnosis_style {
	bool colour;
	/*
	 * Options that read the same packets again, for commands; or NULL: the
	 * packets are gone.
	 */
	const char *again;
};

/*
 * Print the diagnosis with the endpoints above, and the commands that show
 * more.
 */
void diagnosis_print(struct outbuf *, const struct diagnosis_style *,
    const struct conn *);

/* The same as a part of something larger: indented, and without these. */
void diagnosis_print_block(struct outbuf *, bool colour, const struct conn *);

/* A command line that reads the packets again, indented; nothing if gone. */
void diagnosis_put_command(struct outbuf *, const struct diagnosis_style *,
    const char *label, const char *options);

/*
 * Text of our own in lines of 80 columns.  It begins in column `at`, and
 * continues in column `indent`.
 */
void diagnosis_put_wrapped(struct outbuf *, const char *text, unsigned at,
    unsigned indent);

#endif
