/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers as people write them on a command line.  Each returns NULL, or what
 * is wrong with the text in a phrase ("is not a number"); the result is then
 * untouched.
 */
#ifndef TCPSTATES_CLI_PARSE_H
#define TCPSTATES_CLI_PARSE_H

#include <stdint.h>

/* A whole number up to `most` (9 or more). */
const char *parse_number(const char *text, uint64_t most,
    uint64_t *ret_number);
/*
 * Octets: "64M" (K, M, G: powers of 1024); a bare number counts units of
 * `unit` octets.
 */
const char *parse_size(const char *text, uint64_t unit, uint64_t *ret_size);
/* A time: "90", "1.5s", "200ms", "1h30m", "2d"; bare numbers are seconds. */
const char *parse_time(const char *text, int64_t *ret_ns);

#endif
