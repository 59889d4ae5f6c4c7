/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "cli/creator.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/outbuf.h"
#include "capture/account.h"
#include "cli/messages.h"

bool
creator_start(struct creator *creator, const struct opener_file *file,
    const char *option)
{
	int error;

	creator->buf = outbuf_new(outbuf_sink_fd, &creator->fd);
	error = creator->buf == NULL ? ENOMEM :
	    opener_start(&creator->opener, file);
	if (error == 0)
		error = creator->opener.refused;
	if (error == 0)
		return true;
	message("%s: %s: %s", option, file->path, strerror(error));
	if (error == EACCES && file->account->is_other)
		message("hint: '%s' must be able to create files in that "
		    "directory; or choose another user with -Z",
		    file->account->name);
	return false;
}

int
creator_finish(struct creator *creator)
{
	int error = outbuf_flush(creator->buf);

	if (close(creator->fd) != 0 && error == 0)
		error = errno;
	creator->fd = -1;
	return error;
}

void
creator_stop(struct creator *creator)
{
	opener_stop(&creator->opener);
	if (creator->buf != NULL)
		outbuf_free(creator->buf);
	creator->buf = NULL;
}
