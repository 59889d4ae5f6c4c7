/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the blocks of views/detail.c: figures and the rows that hold them.
 */
#ifndef TCPSTATES_VIEWS_DETAIL_ROWS_H
#define TCPSTATES_VIEWS_DETAIL_ROWS_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/nstime.h"
#include "views/detail.h"

/* Columns of a block with a column per endpoint. */
#define DETAIL_ORIG	0
#define DETAIL_RESP	1

#define DETAIL_FIGURE_MAX	NSTIME_BUFSIZE	/* bytes, with its NUL */
#define DETAIL_TEXT_MAX		128		/* bytes, with its NUL */

struct endpoint;
struct endpoint_stats;
struct endpoint_track;

/* The connection, and the detail that its rows are added to. */
struct detail_source {
	struct detail *detail;
	const struct conn *conn;
	unsigned side[2];	/* of a column: index of conn->endpoint[] */
	unsigned digits;	/* decimals of a second */
};

const struct endpoint *detail_endpoint(const struct detail_source *,
    unsigned column);
/* Only with an analysis: */
const struct endpoint_stats *detail_stats(const struct detail_source *,
    unsigned column);
const struct endpoint_track *detail_track(const struct detail_source *,
    unsigned column);

/* Figures, which live as long as the detail. */
const char *detail_count(const struct detail_source *, uint64_t);
/* Seconds. */
const char *detail_duration(const struct detail_source *, int64_t ns);
/* num / den with `digits` decimals. */
const char *detail_ratio(const struct detail_source *, int64_t num,
    int64_t den, unsigned digits);
/*
 * Milliseconds; ten seconds and more keep their width with fewer decimals.
 * "-" if negative.
 */
const char *detail_ms(const struct detail_source *, int64_t ns);
/* Any text shorter than DETAIL_TEXT_MAX. */
const char *detail_text(const struct detail_source *, const char *fmt, ...)
    PRINTF_LIKE(2, 3);
/* A text built in place: room for `size` bytes, then its end. */
char *detail_room(struct detail *, unsigned size);
const char *detail_took(struct detail *, char *end);

/* A row without figures yet.  `level` 1: a part of the row above. */
struct detail_row *detail_add(const struct detail_source *, unsigned level,
    const char *label);
/* A figure of each endpoint. */
struct detail_row *detail_add_pair(const struct detail_source *,
    unsigned level, const char *label, const char *orig, const char *resp);
/* The same of counts; NULL, and no row, if both are zero. */
struct detail_row *detail_add_counts(const struct detail_source *,
    unsigned level, const char *label, uint64_t orig, uint64_t resp);
/* Seconds of each endpoint; no row if both are zero. */
void detail_add_durations(const struct detail_source *, const char *label,
    int64_t orig, int64_t resp);
/* Something about the connection as a whole. */
struct detail_row *detail_add_whole(const struct detail_source *,
    const char *label, const char *text);
/* A count of the connection; no row if zero. */
void detail_add_whole_count(const struct detail_source *, const char *label,
    uint64_t count, const char *unit);

#endif
