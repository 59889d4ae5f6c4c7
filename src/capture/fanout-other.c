/* SPDX-License-Identifier: BSD-2-Clause */
/* See fanout.h: other systems have no groups of sockets. */
#include "config.h"

#include "capture/fanout.h"

#include <errno.h>

#include "base/compiler.h"

int
fanout_join(int fd UNUSED, unsigned group UNUSED)
{
	errno = ENOSYS;
	return -1;
}

int
fanout_begin(int fd UNUSED, unsigned *ret_group UNUSED)
{
	errno = ENOSYS;
	return -1;
}
