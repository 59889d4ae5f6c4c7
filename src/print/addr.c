/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "print/addr.h"

#include <string.h>

#include "base/cursor.h"
#include "base/put.h"
#include "flow/conn.h"

#define GROUPS	8	/* 16-bit groups of an IPv6 address */

/* No leading zeros, lower case (RFC 5952, 4.1 and 4.3). */
static char *
put_ip6_group(char *at, unsigned group)
{
	static const char hex[] = "0123456789abcdef";

	if (group >= 16)
		at = put_ip6_group(at, group / 16);
	*at = hex[group % 16];
	return at + 1;
}

static char *
put_ip4(char *at, const uint8_t bytes[4])
{
	for (unsigned i = 0; i < 4; i++) {
		if (i > 0)
			*at++ = '.';
		at = put_u64(at, bytes[i]);
	}
	return at;
}

/* A run of zero groups. */
struct run {
	unsigned start;
	unsigned len;
};

/*
 * The run that "::" replaces: the longest run, the first of equal length, and
 * never a single group (RFC 5952, 4.2).
 */
static struct run
longest_run(const unsigned group[GROUPS])
{
	struct run best = { .len = 1 };
	struct run now = { .len = 0 };

	for (unsigned i = 0; i < GROUPS; i++) {
		if (group[i] != 0) {
			now.len = 0;
			continue;
		}
		if (now.len++ == 0)
			now.start = i;
		if (now.len > best.len)
			best = now;
	}
	return best.len > 1 ? best : (struct run){ .start = GROUPS };
}

/*
 * Do the last two groups hold an IPv4 address?  They do in ::ffff:0:0/96 (RFC
 * 4291, 2.5.5.2) and after exactly 96 zero bits (2.5.5.1).
 */
static int
ends_in_ip4(const unsigned group[GROUPS], struct run run)
{
	if (run.start != 0)
		return 0;
	return run.len == 6 || (run.len == 5 && group[5] == 0xffff);
}

static char *
put_ip6(char *at, const uint8_t bytes[16])
{
	unsigned group[GROUPS];
	struct run run;
	unsigned count = GROUPS;

	for (unsigned i = 0; i < GROUPS; i++)
		group[i] = load_be16(bytes + 2 * i);
	run = longest_run(group);
	if (ends_in_ip4(group, run))
		count = 6;
	for (unsigned i = 0; i < count; i++) {
		if (i == run.start) {
			*at++ = ':';
			i += run.len - 1;
			if (i + 1 == GROUPS)
				*at++ = ':';
			continue;
		}
		if (i > 0)
			*at++ = ':';
		at = put_ip6_group(at, group[i]);
	}
	if (count == 6) {
		*at++ = ':';
		at = put_ip4(at, bytes + 12);
	}
	return at;
}

size_t
addr_format(char buf[ADDR_BUFSIZE], const uint8_t bytes[16],
    unsigned ip_version)
{
	char *end = ip_version == 4 ? put_ip4(buf, bytes) :
	    put_ip6(buf, bytes);

	*end = '\0';
	return (size_t)(end - buf);
}

size_t
addr_format_port(char buf[ADDR_ENDPOINT_BUFSIZE], const uint8_t bytes[16],
    unsigned ip_version, unsigned port)
{
	char *at = buf;

	if (ip_version != 4)
		*at++ = '[';	/* RFC 5952, 6 */
	at += addr_format(at, bytes, ip_version);
	if (ip_version != 4)
		*at++ = ']';
	*at++ = ':';
	at = put_u64(at, port);
	*at = '\0';
	return (size_t)(at - buf);
}

size_t
addr_format_endpoint(char buf[ADDR_ENDPOINT_BUFSIZE], const struct conn *conn,
    unsigned side)
{
	const struct key *key = &conn->key;

	return addr_format_port(buf, key->addr[side], key->ip_version,
	    key->port[side]);
}
