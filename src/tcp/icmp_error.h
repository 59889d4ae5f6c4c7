/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICMP errors that quote a segment of a connection: evidence about the
 * connection, but not segments of it.
 */
#ifndef TCPSTATES_TCP_ICMP_ERROR_H
#define TCPSTATES_TCP_ICMP_ERROR_H

#include <stdbool.h>
#include <stdint.h>

struct conn;
struct tracker;

struct icmp_error {
	int64_t time_ns;
	uint64_t frame;		/* 0 for none */
	uint8_t from[16];	/* its sender; IPv4 in the first four */
	uint32_t seq;		/* of the quoted segment */
	uint16_t mtu;		/* of "fragmentation needed", "too big"; or 0 */
	uint8_t ip_version;	/* 4 or 6: of the error */
	uint8_t type;
	uint8_t code;
	uint8_t side;		/* that sent the quoted segment */
};

/* "host unreachable"; NULL for a type and code without words. */
const char *icmp_error_words(const struct icmp_error *);

/* Note the error in the quoted connection, and report it. */
void icmp_error_take(struct tracker *, struct conn *,
    const struct icmp_error *);

/*
 * Did an error end the connection: was an endpoint silent from the time that an
 * error reported it unreachable?
 */
bool icmp_error_is_end(const struct conn *);

#endif
