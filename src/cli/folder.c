/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/folder.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/outbuf.h"
#include "capture/account.h"
#include "cli/messages.h"

/* The first error is reported: the others have the same reason. */
static void
fail(struct folder *folder, const char *name, int error)
{
	if (!folder->has_failed)
		message("%s: %s/%s: %s", folder->option, folder->path, name,
		    strerror(error));
	folder->has_failed = true;
}

static struct outbuf *
begin_file(struct display_folder *base, const char *name)
{
	struct folder *folder = (struct folder *)base;

	folder->fd = opener_create(&folder->opener, name);
	if (folder->fd < 0) {
		fail(folder, name, errno);
		return NULL;
	}
	outbuf_clear(folder->buf);
	return folder->buf;
}

static void
end_file(struct display_folder *base)
{
	struct folder *folder = (struct folder *)base;
	int error = outbuf_flush(folder->buf);

	if (close(folder->fd) != 0 && error == 0)
		error = errno;
	folder->fd = -1;
	if (error != 0)
		fail(folder, "", error);
}

bool
folder_start(struct folder *folder, const char *option, const char *path,
    const struct account *account, bool no_sandbox)
{
	const struct opener_file file = {
		.path = path,
		.account = account,
		.no_sandbox = no_sandbox,
		.is_directory = true,
	};
	int error;

	*folder = (struct folder){
		.base = { .begin = begin_file, .end = end_file },
		.opener = { .fd = -1 },
		.option = option,
		.path = path,
		.fd = -1,
	};
	if (path == NULL)
		return true;
	folder->buf = outbuf_new(outbuf_sink_fd, &folder->fd);
	error = folder->buf == NULL ? ENOMEM :
	    opener_start(&folder->opener, &file);
	if (error == 0)
		error = folder->opener.refused;
	if (error == 0)
		return true;
	message("%s: %s: %s", option, path, strerror(error));
	if (error == EACCES && account->is_other)
		message("hint: '%s' must be able to create files in that "
		    "directory; or choose another user with -Z",
		    account->name);
	return false;
}

bool
folder_stop(struct folder *folder)
{
	opener_stop(&folder->opener);
	if (folder->buf != NULL)
		outbuf_free(folder->buf);
	folder->buf = NULL;
	return !folder->has_failed;
}
