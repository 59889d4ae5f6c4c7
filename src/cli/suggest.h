/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a mistyped word of the command line was probably meant to be.
 */
#ifndef TCPSTATES_CLI_SUGGEST_H
#define TCPSTATES_CLI_SUGGEST_H

#include <stddef.h>

#define SUGGEST_SIZE	256	/* of a phrase */

/*
 * Write what the long option `typed` ("--tabel", "--tabel=3") may have meant:
 * ": did you mean --table?" or, for an ambiguous abbreviation, ": --stream or
 * --strict?".  An empty text if no option resembles it.
 */
void suggest_option(char buf[SUGGEST_SIZE], const char *typed);

/*
 * Write what is wrong with a key that no record has: "is not a key of the
 * records", and the keys that contain or resemble it.
 */
void suggest_key(char buf[SUGGEST_SIZE], const char *typed);

#endif
