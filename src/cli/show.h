/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What goes to the output: which report, view or records the options ask
 * for, and when each part of it is written.
 */
#ifndef TCPSTATES_CLI_SHOW_H
#define TCPSTATES_CLI_SHOW_H

#include <stdbool.h>
#include <stdint.h>

#include "report/segments.h"

struct options;
struct outbuf;
struct source_info;
struct tcpstates;
struct tcpstates_options;

struct show {
	const struct options *options;
	struct outbuf *out;
	struct segments_view view;
	bool has_begun;		/* headings were written */
};

/* `colour`: the output shows it. */
void show_init(struct show *, const struct options *, struct outbuf *,
    bool colour);

/* What the engine is to keep and to tell for it. */
void show_prepare(struct show *, struct tcpstates_options *);

/* The first frame comes: times and their digits are known now. */
void show_begin(struct show *, const struct source_info *, int64_t first_ns);

/*
 * Everything that there is to write about what came so far.  False when
 * there was no memory to sort.
 */
bool show_report(struct show *, const struct tcpstates *,
    const struct source_info *);

#endif
