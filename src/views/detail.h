/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * -v: under a connection's block of section B, what the analysis found, both
 * directions side by side.
 */
#ifndef TCPSTATES_VIEWS_DETAIL_H
#define TCPSTATES_VIEWS_DETAIL_H

struct conn;
struct outbuf;
struct time_style;

/*
 * The figures of one connection, once the capture has ended.  Lines that
 * would say zero for both sides are left out; what is not known is "-".
 * Without an analysis (conn->analysis is NULL) only the states are printed.
 */
void report_detail(
    struct outbuf *, const struct time_style *, const struct conn *);

#endif
