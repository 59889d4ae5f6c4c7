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

struct timeline {
	const struct conn *const *conn;	/* in order of number */
	size_t count;		/* at most TIMELINE_ROWS */
	uint64_t left_out;	/* connections without a row */
	const struct collector *collector;
	int64_t first_ns;	/* of the axis, and of its labels */
	int64_t last_ns;
	bool is_file;		/* else rows are links to #cN */
};

void timeline_put(struct outbuf *, const struct timeline *);

#endif
