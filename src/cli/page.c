/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/page.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/nstime.h"
#include "base/outbuf.h"
#include "capture/account.h"
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
	int error;

	*page = (struct page){
		.opener = { .fd = -1 },
		.path = path,
		.fd = -1,
		.every_ns = every_ns > 0 ? every_ns : EVERY_NS,
	};
	if (path == NULL)
		return true;
	page->buf = outbuf_new(outbuf_sink_fd, &page->fd);
	error = page->buf == NULL ? ENOMEM :
	    opener_start(&page->opener, &file);
	if (error == 0)
		error = page->opener.refused;
	if (error == 0)
		return true;
	message("--metrics: %s: %s", path, strerror(error));
	if (error == EACCES && account->is_other)
		message("hint: '%s' must be able to create files in that "
		    "directory; or choose another user with -Z",
		    account->name);
	return false;
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
	int error;

	page->fd = opener_open(&page->opener);
	if (page->fd < 0)
		return errno;
	show_replace(show, page->buf, ts, info);
	error = outbuf_flush(page->buf);
	if (close(page->fd) != 0 && error == 0)
		error = errno;
	page->fd = -1;
	return error;
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
		error = opener_replace(&page->opener);
	if (error != 0 && !page->has_failed)
		message("--metrics: %s: cannot be written: %s", page->path,
		    strerror(error));
	page->has_failed = error != 0;
	return error == 0;
}

void
page_stop(struct page *page)
{
	opener_stop(&page->opener);
	if (page->buf != NULL)
		outbuf_free(page->buf);
	page->buf = NULL;
}
