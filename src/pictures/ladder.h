/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ladder of a connection: an arrow for each segment that matters, from one
 * endpoint to the other, through the capture point that stands between them.
 * A loss is drawn where it happened: upstream or downstream of that point.
 */
#ifndef TCPSTATES_PICTURES_LADDER_H
#define TCPSTATES_PICTURES_LADDER_H

#include <stdbool.h>
#include <stddef.h>

struct conn;
struct outbuf;
struct picture;

struct ladder_options {
	const char *id;
	bool is_file;
};

/*
 * "SYN-ACK", or "" of a segment with data and neither SYN, FIN nor RST; returns
 * the length.
 */
#define LADDER_FLAGS	20
size_t ladder_format_flags(char buf[LADDER_FLAGS], unsigned flags,
    bool has_data);

/* The connection's analysis can be read; the picture has points. */
void ladder_put(struct outbuf *, const struct conn *, const struct picture *,
    const struct ladder_options *);

#endif
