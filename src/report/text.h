/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The default report, sections A to D.
 */
#ifndef TCPSTATES_REPORT_TEXT_H
#define TCPSTATES_REPORT_TEXT_H

#include "report/when.h"

struct conn;
struct outbuf;
struct select_rules;

/* What every view for people is told.  Zeroed is the default. */
struct report_options {
	const struct select_rules *select;	/* NULL: everything */
	struct when when;	/* style and digits of instants; 0 digits is 6 */
	/*
	 * -v: called in section B before a connection's END, to add lines of
	 * its own; NULL for none.
	 */
	void (*detail)(void *arg, struct outbuf *, const struct conn *);
	void *detail_arg;
};

/*
 * Write the report of the connections from `first` on (NULL: there are
 * none).  Returns 0, or -ERR_NOMEM when there was no memory to sort; the
 * report is then complete, in order of number.  Write errors stick to the
 * buffer.
 */
int text_report(struct outbuf *, const struct conn *first,
    const struct report_options *);

#endif
