/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sheet of a connection: states of both endpoints, where the time went,
 * sequence numbers, bytes in flight, round trips and goodput above each other,
 * over one axis of time from which long silences are cut.
 */
#ifndef TCPSTATES_PICTURES_SHEET_H
#define TCPSTATES_PICTURES_SHEET_H

#include <stdbool.h>
#include <stdint.h>

struct conn;
struct outbuf;
struct picture;

/* A part of a connection, for a sheet of its own. */
struct moment {
	int64_t from_ns;
	int64_t to_ns;
	int64_t wait_ns;	/* where the wait in it begins */
	int64_t cost_ns;	/* how long it is */
};

#define MOMENTS_MAX	3

struct sheet_options {
	const char *id;		/* of the picture */
	bool is_file;
	const struct moment *moment;	/* NULL: the whole connection */
};

/*
 * Draw it.  The connection's analysis can be read (pack_read()); its picture
 * has at least one point.
 */
void sheet_put(struct outbuf *, const struct conn *, const struct picture *,
    const struct sheet_options *);

/*
 * The worst moments of a connection that is too large for one sheet, in order
 * of time; its sheet marks their places with the numbers 1, 2 and 3.  Returns
 * their number.
 */
unsigned sheet_moments(const struct conn *, const struct picture *,
    struct moment moments[MOMENTS_MAX]);

#endif
