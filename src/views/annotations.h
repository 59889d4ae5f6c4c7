/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is remarkable about a segment, in words: the lines under its line in
 * --segments, and the short ones that have room on it.
 */
#ifndef TCPSTATES_VIEWS_ANNOTATIONS_H
#define TCPSTATES_VIEWS_ANNOTATIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "print/ink.h"
#include "tcp/judgement.h"

struct conn;
struct outbuf;
struct segment;
struct time_style;

#define REMARKS_BUFSIZE	128	/* longest short remark and its NUL */

/* The segment that is told of, and how. */
struct telling {
	const struct time_style *view;
	const struct conn *conn;
	const struct segment *seg;	/* not needed for its states alone */
	const struct judgement *judged;
	bool is_orig;		/* the originator sent it */
	size_t columns;		/* no line is longer, if it can be helped */
};

/* What the segment's own line says already. */
struct annotations_said {
	bool covers;		/* what it acknowledges */
	size_t names;		/* so many of its short names */
};

bool annotations_was_judged(const struct judgement *, enum judged);

/*
 * "^5-7 20.1ms": the numbers of the segments that it acknowledges, and the
 * time since the last of them was first sent; "^-7 20.1ms" when that is longer
 * than so many columns.  False, and no text, when it acknowledges none.
 */
bool annotations_format_covers(char buf[REMARKS_BUFSIZE],
    const struct judgement *, size_t columns);

/*
 * The first judgement that two words tell all of ("Dup ACK #2").  False, and
 * no text, when there is none.
 */
bool annotations_format_name(char buf[REMARKS_BUFSIZE], const struct telling *,
    enum ink *ret_ink);

/* Everything that has not been said, indented, a line or more each. */
void annotations_put(struct outbuf *, const struct telling *,
    const struct annotations_said *);

/* The changes of state that it caused; none says nothing. */
void annotations_put_states(struct outbuf *, const struct telling *,
    const struct transition *, unsigned count);

#endif
