/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The detail of -v as text.
 */
#ifndef TCPSTATES_VIEWS_DETAIL_TEXT_H
#define TCPSTATES_VIEWS_DETAIL_TEXT_H

struct conn;
struct outbuf;
struct time_style;

/* The blocks of views/detail.h, once the capture has ended. */
void detail_print(struct outbuf *, const struct time_style *,
    const struct conn *);

#endif
