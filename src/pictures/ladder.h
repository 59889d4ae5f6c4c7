/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ladder of a connection: an arrow for each segment that matters, from one
 * endpoint to the other, through the capture point that stands between them.
 * A loss is drawn where it happened: upstream or downstream of that point.
 */
#ifndef TCPSTATES_PICTURES_LADDER_H
#define TCPSTATES_PICTURES_LADDER_H

#include <stdbool.h>

struct conn;
struct outbuf;
struct picture;

struct ladder_options {
	const char *id;
	bool is_file;
};

/* The connection's analysis can be read; the picture has points. */
void ladder_put(struct outbuf *, const struct conn *, const struct picture *,
    const struct ladder_options *);

#endif
