/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "diagnosis/servers.h"

#include <assert.h>
#include <string.h>

#include "base/cursor.h"
#include "base/pool.h"
#include "diagnosis/diagnosis.h"
#include "diagnosis/findings.h"
#include "flow/conn.h"

static_assert((SERVERS_SLOTS & (SERVERS_SLOTS - 1)) == 0, "a power of two");
static_assert(SERVERS_MAX < SERVERS_NONE, "indices fit");

void
servers_init(struct servers *servers)
{
	memset(servers, 0, sizeof(*servers));
	servers->newest = servers->oldest = SERVERS_NONE;
	memset(servers->slot, 0xff, sizeof(servers->slot));
}

static void
server_fini(struct server *server)
{
	spans_fini(&server->first);
	spans_fini(&server->last);
}

void
servers_fini(struct servers *servers)
{
	for (unsigned i = 0; i < servers->count; i++)
		server_fini(&servers->server[i]);
	server_fini(&servers->other);
	mem_free(servers->server);
	servers_init(servers);
}

/* ---- the table ---- */

/*
 * The last bytes of an address differ most often, so load_be64() makes them the
 * low bits, which reach all higher ones. Addresses chosen for it make long
 * chains: of SERVERS_MAX at most.
 */
static unsigned
slot_of(const uint8_t addr[16], uint16_t port)
{
	uint64_t mix = load_be64(addr) * UINT64_C(0x9e3779b97f4a7c15);

	mix = (mix ^ mix >> 32 ^ load_be64(addr + 8)) *
	    UINT64_C(0xd1b54a32d192ed03);
	mix = (mix ^ mix >> 32 ^ port) * UINT64_C(0xf1357aea2e62a9c5);
	return (unsigned)((mix >> 32) * SERVERS_SLOTS >> 32);
}

static uint16_t
find_index(const struct servers *servers, const uint8_t addr[16],
    unsigned ip_version, uint16_t port)
{
	uint16_t at = servers->slot[slot_of(addr, port)];

	while (at != SERVERS_NONE) {
		const struct server *server = &servers->server[at];

		if (server->port == port && server->ip_version == ip_version &&
		    memcmp(server->addr, addr, sizeof(server->addr)) == 0)
			return at;
		at = server->next;
	}
	return SERVERS_NONE;
}

const struct server *
servers_find(const struct servers *servers, const uint8_t addr[16],
    unsigned ip_version, uint16_t port)
{
	const uint16_t at = find_index(servers, addr, ip_version, port);

	return at != SERVERS_NONE ? &servers->server[at] : NULL;
}

static void
leave_uses(struct servers *servers, uint16_t at)
{
	const struct server *server = &servers->server[at];

	if (server->newer != SERVERS_NONE)
		servers->server[server->newer].older = server->older;
	else
		servers->newest = server->older;
	if (server->older != SERVERS_NONE)
		servers->server[server->older].newer = server->newer;
	else
		servers->oldest = server->newer;
}

static void
become_newest(struct servers *servers, uint16_t at)
{
	struct server *server = &servers->server[at];

	server->newer = SERVERS_NONE;
	server->older = servers->newest;
	if (servers->newest != SERVERS_NONE)
		servers->server[servers->newest].newer = at;
	else
		servers->oldest = at;
	servers->newest = at;
}

static void
leave_slot(struct servers *servers, uint16_t at)
{
	const struct server *server = &servers->server[at];
	uint16_t *link = &servers->slot[slot_of(server->addr, server->port)];

	while (*link != at)
		link = &servers->server[*link].next;
	*link = server->next;
}

/* ---- figures ---- */

static void
server_merge(struct server *server, const struct server *more)
{
	server->conns += more->conns;
	server->healthy += more->healthy;
	server->refused += more->refused;
	server->unanswered += more->unanswered;
	server->zero_windows += more->zero_windows;
	spans_merge(&server->first, &more->first);
	spans_merge(&server->last, &more->last);
}

/* The index of a server without figures, in neither list. */
static uint16_t
take_index(struct servers *servers)
{
	const uint16_t oldest = servers->oldest;

	if (servers->count < SERVERS_MAX)
		return servers->count++;
	server_merge(&servers->other, &servers->server[oldest]);
	servers->evicted++;
	leave_uses(servers, oldest);
	leave_slot(servers, oldest);
	server_fini(&servers->server[oldest]);
	return oldest;
}

static struct server *
obtain(struct servers *servers, const uint8_t addr[16], unsigned ip_version,
    uint16_t port)
{
	uint16_t at = find_index(servers, addr, ip_version, port);
	uint16_t *slot = &servers->slot[slot_of(addr, port)];

	if (at != SERVERS_NONE) {
		leave_uses(servers, at);
		become_newest(servers, at);
		return &servers->server[at];
	}
	if (servers->server == NULL)
		servers->server = mem_zalloc(SERVERS_MAX *
		    sizeof(*servers->server));
	if (servers->server == NULL)
		return NULL;
	at = take_index(servers);
	servers->server[at] = (struct server){
		.port = port,
		.ip_version = (uint8_t)ip_version,
		.next = *slot,
	};
	memcpy(servers->server[at].addr, addr, sizeof(servers->server[at].addr));
	*slot = at;
	become_newest(servers, at);
	return &servers->server[at];
}

bool
servers_add(struct servers *servers, const struct conn *conn,
    const struct diagnosed *diagnosed)
{
	const unsigned side = !diagnosed->client;
	struct server *server = obtain(servers, conn->key.addr[side],
	    conn->key.ip_version, conn->key.port[side]);

	if (server == NULL)
		return false;
	server->conns++;
	server->healthy += diagnosed->outcome == OUTCOME_HEALTHY;
	server->refused += diagnosed_has(diagnosed, FINDING_REFUSED);
	server->unanswered += diagnosed_has(diagnosed, FINDING_FILTERED) ||
	    diagnosed_has(diagnosed, FINDING_SYN_UNANSWERED);
	server->zero_windows +=
	    diagnosed->ledger.ns[book_of(BOOK_ZERO, side)] > 0;
	turns_add_to(conn, &server->first, &server->last);
	return true;
}

uint64_t
servers_healthy(const struct servers *servers)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < servers->count; i++)
		count += servers->server[i].healthy > 0;
	return count;
}

bool
servers_merge(struct servers *servers, const struct servers *more)
{
	server_merge(&servers->other, &more->other);
	servers->evicted += more->evicted;
	for (uint16_t at = more->oldest; at != SERVERS_NONE;
	    at = more->server[at].newer) {
		const struct server *from = &more->server[at];
		struct server *server = obtain(servers, from->addr,
		    from->ip_version, from->port);

		if (server == NULL)
			return false;
		server_merge(server, from);
	}
	return true;
}
