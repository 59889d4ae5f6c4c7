/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "flow.h"

#include <stdlib.h>
#include <string.h>

static bool
flow_is(const struct flow *flow, const struct flow *other)
{
	return memcmp(flow->hosts, other->hosts, sizeof(flow->hosts)) == 0 &&
	    memcmp(flow->ports, other->ports, sizeof(flow->ports)) == 0;
}

static void
flow_name(struct flow *flow, const struct wire *wire, enum direction direction)
{
	const size_t len = wire->is_v6 ? 16 : 4;
	const uint8_t *from = wire->ip + (wire->is_v6 ? 8 : 12);
	const bool is_a = direction == A_TO_B;

	memcpy(flow->hosts, is_a ? from : from + len, len);
	memcpy(flow->hosts + len, is_a ? from + len : from, len);
	flow->ports[0] = is_a ? wire->sport : wire->dport;
	flow->ports[1] = is_a ? wire->dport : wire->sport;
}

struct flow *
flows_get(struct flows *flows, const struct wire *wire,
    enum direction direction)
{
	struct flow wanted = { .next = NULL };
	struct flow **bucket, *flow;

	flow_name(&wanted, wire, direction);
	bucket = &flows->bucket[(wanted.ports[0] ^ wanted.ports[1]) %
	    FLOW_BUCKETS];
	for (flow = *bucket; flow != NULL; flow = flow->next)
		if (flow_is(flow, &wanted))
			return flow;
	flow = malloc(sizeof(*flow));
	if (flow == NULL)
		return NULL;
	*flow = wanted;
	flow->next = *bucket;
	*bucket = flow;
	return flow;
}

void
flows_free(struct flows *flows)
{
	struct flow *flow, *next;
	size_t i;

	for (i = 0; i < FLOW_BUCKETS; i++)
		for (flow = flows->bucket[i]; flow != NULL; flow = next) {
			next = flow->next;
			free(flow);
		}
}
