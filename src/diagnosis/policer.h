/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Policers: token buckets which drop what exceeds a rate.  A bucket fills at
 * the rate up to its depth and is emptied by what passes; if a bucket explains
 * when segments were lost, and when they were not, a policer is the cause.  (A
 * line through the passes and losses alone, without a depth, as Flach et al.
 * fit it in "An Internet-Wide Analysis of Traffic Policing", 2016, misses
 * senders below the rate between losses.)
 *
 * A log of passes and losses begins with an endpoint's first loss.  It holds
 * POLICER_MARKS marks at most, and ends then.
 */
#ifndef TCPSTATES_DIAGNOSIS_POLICER_H
#define TCPSTATES_DIAGNOSIS_POLICER_H

#include <stdbool.h>
#include <stdint.h>

#define POLICER_MARKS	1024

/* Data passed up to an instant, and lost just there. */
struct pass_mark {
	uint32_t at;		/* since begin_ns, in units of 2^10 ns */
	uint32_t passed;	/* bytes, since the mark before */
	uint16_t lost;		/* segments */
	bool has_queue;		/* a queue stood on the path */
};

struct policer_log {
	int64_t begin_ns;
	uint32_t size;		/* room, in marks */
	uint32_t count;
	uint32_t lost;		/* segments, in all marks */
	uint32_t newest;	/* mark of the last data never sent before */
	bool is_full;		/* the log has ended */
	struct pass_mark mark[];
};

/* A segment that passed. */
struct pass {
	int64_t ns;
	uint32_t len;
	bool is_new;		/* it was never sent before */
	bool has_queue;		/* a queue stood on the path */
};

/* Begins `*log` if NULL, which grows. */
void policer_pass(struct policer_log **log, const struct pass *, uint32_t mss);

/* A segment of `len` bytes, passed at `at_ns`, was lost downstream. */
void policer_lost(struct policer_log *, int64_t at_ns, uint32_t len);

/* Segments were lost upstream, right behind the newest data that passed. */
void policer_missing(struct policer_log *, uint32_t segments);

struct policer {
	uint64_t rate;		/* bytes a second; 0: none was found */
	uint32_t depth;		/* bytes */
};

/* The bucket which explains the log, if there is one. */
struct policer policer_find(const struct policer_log *, uint32_t mss,
    int64_t rtt_ns);

#endif
