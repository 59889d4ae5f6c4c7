/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/folder.h"

#include <errno.h>
#include <string.h>

#include "base/outbuf.h"
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

	folder->creator.fd = opener_create(&folder->creator.opener, name);
	if (folder->creator.fd < 0) {
		fail(folder, name, errno);
		return NULL;
	}
	outbuf_clear(folder->creator.buf);
	return folder->creator.buf;
}

static void
end_file(struct display_folder *base)
{
	struct folder *folder = (struct folder *)base;
	const int error = creator_finish(&folder->creator);

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

	*folder = (struct folder){
		.base = { .begin = begin_file, .end = end_file },
		.creator = CREATOR_NONE,
		.option = option,
		.path = path,
	};
	return path == NULL ||
	    creator_start(&folder->creator, &file, option);
}

bool
folder_stop(struct folder *folder)
{
	creator_stop(&folder->creator);
	return !folder->has_failed;
}
