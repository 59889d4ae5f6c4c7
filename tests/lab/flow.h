/* SPDX-License-Identifier: BSD-2-Clause */
/* What the laboratory's path remembers of each connection. */
#ifndef TCPSTATES_TESTS_LAB_FLOW_H
#define TCPSTATES_TESTS_LAB_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "packet.h"

#define FLOW_BUCKETS	1024

struct flow {
	struct flow *next;	/* of the same bucket */
	uint8_t hosts[32];	/* A's address, B's address */
	uint16_t ports[2];
	uint32_t isn[2];	/* by direction; valid if ... */
	bool has_isn[2];
	int64_t last_ns;	/* of the box: last packet that passed */
	bool is_forgotten;	/* by the box */
};

struct flows {
	struct flow *bucket[FLOW_BUCKETS];
};

/* Find or make the flow of a TCP segment; NULL: out of memory. */
struct flow *flows_get(struct flows *flows, const struct wire *wire,
    enum direction direction);

void flows_free(struct flows *flows);

#endif
