/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of a finished capture: all connections, each diagnosed once.
 */
#ifndef TCPSTATES_TOP_FINISHED_H
#define TCPSTATES_TOP_FINISHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "top/entry.h"

struct conn;
struct heading;
struct tcpstates;

struct finished_row;

struct finished {
	struct finished_row *rows;	/* all, in order */
	size_t count;
	uint32_t *list;		/* those that match the filter: indices */
	uint64_t list_count;
	int64_t now_ns;		/* the end of the capture */
};

/*
 * All connections of an engine that gets no more frames, by number, and their
 * counts for the heading.  False: out of memory.
 */
bool finished_init(struct finished *, const struct tcpstates *,
    struct heading *);
void finished_fini(struct finished *);

void finished_sort(struct finished *, enum order, bool is_reversed);
/* Fill the list, after finished_sort(). */
void finished_filter(struct finished *, const char *filter);

/* Of a place in the list. */
const struct conn *finished_conn(const struct finished *, uint64_t place);
void finished_entry(const struct finished *, uint64_t place,
    struct entry *ret_entry);

#endif
