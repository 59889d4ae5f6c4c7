/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The work of the finder's process (finder.h): questions in, answers out.
 */
#ifndef TCPSTATES_CAPTURE_FINDING_LINUX_H
#define TCPSTATES_CAPTURE_FINDING_LINUX_H

#include "base/compiler.h"

struct finding_descriptors {
	int socket;		/* of the parent */
	int query;		/* netlink: questions about sockets */
	int closes;		/* netlink: sockets that close; or -1 */
	int proc;		/* the directory /proc */
};

/* Answer questions until the parent has closed the socket. */
void NORETURN finding_serve(const struct finding_descriptors *);

#endif
