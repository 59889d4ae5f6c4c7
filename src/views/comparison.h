/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a comparison of two captures found, as text, as a table and as records.
 */
#ifndef TCPSTATES_VIEWS_COMPARISON_H
#define TCPSTATES_VIEWS_COMPARISON_H

#include <stddef.h>

#include "print/time.h"

struct compare_result;
struct outbuf;
struct printers_job;
struct trail;
struct writer;

/* A summary, then a block for each pair. */
void comparison_text(struct outbuf *, const struct compare_result *,
    const struct time_style *);

/* One line per pair; `columns`: of the terminal, or 0. */
void comparison_table(struct outbuf *, const struct compare_result *,
    unsigned columns);

/* The endpoints of pair `at`, at both points where they differ. */
void comparison_heading(struct outbuf *, const struct compare_result *,
    size_t at);

/* Every segment of a pair, both points side by side; `columns` as above. */
void comparison_segments(struct outbuf *, const struct compare_result *,
    const struct trail *, const struct time_style *, unsigned columns);

/*
 * A page with pictures.  The trails are those of the first pairs, in their
 * order; each is sorted.
 */
void comparison_page(struct outbuf *, const struct compare_result *,
    const struct trail *, size_t trail_count);

/* Print pairs in order, from `first` on: with two threads, if they are many. */
void comparison_print_pairs(struct outbuf *, const struct compare_result *,
    size_t first, const struct printers_job *);

/* A record `pair` for each pair, then one `compare`. */
void comparison_records(struct writer *, const struct compare_result *);

#endif
