/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --table: one aligned line per connection.
 */
#ifndef TCPSTATES_VIEWS_TABLE_H
#define TCPSTATES_VIEWS_TABLE_H

#include <stddef.h>

struct column;
struct conn;
struct outbuf;
struct report_options;

/* As text_report(), see views/text.h; `detail` is not used. */
int table_report(struct outbuf *, const struct conn *first,
    const struct report_options *);

/*
 * For the manual: the heading of a column, and the keys of the records
 * (records/record.h) in its cells; NULL after the last.
 */
#define TABLE_COLUMNS	14
#define TABLE_ALL_COLUMNS	22	/* with those of a wide terminal */
#define TABLE_KEYS	4
const char *table_heading(size_t at);
const struct column *table_shown(size_t at, size_t key);

#endif
