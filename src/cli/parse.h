/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers on the command line.  Each function returns NULL, or what is wrong
 * with the text as a phrase ("is not a number") and leaves the result
 * unchanged.
 */
#ifndef TCPSTATES_CLI_PARSE_H
#define TCPSTATES_CLI_PARSE_H

#include <stdint.h>

struct shard;

/* An integer from 0 to `most`, which is at least 9. */
const char *parse_number(const char *text, uint64_t most,
    uint64_t *ret_number);
/*
 * A size in bytes: "64M" (K, M, G: powers of 1024); a plain number counts
 * units of `unit` bytes.
 */
const char *parse_size(const char *text, uint64_t unit, uint64_t *ret_size);
/* One of several shards: "1/4" to "4/4", of 1 to SHARDS_MAX. */
const char *parse_shard(const char *text, struct shard *ret_shard);
/* A time: "90", "1.5s", "200ms", "1h30m", "2d"; plain numbers are seconds. */
const char *parse_time(const char *text, int64_t *ret_ns);

#endif
