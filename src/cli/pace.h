/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pace of pictures on a slow line.
 *
 * A pseudo-terminal and a connection of ssh take some 20 kB before they refuse
 * more: on a line of 9600 bit/s that is twenty seconds, and no call says how
 * much the terminal has not read.  So a picture ends with a request that every
 * terminal answers when it has shown what came before (DSR of ECMA-48); the
 * next picture waits for the answer.  A line that answers at once is asked
 * again only from time to time, and a terminal that never answers sets no pace.
 */
#ifndef TCPSTATES_CLI_PACE_H
#define TCPSTATES_CLI_PACE_H

#include <stdbool.h>
#include <stdint.h>

#define PACE_REQUEST	"\033[5n"

/* Times are of a clock that never goes back.  Zeroed: nothing was asked. */
struct pace {
	bool is_waiting;	/* for an answer */
	bool has_answered;	/* the terminal answers requests */
	int64_t asked_ns;
	int64_t due_ns;		/* of the next request */
};

/* Can the terminal take another picture? */
bool pace_is_free(struct pace *, int64_t now_ns);
/* Should this picture end with PACE_REQUEST?  True: an answer is awaited. */
bool pace_ask(struct pace *, int64_t now_ns);
void pace_answer(struct pace *, int64_t now_ns);

/*
 * How much longer to wait at the end for an answer, which the shell would get
 * otherwise; 0: none will come, or none is awaited.
 */
int64_t pace_left_ns(const struct pace *, int64_t now_ns);

#endif
