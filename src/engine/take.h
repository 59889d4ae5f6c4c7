/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A queued segment finds its connection, and the tracker processes it.
 */
#ifndef TCPSTATES_ENGINE_TAKE_H
#define TCPSTATES_ENGINE_TAKE_H

struct queued_segment;
struct tcpstates;

/* 0, or -ERR_NOMEM: the connection may lack the segment. */
int take_queued(struct tcpstates *, struct queued_segment *);

#endif
