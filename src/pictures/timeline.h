/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All connections of a capture on one axis of time: a row each, a bar of what
 * the time was booked to, and how it ended.
 */
#ifndef TCPSTATES_PICTURES_TIMELINE_H
#define TCPSTATES_PICTURES_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct collector;
struct conn;
struct outbuf;

#define TIMELINE_ROWS	200

/*
 * The part of a capture with most of its segments: if three fifths of them lie
 * in an eighth of the time or less, a timeline of the whole shows little.
 */
struct busy_part {
	int64_t from_ns;
	int64_t to_ns;
	uint64_t segments;	/* of its drawn points */
	uint64_t all;
};

struct timeline {
	const char *id;		/* of the picture */
	const struct conn *const *conn;	/* in order of number */
	size_t count;		/* at most TIMELINE_ROWS */
	uint64_t left_out;	/* connections without a row */
	/* Connections with a sheet #cN in the page: their rows are links. */
	const struct conn *const *linked;
	size_t linked_count;
	const struct collector *collector;
	int64_t first_ns;	/* of the axis: a part can be drawn */
	int64_t last_ns;
	int64_t zero_ns;	/* where labels count from */
	bool is_file;
};

void timeline_put(struct outbuf *, const struct timeline *);

/* Find the busy part of a timeline.  False: there is none. */
bool timeline_busy_part(const struct timeline *, struct busy_part *);
/*
 * Reduce a timeline to the part.  `conn` has room for TIMELINE_ROWS
 * connections, and takes the ones of the part.
 */
void timeline_zoom(struct timeline *, const struct busy_part *,
    const struct conn **conn);

#endif
