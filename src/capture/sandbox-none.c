/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See sandbox.h: no sandbox, on systems for which there is none yet, and in
 * instrumented programs, which open files, start threads and trace themselves
 * when they exit.
 */
#include "config.h"

#include "capture/sandbox.h"

#include <stdio.h>

#include "base/compiler.h"

int
sandbox_renounce(bool keep UNUSED)
{
	return 0;
}

enum sandbox_result
sandbox_enter(const struct sandbox_needs *needs,
    char ret_reason[SANDBOX_REASON_SIZE] UNUSED)
{
	if (needs->start_threads != NULL)
		needs->start_threads(needs->arg);
	return SANDBOX_NONE;
}

enum sandbox_result
sandbox_enter_opener(int directory UNUSED, int socket UNUSED,
    bool replaces UNUSED,
    char ret_reason[SANDBOX_REASON_SIZE] UNUSED)
{
	return SANDBOX_NONE;
}

enum sandbox_result
sandbox_enter_finder(const int sockets[SANDBOX_SOCKETS] UNUSED,
    char ret_reason[SANDBOX_REASON_SIZE] UNUSED)
{
	return SANDBOX_NONE;
}

void
sandbox_describe(char *buf, size_t size)
{
	snprintf(buf, size, "none (" SANDBOX_WHY_NONE ")");
}
