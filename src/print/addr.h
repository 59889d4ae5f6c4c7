/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses as text: dotted quads, and RFC 5952 for IPv6 (with the last 32
 * bits of IPv4-mapped and IPv4-compatible ones as a dotted quad).
 */
#ifndef TCPSTATES_PRINT_ADDR_H
#define TCPSTATES_PRINT_ADDR_H

#include <stddef.h>
#include <stdint.h>

struct conn;

#define ADDR_BUFSIZE		46	/* longest address and its NUL */
#define ADDR_ENDPOINT_BUFSIZE	56	/* "[address]:65535" and its NUL */

/*
 * Format an address, NUL-terminated; an IPv4 address has the first four bytes.
 * Returns the length.
 */
size_t addr_format(char buf[ADDR_BUFSIZE], const uint8_t bytes[16],
    unsigned ip_version);

/* "192.0.2.1:80" or "[2001:db8::1]:80"; the second function for a side. */
size_t addr_format_port(char buf[ADDR_ENDPOINT_BUFSIZE],
    const uint8_t bytes[16], unsigned ip_version, unsigned port);
size_t addr_format_endpoint(char buf[ADDR_ENDPOINT_BUFSIZE],
    const struct conn *, unsigned side);

#endif
