/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What goes to the output: which report, view or records the options ask
 * for, and when each part of it is written.
 */
#ifndef TCPSTATES_CLI_SHOW_H
#define TCPSTATES_CLI_SHOW_H

#include <stdbool.h>
#include <stdint.h>

#include "views/segments.h"
#include "records/writer.h"

struct printers;
struct interval;
struct options;
struct outbuf;
struct source_info;
struct tcpstates;
struct tcpstates_options;

struct show {
	const struct options *options;
	struct outbuf *out;
	struct printers *crew;	/* NULL: one thread writes */
	struct segments_view view;
	bool has_begun;		/* headings were written */
	bool has_base;		/* times count from the one that view knows */
	bool is_headed;		/* no heading is wanted, or it is there already */
	uint64_t clock_leaps;	/* live: see moment.h */
	/* Records are written from the beginning on, by this writer. */
	bool is_continuous;
	struct writer writer;
};

/* `colour`: the output shows it.  `is_headed`: it has its heading. */
void show_init(struct show *, const struct options *, struct outbuf *,
    bool colour, bool is_headed);

/* What the engine is to keep and to tell for it. */
void show_prepare(struct show *, struct tcpstates_options *);

/* The first frame, or stretch: times and their digits are known now. */
void show_begin(struct show *, const struct source_info *, int64_t first_ns);

/* The output is a new file: what each begins with comes again. */
void show_begin_again(struct show *, const struct source_info *);

void show_interval(struct show *, const struct interval *);

/*
 * Everything that there is to write about what came so far.  False when
 * there was no memory to sort.
 */
bool show_report(struct show *, const struct tcpstates *,
    const struct source_info *);
/*
 * The same as it stands, while it goes on.  Of a stream that is its summary:
 * the records of what ended were written, those of the rest are to come.
 */
bool show_interim(struct show *, const struct tcpstates *,
    const struct source_info *);

#endif
