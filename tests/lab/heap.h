/* SPDX-License-Identifier: BSD-2-Clause */
/* Scheduled packets: a binary heap with the earliest on top. */
#ifndef TCPSTATES_TESTS_LAB_HEAP_H
#define TCPSTATES_TESTS_LAB_HEAP_H

#include <stdbool.h>
#include <stddef.h>

#include "packet.h"

#define HEAP_MAX	65536

struct heap {
	struct packet *packet[HEAP_MAX];
	size_t count;
	uint64_t serial;	/* of the next packet */
};

/* Add a packet and own it; or return false if the heap is full. */
bool heap_put(struct heap *heap, struct packet *packet);

/* Return the packet due first, or NULL if there is none. */
struct packet *heap_top(const struct heap *heap);

/* Remove the packet due first and return it. */
struct packet *heap_take(struct heap *heap);

#endif
