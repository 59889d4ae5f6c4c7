/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line of the list: the figures of a connection, and what its seconds say.
 */
#ifndef TCPSTATES_TOP_ENTRY_H
#define TCPSTATES_TOP_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "top/figures.h"

#define ENTRY_TREND	6	/* blocks of 5 s */

struct entry {
	struct figures figures;
	bool has_rate;		/* a second was measured, or these are totals */
	uint64_t rate[2];	/* new bits a second, or all bytes */
	uint64_t carried;	/* bytes of payload in that time */
	uint64_t resent;	/* of which retransmitted */
	uint64_t trend[ENTRY_TREND];	/* bytes, the oldest first */
	int64_t waited_ns;	/* how long this limit has lasted */
	/* Of a finished capture: */
	bool is_finished;
	const char *verdict;	/* NULL: none */
	uint8_t severity;	/* see entry_trouble() */
	int64_t cost_ns;	/* time that the main finding took */
};

/* Trouble that the list shows first, or 0; more is worse. */
unsigned entry_trouble(const struct entry *);

enum order {
	ORDER_TROUBLE,		/* then the rate */
	ORDER_RATE,
	ORDER_RTT,
	ORDER_P99,
	ORDER_RESENT,
	ORDER_AGE,
	ORDER_BYTES,
	ORDER_NUMBER,
	ORDER_COUNT
};

/* The name of an order, such as "trouble", and the letter of its key. */
const char *order_words(enum order);
char order_letter(enum order);

/* Heavier entries stand first; equal ones are in order of number. */
uint64_t entry_weight(const struct entry *, enum order);
/* Negative if `a` stands before `b`. */
int entry_compare(const struct entry *a, const struct entry *b, enum order);

/*
 * A filter: words that must all be in an entry's text (addresses, ports,
 * states, the limit, the verdict, processes), in any case; `!word` must not.
 * `port N` and `host ADDRESS` compare as a whole; `rtt>10ms`, `p99`, `rtx`
 * (percent), `rate` (bit/s, with k, M, G) and `age` compare with > and <.
 */
#define FILTER_SIZE	64	/* text, with its NUL */

bool entry_matches(const struct entry *, const char *filter, int64_t now_ns);

#endif
