/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See finder.h: there is none for this system yet.
 */
#include "config.h"

#include "capture/finder.h"

#include <errno.h>

#include "base/compiler.h"

int
finder_start(struct finder *finder, const struct account *account UNUSED,
    bool no_sandbox UNUSED)
{
	finder->fd = -1;
	return ENOTSUP;
}

enum helper_result
finder_ask(const struct finder *finder UNUSED,
    const struct owner_question *question UNUSED)
{
	return HELPER_GONE;
}

enum helper_result
finder_read(const struct finder *finder UNUSED,
    struct owner_answer *ret_answer UNUSED)
{
	return HELPER_GONE;
}

void
finder_stop(struct finder *finder UNUSED)
{
}
