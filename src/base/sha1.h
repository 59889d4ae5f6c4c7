/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SHA-1 (FIPS 180-4, 6.1) of short messages, for the Community ID only; no
 * security depends on the hash.
 */
#ifndef TCPSTATES_BASE_SHA1_H
#define TCPSTATES_BASE_SHA1_H

#include <stddef.h>
#include <stdint.h>

#define SHA1_LEN	20	/* bytes of a digest */

void sha1(const uint8_t *bytes, size_t len, uint8_t ret_digest[SHA1_LEN]);
/* The same without special instructions: for tests. */
void sha1_plain(const uint8_t *bytes, size_t len,
    uint8_t ret_digest[SHA1_LEN]);

#endif
