/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/page.h"

#include <errno.h>
#include <string.h>

#include "base/nstime.h"
#include "capture/clock.h"
#include "cli/messages.h"
#include "cli/show.h"

#define EVERY_NS	(15 * NS_PER_SEC)	/* as Prometheus asks */

bool
page_start(struct page *page, const char *path, int64_t every_ns,
    const struct account *account, bool no_sandbox)
{
	const struct opener_file file = {
		.path = path,
		.account = account,
		.no_sandbox = no_sandbox,
		.is_replaced = true,
	};

	*page = (struct page){
		.creator = CREATOR_NONE,
		.path = path,
		.every_ns = every_ns > 0 ? every_ns : EVERY_NS,
	};
	return path == NULL ||
	    creator_start(&page->creator, &file, "--metrics");
}

bool
page_is_due(const struct page *page)
{
	return page->path != NULL && clock_now() >= page->due_ns;
}

/* Return 0 or an errno value. */
static int
write_beside(struct page *page, struct show *show, const struct tcpstates *ts,
    const struct source_info *info)
{
	struct creator *creator = &page->creator;

	creator->fd = opener_open(&creator->opener);
	if (creator->fd < 0)
		return errno;
	show_replace(show, creator->buf, ts, info);
	return creator_finish(creator);
}

bool
page_write(struct page *page, struct show *show, const struct tcpstates *ts,
    const struct source_info *info)
{
	int error;

	if (page->path == NULL)
		return true;
	page->due_ns = clock_now() + page->every_ns;
	error = write_beside(page, show, ts, info);
	if (error == 0)
		error = opener_replace(&page->creator.opener);
	if (error != 0 && !page->has_failed)
		message("--metrics: %s: cannot be written: %s", page->path,
		    strerror(error));
	page->has_failed = error != 0;
	return error == 0;
}

void
page_stop(struct page *page)
{
	creator_stop(&page->creator);
}
