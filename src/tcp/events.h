/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tracker reports to its caller as segments come.
 */
#ifndef TCPSTATES_TCP_EVENTS_H
#define TCPSTATES_TCP_EVENTS_H

#include <stdbool.h>

#include "tcp/judgement.h"

struct conn;
struct icmp_error;
struct segment;

/* Callbacks; members may be NULL.  See engine/engine.h. */
struct track_events {
	void (*segment)(void *arg, const struct conn *,
	    const struct segment *, const struct judgement *);
	void (*transition)(void *arg, const struct conn *,
	    const struct transition *);
	void (*icmp_error)(void *arg, const struct conn *,
	    const struct icmp_error *);
	void *arg;
	/* `segment` need not be called for segments judged to be nothing. */
	bool skips_fastpath;
};

#endif
