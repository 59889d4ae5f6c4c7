/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Turns: a message of the client and the message of the server that follows
 * it.  The first turn stands in the diagnosis; from the second on there are
 * distributions.
 */
#ifndef TCPSTATES_DIAGNOSIS_TURNS_H
#define TCPSTATES_DIAGNOSIS_TURNS_H

#include <stdbool.h>
#include <stdint.h>

#include "diagnosis/spans.h"

struct conn;
struct diagnosis;
struct pool;
struct wait;

/* The turn that goes on, or the last one. */
struct turn {
	int64_t request_ns;	/* last data of the client */
	int64_t answer_ns;	/* last data of the server, if is_answered */
	int64_t first_ns;	/* the server's wait before its answer */
	uint64_t first_frame : 48;	/* first frame of the answer */
	uint64_t requests : 15;	/* data segments of the client, saturating */
	uint64_t is_answered : 1;
	uint32_t request_len;	/* bytes of the request, saturating */
};

/* From the second turn on: of all that are over. */
struct turns {
	struct spans first;	/* the server's waits */
	struct spans last;	/* from the end of the request to that of the answer */
	struct spans think;	/* the client's waits before its next request */
};

/* New data has ended a wait, and is not yet the connection's last. */
void turns_data(struct wait *);

/* With the pool of the diagnoser. */
void turns_free(struct pool *, struct turns *);

/* What is known of a connection's turns; zeroed, there are none. */
struct turn_figures {
	uint32_t count;
	int64_t first_p50, first_p95, first_max;	/* ns, -1 unknown */
	uint64_t first_max_frame;
	int64_t last_p50, last_p95, last_max;		/* ns, -1 unknown */
	uint32_t think_count;
	int64_t think_min, think_p50, think_max;	/* ns, -1 unknown */
	int64_t first_min;				/* ns, -1 unknown */
};

/*
 * Add the turns of such a connection to those of others; `last` may be NULL.
 */
void turns_add_to(const struct conn *, struct spans *first,
    struct spans *last);

/* Of a connection whose analysis can be read. */
struct turn_figures turns_read(const struct conn *);

#endif
