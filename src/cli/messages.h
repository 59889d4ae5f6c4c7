/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages on standard error, a line each: the name of the program, then text
 * in which everything from outside is escaped.
 */
#ifndef TCPSTATES_CLI_MESSAGES_H
#define TCPSTATES_CLI_MESSAGES_H

#include "base/compiler.h"

/* Set the name of the program: the last part of argv[0]. */
void message_name(const char *argv0);
const char *message_prefix(void);

/* "tcpstates: trace.cap: no such file" */
void message(const char *fmt, ...) PRINTF_LIKE(1, 2);

/*
 * Have messages go to `sink`, without the name, while a screen fills the
 * terminal; NULL: to standard error again.
 */
void message_divert(void (*sink)(void *arg, const char *sentence), void *arg);

#endif
