/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several threads that read, each from its own socket, and each with a part of
 * the connections.  They work in rounds of three steps, one after the other:
 *
 *	gather	each thread reads frames from its socket, decodes them, and
 *		queues each segment for the engine that has the connection
 *	order	the first thread numbers the frames of all sockets by their
 *		times, as far as all frames of such times were read
 *	settle	each thread processes the numbered segments that are queued for
 *		its engine, in order of number
 *
 *	socket 0 --> decoder 0 --+--> queue 0 to 0 --+--> engine 0
 *	                          \                 /
 *	                           +> queue 0 to 1 -----+
 *	                                          /      \
 *	                           +> queue 1 to 0        +
 *	                          /                        \
 *	socket 1 --> decoder 1 --+--> queue 1 to 1 ---------+--> engine 1
 *
 * The kernel spreads packets by the hash of base/spread.h, by which connections
 * belong to engines, too: what one look of the kernel's program explains is
 * queued for the engine of the same thread.  Segments in tunnels, fragments and
 * segments behind other headers that the program does not know come from the
 * socket of their outer packet.
 *
 * So each connection is what it would be in one engine that was given all
 * frames in order of time.  Only limits differ: each engine has its part.
 *
 * Queues are bounded.  A thread reads no more frames than there is room for, and
 * the kernel's buffer has the rest, and counts what it drops.  If times cannot
 * be compared, because the clocks of two sockets are far apart, frames are
 * processed out of order in the end, and counted.
 */
#ifndef TCPSTATES_ENGINE_READERS_H
#define TCPSTATES_ENGINE_READERS_H

#include <stdint.h>

#include "base/compiler.h"
#include "engine/engine.h"

struct conn;
struct readers;

/*
 * tcpstates_share() and the functions behind it in engine.h are in readers.c.  A
 * thread that cannot be started, as with only one processor, is no error: the
 * caller's thread does the work.
 */

/* Stop the threads, and leave all memory to process exit. */
void readers_leave(struct readers *);
/* Stop the threads and free everything.  NULL is allowed. */
void readers_free(struct readers *);

/* Add the counts of the engines to the totals.  0, or -ERR_NOMEM. */
int readers_flush(struct readers *);

/*
 * Around what only one thread may do at a time: reporting a connection, which
 * has a number from here on.
 */
void readers_enter(struct readers *, struct conn *);
void readers_exit(struct readers *);

#endif
