/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a comparison of two captures found, as text, as a table and as records.
 */
#ifndef TCPSTATES_VIEWS_COMPARISON_H
#define TCPSTATES_VIEWS_COMPARISON_H

#include "print/time.h"

struct compare_result;
struct outbuf;
struct writer;

/* A summary, then a block for each pair. */
void comparison_text(struct outbuf *, const struct compare_result *,
    const struct time_style *);

/* One line per pair. */
void comparison_table(struct outbuf *, const struct compare_result *);

/* A record `pair` for each pair, then one `compare`. */
void comparison_records(struct writer *, const struct compare_result *);

#endif
