/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Texts longer than a line.
 */
#ifndef TCPSTATES_PRINT_WRAP_H
#define TCPSTATES_PRINT_WRAP_H

#include <stddef.h>

/*
 * The length of a line of at most `room` columns: whole words, and one word at
 * least.
 */
size_t wrap_at(const char *text, size_t room);

#endif
