/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the program says to a person: on standard error, a line at a time,
 * each beginning with the name it was called by, text from outside escaped.
 */
#ifndef TCPSTATES_CLI_MESSAGES_H
#define TCPSTATES_CLI_MESSAGES_H

#include "base/compiler.h"

/* The name to begin with: the last part of argv[0]. */
void message_name(const char *argv0);
const char *message_prefix(void);

/* "tcpstates: trace.cap: no such file" */
void message(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
