/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file of --metrics: a page that is written again and again, each time
 * under another name first, so that its readers see a whole one.
 */
#ifndef TCPSTATES_CLI_PAGE_H
#define TCPSTATES_CLI_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/creator.h"

struct account;
struct source_info;
struct show;
struct tcpstates;

struct page {
	struct creator creator;	/* of nothing: there is no page */
	const char *path;
	int64_t every_ns;
	int64_t due_ns;		/* of the monotonic clock */
	bool has_failed;	/* which was reported */
};

/*
 * Start what writes a page to `path`; NULL: there is none.  Call this before
 * an interface is opened.  False: an error was printed.
 */
bool page_start(struct page *, const char *path, int64_t every_ns,
    const struct account *, bool no_sandbox);
/* Is a page due?  Cheap. */
bool page_is_due(const struct page *);
/*
 * Write the page, if there is one.  False: an error was printed, once for
 * several in a row; the next page is tried all the same.
 */
bool page_write(struct page *, struct show *, const struct tcpstates *,
    const struct source_info *);
void page_stop(struct page *);

#endif
