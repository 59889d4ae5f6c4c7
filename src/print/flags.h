/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flags of a segment as letters: Syn Fin Rst Psh Ack Urg, Ece and cWr as E
 * and W, AE as e.  "-" stands for no flag.
 */
#ifndef TCPSTATES_PRINT_FLAGS_H
#define TCPSTATES_PRINT_FLAGS_H

#include <stddef.h>

#define FLAGS_BUFSIZE	10	/* all nine letters and NUL */

/* `flags` is a set of enum tcp_flag.  Returns the length. */
size_t flags_format(char buf[FLAGS_BUFSIZE], unsigned flags);

#endif
