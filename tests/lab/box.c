/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "box.h"

#include <stddef.h>
#include <string.h>

#include "../big_endian.h"

#define OPTION_MSS	2
#define OPTION_SACK	5

const struct setting box_settings[] = {
	{ "near_a", SETTING_COUNT, offsetof(struct box, near_a) },
	{ "port", SETTING_COUNT, offsetof(struct box, port) },
	{ "refuse", SETTING_COUNT, offsetof(struct box, refuse) },
	{ "ttl", SETTING_COUNT, offsetof(struct box, ttl) },
	{ "strip_ab", SETTING_NUMBERS, offsetof(struct box, strip[A_TO_B]) },
	{ "strip_ba", SETTING_NUMBERS, offsetof(struct box, strip[B_TO_A]) },
	{ "mss_ab", SETTING_COUNT, offsetof(struct box, mss[A_TO_B]) },
	{ "mss_ba", SETTING_COUNT, offsetof(struct box, mss[B_TO_A]) },
	{ "shift", SETTING_COUNT, offsetof(struct box, shift) },
	{ "shift_sack", SETTING_COUNT, offsetof(struct box, shift_sack) },
	{ "forget", SETTING_MS, offsetof(struct box, forget_ns) },
	{ "forget_rst", SETTING_COUNT, offsetof(struct box, forget_rst) },
	{ "reset_at", SETTING_COUNT, offsetof(struct box, reset_at) },
	{ "reset_to", SETTING_COUNT, offsetof(struct box, reset_to) },
	{ "inject_at", SETTING_COUNT, offsetof(struct box, inject_at) },
	{ "inject_len", SETTING_COUNT, offsetof(struct box, inject_len) },
	{ NULL, SETTING_COUNT, 0 }
};

/* A packet at the box. */
struct look {
	struct box *box;
	struct wire *wire;
	enum direction direction;
};

static void
forge(const struct look *look, struct forgery forgery)
{
	uint8_t packet[WIRE_MAX];
	size_t len;

	forgery.ttl = look->box->ttl > 0 ? (uint8_t)look->box->ttl :
	    wire_ttl(look->wire);
	len = wire_forge(packet, look->wire, &forgery);
	look->box->forged++;
	look->box->emit(look->box->context, forgery.is_reply ?
	    reverse(look->direction) : look->direction, packet, len);
}

/* The sequence number that follows the segment. */
static uint32_t
next_seq(const struct wire *wire)
{
	return wire->seq + (uint32_t)wire->data_len +
	    !!(wire->flags & SYN) + !!(wire->flags & FIN);
}

/* Send RSTs to the ends named; towards the receiver, before the segment. */
static void
reset(const struct look *look, int64_t to)
{
	const struct wire *wire = look->wire;
	const bool to_sender = to &
	    (look->direction == A_TO_B ? BOX_TO_A : BOX_TO_B);
	const bool to_receiver = to &
	    (look->direction == A_TO_B ? BOX_TO_B : BOX_TO_A);

	if (to_receiver)
		forge(look, (struct forgery){ .flags = RST | ACK,
		    .seq = wire->seq, .ack = wire->ack });
	if (to_sender)
		forge(look, (struct forgery){ .is_reply = true,
		    .flags = RST | ACK, .seq = wire->ack,
		    .ack = next_seq(wire) });
}

/*
 * Send forged data to both ends.  Each then acknowledges data that the other
 * one never sent, and answers the other's ACKs, which are out of its window.
 */
static void
inject(const struct look *look)
{
	const struct wire *wire = look->wire;
	const size_t len = (size_t)look->box->inject_len;

	forge(look, (struct forgery){ .flags = PSH | ACK,
	    .seq = next_seq(wire), .ack = wire->ack, .data_len = len });
	forge(look, (struct forgery){ .is_reply = true, .flags = PSH | ACK,
	    .seq = wire->ack, .ack = wire->seq, .data_len = len });
}

