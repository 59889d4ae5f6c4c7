/* SPDX-License-Identifier: BSD-2-Clause */
/* A packet on its way through the laboratory's path. */
#ifndef TCPSTATES_TESTS_LAB_PACKET_H
#define TCPSTATES_TESTS_LAB_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "wire.h"

enum direction {
	A_TO_B,
	B_TO_A
};

static inline enum direction
reverse(enum direction direction)
{
	return direction == A_TO_B ? B_TO_A : A_TO_B;
}

/* Where a packet arrives next. */
enum station {
	AT_HOST_OUT,		/* the sending host's side of its tap */
	AT_MIDDLE,
	AT_TAP,			/* the receiving host's tap */
	AT_HOST_IN		/* the receiving host */
};

struct packet {
	int64_t due_ns;		/* arrival at `station` */
	uint64_t serial;	/* orders packets that are due together */
	enum direction direction;
	enum station station;
	int64_t offset;		/* of its first data byte from the ISN, or -1 */
	size_t len;
	uint8_t bytes[WIRE_MAX];
};

#endif
