/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hash by which packets of an interface are spread over several sockets.
 * With f() as a mix of an address and a port:
 *
 *	h = finish(f(source) + f(destination))
 *
 * so both directions of a connection have the same hash.  The kernel computes it
 * of packets in a program that is made of the same steps
 * (capture/fanout-linux.c), and an engine of several threads of segments
 * (engine/readers.c): a packet whose connection shows in its headers is
 * read by the thread that has the connection.
 *
 * The constants are fixed, so that all programs of a group have the same hash:
 * a sender that chooses addresses and ports can load one of them more than the
 * others, and changes no result.
 */
#ifndef TCPSTATES_BASE_SPREAD_H
#define TCPSTATES_BASE_SPREAD_H

#include <stdint.h>

#define SPREAD_PORT	0x9e3779b1U	/* factor of a port */
#define SPREAD_MIXED	0x85ebca6bU	/* of an address and its port */
#define SPREAD_WORD	0xc2b2ae35U	/* of the first words of an address */
#define SPREAD_SUM	0x27d4eb2fU	/* of both endpoints */

/* Add the next word of an IPv6 address. */
static inline uint32_t
spread_word(uint32_t sum, uint32_t word)
{
	return sum * SPREAD_WORD + word;
}

static inline uint32_t
spread_end(uint32_t address, uint16_t port)
{
	uint32_t mixed = port * SPREAD_PORT ^ address;

	mixed ^= mixed >> 16;
	mixed *= SPREAD_MIXED;
	return mixed ^ mixed >> 13;
}

static inline uint32_t
spread_finish(uint32_t sum)
{
	sum *= SPREAD_SUM;
	return sum ^ sum >> 16;
}

#endif
