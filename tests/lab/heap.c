/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "heap.h"

static bool
is_earlier(const struct packet *one, const struct packet *two)
{
	if (one->due_ns != two->due_ns)
		return one->due_ns < two->due_ns;
	return one->serial < two->serial;
}

bool
heap_put(struct heap *heap, struct packet *packet)
{
	size_t at = heap->count, parent;

	if (at == HEAP_MAX)
		return false;
	packet->serial = heap->serial++;
	heap->count++;
	for (; at > 0; at = parent) {
		parent = (at - 1) / 2;
		if (!is_earlier(packet, heap->packet[parent]))
			break;
		heap->packet[at] = heap->packet[parent];
	}
	heap->packet[at] = packet;
	return true;
}

struct packet *
heap_top(const struct heap *heap)
{
	return heap->count > 0 ? heap->packet[0] : NULL;
}

struct packet *
heap_take(struct heap *heap)
{
	struct packet *top = heap->packet[0];
	struct packet *last = heap->packet[--heap->count];
	size_t at = 0, child;

	while ((child = 2 * at + 1) < heap->count) {
		if (child + 1 < heap->count &&
		    is_earlier(heap->packet[child + 1], heap->packet[child]))
			child++;
		if (!is_earlier(heap->packet[child], last))
			break;
		heap->packet[at] = heap->packet[child];
		at = child;
	}
	heap->packet[at] = last;
	return top;
}
