/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process of its own that finds the processes which own local sockets, for
 * --processes: from inside the sandbox nothing could be opened to find them.
 * It never sees a packet.  It receives questions and sends answers, all of one
 * size (base/owner.h), and asks the kernel by sock_diag(7) and proc(5).  It
 * has a sandbox of its own, and limits its use of the processor.
 *
 * The functions never block, once the finder is started: a finder that lags
 * or dies costs answers, not packets.
 */
#ifndef TCPSTATES_CAPTURE_FINDER_H
#define TCPSTATES_CAPTURE_FINDER_H

#include <stdbool.h>

#include "capture/helper.h"

struct account;
struct owner_answer;
struct owner_question;

struct finder {
	int fd;			/* of a socket; -1: there is no such process */
	bool sees_all;		/* processes of other users, too */
	bool sees_closes;	/* sockets that close, with their figures */
};

/*
 * Start the process.  Call this before an interface is opened: a child would
 * keep the socket and its ring open.  Return 0 or an errno value; ENOTSUP:
 * not on this system.
 */
int finder_start(struct finder *, const struct account *, bool no_sandbox);

enum helper_result finder_ask(const struct finder *,
    const struct owner_question *);
enum helper_result finder_read(const struct finder *, struct owner_answer *);

/* End the process; it ends with its parent, too. */
void finder_stop(struct finder *);

#endif
