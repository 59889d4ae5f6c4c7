/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "link.h"

#include <stddef.h>

#include "base/nstime.h"

#define BITS	8.0

const struct setting link_settings[] = {
	{ "delay", SETTING_MS, offsetof(struct link, delay_ns) },
	{ "syn_delay", SETTING_MS, offsetof(struct link, syn_delay_ns) },
	{ "jitter", SETTING_MS, offsetof(struct link, jitter_ns) },
	{ "second", SETTING_MS, offsetof(struct link, second_ns) },
	{ "second_share", SETTING_REAL, offsetof(struct link, second_share) },
	{ "stall_at", SETTING_COUNT, offsetof(struct link, stall_at) },
	{ "stall", SETTING_MS, offsetof(struct link, stall_ns) },
	{ "rate", SETTING_REAL, offsetof(struct link, rate) },
	{ "queue", SETTING_COUNT, offsetof(struct link, queue) },
	{ "mark", SETTING_COUNT, offsetof(struct link, mark) },
	{ "police", SETTING_REAL, offsetof(struct link, police) },
	{ "burst", SETTING_COUNT, offsetof(struct link, burst) },
	{ "loss", SETTING_REAL, offsetof(struct link, loss) },
	{ "ack_loss", SETTING_REAL, offsetof(struct link, ack_loss) },
	{ "lose", SETTING_NUMBERS, offsetof(struct link, lose) },
	{ "lose_at", SETTING_RANGES, offsetof(struct link, lose_at) },
	{ "lose_syn", SETTING_COUNT, offsetof(struct link, lose_syn) },
	{ "lose_synack", SETTING_COUNT, offsetof(struct link, lose_synack) },
	{ "lose_ack", SETTING_COUNT, offsetof(struct link, lose_ack) },
	{ "mtu", SETTING_COUNT, offsetof(struct link, mtu) },
	{ "too_big", SETTING_COUNT, offsetof(struct link, too_big) },
	{ NULL, SETTING_COUNT, 0 }
};

/* In [0, 1). */
static double
throw_dice(struct link *link)
{
	return (double)(xorshift_next(&link->dice) >> 11) * 0x1p-53;
}

static bool
take_one(int64_t *left)
{
	if (*left <= 0)
		return false;
	--*left;
	return true;
}

/* Return whether a segment without data is lost. */
static bool
loses_bare(struct link *link, const struct wire *wire)
{
	if ((wire->flags & (SYN | ACK)) == SYN)
		return take_one(&link->lose_syn);
	if (wire->flags & SYN)
		return take_one(&link->lose_synack);
	if (!(wire->flags & (FIN | RST)) && take_one(&link->lose_ack))
		return true;
	return link->ack_loss > 0 && throw_dice(link) < link->ack_loss;
}

static bool
loses_data(struct link *link, const struct packet *packet,
    const struct wire *wire)
{
	link->data++;
	if (link->stall_ns > 0 && link->data == link->stall_at)
		link->still_ns = INT64_MAX;	/* set by link_enter() */
	if (numbers_have(&link->lose, link->data))
		return true;
	if (packet->offset >= 0 && ranges_take(&link->lose_at, packet->offset,
	    packet->offset + (int64_t)wire->data_len))
		return true;
	return link->loss > 0 && throw_dice(link) < link->loss;
}

/* Take tokens for a packet; return true if there are not enough. */
static bool
exceeds_bucket(struct link *link, size_t len, int64_t now_ns)
{
	const double depth = (double)link->burst;

	if (link->tokens_ns == 0)
		link->tokens = depth;
	else
		link->tokens += link->police / BITS *
		    (double)(now_ns - link->tokens_ns) / (double)NS_PER_SEC;
	link->tokens_ns = now_ns;
	if (link->tokens > depth)
		link->tokens = depth;
	if (link->tokens < (double)len)
		return true;
	link->tokens -= (double)len;
	return false;
}

/*
 * Enqueue a packet at *when_ns and set that to when the packet leaves the
 * queue; return false if the queue is full.
 */
static bool
queue_up(struct link *link, struct wire *wire, int64_t *when_ns)
{
	double backlog, ns;

	if (link->rate <= 0)
		return true;
	if (link->free_ns < *when_ns)
		link->free_ns = *when_ns;
	backlog = (double)(link->free_ns - *when_ns) * link->rate / BITS /
	    (double)NS_PER_SEC;
	if (link->queue > 0 && backlog + (double)wire->len >
	    (double)link->queue)
		return false;
	if (link->mark > 0 && backlog > (double)link->mark)
		link->marked += wire_mark_ce(wire);
	ns = (double)wire->len * BITS / link->rate * (double)NS_PER_SEC;
	link->free_ns += (int64_t)ns;
	*when_ns = link->free_ns;
	return true;
}

static int64_t
delay_of(struct link *link, const struct wire *wire)
{
	int64_t delay = link->delay_ns;

	if (link->jitter_ns > 0)
		delay += (int64_t)(throw_dice(link) * (double)link->jitter_ns);
	if (link->second_ns > 0 && throw_dice(link) < link->second_share)
		delay += link->second_ns;
	if (wire->tcp != NULL && wire->flags & SYN)
		delay += link->syn_delay_ns;
	return delay;
}

static bool
loses(struct link *link, const struct packet *packet, const struct wire *wire)
{
	if (wire->tcp == NULL)
		return false;
	return wire->data_len > 0 ? loses_data(link, packet, wire) :
	    loses_bare(link, wire);
}

enum link_verdict
link_enter(struct link *link, struct packet *packet, int64_t now_ns)
{
	int64_t when_ns = now_ns;
	struct wire wire;

	wire_parse(&wire, packet->bytes, packet->len);
	link->entered++;
	if (link->mtu > 0 && (int64_t)wire.len > link->mtu) {
		link->too_large++;
		return link->too_big ? LINK_REPORTS : LINK_DROPS;
	}
	if (loses(link, packet, &wire)) {
		link->lost++;
		return LINK_DROPS;
	}
	if (link->police > 0 && exceeds_bucket(link, wire.len, now_ns)) {
		link->policed++;
		return LINK_DROPS;
	}
	if (link->still_ns == INT64_MAX)
		link->still_ns = now_ns + link->stall_ns;
	if (when_ns < link->still_ns)
		when_ns = link->still_ns;
	if (!queue_up(link, &wire, &when_ns)) {
		link->full++;
		return LINK_DROPS;
	}
	packet->due_ns = when_ns + delay_of(link, &wire);
	return LINK_PASSES;
}
