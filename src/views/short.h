/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Figures with about three digits, and abbreviated states: for tables and the
 * live screen.  The report and the records have exact figures.
 */
#ifndef TCPSTATES_VIEWS_SHORT_H
#define TCPSTATES_VIEWS_SHORT_H

#include <stddef.h>
#include <stdint.h>

#define SHORT_SIZE	40	/* the longest figure, and its NUL */

/* 987, 9.9k, 99k, 999k, 9.9M: four columns.  Returns the length. */
size_t short_amount(char buf[SHORT_SIZE], uint64_t);

/* 250us, 4.5ms, 45ms, 4.5s, 45s, 7m05s, 3h20m, 12d.  Returns the length. */
size_t short_duration(char buf[SHORT_SIZE], int64_t ns);

/* "E" for ESTABLISHED, "FW2" for FIN-WAIT-2: of an enum state. */
const char *short_state(unsigned state);

#endif
