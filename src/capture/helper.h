/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What processes that are forked before the sandbox have in common: the
 * opener, the finder and the resolver.  Each answers requests of its parent over a socket, and ends
 * when the parent has closed the socket.
 */
#ifndef TCPSTATES_CAPTURE_HELPER_H
#define TCPSTATES_CAPTURE_HELPER_H

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

#endif
