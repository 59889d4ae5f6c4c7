/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The default report, sections A to D.
 */
#ifndef TCPSTATES_VIEWS_TEXT_H
#define TCPSTATES_VIEWS_TEXT_H

#include <stdbool.h>

#include "print/time.h"

struct column_choice;
struct conn;
struct display_context;
struct names;
struct printers;
struct outbuf;
struct select_rules;
struct summary;
struct tcpstates;

/* Options of the report and of the table. */
struct report_options {
	const struct select_rules *select;	/* NULL: every connection */
	const struct column_choice *columns;	/* of tables; NULL: usual */
	unsigned width;		/* of the terminal; 0: there is none */
	struct time_style style;
	bool detail;		/* -v: detail_print() of each connection */
	bool processes;		/* tables: the owners of sockets, too */
	bool no_header;		/* tables: without the names of the columns */
	const struct names *names;	/* tables: of hosts and ports, or NULL */
	/* Connections dropped from the list, but counted; NULL: none. */
	const struct summary *dropped;
	struct printers *printers;	/* NULL: one thread prints */
};

/* The options for a display. */
struct report_options report_options_of(const struct display_context *,
    const struct tcpstates *);

/*
 * Write the report of the connections from `first` on (NULL: there are
 * none).  Returns 0, or -ERR_NOMEM when there was no memory to sort; the
 * report is then complete, in order of number.  Write errors stick to the
 * buffer.
 */
int text_report(struct outbuf *, const struct conn *first,
    const struct report_options *);

/* Sections A, C and D: without the connections. */
void text_report_totals(struct outbuf *, const struct conn *first,
    const struct report_options *);

/* "5 of 100000 connections", unless all are shown. */
void text_shown(struct outbuf *, uint64_t shown, uint64_t all,
    const char *what);

/* The number of dropped connections, if any; also for the table. */
void text_dropped(struct outbuf *, const struct report_options *);

#endif