static void
refuse(const struct look *look)
{
	struct box *box = look->box;
	uint8_t packet[WIRE_MAX];
	size_t len;

	if (box->refuse == BOX_REFUSES_BY_RST)
		forge(look, (struct forgery){ .is_reply = true,
		    .flags = RST | ACK, .ack = next_seq(look->wire) });
	if (box->refuse == BOX_REFUSES_BY_ICMP) {
		len = wire_forge_error(packet, look->wire, 0);
		box->forged++;
		box->emit(box->context, reverse(look->direction), packet, len);
	}
}

static void
rewrite_options(const struct look *look)
{
	const struct numbers *strip = &look->box->strip[look->direction];
	const int64_t mss = look->box->mss[look->direction];
	uint8_t *option;
	size_t i;

	for (i = 0; i < strip->count; i++) {
		option = wire_option(look->wire, (uint8_t)strip->number[i]);
		if (option != NULL)
			memset(option, 1, option[1]);	/* no operation */
	}
	option = mss > 0 ? wire_option(look->wire, OPTION_MSS) : NULL;
	if (option != NULL)
		put16(option + 2, (uint32_t)mss);
}

/* Subtract `shift` from the edges of the SACK blocks (RFC 2018). */
static void
shift_blocks(const struct wire *wire, uint32_t shift)
{
	uint8_t *option = wire_option(wire, OPTION_SACK);
	uint8_t *at;

	if (option == NULL)
		return;
	for (at = option + 2; at + 4 <= option + option[1]; at += 4)
		put32(at, ((uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
		    (uint32_t)at[2] << 8 | at[3]) - shift);
}

static void
shift_numbers(const struct look *look)
{
	const uint32_t shift = (uint32_t)look->box->shift;
	struct wire *wire = look->wire;

	if (look->direction == B_TO_A) {
		wire->seq += shift;
		put32(wire->tcp + 4, wire->seq);
	} else if (wire->flags & ACK) {
		wire->ack -= shift;
		put32(wire->tcp + 8, wire->ack);
		if (look->box->shift_sack)
			shift_blocks(wire, shift);
	}
}

/* Return whether the connection is forgotten; then perhaps reset it. */
static bool
forgets(const struct look *look, struct flow *flow, int64_t now_ns)
{
	struct box *box = look->box;

	if (box->forget_ns == 0)
		return false;
	if (look->wire->flags & SYN)
		flow->is_forgotten = false;
	else if (flow->last_ns != 0 &&
	    now_ns - flow->last_ns > box->forget_ns)
		flow->is_forgotten = true;
	flow->last_ns = now_ns;
	if (flow->is_forgotten && !(look->wire->flags & RST))
		reset(look, box->forget_rst);
	return flow->is_forgotten;
}

/* Count data from B; send what is to be forged at this segment. */
static void
meddle(const struct look *look)
{
	struct box *box = look->box;

	box->data++;
	if (box->data == box->reset_at)
		reset(look, box->reset_to);
	if (box->data == box->inject_at)
		inject(look);
}

static bool
concerns(const struct box *box, const struct wire *wire,
    enum direction direction)
{
	const uint16_t port = direction == A_TO_B ? wire->dport : wire->sport;

	return wire->tcp != NULL && (box->port == 0 || box->port == port);
}

bool
box_pass(struct box *box, struct packet *packet, int64_t now_ns)
{
	struct wire wire;
	const struct look look = { box, &wire, packet->direction };
	struct flow *flow;

	wire_parse(&wire, packet->bytes, packet->len);
	if (!concerns(box, &wire, look.direction))
		return true;
	flow = flows_get(box->flows, &wire, look.direction);
	if (box->refuse != BOX_ADMITS && look.direction == A_TO_B &&
	    wire.flags & SYN) {
		refuse(&look);
		box->dropped++;
		return false;
	}
	if (flow == NULL || forgets(&look, flow, now_ns)) {
		box->dropped++;
		return false;
	}
	if (wire.flags & SYN)
		rewrite_options(&look);
	if (box->shift != 0)
		shift_numbers(&look);
	wire_seal(&wire);
	if (wire.data_len > 0 && look.direction == B_TO_A)
		meddle(&look);
	return true;
}
