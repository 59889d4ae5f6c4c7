/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line of a segment in --segments.
 */
#ifndef TCPSTATES_VIEWS_SEGMENT_LINE_H
#define TCPSTATES_VIEWS_SEGMENT_LINE_H

#include <stdbool.h>

#include "print/ink.h"

struct annotation;
struct annotations;
struct conn;
struct icmp_error;
struct judgement;
struct outbuf;
struct segment;
struct segments_view;

/* Is it the first segment of the connection? */
bool segment_line_is_first(const struct conn *, const struct segment *);

/*
 * Make lines as narrow as the terminal, if there is one: print times with
 * microseconds, then hide the columns that matter least.
 */
void segment_line_fit(struct segments_view *);

/* Is the column with this head shown? */
bool segment_line_has(const struct segments_view *, const char *head);

/* The heads of the columns. */
void segment_line_heads(struct outbuf *, const struct segments_view *);

/*
 * The line.  Returns which of the annotations stands in it; found->count if
 * none does.
 */
unsigned segment_line_put(struct outbuf *, const struct segments_view *,
    const struct conn *, const struct segment *, const struct judgement *,
    const struct annotations *found);

/* The line of an ICMP error. */
void segment_line_put_icmp_error(struct outbuf *,
    const struct segments_view *, const struct conn *,
    const struct icmp_error *);

/* The columns that a line may take. */
int segment_line_width(const struct segments_view *);
/* The colour of an annotation, in the line or below. */
enum ink segment_line_ink(const struct annotation *);

#endif
