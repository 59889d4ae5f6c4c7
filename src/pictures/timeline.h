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
	/* Connections with a sheet #cN in the page: their rows are links. */
	const struct conn *const *linked;
	size_t linked_count;
	const struct collector *collector;
	int64_t first_ns;	/* of the axis */
	int64_t last_ns;
	int64_t zero_ns;	/* that labels count from */
	bool is_file;
};

void timeline_put(struct outbuf *, const struct timeline *);

#endif
