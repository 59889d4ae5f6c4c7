/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last segments of one connection, as --segments prints them.
 *
 * Formatting a segment takes microseconds, and its connection loses the fast
 * path, so only TAIL_SLICE segments are taken between two pictures.  Further
 * ones are counted, by a line of their own.
 */
#ifndef TCPSTATES_TOP_TAIL_H
#define TCPSTATES_TOP_TAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "views/segments.h"

struct conn;
struct outbuf;
struct tcpstates;

#define TAIL_SEGMENTS	256
#define TAIL_LINES	640	/* with remarks below segments */
#define TAIL_LINE_SIZE	192
#define TAIL_SLICE	256

struct tail_line {
	bool is_segment;
	char text[TAIL_LINE_SIZE];
};

struct tail {
	uint64_t number;	/* of the connection; 0: none */
	struct tcpstates *engine;	/* that reports its segments */
	struct outbuf *out;
	struct segments_view view;
	unsigned left;		/* segments of this slice */
	uint64_t pkts;		/* segments of the connection, at its end */
	bool is_heading;	/* the next line is that of the heads */
	bool begins_segment;	/* the next line is that of a segment */
	char heads[TAIL_LINE_SIZE];	/* of the columns */
	unsigned segments;	/* lines of segments */
	unsigned first;		/* ring: the oldest line */
	unsigned count;
	struct tail_line line[TAIL_LINES];
};

/* Zeroed before.  False: out of memory. */
bool tail_init(struct tail *);
void tail_fini(struct tail *);

/*
 * For each picture: take segments of this connection until the next one.
 * NULL: of none, and the lines stay.  `columns` is the width of the screen.
 */
void tail_watch(struct tail *, struct tcpstates *, const struct conn *,
    unsigned columns);

/* A line, from the oldest on. */
const char *tail_line(const struct tail *, unsigned at);

#endif
