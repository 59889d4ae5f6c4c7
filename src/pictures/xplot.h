/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pictures of tcptrace(1), as text for xplot: of the data of one endpoint.
 *
 *	for (enum xplot kind = 0; kind < XPLOT_KINDS; kind++)
 *		if (xplot_has(picture, side, kind))
 *			xplot_put(out, &data, kind);
 */
#ifndef TCPSTATES_PICTURES_XPLOT_H
#define TCPSTATES_PICTURES_XPLOT_H

#include <stdbool.h>

struct conn;
struct outbuf;
struct picture;

enum xplot {
	XPLOT_SEQUENCE,
	XPLOT_RTT,
	XPLOT_FLIGHT,
	XPLOT_THROUGHPUT,
	XPLOT_KINDS
};

/* "tsg", "rtt", "owin", "tput": how tcptrace names the files. */
const char *xplot_name(enum xplot);

/* Is there anything to draw? */
bool xplot_has(const struct picture *, unsigned side, enum xplot);

struct xplot_data {
	const struct conn *conn;
	const struct picture *picture;
	unsigned side;		/* index of conn->endpoint[]: the sender */
	unsigned digits;	/* decimals of times */
};

void xplot_put(struct outbuf *, const struct xplot_data *, enum xplot);

#endif
