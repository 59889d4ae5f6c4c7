/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connections that a live screen may show, and what they carried in each
 * of the last 60 seconds.
 *
 * The work per picture and the memory are bounded whatever the traffic: a
 * picture looks at the connections that sent last (engine/engine.h,
 * tcpstates_recent()) and at ROWS_MAX candidates, never at all connections.
 * A connection that is not among the first for long carries little.
 */
#ifndef TCPSTATES_TOP_ROWS_H
#define TCPSTATES_TOP_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "top/entry.h"

#define ROWS_MAX	384
#define ROWS_SECONDS	60
/* Newcomers per picture: each searches for the row to replace. */
#define ROWS_NEW_MAX	48
/* An ended connection stays for this time. */
#define ROWS_ENDED_NS	(10 * NS_PER_SEC)

/* What was carried in a second. */
struct second {
	uint64_t sent[2];	/* as figures->sent */
	uint64_t resent;
	uint32_t rtt_us;	/* mean of the round trips; 0: none */
	uint32_t flight;	/* most bytes in flight when looked at */
};

struct row {
	const struct conn *conn;	/* while tcpstates_follows() it */
	struct figures figures;
	struct second total;	/* when the last whole second ended */
	struct second seconds[ROWS_SECONDS];	/* ring */
	unsigned seconds_known;	/* whole seconds since the row exists */
	uint64_t rtt_count;	/* as in the figures, then */
	int64_t rtt_sum;
	uint8_t rtt_side;
	uint32_t flight;	/* most of the second that goes on */
	int64_t state_ns[2];	/* when the state was first seen */
	bool was_open;		/* before the row: for longer than that */
	int64_t limit_ns;	/* time when this limit began */
	int64_t ended_ns;	/* when it was seen to have ended; 0: not */
	uint32_t rank;		/* place in the list */
	bool is_pinned;
};

struct rows {
	struct row row[ROWS_MAX];
	unsigned count;
	int64_t second;		/* number of the second that goes on */
	uint32_t next_rank;
	unsigned updated;	/* of the present picture: rows done */
};

/*
 * A picture at `now_ns` of a clock that never goes back; `frames_ns` is the
 * capture's clock.  rows_begin() finds newcomers; rows_update() looks at some
 * rows and returns true until it has looked at all.
 */
void rows_begin(struct rows *, const struct tcpstates *, int64_t now_ns,
    int64_t frames_ns);
bool rows_update(struct rows *, unsigned count, int64_t now_ns,
    int64_t frames_ns);

/* The entry of a row, over the last `average` seconds; 0: totals. */
void rows_entry(const struct rows *, const struct row *, unsigned average,
    int64_t now_ns, struct entry *ret_entry);

/* The row of a connection, or NULL. */
struct row *rows_find(struct rows *, uint64_t number);

/*
 * For how long an endpoint has its state, to the second, while the row exists.
 */
int64_t rows_in_state_ns(const struct rows *, const struct row *,
    unsigned which);

/*
 * Return the traffic of a row in the second that ended `ago` whole seconds ago.
 */
const struct second *rows_second(const struct rows *, const struct row *,
    unsigned ago);

#endif
