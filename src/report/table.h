/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --table: one aligned line a connection.
 */
#ifndef TCPSTATES_REPORT_TABLE_H
#define TCPSTATES_REPORT_TABLE_H

struct conn;
struct outbuf;
struct report_options;

/* As text_report(), see report/text.h; `detail` is not used. */
int table_report(struct outbuf *, const struct conn *first,
    const struct report_options *);

#endif
