/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The digest is of
 *
 *	seed | address | address | protocol | 0 | port | port
 *	  2      4, 16     4, 16       1      1    2      2     bytes
 *
 * in network byte order, the lower endpoint first: by address, then by port.
 */
#include "config.h"

#include "records/community.h"

#include <string.h>

#include "base/sha1.h"
#include "flow/key.h"

#define PROTOCOL_TCP	6
#define INPUT_MAX	40	/* bytes, with IPv6 addresses */

static uint8_t *
put_be16(uint8_t *at, uint16_t n)
{
	at[0] = (uint8_t)(n >> 8);
	at[1] = (uint8_t)n;
	return at + 2;
}

/*
 * A key happens to be in this order already, but only for lookups; the
 * standard's order is checked here, independent of flow/key.c.
 */
static unsigned
lower_side(const struct key *key, size_t addr_len)
{
	const int order = memcmp(key->addr[0], key->addr[1], addr_len);

	if (order != 0)
		return order > 0;
	return key->port[0] > key->port[1];
}

/* Base64 (RFC 4648, 4) of a digest: 20 bytes, so one character of padding. */
static void
put_base64(char *at, const uint8_t digest[SHA1_LEN])
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t bytes[SHA1_LEN + 1] = { 0 };

	memcpy(bytes, digest, SHA1_LEN);
	for (unsigned i = 0; i < sizeof(bytes); i += 3) {
		const uint32_t bits = (uint32_t)bytes[i] << 16 |
		    (uint32_t)bytes[i + 1] << 8 | bytes[i + 2];

		*at++ = alphabet[bits >> 18];
		*at++ = alphabet[bits >> 12 & 63];
		*at++ = alphabet[bits >> 6 & 63];
		*at++ = alphabet[bits & 63];
	}
	at[-1] = '=';
	*at = '\0';
}

void
community_id(char buf[COMMUNITY_BUFSIZE], const struct key *key)
{
	const size_t addr_len = key->ip_version == 4 ? 4 : 16;
	const unsigned lower = lower_side(key, addr_len);
	uint8_t input[INPUT_MAX];
	uint8_t digest[SHA1_LEN];
	uint8_t *at = put_be16(input, 0);

	memcpy(at, key->addr[lower], addr_len);
	at += addr_len;
	memcpy(at, key->addr[!lower], addr_len);
	at += addr_len;
	*at++ = PROTOCOL_TCP;
	*at++ = 0;
	at = put_be16(at, key->port[lower]);
	at = put_be16(at, key->port[!lower]);
	sha1(input, (size_t)(at - input), digest);
	buf[0] = '1';
	buf[1] = ':';
	put_base64(buf + 2, digest);
}
