/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which connections section B, the table and the records show: --conn, --only,
 * --sort, --limit.  Sections A, C and D and the summary record always count
 * everything.
 *
 * The rules come from the command line (records/select_options.h), or are made
 * by hand; records/select_walk.h visits the selected connections in order.
 */
#ifndef TCPSTATES_RECORDS_SELECT_H
#define TCPSTATES_RECORDS_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct column;
struct conn;

/* Classes of connections for --only. */
enum select_class {
	SELECT_COMPLETE = 1 << 0,
	SELECT_RESET = 1 << 1,
	SELECT_OPEN = 1 << 2,
	SELECT_MIDSTREAM = 1 << 3
};

/* Numbers of connections or frames, both ends included. */
struct select_range {
	uint64_t first;
	uint64_t last;
};

/* Zeroed rules select everything in order of number. */
struct select_rules {
	struct select_range *ranges;	/* --conn; NULL: any number */
	size_t range_count;
	struct select_range *frames;	/* --frames; NULL: any frame */
	size_t frame_count;
	unsigned only;			/* --only: set of classes, 0: any */
	const struct column *sort;	/* --sort; NULL: by number */
	const struct column *sort_too;	/* the responder's column of a pair */
	bool is_reversed;		/* --sort=-KEY */
	bool has_limit;
	uint64_t limit;			/* --limit: connections at most */
};

/* Free the ranges. */
void select_fini(struct select_rules *);

/* Does --frames select the frame of this number? */
bool select_has_frame(const struct select_rules *, uint64_t frame);

/* Do --conn and --only select the connection? */
bool select_matches(const struct select_rules *, const struct conn *);

#endif
