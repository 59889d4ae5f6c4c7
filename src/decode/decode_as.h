/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UDP ports that hold another tunnel than the usual one, or none, because the
 * user says so.
 */
#ifndef TCPSTATES_DECODE_DECODE_AS_H
#define TCPSTATES_DECODE_DECODE_AS_H

#include <stdbool.h>
#include <stdint.h>

enum tunnel {
#define TUNNEL(NAME, name, decoder, words) TUNNEL_##NAME,
#include "decode/tunnels.def"
#undef TUNNEL
	TUNNEL_COUNT
};

#define DECODE_AS_MAX	32	/* rules */

struct decode_as {
	unsigned count;
	struct {
		uint16_t first;		/* port */
		uint16_t last;
		uint8_t tunnel;		/* enum tunnel */
	} rules[DECODE_AS_MAX];
};

/* The protocol's name as tshark has it, and in words. */
const char *tunnel_name(enum tunnel);
const char *tunnel_words(enum tunnel);

/*
 * Add a rule for these ports; later rules win.  False when there are too many.
 */
bool decode_as_add(struct decode_as *, uint16_t first, uint16_t last,
    enum tunnel);

/*
 * Add the rule "udp.port==N,NAME" or "udp.port==N-M,NAME", the form of
 * tshark -d.  NULL, or what is wrong with the text in a phrase ("is not...").
 */
const char *decode_as_parse(struct decode_as *, const char *text);

/* What the rules say of a port; TUNNEL_COUNT when they say nothing. */
enum tunnel decode_as_find(const struct decode_as *, uint16_t port);

#endif
