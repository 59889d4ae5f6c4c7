/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "decode/decode_as.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *name;
	const char *words;
} tunnels[TUNNEL_COUNT] = {
#define TUNNEL(NAME, name, decoder, words) [TUNNEL_##NAME] = { name, words },
#include "decode/tunnels.def"
#undef TUNNEL
};

const char *
tunnel_name(enum tunnel tunnel)
{
	return tunnels[tunnel].name;
}

const char *
tunnel_words(enum tunnel tunnel)
{
	return tunnels[tunnel].words;
}

bool
decode_as_add(struct decode_as *as, uint16_t first, uint16_t last,
    enum tunnel tunnel)
{
	if (as->count == DECODE_AS_MAX)
		return false;
	as->rules[as->count].first = first;
	as->rules[as->count].last = last;
	as->rules[as->count].tunnel = (uint8_t)tunnel;
	as->count++;
	return true;
}

static enum tunnel
tunnel_named(const char *name)
{
	for (unsigned i = 0; i < TUNNEL_COUNT; i++)
		if (strcmp(tunnels[i].name, name) == 0)
			return (enum tunnel)i;
	return TUNNEL_COUNT;
}

/* Step over a port in decimal; 0, which is no port, when there is none. */
static uint16_t
take_port(const char **at)
{
	unsigned port = 0;

	for (; **at >= '0' && **at <= '9' && port <= UINT16_MAX; (*at)++)
		port = 10 * port + (unsigned)(**at - '0');
	return port <= UINT16_MAX ? (uint16_t)port : 0;
}

const char *
decode_as_parse(struct decode_as *as, const char *text)
{
	static const char selector[] = "udp.port==";
	const char *at = text + sizeof(selector) - 1;
	uint16_t first, last;
	enum tunnel tunnel;

	if (strncmp(text, selector, sizeof(selector) - 1) != 0)
		return "is not of the form udp.port==N,NAME";
	first = take_port(&at);
	last = first;
	if (*at == '-') {
		at++;
		last = take_port(&at);
	}
	if (first == 0 || last < first || *at != ',')
		return "is not of the form udp.port==N,NAME";
	tunnel = tunnel_named(at + 1);
	if (tunnel == TUNNEL_COUNT)
		return "names no tunnel that is known (see tcpstates(1))";
	return decode_as_add(as, first, last, tunnel) ? NULL :
	    "is one rule too many";
}

enum tunnel
decode_as_find(const struct decode_as *as, uint16_t port)
{
	for (unsigned i = as->count; i-- > 0;)
		if (as->rules[i].first <= port && port <= as->rules[i].last)
			return (enum tunnel)as->rules[i].tunnel;
	return TUNNEL_COUNT;
}
